"""Is there a model file that an engine could load as it is: ONNX, or a TensorRT engine?"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.model_files import engine_of, files_in, is_engine, path_of, served_file, weights_of
from gpuready.probes.model_onnx import Graph, argv_of, read_graph
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe

MOST = 20
"""ONNX files that are checked; of more only the first, by name."""

Remark = tuple[str, Mapping[str, object]]


def _steps(ask: Ask) -> Sequence[str]:
    address = ask.target.address or "PATH"
    if Path(address).suffix == ".onnx":
        return (f"STAT {address}", shlex.join(argv_of(Path(address))))
    each = shlex.join(argv_of(Path(address) / "FILE.onnx"))
    headers = "the headers of *.plan, *.engine, *.trt and *.safetensors, *.index.json and config.pbtxt"
    return (f"LIST {address}", f"READ {headers}", f"{each} (for each ONNX file)")


async def _artefacts(ask: Ask) -> Measurement:
    """`usable` is true when one ONNX file passes the checker; false when there is neither ONNX nor engine,
    or none is whole; left out when all depends on an engine, as only the GPU that it was built for can
    load that."""
    time = Deadline(ask)
    path = await asyncio.to_thread(path_of, ask.target)
    paths = await asyncio.to_thread(files_in, path)
    found = [each for each in paths if each.suffix == ".onnx"]
    engines = await asyncio.to_thread(lambda: [engine_of(each) for each in paths if is_engine(each)])
    weights = await asyncio.to_thread(weights_of, paths)
    configs = [each for each in paths if each.name == "config.pbtxt"]
    fields: dict[str, Scalar] = {
        "files": len(paths),
        "size": sum([each.stat().st_size for each in paths]),
        "onnx": len(found),
        "engines": len(engines),
        "triton_configs": len(configs),
        "safetensors": weights.files if weights else 0,
    }
    remarks: list[Remark] = []
    evidence = [Exchange(f"LIST {path}", "\n".join(f"{e.stat().st_size} {e}" for e in paths[:40]))]
    graphs: list[Graph] = []
    unread: NoData | None = None
    for each in found[:MOST]:
        try:
            graphs.append(await read_graph(each, time.left))
        except NoData as fault:
            unread = fault
            break
        evidence.append(graphs[-1].exchange)
        if graphs[-1].valid is False:
            remarks.append(("probes_model.bad_onnx", {"path": each, "why": graphs[-1].why}))
        elif graphs[-1].valid is None:
            remarks.append(("probes_model.newer_onnx", {"path": each, "opset": graphs[-1].opset}))
    whole = [engine for engine in engines if engine.whole]
    remarks += [("probes_model.bad_engine", {"path": each.path}) for each in engines if not each.whole]
    if versions := {engine.version for engine in whole if engine.version}:
        fields["tensorrt"] = min(versions)
    if any(graph.valid for graph in graphs):
        good = next(graph for graph in graphs if graph.valid)
        fields |= {"usable": True, "opset": good.opset, "nodes": good.nodes}
    elif unread is not None:
        if not whole:
            raise unread
        remarks.append((unread.key, unread.fields))
    elif whole:
        remarks.append(("probes_model.engine_unproved", {"path": whole[0].path}))
    elif len(found) <= MOST and all(graph.valid is False for graph in graphs):
        fields["usable"] = False
    if weights:
        fields["weights_whole"] = not weights.missing
        if not weights.packed and not weights.missing:
            fields["parameters_billion"] = weights.parameters / 1e9
        if weights.missing:
            remarks.append(("probes_model.weights_missing", {"names": ", ".join(weights.missing[:5])}))
        elif not found and not engines:
            remarks.append(("probes_model.only_weights", {"count": weights.files}))
    names = {each.name for each in paths}
    remarks += [
        ("probes_model.config_names", {"path": config, "name": name})
        for config in configs
        if (name := served_file(config)) and name not in names
    ]
    return Measurement(fields, "files and the onnx checker", tuple(evidence), tuple(remarks))


ARTEFACTS = Probe(
    name="model.artefacts",
    measure=_artefacts,
    steps=_steps,
    fields={
        "usable": "",
        "files": "count",
        "size": "B",
        "onnx": "count",
        "engines": "count",
        "safetensors": "count",
        "triton_configs": "count",
        "opset": "count",
        "nodes": "count",
        "tensorrt": "version",
        "weights_whole": "",
        "parameters_billion": "count",
    },
    on="model",
    limit=60,
    lane="disk",
)
