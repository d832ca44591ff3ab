"""model.artefacts and model.graph on real files, made with the onnx package."""

from __future__ import annotations

import asyncio
import json
import struct
from pathlib import Path

import numpy as np
import onnx
import psutil
import pytest
from onnx import TensorProto, helper, numpy_helper

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes import model_onnx
from gpuready.probes.model_artefacts import ARTEFACTS
from gpuready.probes.model_graph import GRAPH
from gpuready.probes.probe import Broken, NoData
from tests.probes.daemons import wait_for
from tests.probes.run_probe import both, run_probe

USABLE = (Criterion("usable", "==", True),)
REDUCED = (Criterion("node_reduction", ">=", 20, "%"),)


def chain(*operators: str, constants: int = 0, output: str = "y", opset: int = 17) -> onnx.ModelProto:
    """x through those operators; before them so many Constant nodes and an Add of two constants, whose sum
    is added to x."""
    nodes, last = [], "x"
    for number in range(constants):
        value = numpy_helper.from_array(np.ones(1, np.float32), f"v{number}")
        nodes.append(helper.make_node("Constant", [], [f"c{number}"], value=value))
    if constants >= 2:
        nodes.append(helper.make_node("Add", ["c0", "c1"], ["sum"]))
        nodes.append(helper.make_node("Mul", ["x", "sum"], ["m"]))
        last = "m"
    for number, operator in enumerate(operators):
        name = output if number == len(operators) - 1 else f"t{number}"
        nodes.append(helper.make_node(operator, [last], [name]))
        last = name
    shape = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", output)]
    graph = helper.make_graph(nodes, "g", [shape[0]], [shape[1]])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def save(model: onnx.ModelProto, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    return path


def safetensors(path: Path, shape: list[int], dtype: str = "BF16", cut: int = 0) -> Path:
    size = int(np.prod(shape)) * 2
    header = json.dumps({"w": {"dtype": dtype, "shape": shape, "data_offsets": [0, size]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(size - cut))
    return path


def keys(measured: object) -> list[str]:
    return [key for key, _ in measured.remarks]  # type: ignore[attr-defined]


async def test_a_valid_file_passes(tmp_path: Path) -> None:
    path = save(chain("Relu", "Sigmoid"), tmp_path / "model.onnx")
    for address in (str(path), str(tmp_path), f"file://{tmp_path}"):
        measured = await run_probe(ARTEFACTS, address)
        assert judge(USABLE, measured.fields, ARTEFACTS.fields) is Verdict.PASS
        assert measured.fields["opset"] == 17
        assert measured.fields["nodes"] == 2


@pytest.mark.parametrize("damage", ["html", "cut", "empty", "unsound"])
async def test_a_broken_file_fails(tmp_path: Path, damage: str) -> None:
    whole = chain("Relu", "Sigmoid").SerializeToString()
    unsound = chain("Relu")
    unsound.graph.node[0].input[0] = "nowhere"
    data = {
        "html": b"<html>404 not found</html>",
        "cut": whole[:-20],
        "empty": b"",
        "unsound": unsound.SerializeToString(),
    }
    (tmp_path / "model.onnx").write_bytes(data[damage])
    measured = await run_probe(ARTEFACTS, str(tmp_path))
    assert judge(USABLE, measured.fields, ARTEFACTS.fields) is Verdict.FAIL
    assert keys(measured) == ["probes_model.bad_onnx"]


async def test_trap_one_good_file_does_not_save_a_broken_one(tmp_path: Path) -> None:
    """A pipeline of several files: the good one is not the whole."""
    save(chain("Relu"), tmp_path / "encoder.onnx")
    (tmp_path / "decoder.onnx").write_bytes(b"<html>")
    measured = await run_probe(ARTEFACTS, str(tmp_path))
    assert judge(USABLE, measured.fields, ARTEFACTS.fields) is Verdict.FAIL


async def test_external_data_that_is_missing_fails(tmp_path: Path) -> None:
    weight = numpy_helper.from_array(np.ones((64, 64), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 64])],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "model.onnx"
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    measured = await run_probe(ARTEFACTS, str(tmp_path))
    assert measured.fields["usable"] is True
    (tmp_path / "weights.bin").unlink()
    measured = await run_probe(ARTEFACTS, str(tmp_path))
    assert judge(USABLE, measured.fields, ARTEFACTS.fields) is Verdict.FAIL


async def test_a_file_newer_than_the_checker_is_unknown(tmp_path: Path) -> None:
    save(chain("Relu", opset=onnx.defs.onnx_opset_version() + 5), tmp_path / "model.onnx")
    measured = await run_probe(ARTEFACTS, str(tmp_path))
    assert judge(USABLE, measured.fields, ARTEFACTS.fields) is Verdict.UNKNOWN
    assert keys(measured) == ["probes_model.newer_onnx"]


async def test_an_engine_alone_is_unknown_and_a_damaged_one_fails(tmp_path: Path) -> None:
    head = b"ftrt" + bytes(20) + bytes([10, 3, 0, 26])
    (tmp_path / "model.plan").write_bytes(head + bytes(1000))
    measured = await run_probe(ARTEFACTS, str(tmp_path))
    assert judge(USABLE, measured.fields, ARTEFACTS.fields) is Verdict.UNKNOWN
    assert measured.fields["tensorrt"] == "10.3.0.26"
    assert keys(measured) == ["probes_model.engine_unproved"]
    (tmp_path / "model.plan").write_bytes(b"\x10\0\0\0{json of a tool}" + head)
    measured = await run_probe(ARTEFACTS, str(tmp_path))
    assert judge(USABLE, measured.fields, ARTEFACTS.fields) is Verdict.FAIL
    assert keys(measured) == ["probes_model.bad_engine"]


async def test_weights_alone_are_no_onnx(tmp_path: Path) -> None:
    safetensors(tmp_path / "a.safetensors", [1000, 100])
    (tmp_path / "model.safetensors.index.json").write_text('{"weight_map": {"w": "a.safetensors"}}')
    measured = await run_probe(ARTEFACTS, str(tmp_path))
    assert judge(USABLE, measured.fields, ARTEFACTS.fields) is Verdict.FAIL
    assert measured.fields["weights_whole"] is True
    assert measured.fields["parameters_billion"] == pytest.approx(1e-4)
    assert keys(measured) == ["probes_model.only_weights"]


async def test_a_shard_that_is_missing_or_cut(tmp_path: Path) -> None:
    safetensors(tmp_path / "a.safetensors", [10], cut=3)
    (tmp_path / "model.safetensors.index.json").write_text(
        '{"weight_map": {"w": "a.safetensors", "v": "b.safetensors"}}'
    )
    measured = await run_probe(ARTEFACTS, str(tmp_path))
    assert measured.fields["weights_whole"] is False
    assert "a.safetensors, b.safetensors" in str(measured.remarks)
    assert "parameters_billion" not in measured.fields


async def test_a_config_that_names_a_missing_file(tmp_path: Path) -> None:
    save(chain("Relu"), tmp_path / "m" / "1" / "model.onnx")
    (tmp_path / "m" / "config.pbtxt").write_text('name: "m"\ndefault_model_filename: "other.onnx"\n')
    measured = await run_probe(ARTEFACTS, str(tmp_path))
    assert keys(measured) == ["probes_model.config_names"]


@pytest.mark.parametrize("address", ["", "s3://bucket/model", "/nowhere/at/all"])
async def test_paths_that_are_none(address: str) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(ARTEFACTS, address)
    both(caught.value.key, **caught.value.fields)


async def test_without_the_onnx_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child finds a package of that name that cannot be imported, as where it is not installed."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "onnx.py").write_text("raise ImportError('not here')\n")
    monkeypatch.syspath_prepend(str(hidden))
    path = save(chain("Relu"), tmp_path / "model.onnx")
    for probe, options in (
        (ARTEFACTS, {}),
        (GRAPH, {"before": str(save(chain("Abs"), tmp_path / "b.onnx"))}),
    ):
        with pytest.raises(NoData) as caught:
            await run_probe(probe, str(path), options=options)
        assert caught.value.key == "probes_model.no_onnx"


async def test_a_reader_that_dies_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "onnx.py").write_text("import os\nos.abort()\n")
    monkeypatch.syspath_prepend(str(hidden))
    with pytest.raises(Broken) as caught:
        await run_probe(ARTEFACTS, str(save(chain("Relu"), tmp_path / "model.onnx")))
    assert caught.value.key == "probes_model.reader_died"


# --- model.graph --------------------------------------------------------------------------------------


async def test_a_shorter_graph_passes(tmp_path: Path) -> None:
    before = save(chain(*["Relu"] * 8, constants=4), tmp_path / "before.onnx")
    after = save(chain(*["Relu"] * 7), tmp_path / "after.onnx")
    measured = await run_probe(GRAPH, str(after), options={"before": str(before)})
    fields = measured.fields
    assert judge(REDUCED, fields, GRAPH.fields) is Verdict.PASS
    assert (fields["nodes_before"], fields["nodes_after"], fields["nodes_removed"]) == (10, 7, 3)
    assert fields["node_reduction"] == 30
    assert (fields["foldable_before"], fields["constants_folded"]) == (1, 1)
    assert "Add 1>0" in str(fields["operators_changed"])


async def test_trap_constant_nodes_do_not_make_the_figure(tmp_path: Path) -> None:
    """Ten Constant nodes turned into initialisers are no fusion."""
    before = save(chain("Relu", "Sigmoid", constants=10), tmp_path / "before.onnx")
    model = chain("Relu", "Sigmoid", constants=10)
    for node in [node for node in model.graph.node if node.op_type == "Constant"]:
        tensor = node.attribute[0].t
        tensor.name = node.output[0]
        model.graph.initializer.append(tensor)
        model.graph.node.remove(node)
    after = save(model, tmp_path / "after.onnx")
    measured = await run_probe(GRAPH, str(after), options={"before": str(before)})
    assert judge(REDUCED, measured.fields, GRAPH.fields) is Verdict.FAIL
    assert measured.fields["nodes_removed"] == 0
    assert (measured.fields["constants_before"], measured.fields["constants_after"]) == (10, 0)
    assert keys(measured) == ["probes_model.still_foldable"]


async def test_other_models_are_not_compared(tmp_path: Path) -> None:
    before = save(chain("Relu"), tmp_path / "before.onnx")
    after = save(chain("Relu", output="z"), tmp_path / "after.onnx")
    with pytest.raises(NoData) as caught:
        await run_probe(GRAPH, str(after), options={"before": str(before)})
    assert caught.value.key == "probes_model.other_model"
    with pytest.raises(NoData) as caught:
        await run_probe(GRAPH, str(before), options={"before": str(before)})
    assert caught.value.key == "probes_model.same_file"
    with pytest.raises(NoData) as caught:
        await run_probe(GRAPH, str(before))
    assert caught.value.key == "probes_model.no_pair"
    with pytest.raises(NoData) as caught:
        await run_probe(GRAPH, str(before), options={"before": str(tmp_path / "gone.onnx")})
    assert caught.value.key == "probes_model.no_file"


async def test_branches_are_counted(tmp_path: Path) -> None:
    body = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["r"])], "b", [], [helper.make_tensor_value_info("r", 1, [1])]
    )
    model = chain("Relu")
    model.graph.input.append(helper.make_tensor_value_info("flag", TensorProto.BOOL, [1]))
    model.graph.node.append(helper.make_node("If", ["flag"], ["z"], then_branch=body, else_branch=body))
    graph = await model_onnx.read_graph(save(model, tmp_path / "m.onnx"), 30)
    assert graph.nodes == 4
    assert graph.operators["Relu"] == 3


async def test_cancelling_leaves_no_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "onnx.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.syspath_prepend(str(hidden))
    path = save(chain("Relu"), tmp_path / "model.onnx")

    def readers() -> list[int]:
        return [c.pid for c in psutil.Process().children() if "model_onnx" in str(c.cmdline())]

    task = asyncio.create_task(run_probe(ARTEFACTS, str(path)))
    await asyncio.to_thread(wait_for, lambda: bool(readers()), "the reader")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not readers()


async def test_no_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the refusal of the system is played."""

    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("gpuready.probes.model_files.os.scandir", refuse)
    with pytest.raises(NoData) as caught:
        await run_probe(ARTEFACTS, str(tmp_path))
    assert caught.value.key == "probes_model.no_rights"
