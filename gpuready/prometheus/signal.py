"""Signals: what a cluster says of itself, by what it means and not by what an exporter calls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gpuready.checklist.model import Words

FOLDS = ("avg", "sum", "max", "min")


@dataclass(frozen=True, slots=True)
class Way:
    """One expression for a signal: of one exporter, in one of its versions.

    It applies where all metrics of `needs` are there.  One of these is given:

    `each`       one series for each thing (GPU, node, queue), folded by the signal's `fold` for one number
    `expr`       one number
    `histogram`  a classic histogram by its name without ``_bucket``: gives any quantile
    `summary`    a metric with the label ``quantile``: of several replicas the worst counts
    `cannot`     these metrics are there, and cannot tell the signal: the sentence says what to change

    In expressions ``$sel`` stands for label matchers within braces, ``$window`` for the look-back.  What
    comes out, times `scale`, is in the signal's unit.  `traffic` is a rate without which the signal means
    nothing: where it is 0 there were no requests.
    """

    exporter: str
    needs: tuple[str, ...]
    each: str = ""
    expr: str = ""
    histogram: str = ""
    summary: str = ""
    cannot: Words | None = None
    scale: float = 1.0
    traffic: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """`unit` is one of `gpuready.checklist.units`; `better` is ``higher``, ``lower`` or empty.

    `quantiles` when it is asked for with a quantile (latencies), `fold` how the values of `each` become one,
    `labels` name a thing of `each`, in order of preference.  `low` and `high` bound what is good, for the
    panel; None where there is no such bound.  `ways` in order of preference.
    """

    id: str
    words: Words
    unit: str
    group: str
    better: str = ""
    quantiles: bool = False
    fold: str = "avg"
    labels: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    ways: tuple[Way, ...] = ()


Table = Mapping[str, Signal]
"""All signals by their id."""


def pick(signal: Signal, names: frozenset[str]) -> Way | None:
    """The first way whose metrics are all there; None when the site has none of them."""
    return next((way for way in signal.ways if all(name in names for name in way.needs)), None)
