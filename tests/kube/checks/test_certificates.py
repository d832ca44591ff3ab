"""cert-manager: its parts, its issuers, and renewals."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import certificates
from tests.kube.memory import Memory, judged
from tests.kube.objects import condition, custom, deployment, pod_spec

ISSUERS, RENEWAL = certificates.CHECKS
CLUSTER_ISSUERS, NAMESPACED = "clusterissuers.cert-manager.io", "issuers.cert-manager.io"
CERTIFICATES, REQUESTS = "certificates.cert-manager.io", "certificaterequests.cert-manager.io"


def part(name: str, **state: Any) -> dict[str, Any]:
    called = "cert-manager" if name == "controller" else f"cert-manager-{name}"
    labels = {"app.kubernetes.io/component": name, "app.kubernetes.io/instance": "cert-manager"}
    image = f"quay.io/jetstack/cert-manager-{name}:v1.19.1"
    return deployment(called, "cert-manager", labels=labels, spec=pod_spec(image=image), **state)


def issuer(name: str, ready: bool = True) -> dict[str, Any]:
    status = {"conditions": [condition("Ready", ready, "ACMEAccountRegistered" if ready else "ErrRegister")]}
    return custom("cert-manager.io/v1", "ClusterIssuer", name, status=status)


def installed(**change: Any) -> Memory:
    parts = [part("controller"), part("webhook"), part("cainjector")]
    objects = {
        "deployments.apps": parts,
        CLUSTER_ISSUERS: [issuer("letsencrypt")],
        NAMESPACED: [],
        CERTIFICATES: [],
        REQUESTS: [],
    }
    return Memory(objects | change)


def certificate(
    name: str,
    *,
    ready: bool = True,
    end: str = "2027-01-20T00:00:00Z",
    renewal: str | None = "2026-12-21T00:00:00Z",
    **status: Any,
) -> dict[str, Any]:
    told = {"conditions": [condition("Ready", ready, "Ready" if ready else "DoesNotExist")], "notAfter": end}
    if renewal:
        told["renewalTime"] = renewal
    return custom("cert-manager.io/v1", "Certificate", name, "prod", status=told | status)


def signing(name: str, of: str, revision: int, reason: str) -> dict[str, Any]:
    status = {"conditions": [condition("Ready", reason == "Issued", reason)]}
    one = custom("cert-manager.io/v1", "CertificateRequest", name, "prod", status=status)
    notes = {"cert-manager.io/certificate-name": of, "cert-manager.io/certificate-revision": str(revision)}
    one["metadata"] |= {"annotations": notes, "creationTimestamp": f"2026-11-{revision:02}T00:00:00Z"}
    return one


def holding(*certificates: dict[str, Any], requests: list[Any] | None = None) -> Memory:
    return installed(**{CERTIFICATES: list(certificates), REQUESTS: requests or []})


async def test_a_running_manager_with_a_ready_issuer_passes() -> None:
    assert (await judged(ISSUERS, installed())).verdict is Verdict.PASS


async def test_a_part_that_is_missing_or_down_fails() -> None:
    found = await judged(
        ISSUERS, installed(**{"deployments.apps": [part("controller"), part("webhook", ready=0)]})
    )
    assert found.verdict is Verdict.FAIL
    assert found["manager_ready"] is False
    assert "do not show: cainjector" in found.said
    assert "cert-manager/cert-manager-webhook 0/1" in found.said


async def test_an_issuer_that_is_not_ready_is_named() -> None:
    bad = [issuer("letsencrypt"), issuer("vault", ready=False)]
    found = await judged(ISSUERS, installed(**{CLUSTER_ISSUERS: bad}))
    assert found.verdict is Verdict.FAIL
    assert "vault (ErrRegister" in found.said


async def test_no_manager_and_no_issuer_fail() -> None:
    found = await judged(ISSUERS, Memory({"deployments.apps": [deployment("chat", "prod")]}))
    assert found.verdict is Verdict.FAIL
    assert "not installed" in found.said
    found = await judged(ISSUERS, installed(**{CLUSTER_ISSUERS: []}))
    assert found.verdict is Verdict.FAIL
    assert "no Issuer" in found.said


async def test_what_may_not_be_read_is_unknown() -> None:
    for denied in ("deployments.apps", CLUSTER_ISSUERS):
        cluster = installed()
        cluster.forbidden = {denied}
        assert (await judged(ISSUERS, cluster)).verdict is Verdict.UNKNOWN
    cluster = holding(certificate("api"))
    cluster.forbidden = {REQUESTS}
    assert (await judged(RENEWAL, cluster)).verdict is Verdict.UNKNOWN


async def test_certificates_whose_renewal_lies_ahead_pass() -> None:
    found = await judged(RENEWAL, holding(certificate("api"), certificate("web", end="2027-03-01T00:00:00Z")))
    assert found.verdict is Verdict.PASS
    assert found["days_left"] == 56.5


async def test_ready_is_not_enough_when_the_renewal_is_overdue() -> None:
    late = certificate("api", renewal="2026-11-20T00:00:00Z", end="2026-12-20T00:00:00Z")
    found = await judged(RENEWAL, holding(late))
    assert found.verdict is Verdict.FAIL
    assert (found["not_ready"], found["renewal_overdue"]) == (0, 1)
    assert "prod/api (4 d)" in found.said
    due = certificate("api", renewal="2026-11-24T11:50:00Z")
    assert (await judged(RENEWAL, holding(due))).verdict is Verdict.PASS, "it is on its way"


async def test_a_renewal_after_the_end_and_an_expired_certificate_fail() -> None:
    after = certificate("api", renewal="2027-02-01T00:00:00Z")
    assert (await judged(RENEWAL, holding(after)))["renewal_overdue"] == 1
    over = certificate("api", end="2026-11-01T00:00:00Z", renewal=None)
    found = await judged(RENEWAL, holding(over))
    assert found.verdict is Verdict.FAIL
    assert found["days_left"] < 0


async def test_a_renewal_time_that_is_not_told_is_unknown() -> None:
    found = await judged(RENEWAL, holding(certificate("api", renewal=None)))
    assert found.verdict is Verdict.UNKNOWN
    assert "prod/api" in found.said


async def test_a_certificate_that_is_not_ready_is_named() -> None:
    found = await judged(RENEWAL, holding(certificate("api", ready=False, renewal=None)))
    assert found.verdict is Verdict.FAIL
    assert "prod/api (DoesNotExist" in found.said


async def test_only_the_newest_request_of_a_certificate_counts() -> None:
    old = [signing("api-1", "api", 1, "Failed"), signing("api-2", "api", 2, "Issued")]
    assert (await judged(RENEWAL, holding(certificate("api"), requests=old))).verdict is Verdict.PASS
    new = [signing("api-1", "api", 1, "Issued"), signing("api-2", "api", 2, "Failed")]
    found = await judged(RENEWAL, holding(certificate("api"), requests=new))
    assert found.verdict is Verdict.FAIL
    assert "prod/api (Failed)" in found.said


async def test_failed_attempts_count_after_their_request_is_gone() -> None:
    found = await judged(RENEWAL, holding(certificate("api", failedIssuanceAttempts=3)))
    assert found["failed_requests"] == 1


async def test_without_certificates_nothing_is_proved() -> None:
    assert (await judged(RENEWAL, holding())).verdict is Verdict.UNKNOWN
    found = await judged(RENEWAL, Memory())
    assert found.verdict is Verdict.UNKNOWN
    assert found.said == "kube_certificates.not_installed"
