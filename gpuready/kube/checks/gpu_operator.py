"""The GPU Operator, and the device plugin or DRA driver by which a node offers its GPUs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import is_true
from gpuready.kube.read.gpus import SLICES, allocatable, capacity, devices, is_gpu_node
from gpuready.kube.read.naming import full_name, labels_of, listed, name_of
from gpuready.kube.read.pods import is_ready, node_of, owner
from gpuready.kube.read.rollout import images, is_complete, ready, tally
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_POLICIES = "clusterpolicies.nvidia.com"
_CLUSTERS = "gpuclusters.nvidia.com"
_PACKAGES = "clusterserviceversions.operators.coreos.com"  # where OLM installs it, as on OpenShift
_OPERATOR_IMAGE = re.compile(r"^(?!.*\brocm/)(?:.*/)?gpu-operator(?:[:@]|$)")  # AMD's has the same name
_TAG = re.compile(r":v?(\d+(?:\.\d+)+)")
_NUMBER = re.compile(r"v?(\d+(?:\.\d+)+)")
_PLUGIN_CONTAINER = re.compile(r"(?:nvidia|amd|amdgpu|intel)-(?:gpu-)?(?:device-)?(?:plugin|dp)\b")
_PLUGIN_IMAGE = re.compile(r"(?:^|/)(?:k8s-device-plugin|nvidia-gpu-device-plugin)[:@]")
_NOT_THE_PLUGIN = re.compile(r"mps|feature-discovery|labell?er|sandbox")
_DRA_DRIVER = re.compile(r"dra-driver|dra-kubelet-plugin|resource-driver.*gpu|gpu.*resource-driver")
_CALENDAR = 22  # the first year by which releases are numbered
_OLD = 12  # months


async def _version(look: Look) -> Seen:
    """The version of the GPU Operator that runs."""
    found = [each for each in await look.list("deployments.apps") if _is_operator(each)]
    if not found:
        # That it is deployed is what the line asks: none is the version 0, which no figure passes.
        absent: Remark = ("kube_gpu_operator.absent", {})
        return Seen({"version": "0", "installed": False, "running": False}, (absent,))
    fields: dict[str, str | bool] = {"installed": True, "running": all(map(is_complete, found))}
    remarks: list[Remark] = []
    versions = [told for each in found if (told := _told(each))] or await _packaged(look)
    if not any(map(ready, found)):
        pass  # what does not run is not deployed, whatever its version
    elif versions:
        oldest = min(versions, key=_parts)
        fields["version"] = oldest
        if months := _months_old(oldest, look):
            remarks.append(("kube_gpu_operator.old", {"version": oldest, "months": months}))
    else:
        remarks.append(("kube_gpu_operator.no_version", {"names": listed(map(full_name, found))}))
    if down := [tally(each) for each in found if not is_complete(each)]:
        remarks.append(("kube_gpu_operator.not_running", {"names": listed(down)}))
    return Seen(fields, tuple(remarks))


async def _plugin(look: Look) -> Seen:
    """Whether the operator calls itself ready, a plugin runs on every GPU node, all devices are healthy."""
    found = devices(await look.list(SLICES))
    gpu_nodes = [node for node in await look.list("nodes") if is_gpu_node(node, found)]
    if not gpu_nodes:
        raise NoData("kube_gpu_operator.no_gpu_node")
    fields: dict[str, int | bool] = {"gpu_nodes": len(gpu_nodes)}
    remarks: list[Remark] = []

    policies = (*await look.list(_POLICIES), *await look.list(_CLUSTERS))
    states = {name_of(each): str((each.get("status") or {}).get("state") or "?") for each in policies}
    in_force = {name: state for name, state in states.items() if state != "ignored"}
    if in_force:
        fields["policy_ready"] = set(in_force.values()) == {"ready"}
        if bad := [f"{name} ({state})" for name, state in in_force.items() if state != "ready"]:
            remarks.append(("kube_gpu_operator.policy", {"names": listed(bad)}))
    elif await look.has(_POLICIES) or await look.has(_CLUSTERS):
        fields["policy_ready"] = False
        remarks.append(("kube_gpu_operator.no_policy", {}))
    else:
        remarks.append(("kube_gpu_operator.no_operator", {}))

    running, placed = _served_nodes(await look.list("pods"))
    idle = [node for node in gpu_nodes if name_of(node) not in running]
    # Some node images carry the plugin as a service of their own.  The kubelet withdraws the devices of one
    # that is gone, so that a node which offers GPUs has one, seen or not.
    unseen = {name_of(node) for node in idle if is_true(node, "Ready") and any(allocatable(node).values())}
    unseen -= placed
    missing = [name_of(node) for node in idle if name_of(node) not in unseen]
    if unseen:
        remarks.append(("kube_gpu_operator.plugin_unseen", {"names": listed(unseen)}))
    if missing or not unseen:
        fields["plugin_missing"] = len(missing)
    if missing:
        remarks.append(("kube_gpu_operator.plugin_missing", {"names": listed(missing)}))

    unhealthy = {name_of(node): many for node in gpu_nodes if (many := _unhealthy(node))}
    for name, own in found.items():
        if own.tainted:
            unhealthy[name] = unhealthy.get(name, 0) + len(own.tainted)
    fields["unhealthy_devices"] = sum(unhealthy.values())
    if unhealthy:
        names = listed(f"{name} ({many})" for name, many in unhealthy.items())
        remarks.append(("kube_gpu_operator.unhealthy", {"names": names}))
    return Seen(fields, tuple(remarks))


def _is_operator(deployment: Obj) -> bool:
    return any(_OPERATOR_IMAGE.search(image) for image in images(deployment)) or (
        labels_of(deployment).get("app.kubernetes.io/component") == "gpu-operator"
        and "nvidia" in " ".join(images(deployment))
    )


def _told(deployment: Obj) -> str:
    """The version of the image that runs, else what the chart labelled; empty where neither tells one."""
    for image in images(deployment):
        if _OPERATOR_IMAGE.search(image) and (tag := _TAG.search(image)):
            return tag[1]
    label = _NUMBER.match(str(labels_of(deployment).get("app.kubernetes.io/version") or ""))
    return label[1] if label else ""


async def _packaged(look: Look) -> list[str]:
    """The versions of the operator's packages, where an image named by digest tells none."""
    return [
        version
        for each in await look.list(_PACKAGES)
        if name_of(each).startswith("gpu-operator")
        and (version := str((each.get("spec") or {}).get("version") or ""))
        and _NUMBER.match(version)
    ]


def _parts(version: str) -> list[int]:
    number = _NUMBER.match(version)
    return [int(part) for part in number[1].split(".")] if number else []


def _months_old(version: str, look: Look) -> int:
    """How many months ago a release numbered by year and month came out, if that is long; else 0."""
    year, month = (*_parts(version), 0, 0)[:2]
    if year < _CALENDAR or not 1 <= month <= 12:
        return 0
    months = (look.now.year - 2000 - year) * 12 + look.now.month - month
    return months if months > _OLD else 0


def _served_nodes(pods: Iterable[Obj]) -> tuple[set[str], set[str]]:
    """On which nodes a device plugin or a DRA driver is ready, and on which one stands at all."""
    plugins = [pod for pod in pods if _is_plugin(pod)]
    return {node_of(pod) for pod in plugins if is_ready(pod)}, {node_of(pod) for pod in plugins}


def _is_plugin(pod: Obj) -> bool:
    """Whether the pod is a device plugin or DRA driver for GPUs.  Feature discovery, node labeller and
    MPS daemon run from the same image, so that the image alone does not tell."""
    _, kind, name = owner(pod)
    if kind != "DaemonSet" or _NOT_THE_PLUGIN.search(name):
        return False
    for container in (pod.get("spec") or {}).get("containers") or ():
        called, image = str(container.get("name") or ""), str(container.get("image") or "")
        if _NOT_THE_PLUGIN.search(called) or "labeller" in image:
            continue
        if _PLUGIN_CONTAINER.match(called) or (_PLUGIN_IMAGE.search(image) and "device-plugin" in name):
            return True
        if _DRA_DRIVER.search(image) and "gpu" in f"{name} {image}":
            return True
    return bool(_DRA_DRIVER.search(name) and "gpu" in name)


def _unhealthy(node: Obj) -> int:
    """How many devices the node has but does not offer."""
    usable = allocatable(node)
    return sum(max(many - usable.get(name, 0), 0) for name, many in capacity(node).items())


CHECKS: tuple[Probe, ...] = (
    check(
        "gpu_operator.version",
        _version,
        reads=["deployments.apps", _PACKAGES],
        fields={"version": "version", "installed": "", "running": ""},
    ),
    check(
        "device_plugin.health",
        _plugin,
        reads=["nodes", SLICES, "pods", _POLICIES, _CLUSTERS],
        fields={
            "policy_ready": "",
            "plugin_missing": "count",
            "unhealthy_devices": "count",
            "gpu_nodes": "count",
        },
    ),
)
