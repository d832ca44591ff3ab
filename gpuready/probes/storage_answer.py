"""What fio says, read with the distrust that its 0-byte successes have earned."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from typing import Any

from gpuready.probes.command import Done
from gpuready.probes.probe import Broken, NoData
from gpuready.text.safe import safe_line


def figures_of(done: Done, way: str, folder: str) -> dict[str, Any]:
    """fio's figures of that direction: at least ``io_bytes`` and ``bw_bytes``, neither of them zero."""
    start = done.out.find("{")
    try:
        found = json.loads(done.out[start:]) if start >= 0 else None
        job = found["jobs"][0] if found else None
        error, figures = (int(job["error"]), job[way]) if job else (0, None)
    except (ValueError, LookupError, TypeError):
        raise Broken("probes_storage.odd_fio", way=way).showing(done.exchange) from None
    if error == errno.ENOSPC:
        raise NoData("probes_storage.full", path=folder).showing(done.exchange)
    if error == errno.EINVAL:
        raise NoData("probes_storage.no_direct", path=folder, kind="?").showing(done.exchange)
    if done.code != 0 or error or figures is None:
        why = os.strerror(error) if error else next(iter(done.err.strip().splitlines()), f"exit {done.code}")
        raise NoData("probes_storage.failed", way=way, why=safe_line(why)[:200]).showing(done.exchange)
    if not all(isinstance(figures.get(key), int) and figures[key] > 0 for key in ("io_bytes", "bw_bytes")):
        raise Broken("probes_storage.odd_fio", way=way).showing(done.exchange)
    return dict(figures)


def worst_of(figures: Mapping[str, Any]) -> float | None:
    """The 99th percentile of a request of 1 MiB, in ms."""
    nano = figures.get("clat_ns", {}).get("percentile", {}).get("99.000000")
    return nano / 1e6 if isinstance(nano, int | float) else None


def short(done: Done) -> str:
    """fio's answer without the hundreds of lines that say 0."""
    job = json.loads(done.out[done.out.find("{") :])["jobs"][0]
    keys = ("io_bytes", "bw_bytes", "iops", "runtime", "total_ios")
    return json.dumps({way: {key: job[way].get(key) for key in keys} for way in ("read", "write")}, indent=1)
