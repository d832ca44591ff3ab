"""The panels: what they show of each GPU and of the node, and what when nothing comes."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from gpuready.live.facts import Gpu, GpuSample
from gpuready.live.source import Silence
from gpuready.tui.draw.gpu import gpu_lines
from tests.nvml import build_pretend_nvml
from tests.tui.conftest import Seat, seated
from tests.tui.facts import AT, gpu, gpus, node
from tests.tui.pretend import read_pretend


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_pretend_nvml(tmp_path_factory.mktemp("nvml"))


def drawn(one: Gpu) -> str:
    sample = GpuSample(AT, (one,), driver="580.95.05", cuda="13.0")
    return "\n".join(line.text for line in gpu_lines(sample, lambda _: (), 100, 9, 0))


# --- one GPU ----------------------------------------------------------------------------------------------

UNSEEN = {"uuid", "memory_busy", "nvlink_total", "mig_pending", "recovery", "lost", "remap_failed"}
"""Fields that have no place of their own, or are seen beside another."""


@pytest.mark.parametrize("field", sorted(set(Gpu._fields) - UNSEEN - {"index"}))
def test_what_is_not_known_is_a_dash_and_never_zero(field: str) -> None:
    zero: Any = {"name": "A", "bus_id": "B", "processes": ()}.get(field, 0)
    rest: dict[str, Any] = {"fan": 30, "mig_instances": 0}
    known = drawn(gpu(**rest))
    unknown, none = (drawn(gpu(**rest | {field: value})) for value in (None, zero))
    if field == "remap_pending":
        unknown = drawn(gpu(remap_pending=None, remap_failed=None))
    assert unknown.count("-") > known.count("-")
    assert unknown != none


def test_a_gpu_that_supports_nothing_shows_no_number() -> None:
    text = drawn(Gpu(0, name="Odd", bus_id="00000000:01:00.0"))
    body = text.split("\n", 1)[1].replace("00000000:01:00.0", "").replace("GPU 0", "")
    assert not re.search(r"(?<![\w.])0(?:\.0)?(?![\w.])", body.replace("› 0 ", "")), body
    assert "-/-G" in body and "-/-W" in body


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"recovery": 1}, "needs recovery action 1"),
        ({"ecc_uncorrected": 2}, "ECC 2 uncorrected"),
        ({"remap_failed": True}, "row remap failed"),
        ({"remap_pending": True}, "row remap pending"),
        ({"nvlink_active": 16}, "NVLink 16/18"),
        ({"mig": True, "mig_instances": 3}, "MIG 3"),
        ({"mig_pending": True}, "MIG off → on"),
        ({"pcie_gen": 3, "pcie_width": 8}, "PCIe gen3 x8"),
        ({"reasons": 0x48}, "HW thermal"),
        ({"reasons": 0x4}, "SW power cap"),
        ({"reasons": 0x8000}, "other"),
    ],
)
def test_what_is_out_of_the_ordinary_is_said(changed: dict[str, Any], words: str) -> None:
    assert words in drawn(gpu(**changed))


def test_an_idle_gpu_may_train_its_link_down() -> None:
    assert "PCIe gen1" not in drawn(gpu(busy=0, pcie_gen=1))


def test_a_lost_gpu_says_what_to_do() -> None:
    text = " ".join(drawn(Gpu(0, lost="GPU is lost")).split())
    assert "lost: GPU is lost" in text
    assert "look for Xid 79 in `sudo dmesg`, then drain the node and restart it" in text


# --- every scenario of the pretend NVML, through the real binding, on the screen ---------------------------

SCENARIOS: dict[str, tuple[int, tuple[str, ...]]] = {
    "": (0, ("8 × NVIDIA H100 80GB HBM3", "NVLink 18/18", "ECC on", "driver 580.95.05  CUDA 13.0")),
    "idle": (0, ("  0% ", "clock events idle", "no process on this GPU")),
    "demo": (0, ("8 × NVIDIA H100",)),
    "ecc": (3, ("needs recovery action 1", "uncorrected 1", "remap row remap pending")),
    "thermal": (2, ("HW thermal, HW slowdown",)),
    "lost": (5, ("lost: GPU is lost", "GPU 5 no longer answers (GPU is lost)")),
    "unknown": (5, ("lost: Unknown Error",)),
    "mig": (0, ("MIG on (3)", "   - ")),
    "mig_pending": (1, ("MIG off → on",)),
    "pcie": (1, ("PCIe gen 3/5", "x8/16", "replays 412")),
    "nvlink": (6, ("NVLink 16/18",)),
    "gb10": (0, ("-/-G", "fan -", "ECC -", "NVLink -/-", "MIG - (-)")),
    "pascal": (0, ("Tesla P40", "NVLink -/-", "MIG - (-)", "reserved -")),
    "mixed": (7, ("NVIDIA A100-SXM4-80GB / NVIDIA H100 80GB HBM3",)),
    "starved": (0, ("8 × NVIDIA H100",)),
    "leak": (0, ("8 × NVIDIA H100",)),
    "ghost": (0, ("no process on this GPU",)),
    "sick": (4, ("GPU 4",)),
    "no_bridge": (0, ("NVLink 0/18",)),
    "no_driver": (0, ("kernel driver is not loaded", "modprobe nvidia")),
    "version_mismatch": (0, ("different versions", "reboot")),
    "no_permission": (0, ("may not talk to the NVIDIA driver",)),
    "init_unknown": (0, ('NVML does not start and says "Unknown Error"',)),
    "no_gpu": (0, ("sees no GPU", "lspci -d 10de:")),
}


async def test_every_scenario_reads_as_it_is(seat: Seat, library: Path) -> None:
    samples = read_pretend(library, list(SCENARIOS))
    await seat.press("tab", "tab", "z")
    panel = seat.app.front.gpu_panel
    for scenario, (chosen, texts) in SCENARIOS.items():
        panel.chosen = chosen
        await seat.hear(samples[scenario])
        shown = seat.panel("gpu")
        for text in texts:
            assert " ".join(text.split()) in shown, f"{scenario}: {text!r} is not in\n{seat.text}"
        if not samples[scenario].trouble:
            rows = [line for line in seat.lines[2:] if re.match(r"[› ] ?\d+ ", line)]
            assert len(rows) == len(samples[scenario].gpus), scenario


async def test_gpus_that_come_and_go_leave_no_row_behind(seat: Seat) -> None:
    await seat.press("tab", "tab", "G")
    await seat.hear(gpus(), node())
    await seat.press("G")
    await seat.until("GPU 7 ")
    await seat.hear(gpus(count=2))
    text = await seat.until("2 × NVIDIA H100")
    assert "GPU 7" not in text and "GPU 1 " in text


async def test_a_new_peak_moves_the_history(seat: Seat) -> None:
    await seat.press("tab", "tab", "z")
    for busy in (0,) * 5 + (100,) * 5 + (50,):
        await seat.hear(gpus(gpu(0, busy=busy), count=1))
    await seat.until("▁█▅")


# --- the node ---------------------------------------------------------------------------------------------


async def test_the_node(seat: Seat) -> None:
    await seat.hear(node())
    text = await seat.until("node7  6.8.0-48-generic")
    for part in (
        "up 1d 2h", "CPU   43%", "iowait 1.5%  load 3.21 2.50 1.75", "8 threads, 4 cores",
        "mem   25%", "16.0/64.0G  swap 0.0/8.0G", "io 12.5/3.0", "read 1.5M/s  write 34M/s",
        "eth0           25G  rx 1.0M/s  tx 2.0M/s", "100/400G / ext4", "3900/4000G /data xfs",
        "180.5   12.0  vllm",
    ):  # fmt: skip
        assert part in text, part
    assert "ib0" not in text  # it is down


async def test_a_node_that_tells_nothing_shows_dashes(seat: Seat) -> None:
    unknown = dict.fromkeys(
        ("cpu", "iowait", "cores_physical", "load", "memory_total", "memory_available", "swap_total",
         "swap_used", "disk_read", "disk_written", "pressure_cpu", "pressure_memory", "pressure_io",
         "uptime", "kernel")
    )  # fmt: skip
    await seat.hear(node(**unknown, cores=(), disks=(), links=(), processes=()))
    text = await seat.until("iowait -")
    for part in ("up -", "load -", "-/-G  swap -/-G", "cpu -/-  mem -/-  io -/-", "read -/s  write -/s"):
        assert part in text, part


# --- silence ----------------------------------------------------------------------------------------------


def seconds(seat: Seat) -> int:
    found = re.search(
        r"(?:has not answered|have not come|Silent) for (\d+) s", f"{seat.panel('gpu')} {seat.panel('node')}"
    )
    return int(found[1]) if found else -1


async def test_a_hung_driver_says_since_when_and_the_rest_goes_on(seat: Seat) -> None:
    await seat.hear(gpus(), node())
    await seat.hear(Silence("gpu", time.time() - 4, "hung"))
    await seat.until("The NVIDIA driver has not answered for")
    before = seconds(seat)
    assert before >= 4
    assert "NVIDIA H100" in seat.text  # what was known is still there, dimmed
    assert {span.tone for span in seat.app.front.gpu_panel.lines[8].spans} == {"dim"}
    await seat.hear(node(cpu=88.0))
    await seat.until("CPU   88%")
    await seat.press("down", "right")
    await seat.until(" s1 ")
    await seat.until(lambda _: seconds(seat) > before)
    await seat.hear(gpus())
    await seat.gone("has not answered")


async def test_where_both_are_silent_the_seconds_count_on(seat: Seat) -> None:
    now = time.time()
    await seat.hear(node(), Silence("gpu", now - 4, "hung"), Silence("node", now - 4, "hung"))
    await seat.until("have not come for")
    before = seconds(seat)
    await seat.until(lambda _: seconds(seat) > before, seconds=3)


async def test_a_reader_that_died(seat: Seat) -> None:
    await seat.hear(gpus(), Silence("gpu", time.time(), "died", "SIGSEGV"))
    await seat.until("SIGSEGV")
    assert "The reader of the gpu figures ended (SIGSEGV) and is started again." in seat.panel("gpu")


async def test_a_reader_that_the_kernel_holds(seat: Seat) -> None:
    await seat.hear(gpus(), Silence("gpu", time.time() - 20, "hung", "stuck"))
    await seat.until("its reader cannot be killed")


async def test_silence_on_a_small_screen(file: Path) -> None:
    async with seated(file, columns=80, rows=24) as seat:
        await seat.hear(gpus(), node(), Silence("gpu", time.time(), "hung"))
        assert "gpu hung" in seat.lines[-2]


async def test_a_recording_says_so_in_every_pane_and_at_its_end(file: Path) -> None:
    async with seated(file, label="rack 7, Tuesday", temporary=True) as seat:
        await seat.hear(gpus(), node())
        said = "DEMO replay of rack 7, Tuesday  demo: nothing is kept"
        for keys in (
            (),
            ("z",),
            ("tab",),
            ("tab",),
            ("tab",),
            ("z",),
            ("question_mark",),
            ("escape",),
            ("/",),
        ):
            await seat.press(*keys)
            await seat.pilot.pause()
            assert said in seat.lines[0], keys
        await seat.press("escape")
        for at in ((80, 24), (60, 20), (40, 12)):
            await seat.resize(*at)
            assert "DEMO" in seat.lines[0], at
        await seat.resize(120, 40)
        await seat.hear(Silence("gpu", time.time(), "ended"))
        await seat.until("The recording is over")
        await seat.press("L")
        await seat.until("演示 回放：rack 7, Tuesday")


async def test_the_source_is_stopped_at_the_end(file: Path) -> None:
    async with seated(file) as seat:
        source = seat.source
        await seat.press("q")
    assert source.stopped
