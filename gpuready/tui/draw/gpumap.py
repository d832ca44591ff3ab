"""The map of a cluster's GPUs: which nodes have how many free, so that what is scattered is seen as such."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from gpuready.kube.panel.facts import Amounts, Gpus, Group, NodeFact, PodFact, grouped
from gpuready.text.say import say
from gpuready.tui.draw.bars import DASH, bar
from gpuready.tui.draw.line import Line, Span, fit, spread

ORDERS = ("free", "name", "state")
"""How nodes are ordered: by product and free GPUs (alike ones together), by name, troubled ones first."""
MOST = 200
"""Rows of one section at most; who looks for more filters."""

_SIGNS = 16  # GPUs of a node that are drawn one by one
_PRODUCT, _FREE, _COUNT, _NAME = 18, 12, 6, 24
_DEMANDS = 3
_WORDS = 72  # cells from which on there is room for words that explain
_IN_GROUP = 50


@dataclass(frozen=True, slots=True)
class Look:
    """How the operator looks at a cluster: the order of the nodes, words that must occur (lower case), and
    the keys of what is opened."""

    order: str = "free"
    words: tuple[str, ...] = ()
    opened: frozenset[str] = frozenset()

    def shows(self, *texts: str) -> bool:
        """Whether the filter lets through what those texts tell of."""
        if not self.words:
            return True
        whole = " ".join(texts).lower()
        return all(word in whole for word in self.words)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the panel.  `key` names what stands there (``node:NAME``); empty where there is nothing to
    choose."""

    spans: Sequence[Span]
    key: str = ""

    def line(self, width: int, chosen: str) -> Line:
        ground = "cursor" if self.key and self.key == chosen else ""
        return spread(self.spans, [], width, ground)


def map_rows(
    nodes: Sequence[NodeFact],
    groups: Sequence[Group],
    pending: Sequence[PodFact],
    look: Look,
    width: int,
    room: int,
) -> list[Row]:
    """What waits and where it would fit, then the nodes with GPUs: each by itself where there is room for
    all, else alike ones together.  `room` is in rows."""
    # Where a request fits is asked of all nodes, those that the filter hides too.
    waits = demand_rows(pending, [g for g in groups if g.gpus], max(1, min(_DEMANDS, room - 2)))
    if look.words:
        nodes = [each for each in nodes if look.shows(each.name, each.product, each.zone, each.state)]
        groups = grouped(nodes)
    else:
        groups = [each for each in groups if each.gpus]
    left = MOST if "map" in look.opened else max(2, room - len(waits))
    count = sum(each.count for each in groups)
    if look.order == "free" and count > left:
        return waits + _group_rows(nodes, groups, look, width, left)
    rows = _node_rows(nodes, look, left, widest(groups))
    if count > left:
        rows[left - 1 :] = [
            Row([Span(f" {say('cluster.more', count=count - left + 1)}", "accent")], "open:map")
        ]
    return waits + rows


def demand_rows(pending: Iterable[PodFact], groups: Sequence[Group], most: int) -> list[Row]:
    """The commonest requests that wait, and how many nodes have that many free."""
    counts = Counter(each.gpus for each in pending if each.gpus and not each.node)
    rows = []
    for asked, many in counts.most_common(most):
        number = sum(n for _, n in asked)
        spans = [
            Span(f" {'◇' * min(number, _SIGNS)} ", "warn"),
            Span(say("cluster.waiting", asks=asks_text(asked), count=many), "strong"),
        ]
        text, tone = _fitting(asked, groups)
        rows.append(Row([*spans, Span(f"  {text}", tone)]))
    return rows


def _fitting(asked: Amounts, groups: Sequence[Group]) -> tuple[str, str]:
    """Whether there is room for such a request; the case that free GPUs are scattered is the worst."""
    kinds = {kind for kind, _ in asked}
    room = [(each.has_room(asked), each.count) for each in groups]
    if nodes := sum(count for has, count in room if has):
        return say("cluster.fits", nodes=nodes), "warn"
    if any(has is None for has, _ in room):
        return say("cluster.fits_unknown"), "dim"
    by_node = [
        (sum(gpus.free or 0 for gpus in each.gpus if gpus.kind in kinds), each.count)
        for each in groups
        if not each.state
    ]
    free = sum(many * count for many, count in by_node)
    if free >= sum(many for _, many in asked):
        return say("cluster.scattered", free=free, most=max(many for many, _ in by_node)), "bad"
    return say("cluster.too_few", free=free), "bad"


def _group_rows(
    nodes: Sequence[NodeFact], groups: Iterable[Group], look: Look, width: int, room: int
) -> list[Row]:
    """Alike nodes in one row each; where there is no room for that, a row for each product."""
    merged: dict[str, Group] = {}
    counts: Counter[str] = Counter()
    for each in groups:
        merged.setdefault(_key(each), each)
        counts[_key(each)] += each.count
    ordered = sorted(merged.values(), key=lambda g: (g.product, bool(g.state), -(g.free or 0), _key(g)))
    drawing = _Drawing(look, counts, widest(ordered), max(counts.values(), default=1), width, nodes)
    rows: list[Row] = []
    for product, alike in groupby(ordered, key=lambda g: g.product):
        mine = list(alike)
        name = Span(f" {fit(short_product(product), _PRODUCT)} ")
        if len(ordered) > room:
            rows.append(_product_row(name, mine, drawing))
            if rows[-1].key not in look.opened:
                continue
            name = Span(" " * (_PRODUCT + 2))
        for each in mine:
            rows += _group_row(name, each, drawing)
            name = Span(" " * (_PRODUCT + 2))
    return rows


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What the rows of one map have in common: `most` nodes in one group, `signs` cells for its GPUs."""

    look: Look
    counts: Mapping[str, int]
    signs: int
    most: int
    width: int
    nodes: Sequence[NodeFact]


def _product_row(name: Span, groups: Sequence[Group], drawing: _Drawing) -> Row:
    """How many nodes of that product have none, one, two ... free."""
    by_free: Counter[tuple[int, str]] = Counter()
    whole = {each.free for each in groups if each.free == each.total}
    for each in groups:
        label = say(f"cluster.{each.state}") if each.state else "?" if each.free is None else f"{each.free}"
        by_free[(999 if each.state else each.free or 0), label] += drawing.counts[_key(each)]
    spans = [name]
    if drawing.width >= _WORDS:
        spans.append(Span(f"{say('cluster.free_by_nodes')} ", "dim"))
    for (free, label), count in sorted(by_free.items()):
        tone = "bad" if free == 999 else "good" if free in whole and free else "accent" if free else "dim"
        spans += [Span(f" {label}", tone), Span(f"×{count}")]
    return Row(spans, f"product:{groups[0].product}")


def _group_row(name: Span, each: Group, drawing: _Drawing) -> list[Row]:
    """One row of alike nodes, and when it is opened the nodes themselves."""
    key, count = _key(each), drawing.counts[_key(each)]
    spans = [name, *_facts(each, drawing.signs)]
    spans.append(Span(fit(f" ×{count}", _COUNT), "strong"))
    rest = drawing.width - sum(Line((span,)).width for span in spans) - 2
    if each.state:
        spans.append(Span(say(f"cluster.{each.state}"), "bad"))
    elif rest > 4:
        spans.append(Span(bar(100 * count / drawing.most, min(rest, 40)), "good" if each.free else "dim"))
    row = Row(spans, f"group:{key}")
    return [row, *_inside(drawing.nodes, key, drawing.signs)] if row.key in drawing.look.opened else [row]


def _inside(nodes: Iterable[NodeFact], key: str, signs: int) -> list[Row]:
    """The nodes of one group, by name."""
    inside = [each for each in nodes if _key(Group(each.product, each.state, each.gpus)) == key]
    rows = [node_row(each, signs, inside=True) for each in heapq.nsmallest(_IN_GROUP, inside, _by_name)]
    if len(inside) > _IN_GROUP:
        rows.append(Row([Span(f"     {say('cluster.more_filter', count=len(inside) - _IN_GROUP)}", "dim")]))
    return rows


def _node_rows(nodes: Iterable[NodeFact], look: Look, room: int, signs: int) -> list[Row]:
    keys: dict[str, Callable[[NodeFact], tuple[object, ...]]] = {
        "free": lambda n: (n.product, bool(n.state), -(n.free or 0), n.name),
        "name": _by_name,
        "state": lambda n: (not n.state, not n.pressures, n.name),
    }
    mine = (each for each in nodes if each.gpus or look.words)
    return [node_row(each, signs) for each in heapq.nsmallest(room, mine, keys[look.order])]


def _by_name(node: NodeFact) -> tuple[object, ...]:
    return (node.name,)


def node_row(node: NodeFact, signs: int = _SIGNS, *, inside: bool = False) -> Row:
    """One node: its name, product, GPUs one by one, and what is wrong with it."""
    name = [Span(f"   {fit(node.name, _NAME)} ")] if inside else [Span(f" {fit(node.name, _NAME)} ")]
    said = [say(f"cluster.{node.state}")] if node.state else []
    said += [node.reason] if node.state == "not_ready" and node.reason else []
    spans = [*name, *_facts(node, signs), Span(f" {' '.join([*said, *node.pressures])}", "bad")]
    return Row(
        [*spans, Span("" if inside else f" {short_product(node.product)}", "dim")], f"node:{node.name}"
    )


def _facts(of: Group | NodeFact, signs: int) -> list[Span]:
    """The GPUs drawn one by one where they are few, and how many of how many are free."""
    drawn = gpu_signs(of.gpus, reachable=not of.state)
    cells = sum(Line((span,)).width for span in drawn)
    free = "?" if of.free is None else of.free
    tone = "" if of.free is None else "good" if of.free else "dim"
    text = say("cluster.free_of", free=free, total=of.total) if of.gpus else say("cluster.no_gpu")
    return [*drawn, Span(" " * max(0, signs - cells + 1)), Span(fit(text, _FREE), tone)]


def widest(of: Iterable[Group | NodeFact]) -> int:
    """Cells that the GPUs of the largest of them need."""
    return max((sum(Line((s,)).width for s in gpu_signs(each.gpus)) for each in of), default=0)


def gpu_signs(gpus: Sequence[Gpus], *, reachable: bool = True) -> list[Span]:
    """One sign for each GPU: taken, set aside, free, out of reach, unhealthy; figures where they are many or
    of several kinds."""
    if len(gpus) != 1 or gpus[0].capacity not in range(1, _SIGNS + 1):
        return [Span("  ".join(_figures(each) for each in gpus), "accent")] if gpus else []
    only = gpus[0]
    if only.requested is None:
        return [Span("?" * only.allocatable, "dim"), Span("✗" * only.unhealthy, "bad")]
    free = only.free or 0
    aside = min(only.nominated, free)
    spans = [
        Span("■" * min(only.requested, only.allocatable), "accent"),
        Span("◇" * aside, "warn"),
        Span("□" * (free - aside), "good") if reachable else Span("-" * (free - aside), "dim"),
        Span("✗" * only.unhealthy, "bad"),
    ]
    return [span for span in spans if span.text]


def _figures(gpus: Gpus) -> str:
    used = DASH if gpus.requested is None else gpus.requested
    return f"{short_kind(gpus.kind)} {used}/{gpus.capacity}"


def short_kind(kind: str) -> str:
    """``nvidia.com/gpu`` as GPU, ``nvidia.com/mig-1g.10gb`` as 1g.10gb, others by their last part."""
    last = kind.rpartition("/")[2]
    return "GPU" if last == "gpu" else last.removeprefix("mig-")


def asks_text(asked: Amounts, claims: int = 0) -> str:
    """What a pod requests: ``4 GPU``, ``2 1g.10gb``."""
    parts = [f"{many} {short_kind(kind)}" for kind, many in asked]
    return " + ".join(parts + ([say("cluster.claims", count=claims)] if claims else []))


def short_product(product: str) -> str:
    """The product as people call it: ``H100-80GB-HBM3``."""
    return product.removeprefix("NVIDIA-") or DASH


def _key(group: Group) -> str:
    bad = sum(each.unhealthy for each in group.gpus)
    free = "?" if group.free is None else group.free
    return f"{group.product}|{group.state}|{group.total}|{free}|{bad}"
