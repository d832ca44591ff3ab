"""Several programs on one file, real ones."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.session import door
from gpuready.session.audit import verify
from gpuready.session.event import EventKind
from gpuready.session.place import Journal
from gpuready.session.store import Session
from gpuready.text.fault import Fault
from tests.session.paper import CHECK, PASS
from tests.session.program import changes

ROOT = Path(__file__).parents[2]
Program = subprocess.Popen[str]


class Programs:
    """Starts programs, and ends those that a failed test left behind."""

    def __init__(self) -> None:
        self.running: list[Program] = []

    def start(self, deed: str, path: Path, *rest: str) -> Program:
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.session.program", deed, str(path), *rest],
            cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.running.append(program)
        return program


@pytest.fixture
def programs() -> Iterator[Programs]:
    started = Programs()
    yield started
    for program in started.running:
        program.kill()
        program.communicate()


def _line(program: Program) -> str:
    assert program.stdout
    return program.stdout.readline().strip()


def _tell(program: Program, text: str) -> None:
    assert program.stdin
    program.stdin.write(text + "\n")
    program.stdin.flush()


@pytest.fixture(params=["wal", "delete"])
def journal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Journal:
    kind: Journal = request.param
    monkeypatch.setattr(door, "journal_for", lambda real: kind)
    return kind


async def test_two_programs_append_at_once_and_nothing_is_lost(
    tmp_path: Path, programs: Programs, journal: Journal
) -> None:
    path = tmp_path / "site.gpuready"  # both create it, too
    both = [programs.start("append", path, actor, "200", journal) for actor in ("ana", "bo")]
    for program in both:
        assert _line(program) == f"ready {journal}"
    for program in both:
        _tell(program, "go")
    told = []
    for program in both:
        out, err = await asyncio.to_thread(program.communicate)
        assert (program.returncode, err) == (0, "")
        told += out.split()
    async with await Session.open(path, actor="cy") as session:
        events = await session.events()
        assert session.journal == journal
    assert {event.id for event in events} == set(told)
    assert len(told) == 400
    assert verify(events) == []  # one machine, one file: one chain
    assert [event.seq for event in sorted(events, key=lambda event: event.seq)] == list(range(1, 401))
    assert [event.seq for event in events] == list(range(1, 401))  # the clock tells the same order


async def test_two_programs_see_each_others_marks_within_a_second(tmp_path: Path, programs: Programs) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as session:
        watcher = programs.start("watch", path)
        assert await asyncio.to_thread(_line, watcher) == "ready wal"
        await session.append(EventKind.MARKED, CHECK, PASS)
        written = time.monotonic()
        seen, verdict = (await asyncio.to_thread(_line, watcher)).split()
        assert verdict == "pass"
        assert float(seen) - written < 1
        answered = float(await asyncio.to_thread(_line, watcher))
        changed = await changes(session)
        assert time.monotonic() - answered < 1
        assert changed == {CHECK}
        mark = session.state.check(CHECK).mark
        assert mark is not None
        assert (mark.verdict, mark.by) == (Verdict.FAIL, "watcher")
        assert session.state.check(CHECK).rivals == ()  # each had seen the other's
        assert await session.poll() == frozenset()


async def test_what_was_acknowledged_outlives_sigkill(
    tmp_path: Path, programs: Programs, journal: Journal
) -> None:
    path = tmp_path / "site.gpuready"
    for _ in range(4):  # killed at four different moments of its writing
        program = programs.start("append", path, "ana", "100000", journal)
        _line(program)
        _tell(program, "go")
        told = [_line(program) for _ in range(20)]
        program.kill()
        out, _ = program.communicate()
        whole = out.rpartition("\n")[0].split()
        async with await Session.open(path, actor="bo") as session:
            assert {*told, *whole} <= {event.id for event in await session.events()}
            assert verify(await session.events()) == []


async def test_a_lock_that_is_never_let_go_is_told_with_its_program(
    tmp_path: Path, programs: Programs
) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana", patience=0.6) as session:
        holder = programs.start("hold", path)
        assert _line(holder) == "held"
        begun = time.monotonic()
        with pytest.raises(Fault) as caught:
            await session.append(EventKind.MARKED, CHECK, PASS)
        assert 0.6 <= time.monotonic() - begun < 5
        assert caught.value.key == "session.locked"
        assert f"pid {holder.pid}" in str(caught.value)
        assert "tests.session.program hold" in str(caught.value)
        assert session.state.check(CHECK).mark is None
        await session.poll()  # to read needs no lock
        holder.communicate("")  # and once it has ended, all is well
        await session.append(EventKind.MARKED, CHECK, PASS)


async def test_a_lock_that_is_let_go_in_time_is_waited_for(tmp_path: Path, programs: Programs) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as session:
        holder = programs.start("hold", path)
        assert _line(holder) == "held"
        waiting = asyncio.create_task(session.append(EventKind.MARKED, CHECK, PASS))
        done, _ = await asyncio.wait([waiting], timeout=0.4)
        assert not done
        holder.communicate("")
        assert (await waiting).seq == 1


def test_a_program_that_fails_without_closing_ends_all_the_same(tmp_path: Path, programs: Programs) -> None:
    program = programs.start("linger", tmp_path / "site.gpuready")
    program.communicate(timeout=20)
    assert program.returncode == 7
