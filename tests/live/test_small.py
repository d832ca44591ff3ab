"""Reasons, histories, and the words for what is wrong."""

from __future__ import annotations

import string

import pytest

from gpuready.live.child import STUCK
from gpuready.live.facts import Gpu, GpuSample, NodeSample
from gpuready.live.histories import History
from gpuready.live.reasons import keys, reasons, severity
from gpuready.live.source import Silence
from gpuready.live.words import of_lost, of_silence, of_trouble
from gpuready.text.messages.live import MESSAGES
from gpuready.text.say import say, set_language


@pytest.mark.parametrize(
    ("mask", "words", "worst"),
    [
        (None, [], "quiet"),
        (0, [], "quiet"),
        (0x1, ["idle"], "quiet"),
        (0x5, ["SW power cap", "idle"], "quiet"),  # two bits at once are no third thing
        (0x2, ["app clocks"], "quiet"),
        (0x20, ["SW thermal"], "warn"),
        (0x24, ["SW thermal", "SW power cap"], "warn"),
        (0x48, ["HW thermal", "HW slowdown"], "bad"),
        (0x80, ["HW power brake"], "bad"),
        (0x110, ["sync boost", "display"], "quiet"),
        (0x8001, ["idle", "other"], "quiet"),
    ],
)
def test_reasons(mask: int | None, words: list[str], worst: str) -> None:
    assert [say(key) for key in keys(mask)] == words
    assert severity(mask) == worst


def test_an_unknown_bit_is_kept() -> None:
    assert reasons(0x8001)[-1].bit == 0x8000


def test_histories_have_gaps() -> None:
    history = History(length=5)
    history.add(GpuSample(100.0, (Gpu(0, busy=1, temperature=40), Gpu(1, busy=2))))
    history.add(NodeSample(100.1, "n", cpu=9.0))
    history.add(GpuSample(101.0, (Gpu(0, busy=3), Gpu(1, lost="gone"))))
    assert history.series((0, "busy")) == [1, 3]
    assert history.series((1, "busy")) == [2, None]
    assert history.series((0, "temperature")) == [40, None]
    history.add(GpuSample(104.0, (Gpu(0, busy=4),)))  # two samples did not come, and GPU 1 is no more
    assert history.series((0, "busy")) == [1, 3, None, None, 4]
    assert history.series((1, "busy")) == [2, None, None, None, None]
    assert history.series("cpu") == [9.0]
    assert history.series((7, "busy")) == history.series("nothing") == []
    history.add(GpuSample(1e9, (Gpu(0, busy=5),)))
    assert history.series((0, "busy")) == [None] * 4 + [5]
    history.add(GpuSample(50.0, (Gpu(0, busy=6),)))  # the clock was set back
    assert history.series((0, "busy")) == [None] * 3 + [5, 6]
    history.add(GpuSample(51.0, trouble="no_driver"))
    assert history.series((0, "busy")) == [None, None, 5, 6, None]
    history.clear()
    assert history.series("cpu") == []


def test_histories_know_their_interval() -> None:
    history = History(length=9, interval=5.0)
    for at in (100.0, 105.1, 110.0, 120.0):
        history.add(NodeSample(at, "n", cpu=at))
    assert history.series("cpu") == [100.0, 105.1, 110.0, None, 120.0]


def test_a_gpu_that_comes_later_ends_at_the_same_moment() -> None:
    history = History()
    history.add(GpuSample(1.0, (Gpu(0, busy=1),)))
    history.add(GpuSample(2.0, (Gpu(0, busy=2), Gpu(1, busy=3))))
    assert history.series((0, "busy"))[-1] == 2
    assert history.series((1, "busy"))[-1] == 3


def test_every_trouble_and_silence_has_words_in_both_languages() -> None:
    for language in ("en", "zh"):
        set_language(language)
        said = {
            of_trouble(GpuSample(1.0, trouble=trouble, detail="Unknown Error"))
            for trouble in ("no_library", "no_driver", "version_mismatch", "no_permission", "no_gpu", "nvml")
        }
        said |= {of_lost(Gpu(3, lost="GPU is lost"))}
        silences = [("hung", ""), ("hung", STUCK), ("died", "SIGKILL"), ("ended", ""), ("ended", "its Fault")]
        for source in ("gpu", "node"):
            said |= {of_silence(Silence(source, 90.0, why, detail), 100.0) for why, detail in silences}
        assert None not in said
        assert len(said) == 6 + 1 + 2 + 1 + 2 + 1 + 1  # stuck, ended and the Fault do not name their source
    set_language("en")
    assert "10 s" in of_silence(Silence("gpu", 90.0, "hung"), 100.0)
    assert of_silence(Silence("gpu", 1.0, "ended", "its Fault")) == "its Fault"
    assert of_trouble(GpuSample(1.0)) is None
    assert of_lost(Gpu(0)) is None


def test_both_languages_have_the_same_fields() -> None:
    for name, (english, chinese) in MESSAGES.items():
        found = [
            {field for _, field, _, _ in string.Formatter().parse(text) if field}
            for text in (english, chinese)
        ]
        assert found[0] == found[1], name
