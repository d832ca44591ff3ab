"""Which GPUs, which driver, which CUDA, and whether they fit together."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

from gpuready.checklist.model import Scalar
from gpuready.live.facts import Gpu
from gpuready.probes.gpu_cuda import CudaUse, cuda_in_use, cuda_steps
from gpuready.probes.gpu_nvml import SOURCE, Reading, gib, nvml, nvml_step
from gpuready.probes.node_files import in_time, root_of, text_of
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, Probe, Remark
from gpuready.text.redact import redact

# NVIDIA's driver branches and the last day of their support (docs.nvidia.com/datacenter/tesla/drivers, as of
# 2026-11-24); a branch that is neither here nor newer than these is not maintained.
_BRANCHES = {470: "2024-07", 535: "2026-06", 580: "2028-06", 595: "2027-03", 620: "2029-09"}
_B200_NEEDS = (570, 133, 20)


def _version(text: str) -> tuple[int, ...]:
    match = re.match(r"v?(\d+(?:\.\d+)*)", text.strip())
    return tuple(map(int, match[1].split("."))) if match else ()


# --- gpu.inventory --------------------------------------------------------------------------------------


async def _inventory(ask: Ask) -> Measurement:
    wanted = str(ask.params.get("cuda") or "").strip()
    if wanted and not _version(wanted):
        raise Broken("probes_gpu.bad_cuda", given=wanted)
    reading = await nvml(ask)
    gpus = [gpu for gpu in reading.gpus if gpu.lost is None]
    models = Counter(gpu.name for gpu in gpus if gpu.name)
    fields: dict[str, Scalar] = {"gpus": len(gpus), "lost": len(reading.gpus) - len(gpus)}
    remarks: list[Remark] = []
    if models and sum(models.values()) == len(gpus):
        fields |= {"models": len(models), "mixed": len(models) > 1, "model": models.most_common(1)[0][0]}
        if len(models) > 1:
            listed = ", ".join(f"{count} x {name}" for name, count in models.most_common())
            remarks.append(("probes_gpu.mixed", {"models": listed}))
    if sizes := [gpu.memory_total for gpu in gpus if gpu.memory_total]:
        fields |= {"memory_min": min(sizes), "memory_max": max(sizes)}
    said = [reading.detail(gpu.index).said.get("capability") for gpu in gpus]
    if abilities := [word for word in said if isinstance(word, str)]:
        fields["capability"] = min(abilities, key=_version)
    if fields["lost"]:
        remarks.append(("probes_gpu.some_lost", {"count": fields["lost"]}))
    evidence = [_table(reading, gpus)]
    if reading.last.cuda:
        fields["cuda"] = reading.last.cuda
        use, seen = await _use(ask, wanted, gpus)
        evidence += seen
        _compare(reading.last.cuda, use, wanted, fields, remarks)
    else:
        remarks.append(("probes_gpu.no_cuda", {}))
    return Measurement(fields, SOURCE, tuple(evidence), tuple(remarks))


async def _use(ask: Ask, wanted: str, gpus: list[Gpu]) -> tuple[CudaUse | None, list[Exchange]]:
    if wanted:
        return CudaUse(wanted, True, "parameter"), []
    pids = sorted({process.pid for gpu in gpus for process in gpu.processes or ()})
    root = root_of(ask)
    found = await in_time(ask, lambda: cuda_in_use(root, pids), str(root / "proc"))
    lines = "\n".join(f"{use.where}: CUDA {use.version}{'' if use.exact else '.?'}" for use in found)
    seen = [Exchange(f"read {root}/proc/PID/maps of {pids}", redact(lines or "no CUDA runtime found"))]
    # the newest decides: what it can run on, the others can
    return max(found, key=lambda use: _version(use.version), default=None), seen if pids else []


def _compare(
    driver: str, use: CudaUse | None, wanted: str, fields: dict[str, Scalar], remarks: list[Remark]
) -> None:
    """Set the driver's CUDA against the engine's.  Where the engine's is not known, nothing is said to be
    supported; where only its major version is, only if that decides."""
    if use is None:
        remarks.append(("probes_gpu.cuda_unasked", {"cuda": driver}))
        return
    has, needs = _version(driver)[:2], _version(use.version)[:2]
    fields["cuda_needed"] = use.version
    if not wanted:
        remarks.append(("probes_gpu.cuda_of_process", {"where": use.where, "cuda": use.version}))
    if not use.exact and has[0] == needs[0]:
        remarks.append(("probes_gpu.cuda_major_only", {"cuda": use.version, "where": use.where}))
        return
    fields["cuda_supported"] = has >= needs
    if has < needs and has[0] == needs[0]:
        remarks.append(("probes_gpu.cuda_minor", {"driver": driver, "needs": use.version}))


def _table(reading: Reading, gpus: list[Gpu]) -> Exchange:
    rows = [
        (
            gpu.index,
            gpu.name,
            gib(gpu.memory_total),
            reading.detail(gpu.index).said.get("capability"),
            gpu.bus_id,
        )
        for gpu in gpus
    ]
    table = reading.table(("GPU", "model", "memory", "capability", "bus id"), rows)
    versions = f"driver {reading.last.driver or '-'}, CUDA {reading.last.cuda or '-'}"
    return Exchange(table.asked, f"{versions}\n{table.answered}")


def _inventory_steps(ask: Ask) -> tuple[str, ...]:
    wanted = str(ask.params.get("cuda") or "").strip()
    return (nvml_step(), *(() if wanted else cuda_steps(root_of(ask))))


# --- gpu.driver -----------------------------------------------------------------------------------------


async def _driver(ask: Ask) -> Measurement:
    reading = await nvml(ask)
    path = root_of(ask) / "proc/driver/nvidia/version"
    module = re.search(r"Kernel Module\D*?([\d.]+)", text_of(path, 4096) or "")
    fields: dict[str, Scalar] = {}
    remarks: list[Remark] = []
    if reading.last.cuda:
        fields["cuda"] = reading.last.cuda
    if module:
        fields["module"] = module[1]
    if driver := reading.last.driver:
        fields |= {"driver": driver, "branch": f"R{_version(driver)[0]}" if _version(driver) else driver}
        maintained, remark = _maintained(driver, date.today())
        if maintained is not None:
            fields["maintained"] = maintained
        remarks += remark
        old = _version(driver)[:3] < _B200_NEEDS
        if old and any("B200" in (gpu.name or "") for gpu in reading.gpus):
            remarks.append(("probes_gpu.b200", {"driver": driver}))
    said = f"driver {reading.last.driver}\nCUDA {reading.last.cuda}\nNVML {reading.last.nvml}"
    evidence = [Exchange(reading.asked, redact(said))]
    if module:
        evidence.append(Exchange(f"read {path}", redact(module[0])))
    return Measurement(fields, SOURCE, tuple(evidence), tuple(remarks))


def _maintained(driver: str, today: date) -> tuple[bool | None, list[Remark]]:
    """Whether NVIDIA still mends that branch; None for branches newer than what this program knows."""
    numbers = _version(driver)
    if not numbers:
        return None, []
    branch = numbers[0]
    until = _BRANCHES.get(branch)
    if until is None:
        if branch > 595:  # the newest long-lived branch of which we know that it has begun
            return None, []
        return False, [("probes_gpu.branch_unlisted", {"branch": branch})]
    if f"{today:%Y-%m}" > until:
        return False, [("probes_gpu.branch_over", {"branch": branch, "until": until})]
    return True, []


def _driver_steps(ask: Ask) -> tuple[str, ...]:
    return nvml_step(), f"read {root_of(ask) / 'proc/driver/nvidia/version'}"


PROBES = (
    Probe(
        "gpu.inventory",
        _inventory,
        _inventory_steps,
        fields={
            "gpus": "count", "lost": "count", "models": "count", "mixed": "", "model": "",
            "memory_min": "B", "memory_max": "B", "capability": "version",
            "cuda": "version", "cuda_needed": "version", "cuda_supported": "",
        },
        params={"cuda": "", "root": "/"},
    ),
    Probe(
        "gpu.driver",
        _driver,
        _driver_steps,
        fields={"driver": "version", "cuda": "version", "module": "version", "branch": "", "maintained": ""},
        params={"root": "/"},
    ),
)  # fmt: skip
