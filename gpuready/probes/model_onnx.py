"""One ONNX file read by the onnx package, in a process of its own: a broken or huge file costs only that.

``python -P -m gpuready.probes.model_onnx FILE`` prints what `Graph` holds, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gpuready.probes.command import run
from gpuready.probes.probe import Broken, Exchange, NoData
from gpuready.text.safe import safe_line

LARGEST = 2**31  # bytes; protobuf's own limit
_MEMORY = 12 * 2**30  # bytes of address space that the child may take
# Operators whose result differs from run to run: nothing folds them.
_RANDOM = frozenset({"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial"})


@dataclass(frozen=True, slots=True)
class Graph:
    """`nodes` leaves Constant out; `foldable` are nodes whose inputs are all constant; `valid` is what the
    checker says (None: the file is newer than the checker), `why` its words."""

    nodes: int
    constants: int
    foldable: int
    initializers: int
    operators: Mapping[str, int]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    ir_version: int
    opset: int
    producer: str
    valid: bool | None
    why: str = ""
    exchange: Exchange = field(default=Exchange("", ""), compare=False)


def argv_of(path: Path) -> list[str]:
    """The command that reads the file."""
    return [sys.executable, "-P", "-m", "gpuready.probes.model_onnx", str(path)]


async def read_graph(path: Path, limit: float) -> Graph:
    """The graph of the file, within `limit` seconds.  `NoData` when the onnx package is not installed, the
    file is not there or too large; `Broken` when the reader dies of it."""
    try:
        size = (await asyncio.to_thread(path.stat)).st_size
    except OSError:
        raise NoData("probes_model.no_file", path=path) from None
    if size > LARGEST:
        raise NoData("probes_model.too_large", path=path, limit=LARGEST // 2**30)
    env = {"PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
    done = await run(argv_of(path), limit=limit, env=env)
    try:
        said = json.loads(done.out)
    except ValueError:
        raise Broken("probes_model.reader_died", path=path, code=done.code).showing(done.exchange) from None
    if "fault" in said:
        raise NoData(said["fault"], path=path).showing(done.exchange)
    said |= {name: tuple(said[name]) for name in ("inputs", "outputs")}
    said["why"] = safe_line(said["why"])
    return Graph(**said, exchange=done.exchange)


def look(path: Path) -> dict[str, object]:
    """In the child: what `Graph` holds."""
    try:
        import onnx
    except ImportError:
        return {"fault": "probes_model.no_onnx"}
    try:
        model: Any = onnx.load(str(path), load_external_data=False)
    except PermissionError:
        return {"fault": "probes_model.no_rights"}
    except Exception as error:  # protobuf's errors have no common kind
        return _empty(str(error) or type(error).__name__)
    opset = max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=0)
    # A newer file may pass by chance, as its operators are held against an older description of them.
    newer = opset > onnx.defs.onnx_opset_version() or model.ir_version > onnx.IR_VERSION
    valid: bool | None = None if newer else True
    why = ""
    try:
        onnx.checker.check_model(str(path))
    except Exception as error:
        valid = None if newer else False
        why = str(error)[:300]
    graph = model.graph
    constant = {each.name for each in graph.initializer} - {each.name for each in graph.input}
    counts: Counter[str] = Counter()
    foldable = _count(graph, constant, counts)
    constants = counts.pop("Constant", 0)
    return {
        "nodes": counts.total(),
        "constants": constants,
        "foldable": foldable,
        "initializers": len(graph.initializer),
        "operators": dict(counts.most_common()),
        "inputs": [each.name for each in graph.input if each.name not in {i.name for i in graph.initializer}],
        "outputs": [each.name for each in graph.output],
        "ir_version": model.ir_version,
        "opset": opset,
        "producer": f"{model.producer_name} {model.producer_version}".strip(),
        "valid": valid,
        "why": why,
    }


def _empty(why: str) -> dict[str, object]:
    numbers = dict.fromkeys(("nodes", "constants", "foldable", "initializers", "ir_version", "opset"), 0)
    lists: dict[str, object] = {"operators": {}, "inputs": [], "outputs": [], "producer": ""}
    return {**numbers, **lists, "valid": False, "why": why[:300]}


def _count(graph: Any, constant: set[str], counts: Counter[str]) -> int:
    """Count the graph's operators, those of its branches and loop bodies too; tell how many a folder could
    have replaced by their result."""
    foldable = 0
    for node in graph.node:
        counts[node.op_type] += 1
        bodies = [a.g for a in node.attribute if a.HasField("g")] + [
            g for a in node.attribute for g in a.graphs
        ]
        for body in bodies:
            foldable += _count(body, constant | {each.name for each in body.initializer}, counts)
        if node.op_type == "Constant":
            constant |= set(node.output)
        elif (
            node.input
            and not bodies
            and node.op_type not in _RANDOM
            and all(not name or name in constant for name in node.input)
        ):
            foldable += 1
            constant |= set(node.output)
    return foldable


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    print(json.dumps(look(Path(sys.argv[1]))))
