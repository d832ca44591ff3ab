"""What the API server writes down, and how it encrypts what it stores."""

from __future__ import annotations

from collections.abc import Mapping

from gpuready.kube.check import check
from gpuready.kube.look import Look
from gpuready.kube.read.control_plane import METRICS, metrics_of, samples, server_flags
from gpuready.probes.probe import Probe, Remark
from gpuready.probes.seen import Seen

_READYZ = "/readyz?verbose"
_KMS = "k8s:enc:kms:"


async def _encryption(look: Look) -> Seen:
    """Whether Secrets are encrypted by a key that a key manager holds.

    The prefix that the API server writes before what it stores tells the provider: ``k8s:enc:kms:v2:``.
    """
    flags = server_flags(await look.list("pods"))
    without = sum("encryption-provider-config" not in each for each in flags)
    metrics = await metrics_of(look)
    written = {
        labels.get("transformer_prefix", "")
        for labels, many in samples(metrics, "apiserver_storage_transformation_operations_total")
        if labels.get("transformation_type") == "to_storage"
        and labels.get("status") == "OK"
        and labels.get("resource", "secrets") == "secrets"  # older ones do not say of what
        and many > 0
    }
    providers = ", ".join(sorted(each.removeprefix("k8s:enc:") or "identity" for each in written))
    fields: dict[str, bool] = {}
    if flags and without:
        fields["configured"] = False
        numbers = {"without": without, "servers": len(flags)}
        return Seen(fields, (("kube_api_server.not_encrypted", numbers),))
    if any(each.startswith(_KMS) for each in written):
        fields |= {"configured": True, "key_manager": True}
        return Seen(fields, (("kube_api_server.by_key_manager", {"providers": providers}),))
    if any(each.startswith("k8s:enc:") for each in written):
        fields |= {"configured": False, "key_manager": False}
        return Seen(fields, (("kube_api_server.local_key", {"providers": providers}),))
    if written:
        fields |= {"configured": False, "key_manager": False}
        return Seen(fields, (("kube_api_server.identity", {}),))
    if flags and "kms-provider" in await look.text(_READYZ):
        fields |= {"configured": True, "key_manager": True}
        return Seen(fields, (("kube_api_server.kms_checked", {}),))
    key = "provider_hidden" if flags else "encryption_untold"
    return Seen(fields, ((f"kube_api_server.{key}", {}),))


async def _audit(look: Look) -> Seen:
    """Whether the API servers write an audit log, by their flags or by the events that they count."""
    flags = server_flags(await look.list("pods"))
    remarks: list[Remark] = []
    if flags:
        silent = [each for each in flags if not _writes_audit(each)]
        fields: dict[str, bool | int] = {"enabled": not silent, "servers": len(flags)}
        if silent:
            numbers = {"without": len(silent), "servers": len(flags)}
            remarks.append(("kube_api_server.no_audit", numbers))
        elif any("audit-log-path" in each and not each.get("audit-log-maxage") for each in flags):
            remarks.append(("kube_api_server.no_maxage", {}))
        return Seen(fields, tuple(remarks))
    metrics = await look.text(METRICS)
    events = [many for _, many in samples(metrics, "apiserver_audit_event_total")]
    if not events:
        return Seen({}, (("kube_api_server.audit_untold", {}),))
    if sum(events) > 0:
        remarks.append(("kube_api_server.audit_events", {"many": f"{sum(events):.0f}"}))
    else:
        remarks.append(("kube_api_server.no_audit_events", {}))
    return Seen({"enabled": sum(events) > 0}, tuple(remarks))


def _writes_audit(flags: Mapping[str, str]) -> bool:
    """Whether there is a policy and somewhere to write to: without either no event is kept."""
    somewhere = flags.get("audit-log-path") or flags.get("audit-webhook-config-file")
    return bool(flags.get("audit-policy-file") and somewhere)


CHECKS: tuple[Probe, ...] = (
    check(
        "encryption.at_rest",
        _encryption,
        reads=("pods", METRICS, _READYZ),
        fields={"configured": "", "key_manager": ""},
    ),
    check(
        "audit.policy",
        _audit,
        reads=("pods", METRICS),
        fields={"enabled": "", "servers": "count"},
    ),
)
