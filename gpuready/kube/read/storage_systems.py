"""Storage that several nodes can share, recognised by its CSI driver."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gpuready.kube.look import Obj

# By the driver's name; the first that fits names the system.
_SHARED = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("Ceph", r"(?:.*\.)?(?:cephfs|rbd|nfs)\.csi\.ceph\.com"),
        ("Longhorn", r"driver\.longhorn\.io"),
        ("NFS", r"nfs\.csi\.k8s\.io"),
        ("Lustre", r"(?:.*\.)?lustre\.csi\.|fsx\.csi\.aws\.com|exa\.csi\.ddn\.com|.*azurelustre.*"),
        ("IBM Storage Scale", r"spectrumscale\.csi\.ibm\.com"),
        ("WEKA", r"csi\.weka\.io"),
        ("VAST", r"csi\.vastdata\.com"),
        ("BeeGFS", r"beegfs\.csi\.netapp\.com"),
        ("JuiceFS", r"csi\.juicefs\.com"),
        ("Trident", r"csi\.trident\.netapp\.io"),
        ("Portworx", r"pxd\.portworx\.com"),
        ("Pure", r"pure-csi"),
        ("PowerScale", r"csi-isilon\.dellemc\.com"),
        ("OpenEBS Mayastor", r"io\.openebs\.csi-mayastor"),
        ("LINSTOR", r"linstor\.csi\.linbit\.com"),
        ("SeaweedFS", r"seaweedfs-csi-driver"),
        ("Amazon EFS", r"efs\.csi\.aws\.com"),
        ("Google Filestore", r"filestore\.csi\.storage\.gke\.io"),
        ("Google parallel store", r"(?:parallelstore|lustre)\.csi\.storage\.gke\.io"),
        ("Azure Files", r"file\.csi\.azure\.com"),
        ("OpenStack Manila", r"(?:.*\.)?manila\.csi\.openstack\.org"),
        ("Alibaba NAS", r"nasplugin\.csi\.alibabacloud\.com"),
        ("Tencent CFS", r"com\.tencent\.cloud\.csi\.(?:cfs|cfsturbo)"),
        ("Huawei SFS", r"(?:nas|sfsturbo)\.csi\.everest\.io"),
    )
)
# In-tree volume plugins that are gone, and the first Kubernetes version without them.
_REMOVED = {
    "glusterfs": (1, 26),
    "quobyte": (1, 25),
    "storageos": (1, 25),
    "flocker": (1, 25),
    "cephfs": (1, 31),
    "rbd": (1, 31),
}


def system_of(driver: str) -> str:
    """The storage system behind a CSI driver, if it is known as one that nodes share; else empty."""
    return next((name for name, pattern in _SHARED if pattern.match(driver)), "")


def removed_uses(
    volumes: Iterable[Obj], classes: Iterable[Obj], version: tuple[int, int]
) -> dict[str, list[str]]:
    """The PersistentVolumes and StorageClasses, by plugin, that need an in-tree plugin which a server of this
    version no longer has."""
    gone = {plugin for plugin, since in _REMOVED.items() if version >= since}
    uses: dict[str, list[str]] = {}
    for volume in volumes:
        for plugin in gone & set(volume.get("spec") or ()):
            uses.setdefault(plugin, []).append(f"PersistentVolume {(volume['metadata'])['name']}")
    for each in classes:
        plugin = str(each.get("provisioner") or "").removeprefix("kubernetes.io/")
        if plugin in gone and str(each.get("provisioner")).startswith("kubernetes.io/"):
            uses.setdefault(plugin, []).append(f"StorageClass {(each['metadata'])['name']}")
    return uses
