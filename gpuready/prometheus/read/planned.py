"""What a check shows beforehand besides its own window's queries: the same signals over other windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from gpuready.probes.probe import Ask, Outcome, Probe
from gpuready.prometheus import expression
from gpuready.prometheus.look import selector_asked
from gpuready.prometheus.table import signals
from gpuready.text.fault import Fault

Lines = Callable[[Ask], Iterable[str]]


def also(probe: Probe, lines: Lines) -> Probe:
    """The same check, with these lines after its own in what is shown before it runs."""

    def steps(ask: Ask) -> Sequence[str]:
        shown = list(probe.steps(ask))
        try:
            return [*shown, *lines(ask)]
        except (Outcome, Fault):
            return shown  # what is wrong with the question has been said

    return replace(probe, steps=steps)


def over(names: Sequence[str], windows: Sequence[float]) -> Lines:
    """These signals over these windows (seconds), each folded and one by one."""

    def lines(ask: Ask) -> Iterable[str]:
        for name in names:
            signal = signals()[name]
            for way in (each for each in signal.ways if each.cannot is None):
                for window in windows:
                    asked = expression.one(signal, way, window, selector_asked(ask))
                    yield f"  [{name}, {way.exporter}] {asked}"

    return lines
