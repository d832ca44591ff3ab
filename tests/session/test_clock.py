from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gpuready.session.clock import bound, count_of, is_clock, ms_of, tick

MS = st.integers(0, 253_402_300_799_998)


@given(MS, MS)
def test_each_reading_sorts_after_the_one_before_whatever_the_wall_clock_does(
    first: int, second: int
) -> None:
    earlier = tick("", first, "a")
    later = tick(earlier, second, "b")
    assert earlier < later
    assert is_clock(later)
    assert ms_of(later) == max(first, second)


@given(MS, MS)
def test_readings_sort_as_their_times_do(first: int, second: int) -> None:
    one, other = tick("", first, "z"), tick("", second, "z")
    assert (one < other) is (first < second)
    assert bound(first) <= one


def test_a_full_millisecond_spills_into_the_next() -> None:
    reading = tick("", 1000, "a")
    for _ in range(0x10000):
        reading = tick(reading, 1000, "a")
    assert (ms_of(reading), count_of(reading)) == (1001, 0)


def test_a_wall_clock_before_1970_or_after_9999_still_reads() -> None:
    assert ms_of(tick("", -5, "a")) == 0
    last = ms_of(tick("", 2**60, "a"))
    assert datetime.fromtimestamp(last / 1000, UTC).year == 9999


def test_what_is_no_reading_is_told() -> None:
    assert is_clock("01930f3c2a10:0003:5f1c09ab77de")
    for text in ("", "now", "01930f3c2a10:0003:", "ffffffffffff:0000:a", "01930F3C2A10:0003:a", "0:0:a"):
        assert not is_clock(text)
