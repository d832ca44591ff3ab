"""Xid errors: what NVIDIA's driver reports of a GPU in the kernel log, and what NVIDIA says to do about it.

Source of the catalogue: https://docs.nvidia.com/deploy/xid-errors/analyzing-xid-catalog.html as of
2025-10-29 (its "immediate resolution"), without the codes that it calls unused.  Which codes are the
application's own fault (13, 31, 43, 45, 68) follows NVIDIA's k8s-device-plugin, internal/rm/health.go, which
does not fail a GPU for them; 109 is there too, while the catalogue says to reset the GPU.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an Xid says about the GPU."""

    SERIOUS = "serious"  # the GPU, its link or its driver needs somebody
    APPLICATION = "application"  # the program did it, or only the program suffers
    INFORMATION = "information"  # nothing to do, or said better by another source


@dataclass(frozen=True, slots=True)
class Xid:
    """One code of the catalogue: `name` in NVIDIA's words, `action` NVIDIA's immediate resolution."""

    code: int
    name: str
    action: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Event:
    """One Xid (or SXid of an NVSwitch) in a log: `device` is a bus id such as ``0000:1b:00``, `at` in Unix
    seconds where the log tells."""

    at: float | None
    device: str
    xid: Xid
    text: str
    switch: bool = False


_APPLICATION = frozenset({13, 31, 43, 45, 68, 109})
DISPUTED = frozenset({109})
"""Codes of which NVIDIA's own sources differ."""

_COPY_ENGINES = (39, 40, 41, 70, 71, 72, 75, 76, 77, 85, *range(126, 136))
_MEDIA = (60, 82, 83, 84, 86, 88, 89, 96, 97, 98, 99, *range(100, 106), 139)
_NAMES: dict[str, dict[int, str]] = {
    "RESTART_APP": {
        8: "GPU stopped processing", 11: "invalid or corrupted push buffer stream",
        13: "graphics engine exception", 25: "invalid or illegal push buffer stream",
        31: "GPU memory page fault", 32: "invalid or corrupted push buffer stream",
        68: "NVDEC0 exception", 69: "graphics engine class error", 80: "corrupted data sent to GPU",
        94: "contained memory error",
        **dict.fromkeys(_COPY_ENGINES, "copy engine exception"),
        **dict.fromkeys(_MEDIA, "media engine error"),
    },
    "RESET_GPU": {
        46: "GPU stopped processing", 62: "internal micro-controller halt",
        64: "GPU memory remapping failure", 95: "uncontained memory error",
        109: "context switch timeout", 110: "security fault", 119: "GSP RPC timeout", 120: "GSP error",
        136: "link training failed", 140: "unrecovered ECC error", 143: "GPU initialisation error",
        155: "NVLink: software-defined error", 156: "resource retirement event", 158: "GPU fatal timeout",
    },
    "RESTART_BM": {79: "GPU has fallen off the bus"},
    "RESTART_VM": {151: "key rotation error"},
    "CHECK_MECHANICALS": {54: "auxiliary power is not connected to the GPU board"},
    "WORKFLOW_XID_48": {48: "double bit ECC error"},
    "WORKFLOW_XID_45": {45: "preemptive cleanup, due to an earlier error"},
    "WORKFLOW_NVLINK_ERR": {74: "NVLink error"},
    "WORKFLOW_NVLINK5_ERR": {
        144: "NVLink: SAW error", 145: "NVLink: RLW error", 146: "NVLink: TLW error",
        147: "NVLink: TREX error", 148: "NVLink: NVLPW_CTRL error", 149: "NVLink: NETIR error",
        150: "NVLink: MSE error",
    },
    "UPDATE_SWFW": {78: "vGPU start error"},
    "CHECK_UVM": {159: "CHI non-data error"},
    "XID_154": {154: "GPU recovery action changed"},
    "IGNORE": {
        14: "fake error", 37: "driver firmware error", 38: "driver firmware error",
        43: "GPU stopped processing", 44: "graphics engine fault during context switch",
        63: "GPU memory remapping event", 66: "illegal access by driver", 67: "illegal access by driver",
        92: "high single-bit ECC error rate", 93: "InfoROM wear limit, not fatal",
        106: "SMBPBI test message", 107: "SMBPBI test message", 108: "NVLink remote translation error",
        121: "C2C error", 137: "NVLink privilege error", 141: "CUDA fast path error",
        152: "DLA SMMU error", 153: "DLA timeout", 160: "channel retirement event",
        161: "channel retirement failure", 162: "power smoothing reengaged",
        163: "power smoothing disengaged", 164: "power smoothing: low lifetime reached",
    },
    "CONTACT_SUPPORT": {
        142: "NVENC3 error", 165: "power smoothing: lifetime exhausted",
        166: "NVLink traffic before its encryption was set up", 167: "PCIe fatal timeout",
        168: "reduced GPU memory capacity", 169: "internal micro-controller halt",
        170: "NVLink interrupt in confidential mode", 171: "uncorrectable DRAM error",
        172: "uncorrectable SRAM error",
    },
}  # fmt: skip
_KINDS = {
    "RESTART_APP": Kind.APPLICATION,
    "UPDATE_SWFW": Kind.APPLICATION,
    "CHECK_UVM": Kind.APPLICATION,
    "XID_154": Kind.INFORMATION,
    "IGNORE": Kind.INFORMATION,
}
CATALOGUE: dict[int, Xid] = {
    code: Xid(
        code, name, action, Kind.APPLICATION if code in _APPLICATION else _KINDS.get(action, Kind.SERIOUS)
    )
    for action, names in _NAMES.items()
    for code, name in names.items()
}

# "NVRM: Xid (PCI:0000:1b:00): 79, pid=..., GPU has fallen off the bus."
_XID = re.compile(r"NVRM: Xid \(((?:PCI:)?[0-9a-fA-F:.]+)\).*?: (\d+),\s*(.*)")
_NVLINK5 = re.compile(r"\b(Nonfatal|Fatal)\s+XC\d+\s+i\d+\s+Link\s+-?\d+")
# "nvidia-nvswitch0: SXid (PCI:0000:cd:00.0): 20034, Fatal, Link 30 LTSSM Fault Up"
_SXID = re.compile(r"SXid(?: \(((?:PCI:)?[0-9a-fA-F:.]+)\))?.*?: (\d+),\s*(.*)")
_OFF_BUS = re.compile(r"NVRM:\s+GPU (?:at )?([0-9a-fA-F:]{7,})\.\d+:\s+GPU has fallen off the bus", re.I)
_OFF_BUS_FIRST = re.compile(r"NVRM:\s+The NVIDIA GPU ([0-9a-fA-F:]{7,})\.\d+", re.I)
_OFF_BUS_LAST = re.compile(r"NVRM:\s+fallen off the bus and is not responding to commands", re.I)


def xid_of(code: int) -> Xid:
    """What the catalogue says of that code; one that it does not know (or calls unused) is serious, and
    NVIDIA's support is to be asked."""
    return CATALOGUE.get(code) or Xid(code, "not in the catalogue", "CONTACT_SUPPORT", Kind.SERIOUS)


def events_in(lines: Iterable[tuple[float | None, str]]) -> tuple[Event, ...]:
    """The Xids and SXids in these lines of a kernel log, in order.

    Lines that say that a GPU fell off the bus count as Xid 79, unless that GPU has an Xid 79 anyway.
    """
    found: list[Event] = []
    off_bus: list[Event] = []
    spoken_of = ""
    for at, line in lines:
        if match := _XID.search(line):
            found.append(_event(at, match[1], int(match[2]), match[3]))
        elif match := _SXID.search(line):
            found.append(_switch_event(at, match[1] or "", int(match[2]), match[3]))
        elif match := _OFF_BUS.search(line):
            off_bus.append(_event(at, match[1], 79, match[0]))
        elif match := _OFF_BUS_FIRST.search(line):
            spoken_of = match[1]
        elif (match := _OFF_BUS_LAST.search(line)) and spoken_of:
            off_bus.append(_event(at, spoken_of, 79, match[0]))
            spoken_of = ""
    gone = {event.device for event in found if event.xid.code == 79}
    for event in off_bus:
        if event.device not in gone:
            gone.add(event.device)
            found.append(event)
    return tuple(found)


def bus_id(text: str) -> str:
    """A bus id as the kernel writes it, ``0000:1b:00.0``, without the function: ``0000:1b:00``; the same
    for NVML's ``00000000:1B:00.0`` and the driver's ``PCI:0000:1b:00``."""
    words = text.removeprefix("PCI:").partition(".")[0].lower().split(":")
    if len(words) == 2:
        words.insert(0, "0")
    if len(words) != 3:
        return text.lower()
    try:
        return f"{int(words[0], 16):04x}:{int(words[1], 16):02x}:{int(words[2], 16):02x}"
    except ValueError:
        return text.lower()


def _event(at: float | None, device: str, code: int, text: str) -> Event:
    xid = xid_of(code)
    if 144 <= code <= 150 and (match := _NVLINK5.search(text)) and match[1] == "Nonfatal":
        # the link recovered: the line says so itself, more exactly than the catalogue
        xid = Xid(code, xid.name, "IGNORE", Kind.INFORMATION)
    return Event(at, bus_id(device), xid, text.strip())


def _switch_event(at: float | None, device: str, code: int, text: str) -> Event:
    fatal = not re.match(r"non-?fatal", text, re.I)
    xid = Xid(
        code,
        "NVSwitch error",
        "WORKFLOW_NVLINK_ERR" if fatal else "IGNORE",
        Kind.SERIOUS if fatal else Kind.INFORMATION,
    )
    return Event(at, bus_id(device), xid, text.strip(), switch=True)
