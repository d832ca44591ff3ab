"""The forecast as arithmetic: what it must get right, and what it must not claim."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuready.prometheus.read.forecast import LEAST_DAYS, back_test, fit, reaches

positive = st.floats(1, 1e9)


@given(positive, st.floats(-0.005, 0.05), st.lists(st.floats(0.2, 3), min_size=7, max_size=7))
def test_a_trend_with_a_week_is_foretold(level: float, growth: float, week: list[float]) -> None:
    values = {day: level * (1 + growth * day) * week[day % 7] for day in range(84)}
    score = back_test(values, 83, 28)
    assert score is not None and score.compared == 28 and score.history == 56
    assert score.accuracy > 0.9 and abs(score.bias) < 0.1


@given(positive)
def test_what_never_changes_is_foretold_exactly(level: float) -> None:
    score = back_test(dict.fromkeys(range(40), level), 39, 14)
    assert score is not None
    assert score.accuracy == pytest.approx(1) and score.naive == pytest.approx(1)


@given(st.dictionaries(st.integers(0, 120), st.floats(0, 1e12), max_size=90), st.integers(1, 40))
def test_any_history_gives_a_score_or_none(values: dict[int, float], days: int) -> None:
    score = back_test(values, 120, days)
    known = [day for day in values if day < 121 - days]
    if len(known) < LEAST_DAYS:
        assert score is None
    elif score is not None:
        assert score.accuracy <= 1 and math.isfinite(score.accuracy) and math.isfinite(score.naive)
        assert score.compared + score.left_out + score.missing == days and score.history == len(known)


@given(st.dictionaries(st.integers(0, 100), positive, min_size=LEAST_DAYS, max_size=60), positive)
def test_only_what_was_known_then_counts(values: dict[int, float], later: float) -> None:
    made = fit({day: value for day, value in values.items() if day < 80})
    again = fit({day: value for day, value in {**values, 90: later}.items() if day < 80})
    assert made == again
    if made is not None:
        assert all(made.at(day) >= 0 for day in range(200))


def test_too_little_history_foretells_nothing() -> None:
    assert fit(dict.fromkeys(range(LEAST_DAYS - 1), 1.0)) is None
    assert back_test(dict.fromkeys(range(30), 1.0), 29, 20) is None


def test_a_doubling_is_missed_and_scored_so() -> None:
    values = {day: 100.0 if day < 60 else 200.0 for day in range(90)}
    score = back_test(values, 89, 30)
    assert score is not None and score.accuracy == pytest.approx(0.5, abs=0.02) and score.bias < -0.4


def test_days_without_load_are_left_out() -> None:
    values = {day: 0.0 if day in (70, 71) else 100.0 for day in range(90)}
    score = back_test(values, 89, 30)
    assert score is not None and (score.compared, score.left_out) == (28, 2)


def test_the_day_at_which_capacity_is_met() -> None:
    made = fit({day: 100.0 + day for day in range(60)})
    assert made is not None
    day = reaches(made, 200.0, 60, 365)
    assert day is not None and abs(day - 100) <= 2
    assert reaches(made, 1e9, 60, 365) is None
