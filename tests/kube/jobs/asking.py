"""Asking an active check, and what must be true afterwards whatever came of it."""

from __future__ import annotations

from typing import Any

from gpuready.probes.probe import Ask, Measurement, Outcome, Probe, Target
from tests.kube.apiserver import Api

KINDS = (
    ("batch/v1", "Job"),
    ("v1", "Pod"),
    ("v1", "Service"),
    ("v1", "PersistentVolumeClaim"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
)


def ask(cluster: Api, probe: Probe, *, limit: float = 0.0, options: dict[str, str] | None = None,
        **params: object) -> Ask:  # fmt: skip
    filled = {**probe.params, **params}
    least = probe.limit_for(filled) if probe.limit_for else probe.limit
    target = Target("kubernetes", "test", str(cluster.kubeconfig), options or {})
    return Ask(target, filled, limit or least)


async def measured(asked: Ask, probe: Probe) -> Measurement:
    found = await probe.measure(asked)
    assert set(found.fields) <= set(probe.fields)
    for key, fields in found.remarks:
        from gpuready.text.say import say

        say(key, **fields)
    return found


async def outcome(asked: Ask, probe: Probe) -> Outcome:
    try:
        found = await probe.measure(asked)
    except Outcome as raised:
        str(raised)
        return raised
    raise AssertionError(f"{found.fields} instead of an outcome")


def left(cluster: Api) -> list[str]:
    """What of gpuready is still there."""
    found: list[dict[str, Any]] = [each for kind in KINDS for each in cluster.list(*kind)]
    return [
        f"{each['kind']} {each['metadata']['name']}"
        for each in found
        if (each["metadata"].get("labels") or {}).get("app.kubernetes.io/managed-by") == "gpuready"
    ]
