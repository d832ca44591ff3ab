"""Whether the clock is kept, and how far off it is."""

from __future__ import annotations

import ctypes
import os
import re
import shlex
import shutil

from gpuready.checklist.model import Scalar
from gpuready.probes.command import run
from gpuready.probes.node_files import names_in, root_of, text_of, within
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Outcome, Probe, Remark
from gpuready.text.redact import redact

_STA_PLL, _STA_UNSYNC, _STA_NANO = 0x0001, 0x0040, 0x2000
_TIME_ERROR = 5
_ITSELF = "7F7F0101"  # the reference of a chronyd with "local": its own clock
_DAEMONS = ("chronyd", "ntpd", "ntpsec", "systemd-timesyn", "phc2sys", "ptp4l", "openntpd")
_ADDRESS = re.compile(r"[\w.:-]+|/[\w./-]+")


class _Timex(ctypes.Structure):
    """struct timex of <sys/timex.h>, on 64-bit Linux; adjtimex(2)."""

    _fields_ = (
        ("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long), ("esterror", ctypes.c_long), ("status", ctypes.c_int),
        ("constant", ctypes.c_long), ("precision", ctypes.c_long), ("tolerance", ctypes.c_long),
        ("seconds", ctypes.c_long), ("microseconds", ctypes.c_long), ("tick", ctypes.c_long),
        ("ppsfreq", ctypes.c_long), ("jitter", ctypes.c_long), ("shift", ctypes.c_int),
        ("stabil", ctypes.c_long), ("jitcnt", ctypes.c_long), ("calcnt", ctypes.c_long),
        ("errcnt", ctypes.c_long), ("stbcnt", ctypes.c_long), ("tai", ctypes.c_int),
        ("reserved", ctypes.c_int * 11),
    )  # fmt: skip


def _adjtimex() -> tuple[int, _Timex]:
    """The kernel's clock state; with `modes` 0 it only reads and needs no rights."""
    state = _Timex(modes=0)
    answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state))
    if answer < 0:
        raise NoData("probes_node.no_adjtimex", error=os.strerror(ctypes.get_errno()))
    return answer, state


def _chronyc(ask: Ask) -> list[str]:
    """``chronyc -c`` answers in CSV without a header, in an order that its manual fixes."""
    address = str(ask.params.get("chrony") or "")
    if address and not _ADDRESS.fullmatch(address):
        raise Broken("probes_node.bad_chrony", address=address)
    where: list[str] = []
    if address.startswith("/"):
        where = ["-h", address]
    elif address:
        host, _, port = address.rpartition(":")
        where = ["-h", host, "-p", port] if host and port.isdigit() else ["-h", address]
    return ["chronyc", "-c", "-n", *where, "tracking"]


async def _timesync(ask: Ask) -> Measurement:
    answer, kernel = _adjtimex()
    fields: dict[str, Scalar] = {
        "synchronised": answer != _TIME_ERROR and not kernel.status & _STA_UNSYNC,
        "max_error": round(kernel.maxerror / 1000, 3),
        "estimated_error": round(kernel.esterror / 1000, 3),
    }
    remarks: list[Remark] = []
    said = f"state {answer}, status {kernel.status:#x}, offset {kernel.offset}, maxerror {kernel.maxerror} us"
    evidence = [Exchange("adjtimex(modes=0)", said)]
    daemon = _daemon(ask)
    if daemon:
        fields["daemon"] = daemon
    chrony = bool(ask.params.get("chrony"))
    if chrony or (daemon in ("", "chronyd") and shutil.which("chronyc")):
        await _ask_chrony(ask, fields, remarks, evidence)
    if "offset" not in fields and kernel.status & _STA_PLL and fields["synchronised"]:
        # only a daemon that steers by the kernel's own loop leaves its offset there: chrony leaves 0
        fields["offset"] = abs(kernel.offset) / (1e6 if kernel.status & _STA_NANO else 1e3)
    if not fields["synchronised"]:
        if not any(key == "probes_node.own_clock" for key, _ in remarks):
            remarks.append(("probes_node.not_synchronised", {"daemon": daemon or "-"}))
        if "offset" not in fields:
            # the kernel only counts how wrong the clock may have become since nobody sets it
            fields.pop("max_error"), fields.pop("estimated_error")
    elif "offset" not in fields:
        remarks.append(("probes_node.no_offset", {}))
    return Measurement(fields, "adjtimex", tuple(evidence), tuple(remarks))


async def _ask_chrony(
    ask: Ask, fields: dict[str, Scalar], remarks: list[Remark], evidence: list[Exchange]
) -> None:
    argv = _chronyc(ask)
    try:
        done = await run(argv, limit=min(within(ask), 10.0))
    except Outcome as why:
        remarks.append((why.key, why.fields))
        return
    evidence.append(done.exchange)
    words = done.out.strip().split(",")
    if done.code or len(words) < 14:
        remarks.append(("probes_node.no_chrony", {"words": (done.out.strip() or done.err.strip())[:120]}))
        return
    # reference, name, stratum, time, system time offset, last offset, rms offset, ..., leap status
    try:
        stratum, offset = int(words[2]), abs(float(words[4])) * 1000
    except ValueError:
        remarks.append(("probes_node.no_chrony", {"words": done.out.strip()[:120]}))
        return
    fields["stratum"] = stratum
    followed = words[-1] != "Not synchronised" and stratum > 0 and words[0] != _ITSELF
    if words[0] == _ITSELF:
        remarks.append(("probes_node.own_clock", {}))
    fields["synchronised"] = followed if ask.params.get("chrony") else fields["synchronised"] and followed
    if followed:
        fields |= {"offset": round(offset, 6), "reference": redact(words[1])}


def _daemon(ask: Ask) -> str:
    root = root_of(ask)
    for pid in names_in(root / "proc") or ():
        if pid.isdigit():
            name = text_of(root / "proc" / pid / "comm", 64) or ""
            if name in _DAEMONS:
                return "systemd-timesyncd" if name == "systemd-timesyn" else name
    return ""


def _timesync_steps(ask: Ask) -> tuple[str, ...]:
    return "adjtimex(modes=0)", f"read {root_of(ask) / 'proc'}/*/comm", shlex.join(_chronyc(ask))


PROBES = (
    Probe(
        "node.timesync",
        _timesync,
        _timesync_steps,
        fields={
            "synchronised": "", "offset": "ms", "max_error": "ms", "estimated_error": "ms",
            "stratum": "count", "daemon": "", "reference": "",
        },
        params={"chrony": "", "root": "/"},
    ),
)  # fmt: skip
