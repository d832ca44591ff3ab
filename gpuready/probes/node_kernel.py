"""What the kernel complains about, apart from Xids: tasks that hang, processors that do not come back, disks
and network cards that fail."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gpuready.checklist.model import Scalar
from gpuready.probes.gpu_oom import OOM_KILL
from gpuready.probes.kernel_log import PARAMS, kernel_log, kernel_log_steps
from gpuready.probes.probe import Ask, Exchange, Measurement, Probe
from gpuready.text.redact import redact

_RULES: dict[str, re.Pattern[str]] = {
    "hung_tasks": re.compile(r"task ([^:]+:\d+).+blocked for more than \d+ seconds"),
    "lockups": re.compile(r"soft lockup - CPU#\d+|hard LOCKUP on cpu|rcu.*self-detected stall"),
    "oom_kills": OOM_KILL,
    "disk_errors": re.compile(
        r"nvme nvme\d+: I/O .* timeout, (?:reset controller|aborting|disable controller)"
        r"|nvme\d*.*controller is down|blk_update_request: .*error|(?:critical medium|I/O) error, dev "
        r"|EXT4-fs error|XFS \([^)]*\): .*(?:corruption|Internal error|log I/O error)"
    ),
    "read_only_remounts": re.compile(r"Remounting filesystem read-only", re.I),
    "machine_checks": re.compile(
        r"\[Hardware Error\]: .*(?:Machine check|Uncorrected|fatal)|mce: \[Hardware", re.I
    ),
    "pcie_errors": re.compile(r"AER: .*(?:Uncorrected|Fatal)|PCIe Bus Error: severity=Uncorr"),
    "rdma_errors": re.compile(
        r"Detected insufficient power on the PCIe slot|Port module event.*High Temperature"
        r"|ERROR detected invalid context, skipping further processing"
        r"|mlx5_core .*(?:health compromised|fatal)"
    ),
    "nccl_crashes": re.compile(r"segfault at.*in libnccl\.so"),
}  # fmt: skip


async def _kernel(ask: Ask) -> Measurement:
    log = await kernel_log(ask)
    found: dict[str, list[str]] = {name: [] for name in _RULES}
    for line in log.lines:
        for name, rule in _RULES.items():
            if rule.search(line.text):
                found[name].append(line.text)
                break
    counts = {name: len(lines) for name, lines in found.items()}
    counts["events"] = sum(counts.values())
    # none in a part of the window is not none in the window
    fields: dict[str, Scalar] = {name: n for name, n in counts.items() if n or log.whole}
    fields |= {"hours": round(log.hours, 2), "lines": len(log.lines)}
    remarks: list[tuple[str, Mapping[str, object]]] = [*log.remarks()]
    remarks += [
        (f"probes_node.{name}", {"count": len(lines), "example": redact(lines[-1])[:160]})
        for name, lines in found.items()
        if lines
    ]
    shown = "\n".join(line for lines in found.values() for line in lines[-10:])
    answered = redact(shown or f"nothing of the kind in {len(log.lines)} lines")
    return Measurement(
        fields, log.source, (Exchange(f"complaints in {log.source}", answered),), tuple(remarks)
    )


PROBES = (
    Probe(
        "node.kernel_log",
        _kernel,
        kernel_log_steps,
        fields={**dict.fromkeys((*_RULES, "events"), "count"), "hours": "h", "lines": "count"},
        params=PARAMS,
        privilege="root or the group adm (kernel log)",
    ),
)
