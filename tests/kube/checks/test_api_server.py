"""Audit log and encryption of the API server, by its flags, its metrics and its health checks."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import api_server
from tests.kube.memory import Judged, Memory, judged
from tests.kube.objects import pod, pod_spec

ENCRYPTION, AUDIT = api_server.CHECKS


def server(*flags: str, name: str = "cp1") -> dict[str, Any]:
    spec = pod_spec(command=["kube-apiserver", *flags])
    return pod(f"kube-apiserver-{name}", "kube-system", node=name, spec=spec)


def written(prefix: str) -> str:
    labels = f'resource="secrets",status="OK",transformation_type="to_storage",transformer_prefix="{prefix}"'
    return f"apiserver_storage_transformation_operations_total{{{labels}}} 7\n"


async def encrypted(*pods: dict[str, Any], **texts: str) -> Judged:
    named = {{"metrics": "/metrics", "readyz": "/readyz?verbose"}[key]: text for key, text in texts.items()}
    return await judged(ENCRYPTION, Memory({"pods": pods}, texts=named))


FILE = "--encryption-provider-config=/etc/kubernetes/enc.yaml"


async def test_a_key_manager_passes_and_a_key_on_the_disk_does_not() -> None:
    found = await encrypted(server(FILE), metrics=written("k8s:enc:kms:v2:vault:"))
    assert found.verdict is Verdict.PASS
    assert "kms:v2:vault:" in found.said
    found = await encrypted(server(FILE), metrics=written("k8s:enc:aescbc:v1:key1:"))
    assert found.verdict is Verdict.FAIL
    assert "guards only the backups" in found.said
    found = await encrypted(server(FILE), metrics=written(""))
    assert found.verdict is Verdict.FAIL
    assert "identity stands first" in found.said


async def test_one_server_without_encryption_fails_all() -> None:
    found = await encrypted(server(FILE), server(name="cp2"), metrics=written("k8s:enc:kms:v2:vault:"))
    assert found.verdict is Verdict.FAIL
    assert "1 of 2 API servers" in found.said


async def test_a_file_alone_proves_nothing_unless_a_kms_plugin_is_watched() -> None:
    assert (await encrypted(server(FILE))).verdict is Verdict.UNKNOWN
    found = await encrypted(server(FILE), readyz="[+]ping ok\n[+]kms-providers ok\nreadyz check passed\n")
    assert found.verdict is Verdict.PASS


async def test_a_managed_control_plane_tells_by_its_metrics_or_not_at_all() -> None:
    assert (await encrypted(metrics=written("k8s:enc:kms:v1:aws:"))).verdict is Verdict.PASS
    assert (await encrypted(metrics="apiserver_request_total 1\n")).verdict is Verdict.UNKNOWN
    assert (await judged(ENCRYPTION, Memory(forbidden={"pods"}))).verdict is Verdict.UNKNOWN
    assert (await judged(ENCRYPTION, Memory(forbidden={"/metrics"}))).verdict is Verdict.UNKNOWN


POLICY = "--audit-policy-file=/etc/kubernetes/audit.yaml"
PATH = "--audit-log-path=/var/log/audit.log"


async def test_audit_needs_a_policy_and_a_place_on_every_server() -> None:
    good = server(POLICY, PATH, "--audit-log-maxage=30")
    found = await judged(AUDIT, Memory({"pods": [good]}))
    assert found.verdict is Verdict.PASS
    for flags in ((), (POLICY,), (PATH,)):
        found = await judged(AUDIT, Memory({"pods": [good, server(*flags, name="cp2")]}))
        assert found.verdict is Verdict.FAIL
        assert "1 of 2 API servers" in found.said
    hooked = server(POLICY, "--audit-webhook-config-file", "/etc/kubernetes/hook.yaml")
    assert (await judged(AUDIT, Memory({"pods": [hooked]}))).verdict is Verdict.PASS


async def test_audit_of_a_managed_control_plane_shows_in_its_count_of_events() -> None:
    for text, verdict in (
        ("apiserver_audit_event_total 815\n", Verdict.PASS),
        ("apiserver_audit_event_total 0\n", Verdict.FAIL),
        ("apiserver_request_total 1\n", Verdict.UNKNOWN),
    ):
        assert (await judged(AUDIT, Memory(texts={"/metrics": text}))).verdict is verdict
    assert (await judged(AUDIT, Memory(forbidden={"/metrics"}))).verdict is Verdict.UNKNOWN
    assert (await judged(AUDIT, Memory(forbidden={"pods"}))).verdict is Verdict.UNKNOWN
