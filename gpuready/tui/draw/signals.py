"""The Prometheus panel: each signal with history and figure, then the alerts; and one signal whole."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from gpuready.probes.duration import window_text
from gpuready.prometheus.panel.chart import Alert, Chart, Charts
from gpuready.text.say import language, say
from gpuready.tui.draw.bars import amount
from gpuready.tui.draw.line import Line, Span, fit, line, spread, wrap
from gpuready.tui.draw.plot import Curve, plot, spark, top_of

_NAME, _LONG_NAME, _VALUE, _FIGURE = 22, 27, 10, 10
_TALL, _TALLEST = 3, 6
"""Rows of a chart where there is room for charts of several rows, and at most."""
_HALF = 60
"""Cells that a chart needs where two stand side by side."""
TONES = ("good", "warn", "bad")
"""How the curves of the 50th, 95th and 99th percentile are drawn."""


def signals_lines(heard: Charts, width: int, height: int, chosen: int) -> tuple[list[Line], int]:
    """The panel for that size, and the line of the chosen signal.  Where there is room each signal has some
    rows, if need be two signals side by side, else one."""
    head, told = title(heard, width), heard.told
    rest = _untold(heard.untold, width) + alert_lines(heard.alerts, width)
    room = height - 1 - len(heard.untold[:1]) - min(3, len(heard.alerts or ()))
    for columns in (1, 2):
        deep = math.ceil(len(told) / columns)
        rows = min(_TALLEST, room // deep - 1) if deep else 0
        if rows >= _TALL and (columns == 1 or width >= 2 * _HALF):
            at = 1 + (chosen % deep) * (rows + 1) if chosen >= 0 else 0
            return [head, *_fields(told, width, columns, rows, chosen), *rest], at
    lines = [_row(each, width, "cursor" if n == chosen else "", short=False) for n, each in enumerate(told)]
    return [head, *lines, *rest], chosen + 1


def _fields(charts: Sequence[Chart], width: int, columns: int, rows: int, chosen: int) -> list[Line]:
    """Charts of several rows: down the first column, then down the second."""
    deep = math.ceil(len(charts) / columns)
    each_wide = width // columns
    blocks = []
    for index, chart in enumerate(charts):
        ground = "cursor" if index == chosen else ""
        blocks.append([_row(chart, each_wide, ground, short=True), *_field(chart, each_wide, rows)])
    if columns == 1:
        return [line for block in blocks for line in block]
    empty = [Line()] * (rows + 1)
    lines = []
    for left, right in zip(blocks[:deep], [*blocks[deep:], empty], strict=False):
        lines += [_joined(*both, each_wide) for both in zip(left, right, strict=True)]
    return lines


def _joined(left: Line, right: Line, at: int) -> Line:
    """Two lines as one, the second from that column on."""
    parts = [_marked(left), [Span(" " * max(0, at - left.width))], _marked(right)]
    return Line(tuple(span for part in parts for span in part))


def _marked(part: Line) -> list[Span]:
    """The spans of a part of a line; the sign of the cursor stands for its ground."""
    spans = list(part.spans)
    if part.ground and spans:
        spans[0] = Span(f"›{spans[0].text[1:]}", "accent")
    return spans


def _untold(charts: Sequence[Chart], width: int) -> list[Line]:
    """What cannot be shown: one with its reason, several by their names."""
    if len(charts) == 1 and charts[0].why is not None:
        text = say(charts[0].why[0], **charts[0].why[1])
    elif charts:
        text = say("tui.untold", names=", ".join(name_of(each) for each in charts))
    else:
        return []
    return [line((f" {each}", "dim")) for each in wrap(text, width - 2)]


def title(heard: Charts, width: int) -> Line:
    name = heard.product if width >= 60 else "Prometheus"
    left = [Span(f" {name} ", "title"), Span(f"{heard.source}  ", "strong")]
    left.append(Span(window_text(heard.view.window), "accent"))
    if heard.view.selector:
        left.append(Span(f"  {{{heard.view.selector}}}", "accent"))
    right = []
    if heard.budget is not None and width >= 60:
        tone = "bad" if heard.budget < 0 else "warn" if heard.budget < 50 else "good"
        right.append(Span(say("tui.budget_left", share=f"{heard.budget:.0f}") + "  ", tone))
    firing = sum(alert.state == "firing" for alert in heard.alerts or ())
    if heard.alerts is None:
        right.append(Span(f"{say('tui.alerts_unknown')} ", "warn"))
    else:
        right.append(Span(f"{say('tui.firing', count=firing)} ", "bad" if firing else "dim"))
    return spread(left, right, width, "bar")


def name_of(chart: Chart) -> str:
    """What the signal is called, with its percentile where it has one."""
    words = chart.signal.words.to(language())
    return f"{words} P{100 * chart.q:g}" if chart.signal.quantiles else words


def figure_of(chart: Chart) -> str:
    """Within which bounds it is good; empty where there are none."""
    low, high, unit = chart.signal.low, chart.signal.high, chart.signal.unit
    if low is not None and high is not None:
        return f"{low:g}-{amount(high, unit)}"
    return (
        f"≥ {amount(low, unit)}" if low is not None else f"≤ {amount(high, unit)}" if high is not None else ""
    )


def _row(chart: Chart, width: int, ground: str, *, short: bool) -> Line:
    """Name, history, value now, figure.  `short` leaves the history to the rows below."""
    wide = min(_LONG_NAME, width // 2) if short else min(_NAME, width // 3)
    name = fit(f" {name_of(chart)}", wide) + " "
    value = fit(amount(chart.now, chart.signal.unit), _VALUE, right=True)
    figure = fit(f" {figure_of(chart)}", _FIGURE) if width >= 60 else ""
    sign = {"bad": "✗", "good": "✓"}.get(chart.tone, " ")
    tail = [Span(f"{value} ", chart.tone or "strong"), Span(f"{sign}", chart.tone), Span(figure, "dim")]
    room = width - sum(Line((each,)).width for each in (Span(name), *tail)) - 1
    top = top_of([chart.points], _figures(chart), _full(chart))
    past = [] if short or room < 4 else spark(chart.points, room, top, chart.signal.low, chart.signal.high)
    if short:
        past = [Span(fit(chart.exporter, max(0, room)), "dim")]
    return spread([Span(name), *past], tail, width, ground)


def _field(chart: Chart, width: int, rows: int) -> list[Line]:
    """The history as a curve of that many rows."""
    tone = {"": "accent"}.get(chart.tone, chart.tone)
    top = top_of([chart.points], _figures(chart), _full(chart))
    curve = Curve(_stretched(chart.points, 2 * (width - 2)), tone)
    return [Line((Span(" "), *row)) for row in plot([curve], width - 2, rows, top, _figures(chart))]


def _stretched(points: Sequence[float | None], dots: int) -> list[float | None]:
    """The points over so many dots, each as often as it takes: a cell is two dots wide."""
    return [points[x * len(points) // dots] for x in range(dots)] if points else []


def _figures(chart: Chart) -> list[float]:
    return [each for each in (chart.signal.low, chart.signal.high) if each is not None]


def _full(chart: Chart) -> float | None:
    """Where the scale surely ends: a share ends at 100."""
    return 100.0 if chart.signal.unit == "%" else None


def alert_lines(alerts: Sequence[Alert] | None, width: int, now: float | None = None) -> list[Line]:
    """Each alert: state, name, severity, since when, what it says.  `now` in Unix seconds."""
    moment = time.time() if now is None else now
    lines = []
    for alert in alerts or ():
        tone = "bad" if alert.state == "firing" else "warn"
        since = f"{max(0.0, moment - alert.since) / 60:.0f} min" if alert.since else ""
        sign = "!" if alert.state == "firing" else "…"
        spans = [Span(f" {sign} {alert.name}", tone), Span(f"  {alert.severity}  {since}  ", "dim")]
        lines.append(spread([*spans, Span(alert.summary)], [], width))
    return lines


def chart_lines(charts: Sequence[Chart], heard: Charts, width: int, height: int) -> list[Line]:
    """One signal on the whole screen: its percentiles as curves, a scale, a legend, its source and query."""
    first = charts[0]
    unit = first.signal.unit
    if first.why is not None:
        return [line((f" {text}", "warn")) for text in wrap(say(first.why[0], **first.why[1]), width - 2)]
    below = _legend(charts, width) + _source(charts, width)
    rows = max(3, height - len(below) - 1)
    scale = 11
    tones = TONES if len(charts) > 1 else ("accent",)
    top = top_of([each.points for each in charts], _figures(first), _full(first))
    wide = width - scale - 1
    curves = [
        Curve(_stretched(each.points, 2 * wide), tone) for each, tone in zip(charts, tones, strict=False)
    ]
    field = plot(curves, wide, rows, top, _figures(first))
    lines = []
    for index, row in enumerate(field):
        value = top * (1 - index / (rows - 1))
        mark = index in (0, rows // 2, rows - 1)
        text = amount(value, unit) if mark and value else "0" if mark else ""
        lines.append(Line((Span(fit(f"{text} ", scale, right=True), "dim"), *row)))
    ends = [Span(" " * scale), Span(f"-{window_text(heard.view.window)}", "dim")]
    lines.append(spread(ends, [Span(time.strftime("%H:%M:%S", time.localtime(heard.end)), "dim")], width))
    return lines + below


def _legend(charts: Sequence[Chart], width: int) -> list[Line]:
    """For each curve the value now, and the least, mean and greatest of the window."""
    tones = TONES if len(charts) > 1 else ("accent",)
    lines = []
    for chart, tone in zip(charts, tones, strict=False):
        known = [value for value in chart.points if value is not None]
        unit = chart.signal.unit
        name = f"P{100 * chart.q:g}" if chart.signal.quantiles else name_of(chart)
        parts = [(say("tui.now"), chart.now)]
        if known:
            parts += [
                (say("tui.least"), min(known)),
                (say("tui.mean"), sum(known) / len(known)),
                (say("tui.most"), max(known)),
            ]
        text = "   ".join(f"{label} {amount(value, unit)}" for label, value in parts)
        figure = f"   {say('tui.figure')} {figure_of(chart)}" if figure_of(chart) else ""
        lines.append(spread([Span(f" ━ {fit(name, 16)}", tone), Span(text), Span(figure, "dim")], [], width))
    return lines


def _source(charts: Sequence[Chart], width: int) -> list[Line]:
    chart = charts[min(1, len(charts) - 1)]
    words = wrap(f"{chart.exporter}: {chart.query}", max(10, width - 2))
    return [line((f" {text}", "dim")) for text in words]
