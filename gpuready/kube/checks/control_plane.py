"""The control plane: its nodes, its own word on its health, its etcd members."""

from __future__ import annotations

from collections.abc import Iterable

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import age, because, condition, is_true, spoken
from gpuready.kube.read.naming import full_name, labels_of, listed, name_of, namespace_of
from gpuready.kube.read.pods import containers, is_ready, node_of
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_ROLES = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_READYZ = "/readyz?verbose"
_OWN = "kube-system"
_ETCD_PLACES = {_OWN: ("component", "etcd"), "openshift-etcd": ("app", "etcd")}
_ETCD_ROLE = "node-role.kubernetes.io/etcd"
_VOTER = "EtcdIsVoter"  # what k3s and RKE2 tell of a node whose server holds an etcd member
_LATELY = 600.0  # seconds: a container that ended this recently and often is still in its loop
_OFTEN = 5  # restarts


def is_control_plane(node: Obj) -> bool:
    """Whether the node is labelled as one of the control plane, by today's label or that of before 1.24."""
    return any(role in labels_of(node) for role in _ROLES)


async def _nodes(look: Look) -> Seen:
    """Control-plane nodes that are Ready."""
    nodes = await look.list("nodes")
    members = [node for node in nodes if is_control_plane(node)]
    if not members:
        # A managed service hides them: that none is seen says nothing about how many there are.
        raise NoData("kube_control_plane.hidden", nodes=len(nodes))
    up = [node for node in members if is_true(node, "Ready")]
    zones = {zone for node in up if (zone := labels_of(node).get("topology.kubernetes.io/zone"))}
    fields = {"ready_nodes": len(up), "labelled_nodes": len(members), "zones": len(zones)}
    remarks = _not_ready(members, look)
    if len(members) % 2 == 0:
        remarks.append(("kube_control_plane.even", {"count": len(members)}))
    if len(zones) == 1 and len(up) > 1:
        remarks.append(("kube_control_plane.one_zone", {"zone": next(iter(zones))}))
    return Seen(fields, tuple(remarks))


async def _health(look: Look) -> Seen:
    """What the API server says of itself, the members of etcd, and system pods that crash in a loop."""
    readyz = await look.text(_READYZ)
    nodes = await look.list("nodes")
    pods = [pod for pod in await look.list("pods") if namespace_of(pod) in _ETCD_PLACES]
    fields: dict[str, int | bool] = {}
    remarks: list[Remark] = []

    is_ok, failed = _readyz(readyz)
    if is_ok is None:
        remarks.append(("kube_control_plane.readyz_untold", {}))
    else:
        fields["readyz_ok"] = is_ok
        if not is_ok:
            remarks.append(("kube_control_plane.readyz_failed", {"checks": listed(failed)}))

    members = [node for node in nodes if is_control_plane(node)]
    if members:
        fields["control_plane_nodes"] = sum(is_true(node, "Ready") for node in members)
        remarks += _not_ready(members, look)
    else:
        remarks.append(("kube_control_plane.hidden", {"nodes": len(nodes)}))

    told, unhealthy = _etcd(pods, nodes)
    if any(name.startswith("etcd") for name in failed):
        unhealthy = unhealthy or ["etcd, as the API server sees it"]
    if told or unhealthy:
        fields |= {"etcd_members": len(told), "etcd_unhealthy": len(unhealthy)}
        if unhealthy:
            remarks.append(("kube_control_plane.etcd_unhealthy", {"names": listed(unhealthy)}))
    else:
        remarks.append(("kube_control_plane.etcd_hidden", {}))

    system = [pod for pod in pods if namespace_of(pod) == _OWN]
    if system:
        looping = [said for pod in system if (said := _loop(pod, look))]
        fields["crash_looping"] = len(looping)
        if looping:
            remarks.append(("kube_control_plane.crash_looping", {"names": listed(looping)}))
    else:
        remarks.append(("kube_control_plane.no_system_pods", {}))
    return Seen(fields, tuple(remarks))


def _not_ready(nodes: Iterable[Obj], look: Look) -> list[Remark]:
    names = [
        f"{name_of(node)} ({because(node, 'Ready', look.now) or '?'})"
        for node in nodes
        if not is_true(node, "Ready")
    ]
    return [("kube_control_plane.not_ready", {"names": listed(names)})] if names else []


def _readyz(text: str) -> tuple[bool | None, list[str]]:
    """Whether the API server calls itself ready, and which of its checks failed; None where it does not say
    (no right to ask, or a proxy answered)."""
    lines = [line.strip() for line in text.splitlines()]
    failed = [line[3:].split(" ", 1)[0] for line in lines if line.startswith("[-]")]
    if failed or any(line.endswith("readyz check failed") for line in lines):
        return False, failed
    if lines == ["ok"] or any(line.endswith("readyz check passed") for line in lines):
        return True, []
    return None, []


def _etcd(pods: Iterable[Obj], nodes: Iterable[Obj]) -> tuple[list[str], list[str]]:
    """The members of etcd that the cluster shows, as static pods or by what its nodes tell; the unwell."""
    members, unwell, hosts = [], [], set()
    for pod in pods:
        key, value = _ETCD_PLACES[namespace_of(pod)]
        if labels_of(pod).get(key) == value:
            members.append(name_of(pod))
            hosts.add(node_of(pod))
            if not is_ready(pod):
                unwell.append(name_of(pod))
    for node in nodes:
        if labels_of(node).get(_ETCD_ROLE) == "true" and condition(node, _VOTER) is not None:
            if name_of(node) not in hosts:  # RKE2 tells of its members both ways
                members.append(name_of(node))
            if not is_true(node, _VOTER) or not is_true(node, "Ready"):
                unwell.append(name_of(node))
    if hosts:
        # Where some have their member beside the API server, one without has lost it.
        own = [node for node in nodes if labels_of(node).get(_ETCD_ROLE) == "true"]
        homes = {name_of(node) for node in own or filter(is_control_plane, nodes)}
        unwell += [f"{home}: -" for home in homes - hosts if homes & hosts]
    return members, unwell


def _loop(pod: Obj, look: Look) -> str:
    """The pod and the container that crashes over and over; empty when none does."""
    for container in containers(pod):
        ended = age(container.ended_at, look.now)
        is_between = (
            container.restarts >= _OFTEN and bool(container.code) and ended is not None and ended < _LATELY
        )
        if container.waiting == "CrashLoopBackOff" or is_between:
            last = "" if ended is None else f", {spoken(ended)}"
            return f"{full_name(pod)}/{container.name} (restarts: {container.restarts}{last})"
    return ""


CHECKS: tuple[Probe, ...] = (
    check(
        "control_plane.nodes",
        _nodes,
        reads=["nodes"],
        fields={"ready_nodes": "count", "labelled_nodes": "count", "zones": "count"},
    ),
    check(
        "control_plane.health",
        _health,
        reads=[_READYZ, "nodes", "pods"],
        fields={
            "readyz_ok": "",
            "control_plane_nodes": "count",
            "etcd_members": "count",
            "etcd_unhealthy": "count",
            "crash_looping": "count",
        },
    ),
)
