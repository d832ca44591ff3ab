"""PromQL out of a way, a window and a selector."""

from __future__ import annotations

import re

from gpuready.probes.duration import seconds_of, window_text
from gpuready.prometheus.signal import Signal, Way
from gpuready.text.fault import Fault

_MATCHER = re.compile(r"""\s*[A-Za-z_]\w*\s*(?:=~|!~|!=|=)\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*""")
_SUBQUERY = re.compile(r"\[\$window:(\d+[smh])\]")


def matchers(text: str) -> str:
    """A selector as matchers without braces: ``{namespace="chat"}`` or ``namespace="chat",pod=~"a.*"``.

    `Fault` for what is none, so that nothing else gets into a query.
    """
    whole = text.strip()
    inner = (whole[1:-1] if whole[:1] == "{" and whole[-1:] == "}" else whole).strip().rstrip(",")
    at = 0
    while at < len(inner):
        match = _MATCHER.match(inner, at)
        if match is None or (match.end() < len(inner) and inner[match.end()] != ","):
            raise Fault("prometheus.bad_selector", found=text[:80])
        at = match.end() + 1
    return inner


def fill(expr: str, window: float, selector: str = "") -> str:
    """The expression with its ``$window`` (seconds), ``$step`` (one of some sixty moments of the window, for
    subqueries) and ``$sel`` filled in.  A subquery's own resolution becomes finer where it would see less
    than eight moments of the window: with one alone nothing ever changes."""

    def finer(match: re.Match[str]) -> str:
        return f"[$window:{window_text(min(seconds_of(match[1]), max(15.0, window / 8)))}]"

    # "{a="b",$sel}" with nothing selected leaves a comma at the end, which PromQL allows; "{,}" it does not.
    return (
        _SUBQUERY.sub(finer, expr)
        .replace("$window", window_text(window))
        .replace("$step", window_text(max(15.0, window / 60)))
        .replace("$sel", matchers(selector))
    )


def one(signal: Signal, way: Way, window: float, selector: str = "", q: float = 0.95) -> str:
    """The query for one number: the signal over the window that ends at the moment of asking."""
    if way.histogram:
        return quantile(way.histogram, q, window, selector)
    if way.summary:
        return _summary("max", way, window, selector, q)
    if way.each:
        return f"{signal.fold}({fill(way.each, window, selector)})"
    return fill(way.expr, window, selector)


def least(way: Way, window: float, selector: str = "", q: float = 0.95) -> str:
    """The query for what a summary's quantile surely was over the window, at least, on the worst replica."""
    return _summary("min", way, window, selector, q)


def _summary(end: str, way: Way, window: float, selector: str, q: float) -> str:
    # A summary knows its last minute only: over the window its quantile lies between the ends of those.
    return fill(f'max({end}_over_time({way.summary}{{quantile="{q:g}",$sel}}[$window]))', window, selector)


def each(way: Way, window: float, selector: str = "") -> str:
    """The query for one series a thing."""
    return fill(way.each, window, selector)


def quantile(histogram: str, q: float, window: float, selector: str = "") -> str:
    text = f"histogram_quantile({q:g}, sum by (le) (rate({histogram}_bucket{{$sel}}[$window])))"
    return fill(text, window, selector)


def buckets(histogram: str, window: float, selector: str = "") -> str:
    """The query for the requests of the window in each bucket, by upper edge."""
    return fill(f"sum by (le) (increase({histogram}_bucket{{$sel}}[$window]))", window, selector)


def traffic(way: Way, window: float, selector: str = "") -> str:
    """The query for the requests a second behind the signal; empty when the way knows none."""
    if way.histogram:
        return fill(f"sum(rate({way.histogram}_count{{$sel}}[$window]))", window, selector)
    if way.summary:
        return fill(f"sum(rate({way.summary}_count{{$sel}}[$window]))", window, selector)
    return fill(way.traffic, window, selector) if way.traffic else ""
