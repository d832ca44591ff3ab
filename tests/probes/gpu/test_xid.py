"""Xids in kernel logs: what is read, what NVIDIA advises, and that no log is never an empty one."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gpuready.probes.gpu import PROBES
from gpuready.probes.gpu_oom import log_of
from gpuready.probes.probe import Broken, NoData
from gpuready.probes.xid import Kind, bus_id, events_in, xid_of
from tests.probes.gpu.conftest import put
from tests.probes.run_probe import both, run_probe

_XID = next(probe for probe in PROBES if probe.name == "gpu.xid")
_OOM = next(probe for probe in PROBES if probe.name == "gpu.oom")
_HEALTHY = "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.95.05"


def line(text: str, ago: float = 600.0) -> str:
    at = datetime.fromtimestamp(time.time() - ago).astimezone().isoformat(timespec="seconds")
    return f"{at} gpu01 kernel: {text}\n"


# --- the catalogue and the lines ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "device", "kind"),
    [
        ("NVRM: Xid (PCI:0000:1b:00): 79, pid=1, GPU has fallen", 79, "0000:1b:00", Kind.SERIOUS),
        ("NVRM: Xid (0000:43:00): 31, pid=99, name=python, Ch 00000008", 31, "0000:43:00", Kind.APPLICATION),
        ("NVRM: Xid (PCI:0000:52:00): 48, An uncorrectable double bit error", 48, "0000:52:00", Kind.SERIOUS),
        ("NVRM: Xid (PCI:0000:52:00): 63, Row Remapper: New row", 63, "0000:52:00", Kind.INFORMATION),
        ("NVRM: Xid (PCI:0000:52:00): 92, High single-bit rate", 92, "0000:52:00", Kind.INFORMATION),
        ("NVRM: Xid (PCI:0000:52:00): 94, pid=1, Contained memory error", 94, "0000:52:00", Kind.APPLICATION),
        ("NVRM: Xid (PCI:0000:52:00): 119, pid=1, Timeout waiting for RPC", 119, "0000:52:00", Kind.SERIOUS),
        ("NVRM: Xid (PCI:0000:52:00): 154, GPU recovery action changed", 154, "0000:52:00", Kind.INFORMATION),
        ("NVRM: Xid (PCI:0000:52:00): 999, something new", 999, "0000:52:00", Kind.SERIOUS),
        ("NVRM: GPU at 0000:9d:00.0: GPU has fallen off the bus.", 79, "0000:9d:00", Kind.SERIOUS),
        (
            "NVRM: Xid (PCI:0000:61:00): 145, RLW_SRC_TRACK Nonfatal XC0 i0 Link 03 (0x0 0x0)",
            145, "0000:61:00", Kind.INFORMATION,
        ),
        (
            "NVRM: Xid (PCI:0000:61:00): 149, NETIR_LINK_EVT Fatal XC0 i0 Link 09 (0x0 0x0)",
            149, "0000:61:00", Kind.SERIOUS,
        ),
        (
            "nvidia-nvswitch0: SXid (PCI:0000:cd:00.0): 20034, Fatal, Link 30 LTSSM Fault Up",
            20034, "0000:cd:00", Kind.SERIOUS,
        ),
        (
            "nvidia-nvswitch3: SXid (PCI:0000:c4:00.0): 12028, Non-fatal, Link 32 egress PRIV error",
            12028, "0000:c4:00", Kind.INFORMATION,
        ),
    ],
)  # fmt: skip
def test_one_line(text: str, code: int, device: str, kind: Kind) -> None:
    (event,) = events_in([(None, f"[  100.000000] {text}")])
    assert (event.xid.code, event.device, event.xid.kind) == (code, device, kind)
    assert event.switch == ("SXid" in text)


def test_two_lines_that_say_one_gpu_is_gone() -> None:
    lines = [
        (1.0, "NVRM: The NVIDIA GPU 0000:1b:00.0"),
        (1.0, "NVRM: (PCI ID: 10de:2330) installed in this system has"),
        (1.0, "NVRM: fallen off the bus and is not responding to commands."),
    ]
    (event,) = events_in(lines)
    assert (event.xid.code, event.device, event.at) == (79, "0000:1b:00", 1.0)


def test_a_gpu_that_is_gone_counts_once() -> None:
    lines = [
        (1.0, "NVRM: Xid (PCI:0000:1b:00): 79, pid='<unknown>', GPU has fallen off the bus."),
        (1.0, "NVRM: GPU 0000:1b:00.0: GPU has fallen off the bus."),
        (2.0, "NVRM: GPU 0000:43:00.0: GPU has fallen off the bus."),
    ]
    assert [event.device for event in events_in(lines)] == ["0000:1b:00", "0000:43:00"]


@pytest.mark.parametrize("written", ["00000000:1B:00.0", "PCI:0000:1b:00", "0000:1b:00.0", "1b:00.0"])
def test_bus_ids_in_every_spelling(written: str) -> None:
    assert bus_id(written) == "0000:1b:00"


def test_ordinary_lines_are_no_xid() -> None:
    words = (_HEALTHY, "NVRM: API mismatch", "pcieport 0000:00:01.0: AER: Corrected error", "Xid: 79,")
    assert events_in((None, text) for text in words) == ()


@pytest.mark.parametrize(
    ("code", "action"),
    [(46, "RESET_GPU"), (48, "WORKFLOW_XID_48"), (54, "CHECK_MECHANICALS"), (62, "RESET_GPU"), (63, "IGNORE"),
     (64, "RESET_GPU"), (74, "WORKFLOW_NVLINK_ERR"), (79, "RESTART_BM"), (92, "IGNORE"), (94, "RESTART_APP"),
     (95, "RESET_GPU"), (109, "RESET_GPU"), (110, "RESET_GPU"), (119, "RESET_GPU"), (120, "RESET_GPU"),
     (140, "RESET_GPU"), (143, "RESET_GPU")],
)  # fmt: skip
def test_what_nvidia_advises(code: int, action: str) -> None:
    assert xid_of(code).action == action


# --- gpu.xid --------------------------------------------------------------------------------------------


async def test_xids_of_a_log(tmp_path: Path) -> None:
    log = put(
        tmp_path,
        "kern.log",
        line(_HEALTHY, 5000)
        + line("NVRM: Xid (PCI:0000:1b:00): 79, pid=1, GPU has fallen off the bus.", 3 * 86400)
        + line("NVRM: Xid (PCI:0000:43:00): 48, double bit ECC")
        + line("NVRM: Xid (PCI:0000:43:00): 109, pid=7, name=python, Ch 8")
        + "".join(line("NVRM: Xid (PCI:0000:52:00): 31, pid=8, MMU Fault") for _ in range(10))
        + line("nvidia-nvswitch0: SXid (PCI:0000:cd:00.0): 20034, Fatal, Link 30"),
    )
    measured = await run_probe(_XID, log=str(log))
    fields = measured.fields
    assert (fields["events"], fields["serious"], fields["application"], fields["switch"]) == (13, 2, 11, 1)
    assert "79" not in str(fields["codes"])  # that was three days ago
    keys = [key for key, _ in measured.remarks]
    assert sorted(keys) == [
        "probes_gpu.sxid", "probes_gpu.xid_disputed", "probes_gpu.xid_ecc", "probes_gpu.xid_repeated"
    ]  # fmt: skip
    assert "0000:43:00" in measured.evidence[0].answered
    assert (await run_probe(_XID, log=str(log), since_hours=100)).fields["serious"] == 3


async def test_a_driver_without_xids_passes(tmp_path: Path) -> None:
    log = put(tmp_path, "kern.log", line(_HEALTHY))
    fields = (await run_probe(_XID, log=str(log))).fields
    assert (fields["events"], fields["serious"]) == (0, 0)
    assert "codes" not in fields


async def test_trap_no_log_is_no_data_and_never_none(tmp_path: Path) -> None:
    for probe in (_XID, _OOM):
        with pytest.raises(NoData) as why:
            # the given log is not there; below the root neither
            params: dict[str, Any] = {"log" if probe is _XID else "kernel_log": str(tmp_path / "no.log")}
            await run_probe(probe, root=str(tmp_path), **params, limit=10)
        both(why.value.key, **why.value.fields)
    with pytest.raises(NoData) as why:
        await run_probe(_XID, root=str(tmp_path), limit=10)
    assert why.value.key == "probes_node.no_kernel_log"
    assert "kmsg" in both(why.value.key, **why.value.fields)


async def test_an_empty_log_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoData) as why:
        await run_probe(_XID, log=str(put(tmp_path, "empty.log", "\n")))
    assert why.value.key == "probes_node.log_empty"
    (tmp_path / "wtmp").write_bytes(bytes(4096))
    with pytest.raises(Broken):
        await run_probe(_XID, log=str(tmp_path / "wtmp"))
    with pytest.raises(NoData):
        await run_probe(_XID, log=str(tmp_path))
    with pytest.raises(Broken) as bad:
        await run_probe(_XID, log=str(tmp_path / "wtmp"), since_hours="soon")
    both(bad.value.key, **bad.value.fields)


async def test_trap_a_log_that_no_driver_writes_proves_nothing(tmp_path: Path) -> None:
    log = put(tmp_path, "kern.log", line("eth0: link up"))
    measured = await run_probe(_XID, log=str(log), root=str(tmp_path))
    assert set(measured.fields) == {"hours"}
    assert [key for key, _ in measured.remarks] == ["probes_gpu.no_nvrm"]


async def test_trap_a_log_that_begins_too_late_does_not_say_none(tmp_path: Path) -> None:
    put(tmp_path, "proc/stat", "cpu 1 1 1 1 1 1 1 1\nbtime 1000000\n")
    put(tmp_path, "var/log/kern.log", line(_HEALTHY, 1800))
    measured = await run_probe(_XID, root=str(tmp_path), limit=10)
    assert not {"events", "serious"} & set(measured.fields)
    assert [key for key, _ in measured.remarks] == ["probes_node.log_short"]
    # the rotated part makes it whole
    put(tmp_path, "var/log/kern.log.1", line("eth0: link up", 2 * 86400))
    measured = await run_probe(_XID, root=str(tmp_path), limit=10)
    assert measured.fields["serious"] == 0


async def test_kmsg_tells_the_time_since_boot(tmp_path: Path) -> None:
    now = int(time.monotonic() * 1e6)
    put(
        tmp_path,
        "dev/kmsg",
        f"6,0,{now - 90_000_000},-;Linux version 6.8\n SUBSYSTEM=x\n"
        f"4,1,{now - 60_000_000},-;{_HEALTHY}\n"
        f"3,2,{now - 30_000_000},-;NVRM: Xid (PCI:0000:1b:00): 95, pid=1, Uncontained\n",
    )
    measured = await run_probe(_XID, root=str(tmp_path))
    assert (measured.fields["serious"], measured.source) == (1, str(tmp_path / "dev/kmsg"))
    assert measured.fields["codes"] == "95 x1"


async def test_a_log_without_times_counts_as_a_whole_and_says_so(tmp_path: Path) -> None:
    log = put(tmp_path, "dmesg.txt", "[  12.000000] NVRM: Xid (PCI:0000:1b:00): 62, halt\n")
    measured = await run_probe(_XID, log=str(log))
    assert measured.fields["serious"] == 1
    assert {key for key, _ in measured.remarks} == {"probes_node.log_undated", "probes_gpu.xid_reset"}


# --- gpu.oom --------------------------------------------------------------------------------------------

_KILL = "Out of memory: Killed process 4711 (python3) total-vm:1kB, anon-rss:1kB"
_CUDA = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"


async def test_memory_that_ran_out(tmp_path: Path) -> None:
    kernel = put(
        tmp_path, "kern.log",
        line(_HEALTHY) + line(_KILL) + line("NVRM: Xid (PCI:0000:52:00): 31, pid=8, MMU Fault"),
    )  # fmt: skip
    stamp = datetime.now().isoformat(sep=" ", timespec="seconds")
    engine = put(tmp_path, "vllm.log", f"{stamp} INFO started\n{stamp} ERROR {_CUDA}\n")
    measured = await run_probe(_OOM, kernel_log=str(kernel), log=str(engine), root=str(tmp_path))
    fields = measured.fields
    assert (fields["host_kills"], fields["xid31"], fields["cuda_ooms"], fields["events"]) == (1, 1, 1, 3)
    assert {key for key, _ in measured.remarks} == {
        "probes_gpu.oom_kills", "probes_gpu.xid31", "probes_gpu.cuda_oom"
    }  # fmt: skip


async def test_none_is_said_only_when_both_logs_were_read(tmp_path: Path) -> None:
    kernel = put(tmp_path, "kern.log", line(_HEALTHY))
    engine = put(tmp_path, "vllm.log", "INFO started\n")
    both_read = await run_probe(_OOM, kernel_log=str(kernel), log=str(engine), root=str(tmp_path))
    assert both_read.fields["events"] == 0
    one = await run_probe(_OOM, kernel_log=str(kernel), log=str(tmp_path / "no.log"), root=str(tmp_path))
    assert (one.fields["host_kills"], "events" in one.fields) == (0, False)
    other = await run_probe(_OOM, kernel_log=str(tmp_path / "no.log"), log=str(engine), root=str(tmp_path))
    assert (other.fields["cuda_ooms"], "events" in other.fields) == (0, False)


def test_where_a_process_logs_to(tmp_path: Path) -> None:
    log = put(tmp_path, "vllm.log", "INFO\n")
    for pid, where in ((1, str(log)), (2, "pipe:[1]"), (3, "/dev/null")):
        (tmp_path / f"proc/{pid}/fd").mkdir(parents=True)
        (tmp_path / f"proc/{pid}/fd/2").symlink_to(where)
    found = log_of(tmp_path, 1)
    assert found is not None
    assert found.resolve() == log
    assert log_of(tmp_path, 2) is None
    assert log_of(tmp_path, 3) is None
    name = "ab" * 32
    put(tmp_path, "proc/2/cgroup", f"0::/system.slice/docker-{name}.scope\n")
    docker = put(tmp_path, f"var/lib/docker/containers/{name}/{name}-json.log", "{}\n")
    assert log_of(tmp_path, 2) == docker
