"""GPUs that get worse: the second half of a window against the first, for each GPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from gpuready.probes.duration import window_text
from gpuready.probes.probe import NoData
from gpuready.prometheus import expression
from gpuready.prometheus.look import Look
from gpuready.text.say import language

Values = Mapping[str, float]
LEAST_EVENTS = 10.0
"""Errors more than in the half before, below which twice as many is no trend."""
WARMER = 5.0
"""Degrees by which a GPU gets warmer than its neighbours do."""
MUCH_WARMER = 10.0
"""Degrees, where there are no neighbours to tell more load from worse cooling."""
NEIGHBOURS = 3


def _errors(old: Values, new: Values) -> set[str]:
    """At least twice as many, and some more than by chance."""
    return {
        gpu
        for gpu, count in new.items()
        if gpu in old and count >= 2 * old[gpu] and count - old[gpu] >= LEAST_EVENTS
    }


def _rows(old: Values, new: Values) -> set[str]:
    """A row once remapped stays so: any more is one that failed since."""
    return {gpu for gpu, count in new.items() if gpu in old and count > old[gpu]}


def _warmer(old: Values, new: Values) -> set[str]:
    """Warmer by more than its neighbours: what warms all of them is load or the room."""
    rise = {gpu: value - old[gpu] for gpu, value in new.items() if gpu in old}
    if len(rise) < NEIGHBOURS:
        return {gpu for gpu, degrees in rise.items() if degrees >= MUCH_WARMER}
    usual = median(rise.values())
    return {gpu for gpu, degrees in rise.items() if degrees - usual >= WARMER}


RULES: Mapping[str, Callable[[Values, Values], set[str]]] = {
    "gpu_ecc_corrected": _errors,
    "gpu_remapped_rows": _rows,
    "gpu_temperature": _warmer,
    "gpu_pcie_replay": _errors,
    "gpu_nvlink_errors": _errors,
}
"""What is followed, and when a GPU gets worse by it."""
NOT_EVERYWHERE = frozenset({"gpu_nvlink_errors"})
"""What many GPUs do not have: without it nothing is unknown of them."""


@dataclass(frozen=True, slots=True)
class Trends:
    """`worse` tells for each GPU that gets worse the words of the signals by which it does, `followed` the
    words of the signals that were looked at, `blind` why others could not be, by signal; `gpus` were seen."""

    worse: Mapping[str, tuple[str, ...]]
    followed: tuple[str, ...]
    blind: Mapping[str, str]
    gpus: int

    @property
    def is_whole(self) -> bool:
        return not set(self.blind) - NOT_EVERYWHERE


async def trends(look: Look) -> Trends:
    """The trends of the look's window; `NoData` where none of them can be followed."""
    worse: dict[str, list[str]] = {}
    followed: list[str] = []
    blind: dict[str, str] = {}
    gpus: set[str] = set()
    why: NoData | None = None
    for name, rule in RULES.items():
        words = look.signal(name).words.to(language())
        try:
            old, new = await _halves(look, name, words)
        except NoData as outcome:
            why = why or outcome
            blind[name] = str(outcome)
            continue
        followed.append(words)
        gpus |= set(new)
        for gpu in rule(old, new):
            worse.setdefault(gpu, []).append(words)
    if not followed:
        assert why is not None
        raise why
    kept = {gpu: tuple(each) for gpu, each in sorted(worse.items())}
    return Trends(kept, tuple(followed), blind, len(gpus))


async def _halves(look: Look, name: str, words: str) -> tuple[Values, Values]:
    """The signal of each GPU in the first and in the second half of the window."""
    way, half = await look.way(name), look.window / 2
    await look.covered(way.needs[0], words, look.window)
    new = await look.things(name, window=half)
    query = expression.each(way, half, look.selector)
    answer = await look.query(query, at=look.now - half)
    old = {gpu: value * way.scale for gpu, value in answer.by(*look.signal(name).labels).items()}
    if not set(old) & set(new):
        text = window_text(look.window)
        raise NoData("prometheus.no_samples", signal=words, window=text, metric=way.needs[0])
    return old, new
