"""Which checks a selector means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gpuready.checklist.load import load_all
from gpuready.engine.select import select
from gpuready.session.board import Board, stand
from gpuready.session.state import State
from gpuready.text.fault import Fault

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def whole() -> Board:
    return stand(load_all(), State(), NOW)


def refs(board: Board, text: str) -> list[str]:
    return [each.check.ref for each in select(board, text, "ana", NOW.date())]


@pytest.mark.parametrize(
    ("text", "count"),
    [("all", 286), ("small", 76), ("13.1", 76), ("13.1,13.4", 94), ("13.1.1.1", 5), ("13.1.1.1.a1", 1)],
)
def test_names_of_every_level(whole: Board, text: str, count: int) -> None:
    assert len(refs(whole, text)) == count


def test_each_once_and_in_the_order_of_the_checklists(whole: Board) -> None:
    assert refs(whole, " 13.1.1.2.s1 , 13.1.1.1.a1, 13.1.1.1") == [
        *refs(whole, "13.1.1.1"),
        "13.1.1.2.s1",
    ]


def test_a_filter(whole: Board) -> None:
    found = refs(whole, "swappiness")
    assert found and set(found) < set(refs(whole, "all"))
    assert len(refs(whole, "owner:none")) == 286


@pytest.mark.parametrize("text", ["13.1.1.99", "13.9", "smal", "no-such-word-anywhere", "13.1,zzzzzz"])
def test_a_slip_is_told(whole: Board, text: str) -> None:
    with pytest.raises(Fault):
        refs(whole, text)


def test_a_near_miss_is_named(whole: Board) -> None:
    with pytest.raises(Fault, match="Did you mean small"):
        refs(whole, "smal")
    with pytest.raises(Fault, match="Nothing is selected"):
        refs(whole, " , ")
    with pytest.raises(Fault, match="owner:"):
        refs(whole, "colour:red")
