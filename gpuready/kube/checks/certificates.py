"""cert-manager: whether it runs, whether its issuers can sign, and whether certificates renew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import age, because, condition, is_true, spoken, status, when
from gpuready.kube.read.naming import annotations_of, full_name, labels_of, listed, name_of, namespace_of
from gpuready.kube.read.rollout import images, is_complete, tally
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_CERTIFICATES = "certificates.cert-manager.io"
_REQUESTS = "certificaterequests.cert-manager.io"
_ISSUERS = ("clusterissuers.cert-manager.io", "issuers.cert-manager.io")
_PARTS = ("controller", "webhook", "cainjector")
_NAME = "cert-manager.io/certificate-name"
_REVISION = "cert-manager.io/certificate-revision"
_GRACE = 3600.0  # seconds in which a renewal that is due may still be on its way
_DAY = 86400.0


async def _issuers(look: Look) -> Seen:
    """Whether cert-manager's three parts run, and which of its issuers are ready."""
    parts = _parts(await look.list("deployments.apps"))
    issuers = [(kind, each) for kind in _ISSUERS for each in await look.list(kind)]
    up = [each for _, each in issuers if is_true(each, "Ready")]
    down = [
        f"{full_name(each)} ({because(each, 'Ready', look.now) or '?'})"
        for _, each in issuers
        if not is_true(each, "Ready")
    ]
    missing = [part for part in _PARTS if part not in parts]
    waiting = [tally(each) for found in parts.values() for each in found if not is_complete(each)]
    fields = {
        "manager_ready": not missing and not waiting,
        "issuers_ready": len(up),
        "issuers_not_ready": len(down),
    }
    remarks: list[Remark] = []
    if not parts and not await look.has(_CERTIFICATES):
        remarks.append(("kube_certificates.absent", {}))
    elif missing:
        remarks.append(("kube_certificates.parts_missing", {"names": listed(missing)}))
    if waiting:
        remarks.append(("kube_certificates.not_running", {"names": listed(waiting)}))
    if down:
        remarks.append(("kube_certificates.issuers_down", {"names": listed(down)}))
    if parts and not issuers:
        remarks.append(("kube_certificates.no_issuer", {}))
    return Seen(fields, tuple(remarks))


async def _renewal(look: Look) -> Seen:
    """Certificates that are not ready, whose renewal is overdue, or whose newest request failed."""
    certificates = await look.list(_CERTIFICATES)
    if not certificates:
        installed = await look.has(_CERTIFICATES)
        raise NoData("kube_certificates.none" if installed else "kube_certificates.not_installed")
    failed = _failed(await look.list(_REQUESTS), certificates)
    not_ready = [
        f"{full_name(each)} ({because(each, 'Ready', look.now) or '?'})"
        for each in certificates
        if not is_true(each, "Ready")
    ]
    overdue = [said for each in certificates if (said := _overdue(each, look))]
    untold = [
        full_name(each)
        for each in certificates
        if is_true(each, "Ready") and when((each.get("status") or {}).get("renewalTime")) is None
    ]
    fields: dict[str, int | float] = {
        "certificates": len(certificates),
        "not_ready": len(not_ready),
        "renewal_overdue": len(overdue),
        "failed_requests": len(failed),
    }
    remarks: list[Remark] = []
    for key, names in (
        ("not_ready", not_ready),
        ("overdue", overdue),
        ("failed", failed),
        ("untold", untold),
    ):
        if names:
            remarks.append((f"kube_certificates.{key}", {"names": listed(names)}))
    if untold and not overdue:
        fields.pop("renewal_overdue")
    left = [
        -since for each in certificates if (since := age(_status(each).get("notAfter"), look.now)) is not None
    ]
    if left:
        fields["days_left"] = min(left) / _DAY
    return Seen(fields, tuple(remarks))


def _parts(deployments: Iterable[Obj]) -> dict[str, list[Obj]]:
    """cert-manager's Deployments by part, told by image or by the labels of its charts."""
    found: dict[str, list[Obj]] = {}
    for each in deployments:
        labels, run = labels_of(each), " ".join(images(each))
        is_of_manager = "cert-manager" in run or "cert-manager" in name_of(each)
        for part in _PARTS:
            label = labels.get("app.kubernetes.io/component")
            is_part = f"cert-manager-{part}" in run or (is_of_manager and label == part)
            if is_part and "approver" not in name_of(each):
                found.setdefault(part, []).append(each)
                break
    return found


def _overdue(certificate: Obj, look: Look) -> str:
    """Why the renewal does not come as it should; empty when it does.  A certificate stays Ready while its
    renewal fails, so that its own word is not enough."""
    told = _status(certificate)
    renewal, end = when(told.get("renewalTime")), when(told.get("notAfter"))
    if end is not None and end <= look.now:
        return f"{full_name(certificate)} (notAfter {end.date()})"
    if renewal is None:
        return ""
    if end is not None and renewal >= end:
        return f"{full_name(certificate)} (renewalTime >= notAfter)"
    late = (look.now - renewal).total_seconds()
    return f"{full_name(certificate)} ({spoken(late)})" if late > _GRACE else ""


def _failed(requests: Iterable[Obj], certificates: Iterable[Obj]) -> list[str]:
    """The requests that failed or were denied, unless a later one of the same certificate stands in for them.

    A certificate keeps old requests for its history, and a failed one is deleted only with the next; what
    counts beside the newest is that attempts have failed since the last success.
    """
    newest: dict[tuple[str, str], Obj] = {}
    for request in requests:
        notes = annotations_of(request)
        key = namespace_of(request), str(notes.get(_NAME) or f"-{name_of(request)}")
        if key not in newest or _order(request) > _order(newest[key]):
            newest[key] = request
    failed = {key: _why(request) for key, request in newest.items() if _why(request)}
    for certificate in certificates:
        attempts = _status(certificate).get("failedIssuanceAttempts")
        if isinstance(attempts, int) and attempts > 0:
            failed.setdefault((namespace_of(certificate), name_of(certificate)), f"Failed x{attempts}")
    return [f"{namespace}/{name.lstrip('-')} ({why})" for (namespace, name), why in failed.items()]


def _order(request: Obj) -> tuple[int, str]:
    metadata = request.get("metadata") or {}
    revision = str((metadata.get("annotations") or {}).get(_REVISION) or "")
    return int(revision) if revision.isdigit() else 0, str(metadata.get("creationTimestamp") or "")


def _why(request: Obj) -> str:
    if status(request, "Denied") == "True":
        return "Denied"
    if status(request, "InvalidRequest") == "True":
        return "InvalidRequest"
    reason = str((condition(request, "Ready") or {}).get("reason") or "")
    return reason if reason in ("Failed", "Denied") else ""


def _status(obj: Obj) -> Mapping[str, object]:
    return obj.get("status") or {}


CHECKS: tuple[Probe, ...] = (
    check(
        "certificates.issuers",
        _issuers,
        reads=["deployments.apps", *_ISSUERS, _CERTIFICATES],
        fields={"manager_ready": "", "issuers_ready": "count", "issuers_not_ready": "count"},
    ),
    check(
        "certificates.renewal",
        _renewal,
        reads=[_CERTIFICATES, _REQUESTS],
        fields={
            "not_ready": "count",
            "renewal_overdue": "count",
            "failed_requests": "count",
            "certificates": "count",
            "days_left": "d",
        },
    ),
)
