"""The way in: finds the language, the command and its module, and answers every slip in one sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from gpuready.cli import options
from gpuready.cli.printing import talk
from gpuready.text.fault import Fault
from gpuready.text.say import LANGUAGES, Language, language_of_environment, say, set_language

# Each command and the module that holds it: only the one that is called is imported.
COMMANDS = {
    "checklist": "checklist",
    "status": "status",
    "plan": "plan",
    "check": "check",
    "targets": "targets",
    "probe": "probe",
    "signals": "signals",
    "alerts": "alerts",
    "mark": "mark",
    "undo": "history",
    "history": "history",
    "audit": "history",
    "export": "transfer",
    "import": "transfer",
    "merge": "transfer",
    "record": "live",
    "demo": "live",
    "doctor": "doctor",
}


class Root(options.Group):
    """The commands by name, each imported when it is called and not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"gpuready.cli.{COMMANDS[cmd_name]}")
        command = getattr(module, f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # click's own would import every module for its first line of help.
        with formatter.section("Commands"):
            formatter.write_dl([(name, say(f"cli.{name}_short")) for name in COMMANDS])


def root() -> Root:
    """The whole command line, its help in the language now in force."""

    def without_command() -> int | None:
        ctx = click.get_current_context()
        if ctx.invoked_subcommand is not None:
            return None
        from gpuready.cli.options import common
        from gpuready.cli.screen import open_screen

        return open_screen(common(ctx).session)

    return Root(
        name="gpuready", callback=without_command, invoke_without_command=True, help=say("cli.root_help")
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the program with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code: 0, what the command answers, 2 for a slip, 130 for Ctrl-C,
    70 for a mistake of gpuready itself."""
    set_language(_language(arguments))
    try:
        code = _invoke(list(arguments))
        sys.stdout.flush()
    except (Fault, click.ClickException, OSError) as error:
        return _told(error)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception as error:
        if os.environ.get("GPUREADY_DEBUG"):
            raise
        # A mistake of ours.  One line that can be reported; the operator's terminal stays readable.
        talk(say("cli.bug", what=f"{type(error).__name__}: {error}"))
        return 70
    return code


def _invoke(arguments: list[str]) -> int:
    try:
        answer = root().main(arguments, prog_name="gpuready", standalone_mode=False)
    except SystemExit:  # when it must not stand alone, that is click's answer to a closed pipe only
        return _closed_pipe()
    return answer if isinstance(answer, int) else 0


def _told(error: Exception) -> int:
    if isinstance(error, BrokenPipeError):
        return _closed_pipe()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
    elif isinstance(error, click.ClickException):
        talk(_usage(error))
    elif isinstance(error, OSError) and not isinstance(error, Fault):
        talk(say("cli.os_error", what=error.strerror or error, path=error.filename or "-"))
    else:
        talk(str(error))
    return 2


def _closed_pipe() -> int:
    # Whoever read our output has had enough.  Python would complain when it flushes at the end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141


def _usage(error: click.ClickException) -> str:
    """One sentence for a slip in the arguments, and where to read on."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx else "gpuready"
    fields: dict[str, Any] = {"what": " ".join(error.format_message().split())}
    key = "usage_other"
    if isinstance(error, click.NoSuchOption):
        key, fields = "no_option", {"name": error.option_name}
    elif isinstance(error, click.exceptions.NoSuchCommand):
        key, fields = "no_command", {"name": error.command_name, "known": ", ".join(COMMANDS)}
    elif isinstance(error, click.MissingParameter) and error.param:
        key, fields = "missing", {"name": _name_of(error.param)}
    elif isinstance(error, click.BadParameter) and error.param:
        choices = getattr(error.param.type, "choices", None)
        if choices:
            key, fields = "bad_choice", {"name": _name_of(error.param), "known": ", ".join(choices)}
    return say(f"cli.{key}", **fields) + say("cli.see_help", path=path)


def _name_of(param: click.Parameter) -> str:
    return param.opts[0] if isinstance(param, click.Option) else (param.name or "").upper()


def _language(arguments: Sequence[str]) -> Language:
    """The language asked for, found before click is: help texts are made when a command is imported."""
    for number, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--lang":
            asked = value or (arguments[number + 1] if number + 1 < len(arguments) else "")
            for known in LANGUAGES:
                if asked == known:
                    return known
    from gpuready.settings import load_settings

    try:
        return load_settings().language
    except Fault:
        # Told by the commands that need the settings; help must come all the same.
        return language_of_environment()
