"""One thing of a cluster in full: a node with its pods and checks, a pod, an engine, a warning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gpuready.kube.panel.facts import ClusterSample, Gpus, NodeFact, PodFact
from gpuready.session.board import CheckStanding
from gpuready.text.say import language, say
from gpuready.tui.draw.bars import DASH
from gpuready.tui.draw.cluster import ago, engine_row, pod_row, warning_row
from gpuready.tui.draw.gpumap import Row, asks_text, gpu_signs, short_kind, short_product
from gpuready.tui.draw.line import Line, Span, line, spread, wrap
from gpuready.tui.draw.signs import sign_of_check

_LABEL = 13


def node_lines(
    node: NodeFact,
    sample: ClusterSample,
    named: Sequence[CheckStanding],
    others: Sequence[CheckStanding],
    width: int,
) -> list[Line]:
    """The node's facts, what stands on it, and its checks: those that name it, and all that read nodes."""
    at = sample.at
    state = (
        "Ready" if node.is_ready else "NotReady" if node.ready == "False" else f"Ready={node.ready or DASH}"
    )
    tone = "good" if node.is_ready else "bad"
    lines = _labelled("cluster.state", f"{state} {node.reason}  {ago(node.since, at)}", width, tone)
    lines += _labelled("", node.message, width)
    if node.unschedulable:
        lines += _labelled("", say("cluster.cordoned_long"), width, "warn")
    lines += _labelled("cluster.pressure", ", ".join(node.pressures), width, "bad")
    lines += _labelled("cluster.product", short_product(node.product), width)
    for each in node.gpus:
        lines += _gpus(each, node, width)
    if not node.gpus:
        lines += _labelled("GPU", say("cluster.no_gpu"), width, "dim")
    lines += _labelled("cluster.taints", ", ".join(node.taints), width)
    lines += _labelled("cluster.zone", node.zone, width)
    lines += _labelled("kubelet", node.version, width)
    there = [each for each in sample.pods if each.node == node.name or each.nominated == node.name]
    lines += _rows("cluster.pods_here", (_pod_here(each, at) for each in there), width)
    about = [each for each in sample.warnings if each.kind == "Node" and each.name == node.name]
    lines += _rows("cluster.warnings_here", (warning_row(each, at) for each in about), width)
    lines += _checks("cluster.checks_named", named, width)
    return lines + _checks("cluster.checks_nodes", others, width)


def _gpus(gpus: Gpus, node: NodeFact, width: int) -> list[Line]:
    """The four figures that the scheduler goes by, and the GPUs one by one."""
    text = say(
        "cluster.four",
        capacity=gpus.capacity,
        allocatable=gpus.allocatable,
        requested="?" if gpus.requested is None else gpus.requested,
        free="?" if gpus.free is None else gpus.free,
    )
    lines = _labelled(short_kind(gpus.kind), text, width, "strong")
    drawn = [Span(" " * (_LABEL + 2)), *gpu_signs((gpus,), reachable=not node.state)]
    legend = Span(f"  {say('cluster.legend')}", "dim")
    return [*lines, spread([*drawn, legend], [], width)]


def _pod_here(pod: PodFact, at: float) -> Row:
    if pod.state != "running":
        return pod_row(pod, at)
    spans = [Span("   "), Span(f"{pod.title}  ", "strong"), Span(asks_text(pod.gpus, pod.claims))]
    return Row([*spans, Span(f"  {pod.reason or ''} {ago(pod.since, at)}", "dim")])


def thing_lines(sample: ClusterSample, key: str, width: int) -> list[Line]:
    """What stands behind the key of a row that is no node: its line, and in full what is said about it."""
    sort, _, name = key.partition(":")
    if sort == "note" and name in sample.notes:
        said, fields = sample.notes[name]
        return [line((f" {text}", "warn")) for text in wrap(say(said, **fields), width - 2)]
    if sort == "pod":
        for pod in (*sample.pending, *sample.failing):
            if pod.title == name:
                return [*_whole(pod_row(pod, sample.at), pod.message, width)]
    if sort == "event":
        for each in sample.warnings:
            if f"{each.about}/{each.reason}" == name:
                return [*_whole(warning_row(each, sample.at), each.message, width)]
    if sort == "engine":
        for engine in sample.engines:
            if f"{engine.kind}/{engine.title}" == name:
                mine = (each for each in sample.pods if _is_of(each, engine.namespace, engine.name))
                rows = _rows("cluster.pods_of", (_pod_here(each, sample.at) for each in mine), width)
                return [engine_row(engine).line(width, ""), *rows]
    return [line((f" {say('cluster.gone')}", "dim"))]


def _is_of(pod: PodFact, namespace: str, workload: str) -> bool:
    """Whether the pod's name is one that the workload's controllers make."""
    return pod.namespace == namespace and pod.name.startswith(f"{workload}-")


def _whole(row: Row, message: str, width: int) -> Iterable[Line]:
    """The row without its message, and the message in full below."""
    spans = list(row.spans)[:-1]
    yield spread(spans, [], width)
    for text in wrap(message, width - 4):
        yield line(f"   {text}")


def _rows(title: str, rows: Iterable[Row], width: int) -> list[Line]:
    found = [row.line(width, "") for row in rows]
    return [Line(), line((f" {say(title, count=len(found))}", "title")), *found] if found else []


def _checks(title: str, checks: Sequence[CheckStanding], width: int) -> list[Line]:
    lines = [Line(), line((f" {say(title, count=len(checks))}", "title"))] if checks else []
    for each in checks:
        spans = [Span(" "), sign_of_check(each), Span(f" {each.check.ref:<14}", "dim")]
        words, state = each.check.words.to(language()), say(f"board.{each.verdict}")
        lines.append(spread([*spans, Span(words)], [Span(f" {state} ", "dim")], width))
    return lines


def _labelled(label: str, text: str, width: int, tone: str = "") -> list[Line]:
    """The text beside its label (a key of a message, or a name that needs none); nothing for no text."""
    name = say(label) if "." in label and not label[0].isdigit() else label
    if not text.strip(" -"):
        return []
    return [
        spread([Span(f" {name if not number else '':<{_LABEL}} ", "dim"), Span(part, tone)], [], width)
        for number, part in enumerate(wrap(" ".join(text.split()), max(10, width - _LABEL - 3)))
    ]
