"""Xid errors in the kernel's log, with NVIDIA's advice."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.probes.gpu_nvml import columns
from gpuready.probes.kernel_log import PARAMS, KernelLog, kernel_log, kernel_log_steps
from gpuready.probes.node_files import root_of
from gpuready.probes.probe import Ask, Exchange, Measurement, Probe, Remark
from gpuready.probes.xid import DISPUTED, Event, Kind, events_in
from gpuready.text.redact import redact

_REPEATED = 10  # application errors of one code: then the program is worth a look
_MOST_ROWS = 40


def xids(log: KernelLog) -> tuple[Event, ...]:
    """The Xids of that log."""
    return events_in((line.at, line.text) for line in log.lines)


def driver_seen(root: Path, log: KernelLog) -> bool:
    """Whether an NVIDIA driver could have written into that log: without one, no Xid proves nothing."""
    return (root / "proc/driver/nvidia/version").exists() or any("NVRM:" in line.text for line in log.lines)


def advice(events: tuple[Event, ...]) -> list[Remark]:
    """What NVIDIA says to do, once for each serious code, and about application errors that repeat."""
    said: list[Remark] = []
    serious = Counter((e.xid, e.switch) for e in events if e.xid.kind is Kind.SERIOUS)
    for (xid, switch), count in serious.most_common(8):
        where = sorted({e.device for e in events if e.xid.code == xid.code and e.device})
        words = {"code": xid.code, "name": xid.name, "count": count, "where": ", ".join(where[:8]) or "-"}
        key = "sxid" if switch else f"xid_{_ADVICE.get(xid.action, 'contact_support')}"
        said.append((f"probes_gpu.{key}", words))
    application = Counter(e.xid for e in events if e.xid.kind is Kind.APPLICATION)
    for xid, count in application.most_common():
        if xid.code in DISPUTED:
            said.append(("probes_gpu.xid_disputed", {"code": xid.code, "name": xid.name, "count": count}))
        elif count >= _REPEATED:
            said.append(("probes_gpu.xid_repeated", {"code": xid.code, "name": xid.name, "count": count}))
    if any(e.xid.code == 154 and not e.switch for e in events):
        said.append(("probes_gpu.xid_154", {}))
    return said


_ADVICE = {
    "RESET_GPU": "reset",
    "RESTART_BM": "restart",
    "RESTART_VM": "restart",
    "CHECK_MECHANICALS": "mechanicals",
    "WORKFLOW_XID_48": "ecc",
    "WORKFLOW_NVLINK_ERR": "nvlink",
    "WORKFLOW_NVLINK5_ERR": "nvlink",
}


async def _xid(ask: Ask) -> Measurement:
    log = await kernel_log(ask)
    events = xids(log)
    kinds = Counter(event.xid.kind for event in events)
    counts: dict[str, Scalar] = {
        "events": len(events),
        "serious": kinds[Kind.SERIOUS],
        "application": kinds[Kind.APPLICATION],
        "information": kinds[Kind.INFORMATION],
        "switch": sum(event.switch for event in events),
    }
    remarks: list[Remark] = [*log.remarks(), *advice(events)]
    seen = driver_seen(root_of(ask), log)
    if not seen:
        remarks.append(("probes_gpu.no_nvrm", {"log": log.source}))
    if not (log.whole and seen):
        # what was found was found, but none found in a part of the window is not none
        counts = {name: count for name, count in counts.items() if count}
    codes = Counter(("SXid " if e.switch else "") + str(e.xid.code) for e in events)
    fields = counts | {"hours": round(log.hours, 2)}
    if codes:
        fields["codes"] = ", ".join(f"{code} x{count}" for code, count in codes.most_common(20))
    if last := max((event.at for event in events if event.at), default=None):
        fields["last"] = _time(last)
    rows = [
        (_time(e.at) if e.at else None, e.device, e.xid.code, e.xid.kind, e.xid.action, e.text[:120])
        for e in events[-_MOST_ROWS:]
    ]
    head = ("time", "device", "code", "kind", "NVIDIA advises", "text")
    found = columns(head, rows) if rows else f"no Xid in {len(log.lines)} lines"
    evidence = Exchange(f'Xid, SXid and "fallen off the bus" in {log.source}', redact(found))
    return Measurement(fields, log.source, (evidence,), tuple(remarks))


def _time(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds")


PROBES = (
    Probe(
        "gpu.xid",
        _xid,
        kernel_log_steps,
        fields={
            "events": "count", "serious": "count", "application": "count", "information": "count",
            "switch": "count", "codes": "", "last": "", "hours": "h",
        },
        params=PARAMS,
        privilege="root or the group adm (kernel log)",
    ),
)  # fmt: skip
