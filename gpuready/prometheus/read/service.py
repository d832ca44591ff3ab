"""Which GPUs to service first, why, and what NVIDIA advises."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from gpuready.probes.probe import NoData
from gpuready.prometheus.answer import label_of
from gpuready.prometheus.look import Look
from gpuready.prometheus.read import xids
from gpuready.prometheus.read.raw import Raw, texts
from gpuready.prometheus.read.trends import trends
from gpuready.text.say import say

SHOWN = 15
"""GPUs that are told of one by one."""
_BY = "UUID, uuid, Hostname, hostname, node, gpu"
RECOVERY = tuple(
    Raw(exporter, (metric,), f"max by (UUID, uuid) ({metric}{{$sel}})")
    for exporter, metric in (
        ("DCGM exporter", "DCGM_FI_DEV_GPU_RECOVERY_ACTION"),
        ("nvidia_gpu_exporter", "nvidia_smi_gpu_recovery_action"),
    )
)
"""The action that the driver itself advises, as a number."""
PLACES = tuple(
    Raw(metric, (metric,), f"group by ({_BY}) ({metric}{{$sel}})")
    for metric in ("DCGM_FI_DEV_GPU_TEMP", "nvidia_smi_temperature_gpu")
)
QUERIES = (*texts(RECOVERY), *texts(PLACES))
SIGNALS = ("gpu_remap_failure", "gpu_remap_pending", "gpu_ecc_uncorrected")
"""What makes a GPU due by being above 0, with the reason and the action of the same name."""

_RECOVERY = {1: "reset", 2: "reboot", 3: "drain", 4: "drain_reset"}
_ADVICE = {
    "RESET_GPU": "reset",
    "RESTART_BM": "reboot",
    "RESTART_VM": "reboot",
    "CHECK_MECHANICALS": "power",
    "WORKFLOW_XID_48": "reset",
    "WORKFLOW_NVLINK_ERR": "nvlink",
    "WORKFLOW_NVLINK5_ERR": "nvlink",
}
_GRAVITY = ("replace", "support", "nvlink", "power", "reboot", "drain_reset", "reset", "drain", "watch")
"""Actions, those that take a GPU out longest first."""


@dataclass
class _Notes:
    """What is noted of one GPU."""

    reasons: list[str] = field(default_factory=list)
    actions: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Due:
    """A GPU that needs somebody: its name and node, the reasons, and the gravest action in words."""

    gpu: str
    reasons: tuple[str, ...]
    action: str


@dataclass(frozen=True, slots=True)
class Found:
    """GPUs by gravity; `sources` that were read, and why what a list needs was not told."""

    gpus: tuple[Due, ...]
    sources: tuple[str, ...]
    blind: tuple[str, ...]


async def due(look: Look) -> Found:
    """The GPUs to service; `NoData` where nothing that would tell is exported."""
    notes: dict[str, _Notes] = {}
    sources: list[str] = []
    blind: list[str] = []
    why: NoData | None = None
    for name in SIGNALS:
        try:
            values = await look.things(name)
        except NoData as outcome:
            why = why or outcome
            if name != "gpu_ecc_uncorrected":  # the Xids 48, 94 and 95 tell of those
                blind.append(str(outcome))
            continue
        sources.append(say(f"prometheus_hardware.{name}"))
        action = {"gpu_remap_failure": "replace"}.get(name, "reset")
        for gpu in (gpu for gpu, value in values.items() if value > 0):
            _note(notes, gpu, say(f"prometheus_hardware.{name}"), action)
    if await _recovery(look, notes):
        sources.append(say("prometheus_hardware.recovery"))
    try:
        await _xids(look, notes)
        sources.append("Xid")
    except NoData as outcome:
        blind.append(str(outcome))
    try:
        rising = await trends(look)
    except NoData as outcome:
        why = why or outcome
    else:
        sources += rising.followed
        for gpu, signals in rising.worse.items():
            _note(notes, gpu, say("prometheus_hardware.rising", signals=", ".join(signals)), "watch")
    if not sources:
        assert why is not None
        raise why
    places = await _places(look)
    return Found(tuple(_ranked(notes, places)), tuple(dict.fromkeys(sources)), tuple(blind))


async def _recovery(look: Look, notes: dict[str, _Notes]) -> bool:
    names = await look.names()
    for raw in RECOVERY:
        if raw.fits(names):
            found = (await look.query(raw.query)).by("UUID", "uuid")
            for gpu, value in found.items():
                if value > 0:
                    action = _RECOVERY.get(round(value), "support")
                    _note(notes, gpu, say("prometheus_hardware.recovery"), action)
            if found:
                return True
    return False


async def _xids(look: Look, notes: dict[str, _Notes]) -> None:
    """`NoData` where Xids are not told, or for a part of the window only; those that are known count."""
    raw = await xids.told(look)
    if raw is None:
        raise NoData("prometheus_hardware.no_xids")
    for series in (await look.query(raw.query)).series:
        xid = xids.serious(series)
        if xid is not None and math.isfinite(series.value):
            reason = f"Xid {xid.code} ({xid.name})"
            _note(notes, xids.gpu_of(series), reason, _ADVICE.get(xid.action, "support"))
    await look.covered(xids.sign_of(raw), "Xid", look.window)


def _note(notes: dict[str, _Notes], gpu: str, reason: str, action: str) -> None:
    noted = notes.setdefault(gpu, _Notes())
    if reason not in noted.reasons:
        noted.reasons.append(reason)
    noted.actions.add(action)


async def _places(look: Look) -> dict[str, str]:
    """The node and number of each GPU."""
    names = await look.names()
    found: dict[str, str] = {}
    for raw in (each for each in PLACES if each.fits(names)):
        for series in (await look.query(raw.query)).series:
            node = label_of(series.labels, "Hostname", "hostname", "node")
            number = series.labels.get("gpu", "")
            if "=" not in node:
                found[label_of(series.labels, "UUID", "uuid")] = f"{node} GPU {number}".removesuffix(" GPU ")
    return found


def _ranked(notes: dict[str, _Notes], places: dict[str, str]) -> Sequence[Due]:
    def gravest(noted: _Notes) -> str:
        return min(noted.actions, key=_GRAVITY.index)

    order = sorted(
        notes, key=lambda gpu: (_GRAVITY.index(gravest(notes[gpu])), -len(notes[gpu].reasons), gpu)
    )
    return [
        Due(
            f"{gpu} ({places[gpu]})" if gpu in places else gpu,
            tuple(notes[gpu].reasons),
            say(f"prometheus_hardware.do_{gravest(notes[gpu])}"),
        )
        for gpu in order
    ]
