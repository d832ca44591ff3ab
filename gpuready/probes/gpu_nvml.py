"""NVML, asked in a child process within a time: a driver that hangs costs a verdict, never the program."""

from __future__ import annotations

import json
import math
import os
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gpuready.live.facts import Gpu, GpuSample
from gpuready.live.wire import from_plain
from gpuready.probes.command import run
from gpuready.probes.node_files import within
from gpuready.probes.probe import Ask, Broken, Exchange, NoData
from gpuready.text.redact import redact

SOURCE = "NVML"
_SITE = ("site-packages", "dist-packages")
_MOST_SAMPLES = 120  # of one window: what 16 GPUs say so often still fits into the output limit


@dataclass(frozen=True, slots=True)
class Detail:
    """What `gpuready.probes.gpu_child` says of one GPU beyond its samples: answers by name in `said`, what
    this GPU or driver does not know in `lacks`, other errors (no rights, lost) in `failed`."""

    index: int
    said: Mapping[str, Any] = field(default_factory=dict)
    lacks: frozenset[str] = frozenset()
    failed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one child said: at least one sample, all without trouble."""

    samples: tuple[GpuSample, ...]
    details: Mapping[int, Detail]
    pairs: tuple[Mapping[str, int], ...]
    asked: str

    @property
    def last(self) -> GpuSample:
        return self.samples[-1]

    @property
    def gpus(self) -> tuple[Gpu, ...]:
        """The GPUs of the last sample, lost ones included."""
        return self.last.gpus

    def over(self, index: int) -> tuple[Gpu, ...]:
        """That GPU in every sample in which it answered, the oldest first."""
        found = (gpu for sample in self.samples for gpu in sample.gpus if gpu.index == index)
        return tuple(gpu for gpu in found if gpu.lost is None)

    def detail(self, index: int) -> Detail:
        return self.details.get(index, Detail(index))

    def table(self, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Exchange:
        """Evidence: what was asked, and the figures in columns."""
        return Exchange(self.asked, redact(columns(head, rows)))


class Trouble(NoData):
    """NVML does not start; `trouble` is that of `GpuSample`."""

    def __init__(self, trouble: str, detail: str) -> None:
        super().__init__(f"probes_gpu.{trouble}", detail=detail)
        self.trouble = trouble


def nvml_command(seconds: float = 0.0, *, health: bool = False, topology: bool = False) -> tuple[str, ...]:
    """The command line that reads NVML over that many seconds (0: once)."""
    argv = [sys.executable, "-P", "-m", "gpuready.probes.gpu_child"]
    if seconds:
        interval = max(1.0, math.ceil(seconds / _MOST_SAMPLES)) if seconds > 5 else max(seconds / 5, 0.1)
        argv += ["--seconds", f"{seconds:g}", "--interval", f"{interval:g}"]
    argv += [name for name, wanted in (("--health", health), ("--topology", topology)) if wanted]
    return tuple(argv)


def nvml_step(seconds: float = 0.0, *, health: bool = False, topology: bool = False) -> str:
    """The same as it is shown before it runs."""
    return shlex.join(nvml_command(seconds, health=health, topology=topology))


async def nvml(ask: Ask, seconds: float = 0.0, *, health: bool = False, topology: bool = False) -> Reading:
    """What NVML says.  `Trouble` when it does not start, `NoData` when it does not answer in time, `Broken`
    when the child dies or speaks nonsense."""
    argv = nvml_command(seconds, health=health, topology=topology)
    try:
        done = await run(argv, limit=within(ask), env=_environ())
    except NoData as why:
        if why.key == "probes.too_slow":
            raise NoData("probes_gpu.hung", seconds=f"{within(ask):g}") from None
        raise
    words = done.err.strip().splitlines()
    if done.code:
        raise Broken("probes_gpu.died", code=done.code, words=redact(words[-1]) if words else "").showing(
            done.exchange
        )
    asked = f"$ {shlex.join(argv)}"
    try:
        # a library that prints of its own accord prints before the document
        document = json.loads(done.out.strip().rpartition("\n")[2])
        reading = _reading(document, asked)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Broken("probes_gpu.nonsense", error=error).showing(done.exchange) from None
    for sample in reading.samples:
        if sample.trouble is not None:
            raise Trouble(sample.trouble, sample.detail or "").showing(Exchange(asked, sample.trouble))
    return reading


def _environ() -> dict[str, str]:
    environ = dict(os.environ)  # our own program, so it may know what we know (LD_LIBRARY_PATH above all)
    root = str(Path(__file__).parents[2])
    if Path(root).name not in _SITE:  # a checkout: the child must find the package
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, (environ.get("PYTHONPATH"), root)))
    return environ


def _reading(document: Any, asked: str) -> Reading:
    samples = []
    for plain in document["samples"]:
        sample = from_plain(plain)
        if not isinstance(sample, GpuSample):
            raise ValueError("no GPU sample")
        samples.append(sample)
    if not samples:
        raise ValueError("no sample")
    details = {
        int(one["index"]): Detail(
            int(one["index"]), dict(one["said"]), frozenset(one["lacks"]), dict(one["failed"])
        )
        for one in document.get("details", ())
    }
    pairs = tuple({str(k): int(v) for k, v in pair.items()} for pair in document.get("pairs", ()))
    return Reading(tuple(samples), details, pairs, asked)


def columns(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A plain table; what is not known is a dash."""
    cells = [list(head), *([("-" if cell is None else str(cell)) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def gib(size: int | None) -> str | None:
    """Bytes as GiB with one decimal, for tables."""
    return None if size is None else f"{size / 2**30:.1f} GiB"


def names(indexes: Iterable[int]) -> str:
    """GPU numbers for a sentence: ``0, 3, 5``."""
    return ", ".join(map(str, sorted(indexes)))
