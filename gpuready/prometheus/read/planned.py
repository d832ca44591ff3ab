"""What a check shows beforehand besides its own window's queries: the same signals over other windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gpuready.probes.probe import Ask
from gpuready.prometheus import expression
from gpuready.prometheus.check import Lines
from gpuready.prometheus.look import selector_asked
from gpuready.prometheus.table import signals


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
