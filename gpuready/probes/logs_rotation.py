"""Which logs of this node may grow until the disk is full."""

from __future__ import annotations

import asyncio
import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.engine_api import Call, Engine, container, engine_of, inspect, part, plan
from gpuready.probes.node_files import names_in, root_of, text_of
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Remark
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

MOST = 200
"""Containers that are looked at."""

ALL = Call("GET", "/containers/json", {"all": "1"})


# Drivers that bound themselves, keep nothing, or send everything elsewhere.
_BOUNDED = frozenset(
    [
        "local",
        "none",
        "journald",
        "syslog",
        "fluentd",
        "gelf",
        "awslogs",
        "gcplogs",
        "splunk",
        "etwlogs",
        "logentries",
        "passthrough",
    ]
)
_LEVELS = re.compile(r"(?:^|_)(?:LOG(?:GING)?_?LEVEL|NCCL_DEBUG)$")
_LEVEL_OPTIONS = frozenset({"--log-level", "--uvicorn-log-level", "--log-verbose", "--loglevel"})
_EVERY = frozenset({"hourly", "daily", "weekly", "monthly", "yearly"})
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


@dataclass(frozen=True, slots=True)
class Log:
    """One log and whether something bounds it (None: that driver is not known here)."""

    name: str
    how: str
    bounded: bool | None


def log_of(found: Mapping[str, Any], name: str) -> Log:
    """The log of a container as inspect tells it: what was set when it was made counts, whatever daemon.json
    says today."""
    driver = str(part(found, "HostConfig", "LogConfig", "Type") or "")
    config = part(found, "HostConfig", "LogConfig", "Config") or {}
    size = str(config.get("max-size", "")) or str(part(found, "HostConfig", "LogConfig", "Size") or "")
    how = f"{driver or '?'} max-size={size or '-'} max-file={config.get('max-file', '-')}"
    if driver in ("json-file", "k8s-file"):
        return Log(name, how, bool(re.match(r"[1-9]\d*(?:\.\d+)?\s*[a-zA-Z]*$", size)))
    if driver == "local" and size == "-1":
        return Log(name, how, False)
    return Log(name, how, True if driver in _BOUNDED else None)


def level_of(found: Mapping[str, Any]) -> str | None:
    """The log level that the container was given, by variable or option; None when by neither.  Of its
    environment nothing else is looked at."""
    for line in part(found, "Config", "Env") or []:
        name, _, value = str(line).partition("=")
        if _LEVELS.search(name) and value:
            return f"{name}={value[:32]}"
    words = [str(word) for word in [*(part(found, "Config", "Cmd") or []), *(part(found, "Args") or [])]]
    for number, word in enumerate(words):
        name, same, value = word.partition("=")
        if name.replace("_", "-") in _LEVEL_OPTIONS:
            return f"{name}={value if same else next(iter(words[number + 1 : number + 2]), '')}"
    return None


def rules_in(text: str) -> list[tuple[tuple[str, ...], frozenset[str]]]:
    """The patterns of each block of a logrotate file, with the first words of its directives and of those
    that hold for all."""
    general: set[str] = set()
    found = []
    text = re.sub(r"(?ms)^\s*(?:pre|post|first|last)\w+\s*$.*?^\s*endscript\s*$", "", text)
    text = re.sub(r"(?m)#.*$", "", text)
    at = 0
    for match in re.finditer(r"([^{}]*)\{([^{}]*)\}", text):
        *before, names = match[1].strip("\n").rpartition("\n")
        lines = (before[0] if before else "").splitlines()
        general |= {line.split()[0] for line in lines if line.strip() and not line.lstrip().startswith("/")}
        patterns = [line for line in lines if line.lstrip().startswith("/")] + [names]
        words = tuple(word.strip('"') for line in patterns for word in line.split())
        own = {line.split()[0] for line in match[2].splitlines() if line.strip()}
        found.append((words, frozenset(own)))
        at = match.end()
    general |= {line.split()[0] for line in text[at:].splitlines() if line.strip()}
    return [(words, own | general) for words, own in found]


def covered(path: str, rules: Iterable[tuple[tuple[str, ...], frozenset[str]]]) -> bool:
    """Whether a rule rotates that file, by size or by time."""
    return any(
        any(fnmatch.fnmatch(path, word) for word in words) and directives & (_EVERY | {"size", "maxsize"})
        for words, directives in rules
    )


def max_use(text: str) -> int | None:
    """SystemMaxUse of a journald.conf in bytes; None when it is not set."""
    found = re.findall(r"(?m)^\s*SystemMaxUse\s*=\s*(\d+)\s*([KMGT]?)\s*$", text)
    return int(found[-1][0]) * _UNITS[found[-1][1]] if found else None


async def _rotation(ask: Ask) -> Measurement:
    """A container target is looked at alone; without one all containers of the engine.  Option ``files``
    (with commas between) adds files, which a rule of logrotate must cover.  journald bounds itself at a
    tenth of its file system even without settings."""
    files = [name.strip() for name in ask.target.options.get("files", "").split(",") if name.strip()]
    name = ask.target.address
    evidence: list[Exchange] = []
    logs: list[Log] = []
    levels: list[str | None] = []
    away: NoData | None = None
    try:
        async with engine_of(ask, Deadline(ask).left) as engine:
            for each, found in await _containers(engine, name):
                logs.append(log_of(found, each))
                levels.append(level_of(found))
    except NoData as fault:
        if name or not files:
            raise
        away = fault
    root = root_of(ask)
    rules, read = await asyncio.to_thread(_rules, root)
    logs += [Log(path, "logrotate", covered(path, rules)) for path in files]
    if not logs:
        raise NoData("probes_logs.no_logs")
    evidence.append(
        Exchange("how each log is bounded", redact("\n".join(f"{each.name}: {each.how}" for each in logs)))
    )
    if files:
        evidence.append(Exchange(f"READ {', '.join(read) or '/etc/logrotate.conf'}", f"{len(rules)} rules"))
    open_ended = [each.name for each in logs if each.bounded is False]
    strange = [each for each in logs if each.bounded is None]
    fields: dict[str, Scalar] = {"checked": len(logs)}
    remarks: list[Remark] = []
    if strange:
        words = {"name": safe_line(strange[0].name), "how": safe_line(strange[0].how)}
        remarks.append(("probes_logs.strange_driver", words))
    if open_ended or not strange:
        fields["unbounded"] = len(open_ended)
    if open_ended:
        fields["unbounded_names"] = safe_line(", ".join(sorted(open_ended)[:10]))
        remarks.append(("probes_logs.unbounded", {"names": fields["unbounded_names"]}))
    if levels:
        fields["level_set"] = all(levels)
        if len(levels) == 1 and levels[0]:
            fields["level"] = safe_line(levels[0])
    if away is not None:
        remarks.append((away.key, away.fields))
    if (most := await asyncio.to_thread(_journald, root)) is not None:
        fields["journald_max_use"] = most
    return Measurement(fields, "container engine and logrotate", tuple(evidence), tuple(remarks))


async def _containers(engine: Engine, name: str) -> list[tuple[str, Mapping[str, Any]]]:
    if name:
        return [(name, await container(engine, name))]
    rows = await engine.rows(ALL)
    found: list[tuple[str, Mapping[str, Any]]] = []
    for row in rows[:MOST]:
        each = str((row.get("Names") or [row.get("Id", "?")])[0]).lstrip("/")
        try:
            found.append((each, await container(engine, str(row.get("Id")))))
        except NoData as fault:
            if fault.key != "probes_container.no_container":  # it ended since the list was made
                raise
    return found


def _rules(root: Path) -> tuple[list[tuple[tuple[str, ...], frozenset[str]]], list[str]]:
    folder = root / "etc/logrotate.d"
    paths = [root / "etc/logrotate.conf", *(folder / name for name in names_in(folder) or [])]
    texts = {path: text for path in paths if (text := text_of(path)) is not None}
    # What the first file sets for all holds for the files that it includes.
    general = re.sub(r"(?s)[^\n{}]*\{[^{}]*\}", "", texts.get(paths[0], ""))
    rules = [rule for path, text in texts.items() for rule in rules_in(f"{general}\n{text}")]
    return rules, [str(path) for path in texts]


def _journald(root: Path) -> int | None:
    folder = root / "etc/systemd/journald.conf.d"
    paths = [root / "etc/systemd/journald.conf", *(folder / name for name in names_in(folder) or [])]
    found = [max_use(text) for path in paths if (text := text_of(path)) is not None]
    return next((each for each in reversed(found) if each is not None), None)


def _steps(ask: Ask) -> Sequence[str]:
    root = root_of(ask)
    calls = [inspect(ask.target.address)] if ask.target.address else [ALL, inspect("ID")]
    files = ("etc/logrotate.conf", "etc/logrotate.d/*", "etc/systemd/journald.conf")
    return (*plan(ask, calls), *(f"READ {root / name}" for name in files))


ROTATION = Probe(
    name="logs.rotation",
    measure=_rotation,
    steps=_steps,
    fields={
        "unbounded": "count",
        "checked": "count",
        "unbounded_names": "",
        "level_set": "",
        "level": "",
        "journald_max_use": "B",
    },
    params={"root": "/"},
    on="container",
    limit=20,
    privilege="the docker group",
)
