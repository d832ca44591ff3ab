"""Whether what provisions volumes runs, and whether its driver is on the nodes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from gpuready.kube.look import Obj
from gpuready.kube.read.conditions import age
from gpuready.kube.read.naming import name_of
from gpuready.kube.read.rollout import images, is_complete, words

STATIC = "kubernetes.io/no-provisioner"
"""The provisioner of a class whose volumes somebody makes by hand."""

_FRESH = 300.0  # seconds for which the lease of a provisioner speaks for it; it is renewed within 15
_NOT_IN_A_LEASE = re.compile(r"[^a-zA-Z0-9-]")
# Provisioners of the old in-tree volume plugins, and the CSI drivers that serve them since.
_MIGRATED = {
    "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
    "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
    "kubernetes.io/azure-disk": "disk.csi.azure.com",
    "kubernetes.io/azure-file": "file.csi.azure.com",
    "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
    "kubernetes.io/cinder": "cinder.csi.openstack.org",
    "kubernetes.io/portworx-volume": "pxd.portworx.com",
}
# Provisioners without CSI, and the image of what runs them.
_PLAIN = {
    "rancher.io/local-path": "local-path-provisioner",
    "k8s.io/minikube-hostpath": "storage-provisioner",
}


def driver_of(provisioner: str) -> str:
    """The driver that serves a StorageClass's provisioner."""
    return _MIGRATED.get(provisioner, provisioner)


def nodes_by_driver(csi_nodes: Iterable[Obj]) -> dict[str, int]:
    """On how many nodes each CSI driver has registered."""
    counts: dict[str, int] = defaultdict(int)
    for node in csi_nodes:
        for driver in (node.get("spec") or {}).get("drivers") or ():
            counts[str(driver.get("name"))] += 1
    return counts


def runs(provisioner: str, leases: Iterable[Obj], workloads: Sequence[Obj], now: datetime) -> bool | None:
    """Whether the provisioner runs: by the lease under which it works, else by the workload that names it.

    None where the cluster shows neither: the control plane of a managed service may run it out of sight.
    """
    name = driver_of(provisioner)
    held = [each for each in leases if name_of(each) == _NOT_IN_A_LEASE.sub("-", name)]
    if any(_is_fresh(each, now) for each in held):
        return True
    image = _PLAIN.get(provisioner, "provisioner")
    found = [each for each in workloads if _serves(each, name, image, provisioner in _PLAIN)]
    if found:
        return any(map(is_complete, found))
    return False if held else None


def _is_fresh(lease: Obj, now: datetime) -> bool:
    spec = lease.get("spec") or {}
    since = age(spec.get("renewTime"), now)
    return bool(spec.get("holderIdentity")) and since is not None and since < _FRESH


def _serves(workload: Obj, driver: str, image: str, by_image: bool) -> bool:
    """Whether the workload runs the provisioner.  The driver's node pods name it too: the image tells."""
    if not any(image in each for each in images(workload)):
        return False
    return by_image or any(_says(word, driver) for word in words(workload))


def _says(word: str, driver: str) -> bool:
    """Whether an argument or variable is the driver's name, alone, as ``--flag=NAME`` or within a path."""
    return driver in re.split(r"[=/,\s]", word) or word == driver
