"""The checks of tenancy, placement, security and pods as they run: through the real reading, against a served
API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict, judge
from gpuready.engine.registry import Registry
from gpuready.kube.checks import (
    api_server,
    batch,
    data,
    federation,
    gateway,
    mesh,
    pod_security,
    pods_pending,
    pods_start,
    quota,
    rbac,
    remediation,
    scheduling,
    scheduling_measures,
    streaming,
    vulnerabilities,
    zero_trust,
)
from gpuready.probes.probe import Ask, NoData, NotApplicable, Probe, Target
from tests.kube.apiserver import Api
from tests.kube.checks.test_mesh import DENY, ISTIOD, SERVICE, rule
from tests.kube.checks.test_mesh import policy as mtls
from tests.kube.checks.test_platform import (
    DETECTOR,
    VOLCANO,
    actor,
    broker,
    endpoints,
    kafka,
    member,
    public,
    queue,
    route,
)
from tests.kube.checks.test_rbac import bound
from tests.kube.checks.test_scheduling import TAINT, priority, spread
from tests.kube.memory import sentences, shipped
from tests.kube.objects import crd, custom, daemonset, deployment, merge, namespace, node, pod, pod_spec

MODULES = (
    api_server,
    batch,
    data,
    federation,
    gateway,
    mesh,
    pod_security,
    pods_pending,
    pods_start,
    quota,
    rbac,
    remediation,
    scheduling,
    scheduling_measures,
    streaming,
    vulnerabilities,
    zero_trust,
)
CHECKS = tuple(probe for module in MODULES for probe in module.CHECKS)
# What is not to be seen from a cluster: partitions of Kafka, and whether people are still with the company.
UNSEEN = {"kube.streaming.brokers", "kube.rbac.stale_subjects"}
FIGURES = {"kube.quota.namespaces": "13.2.4.1.a3", "kube.nodes.spot": "13.2.4.3.s2"}
CRDS = (
    ("scheduling.volcano.sh", "Queue", "queues", False),
    ("cluster.karmada.io", "Cluster", "clusters", False),
    ("gateway.networking.k8s.io", "Gateway", "gateways", True),
    ("gateway.networking.k8s.io", "HTTPRoute", "httproutes", True),
    ("security.istio.io", "PeerAuthentication", "peerauthentications", True),
    ("networking.istio.io", "DestinationRule", "destinationrules", True),
    ("kafka.strimzi.io", "Kafka", "kafkas", True),
    ("aquasecurity.github.io", "VulnerabilityReport", "vulnerabilityreports", True),
)
VERSIONS = {
    "scheduling.volcano.sh": "v1beta1",
    "cluster.karmada.io": "v1alpha1",
    "aquasecurity.github.io": "v1alpha1",
}
SERVER = (
    "--authorization-mode=Node,RBAC",
    "--audit-policy-file=/etc/kubernetes/audit.yaml",
    "--audit-log-path=/var/log/audit.log",
    "--audit-log-maxage=30",
    "--encryption-provider-config=/etc/kubernetes/enc.yaml",
)
WRITTEN = (
    'apiserver_storage_transformation_operations_total{resource="secrets",status="OK",'
    'transformation_type="to_storage",transformer_prefix="k8s:enc:kms:v2:vault:"} 7\n'
)
LABELS = {"data-classification": "internal", "pod-security.kubernetes.io/enforce": "baseline"}


def engine_pod(number: int, host: str, now: str) -> dict[str, Any]:
    """A replica of the engine, in the mesh, with its Deployment's hash."""
    template = engine()["spec"]["template"]["spec"]
    sidecar = {"name": "istio-proxy", "image": "vllm/vllm-openai:v0.11.0", "restartPolicy": "Always"}
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": "chat-5d8f",
        "uid": "1",
        "controller": True,
    }
    labels = {"app": "chat", "pod-template-hash": "5d8f"}
    spec = {**template, "initContainers": [sidecar]}
    made = pod(f"chat-5d8f-{number}", "prod", node=host, spec=spec, owner=owner, labels=labels)
    placed = made["status"]["conditions"][0]
    made["status"]["conditions"][0] = {**placed, "lastTransitionTime": now}
    return made


def engine() -> dict[str, Any]:
    spec = pod_spec(gpus=4, image="vllm/vllm-openai:v0.11.0")
    spec |= {"topologySpreadConstraints": spread(), "priorityClassName": "serving", "priority": 100000}
    return deployment("chat", "prod", replicas=2, labels={"app": "chat"}, spec=spec)


def scanned(image: str, now: str) -> dict[str, Any]:
    name, _, tag = image.partition(":")
    made = custom("aquasecurity.github.io/v1alpha1", "VulnerabilityReport", f"r-{abs(hash(image))}", "prod")
    server, _, repository = name.partition("/")
    if "." not in server:
        server, repository = "index.docker.io", name
    return made | {
        "report": {
            "artifact": {"repository": repository, "tag": tag},
            "registry": {"server": server},
            "summary": {"criticalCount": 0, "highCount": 0},
            "updateTimestamp": now,
        }
    }


def healthy() -> list[dict[str, Any]]:
    """A cluster that passes every check of these."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    soon = (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    server = pod(
        "kube-apiserver-cp1", "kube-system", node="cp1", spec=pod_spec(command=["kube-apiserver", *SERVER])
    )
    hard = {"requests.nvidia.com/gpu": "16"}
    bounded = custom(
        "v1",
        "ResourceQuota",
        "gpus",
        "prod",
        spec={"hard": hard},
        status={"hard": hard, "used": {"requests.nvidia.com/gpu": "8"}},
    )
    kafka_pods = [merge(broker(f"b-{n}"), {"metadata": {"namespace": "strimzi"}}) for n in range(3)]
    pods = [engine_pod(1, "g1", soon), engine_pod(2, "g2", soon), *kafka_pods, server]
    images = {each["image"] for one in pods for each in one["spec"]["containers"]}
    spaces = ("kube-system", "istio-system", "nvsentinel", "strimzi", "edge", "kafka", "batch-system", "chat")
    return [
        *(namespace(name) for name in spaces),
        namespace("prod", {**LABELS, "istio-injection": "enabled"}),
        node("cp1", gpus=0, control_plane=True),
        *(
            node(name, taints=[TAINT], labels={"karpenter.sh/capacity-type": "on-demand"})
            for name in ("g1", "g2")
        ),
        engine(),
        *pods,
        bounded,
        priority("serving", 100000),
        priority("batch", 1000, "Never"),
        SERVICE,
        ISTIOD,
        mtls("istio-system", "STRICT"),
        rule("chat"),
        merge(DENY, {"metadata": {"namespace": "prod"}}),
        daemonset("cilium", "kube-system"),
        DETECTOR,
        actor(),
        *VOLCANO,
        queue(),
        member("eu"),
        member("us"),
        public(),
        route(),
        endpoints(),
        merge(kafka(), {"metadata": {"namespace": "strimzi"}}),
        bound("team", "edit", "Group", "team", namespace="prod"),
        bound("info", "system:public-info-viewer", "Group", "system:unauthenticated"),
        custom("v1", "ServiceAccount", "default", "prod"),
        custom("storage.k8s.io/v1", "StorageClass", "fast")
        | {"provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "true"}},
        *(scanned(image, now) for image in images),
    ]


def install(cluster: Api) -> None:
    for group, kind, plural, namespaced in CRDS:
        versions = (VERSIONS.get(group, "v1"),)
        cluster.install(crd(group, kind, plural, versions, namespaced=namespaced))


def ask(cluster: Api, probe: Probe) -> Ask:
    return Ask(
        Target("kubernetes", "test", str(cluster.kubeconfig)),
        {**probe.params, **dict(shipped(probe, FIGURES.get(probe.name, "")).params)},
    )


@pytest.fixture
def filled(cluster: Api) -> Api:
    if cluster.real:
        pytest.skip("a real API server refuses parts of it: static pods' flags, foreign metrics")
    install(cluster)
    cluster.put_all(healthy())
    cluster.text("/metrics", WRITTEN)
    return cluster


async def test_a_healthy_cluster_passes_all_of_them(filled: Api) -> None:
    for probe in CHECKS:
        found = await probe.measure(ask(filled, probe))
        said = sentences(found.remarks)
        want = shipped(probe, FIGURES.get(probe.name, "")).want
        verdict = judge(want, found.fields, probe.fields, found.within)
        expected = Verdict.UNKNOWN if probe.name in UNSEEN else Verdict.PASS
        assert verdict is expected, f"{probe.name}: {dict(found.fields)} {said}"
        assert found.evidence


async def test_the_same_cluster_may_not_be_read_and_nothing_passes(filled: Api) -> None:
    filled.allow([])
    for probe in CHECKS:
        with pytest.raises(NoData) as told:
            await probe.measure(ask(filled, probe))
        assert str(told.value), probe.name


async def test_an_empty_cluster_passes_none_of_them(cluster: Api) -> None:
    if cluster.real:
        pytest.skip("a real cluster is not empty")
    for probe in CHECKS:
        if probe.name == "kube.rbac.over_wide":
            continue  # the grants that Kubernetes itself makes are there, and none is too wide
        try:
            found = await probe.measure(ask(cluster, probe))
        except (NoData, NotApplicable) as outcome:
            assert isinstance(outcome, NoData), f"{probe.name}: nothing was read that could exclude it"
            assert str(outcome), probe.name
            continue
        want = shipped(probe, FIGURES.get(probe.name, "")).want
        verdict = judge(want, found.fields, probe.fields, found.within)
        assert verdict in (Verdict.FAIL, Verdict.UNKNOWN), f"{probe.name}: {dict(found.fields)}"
        assert sentences(found.remarks), f"{probe.name} fails without a word"


def test_every_wanted_field_is_declared_in_a_unit_that_can_be_compared() -> None:
    registry = Registry({probe.name: probe for probe in CHECKS})
    for probe in CHECKS:
        assert registry.can(shipped(probe)), probe.name


async def test_logs_of_a_failing_pod_come_through_the_api(filled: Api) -> None:
    (probe,) = (each for each in pods_start.CHECKS if each.name == "kube.pods.logs")
    filled.put(pod("broken", "prod", node="g1", gpus=1, waiting="CrashLoopBackOff", restarts=2))
    filled.set_logs("prod", "broken", "INFO up\nOSError: [Errno 98] Address already in use\n", previous=True)
    found = await probe.measure(ask(filled, probe))
    assert found.fields["errors"] == 1
    assert "prod/broken" in sentences(found.remarks)
