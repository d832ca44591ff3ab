"""Durations as Prometheus writes them."""

from __future__ import annotations

import pytest

from gpuready.probes.duration import seconds_of, window_text
from gpuready.text.fault import Fault


def test_they_are_read_and_written() -> None:
    assert [seconds_of(text) for text in ("500ms", "90m", "1h30m", "1y6w")] == [0.5, 5400, 5400, 35164800]
    assert [window_text(each) for each in (0.5, 300, 5400, 86400, 604800)] == ["1s", "5m", "90m", "1d", "1w"]


@pytest.mark.parametrize("text", ["", "15", "15dx", "0s", "-5m", "5 m", "h"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(Fault):
        seconds_of(text)
