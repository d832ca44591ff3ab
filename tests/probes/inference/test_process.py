"""inference.parallel and inference.threads: a real process with a command line, GPUs of the pretend NVML."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.live.facts import Gpu, GpuProcess, GpuSample
from gpuready.probes.gpu_nvml import Reading
from gpuready.probes.inference_identity import Kind
from gpuready.probes.inference_parallel import PARALLEL, Split, _topology, memory_of, told_by_words
from gpuready.probes.inference_process import option
from gpuready.probes.inference_threads import THREADS
from gpuready.probes.probe import Measurement, NoData, Remark
from tests.nvml import build_pretend_nvml
from tests.probes.daemons import daemon, free_port, listens
from tests.probes.inference.engines import sglang, tgi, triton
from tests.probes.run_probe import run_probe
from tests.probes.stage import play

TENSOR = (Criterion("tensor_parallel", ">=", 1, "count"), Criterion("matches_gpus", "==", True))
PIPELINE = (Criterion("pipeline_parallel", ">=", 1, "count"), Criterion("matches_gpus", "==", True))
LAYOUT = (Criterion("balanced", "==", True), Criterion("fits_topology", "==", True))
WORKERS = (Criterion("workers_per_core", "between", (1, 2), "x"),)


def keys(measured: Measurement) -> list[str]:
    return [key for key, _ in measured.remarks]


@contextmanager
def engine(folder: Path, *words: str) -> Iterator[tuple[str, int]]:
    """A running engine: its address and its PID."""
    port = free_port()
    script = str(Path(__file__).with_name("fake_engine.py"))
    argv = [sys.executable, script, "serve", "m-8b", "--port", str(port), *words]
    with daemon(argv, folder, lambda: listens(port)) as process:
        yield f"http://127.0.0.1:{port}", process.pid


@pytest.fixture
def gpus(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two GPUs, of which `PRETEND_NVML_PIDS` says whose they are."""
    library = build_pretend_nvml(tmp_path_factory.getbasetemp() / "nvml")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(library.parent))
    monkeypatch.setenv("PRETEND_NVML", "")
    monkeypatch.setenv("PRETEND_NVML_COUNT", "2")


async def test_sizes_from_the_command_line_and_gpus_from_nvml(
    tmp_path: Path, gpus: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine(tmp_path, "--tensor-parallel-size", "2") as (address, pid):
        worker = psutil.Process(pid).children()[0].pid
        monkeypatch.setenv("PRETEND_NVML_PIDS", f"{pid},{worker}")
        measured = await run_probe(PARALLEL, address)
        assert judge(TENSOR, measured.fields, PARALLEL.fields) is Verdict.PASS
        assert judge(PIPELINE, measured.fields, PARALLEL.fields) is Verdict.PASS
        assert (measured.fields["tensor_parallel"], measured.fields["gpus"]) == (2, 2)
        assert measured.fields["balanced"] is True
        monkeypatch.setenv("PRETEND_NVML_PIDS", f"{pid},1")  # the second is somebody else's
        measured = await run_probe(PARALLEL, address)
        assert measured.fields["gpus"] == 1
        assert judge(TENSOR, measured.fields, PARALLEL.fields) is Verdict.FAIL


async def test_without_a_driver_the_gpus_are_unknown(tmp_path: Path) -> None:
    with engine(tmp_path, "-tp=4") as (address, _):
        measured = await run_probe(PARALLEL, address)
        assert measured.fields["tensor_parallel"] == 4
        assert judge(TENSOR, measured.fields, PARALLEL.fields) is Verdict.UNKNOWN
        assert judge(LAYOUT, measured.fields, PARALLEL.fields) is Verdict.UNKNOWN
        assert keys(measured) == ["probes_gpu.no_library"]
        given = await run_probe(PARALLEL, address, options={"gpus": "8"})
        assert judge(TENSOR, given.fields, PARALLEL.fields) is Verdict.FAIL
        assert keys(given) == ["probes_inference.gpus_by_option"]


async def test_sglang_tells_its_sizes_itself() -> None:
    async with play(sglang()) as stage:
        measured = await run_probe(PARALLEL, stage.url, options={"gpus": "4", "pid": "999999999"})
    assert judge(TENSOR, measured.fields, PARALLEL.fields) is Verdict.PASS
    assert measured.fields["told_by"] == "/get_server_info"


async def test_trap_attention_in_data_parallel_takes_no_more_gpus() -> None:
    async with play(sglang(tp_size=8, dp_size=8, enable_dp_attention=True)) as stage:
        measured = await run_probe(PARALLEL, stage.url, options={"gpus": "8", "pid": "999999999"})
    assert judge(TENSOR, measured.fields, PARALLEL.fields) is Verdict.PASS


async def test_many_nodes_are_not_judged_by_one() -> None:
    async with play(sglang(tp_size=16, nnodes=2)) as stage:
        measured = await run_probe(PARALLEL, stage.url, options={"gpus": "8", "pid": "999999999"})
    assert judge(TENSOR, measured.fields, PARALLEL.fields) is Verdict.UNKNOWN
    assert keys(measured)[-1] == "probes_inference.many_nodes"


async def test_an_engine_elsewhere_is_unknown() -> None:
    """It tells no sizes and its process is not here (the played one is this very process)."""
    async with play(tgi()) as stage:
        for options in (
            {"pid": "999999999"},
            {"pid": "one"},
            {"container": "nowhere", "engine": "unix:///x"},
        ):
            for probe in (PARALLEL, THREADS):
                with pytest.raises(NoData):
                    await run_probe(probe, stage.url, options=options)
    with pytest.raises(NoData) as caught:
        await run_probe(THREADS, "http://192.0.2.1:8000")
    assert caught.value.key == "probes_inference.elsewhere"


async def test_a_server_without_sizes_is_unknown() -> None:
    async with play(triton()) as stage:
        with pytest.raises(NoData) as caught:
            await run_probe(PARALLEL, stage.url)
    assert caught.value.key == "probes_inference.no_sizes"


async def test_workers_against_cores(tmp_path: Path) -> None:
    with engine(tmp_path) as (address, pid):
        silent = await run_probe(THREADS, address)
        assert judge(WORKERS, silent.fields, THREADS.fields) is Verdict.UNKNOWN
        assert keys(silent) == ["probes_inference.no_workers"]
        assert silent.fields["processes"] == 2
        by_pid = await run_probe(THREADS, "http://192.0.2.1:8000", options={"pid": str(pid)})
        assert by_pid.fields["processes"] == 2
        cores = float(silent.fields["cores"])
    for workers, verdict in ((cores, Verdict.PASS), (cores * 40, Verdict.FAIL)):
        with engine(tmp_path, "--workers", f"{max(workers, 1):.0f}") as (address, _):
            measured = await run_probe(THREADS, address)
        assert judge(WORKERS, measured.fields, THREADS.fields) is verdict


async def test_trap_threads_are_not_workers(tmp_path: Path) -> None:
    """The threads of OpenMP and NCCL pools would give any figure: they are shown and not judged."""
    with engine(tmp_path) as (address, _):
        measured = await run_probe(THREADS, address)
    assert int(measured.fields["threads"]) >= 1
    assert "workers_per_core" not in measured.fields


@pytest.mark.parametrize(
    ("words", "kind", "sizes"),
    [
        ("vllm serve m", Kind.VLLM, (1, 1, 1)),
        ("vllm serve m --tensor_parallel_size=4 -pp 2", Kind.VLLM, (4, 2, 1)),
        ("vllm serve m -tp 8 --config /etc/v.yaml", Kind.VLLM, (8, None, None)),
        ("python -m sglang.launch_server --tp 2 --dp-size 2", Kind.SGLANG, (2, 1, 2)),
        ("trtllm-serve m --tp_size 4 --pp_size 2", Kind.TENSORRT_LLM, (4, 2, 1)),
        ("text-generation-launcher --num-shard 2", Kind.TGI, (2, 1, 1)),
        ("text-generation-launcher", Kind.TGI, (None, None, None)),
        ("tritonserver --model-repository /m", Kind.TRITON, (None, None, None)),
        ("vllm serve m -tp", Kind.VLLM, (None, 1, 1)),
        ("vllm serve m -tp -1", Kind.VLLM, (None, 1, 1)),
    ],
)
def test_sizes_in_words(words: str, kind: Kind, sizes: tuple[int | None, ...]) -> None:
    split, _ = told_by_words(words.split(), kind)
    assert (split.tensor, split.pipeline, split.data) == sizes
    assert (split.gpus is None) == (None in sizes)


def test_the_last_option_counts() -> None:
    assert option(["--tp", "2", "--tp=4"], "--tp") == "4"
    assert option(["--tpx", "2"], "--tp") is None


def reading(*pairs: tuple[int, int, int | None, int | None]) -> Reading:
    found = [{"one": a, "other": b, "path": path, "nvlink": nvlink} for a, b, path, nvlink in pairs]
    told = tuple({k: v for k, v in pair.items() if v is not None} for pair in found)
    mine = (GpuProcess(7, "e", "u", 10, "C"),)
    gpus = tuple(Gpu(index, processes=mine if index < 3 else ()) for index in range(4))
    return Reading((GpuSample(0.0, gpus),), {}, told, "")


def test_pairs_of_gpus() -> None:
    remarks: list[Remark] = []
    good = reading((0, 1, 50, 0), (0, 2, 20, 5), (1, 2, 30, None))
    assert memory_of(good, frozenset({7})) == {0: 10, 1: 10, 2: 10}
    assert _topology(good, [0, 1, 2], Split(3, 1, 1), remarks) == {"fits_topology": True}
    slow = reading((0, 1, 50, 5), (0, 2, 20, 5), (1, 2, 40, 5))
    assert _topology(slow, [0, 1, 2], Split(3, 1, 1), remarks) == {"fits_topology": False}
    assert remarks[-1][1] == {"pairs": "0-1, 1-2"}
    assert _topology(slow, [0, 1, 2], Split(1, 3, 1), remarks) == {}, "slow between stages may be right"
    assert _topology(reading((0, 1, 10, 5)), [0, 1, 2], Split(3, 1, 1), remarks) == {}, "not all are known"
    assert _topology(reading((0, 1, None, 5)), [0, 1], Split(2, 1, 1), remarks) == {}
    assert _topology(reading(), [0], Split(1, 1, 1), remarks) == {"fits_topology": True}
