"""Results in the session: a mark for each target, evidence, what gives way to whom, trends."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gpuready.checklist.verdict import Provenance, Verdict
from gpuready.engine.conduct import conduct
from gpuready.engine.plan import Plan
from gpuready.engine.result import Progress, Result
from gpuready.engine.targets import add, parse_target
from gpuready.engine.trend import Point, regressed, trend
from gpuready.probes.probe import Ask, Measurement, NoData, Target
from gpuready.session import deeds
from gpuready.session.event import EventKind
from gpuready.session.state import State
from gpuready.session.store import Session
from gpuready.text.fault import Fault
from gpuready.text.say import say
from tests.engine.fakes import answering, checklist, method, plan, probe, raising, standings

REF = "1.1.1.a1"
PEERS = tuple(Target("peer", name, name) for name in ("a", "b", "c"))


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    async with await Session.open(tmp_path / "s.gpuready", actor="ana") as opened:
        yield opened


def by_target(values: dict[str, object], *targets: Target, state: State | None = None) -> Plan:
    """A plan of one check whose peers measure so; a missing one cannot be reached."""

    async def measure(ask: Ask) -> Measurement:
        if ask.target.name not in values:
            raise NoData("probes.too_slow", what=ask.target.name, seconds="1")
        return Measurement({"value": values[ask.target.name]}, "fake")  # type: ignore[dict-item]

    return plan([[method("a.b", on="peer")]], [probe("a.b", measure)], *targets, state=state)


async def test_a_mark_says_what_was_proved(session: Session) -> None:
    remark = ("probes.no_tool", {"tool": "ping"})
    await conduct(plan([[method("a.b")]], [probe("a.b", answering(remarks=(remark,)))]), session)
    mark = session.state.check(REF).mark
    assert mark is not None
    assert (mark.verdict, mark.provenance, mark.value, mark.unit) == ("pass", "measured", 1, "count")
    assert (mark.method, mark.source, mark.figure) == ("probe a.b", "fake", "= 1")
    assert mark.fields == {"value": 1} and mark.units == {"value": "count"}
    assert mark.reason.startswith("Measured: 1 (= 1).")
    assert [say(key, **fields) for key, fields in mark.said][1].startswith("ping is not installed")
    kept = await session.evidence(mark.evidence[0])
    assert kept is not None
    document = json.loads(kept[1])
    assert document["schema"] == "gpuready.evidence/1"
    assert document["exchanges"] == [{"asked": "asked", "answered": "answered"}]


async def test_one_mark_for_each_target_and_the_worst_shown(session: Session) -> None:
    await conduct(by_target({"a": 1, "b": 2}, *PEERS), session)
    known = session.state.check(REF)
    found = [(mark.target, mark.verdict) for mark in known.targets]
    assert found == [("b", "fail"), ("c", "unknown"), ("a", "pass")]
    assert known.mark == known.targets[0] and known.rivals == ()
    assert standings(checklist([[method("a.b")]]), session.state)[0].verdict is Verdict.FAIL


async def test_one_target_measured_anew_leaves_the_others_as_they_were(session: Session) -> None:
    for name in "abc":
        await add(session, parse_target(f"peer={name}"))
    await conduct(by_target({"a": 1, "b": 2}, *PEERS), session)
    await conduct(by_target({"b": 1}, PEERS[1]), session)
    found = {mark.target: str(mark.verdict) for mark in session.state.check(REF).targets}
    assert found == {"a": "pass", "b": "pass", "c": "unknown"}


async def test_targets_that_are_no_more_are_cleared(session: Session) -> None:
    await add(session, parse_target("peer=a"))
    await conduct(by_target({"a": 1, "b": 2}, *PEERS[:2]), session)
    assert session.state.check(REF).mark
    await conduct(by_target({"a": 1}, PEERS[0]), session)
    known = session.state.check(REF)
    assert [mark.target for mark in known.targets] == ["a"]
    assert known.mark and known.mark.verdict is Verdict.PASS


async def test_other_nodes_marks_of_a_local_check_stay(session: Session) -> None:
    payload = {"verdict": "fail", "provenance": "measured", "target": "node17"}
    await session.append(EventKind.MARKED, REF, payload)
    await conduct(plan([[method("a.b")]], [probe("a.b")]), session)
    assert {mark.target for mark in session.state.check(REF).targets} >= {"node17"}
    mark = session.state.check(REF).mark
    assert mark and (mark.target, mark.verdict) == ("node17", "fail")


async def test_a_persons_word_stands_over_the_targets_until_they_are_measured_anew(session: Session) -> None:
    made = checklist([[method("a.b")]])
    check = made.phases[0].items[0].checks[0]
    await conduct(by_target({"a": 2}, PEERS[0]), session)
    await deeds.settle(session, check, Verdict.PASS, text="seen")
    known = session.state.check(REF)
    assert known.mark and known.mark.provenance is Provenance.ATTESTED and known.targets == ()
    # No data does not take its place; a measurement does.
    state = session.state
    await conduct(by_target({}, PEERS[0], state=state), session)
    assert session.state.check(REF).mark == known.mark
    await conduct(by_target({"a": 2}, PEERS[0], state=state), session)
    mark = session.state.check(REF).mark
    assert mark and (mark.verdict, mark.provenance) == ("fail", "measured")
    await deeds.clear(session, check)
    assert session.state.check(REF).mark is None
    await session.undo()
    mark = session.state.check(REF).mark
    assert mark and mark.verdict is Verdict.FAIL


async def test_no_data_does_take_the_place_of_an_older_measurement(session: Session) -> None:
    await conduct(by_target({"a": 1}, PEERS[0]), session)
    await conduct(by_target({}, PEERS[0], state=session.state), session)
    mark = session.state.check(REF).mark
    assert mark and mark.verdict is Verdict.UNKNOWN


async def test_the_order_in_which_marks_arrive_does_not_matter(session: Session) -> None:
    check = checklist([[method("a.b")]]).phases[0].items[0].checks[0]
    await conduct(by_target({"a": 1, "b": 2}, *PEERS[:2]), session)
    await deeds.settle(session, check, Verdict.WARN)
    await conduct(by_target({"a": 1}, PEERS[0], state=session.state), session)
    await session.append(EventKind.CLEARED, REF, {"target": "a"})
    await conduct(by_target({"b": 1}, PEERS[1]), session)
    await session.undo()
    events = session.state.events()
    shuffled = random.Random(7)
    for _ in range(50):
        shuffled.shuffle(events)
        assert State(events) == session.state
    few = events[:4]
    assert len({repr(State(each).check(REF)) for each in itertools.permutations(few)}) == 1


async def test_rivals_of_one_target_show(tmp_path: Path) -> None:
    async with (
        await Session.open(tmp_path / "one.gpuready", actor="ana") as one,
        await Session.open(tmp_path / "two.gpuready", actor="bo") as two,
    ):
        await conduct(by_target({"a": 1}, PEERS[0]), one)
        await conduct(by_target({"a": 2}, PEERS[0]), two)
        await one.absorb(await two.events(), await two.all_evidence())
        known = one.state.check(REF)
        assert [rival.field for rival in known.rivals] == ["mark.a"]
        await conduct(by_target({"a": 1}, PEERS[0]), one)
        assert one.state.check(REF).rivals == ()


async def test_marks_of_different_nodes_are_no_rivals(tmp_path: Path) -> None:
    async with (
        await Session.open(tmp_path / "one.gpuready", actor="ana") as one,
        await Session.open(tmp_path / "two.gpuready", actor="bo") as two,
    ):
        await conduct(by_target({"a": 1}, PEERS[0]), one)
        await conduct(by_target({"b": 2}, PEERS[1]), two)
        await one.absorb(await two.events(), await two.all_evidence())
        known = one.state.check(REF)
        assert [mark.target for mark in known.targets] == ["b", "a"] and known.rivals == ()


async def test_what_came_before_a_stop_is_recorded(session: Session) -> None:
    first = asyncio.Event()

    async def tell(result: Result | None, progress: Progress) -> None:
        if result:
            first.set()

    probes = [probe("a.quick"), probe("b.slow", answering(delay=60))]
    made = plan([[method("a.quick")], [method("b.slow")]], probes)
    running = asyncio.create_task(conduct(made, session, tell=tell))
    await first.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert session.state.check(REF).mark is not None
    assert session.state.check("1.1.1.a2").mark is None


async def test_a_result_is_told_after_it_is_in_the_file(session: Session) -> None:
    seen: list[bool] = []

    async def tell(result: Result | None, progress: Progress) -> None:
        if result:
            seen.append(session.state.check(result.ref).mark is not None)

    made = plan([[method("a.b", n=n)] for n in range(5)], [probe("a.b", params={"n": 0})])
    await conduct(made, session, tell=tell)
    assert seen == [True] * 5


async def test_a_session_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    async with await Session.open(tmp_path / "s.gpuready", actor="ana"):
        pass
    async with await Session.open(tmp_path / "s.gpuready", actor="ana", read_only=True) as reading:
        probes = [probe("a.quick"), probe("b.slow", answering(delay=60))]
        with pytest.raises(Fault):
            await conduct(plan([[method("a.quick")], [method("b.slow")]], probes), reading)


async def test_blocked_and_broken_are_recorded_with_their_cause(session: Session) -> None:
    refused = raising(NoData("probes_http.refused", host="mon", port=9090, why="refused"))
    target = Target("prometheus", "mon", "http://mon:9090")
    probes = [probe(f"p.{n}", refused, on="prometheus") for n in range(2)]
    await conduct(plan([[method("p.0")], [method("p.1")]], probes, target), session)
    mark = session.state.check("1.1.1.a2").mark
    assert mark and mark.verdict is Verdict.BLOCKED
    assert [key for key, _ in mark.said] == ["engine.blocked", "probes_http.refused"]


async def test_the_trend_and_since_when_it_fails(session: Session) -> None:
    for value in (1, 1, 2, 2):
        await conduct(by_target({"a": value}, PEERS[0]), session)
    points = trend(session.state, REF, "a")
    assert [(point.value, str(point.verdict)) for point in points] == [
        (1, "pass"), (1, "pass"), (2, "fail"), (2, "fail")]  # fmt: skip
    regression = regressed(points)
    assert regression and (regression.good, regression.since) == (points[1].at, points[2].at)
    await session.undo()
    assert len(trend(session.state, REF, "a")) == 3
    assert trend(session.state, REF, "b") == ()


@pytest.mark.parametrize(
    ("words", "since"),
    [
        ("pass fail", 1),
        ("pass unknown fail unknown fail", 2),
        ("fail fail", None),
        ("pass fail pass", None),
        ("pass fail n/a", 1),
        ("warn fail", 1),
        ("", None),
        ("unknown", None),
    ],
)
def test_regressed(words: str, since: int | None) -> None:
    start = datetime(2026, 11, 24, tzinfo=UTC)
    points = [
        Point(start + timedelta(hours=n), Verdict(word), None, "", "a", "")
        for n, word in enumerate(words.split())
    ]
    found = regressed(points)
    assert (found.since if found else None) == (points[since].at if since is not None else None)
