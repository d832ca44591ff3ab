"""What a command works on: the settings, the session that is meant, its checklists, and where they stand."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gpuready import places
from gpuready.checklist.build import Place, build
from gpuready.checklist.load import load_all
from gpuready.checklist.model import Checklist
from gpuready.cli.options import common
from gpuready.cli.printing import talk
from gpuready.session.board import Board, stand
from gpuready.settings import Settings, load_settings
from gpuready.text.say import say

if TYPE_CHECKING:
    from gpuready.session.store import Session


@dataclass(frozen=True, slots=True)
class Desk:
    """An open session and the checklists by which it is read."""

    settings: Settings
    session: Session
    checklists: tuple[Checklist, ...]

    def board(self) -> Board:
        """Where everything stands now, in this machine's time zone."""
        return stand(self.checklists, self.session.state, now())


def now() -> datetime:
    """This moment with the local time zone, which decides what day it is."""
    return datetime.now().astimezone()


def session_path(ctx: click.Context, settings: Settings) -> Path:
    """The session file that is meant: ``--session``, else the environment or the settings, else the
    default one."""
    return common(ctx).session or settings.session or places.default_session()


@contextlib.asynccontextmanager
async def reading(ctx: click.Context) -> AsyncIterator[Desk]:
    """The session, opened without writing to it; a missing one is a `Fault`.

    It is read by the definitions it carries, so that it means the same on every machine; checklists that
    it does not know yet come from this program.
    """
    from gpuready.session.store import Session

    settings = load_settings()
    path = session_path(ctx, settings)
    session = await Session.open(path, actor=settings.operator, create=False, read_only=True)
    try:
        checklists = merged(await session.documents(), load_all(), str(path))
        yield Desk(settings, session, checklists)
    finally:
        await session.close()


@contextlib.asynccontextmanager
async def writing(ctx: click.Context, *, create: bool = True) -> AsyncIterator[Desk]:
    """The session, opened to write; a missing one is made where `create` says so, and that is said."""
    from gpuready.session.store import Session

    settings = load_settings()
    checklists = load_all()
    path = session_path(ctx, settings)
    is_new = not path.exists()
    session = await Session.open(
        path, actor=settings.operator, create=create, make_parents=path == places.default_session()
    )
    if is_new:
        talk(say("cli.new_session", path=path))
    try:
        yield Desk(settings, session, checklists)
    finally:
        await session.close()


async def adopt_all(desk: Desk) -> None:
    """Put this program's checklists in force, as opening the screen does."""
    for checklist in desk.checklists:
        await desk.session.adopt(checklist)


def merged(
    documents: Mapping[str, Mapping[str, Any]], loaded: Iterable[Checklist], path: str
) -> tuple[Checklist, ...]:
    """The checklists of a session, then those that it does not hold, in the order of this program's."""
    ours = {checklist.id: checklist for checklist in loaded}
    theirs = {id: build(document, Place(path)) for id, document in documents.items()}
    first = tuple(theirs.get(id, checklist) for id, checklist in ours.items())
    return first + tuple(checklist for id, checklist in theirs.items() if id not in ours)
