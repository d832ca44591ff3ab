"""``gpuready doctor``: what is here, for a bug report or a puzzled operator.  It changes nothing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from gpuready import __version__, places
from gpuready.cli.desk import session_path
from gpuready.cli.options import Command, common, format_option
from gpuready.cli.printing import out, out_json
from gpuready.settings import Settings, load_settings
from gpuready.text.fault import Fault
from gpuready.text.say import language, say

SCHEMA = "gpuready.doctor/1"
_PACKAGES = (
    "textual", "rich", "nvidia-ml-py", "psutil", "kubernetes", "prometheus-api-client", "tomli-w",
    "aiosqlite", "click", "platformdirs",
)  # fmt: skip
_LIBRARY = "libnvidia-ml.so.1"
_LIBRARY_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib",
    "/usr/lib/wsl/lib", "/usr/local/nvidia/lib64",
)  # fmt: skip
_NVML_PATIENCE = 8.0  # seconds: without persistence mode a driver wakes every GPU first


@click.command("doctor", cls=Command, help=say("cli.doctor_help"))
@format_option()
@click.pass_context
def doctor_command(ctx: click.Context, form: str) -> None:
    import asyncio

    settings, trouble = _settings()
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "gpuready": __version__,
        "python": {"version": platform.python_version(), "executable": sys.executable},
        "platform": {"system": platform.platform(), "machine": platform.machine()},
        "terminal": _terminal(),
        "driver": _driver() | {"nvml": asyncio.run(_nvml())},
        "settings": {
            "path": str(places.settings_file()),
            "exists": places.settings_file().exists(),
            "trouble": trouble,
            "language": language(),
        },
        "session": asyncio.run(_session(ctx, settings)),
        "packages": {name: _installed(name) for name in _PACKAGES},
    }
    if form == "json":
        out_json(document)
        return
    for name, value in document.items():
        if name != "schema":
            out("\n".join(_lines(name, value)))


def _lines(name: str, value: Any, indent: str = "") -> list[str]:
    if isinstance(value, dict):
        inner = [line for key, each in value.items() for line in _lines(key, each, indent + "  ")]
        return [f"{indent}{name}:", *inner]
    words = {None: "-", True: say("report.yes"), False: say("report.no")}
    shown = words[value] if value is None or isinstance(value, bool) else value
    return [f"{indent}{name}: {shown}"]


def _settings() -> tuple[Settings | None, str | None]:
    try:
        return load_settings(), None
    except Fault as fault:
        return None, str(fault)


def _terminal() -> dict[str, Any]:
    size = shutil.get_terminal_size((0, 0))
    term, colour = os.environ.get("TERM", ""), os.environ.get("COLORTERM", "")
    if os.environ.get("NO_COLOR"):
        colours = "none (NO_COLOR)"
    elif colour in ("truecolor", "24bit"):
        colours = "16777216"
    elif "256" in term:
        colours = "256"
    else:
        colours = "none" if term in ("", "dumb") else "16"
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower()
    return {
        "term": term or None,
        "is_terminal": bool(sys.stdout and sys.stdout.isatty()),
        "size": f"{size.columns}x{size.lines}" if size.columns else None,
        "colours": colours,
        "encoding": encoding or None,
        "utf8": encoding.replace("-", "") == "utf8" and term != "linux",
        "inside": next((name for name in ("TMUX", "STY", "SSH_CONNECTION") if os.environ.get(name)), None),
    }


def _driver() -> dict[str, Any]:
    version = None
    try:
        # "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.82.07  Wed Aug 27 ..."
        first = Path("/proc/driver/nvidia/version").read_text().partition("\n")[0]
        version = next((word for word in first.split() if word[:1].isdigit() and "." in word), first)
    except OSError:
        pass
    searched = [*os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep), *_LIBRARY_FOLDERS]
    found = [str(Path(each, _LIBRARY)) for each in searched if each and Path(each, _LIBRARY).exists()]
    return {"kernel_module": version, "library": found[0] if found else None}


async def _nvml() -> dict[str, Any]:
    """What NVML says, asked through a sampler in a process of its own, so that a driver may hang."""
    import asyncio

    from gpuready.live.facts import GpuSample, Sample
    from gpuready.live.feed import Machine
    from gpuready.live.source import Silence
    from gpuready.live.words import of_silence, of_trouble

    first: asyncio.Future[GpuSample] = asyncio.get_running_loop().create_future()
    said: list[Silence] = []

    def heard(what: Sample | Silence) -> None:
        if isinstance(what, Silence):
            said.append(what)
        elif isinstance(what, GpuSample) and not first.done():
            first.set_result(what)

    machine = Machine(1.0, sources=("gpu",))
    machine.start(heard)
    try:
        sample = await asyncio.wait_for(first, _NVML_PATIENCE)
    except TimeoutError:
        return {"ok": False, "trouble": of_silence(said[-1]) if said else say("cli.no_answer")}
    finally:
        await machine.stop()
    if trouble := of_trouble(sample):
        return {"ok": False, "trouble": trouble}
    names = sorted({gpu.name or "?" for gpu in sample.gpus})
    return {
        "ok": True,
        "driver": sample.driver,
        "cuda": sample.cuda,
        "nvml": sample.nvml,
        "gpus": len(sample.gpus),
        "models": ", ".join(names),
    }


async def _session(ctx: click.Context, settings: Settings | None) -> dict[str, Any]:
    import sqlite3

    from gpuready.session.place import filesystem
    from gpuready.session.store import Session

    path = session_path(ctx, settings) if settings else common(ctx).session or places.default_session()
    facts: dict[str, Any] = {
        "path": str(path),
        "exists": path.exists(),
        "filesystem": filesystem(path) or None,
        "sqlite": sqlite3.sqlite_version,
    }
    if not path.exists():
        return facts
    try:
        async with await Session.open(path, actor="", create=False, read_only=True) as session:
            return facts | {"journal": session.journal, "events": len(session.state), "trouble": None}
    except Fault as fault:
        return facts | {"trouble": str(fault)}


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
