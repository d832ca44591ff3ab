"""Which namespaces belong to the system, and in which the workloads run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.gpus import is_over
from gpuready.kube.read.naming import labels_of, name_of, namespace_of

# Those alone that distributions keep for themselves: anybody may call a namespace ``fleet-chat``.
_PREFIXES = ("kube-", "openshift-", "cattle-", "gke-managed-", "gke-gmp-", "aks-istio-")
_ADD_ONS = """
openshift fleet-default fleet-local gke-mcs gke-connect gmp-system gmp-public aks-command
istio-system istio-ingress istio-egress istio-gateway istio-cni istio-operator
linkerd linkerd-viz linkerd-jaeger linkerd-multicluster linkerd-cni linkerd-smi
gpu-operator nvidia-gpu-operator gpu-operator-resources nvidia-network-operator
network-operator nvidia-dra-driver-gpu nvidia-dra-driver node-feature-discovery nvsentinel
kube-amd-gpu amd-gpu-operator calico-system calico-apiserver tigera-operator cilium cilium-secrets
metallb-system multus cert-manager trust-manager external-secrets external-dns ingress-nginx
nginx-gateway envoy-gateway-system traefik projectcontour kong haproxy-controller rook-ceph
rook-ceph-system longhorn-system openebs csi-driver local-path-storage velero monitoring
observability prometheus prometheus-operator grafana loki logging tracing opentelemetry argocd
argo-rollouts flux-system karpenter keda knative-serving knative-eventing kserve lws-system
kueue-system volcano-system yunikorn leader-worker-set kubeflow-system gatekeeper-system kyverno
trivy-system falco karmada-system karmada-cluster open-cluster-management
open-cluster-management-agent open-cluster-management-hub strimzi kafka-operator
"""
_NAME = "kubernetes.io/metadata.name"
_NAMES = frozenset(_ADD_ONS.split())


def is_system(namespace: str) -> bool:
    """Whether the namespace is known as one of Kubernetes itself or of an add-on that serves the cluster."""
    return namespace in _NAMES or namespace.startswith(_PREFIXES)


def labels_by_name(namespaces: Iterable[Obj]) -> dict[str, Mapping[str, Any]]:
    """Each namespace's labels, its name among them as the API server adds it."""
    return {name_of(each): {_NAME: name_of(each), **labels_of(each)} for each in namespaces}


def with_pods(pods: Iterable[Obj]) -> frozenset[str]:
    """The namespaces in which a pod runs or waits to; what has ended does not count."""
    return frozenset(namespace_of(pod) for pod in pods if not is_over(pod))


def workloads(pods: Iterable[Obj]) -> tuple[str, ...]:
    """The workload namespaces, sorted: those with a pod that runs or waits to and that are no system's."""
    return tuple(sorted(each for each in with_pods(pods) if each and not is_system(each)))
