from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from gpuready.checklist.verdict import Verdict
from gpuready.session.audit import verify
from gpuready.session.canonical import digest
from gpuready.session.event import EventKind
from gpuready.session.evidence import Evidence
from gpuready.session.store import Session
from gpuready.text.fault import Fault
from tests.session.histories import THREE_COPIES
from tests.session.paper import CHECK, FAIL, PASS, Paper
from tests.session.test_store import DOCUMENT


async def _merge(one: Session, other: Session) -> int:
    return await one.absorb(await other.events(), await other.all_evidence(), await other.all_documents())


@given(THREE_COPIES)
@settings(max_examples=12, deadline=None)
def test_files_merge_idempotently_and_in_any_order(papers: tuple[Paper, ...]) -> None:
    async def play(folder: Path) -> None:
        async with (
            await Session.open(folder / "one", actor="x") as one,
            await Session.open(folder / "two", actor="x") as two,
        ):
            events = [paper.state.events() for paper in papers]
            union = {event.id for each in events for event in each}
            first = [await one.absorb(each) for each in events]
            second = [await two.absorb(each) for each in reversed(events)]
            assert sum(first) == sum(second) == len(union)
            assert one.state == two.state
            assert await one.absorb(event for each in events for event in each) == 0
            assert await _merge(one, two) == 0
            assert verify(await one.events()) == []

        async with await Session.open(folder / "one", actor="x") as again:
            assert again.state == two.state

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder)))


async def test_rivals_appear_after_a_merge_and_vanish_after_a_new_write(tmp_path: Path) -> None:
    async with (
        await Session.open(tmp_path / "ana", actor="ana") as ana,
        await Session.open(tmp_path / "bo", actor="bo") as bo,
    ):
        await ana.append(EventKind.MARKED, CHECK, PASS)
        await bo.append(EventKind.MARKED, CHECK, FAIL)
        assert await _merge(ana, bo) == 1
        assert await _merge(bo, ana) == 1
        assert ana.state == bo.state
        check = bo.state.check(CHECK)
        assert check.mark is not None
        assert (check.mark.verdict, [(r.by, r.value) for r in check.rivals]) == (
            Verdict.FAIL,
            [("ana", "pass")],
        )

        await ana.append(EventKind.MARKED, CHECK, PASS)
        assert ana.state.check(CHECK).rivals == ()
        await _merge(bo, ana)
        assert bo.state.check(CHECK) == ana.state.check(CHECK)
        assert verify(await bo.events()) == []


async def test_evidence_and_documents_come_along(tmp_path: Path) -> None:
    large = tmp_path / "large.log"
    large.write_bytes(bytes(2_000_000))
    async with (
        await Session.open(tmp_path / "ana", actor="ana") as ana,
        await Session.open(tmp_path / "bo", actor="bo") as bo,
    ):
        sha = await bo.attach(b"smi", "smi.txt")
        by_hash = await bo.attach_file(large)
        await ana.absorb([], await bo.all_evidence(), [DOCUMENT])
        assert await ana.evidence(sha) == ("smi.txt", b"smi")
        assert await ana.evidence(by_hash) is None
        assert await ana.all_evidence() == await bo.all_evidence()
        assert await ana.all_documents() == [DOCUMENT]
        assert await ana.documents() == {}  # nothing has adopted it


async def test_what_was_altered_is_refused_whole(tmp_path: Path) -> None:
    paper = Paper("p")
    good, other = paper.mark(PASS), paper.mark(FAIL)
    variant = replace(good, actor="eve", hash="")
    variant = replace(variant, hash=variant.computed_hash())  # well sealed, but of an id that is taken
    async with await Session.open(tmp_path / "a", actor="ana") as session:
        for events in (
            [good, replace(other, actor="eve")],
            [good, variant],
            [replace(good, payload={"x": "\ud800"})],
        ):
            with pytest.raises(Fault) as caught:
                await session.absorb(events)
            assert caught.value.key == "session.tampered"
        with pytest.raises(Fault, match="smi"):
            await session.absorb([good], [Evidence(digest(b"x"), "smi", 1, b"y")])
        assert await session.events() == []
        assert await session.absorb([good]) == 1
        with pytest.raises(Fault) as caught:
            await session.absorb([other, variant])
        assert caught.value.key == "session.tampered"
        assert await session.events() == [good]


async def test_what_is_written_after_a_merge_is_later_than_what_came_in(tmp_path: Path) -> None:
    paper = Paper("p", ms=1_000)
    paper.mark(PASS)
    async with await Session.open(tmp_path / "a", actor="ana") as session:
        await session.absorb(paper.state.events())
        event = await session.append(EventKind.MARKED, CHECK, FAIL)
        assert event.over == (paper.state.history(CHECK)[0].id,)
        assert event.seq == 1
        assert (await session.events())[-1] == event
        assert await session.undo() is not None
        assert session.state.check(CHECK).mark == paper.state.check(CHECK).mark
