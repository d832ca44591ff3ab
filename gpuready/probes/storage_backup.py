"""Whether a restored folder holds what its source holds, by the checksums of a sample."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Remark, Safety
from gpuready.probes.storage_aside import aside
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

MANIFEST = "SHA256SUMS"
MOST_FILES = 200_000  # that are listed
MOST_LINES = 32 * 2**20  # bytes of a manifest
MOST_SAMPLE = 10_000
_CHUNK = 2**20
_LINE = re.compile(r"^\\?([0-9a-fA-F]{64}) [ *](.+)$")


@dataclass(slots=True)
class Tally:
    """What the comparison found so far; written by its thread, read by us when the time is over."""

    chosen: int = 0
    compared: int = 0
    differing: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    size: int = 0
    lines: list[str] = field(default_factory=list)


def _count(ask: Ask) -> int:
    count = ask.params["count"]
    return min(max(count, 1), MOST_SAMPLE) if isinstance(count, int) else 20


def _source(ask: Ask) -> tuple[str, str]:
    """The source folder (option ``source``) or else the manifest (option ``manifest``, else SHA256SUMS in
    the restored folder); one of them is empty."""
    if source := ask.target.options.get("source"):
        return source, ""
    return "", ask.target.options.get("manifest") or str(Path(ask.target.address) / MANIFEST)


def _steps(ask: Ask) -> Sequence[str]:
    source, manifest = _source(ask)
    first = f"list the files of {source}" if source else f"read {manifest}"
    where = f"both in {source} and in {ask.target.address}" if source else f"in {ask.target.address}"
    return first, f"choose {_count(ask)} of them: the largest, and the rest evenly", f"sha256 of each {where}"


async def _checksum(ask: Ask) -> Measurement:
    source, _ = _source(ask)
    tally, stop = Tally(), threading.Event()
    until = time.monotonic() + ask.limit * 0.9
    try:
        await aside(lambda: _compare(ask, tally, stop, until), limit=ask.limit, what=ask.target.address)
    finally:
        stop.set()
    if not tally.compared and not tally.missing:
        raise NoData("probes_storage.nothing_compared", path=ask.target.address, changed=len(tally.changed))
    fields: dict[str, Scalar] = {
        "compared": tally.compared + len(tally.missing),
        "differing": len(tally.differing) + len(tally.missing),
        "missing": len(tally.missing),
        "changed": len(tally.changed),
        "chosen": tally.chosen,
        "size": tally.size,
        "names": ", ".join([*tally.missing, *tally.differing][:5]),
    }
    remarks: list[Remark] = []
    done = tally.compared + len(tally.missing) + len(tally.changed)
    if done < tally.chosen:
        remarks.append(("probes_storage.out_of_time", {"done": done, "chosen": tally.chosen}))
    if tally.changed:
        remarks.append(("probes_storage.changed_since", {"count": len(tally.changed), "source": source}))
    evidence = Exchange("\n".join(_steps(ask)), redact("\n".join(tally.lines)))
    return Measurement(fields, "sha256", (evidence,), tuple(remarks))


def _compare(ask: Ask, tally: Tally, stop: threading.Event, until: float) -> None:
    source, manifest = _source(ask)
    restored = Path(ask.target.address)
    if not restored.is_dir():
        raise NoData("probes_storage.no_folder", path=ask.target.address)
    if source and os.path.realpath(source) == os.path.realpath(restored):
        raise NoData("probes_storage.same_folder", path=source)
    sums = _manifest(Path(manifest)) if manifest else {}
    names = _sample(_listed(Path(source), stop) if source else _sized(restored, sums), _count(ask))
    tally.chosen = len(names)
    for name in names:
        if stop.is_set() or time.monotonic() > until:
            return
        copy = restored / name
        if not copy.is_file() or copy.is_symlink():
            tally.missing.append(safe_line(name))
            tally.lines.append(f"{safe_line(name)}: missing")
            continue
        if source and _is_newer(Path(source) / name, copy):
            tally.changed.append(name)
            tally.lines.append(f"{safe_line(name)}: changed in the source since")
            continue
        ours = _sha256(copy, stop, until)
        theirs = _sha256(Path(source) / name, stop, until) if source else sums[name]
        if ours is None or theirs is None:
            return
        tally.compared += 1
        tally.size += copy.stat().st_size
        tally.lines.append(f"{safe_line(name)}: {ours} {'=' if ours == theirs else '!='} {theirs}")
        if ours != theirs:
            tally.differing.append(safe_line(name))


def _is_newer(source: Path, copy: Path) -> bool:
    """A source that was written after its copy has moved on: a difference is then no fault of the backup.
    Seconds only: some stores keep no more."""
    return int(source.stat().st_mtime) > int(copy.stat().st_mtime)


def _listed(folder: Path, stop: threading.Event) -> Iterator[tuple[int, str]]:
    """Size and name of the regular files below the folder; links are not followed."""
    if not folder.is_dir():
        raise NoData("probes_storage.no_source", path=folder)
    seen = 0
    for top, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = Path(top) / file
            state = path.lstat()
            if stat.S_ISREG(state.st_mode):
                yield state.st_size, str(path.relative_to(folder))
                seen += 1
            if stop.is_set() or seen >= MOST_FILES:
                return


def _manifest(path: Path) -> dict[str, str]:
    """The sums of a file as sha256sum writes it, by name; names that lead out of the folder are refused."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_LINES).decode(errors="surrogateescape")
    except OSError as failed:
        raise NoData("probes_storage.no_manifest", path=path, why=failed.strerror) from None
    sums = {
        match[2].removeprefix("./"): match[1].lower()
        for line in text.splitlines()
        if (match := _LINE.match(line))
    }
    inside = {n: s for n, s in sums.items() if not n.startswith("/") and ".." not in Path(n).parts}
    if not inside:
        raise NoData("probes_storage.no_manifest", path=path, why="no line of it is a sum")
    return inside


def _sized(folder: Path, sums: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    for name in sorted(sums):
        try:
            yield (folder / name).lstat().st_size, name
        except OSError:
            yield 0, name  # missing: the comparison says so


def _sample(files: Iterator[tuple[int, str]], count: int) -> list[str]:
    """The largest files (a fifth of the count), where truncation strikes, and the rest evenly spread."""
    found = list(files)
    if len(found) <= count:
        return [name for _, name in found]
    largest = {name for _, name in sorted(found, reverse=True)[: max(1, count // 5)]}
    others = [name for _, name in found if name not in largest]
    wanted = count - len(largest)
    return [*sorted(largest), *(others[n * len(others) // wanted] for n in range(wanted))]


def _sha256(path: Path, stop: threading.Event, until: float) -> str | None:
    """The sum of the whole file; None when it was stopped."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if stop.is_set() or time.monotonic() > until:
                return None
            total.update(chunk)
    return total.hexdigest()


CHECKSUM = Probe(
    name="backup.checksum",
    measure=_checksum,
    steps=_steps,
    fields={
        "compared": "count",
        "differing": "count",
        "missing": "count",
        "changed": "count",
        "chosen": "count",
        "size": "B",
        "names": "",
    },
    params={"count": 20},
    on="mount",
    safety=Safety.HEAVY,
    limit=600.0,
    lane="disk",
    privilege="read access to both folders",
)
"""Compares files of a restored folder (the target) with its source (the option ``source``) or with the sums
of a manifest (the option ``manifest``, else SHA256SUMS in the folder).

``compared`` counts those that were looked at, ``differing`` those of them that differ or are missing.  Files
that were written in the source after their copy are counted in ``changed`` only.
"""
