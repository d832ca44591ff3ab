"""GPU samples through the real binding, one scenario of the pretend NVML each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gpuready.live.facts import Gpu, GpuSample
from gpuready.live.reasons import severity
from gpuready.live.wire import decode
from tests.live.conftest import ReadGpus
from tests.nvml import pretend_environment

# This reader looks for a driver, and around, more often than is good for a real one.
EAGER = """
import sys
import gpuready.live.gpu
gpuready.live.gpu.RETRY = 0.05
gpuready.live.gpu.SLOW = 2
from gpuready.live.sampler import main
sys.argv = ["sampler", "gpu", "--interval", "0.05"]
main()
"""


class Eager:
    """A sampler on a scenario that can be changed while it reads."""

    def __init__(self, library: Path, folder: Path, scenario: str) -> None:
        self._file = folder / "scenario"
        self.change(scenario)
        environ = pretend_environment(library, f"@{self._file}", PRETEND_NVML_PCIE_MS="0")
        self.process = subprocess.Popen([sys.executable, "-c", EAGER], stdout=subprocess.PIPE, env=environ)

    def change(self, scenario: str) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(scenario)
        fresh.replace(self._file)

    def next(self) -> GpuSample:
        assert self.process.stdout
        sample = decode(self.process.stdout.readline())
        assert isinstance(sample, GpuSample)
        return sample

    def next_with(self, *, gpus: int | None = None, trouble: str | None = None) -> GpuSample:
        for _ in range(100):
            sample = self.next()
            if sample.trouble == trouble and (gpus is None or len(sample.gpus) == gpus):
                return sample
        raise AssertionError(f"still {sample.trouble}, {len(sample.gpus)} GPUs")

    def __enter__(self) -> Eager:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def test_a_whole_gpu(read_gpus: ReadGpus) -> None:
    samples = read_gpus(count=10)
    last = samples[-1]
    assert (last.driver, last.cuda, last.nvml, last.trouble) == ("580.95.05", "13.0", "13.580.95.05", None)
    assert [gpu.index for gpu in last.gpus] == list(range(8))
    assert len({gpu.uuid for gpu in last.gpus}) == len({gpu.bus_id for gpu in last.gpus}) == 8
    gpu = last.gpus[0]
    unknown = {name for name in Gpu._fields if getattr(gpu, name) is None}
    assert unknown == {"lost", "fan", "mig_instances"}  # passively cooled, alive, not in MIG mode
    assert gpu.name == "NVIDIA H100 80GB HBM3"
    assert gpu.bus_id == "00000000:1B:00.0"
    assert gpu.busy is not None and 40 < gpu.busy <= 100
    assert gpu.memory_total == 81559 << 20
    assert gpu.memory_reserved == 551 << 20
    assert gpu.memory_used is not None and 0.8 < gpu.memory_used / gpu.memory_total < 0.95
    assert gpu.power_limit == 700.0
    assert gpu.power is not None and 300 < gpu.power <= 700
    assert (gpu.sm_clock_max, gpu.memory_clock_max, gpu.pstate) == (1980, 2619, 0)
    assert (gpu.pcie_gen, gpu.pcie_gen_max, gpu.pcie_width, gpu.pcie_width_max) == (5, 5, 16, 16)
    assert gpu.pcie_rx is not None and 1e9 < gpu.pcie_rx < 3e9
    assert (gpu.nvlink_active, gpu.nvlink_total) == (18, 18)
    assert (gpu.ecc_mode, gpu.ecc_corrected, gpu.ecc_uncorrected) == (True, 0, 0)
    assert (gpu.mig, gpu.mig_pending, gpu.persistence, gpu.recovery) == (False, False, True, 0)
    assert len({gpu.power for sample in samples for gpu in sample.gpus[:1]}) > 1  # it moves


def test_its_processes(read_gpus: ReadGpus) -> None:
    mine = read_gpus(PRETEND_NVML_PIDS=str(os.getpid()))[0].gpus[0].processes
    assert mine is not None and len(mine) == 1
    assert (mine[0].pid, mine[0].kind) == (os.getpid(), "C")
    assert mine[0].name == Path("/proc/self/comm").read_text().strip()
    assert mine[0].user == Path("/proc/self").owner()
    assert mine[0].memory is not None and mine[0].memory > 60 << 30


def test_a_process_of_another_namespace_has_no_name(read_gpus: ReadGpus) -> None:
    theirs = read_gpus(PRETEND_NVML_PIDS="4194300")[0].gpus[0].processes
    assert theirs and (theirs[0].name, theirs[0].user) == (None, None)


def test_idle(read_gpus: ReadGpus) -> None:
    gpu = read_gpus("idle")[0].gpus[0]
    assert (gpu.busy, gpu.memory_busy, gpu.reasons, gpu.processes) == (0, 0, 1, ())
    assert gpu.sm_clock == 330
    assert gpu.power is not None and gpu.power < 100


def test_ecc(read_gpus: ReadGpus) -> None:
    gpus = read_gpus("ecc")[0].gpus
    bad = gpus[3]
    assert (bad.ecc_corrected, bad.ecc_uncorrected, bad.remap_pending, bad.remap_failed) == (
        17,
        1,
        True,
        False,
    )
    assert bad.recovery == 1
    assert {(gpu.ecc_uncorrected, gpu.remap_pending, gpu.recovery) for gpu in gpus if gpu != bad} == {
        (0, False, 0)
    }


def test_thermal(read_gpus: ReadGpus) -> None:
    gpus = read_gpus("thermal")[0].gpus
    assert gpus[2].reasons == 0x48
    assert severity(gpus[2].reasons) == "bad"
    assert gpus[2].temperature is not None and gpus[2].temperature_slowdown == 87 < gpus[2].temperature
    assert gpus[2].sm_clock is not None and gpus[2].sm_clock < 1000
    assert {severity(gpu.reasons) for gpu in gpus if gpu.index != 2} == {"quiet"}


def test_a_lost_gpu_is_named_and_the_others_go_on(read_gpus: ReadGpus) -> None:
    samples = read_gpus("lost,lost_after=3", count=8)
    assert samples[0].gpus[5].lost is None
    lost = samples[-1].gpus[5]
    assert lost.lost == "GPU is lost"
    assert (lost.uuid, lost.bus_id) == (samples[0].gpus[5].uuid, "00000000:C3:00.0")
    assert (lost.busy, lost.temperature, lost.memory_used, lost.processes) == (None, None, None, None)
    assert [gpu.index for gpu in samples[-1].gpus if gpu.busy is not None] == [0, 1, 2, 3, 4, 6, 7]


def test_a_gpu_lost_from_the_start(read_gpus: ReadGpus) -> None:
    gpus = read_gpus("lost", count=3)[-1].gpus
    assert gpus[5] == Gpu(5, lost="GPU is lost")
    assert sum(gpu.lost is None for gpu in gpus) == 7


def test_a_gpu_that_answers_nothing_but_unknown_error_is_lost(read_gpus: ReadGpus) -> None:
    gpus = read_gpus("unknown")[0].gpus
    assert [gpu.lost for gpu in gpus] == [None] * 5 + ["Unknown Error"] + [None] * 2


def test_mig(read_gpus: ReadGpus) -> None:
    gpus = read_gpus("mig,mig_pending")[0].gpus
    assert (gpus[0].mig, gpus[0].mig_pending, gpus[0].mig_instances) == (True, True, 3)
    assert (gpus[0].busy, gpus[0].memory_busy) == (None, None)  # not supported in MIG mode, so not 0
    assert gpus[0].memory_used and gpus[0].temperature
    assert (gpus[1].mig, gpus[1].mig_pending, gpus[1].mig_instances) == (False, True, None)


def test_pcie(read_gpus: ReadGpus) -> None:
    gpus = read_gpus("pcie")[0].gpus
    assert [(gpu.pcie_gen, gpu.pcie_width) for gpu in gpus] == [(5, 16), (3, 8)] + [(5, 16)] * 6
    assert {(gpu.pcie_gen_max, gpu.pcie_width_max) for gpu in gpus} == {(5, 16)}
    assert gpus[1].pcie_replays == 412


def test_nvlink(read_gpus: ReadGpus) -> None:
    gpus = read_gpus("nvlink")[0].gpus
    assert [gpu.nvlink_active for gpu in gpus] == [18] * 6 + [16, 18]
    assert {gpu.nvlink_total for gpu in gpus} == {18}


def test_gb10_has_no_memory_of_its_own(read_gpus: ReadGpus) -> None:
    (gpu,) = read_gpus("gb10", count=3)[-1].gpus
    assert gpu.lost is None and gpu.busy and gpu.temperature and gpu.power
    for field in ("memory_used", "memory_total", "memory_reserved", "power_limit", "memory_clock", "fan"):
        assert getattr(gpu, field) is None, field
    for field in ("ecc_mode", "remap_pending", "nvlink_total", "mig", "recovery", "memory_temperature"):
        assert getattr(gpu, field) is None, field
    assert gpu.processes and gpu.processes[0].memory is None


def test_pascal_knows_only_the_old_names(read_gpus: ReadGpus) -> None:
    (sample,) = read_gpus("pascal")
    (gpu,) = sample.gpus
    assert sample.cuda == "11.4"
    assert (gpu.name, gpu.pcie_gen_max, gpu.power_limit) == ("Tesla P40", 3, 250.0)
    assert gpu.memory_total == 24576 << 20 and gpu.memory_used and gpu.memory_reserved is None
    assert gpu.reasons is not None  # by nvmlDeviceGetCurrentClocksThrottleReasons
    assert gpu.processes and len(gpu.processes) == 1  # by the _v2 call
    assert (gpu.mig, gpu.nvlink_total, gpu.remap_pending, gpu.recovery) == (None, None, None, None)


@pytest.mark.parametrize(
    ("scenario", "trouble", "detail"),
    [
        ("no_driver", "no_driver", None),
        ("version_mismatch", "version_mismatch", None),
        ("no_permission", "no_permission", None),
        ("init_unknown", "nvml", "Unknown Error"),
        ("no_gpu", "no_gpu", None),
    ],
)
def test_trouble(read_gpus: ReadGpus, scenario: str, trouble: str, detail: str | None) -> None:
    for sample in read_gpus(scenario, count=2):
        assert (sample.trouble, sample.detail, sample.gpus) == (trouble, detail, ())


def test_no_library(tmp_path: Path) -> None:
    code = "from gpuready.live.gpu import GpuReader; print(GpuReader().read().trouble)"
    (tmp_path / "libnvidia-ml.so.1").write_text("no library")  # found first, wherever this test runs
    environ = {**os.environ, "LD_LIBRARY_PATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    assert done.stdout.strip() == "no_library"


def test_a_driver_that_appears_later_is_found(library: Path, tmp_path: Path) -> None:
    with Eager(library, tmp_path, "no_driver") as eager:
        eager.next_with(trouble="no_driver")
        eager.change("count=2")
        eager.next_with(gpus=2)


def test_gpus_that_come_and_go(library: Path, tmp_path: Path) -> None:
    with Eager(library, tmp_path, "count=8") as eager:
        eager.next_with(gpus=8)
        eager.change("count=7")
        eager.next_with(gpus=7)
        eager.change("no_gpu")
        eager.next_with(trouble="no_gpu")
        eager.change("count=8")
        assert all(gpu.uuid for gpu in eager.next_with(gpus=8).gpus)


def _stack(maps: Path) -> str:
    """Where the kernel put the stack: each exec gets another place, whatever the interpreter was built as."""
    return next(line for line in maps.read_text().splitlines() if "[stack]" in line)


def test_a_driver_replaced_under_a_running_reader(library: Path, tmp_path: Path) -> None:
    with Eager(library, tmp_path, "") as eager:
        eager.next_with(gpus=8)
        maps = Path(f"/proc/{eager.process.pid}/maps")
        before = _stack(maps)
        eager.change("no_gpu,version_mismatch")
        eager.next_with(trouble="version_mismatch")
        eager.next_with(trouble="version_mismatch")
        # the same process has begun anew, so that it can load the library of the new driver, but only once
        again = _stack(maps)
        assert before != again
        for _ in range(3):
            eager.next_with(trouble="version_mismatch")
        assert _stack(maps) == again
        eager.change("")
        eager.next_with(gpus=8)
