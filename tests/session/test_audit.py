from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from gpuready.session.audit import FindingKind, verify
from gpuready.session.event import Event, EventKind
from gpuready.session.store import Session
from gpuready.text.say import LANGUAGES, language, set_language
from tests.session.histories import THREE_COPIES, events_of
from tests.session.paper import CHECK, FAIL, PASS, Paper


def _history() -> list[Event]:
    paper = Paper("p")
    for verdict in (PASS, FAIL, PASS):
        paper.write(EventKind.NOTE, CHECK, {"text": verdict["verdict"]})
    paper.mark(PASS)
    paper.mark(FAIL)
    return paper.state.events()


def _found(events: list[Event]) -> list[tuple[FindingKind, int, str]]:
    return [(each.kind, each.seq, each.detail) for each in verify(events)]


def _resealed(event: Event, **changes: object) -> Event:
    changed = replace(event, **changes)  # type: ignore[arg-type]
    return replace(changed, hash=changed.computed_hash())


@given(THREE_COPIES)
@settings(max_examples=50, deadline=None)
def test_honest_histories_have_no_findings(papers: tuple[Paper, ...]) -> None:
    assert verify(events_of(papers)) == []


def test_a_copy_of_an_event_is_no_finding() -> None:
    events = _history()
    assert _found(events + events) == []


def test_an_altered_event_is_found() -> None:
    events = _history()
    events[1] = replace(events[1], payload={"text": "all is well"})
    assert _found(events) == [(FindingKind.ALTERED, 2, "")]


def test_an_event_that_was_altered_and_sealed_again_breaks_the_chain() -> None:
    events = _history()
    events[1] = _resealed(events[1], payload={"text": "all is well"})
    assert _found(events) == [(FindingKind.LINK, 3, "")]


def test_missing_events_are_found_with_their_numbers() -> None:
    events = _history()
    assert _found(events[1:]) == [(FindingKind.GAP, 2, "1")]
    assert _found([events[0], *events[3:]]) == [(FindingKind.GAP, 4, "2-3")]


def test_a_cut_end_shows_where_another_event_names_it() -> None:
    events = _history()
    other = Paper("q")
    for event in events:
        other.state.apply(event)
    other.mark(PASS)
    assert _found(other.state.events()) == []
    cut = [event for event in other.state.events() if event.id != events[-1].id]
    assert _found(cut) == [(FindingKind.MISSING, 1, events[-1].id)]


def test_a_fork_is_found() -> None:
    events = _history()
    twin = _resealed(events[4], id="twin", payload=PASS, clock=events[4].clock[:-1] + "q")
    assert _found([*events, twin]) == [(FindingKind.FORK, 5, events[4].id)]
    after = _resealed(twin, id="after", seq=6, previous=twin.hash, over=())
    assert _found([*events, twin, after]) == [(FindingKind.FORK, 5, events[4].id)]


def test_an_event_that_nothing_could_have_sealed_is_altered() -> None:
    events = _history()
    events[0] = replace(events[0], payload={"x": "\ud800"})
    assert _found(events) == [(FindingKind.ALTERED, 1, "")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_finding_is_a_sentence(lang: str) -> None:
    before = language()
    set_language(lang)  # type: ignore[arg-type]
    try:
        events = _history()
        findings = verify([replace(events[1], actor="eve"), events[4]])
        assert {finding.kind for finding in findings} >= {FindingKind.ALTERED, FindingKind.GAP}
        for finding in findings:
            assert finding.event in str(finding)
            assert f"p #{finding.seq}" in str(finding)
    finally:
        set_language(before)


async def test_an_edit_with_sql_is_found(tmp_path: Path) -> None:
    path = tmp_path / "site.gpuready"
    async with await Session.open(path, actor="ana") as session:
        await session.append(EventKind.MARKED, CHECK, FAIL)
        await session.append(EventKind.MARKED, CHECK, FAIL)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER events_no_update")
        connection.execute("UPDATE events SET payload = replace(payload, 'fail', 'pass') WHERE seq = 2")
    async with await Session.open(path, actor="bo") as session:
        assert [(each.kind, each.seq) for each in verify(await session.events())] == [
            (FindingKind.ALTERED, 2)
        ]
