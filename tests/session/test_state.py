from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from gpuready.checklist.verdict import Provenance, Status, Verdict
from gpuready.session.event import EventKind, seal
from gpuready.session.facts import CheckState, ItemState
from gpuready.session.state import State
from tests.session.histories import THREE_COPIES, events_of
from tests.session.paper import CHECK, FAIL, ITEM, PASS, Paper


def _verdict(state: State, ref: str = CHECK) -> Verdict | None:
    mark = state.check(ref).mark
    return mark.verdict if mark else None


@given(THREE_COPIES, st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_in_which_events_arrive_does_not_matter(papers: tuple[Paper, ...], random: object) -> None:
    events = events_of(papers)
    straight = State(events)
    random.shuffle(events)  # type: ignore[attr-defined]
    shuffled = State()
    for event in events:
        shuffled.apply(event)
        shuffled.check(CHECK)  # what was folded on the way must not stick
        shuffled.item(ITEM)
    assert shuffled == straight
    for subject in straight.subjects():
        assert shuffled.check(subject) == straight.check(subject)
        assert shuffled.item(subject) == straight.item(subject)
    assert shuffled.settings == straight.settings


@given(THREE_COPIES)
@settings(max_examples=100, deadline=None)
def test_a_union_of_copies_is_idempotent_commutative_and_associative(papers: tuple[Paper, ...]) -> None:
    a, b, c = (paper.state for paper in papers)

    def union(*states: State) -> State:
        return State(event for state in states for event in state.events())

    assert union(a, a) == a
    assert union(a, b) == union(b, a)
    assert union(union(a, b), c) == union(a, union(b, c))


@given(THREE_COPIES)
@settings(max_examples=100, deadline=None)
def test_a_new_write_settles_every_rival_of_its_field(papers: tuple[Paper, ...]) -> None:
    first = papers[0]
    for other in papers[1:]:
        first.learn(other)
    first.mark(PASS)
    first.write(EventKind.OWNER, ITEM, {"owner": "cy"})
    assert not [rival for rival in first.state.check(CHECK).rivals if rival.field == "mark"]
    assert not [rival for rival in first.state.item(ITEM).rivals if rival.field == "owner"]
    assert _verdict(first.state) is Verdict.PASS
    assert first.state.item(ITEM).owner == "cy"


def test_of_what_nothing_is_known_the_facts_are_empty() -> None:
    state = State()
    assert (state.name, state.settings, state.history(CHECK)) == ("", {}, ())
    assert (state.check(CHECK), state.item(ITEM)) == (CheckState(), ItemState())


def test_each_kind_sets_its_field() -> None:
    paper = Paper("a", "ana")
    paper.write(EventKind.NAMED, "", {"name": "Turin"})
    paper.write(EventKind.SETTING, "", {"key": "zone", "value": "UTC"})
    marked = paper.mark(
        {"verdict": "fail", "provenance": "measured", "value": 2.5, "unit": "ms", "evidence": ["ab"],
         "reason": "slow", "method": "probe:network.rtt", "source": "ping", "target": "peer1"}
    )  # fmt: skip
    paper.write(EventKind.WAIVER, CHECK, {"reason": "cable", "approver": "bo", "until": "2026-12-01"})
    paper.write(EventKind.OWNER, ITEM, {"owner": "cy"})
    paper.write(EventKind.DUE, ITEM, {"due": date(2026, 12, 24)})
    paper.write(EventKind.OVERRIDE, ITEM, {"status": Status.DONE, "reason": "agreed"})
    paper.write(EventKind.NOTE, ITEM, {"text": "first"})
    paper.write(EventKind.NOTE, ITEM, {"text": "second"})
    state = paper.state
    assert (state.name, dict(state.settings)) == ("Turin", {"zone": "UTC"})
    check, item = state.check(CHECK), state.item(ITEM)
    assert check.mark is not None
    assert (check.mark.verdict, check.mark.provenance) == (Verdict.FAIL, Provenance.MEASURED)
    assert (check.mark.value, check.mark.unit, check.mark.evidence) == (2.5, "ms", ("ab",))
    assert (check.mark.by, check.mark.event, check.mark.at) == ("ana", marked.id, marked.at)
    assert (check.mark.method, check.mark.source, check.mark.target) == ("probe:network.rtt", "ping", "peer1")
    assert check.waiver is not None
    assert (check.waiver.until, check.waiver.approver) == (date(2026, 12, 1), "bo")
    assert (item.owner, item.due) == ("cy", date(2026, 12, 24))
    assert item.override is not None
    assert item.override.status is Status.DONE
    assert [note.text for note in item.notes] == ["first", "second"]

    paper.write(EventKind.CLEARED, CHECK, {})
    paper.write(EventKind.WAIVER_ENDED, CHECK, {})
    paper.write(EventKind.OWNER, ITEM, {"owner": None})
    paper.write(EventKind.DUE, ITEM, {"due": None})
    paper.write(EventKind.OVERRIDE, ITEM, {"status": None, "reason": ""})
    assert state.check(CHECK) == CheckState()
    assert (state.item(ITEM).owner, state.item(ITEM).due, state.item(ITEM).override) == (None, None, None)
    assert len(state.history(ITEM)) == 8


def test_apply_tells_the_subjects_that_changed_and_takes_each_event_once() -> None:
    paper = Paper("a")
    event = paper.mark()
    undo = paper.undo()
    assert undo is not None
    state = State()
    assert state.apply(undo) == {CHECK}
    assert state.apply(event) == {CHECK}
    assert state.apply(event) == frozenset()
    assert state.check(CHECK).mark is None


def test_a_verdict_of_a_later_version_is_unknown_and_hides_the_pass_before_it() -> None:
    paper = Paper("a")
    paper.mark(PASS)
    paper.mark({"verdict": "quarantined", "provenance": "oracle", "evidence": 5, "link": 7})
    assert _verdict(paper.state) is Verdict.UNKNOWN


def test_kinds_and_payloads_that_cannot_be_read_change_nothing_but_stay_in_the_history() -> None:
    paper = Paper("a")
    paper.write(EventKind.OWNER, ITEM, {"owner": "ana"})
    for payload in ({}, {"owner": 5}, {"owner": ["x"]}):
        event = seal(
            replica="b", seq=1, clock="01f000000000:0000:b", actor="", host="",
            kind=EventKind.OWNER, subject=ITEM, payload=payload,
        )  # fmt: skip
        paper.state.apply(event)
    paper.write("rack.moved", ITEM, {"to": 7})
    assert paper.state.item(ITEM).owner == "ana"
    assert len(paper.state.history(ITEM)) == 5


def test_undo_brings_back_what_was_replaced_and_redo_the_undone() -> None:
    paper = Paper("a")
    paper.mark(FAIL)
    paper.mark(PASS)
    paper.undo()
    assert _verdict(paper.state) is Verdict.FAIL
    paper.undo()
    assert _verdict(paper.state) is None
    assert paper.undo() is None
    paper.redo()
    assert _verdict(paper.state) is Verdict.FAIL
    paper.redo()
    assert _verdict(paper.state) is Verdict.PASS
    assert paper.redo() is None
    paper.undo()
    assert _verdict(paper.state) is Verdict.FAIL
    assert paper.state.check(CHECK).rivals == ()


def test_to_undo_a_write_in_the_middle_does_not_bring_back_what_a_later_one_replaced() -> None:
    paper = Paper("a")
    paper.mark(FAIL)
    middle = paper.mark(PASS)
    paper.mark(PASS | {"text": "again"})
    paper.write(EventKind.UNDO, CHECK, {"event": middle.id})
    assert _verdict(paper.state) is Verdict.PASS
    assert paper.state.check(CHECK).rivals == ()


def test_undo_passes_over_what_somebody_else_has_replaced_and_other_actors() -> None:
    ana, bo = Paper("a", "ana"), Paper("b", "bo")
    ana.write(EventKind.OWNER, ITEM, {"owner": "ana"})
    ana.mark(PASS)
    bo.learn(ana)
    bo.mark(FAIL)
    ana.learn(bo)
    ana.undo()
    assert _verdict(ana.state) is Verdict.FAIL
    assert ana.state.item(ITEM).owner is None


def test_undo_of_one_subject_leaves_the_others() -> None:
    paper = Paper("a")
    paper.mark(PASS)
    paper.write(EventKind.NOTE, ITEM, {"text": "later"})
    paper.undo(CHECK)
    assert _verdict(paper.state) is None
    assert len(paper.state.item(ITEM).notes) == 1
    assert paper.undo("none.such") is None


def test_a_field_written_after_an_undo_is_not_redone_into_a_rival() -> None:
    paper = Paper("a")
    paper.mark(PASS)
    paper.undo()
    paper.mark(FAIL)
    assert paper.redo() is None
    assert _verdict(paper.state) is Verdict.FAIL


def test_notes_can_be_undone_and_redone() -> None:
    paper = Paper("a")
    paper.write(EventKind.NOTE, CHECK, {"text": "oops"})
    paper.undo()
    assert paper.state.check(CHECK).notes == ()
    paper.redo()
    assert [note.text for note in paper.state.check(CHECK).notes] == ["oops"]


def test_writers_who_had_not_seen_each_other_are_rivals_until_somebody_settles_it() -> None:
    ana, bo = Paper("a", "ana"), Paper("b", "bo")
    ana.mark(PASS | {"value": 3, "unit": "ms"})
    bo.mark(FAIL | {"value": 9, "unit": "ms"})
    ana.learn(bo)
    check = ana.state.check(CHECK)
    assert check.mark is not None
    shown, hidden = check.mark, check.rivals[0]
    assert {shown.by, hidden.by} == {"ana", "bo"}
    assert hidden.value == ("pass 3 ms" if hidden.by == "ana" else "fail 9 ms")
    assert hidden.field == "mark"
    ana.mark(PASS)
    assert ana.state.check(CHECK).rivals == ()
    bo.learn(ana)
    assert bo.state == ana.state


def test_two_who_say_the_same_are_no_rivals() -> None:
    ana, bo = Paper("a"), Paper("b")
    ana.write(EventKind.OWNER, ITEM, {"owner": "cy"})
    bo.write(EventKind.OWNER, ITEM, {"owner": "cy"})
    ana.learn(bo)
    assert ana.state.item(ITEM).rivals == ()


def test_rivals_of_settings_belong_to_the_session() -> None:
    ana, bo = Paper("a"), Paper("b")
    ana.write(EventKind.SETTING, "", {"key": "zone", "value": "UTC"})
    bo.write(EventKind.SETTING, "", {"key": "zone", "value": "CET"})
    ana.write(EventKind.SETTING, "", {"key": "rack", "value": "r1"})
    ana.learn(bo)
    assert [rival.field for rival in ana.state.rivals] == ["setting.zone"]
    assert ana.state.settings["rack"] == "r1"


def test_forged_undos_that_name_each_other_end() -> None:
    paper = Paper("a")
    event = paper.mark()

    def forged(name: str, clock: str, named: str) -> None:
        raw = event.to_plain() | {"id": name, "clock": clock, "kind": "undo", "payload": {"event": named}}
        paper.state.apply(type(event).from_plain(raw))

    forged("x", "01f000000000:0000:b", "y")
    forged("y", "01f000000000:0001:b", "x")
    forged("z", "01f000000000:0002:b", "z")
    assert _verdict(paper.state) is Verdict.PASS


def test_a_long_chain_of_undos_is_followed_to_its_end() -> None:
    paper = Paper("a")
    last = paper.mark()
    for _ in range(3001):
        raw = last.to_plain()
        count = int(raw["clock"][13:17], 16) + 1
        clock = f"{raw['clock'][:12]}:{count:04x}:a"
        last = type(last).from_plain(
            raw | {"id": f"u{count}", "clock": clock, "kind": "undo", "payload": {"event": last.id}}
        )
        paper.state.apply(last)
    assert _verdict(paper.state) is None  # an odd number of undos
