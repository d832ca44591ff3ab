"""How the kernel is set, and what a process may use."""

from __future__ import annotations

import re
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.probes.node_files import root_of, text_of
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Probe, Remark
from gpuready.text.redact import redact

_KEY = re.compile(r"[a-z0-9_][\w.:@*+-]*(?:[./][\w:@*+-][\w.:@*+-]*)*", re.I)
UNLIMITED = 2**63 - 1
"""What stands for "unlimited" in the fields of node.limits."""
_LIMITS = {
    "Max open files": ("nofile", 1),
    "Max locked memory": ("memlock", 1),
    "Max processes": ("nproc", 1),
    "Max stack size": ("stack", 1),
}


# --- node.sysctl ----------------------------------------------------------------------------------------


def _path_of(ask: Ask) -> Path:
    """Where a key such as ``vm.swappiness`` stands below /proc/sys.  As sysctl(8) has it, whichever of dot
    and slash comes first separates, and the other is part of a name (net/ipv4/conf/eth0.100/...)."""
    key = str(ask.params.get("key") or "")
    if not _KEY.fullmatch(key) or ".." in key:
        raise Broken("probes_node.bad_key", name=key)
    dot, slash = key.find("."), key.find("/")
    if dot >= 0 and (slash < 0 or dot < slash):
        key = key.translate(str.maketrans("./", "/."))
    return root_of(ask) / "proc/sys" / key


async def _sysctl(ask: Ask) -> Measurement:
    path = _path_of(ask)
    text = text_of(path, 65536)
    if text is None:
        raise NoData("probes_node.no_key", name=ask.params.get("key"), path=path)
    said = text.strip()
    value: Scalar = int(said) if re.fullmatch(r"-?\d{1,18}", said) else said
    remarks: list[Remark] = []
    if path.parts[-2:] == ("vm", "swappiness"):
        if value == 0:
            remarks.append(("probes_node.swappiness_0", {}))
        swaps = text_of(root_of(ask) / "proc/swaps", 8192)
        if swaps is not None and len(swaps.splitlines()) < 2:
            remarks.append(("probes_node.no_swap", {}))
    return Measurement(
        {"value": value}, "/proc/sys", (Exchange(f"read {path}", redact(said)),), tuple(remarks)
    )


def _sysctl_steps(ask: Ask) -> tuple[str, ...]:
    path = _path_of(ask)
    extra = (f"read {root_of(ask) / 'proc/swaps'}",) if path.name == "swappiness" else ()
    return (f"read {path}", *extra)


# --- node.limits ----------------------------------------------------------------------------------------


def _limits_of(ask: Ask) -> Path:
    pid = str(ask.params.get("pid") or "self")
    if pid != "self" and not pid.isdigit():
        raise Broken("probes_node.bad_pid", pid=pid)
    return root_of(ask) / "proc" / pid / "limits"


async def _limits(ask: Ask) -> Measurement:
    path = _limits_of(ask)
    text = text_of(path, 16384)
    if not text:
        raise NoData("probes_node.no_limits", path=path)
    fields: dict[str, Scalar] = {}
    shown = []
    for line in text.splitlines():
        for label, (name, _) in _LIMITS.items():
            if line.startswith(label):
                shown.append(line.rstrip())
                words = line[len(label) :].split()
                for which, word in zip(("", "_hard"), words[:2], strict=False):
                    if word == "unlimited":
                        fields[name + which] = UNLIMITED
                    elif word.isdigit():
                        fields[name + which] = int(word)
    if not fields:
        raise Broken("probes_node.odd_limits", path=path)
    remarks: list[Remark] = []
    if path.parent.name == "self":
        remarks.append(("probes_node.own_limits", {}))
    if unlimited := [name for name, value in fields.items() if value == UNLIMITED and "_" not in name]:
        remarks.append(("probes_node.unlimited", {"names": ", ".join(unlimited)}))
    return Measurement(
        fields, str(path), (Exchange(f"read {path}", redact("\n".join(shown))),), tuple(remarks)
    )


PROBES = (
    Probe(
        "node.sysctl",
        _sysctl,
        _sysctl_steps,
        fields={"value": ""},
        params={"key": "vm.swappiness", "root": "/"},
    ),
    Probe(
        "node.limits",
        _limits,
        lambda ask: (f"read {_limits_of(ask)}",),
        fields={
            "nofile": "count", "nofile_hard": "count", "memlock": "B", "memlock_hard": "B",
            "nproc": "count", "nproc_hard": "count", "stack": "B", "stack_hard": "B",
        },
        params={"pid": 0, "root": "/"},
        privilege="root for another user's process",
    ),
)  # fmt: skip
