"""Faults handled without a person: what detects them, and what acts on them."""

from __future__ import annotations

import re

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import age
from gpuready.kube.read.naming import annotations_of, full_name, listed, name_of
from gpuready.kube.read.rollout import images, is_complete, tally, words
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_HEALTH_CHECKS = (
    "nodehealthchecks.remediation.medik8s.io",
    "machinehealthchecks.cluster.x-k8s.io",
    "machinehealthchecks.machine.openshift.io",
)
_DETECTORS = re.compile(
    r"node-problem-detector|gpu-health-monitor|syslog-health-monitor|csp-health-monitor"
    r"|eks-node-monitoring-agent|(?:^|/)gpud$"
)
_CONTROLLERS = re.compile(
    r"fault-quarantine|fault-remediation|node-drainer|(?:^|/)janitor$|draino|node-?healthcheck-controller"
    r"|node-?healthcheck-operator|self-node-remediation|fence-agents-remediation"
)
_IDLE = re.compile(r"--dry-run(?:=true)?")
_USUAL = frozenset({"Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"})
_OF_DISTRIBUTIONS = frozenset({"EtcdIsVoter"})
_GPU = re.compile(r"gpu|xid|nvlink|nvswitch|accelerat", re.I)
_SILENT = 3600.0  # seconds; node-problem-detector repeats its conditions every five minutes
_CLOUDS = ("aws://", "gce://", "azure://")


async def _controllers(look: Look) -> Seen:
    """Detectors that run on the nodes, and controllers that act on what they find."""
    nodes = await look.list("nodes")
    if not nodes:
        raise NoData("kube_remediation.no_nodes")
    running = (*await look.list("daemonsets.apps"), *await look.list("deployments.apps"))
    detectors = [each for each in running if _is(each, _DETECTORS)]
    actors = [each for each in running if _is(each, _CONTROLLERS)]
    checks = [each for resource in _HEALTH_CHECKS for each in await look.list(resource) if _acts(each)]
    idle = [full_name(each) for each in actors if any(_IDLE.fullmatch(word) for word in words(each))]
    up = [each for each in detectors if is_complete(each)]
    acting = [each for each in actors if is_complete(each) and full_name(each) not in idle]
    told = {kind for node in nodes for kind in _conditions(node)}
    is_fresh = any(_is_fresh(node, look) for node in nodes)
    remarks: list[Remark] = []
    if up or acting or checks:
        names = listed(name_of(each) for each in (*up, *acting, *checks))
        remarks.append(("kube_remediation.found", {"names": names}))
    if down := [tally(each) for each in (*detectors, *actors) if not is_complete(each)]:
        remarks.append(("kube_remediation.down", {"names": listed(down)}))
    if idle:
        remarks.append(("kube_remediation.dry_run", {"names": listed(idle)}))
    if told and not any(map(_GPU.search, told)):
        remarks.append(("kube_remediation.no_gpu_condition", {"names": listed(told)}))
    fields = {
        "detectors_ready": len(up) + bool(is_fresh and not up),
        "controllers_ready": len(acting) + len(checks),
        "node_conditions": len(told),
    }
    if not all(fields[key] for key in ("detectors_ready", "controllers_ready")) and _is_managed(nodes):
        # The providers repair nodes from outside, and nothing in the cluster shows it.
        remarks.append(("kube_remediation.managed", {}))
        fields = {key: many for key, many in fields.items() if many}
    elif told and not (up or is_fresh):
        # Something wrote conditions and may be gone since.
        remarks.append(("kube_remediation.stale_conditions", {"names": listed(told)}))
        fields.pop("detectors_ready")
    elif not (up or told) or not (acting or checks):
        remarks.append(("kube_remediation.looked_for", {}))
    return Seen(fields, tuple(remarks))


def _acts(check: Obj) -> bool:
    """Whether the health check watches anything and is not stopped: OpenShift brings one for machines that
    many clusters have none of."""
    spec, told = check.get("spec") or {}, check.get("status") or {}
    notes = annotations_of(check)
    is_stopped = spec.get("pauseRequests") or told.get("phase") in ("Disabled", "Paused")
    return not (is_stopped or "cluster.x-k8s.io/paused" in notes or told.get("expectedMachines") == 0)


def _is_fresh(node: Obj, look: Look) -> bool:
    """Whether a detector has written one of its conditions lately."""
    kinds = set(_conditions(node))
    return any(
        (since := age(each.get("lastHeartbeatTime"), look.now)) is not None and since < _SILENT
        for each in (node.get("status") or {}).get("conditions") or ()
        if each.get("type") in kinds
    )


def _is(workload: Obj, form: re.Pattern[str]) -> bool:
    paths = (image.partition("@")[0].rpartition(":")[0] or image for image in images(workload))
    return bool(form.search(name_of(workload))) or any(form.search(path) for path in paths)


def _conditions(node: Obj) -> list[str]:
    """The types of conditions that something besides the kubelet and the network writes."""
    told = (node.get("status") or {}).get("conditions") or ()
    kinds = (str(each.get("type")) for each in told)
    return [kind for kind in kinds if kind not in _USUAL and kind not in _OF_DISTRIBUTIONS]


def _is_managed(nodes: tuple[Obj, ...]) -> bool:
    return any(str((each.get("spec") or {}).get("providerID") or "").startswith(_CLOUDS) for each in nodes)


CHECKS: tuple[Probe, ...] = (
    check(
        "remediation.controllers",
        _controllers,
        reads=("nodes", "daemonsets.apps", "deployments.apps", *_HEALTH_CHECKS),
        fields={"detectors_ready": "count", "controllers_ready": "count", "node_conditions": "count"},
    ),
)
