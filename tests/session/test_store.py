from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gpuready.checklist.build import Place, build
from gpuready.checklist.verdict import Verdict
from gpuready.session import door
from gpuready.session.audit import verify
from gpuready.session.event import EventKind
from gpuready.session.evidence import DATA_LIMIT, FILE_LIMIT
from gpuready.session.store import Session
from gpuready.text.fault import Fault
from tests.session.paper import CHECK, FAIL, ITEM, PASS, names


def _verdict(session: Session) -> Verdict | None:
    mark = session.state.check(CHECK).mark
    return mark.verdict if mark else None


async def test_what_was_appended_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    async with await Session.open(path, actor="ana") as session:
        first = await session.append(EventKind.MARKED, CHECK, PASS | {"value": 1.5, "evidence": ("a", "b")})
        second = await session.append(EventKind.OWNER, ITEM, {"owner": "bo"})
        state, name, replica = session.state, session.id, session.replica
        assert before <= first.at <= datetime.now(UTC)
        assert (first.seq, first.previous, first.replica) == (1, "", replica)
        assert (second.seq, second.previous) == (2, first.hash)
    assert names(tmp_path) == ["site.gpuready"]
    async with await Session.open(path, actor="bo", create=False) as session:
        assert (session.state, session.id, session.replica) == (state, name, replica)
        assert await session.events() == [first, second]
        assert verify(await session.events()) == []
        third = await session.append(EventKind.MARKED, CHECK, FAIL)
        assert (third.seq, third.over, third.actor) == (3, (first.id,), "bo")


async def test_undo_and_redo_are_events_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as session:
        assert await session.undo() is None
        await session.append(EventKind.MARKED, CHECK, FAIL)
        await session.append(EventKind.MARKED, CHECK, PASS)
        undo = await session.undo()
        assert undo is not None
        assert (undo.kind, undo.subject) == ("undo", CHECK)
        assert _verdict(session) is Verdict.FAIL
    async with await Session.open(path, actor="ana") as session:  # it can be redone on another day
        assert _verdict(session) is Verdict.FAIL
        assert await session.redo() is not None
        assert _verdict(session) is Verdict.PASS
        assert await session.redo() is None
    async with await Session.open(path, actor="bo") as session:
        assert await session.undo() is None  # nothing of his


async def test_two_sessions_in_one_program_see_each_other(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as ana, await Session.open(path, actor="bo") as bo:
        await ana.append(EventKind.MARKED, CHECK, PASS)
        await ana.append(EventKind.NOTE, ITEM, {"text": "hello"})
        assert await bo.poll() == {CHECK, ITEM}
        assert await bo.poll() == frozenset()
        await bo.append(EventKind.MARKED, CHECK, FAIL)
        await ana.append(EventKind.NOTE, ITEM, {"text": "between"})
        assert await ana.poll() == {CHECK}
        assert await bo.poll() == {ITEM}
        assert ana.state == bo.state
        assert ana.state.check(CHECK).rivals == ()


async def test_marks_of_two_who_had_not_polled_are_rivals(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as ana, await Session.open(path, actor="bo") as bo:
        await ana.append(EventKind.MARKED, CHECK, PASS)
        await bo.append(EventKind.MARKED, CHECK, FAIL)
        await ana.poll()
        await bo.poll()
        assert _verdict(ana) is Verdict.FAIL
        assert [rival.by for rival in ana.state.check(CHECK).rivals] == ["ana"]
        await ana.append(EventKind.MARKED, CHECK, PASS)
        await bo.poll()
        assert bo.state.check(CHECK).rivals == ()


async def test_many_appends_at_once_keep_their_order(tmp_path: Path) -> None:
    async with await Session.open(tmp_path / "a", actor="ana") as session:
        events = await asyncio.gather(
            *(session.append(EventKind.NOTE, CHECK, {"text": str(n)}) for n in range(30))
        )
        assert [event.seq for event in events] == list(range(1, 31))
        assert verify(await session.events()) == []


async def test_a_cancelled_append_is_in_file_and_state_or_in_neither(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as session:
        for turns in range(12):
            task = asyncio.create_task(session.append(EventKind.NOTE, CHECK, {"text": str(turns)}))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await session.append(EventKind.MARKED, CHECK, PASS)
        known = await session.events()
    async with await Session.open(path, actor="bo") as session:
        assert await session.events() == known


async def test_what_does_not_fit_its_kind_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    async with await Session.open(tmp_path / "a", actor="ana") as session:
        for kind, payload in [
            (EventKind.DUE, {"due": "soon"}),
            (EventKind.OWNER, {}),
            (EventKind.OVERRIDE, {"status": "great"}),
            (EventKind.WAIVER, {"until": "2026-12-01"}),
        ]:
            with pytest.raises(ValueError, match=str(kind)):
                await session.append(kind, ITEM, payload)
        with pytest.raises(Fault, match="too long"):
            await session.append(EventKind.NOTE, ITEM, {"text": "x" * 70_000})
        assert await session.events() == []
        assert (await session.append(EventKind.OWNER, ITEM, {"owner": "ana"})).seq == 1


async def test_kinds_of_later_versions_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as session:
        event = await session.append("rack.moved", ITEM, {"to": ["r7", {"u": 3}]})
    async with await Session.open(path, actor="ana") as session:
        assert session.state.history(ITEM) == (event,)


async def test_a_copied_file_is_another_replica_of_the_same_session(tmp_path: Path) -> None:
    path, copy = tmp_path / "site.gpuready", tmp_path / "copy.gpuready"
    async with await Session.open(path, actor="ana") as session:
        await session.append(EventKind.MARKED, CHECK, PASS)
    shutil.copyfile(path, copy)
    async with await Session.open(path, actor="ana") as one, await Session.open(copy, actor="ana") as other:
        assert one.id == other.id
        assert one.replica != other.replica
        await one.append(EventKind.OWNER, ITEM, {"owner": "ana"})
        await other.append(EventKind.OWNER, ITEM, {"owner": "bo"})
        assert await one.absorb(await other.events()) == 1
        assert verify(await one.events()) == []
        assert len(one.state.item(ITEM).rivals) == 1


async def test_a_clock_days_ahead_does_not_pull_the_others_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "site.gpuready"
    year = 365 * 24 * 3600 * 10**9
    now = time.time_ns
    async with await Session.open(path, actor="ana") as session:
        monkeypatch.setattr(time, "time_ns", lambda: now() + year)
        ahead = await session.append(EventKind.MARKED, CHECK, PASS)
        monkeypatch.undo()
        note = await session.append(EventKind.NOTE, ITEM, {"text": "today"})
        assert note.at < ahead.at - timedelta(days=300)
        over = await session.append(EventKind.MARKED, CHECK, FAIL)
        assert over.clock > ahead.clock  # but what replaces it is later than it
        assert _verdict(session) is Verdict.FAIL
        await session.undo(CHECK)
        assert _verdict(session) is Verdict.PASS
        assert verify(await session.events()) == []


async def test_a_clock_set_back_keeps_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns
    async with await Session.open(tmp_path / "a", actor="ana") as session:
        first = await session.append(EventKind.MARKED, CHECK, PASS)
        monkeypatch.setattr(time, "time_ns", lambda: now() - 3600 * 10**9)
        second = await session.append(EventKind.NOTE, CHECK, {"text": "x"})
        assert second.clock > first.clock


DOCUMENT = {
    "schema": 1, "id": "own", "ref": "9", "en": "Own", "zh": "自有", "scope": {"en": "x", "zh": "x"},
    "phase": [{"ref": "9.1", "en": "P", "zh": "P", "item": [{
        "ref": "9.1.1", "en": "I", "zh": "I", "check": [{
            "ref": "9.1.1.a1", "en": "C", "zh": "C",
            **{name: {"en": "x", "zh": "x"} for name in ("why", "how", "fix")},
            "method": [{"attest": {"en": "x", "zh": "x"}}],
        }]}]}],
}  # fmt: skip


async def test_a_checklist_is_adopted_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    own, changed = (build(document, Place("own")) for document in (DOCUMENT, DOCUMENT | {"en": "New"}))
    async with await Session.open(path, actor="ana") as session:
        await session.adopt(own)
        await session.adopt(own)
        assert await session.documents() == {"own": DOCUMENT}
        assert len(await session.events()) == 1
        await session.adopt(changed)
        await session.adopt(own)
        assert len(await session.events()) == 3
        assert len(await session.all_documents()) == 2
        assert await session.undo() is None  # what is in force is not taken back by a slip of u
    async with await Session.open(path, actor="ana", read_only=True) as session:
        documents = await session.documents()
        assert build(documents["own"], Place("session")) == own


async def test_evidence_is_kept_once_by_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    data = b"GPU 0: healthy\n" * 1000
    async with await Session.open(path, actor="ana") as session:
        sha = await session.attach(data, "smi.txt")
        assert await session.attach(data, "other name") == sha
        assert await session.evidence(sha) == ("smi.txt", data)
        assert await session.evidence("0" * 64) is None
        assert [piece.size for piece in await session.all_evidence()] == [len(data)]
        with pytest.raises(Fault, match="too much"):
            await session.attach(bytes(DATA_LIMIT + 1), "core")
    assert path.stat().st_size < 70_000  # compressed


async def test_of_a_large_file_only_hash_name_and_size_are_kept(tmp_path: Path) -> None:
    small, large = tmp_path / "small.log", tmp_path / "large.log"
    small.write_bytes(bytes(FILE_LIMIT))
    large.write_bytes(bytes(FILE_LIMIT + 1))
    async with await Session.open(tmp_path / "a", actor="ana") as session:
        assert await session.evidence(await session.attach_file(small)) == ("small.log", bytes(FILE_LIMIT))
        sha = await session.attach_file(large)
        assert await session.evidence(sha) is None
        found = await session.evidence_of(sha)
        assert found is not None
        assert (found.name, found.size, found.data) == ("large.log", FILE_LIMIT + 1, None)
        await session.attach(large.read_bytes(), "large.log")  # the contents can come later
        assert await session.evidence(sha) == ("large.log", bytes(FILE_LIMIT + 1))


async def test_what_cannot_be_attached_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    async with await Session.open(tmp_path / "a", actor="ana") as session:
        for name, key in [
            ("missing", "evidence_unreadable"),
            ("pipe", "evidence_not_file"),
            ("", "evidence_not_file"),
            ("nul\0byte", "evidence_unreadable"),
        ]:
            with pytest.raises(Fault) as caught:
                await session.attach_file(tmp_path / name)
            assert caught.value.key == f"session.{key}"
        assert await session.all_evidence() == []


async def test_altered_evidence_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as session:
        sha = await session.attach(b"pass", "smi.txt")
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE evidence SET data = x'00'")
        with pytest.raises(Fault, match=r"smi\.txt"):
            await session.evidence(sha)


async def test_a_closed_session_says_so(tmp_path: Path) -> None:
    session = await Session.open(tmp_path / "a", actor="ana")
    await session.close()
    await session.close()
    with pytest.raises(Fault, match="closed"):
        await session.append(EventKind.MARKED, CHECK, PASS)
    with pytest.raises(Fault, match="closed"):
        await session.poll()


async def test_closing_waits_for_what_is_under_way(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    session = await Session.open(path, actor="ana")
    task = asyncio.create_task(session.append(EventKind.MARKED, CHECK, PASS))
    await asyncio.sleep(0)
    await asyncio.gather(session.close(), task)
    async with await Session.open(path, actor="bo") as again:
        assert _verdict(again) is Verdict.PASS


@pytest.mark.parametrize("journal", ["wal", "delete"])
async def test_a_file_that_was_removed_or_replaced_takes_no_more_marks(
    tmp_path: Path, journal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "journal_for", lambda real: journal)
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as session:
        assert session.journal == journal
        await session.append(EventKind.MARKED, CHECK, PASS)
        path.rename(tmp_path / "elsewhere")
        with pytest.raises(Fault) as caught:
            await session.append(EventKind.MARKED, CHECK, FAIL)
        assert caught.value.key == "session.moved"
        assert _verdict(session) is Verdict.PASS


async def test_the_journal_follows_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "site.gpuready"
    for journal in ("wal", "delete", "wal"):
        monkeypatch.setattr(door, "journal_for", lambda real, journal=journal: journal)
        async with await Session.open(path, actor="ana") as session:
            assert session.journal == journal
            await session.append(EventKind.NOTE, CHECK, {"text": journal})
    async with await Session.open(path, actor="ana", read_only=True) as session:
        assert len(session.state) == 3
        assert session.journal == "wal"


async def test_only_the_default_place_gets_its_folders_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "site.gpuready"
    with pytest.raises(Fault, match="does not exist"):
        await Session.open(path, actor="ana")
    assert names(tmp_path) == []
    async with await Session.open(path, actor="ana", make_parents=True):
        assert path.exists()


async def test_odd_names_of_files_and_people_do_no_harm(tmp_path: Path) -> None:
    for name in ("a b?#%&.db", "会话", "-wal", "caf\udce9", "x" * 200):
        async with await Session.open(tmp_path / name, actor="an\udce9") as session:
            event = await session.append(EventKind.NOTE, CHECK, {"text": "\udce9"})
            assert event.actor == "an?"
        async with await Session.open(tmp_path / name, actor="bo", read_only=True) as session:
            assert len(session.state) == 1
    assert len(names(tmp_path)) == 5


async def test_opening_is_quick_with_300_events(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as session:
        for number in range(300):
            await session.append(EventKind.MARKED, f"13.1.{number % 60}.a1", PASS | {"value": number})
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        session = await Session.open(path, actor="ana")
        took.append(time.perf_counter() - begun)
        await session.close()
    assert min(took) < 0.02
