"""Sessions for the report tests."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

from gpuready.checklist.build import Place, build
from gpuready.checklist.model import Checklist
from gpuready.report.document import Contents
from gpuready.report.gather import gather
from gpuready.session.board import Board, stand
from gpuready.session.state import State
from gpuready.session.store import Session
from tests.checklist.sample import SAMPLE

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

OWN: Checklist = build(tomllib.loads(SAMPLE), Place("own.toml", SAMPLE))
STEP, LATENCY, VERSION = OWN.checks()
FIRST, SECOND, THIRD = OWN.items()


async def begin(path: Path, actor: str = "ana") -> Session:
    """A new session that has adopted the sample checklist."""
    session = await Session.open(path, actor=actor)
    await session.adopt(OWN)
    return session


def board_of(state: State, now: datetime = NOW) -> Board:
    return stand((OWN,), state, now)


async def contents_of(session: Session) -> Contents:
    return await gather(session)
