"""The rules that judge: no data is never a pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuready.checklist.model import Criterion, Scalar
from gpuready.checklist.units import UNITS, comparable
from gpuready.checklist.verdict import SETTLED, Status, Verdict, judge, status_of, worst

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN


def one(
    op: str, figure: Scalar | tuple[Scalar, ...], value: Scalar, unit: str = "", given: str | None = None
) -> Verdict:
    units = {} if given is None else {"f": given}
    return judge([Criterion("f", op, figure, unit)], {"f": value}, units)


@pytest.mark.parametrize(
    ("op", "figure", "value", "unit", "expected"),
    [
        ("<", 1, 0.99, "ms", PASS),
        ("<", 1, 1, "ms", FAIL),
        ("<=", 1, 1, "ms", PASS),
        (">=", 10, 10, "Gbit/s", PASS),
        (">", 10, 10, "Gbit/s", FAIL),
        ("==", 0, 0, "count", PASS),
        ("==", 0, 0.0, "count", PASS),
        ("!=", 0, 1, "count", PASS),
        ("!=", 0, 0, "count", FAIL),
        ("==", True, True, "", PASS),
        ("==", True, False, "", FAIL),
        ("==", "on", "on", "", PASS),
        ("==", "on", "off", "", FAIL),
        # versions go part by part
        (">=", "20.10", "20.10.0", "version", PASS),
        (">=", "20.10", "20.9", "version", FAIL),
        (">=", "20.10", "v24.0.7", "version", PASS),
        (">=", "1.9", "1.10", "version", PASS),
        ("==", "1.0", "1", "version", PASS),
        (">=", "470", "470.82.01", "version", PASS),
        (">=", "470", "about 480", "version", UNKNOWN),
        # dates go by day
        (">=", "2026-01-01", "2026-01-01", "date", PASS),
        ("<", "2026-01-01", "2025-12-31", "date", PASS),
        ("<", "2026-01-01", "yesterday", "date", UNKNOWN),
        # ranges and sets
        ("between", (0, 1), 0, "", PASS),
        ("between", (0, 1), 1, "", PASS),
        ("between", (0, 1), 1.01, "", FAIL),
        ("between", (70, 90), 80, "%", PASS),
        ("in", ("a", "b"), "a", "", PASS),
        ("in", ("a", "b"), "c", "", FAIL),
        ("matches", "^H[12]00", "H100 SXM", "", PASS),
        ("matches", "^H[12]00", "A100", "", FAIL),
        # what is no number cannot be less than one
        ("<", 1, "fast", "ms", UNKNOWN),
        ("<", 1, "", "ms", UNKNOWN),
    ],
)
def test_the_operators(
    op: str, figure: Scalar | tuple[Scalar, ...], value: Scalar, unit: str, expected: Verdict
) -> None:
    assert one(op, figure, value, unit) is expected


@pytest.mark.parametrize("op", ["<", "<=", "==", "!=", ">=", ">"])
def test_nan_is_no_data(op: str) -> None:
    assert one(op, 1, float("nan"), "ms") is UNKNOWN


def test_a_missing_field_is_no_data() -> None:
    assert judge([Criterion("f", "<", 1)], {}, {}) is UNKNOWN
    assert judge([Criterion("f", "!=", 1)], {"g": 2}, {}) is UNKNOWN


def test_no_figure_proves_nothing() -> None:
    assert judge([], {"f": 1}, {}) is UNKNOWN


def test_units_are_converted_without_noise() -> None:
    assert one(">=", 10, 10_000, "Gbit/s", "Mbit/s") is PASS
    assert one("==", 7, 0.07, "%", "ratio") is PASS
    assert one("<", 1, 999, "ms", "us") is PASS
    assert one("<=", 0.1, 100, "s", "ms") is PASS


def test_unlike_units_are_an_error_not_a_verdict() -> None:
    with pytest.raises(ValueError, match="measures"):
        one(">=", 10, 10, "Gbit/s", "GB/s")


def test_all_must_hold_and_fail_outweighs_unknown() -> None:
    wants = [Criterion("a", "<", 1), Criterion("b", "<", 1)]
    assert judge(wants, {"a": 0, "b": 0}, {}) is PASS
    assert judge(wants, {"a": 0}, {}) is UNKNOWN
    assert judge(wants, {"a": 2}, {}) is FAIL
    assert judge(wants, {"a": 0, "b": 2}, {}) is FAIL


@given(
    st.floats(-1e9, 1e9),
    st.floats(-1e9, 1e9),
    st.sampled_from(("<", "<=", ">", ">=")),
    st.sampled_from(UNITS),
)
def test_an_order_and_its_reverse(value: float, figure: float, op: str, unit: str) -> None:
    if unit in ("version", "date"):
        return
    reverse = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}[op]
    assert {one(op, figure, value, unit), one(reverse, figure, value, unit)} == {PASS, FAIL}


@given(
    st.text(max_size=20) | st.booleans() | st.floats(allow_nan=True) | st.integers(), st.sampled_from(UNITS)
)
def test_judging_never_breaks(value: Scalar, unit: str) -> None:
    for op, figure in (("<", 1), ("==", 1), ("between", (0, 1)), ("in", (1,)), ("matches", "x")):
        if isinstance(value, str | bool) or comparable(unit, unit):
            assert one(op, figure, value, unit) in (PASS, FAIL, UNKNOWN)


@given(st.lists(st.sampled_from(list(Verdict)), max_size=6))
def test_an_items_status(verdicts: list[Verdict]) -> None:
    status = status_of(verdicts)
    if Verdict.FAIL in verdicts:
        assert status is Status.FAILED
    elif verdicts and all(each in SETTLED for each in verdicts):
        assert status is Status.DONE
    else:
        assert status is Status.OPEN


def test_the_worst_of_several() -> None:
    assert worst([PASS, FAIL, UNKNOWN]) is FAIL
    assert worst([PASS, UNKNOWN]) is UNKNOWN
    assert worst([]) is UNKNOWN
