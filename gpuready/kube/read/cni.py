"""Which CNI plugins a cluster runs, and whether they enforce NetworkPolicy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gpuready.kube.look import Obj
from gpuready.kube.read.naming import annotations_of, name_of
from gpuready.kube.read.rollout import desired, images, ready, words

_FLANNEL_BACKEND = "flannel.alpha.coreos.com/backend-type"


@dataclass(frozen=True, slots=True)
class Cni:
    """A plugin that connects pods, with the DaemonSet that runs it (None: part of another program).

    `enforces` tells whether it makes NetworkPolicy take effect; None where the cluster does not show it.
    """

    name: str
    daemon_set: Obj | None
    enforces: bool | None


# By the DaemonSet's name; the first that fits names it.  Whether it enforces is True, False, or the argument
# that switches it on.
_PLUGINS: tuple[tuple[str, re.Pattern[str], bool | None], ...] = (
    ("Calico", re.compile(r"(?:rke2-)?calico-node(?:-windows)?"), True),
    ("Canal", re.compile(r"(?:rke2-)?canal"), True),
    ("Cilium", re.compile(r"cilium|anetd"), True),
    ("Antrea", re.compile(r"antrea-agent"), True),
    ("Kube-OVN", re.compile(r"kube-ovn-cni"), True),
    ("OVN-Kubernetes", re.compile(r"ovnkube-node(?:-\w+)?"), True),
    ("Weave Net", re.compile(r"weave-net"), True),
    ("kube-router", re.compile(r"kube-router"), None),
    ("Amazon VPC CNI", re.compile(r"aws-node"), None),
    ("Terway", re.compile(r"terway(?:-eniip|-eni)?"), None),
    ("kindnet", re.compile(r"kindnet"), None),
    ("Azure CNI", re.compile(r"azure-cns"), False),
    ("Flannel", re.compile(r"(?:kube-)?flannel(?:-ds)?(?:-\w+)?"), False),
)
_ENFORCERS = re.compile(r"azure-npm(?:-win)?|kube-network-policies|romana-agent")
_ON = {
    "kube-router": re.compile(r"--run-firewall(?:=true)?$"),
    "Amazon VPC CNI": re.compile(r"--enable-network-policy=true"),
}
_OFF = {
    "kube-router": re.compile(r"--run-firewall=false"),
    "Amazon VPC CNI": re.compile(r"--enable-network-policy=false"),
}
_BY_ADDRESS = frozenset({"kube-router"})
_POLICY_IMAGE = re.compile(r"kube-network-policies")


def plugins(daemon_sets: Iterable[Obj], nodes: Iterable[Obj]) -> tuple[Cni, ...]:
    """The CNI plugins of the cluster, by name.  k3s runs Flannel within its own process: then only the nodes
    tell of it, and nothing tells whether its NetworkPolicy controller is switched off."""
    found = [cni for each in daemon_sets if desired(each) > 0 and (cni := _plugin(each))]
    if not found and any(_FLANNEL_BACKEND in annotations_of(node) for node in nodes):
        found.append(Cni("Flannel", None, None))
    return tuple(sorted(found, key=lambda cni: cni.name))


def enforces(daemon_sets: Iterable[Obj], found: Iterable[Cni]) -> bool | None:
    """Whether NetworkPolicy takes effect on the nodes; None where the cluster does not show it, as while pods
    of what enforces it are not ready.

    Several plugins may serve different nodes, so all must; but one that stands on as many nodes as another
    that does not enforce does it for that one, as Calico or Cilium beside the plugins of the clouds.
    """
    found = tuple(found)
    apart = [each for each in daemon_sets if _ENFORCERS.fullmatch(name_of(each)) and desired(each) > 0]
    own = [cni for cni in found if cni.enforces and cni.daemon_set is not None]
    # These rule by address, whichever plugin connected the pod; the others rule the interfaces they know.
    widest_apart = max(
        (*map(desired, apart), *(_reach(cni) for cni in own if cni.name in _BY_ADDRESS)), default=0
    )
    widest = max((widest_apart, *map(_reach, own)))
    said = {_helped(cni, widest, widest_apart) for cni in found}
    if False in said:
        return False
    if None in said or not (said or apart):
        return None
    sets = [*apart, *(cni.daemon_set for cni in own if cni.daemon_set is not None)]
    return True if all(ready(each) >= desired(each) for each in sets) else None


def _helped(cni: Cni, widest: int, widest_apart: int) -> bool | None:
    """Whether the plugin's nodes enforce, by itself or by what stands beside it on as many nodes."""
    reach = _reach(cni)
    if cni.enforces or not 0 < reach <= widest:
        return cni.enforces
    return None if cni.name == "Flannel" and reach > widest_apart else True


def _reach(cni: Cni) -> int:
    """On how many nodes the plugin stands; 0 where that is not told."""
    return desired(cni.daemon_set) if cni.daemon_set is not None else 0


def _plugin(daemon_set: Obj) -> Cni | None:
    for name, pattern, does in _PLUGINS:
        if pattern.fullmatch(name_of(daemon_set)):
            told = tuple(words(daemon_set))
            if name in _ON and any(_ON[name].search(word) for word in told):
                does = True
            elif name in _OFF and any(_OFF[name].search(word) for word in told):
                does = False
            elif any(_POLICY_IMAGE.search(image) for image in images(daemon_set)):
                does = True
            return Cni(name, daemon_set, does)
    return None
