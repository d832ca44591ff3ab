"""The panel of a cluster: the map of its GPUs, then what is wrong, what waits, what runs, what was warned of.

Each section is one line at least, which tells the most important of it; the rest of the room is shared out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gpuready.kube.panel.facts import PARTS, ClusterSample, Engine, NodeFact, PodFact, WarningEvent
from gpuready.kube.read.conditions import spoken
from gpuready.text.say import say
from gpuready.tui.draw.bars import DASH
from gpuready.tui.draw.gpumap import MOST, Look, Row, asks_text, map_rows
from gpuready.tui.draw.line import Line, Span, spread

T = TypeVar("T")

_NARROW = 50  # cells below which there is no room for more than one figure
_MAP = 4  # rows that the map has before any section has more than its first line


@dataclass(frozen=True, slots=True)
class Drawn:
    """The panel's lines, and what stands on each (see `Row.key`)."""

    lines: list[Line]
    keys: list[str]


@dataclass(frozen=True, slots=True)
class _Section:
    """`title` says how many there are, `rows` makes that many of them, at most `count`."""

    key: str
    title: str
    tone: str
    count: int
    rows: Callable[[int], list[Row]]


def cluster_lines(sample: ClusterSample, look: Look, width: int, height: int, chosen: str) -> Drawn:
    """The panel for that size; `chosen` is the key of the row with the cursor."""
    rows = _note_rows(sample)
    sections = [each for each in _sections(sample, look) if each.count]
    room = max(0, height - 1 - len(rows) - len(sections))
    # Half of the room, and what the sections do not need of theirs.
    most = max(_MAP, room // 2, room - sum(each.count for each in sections))
    rows += map_rows(sample.nodes, sample.groups, sample.pending, look, width, most)
    if "nodes" in sample.read and not any(each.gpus for each in sample.nodes):
        rows.append(Row([Span(f" {say('cluster.no_gpus')}", "dim")]))
    left = height - 1 - len(rows) - len(sections)
    shares = _shared([each.count for each in sections], left)
    for section, share in zip(sections, shares, strict=True):
        rows += _section_rows(section, share, look)
    lines = [title_line(sample, look, width), *(row.line(width, chosen) for row in rows)]
    return Drawn(lines, ["", *(row.key for row in rows)])


def title_line(sample: ClusterSample, look: Look, width: int) -> Line:
    """Which cluster, and the four figures that tell how it is."""
    left = [Span(" Kubernetes ", "title"), Span(f"{sample.context}  ", "strong"), Span(sample.version, "dim")]
    if look.order != "free":
        left.append(Span(f"  {say(f'cluster.by_{look.order}')}", "accent"))
    if look.words:
        left.append(Span(f"  [{' '.join(look.words)}]", "accent"))
    if "nodes" not in sample.read:
        return spread(left, [Span(f"{say('tui.waiting')} ", "dim")] if not sample.notes else [], width, "bar")
    right = _figures(sample, "title")
    if sum(Line((span,)).width for span in (*left, *right)) > width:
        # Which cluster it is must not be what is cut.
        right = _figures(sample, "short")[: 3 if width >= _NARROW else 1]
    return spread(left, [*right, Span(" ")], width, "bar")


def _figures(sample: ClusterSample, form: str) -> list[Span]:
    """Nodes that are ready, GPUs that are free, pods that wait, as far as known."""
    ready = sum(each.ready == "True" for each in sample.nodes)
    tone = "" if ready == len(sample.nodes) else "bad"
    spans = [Span(say(f"cluster.{form}_nodes", ready=ready, all=len(sample.nodes)), tone)]
    total = sum(each.total * each.count for each in sample.groups)
    free = [None if each.free is None else each.free * each.count for each in sample.groups]
    known = "?" if None in free else sum(each or 0 for each in free)
    spans.append(Span("  " + say(f"cluster.{form}_gpus", free=known, all=total)))
    if "pods" in sample.read:
        many = len(sample.pending)
        spans.append(Span("  " + say(f"cluster.{form}_pending", count=many), "warn" if many else "dim"))
    return spans


def _note_rows(sample: ClusterSample) -> list[Row]:
    """What is missing, and what is still on its way."""
    rows = []
    for part in PARTS:
        if part in sample.notes:
            key, fields = sample.notes[part]
            head = Span(f" {say(f'cluster.part_{part}')}: ", "warn")
            rows.append(Row([head, Span(say(key, **fields), "warn")], f"note:{part}"))
        elif part not in sample.read:
            text = f" {say(f'cluster.part_{part}')}: {say('tui.waiting')}"
            rows.append(Row([Span(text, "dim")]))
    return rows


def _sections(sample: ClusterSample, look: Look) -> list[_Section]:
    at = sample.at
    troubled = [
        each
        for each in sample.nodes
        if (each.ready != "True" or each.pressures)
        and look.shows(each.name, each.reason, each.product, *each.pressures)
    ]
    pods = [each for each in (*sample.pending, *sample.failing) if _shows_pod(look, each)]
    engines = [each for each in sample.engines if look.shows(each.title, each.engine, each.kind)]
    short = sum(each.ready < each.desired for each in engines)
    warned = [w for w in sample.warnings if look.shows(w.about, w.reason, w.message)]
    count = len(warned) if look.words else sample.warning_count
    pending = sum(each.state == "pending" for each in pods)
    waiting = say("cluster.pods", pending=pending, failing=len(pods) - pending)
    if sample.idle_pending or sample.idle_failing:
        waiting += say("cluster.pods_idle", pending=sample.idle_pending, failing=sample.idle_failing)
    return [
        _section(
            "nodes",
            say("cluster.trouble", count=len(troubled)),
            "bad",
            troubled,
            lambda n: trouble_row(n, at),
        ),
        _section("pods", waiting, "warn", pods, lambda p: pod_row(p, at)),
        _section(
            "engines",
            say("cluster.engines", count=len(engines), short=short),
            "bad" if short else "good",
            engines,
            engine_row,
        ),
        _section(
            "events", say("cluster.warnings", count=count), "warn", warned, lambda w: warning_row(w, at)
        ),
    ]


def _section(key: str, title: str, tone: str, items: Sequence[T], row: Callable[[T], Row]) -> _Section:
    return _Section(key, title, tone, len(items), lambda most: [row(each) for each in items[:most]])


def _section_rows(section: _Section, share: int, look: Look) -> list[Row]:
    """The section's first line, and below it as many as there is room for; all of them when it is opened."""
    key = f"open:{section.key}"
    most = MOST if key.removeprefix("open:") in look.opened else share
    inside = section.rows(most)
    head = [Span(f" {'▾' if inside else '▸'} {section.title}", section.tone)]
    if not inside:
        head += [Span("  "), *section.rows(1)[0].spans]
    elif len(inside) < section.count:
        head.append(Span(f"  {say('cluster.shown', count=len(inside))}", "dim"))
    return [Row(head, key), *inside]


def _shared(wants: Sequence[int], room: int) -> list[int]:
    """The rows of each section: one more to each in turn, as long as there is room."""
    shares = [0] * len(wants)
    while room > 0 and any(share < want for share, want in zip(shares, wants, strict=True)):
        for index, want in enumerate(wants):
            if room > 0 and shares[index] < want:
                shares[index] += 1
                room -= 1
    return shares


def trouble_row(node: NodeFact, at: float) -> Row:
    """A node that is not ready, or under pressure: why, and since when."""
    state = (
        "NotReady" if node.ready == "False" else f"Ready={node.ready or DASH}" if not node.is_ready else ""
    )
    spans = [
        Span(" ✗ " if state else " ! ", "bad" if state else "warn"),
        Span(f"{node.name}  ", "strong"),
        Span(" ".join(filter(None, (state, node.reason if state else "", *node.pressures))), "bad"),
        Span(f"  {ago(node.since, at)}  " if state else "  ", "dim"),
        Span(node.message),
    ]
    return Row(spans, f"node:{node.name}")


def pod_row(pod: PodFact, at: float) -> Row:
    """A pod that waits or fails: what it asks for, why, how long."""
    waits = pod.state == "pending"
    spans = [
        Span(" … " if waits else " ✗ ", "warn" if waits else "bad"),
        Span(f"{pod.title}  ", "strong"),
        Span(f"{asks_text(pod.gpus, pod.claims)}  "),
        Span(f"{pod.reason or pod.state} ", "warn" if waits else "bad"),
        Span(f"{ago(pod.since, at)}  ", "dim"),
        Span(pod.message),
    ]
    return Row(spans, f"pod:{pod.title}")


def engine_row(engine: Engine) -> Row:
    """An engine: whether all of its replicas are ready."""
    enough, parked = engine.ready >= engine.desired, engine.desired == 0
    sign, tone = ("-", "dim") if parked else ("✓", "good") if enough else ("✗", "bad")
    spans = [
        Span(f" {sign} ", tone),
        Span(f"{engine.ready}/{engine.desired}  ", tone),
        Span(f"{engine.title}  ", "strong"),
        Span(f"{engine.engine}  "),
        Span(engine.kind, "dim"),
    ]
    return Row(spans, f"engine:{engine.kind}/{engine.title}")


def warning_row(warning: WarningEvent, at: float) -> Row:
    """A warning: when last, what, about what, how often."""
    often = f" x{warning.count}" if warning.count > 1 else ""
    spans = [
        Span(" ! ", "warn"),
        Span(f"{ago(warning.last, at)}  ", "dim"),
        Span(f"{warning.reason}{often}  ", "warn"),
        Span(f"{warning.about}  ", "strong"),
        Span(warning.message),
    ]
    return Row(spans, f"event:{warning.about}/{warning.reason}")


def ago(since: float, at: float) -> str:
    """How long ago, to the minute: seconds would change the line all the time."""
    if not since:
        return DASH
    seconds = max(0.0, at - since)
    return "<1 min" if seconds < 60 else spoken(seconds)


def _shows_pod(look: Look, pod: PodFact) -> bool:
    return look.shows(pod.title, pod.reason, pod.node, pod.message)
