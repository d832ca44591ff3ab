"""Is there a model file that an engine could load as it is: ONNX, or a TensorRT engine?"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.model_files import scan
from gpuready.probes.model_onnx import Graph, argv_of, read_graph
from gpuready.probes.node_files import in_time
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Remark
from gpuready.text.redact import redact

MOST = 20
"""ONNX files that are checked; of more only the first, by name."""


def _steps(ask: Ask) -> Sequence[str]:
    address = ask.target.address or "PATH"
    if Path(address).suffix == ".onnx":
        return (f"STAT {address}", shlex.join(argv_of(Path(address))))
    each = shlex.join(argv_of(Path(address) / "FILE.onnx"))
    headers = "the headers of *.plan, *.engine, *.trt and *.safetensors, *.index.json and config.pbtxt"
    return (f"LIST {address}", f"READ {headers}", f"{each} (for each ONNX file)")


async def _artefacts(ask: Ask) -> Measurement:
    """`usable` is true when the ONNX files pass the checker, all of them; false when one does not, or when
    there is neither ONNX nor an engine that is whole.  It is left out when all depends on an engine, as only
    the GPU that it was built for can load that."""
    time = Deadline(ask)
    found = await in_time(ask, lambda: scan(ask.target), ask.target.address)
    onnx, weights = found.onnx, found.weights
    fields: dict[str, Scalar] = {
        "files": len(found.sizes),
        "size": sum(found.sizes.values()),
        "onnx": len(onnx),
        "engines": len(found.engines),
        "triton_configs": found.configs,
        "safetensors": weights.files if weights else 0,
    }
    listing = "\n".join(f"{size} {path}" for path, size in list(found.sizes.items())[:40])
    evidence = [Exchange(f"LIST {ask.target.address}", redact(listing))]
    remarks: list[Remark] = []
    graphs: list[Graph] = []
    unread: NoData | None = None
    for path in onnx[:MOST]:
        try:
            graphs.append(await read_graph(path, time.left))
        except NoData as fault:
            unread = fault
            break
        evidence.append(graphs[-1].exchange)
        if graphs[-1].valid is False:
            remarks.append(("probes_model.bad_onnx", {"path": path, "why": graphs[-1].why}))
        elif graphs[-1].valid is None:
            remarks.append(("probes_model.newer_onnx", {"path": path, "opset": graphs[-1].opset}))
    if len(onnx) > MOST:
        remarks.append(("probes_model.many_onnx", {"count": len(onnx), "most": MOST}))
    whole = [engine for engine in found.engines if engine.whole]
    remarks += [("probes_model.bad_engine", {"path": each.path}) for each in found.engines if not each.whole]
    if versions := sorted({engine.version for engine in whole if engine.version}):
        fields["tensorrt"] = versions[0]
    if graphs:
        fields |= {"opset": graphs[0].opset, "nodes": graphs[0].nodes}
    valid = [graph.valid for graph in graphs]
    if unread is not None and not whole and False not in valid:
        raise unread
    if unread is not None:
        remarks.append((unread.key, unread.fields))
    if valid and all(valid) and unread is None and len(onnx) <= MOST:
        fields["usable"] = True
    elif whole:
        remarks.append(("probes_model.engine_unproved", {"path": whole[0].path}))
    elif False in valid or not onnx:
        fields["usable"] = False
    if weights:
        fields["weights_whole"] = not weights.missing
        if not weights.packed and not weights.missing:
            fields["parameters_billion"] = weights.parameters / 1e9
        if weights.missing:
            remarks.append(("probes_model.weights_missing", {"names": ", ".join(weights.missing[:5])}))
        elif not onnx and not found.engines:
            remarks.append(("probes_model.only_weights", {"count": weights.files}))
    remarks += [("probes_model.config_names", {"path": path, "name": name}) for path, name in found.lost]
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
