"""The checks of engines, scaling, monitoring, GitOps and backups as they run: through the real reading,
against a served API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict, judge
from gpuready.engine.registry import Registry
from gpuready.kube.checks import (
    autoscaling,
    autoscaling_events,
    autoscaling_nodes,
    backups,
    gitops,
    inference,
    monitoring,
    traffic,
    velero,
)
from gpuready.probes.probe import Ask, NoData, Probe, Target
from tests.kube.apiserver import Api
from tests.kube.memory import sentences, shipped
from tests.kube.objects import (
    condition,
    crd,
    custom,
    daemonset,
    deployment,
    event,
    merge,
    namespace,
    node,
    pod,
    pod_spec,
    service,
)

MODULES = (
    autoscaling,
    autoscaling_events,
    autoscaling_nodes,
    backups,
    gitops,
    inference,
    monitoring,
    traffic,
    velero,
)
CHECKS = tuple(probe for module in MODULES for probe in module.CHECKS)
VLLM = "vllm/vllm-openai:v0.11.2"
APP = {"app.kubernetes.io/name": "chat"}
KPS = {"release": "kps"}
ALERTS = {"groups": [{"name": "gpus", "rules": [{"alert": "Xid", "expr": "DCGM_FI_DEV_XID_ERRORS > 0"}]}]}
STATUS = "autoscalerStatus: Running\nclusterWide:\n  health:\n    status: Healthy\n"
CRDS = (
    ("argoproj.io/v1alpha1", "Application", "applications"),
    ("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", "verticalpodautoscalers"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes"),
    ("monitoring.coreos.com/v1", "Prometheus", "prometheuses"),
    ("monitoring.coreos.com/v1", "PrometheusRule", "prometheusrules"),
    ("monitoring.coreos.com/v1", "ServiceMonitor", "servicemonitors"),
    ("snapshot.storage.k8s.io/v1", "VolumeSnapshot", "volumesnapshots"),
    ("velero.io/v1", "Backup", "backups"),
    ("velero.io/v1", "BackupStorageLocation", "backupstoragelocations"),
    ("velero.io/v1", "Restore", "restores"),
    ("velero.io/v1", "Schedule", "schedules"),
)


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def install(cluster: Api) -> None:
    for version, kind, plural in CRDS:
        group, _, served = version.partition("/")
        cluster.install(crd(group, kind, plural, (served,)))


def engine_pods() -> list[dict[str, Any]]:
    """Two replicas on two nodes: the second came by a scale-up, 21 minutes ago, and took 90 seconds."""
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": "chat-5f6d8c7b9d",
        "uid": "00000000-0000-0000-0000-000000000001",
        "controller": True,
    }
    found = []
    for number, (made, ready) in enumerate(((600, 590), (20.9, 19.5))):
        labels = {**APP, "pod-template-hash": "5f6d8c7b9d"}
        spec = pod_spec(gpus=1, image=VLLM)
        obj = pod(f"chat-{number}", "ai", node=f"g{number}", labels=labels, owner=owner, spec=spec)
        obj["metadata"]["creationTimestamp"] = ago(made)
        for each in obj["status"]["conditions"]:
            each["lastTransitionTime"] = ago(ready)
        found.append(obj)
    return found


def scaling() -> list[dict[str, Any]]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "chat"}
    metric = {
        "metric": {"name": "vllm:num_requests_waiting"},
        "target": {"type": "AverageValue", "averageValue": "10"},
    }
    hpa = custom(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "chat",
        "ai",
        spec={
            "scaleTargetRef": target,
            "minReplicas": 1,
            "maxReplicas": 8,
            "metrics": [{"type": "Pods", "pods": metric}],
        },
        status={
            "currentReplicas": 2,
            "desiredReplicas": 2,
            "conditions": [condition("AbleToScale"), condition("ScalingActive", True, "ValidMetricFound")],
        },
    )
    vpa = custom(
        "autoscaling.k8s.io/v1",
        "VerticalPodAutoscaler",
        "chat",
        "ai",
        spec={"targetRef": target, "updatePolicy": {"updateMode": "Initial"}},
        status={"recommendation": {"containerRecommendations": [{"containerName": "main"}]}},
    )
    up = "New size: 2; reason: pods metric vllm:num_requests_waiting above target"
    down = "New size: 1; reason: All metrics below target"
    return [
        hpa,
        vpa,
        rescaled("chat.1", down, 40),
        rescaled("chat.2", up, 21),
    ]


def rescaled(name: str, message: str, minutes: float) -> dict[str, Any]:
    return event(
        name,
        "ai",
        kind="HorizontalPodAutoscaler",
        of="chat",
        reason="SuccessfulRescale",
        message=message,
        type="Normal",
        last=ago(minutes),
    )


def watched() -> list[dict[str, Any]]:
    operator = pod_spec(image="quay.io/prometheus-operator/prometheus-operator:v0.86.1")
    selected = {
        f"{kind}{what}": chosen
        for kind in ("serviceMonitor", "podMonitor", "rule")
        for what, chosen in (("Selector", {"matchLabels": KPS}), ("NamespaceSelector", {}))
    }
    exporter = pod_spec(image="nvcr.io/nvidia/k8s/dcgm-exporter:4.4.1-4.6.0-ubuntu22.04")
    dcgm = {"app": "nvidia-dcgm-exporter"}
    monitoring = "monitoring.coreos.com/v1"
    spec = {"selector": {"matchLabels": dcgm}}
    return [
        deployment("operator", "monitoring", spec=operator),
        deployment("grafana", "monitoring", spec=pod_spec(image="grafana/grafana:12.2.1")),
        custom(
            monitoring,
            "Prometheus",
            "k8s",
            "monitoring",
            spec=selected,
            status={"conditions": [condition("Available")]},
        ),
        custom(monitoring, "PrometheusRule", "gpus", "monitoring", labels=KPS, spec=ALERTS),
        custom(monitoring, "ServiceMonitor", "dcgm", "gpu-operator", labels=KPS, spec=spec),
        daemonset("nvidia-dcgm-exporter", "gpu-operator", desired=2, labels=dcgm, spec=exporter),
        merge(service("nvidia-dcgm-exporter", "gpu-operator", selector=dcgm), {"metadata": {"labels": dcgm}}),
        *(pod(f"dcgm-{n}", "gpu-operator", node=f"g{n}", labels=dcgm, spec=exporter) for n in (0, 1)),
    ]


def delivered() -> list[dict[str, Any]]:
    history = [
        {"revision": revision, "deployStartedAt": ago(minutes), "deployedAt": ago(minutes - 1)}
        for revision, minutes in (("a", 300), ("b", 200), ("a", 100))
    ]
    told = {
        "sync": {"status": "Synced"},
        "health": {"status": "Healthy", "lastTransitionTime": ago(98)},
        "history": history,
    }
    refs = [{"name": name, "port": 8000, "weight": weight} for name, weight in (("v1", 90), ("v2", 10))]
    return [
        custom("argoproj.io/v1alpha1", "Application", "chat", "argocd", spec={}, status=told),
        custom(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            "chat",
            "ai",
            spec={"rules": [{"backendRefs": refs}]},
        ),
    ]


def kept() -> list[dict[str, Any]]:
    made = {"velero.io/schedule-name": "often"}
    objects = [
        custom(
            "velero.io/v1",
            "Backup",
            f"often-{minutes}",
            "velero",
            labels=made,
            spec={"storageLocation": "near" if minutes % 20 else "far"},
            status={
                "phase": "Completed",
                "startTimestamp": ago(minutes),
                "completionTimestamp": ago(minutes - 1),
            },
        )
        for minutes in (5, 10, 20, 30)
    ]
    for name, region in (("near", "eu-west-1"), ("far", "us-east-1")):
        spec = {"provider": "aws", "config": {"region": region}, "objectStorage": {"bucket": name}}
        status = {"phase": "Available"}
        objects.append(
            custom("velero.io/v1", "BackupStorageLocation", name, "velero", spec=spec, status=status)
        )
    spec = {"schedule": "*/10 * * * *", "template": {}}
    return [
        *objects,
        custom("velero.io/v1", "Schedule", "often", "velero", spec=spec, status={"phase": "Enabled"}),
        custom(
            "velero.io/v1",
            "Restore",
            "test",
            "velero",
            spec={"backupName": "often-30"},
            status={"phase": "Completed", "startTimestamp": ago(25), "completionTimestamp": ago(24)},
        ),
        custom(
            "snapshot.storage.k8s.io/v1",
            "VolumeSnapshot",
            "models",
            "ai",
            spec={"source": {"persistentVolumeClaimName": "models"}},
            status={"readyToUse": True, "creationTime": ago(30)},
        ),
    ]


def healthy() -> list[dict[str, Any]]:
    """A cluster that passes every check of these that a cluster can pass."""
    spaces = ("ai", "argocd", "gpu-operator", "monitoring", "velero", "dev", "staging", "prod")
    autoscaler = pod_spec(image="registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.0")
    spec = {"selector": {"matchLabels": APP}, "minAvailable": 1}
    budget = custom("policy/v1", "PodDisruptionBudget", "chat", "ai", spec=spec)
    return [
        *(namespace(name) for name in spaces),
        node("g0"),
        node("g1"),
        deployment("chat", "ai", replicas=2, labels=APP, spec=pod_spec(gpus=1, image=VLLM)),
        *engine_pods(),
        budget,
        deployment("cluster-autoscaler", "kube-system", spec=autoscaler),
        custom("v1", "ConfigMap", "cluster-autoscaler-status", "kube-system") | {"data": {"status": STATUS}},
        *scaling(),
        *watched(),
        *delivered(),
        *kept(),
    ]


def ask(cluster: Api, probe: Probe, **params: object) -> Ask:
    target = Target("kubernetes", "test", str(cluster.kubeconfig))
    return Ask(target, {**probe.params, **params})


async def verdict_of(cluster: Api, probe: Probe) -> tuple[Verdict, str]:
    method = shipped(probe)
    found = await probe.measure(ask(cluster, probe, **method.params))
    assert set(found.fields) <= set(probe.fields)
    assert found.evidence
    told = f"{probe.name}: {dict(found.fields)} {sentences(found.remarks)}"
    return judge(method.want, found.fields, probe.fields, found.within), told


async def test_a_healthy_cluster_passes_all_that_a_cluster_can_prove(cluster: Api) -> None:
    install(cluster)
    cluster.put_all(healthy())
    for probe in CHECKS:
        if cluster.real and probe.name == "kube.autoscaling.duration":
            continue  # a real server dates pods itself: they cannot have come with the scale-up
        verdict, told = await verdict_of(cluster, probe)
        # When a commit was made is not in the cluster: its way to production cannot pass here.
        expected = Verdict.UNKNOWN if probe.name == "kube.gitops.lead_time" else Verdict.PASS
        assert verdict is expected, told


async def test_the_same_cluster_may_not_be_read_and_nothing_passes(cluster: Api) -> None:
    if cluster.real:
        pytest.skip("it would take the rights from whoever runs the tests")
    install(cluster)
    cluster.put_all(healthy())
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
            verdict, told = await verdict_of(cluster, probe)
        except NoData as outcome:
            assert str(outcome), probe.name
            continue
        assert verdict in (Verdict.FAIL, Verdict.UNKNOWN), told


async def test_a_managed_autoscaler_is_read_from_its_config_map(cluster: Api) -> None:
    if cluster.real:
        pytest.skip("it would write into kube-system")
    (probe,) = autoscaling_nodes.CHECKS
    told = custom("v1", "ConfigMap", "cluster-autoscaler-status", "kube-system")
    cluster.put({**told, "data": {"status": STATUS}})
    assert (await verdict_of(cluster, probe))[0] is Verdict.PASS


def test_every_wanted_field_is_declared_in_a_unit_that_can_be_compared() -> None:
    registry = Registry({probe.name: probe for probe in CHECKS})
    for probe in CHECKS:
        assert registry.can(shipped(probe)), probe.name
