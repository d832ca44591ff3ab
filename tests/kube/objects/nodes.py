"""Nodes with and without GPUs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from tests.kube.objects.base import LONG_AGO, Object, condition, meta


def node(
    name: str,
    gpus: int = 8,
    *,
    product: str = "NVIDIA-H100-80GB-HBM3",
    ready: bool = True,
    labels: Mapping[str, str | None] | None = None,
    taints: Sequence[Object] | None = None,
    allocatable: int | None = None,
    unschedulable: bool = False,
    pressure: Sequence[str] = (),
    control_plane: bool = False,
    zone: str = "zone-a",
    version: str = "v1.34.2",
    resource: str = "nvidia.com/gpu",
    memory_mb: int = 81559,
) -> Object:
    """A node as kubelet, NFD and GFD describe it; gpus=0 is one without GPUs and without their labels.

    `labels` are added (None takes one away); GPU nodes carry the usual taint unless `taints` says otherwise;
    `pressure` names conditions that are True: "MemoryPressure", "DiskPressure", "PIDPressure".
    """
    known: dict[str, str | None] = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": zone,
        "topology.kubernetes.io/region": "region-1",
    }
    if control_plane:
        known["node-role.kubernetes.io/control-plane"] = ""
    if gpus:
        known |= _gpu_labels(gpus, product, memory_mb)
    known |= labels or {}
    if taints is None:
        taints = [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}] if gpus else []
        if control_plane:
            taints = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
    conditions = [
        condition(kind, kind in pressure, f"Kubelet{'Has' if kind in pressure else 'HasNo'}{kind}")
        for kind in ("MemoryPressure", "DiskPressure", "PIDPressure")
    ]
    conditions.append(
        condition("Ready", True, "KubeletReady", "kubelet is posting ready status")
        if ready
        else condition("Ready", False, "KubeletNotReady", "container runtime network not ready")
    )
    for at in conditions:
        at["lastHeartbeatTime"] = LONG_AGO
    machine = {"cpu": "192", "ephemeral-storage": "3600000000Ki", "memory": "2113431552Ki", "pods": "110"}
    left = {"cpu": "191", "ephemeral-storage": "3317760000000", "memory": "2112380928Ki", "pods": "110"}
    if gpus:
        machine[resource] = str(gpus)
        left[resource] = str(gpus if allocatable is None else allocatable)
    digest = hashlib.sha256(name.encode()).hexdigest()
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": meta(name, labels={key: value for key, value in known.items() if value is not None}),
        "spec": {
            "podCIDR": f"10.{int(digest[:2], 16)}.{int(digest[2:4], 16)}.0/24",
            "providerID": f"bare://{name}",
            **({"taints": list(taints)} if taints else {}),
            **({"unschedulable": True} if unschedulable else {}),
        },
        "status": {
            "capacity": machine,
            "allocatable": left,
            "conditions": conditions,
            "addresses": [
                {"type": "InternalIP", "address": f"10.0.{int(digest[:2], 16)}.{int(digest[2:4], 16)}"},
                {"type": "Hostname", "address": name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "machineID": digest[:32],
                "systemUUID": digest[:32],
                "bootID": digest[32:],
                "kernelVersion": "6.8.0-60-generic",
                "osImage": "Ubuntu 24.04.2 LTS",
                "containerRuntimeVersion": "containerd://2.1.4",
                "kubeletVersion": version,
                "kubeProxyVersion": "",
                "operatingSystem": "linux",
                "architecture": "amd64",
            },
        },
    }


def _gpu_labels(gpus: int, product: str, memory_mb: int) -> dict[str, str]:
    return {
        "feature.node.kubernetes.io/pci-10de.present": "true",
        "nvidia.com/gpu.present": "true",
        "nvidia.com/gpu.product": product,
        "nvidia.com/gpu.count": str(gpus),
        "nvidia.com/gpu.memory": str(memory_mb),
        "nvidia.com/gpu.family": "hopper",
        "nvidia.com/gpu.machine": "DGXH100",
        "nvidia.com/gpu.replicas": "1",
        "nvidia.com/gpu.sharing-strategy": "none",
        "nvidia.com/gpu.compute.major": "9",
        "nvidia.com/gpu.compute.minor": "0",
        "nvidia.com/cuda.driver-version.full": "580.95.05",
        "nvidia.com/cuda.driver-version.major": "580",
        "nvidia.com/cuda.runtime-version.full": "13.0",
        "nvidia.com/cuda.runtime-version.major": "13",
        "nvidia.com/mig.capable": "true",
        "nvidia.com/mig.strategy": "single",
        "nvidia.com/gpu.deploy.driver": "true",
        "nvidia.com/gpu.deploy.device-plugin": "true",
        "nvidia.com/gpu.deploy.dcgm-exporter": "true",
    }
