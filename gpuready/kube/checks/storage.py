"""Storage: the systems that nodes share, classes and their provisioners, and claims that many pods mount."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import age
from gpuready.kube.read.gpus import is_over
from gpuready.kube.read.naming import annotations_of, full_name, listed, name_of, namespace_of
from gpuready.kube.read.pods import node_of, phase
from gpuready.kube.read.provisioners import STATIC, driver_of, nodes_by_driver, runs
from gpuready.kube.read.storage_systems import removed_uses, system_of
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_CEPH = "cephclusters.ceph.rook.io"
_LONGHORN = "volumes.longhorn.io"
_DRIVERS = "csidrivers.storage.k8s.io"
_CSI_NODES = "csinodes.storage.k8s.io"
_CLASSES = "storageclasses.storage.k8s.io"
_LEASES = "leases.coordination.k8s.io"
_WORKLOADS = ("deployments.apps", "statefulsets.apps", "daemonsets.apps")
_SHARED = "ReadWriteMany"
_SILENT = 900.0  # seconds; Rook asks Ceph for its health every minute
_DEFAULT = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)
_VERSION = re.compile(r"v?(\d+)\.(\d+)")


async def _system(look: Look) -> Seen:
    """The storage systems that nodes share, those that are not healthy, and what needs a removed plugin."""
    clusters = await look.list(_CEPH)
    volumes = await look.list("persistentvolumes")
    on_nodes = nodes_by_driver(await look.list(_CSI_NODES))
    drivers = {name_of(each) for each in await look.list(_DRIVERS)} | set(on_nodes)
    # Whatever its name: a driver that serves a volume to many nodes is one of a system that they share.
    shared = {driver for each in volumes if (driver := _driver(each)) and _SHARED in _modes(each)}
    systems = {
        driver: system_of(driver) or driver for driver in drivers if system_of(driver) or driver in shared
    }
    names = set(systems.values()) | ({"Ceph"} if clusters else set())

    ill: list[str] = []
    untold: list[str] = []
    for cluster in clusters:
        health = str(((cluster.get("status") or {}).get("ceph") or {}).get("health") or "")
        if not health or _is_old(cluster, look):
            untold.append(f"CephCluster {full_name(cluster)}")
        elif health != "HEALTH_OK":
            ill.append(f"CephCluster {full_name(cluster)} ({health})")
    ill += [
        f"Longhorn {name_of(each)} ({state})"
        for each in await look.list(_LONGHORN)
        if (state := str((each.get("status") or {}).get("robustness") or "")) in ("degraded", "faulted")
    ]
    ill += [f"CSIDriver {driver} (0 nodes)" for driver in systems if not on_nodes.get(driver)]
    removed = await _removed(look, volumes)
    gone = sum(map(len, removed.values()))
    fields = {"systems": len(names), "unhealthy": len(ill), "removed_plugins": gone}
    remarks: list[Remark] = []
    if names:
        remarks.append(("kube_storage.systems", {"names": listed(names)}))
    elif other := drivers - set(systems):
        # A driver not known here may well be one of a shared system: no verdict on how many there are.
        fields.pop("systems")
        remarks.append(("kube_storage.unknown_drivers", {"names": listed(other)}))
    else:
        remarks.append(("kube_storage.no_system", {}))
    if ill:
        remarks.append(("kube_storage.unhealthy", {"names": listed(ill)}))
    if untold:
        remarks.append(("kube_storage.untold", {"names": listed(untold)}))
    if not names or (untold and not ill):
        fields.pop("unhealthy")
    if gone:
        uses = listed(f"{use} ({plugin})" for plugin, found in removed.items() for use in found)
        remarks.append(("kube_storage.removed", {"names": uses}))
    return Seen(fields, tuple(remarks))


def _is_old(cluster: Obj, look: Look) -> bool:
    """Whether Rook last looked at Ceph's health long ago: its word stays when its operator is gone."""
    checked = ((cluster.get("status") or {}).get("ceph") or {}).get("lastChecked")
    since = age(checked, look.now)
    return since is not None and since > _SILENT


async def _rwx_claims(look: Look) -> Seen:
    """Claims that many nodes may write to: those Bound and those not.  A volume of the node's own disk takes
    the mode and is shared with nobody, unless a shared file system is mounted there: these prove nothing."""
    claims = [each for each in await look.list("persistentvolumeclaims") if _is_shared(each)]
    local = {
        name_of(each)
        for each in await look.list("persistentvolumes")
        if (each.get("spec") or {}).keys() & {"hostPath", "local"}
    }
    waits = {
        name_of(each)
        for each in await look.list(_CLASSES)
        if each.get("volumeBindingMode") == "WaitForFirstConsumer"
    }
    bound = [each for each in claims if phase(each) == "Bound"]
    unbound = [each for each in claims if phase(each) != "Bound"]
    remarks: list[Remark] = []
    if unbound:
        names = listed(f"{full_name(each)} ({phase(each) or '?'})" for each in unbound)
        remarks.append(("kube_storage.unbound", {"names": names}))
    if first := [each for each in unbound if (each.get("spec") or {}).get("storageClassName") in waits]:
        remarks.append(("kube_storage.wait_for_pod", {"names": listed(map(full_name, first))}))
    if bound:
        remarks.append(("kube_storage.bound", {"names": listed(map(full_name, bound))}))
    elif not claims:
        remarks.append(("kube_storage.no_rwx", {}))
    fields = {"rwx_bound": len(bound), "rwx_unbound": len(unbound)}
    doubtful = [full_name(each) for each in bound if (each.get("spec") or {}).get("volumeName") in local]
    if not doubtful:
        return Seen(fields, tuple(remarks))
    remarks.append(("kube_storage.node_local", {"names": listed(doubtful)}))
    sure = float(len(bound) - len(doubtful))
    return Seen(fields, tuple(remarks), {"rwx_bound": (sure, float(len(bound)))})


async def _classes(look: Look) -> Seen:
    """The default StorageClass, and provisioners that do not run."""
    classes = await look.list(_CLASSES)
    if not classes:
        return Seen({"classes": 0, "default_classes": 0}, (("kube_storage.no_class", {}),))
    defaults = [name_of(each) for each in classes if _is_default(each)]
    dynamic = {str(each.get("provisioner") or "") for each in classes} - {STATIC, ""}
    leases = await look.list(_LEASES)
    workloads = [each for kind in _WORKLOADS for each in await look.list(kind)]
    on_nodes = nodes_by_driver(await look.list(_CSI_NODES))
    known = {name_of(each) for each in await look.list(_DRIVERS)} | set(on_nodes)
    down: list[str] = []
    unseen: list[str] = []
    for provisioner in sorted(dynamic):
        does = runs(provisioner, leases, workloads, look.now)
        if does is None and driver_of(provisioner) in known:
            unseen.append(provisioner)
        elif not does:
            down.append(provisioner)
    fields = {
        "classes": len(classes),
        "default_classes": len(defaults),
        "dynamic_provisioners": len(dynamic),
        "provisioners_not_running": len(down),
    }
    remarks: list[Remark] = []
    if len(defaults) == 1:
        remarks.append(("kube_storage.default", {"name": defaults[0]}))
    else:
        key = "no_default" if not defaults else "many_defaults"
        remarks.append((f"kube_storage.{key}", {"names": listed(defaults)}))
    if down:
        remarks.append(("kube_storage.provisioner_down", {"names": listed(down)}))
    if unseen:
        remarks.append(("kube_storage.provisioner_unseen", {"names": listed(unseen)}))
    if not dynamic:
        remarks.append(("kube_storage.all_static", {}))
    if (unseen and not down) or not dynamic:
        fields.pop("provisioners_not_running")
    if local := [name_of(each) for each in classes if _binds_early(each)]:
        remarks.append(("kube_storage.immediate", {"names": listed(local)}))
    return Seen(fields, tuple(remarks))


async def _rwx_mounts(look: Look) -> Seen:
    """How many running pods mount the shared claim that most of them mount, and on how many nodes."""
    claims = {
        (namespace_of(each), name_of(each))
        for each in await look.list("persistentvolumeclaims")
        if _is_shared(each) and phase(each) == "Bound"
    }
    if not claims:
        raise NoData("kube_storage.nothing_shared")
    mounts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for pod in await look.list("pods"):
        if is_over(pod) or phase(pod) != "Running":
            continue
        for claim in _claims_of(pod):
            if (namespace_of(pod), claim) in claims:
                mounts[namespace_of(pod), claim].append(node_of(pod))
    if not mounts:
        names = listed(f"{namespace}/{name}" for namespace, name in claims)
        return Seen({"running_pods": 0, "nodes": 0}, (("kube_storage.unmounted", {"names": names}),))
    (namespace, name), nodes = max(mounts.items(), key=lambda each: (len(each[1]), len(set(each[1]))))
    remarks: list[Remark] = [
        (
            "kube_storage.mounted",
            {"name": f"{namespace}/{name}", "pods": len(nodes), "nodes": len(set(nodes))},
        )
    ]
    if len(set(nodes)) == 1:
        remarks.append(("kube_storage.one_node", {"node": nodes[0]}))
    return Seen({"running_pods": len(nodes), "nodes": len(set(nodes))}, tuple(remarks))


async def _removed(look: Look, volumes: Iterable[Obj]) -> Mapping[str, list[str]]:
    told = _VERSION.match(await look.version())
    version = (int(told[1]), int(told[2])) if told else (0, 0)
    return removed_uses(volumes, await look.list(_CLASSES), version)


def _modes(obj: Obj) -> tuple[str, ...]:
    return tuple((obj.get("spec") or {}).get("accessModes") or ())


def _is_shared(claim: Obj) -> bool:
    """Whether many nodes may write files to the claim's volume; raw devices are for virtual machines."""
    return _SHARED in _modes(claim) and (claim.get("spec") or {}).get("volumeMode") != "Block"


def _driver(volume: Obj) -> str:
    return str(((volume.get("spec") or {}).get("csi") or {}).get("driver") or "")


def _is_default(each: Obj) -> bool:
    notes = annotations_of(each)
    return any(notes.get(key) == "true" for key in _DEFAULT)


def _binds_early(each: Obj) -> bool:
    """Whether a class of node-local disks places the volume before the pod, where the pod may not fit."""
    is_local = any(word in str(each.get("provisioner")) for word in ("local", "hostpath", STATIC))
    return is_local and each.get("volumeBindingMode", "Immediate") == "Immediate"


def _claims_of(pod: Obj) -> set[str]:
    """The claims that the pod mounts, once each."""
    return {
        str(volume["persistentVolumeClaim"].get("claimName"))
        for volume in (pod.get("spec") or {}).get("volumes") or ()
        if volume.get("persistentVolumeClaim")
    }


CHECKS: tuple[Probe, ...] = (
    check(
        "storage.system",
        _system,
        reads=[_CEPH, _LONGHORN, "persistentvolumes", _CSI_NODES, _DRIVERS, _CLASSES],
        fields={"systems": "count", "unhealthy": "count", "removed_plugins": "count"},
    ),
    check(
        "storage.rwx_claims",
        _rwx_claims,
        reads=["persistentvolumeclaims", "persistentvolumes", _CLASSES],
        fields={"rwx_bound": "count", "rwx_unbound": "count"},
    ),
    check(
        "storage.classes",
        _classes,
        reads=[_CLASSES, _LEASES, *_WORKLOADS, _CSI_NODES, _DRIVERS],
        fields={
            "default_classes": "count",
            "provisioners_not_running": "count",
            "classes": "count",
            "dynamic_provisioners": "count",
        },
    ),
    check(
        "storage.rwx_mounts",
        _rwx_mounts,
        reads=["persistentvolumeclaims", "pods"],
        fields={"running_pods": "count", "nodes": "count"},
    ),
)
