"""Xids as exporters tell of them: which GPU had which code in a window, and in which hours."""

from __future__ import annotations

import math

from gpuready.probes.xid import Kind, Xid, xid_of
from gpuready.prometheus.answer import Series, label_of
from gpuready.prometheus.look import Look
from gpuready.prometheus.read.raw import Raw

_TEMPERATURE = {"UUID": "DCGM_FI_DEV_GPU_TEMP", "uuid": "nvidia_smi_temperature_gpu"}


def _total(metric: str, gpu: str) -> str:
    """A counter begins with a GPU's first Xid of that code: it counts whole on GPUs that were there."""
    before = f"last_over_time({metric}{{$sel}}[1d] offset $window)"
    return (
        f"(max by ({gpu}, xid) (increase({metric}{{$sel}}[$window])) > 0) "
        f"or (max by ({gpu}, xid) (min_over_time({metric}{{$sel}}[$window]) unless {before}) "
        f"and on ({gpu}) {_TEMPERATURE[gpu]}{{$sel}} offset $window)"
    )


def _last(metric: str) -> str:
    """The gauge holds the last code for ever: it counts where it changed in the window."""
    none = f"0 * max by (UUID) ({_TEMPERATURE['UUID']}{{$sel}})"
    followed = f"(max by (UUID) ({metric}{{$sel}}) or {none})[$window:2m]"
    return f"(last_over_time({followed}) > 0) and (changes({followed}) > 0)"


_COUNTS = 'max by (UUID, uuid, xid) (max_over_time(DCGM_EXP_XID_ERRORS_COUNT{xid!="0",$sel}[$window])) > 0'
CODES = (
    Raw(
        "DCGM exporter (Xid totals)",
        ("DCGM_EXP_XID_ERRORS_TOTAL", _TEMPERATURE["UUID"]),
        _total("DCGM_EXP_XID_ERRORS_TOTAL", "UUID"),
    ),
    Raw("DCGM exporter (Xid counts)", ("DCGM_EXP_XID_ERRORS_COUNT",), _COUNTS),
    Raw(
        "nvidia_gpu_exporter",
        ("nvidia_smi_xid_errors_total", _TEMPERATURE["uuid"]),
        _total("nvidia_smi_xid_errors_total", "uuid"),
    ),
    *(
        Raw("DCGM exporter (last Xid)", (_TEMPERATURE["UUID"], metric), _last(metric))
        for metric in ("DCGM_FI_DEV_XID_ERROR", "DCGM_FI_DEV_XID_ERRORS")
    ),
)
"""By GPU the codes of the window: as the label ``xid``, else as the value."""


async def told(look: Look) -> Raw | None:
    """How Xids are told here; None where no exporter tells of them, or not of what is selected."""
    names = await look.names()
    for raw in CODES:
        if raw.fits(names) and (await look.query(watched(raw))).value:
            return raw
    return None


def sign_of(raw: Raw) -> str:
    """The metric that every GPU has which that exporter watches for Xids: its counters exist only for GPUs
    that had one, so that there the temperature tells; the gauge is 0 where there was none."""
    return raw.needs[-1]


def watched(raw: Raw) -> str:
    """Whether the GPUs that are selected are watched by that exporter now."""
    return f"count({sign_of(raw)}{{$sel}})"


def serious(series: Series) -> Xid | None:
    """The Xid that a series of `CODES` tells of; None for one that calls for no service."""
    text = series.labels.get("xid") or (f"{series.value:.0f}" if math.isfinite(series.value) else "")
    if not text.isdigit() or text == "0":
        return None
    xid = xid_of(int(text))
    return xid if xid.kind is Kind.SERIOUS else None


def gpu_of(series: Series) -> str:
    return label_of(series.labels, "UUID", "uuid")
