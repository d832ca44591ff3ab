"""Memory that ran out: on the host, in the kernel's log, and on the GPUs, in the engines' own logs."""

from __future__ import annotations

import asyncio
import re
import time
from functools import partial
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.probes.gpu_nvml import nvml, nvml_step
from gpuready.probes.gpu_xid import driver_seen, xids
from gpuready.probes.kernel_log import KernelLog, kernel_log, kernel_log_steps, tail_of
from gpuready.probes.node_files import in_time, number, root_of, text_of
from gpuready.probes.node_stamp import stamp_of
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Outcome, Probe, Remark
from gpuready.text.redact import redact

OOM_KILL = re.compile(r"[Oo]ut of memory:? Kill(?:ed)? process (\d+) \(([^)]*)\)")
_CUDA_OOM = re.compile(
    r"CUDA out of memory|OutOfMemoryError|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation"
    r"|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|HIP out of memory|failed to allocate GPU memory"
)
_CONTAINER = re.compile(r"(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?(?:$|/)", re.M)
_MOST_LOGS = 32
_MOST_LINES = 40


async def _oom(ask: Ask) -> Measurement:
    root = root_of(ask)
    hours = number(ask, "since_hours", least=0.01, most=24 * 366)
    fields: dict[str, Scalar] = {}
    remarks: list[Remark] = []
    evidence: list[Exchange] = []
    kernel_known = await _of_kernel(ask, root, fields, remarks, evidence)
    engines_known = await _of_engines(ask, root, hours, fields, remarks, evidence)
    if not {"host_kills", "xid31", "cuda_ooms"} & fields.keys():
        raise NoData("probes_gpu.oom_unread").showing(*evidence)
    found = sum(int(fields.get(name, 0)) for name in ("host_kills", "xid31", "cuda_ooms"))
    if found or (kernel_known and engines_known):
        fields["events"] = found  # where something was not read, what was found is the least there was
    return Measurement(fields, "kernel log, engine logs", tuple(evidence), tuple(remarks))


async def _of_kernel(
    ask: Ask, root: Path, fields: dict[str, Scalar], remarks: list[Remark], evidence: list[Exchange]
) -> bool:
    """Whether the kernel's log tells of the whole window."""
    try:
        log = await kernel_log(_kernel_ask(ask))
    except NoData as why:
        remarks.append((why.key, why.fields))
        return False
    kills = [match for line in log.lines if (match := OOM_KILL.search(line.text))]
    faults = [event for event in xids(log) if event.xid.code == 31 and not event.switch]
    remarks += log.remarks()
    if kills or log.whole:
        fields["host_kills"] = len(kills)
    if faults or (log.whole and driver_seen(root, log)):
        fields["xid31"] = len(faults)
    if kills:
        victims = ", ".join(dict.fromkeys(match[2] for match in kills))
        remarks.append(("probes_gpu.oom_kills", {"count": len(kills), "victims": victims[:200]}))
    if faults:
        remarks.append(("probes_gpu.xid31", {"count": len(faults)}))
    fields["hours"] = round(log.hours, 2)
    evidence.append(
        _kernel_evidence(log, [m[0] for m in kills] + [f"Xid 31 {e.device} {e.text}" for e in faults])
    )
    return log.whole


def _kernel_ask(ask: Ask) -> Ask:
    params = {**ask.params, "log": ask.params.get("kernel_log", "")}
    return Ask(ask.target, params, ask.limit / 2, ask.site)


def _kernel_evidence(log: KernelLog, lines: list[str]) -> Exchange:
    found = "\n".join(lines[-_MOST_LINES:]) or f"none in {len(log.lines)} lines"
    return Exchange(f"oom kills and Xid 31 in {log.source}", redact(found))


# --- the engines' own logs ------------------------------------------------------------------------------


async def _of_engines(
    ask: Ask,
    root: Path,
    hours: float,
    fields: dict[str, Scalar],
    remarks: list[Remark],
    evidence: list[Exchange],
) -> bool:
    """Whether the engines' logs could be read; CUDA's out-of-memory stands nowhere else."""
    given = str(ask.params.get("log") or "")
    logs = [Path(given)] if given else await _found_logs(ask, root, remarks)
    found: list[str] = []
    read = 0
    for path in logs:
        try:
            lines = await in_time(ask, partial(_oom_lines, path, hours), str(path))
        except Outcome as why:
            remarks.append((why.key, why.fields))
            continue
        read += 1
        found += lines
        shown = "\n".join(lines[-_MOST_LINES:]) or "none"
        evidence.append(Exchange(f"CUDA out of memory in {path}", redact(shown)))
    if read and (found or read == len(logs)):
        fields["cuda_ooms"] = len(found)
    fields["logs"] = read
    if found:
        remarks.append(("probes_gpu.cuda_oom", {"count": len(found)}))
    if not logs:
        remarks.append(("probes_gpu.no_engine_log", {}))
    return bool(read) and read == len(logs)


async def _found_logs(ask: Ask, root: Path, remarks: list[Remark]) -> list[Path]:
    """The logs of the processes on the GPUs; those of a process that writes elsewhere are not known, and
    then none are, so that no process is passed over."""
    try:
        reading = await nvml(Ask(ask.target, ask.params, ask.limit / 3, ask.site))
    except Outcome as why:
        remarks.append((why.key, why.fields))
        return []
    pids = sorted({p.pid for gpu in reading.gpus for p in gpu.processes or ()})[:_MOST_LOGS]
    each = await asyncio.to_thread(lambda: {pid: log_of(root, pid) for pid in pids})
    if nowhere := [pid for pid, path in each.items() if path is None]:
        remarks.append(("probes_gpu.log_not_found", {"pids": ", ".join(map(str, nowhere))}))
        return []
    return list(dict.fromkeys(path for path in each.values() if path))


def log_of(root: Path, pid: int) -> Path | None:
    """Where a process logs to: the file that its stderr or stdout is, or the json-file of its Docker
    container; None when it is a terminal, a pipe to somewhere else, or not for us to see."""
    for stream in (2, 1):
        link = root / f"proc/{pid}/fd/{stream}"
        try:
            where = link.readlink()
            if where.is_absolute() and link.is_file() and not str(where).endswith(" (deleted)"):
                return link  # opened through /proc, it is the right file even in a container
        except OSError:
            continue
    match = _CONTAINER.search(text_of(root / f"proc/{pid}/cgroup", 16384) or "")
    if match:
        path = root / f"var/lib/docker/containers/{match[1]}/{match[1]}-json.log"
        try:
            return path if path.is_file() else None
        except OSError:
            return None
    return None


def _oom_lines(path: Path, hours: float) -> list[str]:
    """The lines of the window that tell of CUDA's out-of-memory; a line without a time is as old as the one
    before it."""
    now = time.time()
    since = now - hours * 3600
    at: float | None = None
    found = []
    for line in tail_of(path).splitlines():
        at = stamp_of(line, now) or at
        if (at is None or at >= since) and _CUDA_OOM.search(line):
            found.append(line[:400])
    return found


def _oom_steps(ask: Ask) -> tuple[str, ...]:
    root = root_of(ask)
    steps = kernel_log_steps(_kernel_ask(ask))
    if given := str(ask.params.get("log") or ""):
        return (*steps, f"read {given}")
    found = (
        f"read {root / 'proc'}/PID/{{fd/1,fd/2,cgroup}} of each process on a GPU, and the log that they name"
    )
    return (*steps, nvml_step(), found)


PROBES = (
    Probe(
        "gpu.oom",
        _oom,
        _oom_steps,
        fields={
            "events": "count", "host_kills": "count", "xid31": "count", "cuda_ooms": "count",
            "logs": "count", "hours": "h",
        },
        params={"log": "", "kernel_log": "", "since_hours": 24, "root": "/"},
        limit=60.0,
        privilege="root or the group adm (kernel log)",
    ),
)  # fmt: skip
