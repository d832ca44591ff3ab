"""What all commands have in common: options that go before or after the subcommand, and help in two
languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from gpuready import __version__
from gpuready.text.say import LANGUAGES, say, set_language

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Common:
    """What the options of any level have said so far; the last one wins."""

    session: Path | None = None


def common(ctx: click.Context) -> Common:
    """The common options of this call."""
    root = ctx.find_root()
    if not isinstance(root.obj, Common):
        root.obj = Common()
    return root.obj


def _set_session(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value:
        common(ctx).session = Path(value).expanduser()


def _set_lang(_: click.Context, __: click.Parameter, value: Any) -> None:
    if value in LANGUAGES:
        set_language(value)


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"gpuready {__version__}")
        ctx.exit()


def _common_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--session"],
            metavar=say("cli.file"),
            help=say("cli.session_help"),
            expose_value=False,
            callback=_set_session,
        ),
        click.Option(
            ["--lang"],
            type=click.Choice(LANGUAGES),
            help=say("cli.lang_help"),
            expose_value=False,
            is_eager=True,
            callback=_set_lang,
        ),
        click.Option(
            ["--version"],
            is_flag=True,
            help=say("cli.version_help"),
            expose_value=False,
            is_eager=True,
            callback=_version,
        ),
    ]


class Formatter(click.HelpFormatter):
    """Help with click's own few words in the language in force."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix=say("cli.usage") + " ")

    def write_heading(self, heading: str) -> None:
        own = {"Options": "cli.options", "Commands": "cli.commands"}
        super().write_heading(say(own[heading]) if heading in own else heading)


class Context(click.Context):
    formatter_class = Formatter


class _Base(click.Command):
    """A command that also takes the common options, and whose ``--help`` speaks the language in force."""

    context_class = Context

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["context_settings"] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
        super().__init__(*args, **kwargs)
        self.params.extend(_common_options())

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option:
            option.help = say("cli.help_help")
        return option


class Command(_Base):
    """A command of its own."""


class Group(_Base, click.Group):
    """A command that only holds others."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)


def format_option(
    choices: Sequence[str] = ("text", "json"), default: str | None = "text"
) -> Callable[[F], F]:
    """``--format``, passed on as `form`; without a default it must be given."""
    # To click a default of None is a default too, and nothing would be required.
    more: dict[str, Any] = {"default": default, "show_default": True} if default else {"required": True}
    return click.option("--format", "form", type=click.Choice(choices), help=say("cli.format_help"), **more)
