"""Units: what can be compared converts there and back, what cannot says so."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuready.checklist.units import UNITS, comparable, convert, dimension

units = st.sampled_from(UNITS)
values = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)


@given(values, units, units)
def test_there_and_back(value: float, one: str, other: str) -> None:
    if comparable(one, other):
        assert math.isclose(
            convert(convert(value, one, other), other, one), value, rel_tol=1e-9, abs_tol=1e-9
        )
    else:
        with pytest.raises(ValueError, match="measures"):
            convert(value, one, other)


@given(values, units)
def test_into_itself_nothing_changes(value: float, unit: str) -> None:
    assert math.isclose(convert(value, unit, unit), value, rel_tol=1e-12, abs_tol=1e-300)


@given(units, units, units)
def test_comparable_is_an_equivalence(a: str, b: str, c: str) -> None:
    assert comparable(a, a)
    assert comparable(a, b) == comparable(b, a)
    if comparable(a, b) and comparable(b, c):
        assert comparable(a, c)


@given(values, values, units, units)
def test_the_order_is_kept(low: float, high: float, one: str, other: str) -> None:
    if comparable(one, other) and low < high:
        assert convert(low, one, other) <= convert(high, one, other)


@pytest.mark.parametrize(
    ("value", "unit", "into", "expected"),
    [
        (1, "GiB", "MiB", 1024),
        (1, "GB", "MB", 1000),
        (1, "GB/s", "MB/s", 1000),
        (10, "Gbit/s", "Mbit/s", 10_000),
        (95, "%", "ratio", 0.95),
        (1, "d", "h", 24),
        (1500, "us", "ms", 1.5),
        (60, "1/min", "1/s", 1),
        (1, "kW", "W", 1000),
    ],
)
def test_known_conversions(value: float, unit: str, into: str, expected: float) -> None:
    assert convert(value, unit, into) == pytest.approx(expected)


@pytest.mark.parametrize(
    "pair", [("GB/s", "Gbit/s"), ("GB", "GB/s"), ("%", "count"), ("ms", "MHz"), ("", "x")]
)
def test_unlike_things_are_not_compared(pair: tuple[str, str]) -> None:
    assert not comparable(*pair)


def test_an_unknown_unit_is_an_error() -> None:
    with pytest.raises(KeyError):
        dimension("parsec")
