"""Where everything stands: statuses are derived from checks, waivers, ages and the day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from gpuready.checklist.load import load_all
from gpuready.checklist.model import Check, Checklist, Item
from gpuready.checklist.verdict import Status, Verdict
from gpuready.session import deeds
from gpuready.session.board import Board, CheckStanding, ItemStanding, PhaseStanding, stand
from gpuready.session.dates import parse_day
from gpuready.session.query import parse_query
from gpuready.session.store import Session
from gpuready.text.fault import Fault

LISTS = load_all()
TOKYO, HONOLULU = timezone(timedelta(hours=9)), timezone(timedelta(hours=-10))


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    async with await Session.open(tmp_path / "s.gpuready", actor="ana") as session:
        yield session


def item(ref: str) -> Item:
    return next(item for each in LISTS for item in each.items() if item.ref == ref)


def check(ref: str) -> Check:
    return next(check for each in LISTS for check in each.checks() if check.ref == ref)


def board(session: Session, now: datetime | None = None, lists: tuple[Checklist, ...] = LISTS) -> Board:
    return stand(lists, session.state, now or datetime.now().astimezone())


def check_at(session: Session, ref: str, now: datetime | None = None) -> CheckStanding:
    found = board(session, now).by_ref[ref]
    assert isinstance(found, CheckStanding)
    return found


def item_at(session: Session, ref: str, now: datetime | None = None) -> ItemStanding:
    found = board(session, now).by_ref[ref]
    assert isinstance(found, ItemStanding)
    return found


async def test_nothing_known_waits_for_a_person_and_is_no_pass(session: Session) -> None:
    every = board(session).by_ref.values()
    assert {each.verdict for each in every if isinstance(each, CheckStanding)} == {Verdict.MANUAL}
    assert {each.status for each in every if isinstance(each, ItemStanding)} == {Status.OPEN}


async def test_acceptance_decides_and_a_failing_one_fails_the_item(session: Session) -> None:
    for ref in ("13.1.1.1.a1", "13.1.1.1.a2"):
        assert item_at(session, "13.1.1.1").status is Status.OPEN
        await deeds.settle(session, check(ref), Verdict.PASS)
    assert item_at(session, "13.1.1.1").status is Status.DONE
    await deeds.settle(session, check("13.1.1.1.a2"), Verdict.FAIL)
    assert item_at(session, "13.1.1.1").status is Status.FAILED


async def test_steps_decide_where_there_is_no_acceptance(session: Session) -> None:
    for ref in ("13.5.1.1.s1", "13.5.1.1.s2"):
        await deeds.settle(session, check(ref), Verdict.PASS)
    assert item_at(session, "13.5.1.1").status is Status.OPEN
    await deeds.settle(session, check("13.5.1.1.s3"), Verdict.PASS)
    assert item_at(session, "13.5.1.1").status is Status.DONE


async def test_an_override_is_shown_beside_what_the_checks_say(session: Session) -> None:
    await deeds.override(session, item("13.1.1.1"), Status.DONE, "seen by hand")
    standing = item_at(session, "13.1.1.1")
    assert (standing.status, standing.derived, standing.disagrees) == (Status.DONE, Status.OPEN, True)


async def test_trap_a_waiver_holds_to_the_end_of_its_last_day_in_the_zone_of_the_reader(
    session: Session,
) -> None:
    # A date that is read as midnight, or in another zone, lapses a day early or late.
    last = date.today() + timedelta(days=3)
    await deeds.waive(session, check("13.1.1.1.a1"), "spare part", "bo", last.isoformat(), date.today())
    for zone in (TOKYO, HONOLULU):
        evening = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=zone)
        assert check_at(session, "13.1.1.1.a1", evening).verdict is Verdict.WAIVED
        assert check_at(session, "13.1.1.1.a1", evening + timedelta(seconds=1)).verdict is Verdict.MANUAL


async def test_a_waiver_that_lapses_shows_what_it_hid(session: Session) -> None:
    await deeds.settle(session, check("13.1.1.1.a1"), Verdict.FAIL)
    await deeds.waive(session, check("13.1.1.1.a1"), "spare part", "bo", "+3d", date.today())
    assert check_at(session, "13.1.1.1.a1").verdict is Verdict.WAIVED
    later = datetime.now().astimezone() + timedelta(days=5)
    assert check_at(session, "13.1.1.1.a1", later).verdict is Verdict.FAIL


async def test_trap_an_attestation_past_its_review_is_stale_and_no_pass(session: Session) -> None:
    aging = next(c for each in LISTS for c in each.checks() if c.review_days and c.is_acceptance)
    await deeds.settle(session, aging, Verdict.PASS)
    assert check_at(session, aging.ref).verdict is Verdict.PASS
    later = datetime.now().astimezone() + timedelta(days=aging.review_days or 0, hours=1)
    standing = check_at(session, aging.ref, later)
    assert (standing.verdict, standing.settled) == (Verdict.STALE, False)
    assert item_at(session, aging.ref.rpartition(".")[0], later).status is not Status.DONE


async def test_overdue_from_the_day_after(session: Session) -> None:
    due = date(2030, 5, 17)
    await deeds.due(session, item("13.1.1.1"), due.isoformat(), date.today())
    on_the_day = datetime(2030, 5, 17, 23, 0, tzinfo=TOKYO)
    assert not item_at(session, "13.1.1.1", on_the_day).overdue
    assert item_at(session, "13.1.1.1", on_the_day + timedelta(hours=1)).overdue
    await deeds.override(session, item("13.1.1.1"), Status.DONE, "seen")
    assert not item_at(session, "13.1.1.1", on_the_day + timedelta(days=9)).overdue


async def test_a_phase_ahead_of_order_and_an_item_before_its_need(session: Session) -> None:
    await deeds.settle(session, check("13.1.2.1.s2"), Verdict.PASS)
    by_ref = board(session).by_ref
    early = [ref for ref, each in by_ref.items() if isinstance(each, PhaseStanding) and each.early]
    assert early == ["13.1.2"]
    needing = next(i for each in LISTS for i in each.items() if i.needs)
    assert item_at(session, needing.ref).unmet == needing.needs
    for need in needing.needs:
        await deeds.override(session, item(need), Status.DONE, "seen")
    assert item_at(session, needing.ref).unmet == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("owner:me", {"13.1.1.1"}),
        ("owner:ANA", {"13.1.1.1"}),
        ("owner:bo", set()),
        ("status:fail", {"13.1.1.1", "13.1.1.2"}),
        ("due:<9d", {"13.1.1.1"}),
        ("due:none fibre", set()),
        ("fibre", {"13.1.1.1"}),
        ("光纤", {"13.1.1.1"}),
        ("nvidia-smi 13.1.1.1", {"13.1.1.1"}),
    ],
)
async def test_filters(session: Session, text: str, found: set[str]) -> None:
    await deeds.own(session, item("13.1.1.1"), "ana")
    await deeds.due(session, item("13.1.1.1"), "+7d", date.today())
    await deeds.note(session, "13.1.1.1", "fibre 光纤 replaced")
    await deeds.settle(session, check("13.1.1.1.a1"), Verdict.FAIL)
    await deeds.settle(session, check("13.1.1.2.s1"), Verdict.FAIL)
    query = parse_query(text, "ana", date.today())
    small = [each for each in board(session).items() if each.item.ref.startswith("13.1.1")]
    hits = {
        standing.item.ref for standing in small for own, checks in [query.matches(standing)] if own or checks
    }
    assert hits == found


@pytest.mark.parametrize("text", ["colour:red", "status:blue", "due:<soon"])
def test_a_filter_that_means_nothing_says_what_would(text: str) -> None:
    with pytest.raises(Fault) as caught:
        parse_query(text, "ana", date.today())
    assert "owner:" in str(caught.value) or "open" in str(caught.value) or "2026-12-01" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-01", date(2026, 12, 1)),
        ("12-01", date(2026, 12, 1)),
        ("01-15", date(2027, 1, 15)),
        ("today", date(2026, 11, 24)),
        ("tomorrow", date(2026, 11, 25)),
        ("明天", date(2026, 11, 25)),
        ("fri", date(2026, 11, 27)),
        ("tue", date(2026, 12, 1)),
        ("+7d", date(2026, 12, 1)),
        ("2w", date(2026, 12, 8)),
        (" 1m ", date(2026, 12, 24)),
    ],
)
def test_days(text: str, day: date) -> None:
    assert parse_day(text, date(2026, 11, 24)) == day


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "02-30", "7", "+7y"])
def test_no_days(text: str) -> None:
    with pytest.raises(Fault):
        parse_day(text, date(2026, 11, 24))
