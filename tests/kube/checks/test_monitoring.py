"""The Prometheus Operator and what it loads, Grafana, and exporters on GPU nodes."""

from __future__ import annotations

from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks.monitoring import CHECKS
from tests.kube.memory import Memory, judged

STACK, EXPORTER = CHECKS
RELEASE = {"release": "kps"}
GROUP = "monitoring.coreos.com"


def obj(name: str, *, namespace: str = "monitoring", **parts: Any) -> dict[str, Any]:
    notes = {key: parts.pop(key, {}) for key in ("labels", "annotations")}
    return {"metadata": {"name": name, "namespace": namespace, **notes}, **parts}


def workload(name: str, image: str, ready: int = 1) -> dict[str, Any]:
    template = {"spec": {"containers": [{"image": image}]}}
    return obj(name, spec={"replicas": 1, "template": template}, status={"readyReplicas": ready})


OPERATOR = workload("op", "quay.io/prometheus-operator/prometheus-operator:v0.86.1")
GRAFANA = workload("gf", "docker.io/grafana/grafana:12.2.1")


def prometheus(available: str = "True", **spec: Any) -> dict[str, Any]:
    selected = {
        f"{kind}{what}": value
        for kind in ("serviceMonitor", "podMonitor", "rule")
        for what, value in (("Selector", {"matchLabels": RELEASE}), ("NamespaceSelector", {}))
    }
    return obj(
        "k8s",
        spec={**selected, **spec},
        status={"conditions": [{"type": "Available", "status": available}]},
    )


def monitor(name: str = "chat", **parts: Any) -> dict[str, Any]:
    spec = {"selector": {"matchLabels": {"app": "chat"}}, **parts.pop("spec", {})}
    return obj(name, namespace="ai", labels=parts.get("labels", RELEASE), spec=spec)


def rules(**parts: Any) -> dict[str, Any]:
    return obj("r", **{"labels": RELEASE, "spec": {"groups": [{"rules": [{"alert": "Down"}]}]}, **parts})


def stack(**given: Any) -> Memory:
    objects: dict[str, Any] = {
        "deployments.apps": [OPERATOR, GRAFANA],
        f"prometheuses.{GROUP}": [prometheus()],
        f"servicemonitors.{GROUP}": [monitor()],
        f"prometheusrules.{GROUP}": [rules()],
        "services": [obj("chat", namespace="ai", labels={"app": "chat"})],
        "namespaces": [obj("ai"), obj("monitoring")],
    }
    return Memory({**objects, **given})


async def test_a_whole_stack_passes() -> None:
    assert (await judged(STACK, stack())).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"deployments.apps": [GRAFANA]}, "Prometheus Operator was not found"),
        ({"deployments.apps": [OPERATOR]}, "Grafana was not found"),
        ({"deployments.apps": [OPERATOR, workload("gf", "grafana/grafana:12", 0)]}, "monitoring/gf 0/1"),
        ({f"prometheuses.{GROUP}": []}, "No Prometheus"),
        ({f"prometheuses.{GROUP}": [prometheus("False")]}, "Not Available"),
        ({f"servicemonitors.{GROUP}": [monitor(labels={})]}, "ai/chat (no Prometheus)"),
        ({"services": []}, "ai/chat (no services)"),
        ({f"prometheusrules.{GROUP}": [rules(labels={})]}, ""),
        ({f"prometheusrules.{GROUP}": [obj("r", labels=RELEASE, spec={"groups": [{"rules": []}]})]}, ""),
    ],
)
async def test_what_is_missing_fails_and_is_named(wrong: Any, said: str) -> None:
    found = await judged(STACK, stack(**wrong))
    assert found.verdict is Verdict.FAIL
    assert said in found.said


async def test_namespace_selectors_are_kept_to() -> None:
    own = prometheus(serviceMonitorNamespaceSelector=None)
    found = await judged(STACK, stack(**{f"prometheuses.{GROUP}": [own]}))
    assert found["unmatched_monitors"] == 1
    anywhere = monitor(spec={"namespaceSelector": {"any": True}})
    services = [obj("chat", namespace="web", labels={"app": "chat"})]
    elsewhere = {f"servicemonitors.{GROUP}": [anywhere], "services": services}
    assert (await judged(STACK, stack(**elsewhere))).verdict is Verdict.PASS


async def test_no_monitor_at_all_is_unknown() -> None:
    assert (await judged(STACK, stack(**{f"servicemonitors.{GROUP}": []}))).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("probe", CHECKS)
async def test_no_right_to_read_is_unknown(probe: Any) -> None:
    assert (await judged(probe, Memory(forbidden={"deployments.apps", "nodes"}))).verdict is Verdict.UNKNOWN


def node(name: str, gpus: int = 8) -> dict[str, Any]:
    return obj(name, status={"capacity": {"nvidia.com/gpu": str(gpus)}})


def exporter(on: str, *, ready: str = "True", scraped: bool = True) -> dict[str, Any]:
    pod = obj(
        f"dcgm-{on}",
        spec={"nodeName": on, "containers": [{"image": "nvcr.io/nvidia/k8s/dcgm-exporter:4.4.1-4.6.0"}]},
        status={"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]},
        labels={"app": "nvidia-dcgm-exporter"},
    )
    if scraped:
        pod["metadata"]["annotations"] = {"prometheus.io/scrape": "true"}
    return pod


async def test_an_exporter_on_every_gpu_node_passes() -> None:
    found = await judged(
        EXPORTER, Memory({"nodes": [node("g1"), node("c1", 0)], "pods": [exporter("g1"), exporter("c1")]})
    )
    assert found.verdict is Verdict.PASS
    assert not found.said


async def test_a_gpu_node_without_a_ready_exporter_fails_and_is_named() -> None:
    nodes = [node("g1"), node("g2"), node("g3")]
    found = await judged(
        EXPORTER, Memory({"nodes": nodes, "pods": [exporter("g1"), exporter("g2", ready="False")]})
    )
    assert found.verdict is Verdict.FAIL
    assert "g2, g3" in found.said
    assert "g1" not in found.said
    found = await judged(EXPORTER, Memory({"nodes": nodes}))
    assert "looked for dcgm-exporter" in found.said


async def test_an_exporter_that_nothing_scrapes_is_told() -> None:
    quiet = {"nodes": [node("g1")], "pods": [exporter("g1", scraped=False)]}
    found = await judged(EXPORTER, Memory(quiet))
    assert found.verdict is Verdict.UNKNOWN, "it exports, but nothing shows that it is collected"
    assert "by the Prometheus side" in found.said
    service = obj("dcgm", labels={"app": "dcgm"}, spec={"selector": {"app": "nvidia-dcgm-exporter"}})
    watched = obj("dcgm", spec={"selector": {"matchLabels": {"app": "dcgm"}}})
    found = await judged(
        EXPORTER, Memory({**quiet, "services": [service], f"servicemonitors.{GROUP}": [watched]})
    )
    assert not found.said


async def test_a_monitor_that_no_prometheus_selects_collects_nothing() -> None:
    service = obj(
        "dcgm",
        labels={"app": "dcgm"},
        annotations={"prometheus.io/scrape": "true"},
        spec={"selector": {"app": "nvidia-dcgm-exporter"}},
    )
    for labels, verdict in (({}, Verdict.UNKNOWN), (RELEASE, Verdict.PASS)):
        watched = obj("dcgm", labels=labels, spec={"selector": {"matchLabels": {"app": "dcgm"}}})
        objects = {
            "nodes": [node("g1")],
            "pods": [exporter("g1")],
            "namespaces": [obj("monitoring")],
            "services": [service],
            f"servicemonitors.{GROUP}": [watched],
            f"prometheuses.{GROUP}": [prometheus()],
        }
        assert (await judged(EXPORTER, Memory(objects))).verdict is verdict


async def test_no_gpu_node_is_unknown() -> None:
    assert (await judged(EXPORTER, Memory({"nodes": [node("c1", 0)]}))).verdict is Verdict.UNKNOWN
