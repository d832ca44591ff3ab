"""Two ONNX files of one model, before and after it was optimised: how much of the graph went away."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.places import at_home
from gpuready.probes.deadline import Deadline
from gpuready.probes.model_onnx import argv_of, read_graph
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe
from gpuready.probes.together import together


def _pair(ask: Ask) -> tuple[Path, Path]:
    """The two files; `after` may be the target itself."""
    options = ask.target.options
    before = options.get("before", "")
    after = options.get("after") or ask.target.address
    if not before or not after or "://" in before + after:
        raise NoData("probes_model.no_pair")
    return at_home(before), at_home(after)


def _steps(ask: Ask) -> Sequence[str]:
    try:
        return tuple(shlex.join(argv_of(path)) for path in _pair(ask))
    except NoData as fault:
        return (str(fault),)


async def _graph(ask: Ask) -> Measurement:
    """Constant nodes count in neither file: their removal alone would make the figure."""
    paths = _pair(ask)
    if await asyncio.to_thread(_same, paths):
        raise NoData("probes_model.same_file", path=paths[0])
    limit = Deadline(ask).left
    before, after = await together(*(read_graph(path, limit) for path in paths))
    for path, graph in zip(paths, (before, after), strict=True):
        if graph.valid is False and not graph.nodes:
            raise NoData("probes_model.bad_onnx", path=path, why=graph.why).showing(graph.exchange)
    if set(before.outputs) != set(after.outputs) or set(before.inputs) != set(after.inputs):
        raise NoData(
            "probes_model.other_model",
            before=", ".join((*before.inputs, *before.outputs)),
            after=", ".join((*after.inputs, *after.outputs)),
        ).showing(before.exchange, after.exchange)
    if not before.nodes:
        raise NoData("probes_model.empty_graph", path=paths[0]).showing(before.exchange)
    removed = before.nodes - after.nodes
    fields: dict[str, Scalar] = {
        "nodes_before": before.nodes,
        "nodes_after": after.nodes,
        "nodes_removed": removed,
        "node_reduction": 100 * removed / before.nodes,
        "constants_before": before.constants,
        "constants_after": after.constants,
        "foldable_before": before.foldable,
        "foldable_after": after.foldable,
        "constants_folded": before.foldable - after.foldable,
        "initializers_before": before.initializers,
        "initializers_after": after.initializers,
        "operators_changed": changed(before.operators, after.operators),
    }
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if after.foldable:
        remarks.append(("probes_model.still_foldable", {"count": after.foldable}))
    for path, graph in zip(paths, (before, after), strict=True):
        if graph.valid is False:
            remarks.append(("probes_model.bad_onnx", {"path": path, "why": graph.why}))
    table = Exchange("operators before -> after", changed(before.operators, after.operators, most=60))
    return Measurement(fields, "onnx", (before.exchange, after.exchange, table), tuple(remarks))


def _same(paths: tuple[Path, Path]) -> bool:
    try:
        return paths[0].samefile(paths[1])
    except OSError:
        return False  # reading them says which is missing


def changed(before: Mapping[str, int], after: Mapping[str, int], most: int = 5) -> str:
    """The operators whose number changed most: ``Relu 16>0, FusedConv 0>16``."""
    differing = {op for op in {*before, *after} if before.get(op, 0) != after.get(op, 0)}
    ranked = sorted(differing, key=lambda op: (-abs(before.get(op, 0) - after.get(op, 0)), op))
    return ", ".join(f"{op} {before.get(op, 0)}>{after.get(op, 0)}" for op in ranked[:most])


GRAPH = Probe(
    name="model.graph",
    measure=_graph,
    steps=_steps,
    fields={
        "nodes_removed": "count",
        "node_reduction": "%",
        "nodes_before": "count",
        "nodes_after": "count",
        "constants_before": "count",
        "constants_after": "count",
        "foldable_before": "count",
        "foldable_after": "count",
        "constants_folded": "count",
        "initializers_before": "count",
        "initializers_after": "count",
        "operators_changed": "",
    },
    on="model",
    limit=60,
    lane="disk",
)
