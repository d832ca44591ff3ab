"""The checks of a cluster's foundations as they run: through the real reading, against a served API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict, judge
from gpuready.engine.registry import Registry
from gpuready.kube.checks import (
    certificates,
    control_plane,
    etcd,
    gpu_operator,
    networking,
    nodes,
    storage,
)
from gpuready.probes.probe import Ask, NoData, Probe, Target
from tests.kube.apiserver import Api
from tests.kube.checks.test_certificates import certificate, issuer, part
from tests.kube.checks.test_control_plane import GOOD, three
from tests.kube.checks.test_control_plane import etcd as etcd_pod
from tests.kube.checks.test_etcd import cronjob
from tests.kube.checks.test_gpu_operator import plugin, policy
from tests.kube.checks.test_networking import cni, gateway_class, runs
from tests.kube.checks.test_networking import policy as network_policy
from tests.kube.checks.test_storage import (
    CEPHFS,
    ceph,
    claim,
    csi_node,
    driver,
    lease,
    storage_class,
    user,
)
from tests.kube.memory import sentences, shipped
from tests.kube.objects import crd, deployment, merge, namespace, node, pod_spec

CHECKS = tuple(
    probe
    for module in (certificates, control_plane, etcd, gpu_operator, networking, nodes, storage)
    for probe in module.CHECKS
)
LATER = "2099-01-01T00:00:00Z"


def healthy() -> list[dict[str, Any]]:
    """A cluster that passes every check of these."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    named = {"app.kubernetes.io/component": "gpu-operator"}
    image = pod_spec(image="nvcr.io/nvidia/gpu-operator:v26.7.0", container="gpu-operator")
    spaces = ("prod", "kube-system", "gpu-operator", "cert-manager", "rook-ceph", "envoy-gateway")
    certified = certificate("api", end=LATER, renewal="2098-12-01T00:00:00Z")
    return [
        *(namespace(name) for name in spaces),
        *three(),
        node("g1"),
        node("g2"),
        *(etcd_pod(f"cp-{n}") for n in (1, 2, 3)),
        cronjob("etcd-backup", last=f"{now}Z"),
        deployment("gpu-operator", "gpu-operator", labels=named, spec=image),
        policy(),
        plugin("g1"),
        plugin("g2"),
        cni("cilium", 5),
        network_policy("prod"),
        gateway_class("eg", "gateway.envoyproxy.io/gatewayclass-controller"),
        runs("envoy-gateway", "docker.io/envoyproxy/gateway:v1.6.0"),
        *(part(name) for name in ("controller", "webhook", "cainjector")),
        issuer("letsencrypt"),
        certified,
        merge(ceph(), {"status": {"ceph": {"lastChecked": f"{now}Z"}}}),
        driver(CEPHFS),
        *(csi_node(host, CEPHFS) for host in ("g1", "g2")),
        storage_class("cephfs", default=True),
        lease("rook-ceph-cephfs-csi-ceph-com", f"{now}.000000Z"),
        claim("models"),
        user("chat-1", "g1"),
        user("chat-2", "g2"),
    ]


def install(cluster: Api) -> None:
    for group, kind, plural, namespaced in (
        ("nvidia.com", "ClusterPolicy", "clusterpolicies", False),
        ("gateway.networking.k8s.io", "GatewayClass", "gatewayclasses", False),
        ("cert-manager.io", "ClusterIssuer", "clusterissuers", False),
        ("cert-manager.io", "Issuer", "issuers", True),
        ("cert-manager.io", "Certificate", "certificates", True),
        ("cert-manager.io", "CertificateRequest", "certificaterequests", True),
        ("ceph.rook.io", "CephCluster", "cephclusters", True),
    ):
        cluster.install(crd(group, kind, plural, namespaced=namespaced))


def ask(cluster: Api, probe: Probe) -> Ask:
    return Ask(Target("kubernetes", "test", str(cluster.kubeconfig)), dict(probe.params))


async def test_a_healthy_cluster_passes_all_of_them(cluster: Api) -> None:
    install(cluster)
    cluster.put_all(healthy())
    if not cluster.real:  # a real server speaks for itself
        cluster.text("/readyz", GOOD)
    for probe in CHECKS:
        found = await probe.measure(ask(cluster, probe))
        said = sentences(found.remarks)
        verdict = judge(shipped(probe).want, found.fields, probe.fields, found.within)
        assert verdict is Verdict.PASS, f"{probe.name}: {dict(found.fields)} {said}"
        assert set(found.fields) <= set(probe.fields)
        assert found.evidence


async def test_the_same_cluster_may_not_be_read_and_nothing_passes(cluster: Api) -> None:
    if cluster.real:
        pytest.skip("it would take the rights from whoever runs the tests")
    install(cluster)
    cluster.put_all(healthy())
    cluster.text("/readyz", GOOD)
    cluster.allow([])
    for probe in CHECKS:
        with pytest.raises(NoData) as told:
            await probe.measure(ask(cluster, probe))
        assert str(told.value), probe.name


async def test_an_empty_cluster_passes_none_of_them(cluster: Api) -> None:
    if cluster.real:
        pytest.skip("a real cluster is not empty")
    for probe in CHECKS:
        try:
            found = await probe.measure(ask(cluster, probe))
        except NoData as outcome:
            assert str(outcome), probe.name
            continue
        verdict = judge(shipped(probe).want, found.fields, probe.fields, found.within)
        assert verdict in (Verdict.FAIL, Verdict.UNKNOWN), f"{probe.name}: {dict(found.fields)}"
        assert sentences(found.remarks), f"{probe.name} fails without a word"


def test_every_wanted_field_is_declared_in_a_unit_that_can_be_compared() -> None:
    registry = Registry({probe.name: probe for probe in CHECKS})
    for probe in CHECKS:
        assert registry.can(shipped(probe)), probe.name
