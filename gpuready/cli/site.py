"""What the commands that measure have in common: the site they are about, and how they end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gpuready.text.say import say

if TYPE_CHECKING:
    from gpuready.engine.plan import Plan
    from gpuready.probes.probe import Target
    from gpuready.session.board import Board
    from gpuready.session.state import State
    from gpuready.session.store import Session
    from gpuready.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

PATIENCE = 10.0  # seconds that stopped probes have to clean up before the program ends all the same


@dataclass(frozen=True, slots=True)
class Site:
    """The session (None: none is open), where everything stands, and the targets there are."""

    settings: Settings
    session: Session | None
    state: State
    board: Board
    targets: tuple[Target, ...]

    def plan(self, selector: str, allow_active: bool) -> Plan:
        """The plan for what the selector means; `Fault` when that is nothing."""
        from gpuready.engine.plan import make_plan
        from gpuready.engine.registry import installed
        from gpuready.engine.select import select

        checks = select(self.board, selector, self.settings.operator, self.board.at.date())
        return make_plan(checks, installed(), self.targets, allow_active=allow_active)


def selector_argument() -> Callable[[F], F]:
    return click.argument("selector", metavar=say("engine.selector"))


def target_option() -> Callable[[F], F]:
    """``--target``, passed on as `given`."""
    return click.option(
        "--target",
        "given",
        multiple=True,
        metavar=say("engine.target_meta"),
        help=say("engine.option_target"),
    )


def allow_option() -> Callable[[F], F]:
    return click.option("--allow", type=click.Choice(("active",)), help=say("engine.option_allow"))


@contextlib.asynccontextmanager
async def site(ctx: click.Context, given: tuple[str, ...], *, record: bool) -> AsyncIterator[Site]:
    """The site with the session open: to write where `record` says so (a missing one is made then), else
    only to read, and none at all where there is no file."""
    from gpuready.checklist.load import load_all
    from gpuready.cli.desk import adopt_all, now, reading, session_path, writing
    from gpuready.engine.targets import parse_target
    from gpuready.session.board import stand
    from gpuready.session.state import State
    from gpuready.settings import load_settings

    targets = [parse_target(text) for text in given]  # a slip is told before anything is opened
    settings = load_settings()
    if not record and not session_path(ctx, settings).exists():
        state = State()
        yield Site(settings, None, state, stand(load_all(), state, now()), tuple(targets))
        return
    async with writing(ctx) if record else reading(ctx) as desk:
        if record:
            await adopt_all(desk)
        session = desk.session
        yield Site(settings, session, session.state, desk.board(), _targets(session, targets))


def _targets(session: Session, given: list[Target]) -> tuple[Target, ...]:
    from gpuready.engine.targets import of_session, over, targets_of

    return (*over(given, targets_of(session.state.settings)), of_session(session.path))


@dataclass(slots=True)
class Ending:
    """How a run ends: its exit code, and whether something that cannot be stopped may still be running."""

    code: int = 0
    abrupt: bool = False


def drive(main: Coroutine[Any, Any, Ending]) -> int:
    """Run it to its end; the exit code.

    A thread that hangs in a driver would keep the interpreter from ending, so an abrupt end does without its
    clean-up: files and sessions are closed by then.
    """
    with asyncio.Runner() as runner:
        ending = runner.run(main)
        if ending.abrupt:
            _end_now(ending.code)
        return ending.code


@contextlib.contextmanager
def stopping(task: asyncio.Task[Any]) -> Iterator[Callable[[], int]]:
    """Within it Ctrl-C and SIGTERM cancel the task, and a second one ends the program on the spot.

    Gives a function that tells the exit code of the signal that came, 0 for none.
    """
    loop = asyncio.get_running_loop()
    came: list[int] = []

    def stop(number: int) -> None:
        if came:
            _end_now(128 + number)
        came.append(number)
        task.cancel()

    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        # Not in the main thread (a test, an embedding program): the caller cancels by itself.
        with contextlib.suppress(RuntimeError, ValueError):
            loop.add_signal_handler(number, stop, number)
    try:
        yield lambda: 128 + came[0] if came else 0
    finally:
        for number in numbers:
            with contextlib.suppress(RuntimeError, ValueError):
                loop.remove_signal_handler(number)


def _end_now(code: int) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
