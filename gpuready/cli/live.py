"""``gpuready record`` and ``demo``: a machine as it runs, kept and played back."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from gpuready.cli.options import Command, format_option
from gpuready.cli.printing import out, out_json, talk
from gpuready.cli.screen import require_terminal
from gpuready.text.say import language, say

RECORD_SCHEMA = "gpuready.record/1"


@click.command("demo", cls=Command, help=say("cli.demo_help"))
@click.argument("file", metavar=say("cli.recording"), required=False, type=click.Path(path_type=Path))
def demo_command(file: Path | None) -> int:
    from tempfile import TemporaryDirectory

    from gpuready.live.recording import demo_path
    from gpuready.settings import load_settings

    require_terminal()
    settings = dataclasses.replace(load_settings(), language=language())
    from gpuready.live.replay import Replay
    from gpuready.tui.run import run

    source = Replay(file or demo_path())
    with TemporaryDirectory(prefix="gpuready-demo-") as folder:
        return run(settings, Path(folder, "demo.gpuready"), source=source, temporary=True)


@click.command("record", cls=Command, help=say("cli.record_help"))
@click.argument("file", metavar=say("cli.file"), type=click.Path(path_type=Path))
@click.option(
    "--seconds",
    metavar=say("cli.number"),
    type=click.FloatRange(0.1, 7 * 86400),
    required=True,
    help=say("cli.record_seconds"),
)
@click.option(
    "--interval",
    metavar=say("cli.number"),
    type=click.FloatRange(0.1, 60),
    default=1.0,
    show_default=True,
    help=say("cli.record_interval"),
)
@click.option("--note", metavar=say("cli.text"), default="", help=say("cli.record_note"))
@click.option("--force", is_flag=True, help=say("cli.export_force"))
@format_option()
def record_command(file: Path, seconds: float, interval: float, note: str, force: bool, form: str) -> None:
    import asyncio

    from gpuready.live.facts import Sample
    from gpuready.live.feed import Machine
    from gpuready.live.recording import record
    from gpuready.live.source import Silence
    from gpuready.live.words import of_silence

    def heard(what: Sample | Silence) -> None:
        if isinstance(what, Silence):
            talk(of_silence(what))

    async def work() -> int:
        talk(say("cli.recording_now", path=file, seconds=f"{seconds:g}"))
        return await record(Machine(interval), file, seconds=seconds, note=note, overwrite=force, heard=heard)

    count = asyncio.run(work())
    if form == "json":
        out_json({"schema": RECORD_SCHEMA, "path": str(file), "samples": count})
    else:
        out(say("cli.recorded", path=file, count=count))
