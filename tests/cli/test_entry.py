"""Values as people type them."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuready.checklist.build import Place, build
from gpuready.checklist.model import Criterion, Kind, Method, Scalar
from gpuready.checklist.units import UNITS, comparable
from gpuready.session.entry import parse_entry, value_method
from gpuready.text.fault import Fault
from tests.checklist.sample import SAMPLE

STEP, LATENCY, _ = build(tomllib.loads(SAMPLE), Place("own.toml")).checks()


def entered(raw: str, unit: str, figure: Scalar | None = 1, given: str | None = None) -> tuple[Scalar, str]:
    want = () if figure is None else (Criterion("value", "==", figure, unit),)
    return parse_entry(LATENCY, Method(Kind.VALUE, want=want, unit=unit), raw, given)


@pytest.mark.parametrize(
    ("raw", "unit", "figure", "expected"),
    [
        ("12.3", "ms", 1, (12.3, "ms")),
        ("-5", "C", 1, (-5, "C")),
        ("+5", "C", 1, (5, "C")),
        (".5", "ms", 1, (0.5, "ms")),
        ("1,234,567.5 us", "ms", 1, (1234567.5, "us")),
        ("95%", "ratio", 1, (95, "%")),
        ("80 ℃", "C", 1, (80, "C")),
        ("2 小时", "s", 1, (2, "h")),
        ("10 Gbps", "Gbit/s", 1, (10, "Gbit/s")),
        ("1000 req/s", "1/s", 1, (1000, "1/s")),
        ("3", "count", 1, (3, "count")),
        ("3", "", 1, (3, "")),
        ("v1.2.3", "version", "1.2", ("v1.2.3", "version")),
        ("470", "version", "470", ("470", "version")),
        ("2026-12-01", "date", "2026-01-01", ("2026-12-01", "date")),
        ("yes", "", True, (True, "")),
        ("否", "", True, (False, "")),
        ("MIG enabled", "", "x", ("MIG enabled", "")),
        ("12345678901234567890", "count", 1, (12345678901234567890.0, "count")),
    ],
)
def test_what_is_understood(raw: str, unit: str, figure: Scalar, expected: tuple[Scalar, str]) -> None:
    value, used = entered(raw, unit, figure)
    assert (value, used) == expected and type(value) is type(expected[0])


@pytest.mark.parametrize(
    ("raw", "unit", "figure", "key"),
    [
        ("", "ms", 1, "empty"), ("abc", "ms", 1, "not_number"), ("1,23", "ms", 1, "not_number"),
        ("1.2.3", "ms", 1, "not_number"), ("--5", "ms", 1, "not_number"), ("inf", "ms", 1, "not_number"),
        ("1e999", "ms", 1, "not_number"), ("x" * 300, "ms", 1, "not_number"),
        ("5 GB", "ms", 1, "unlike_unit"),
        ("maybe", "", True, "not_yes_no"), ("new", "version", "1", "not_version"),
        ("1/2/2026", "date", "2026-01-01", "not_date"), ("5 ms", "", 1, "unlike_unit"),
    ],
)  # fmt: skip
def test_what_is_refused(raw: str, unit: str, figure: Scalar, key: str) -> None:
    with pytest.raises(Fault) as caught:
        entered(raw, unit, figure)
    assert caught.value.key == f"deeds.{key}"
    assert str(caught.value)


def test_the_unit_may_stand_apart_but_once() -> None:
    assert entered("5", "ms", 1, "us") == (5, "us")
    assert entered("5 us", "ms", 1, "us") == (5, "us")
    with pytest.raises(Fault, match="Give the unit once"):
        entered("5 us", "ms", 1, "s")
    with pytest.raises(Fault):
        entered("1.2", "version", "1", "ms")


def test_a_check_without_value_takes_none() -> None:
    with pytest.raises(Fault) as caught:
        value_method(STEP)
    assert caught.value.key == "deeds.no_value"
    assert value_method(replace(LATENCY)).unit == "ms"


@given(st.text(max_size=30), st.sampled_from(UNITS))
def test_nothing_breaks_it(raw: str, unit: str) -> None:
    try:
        value, used = entered(raw, unit)
    except Fault as fault:
        assert str(fault)
    else:
        assert comparable(used, unit) and isinstance(value, str | int | float)


@given(st.floats(-1e15, 1e15), st.sampled_from([u for u in UNITS if u not in ("version", "date")]))
def test_a_number_comes_back(value: float, unit: str) -> None:
    for raw in (f"{value!r} {unit}", f"{value!r}{unit}" if unit[:1] != "1" else f"{value!r} {unit}"):
        assert entered(raw, unit) == (value, unit)
