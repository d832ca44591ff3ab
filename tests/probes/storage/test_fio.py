# ruff: noqa: ASYNC221, ASYNC240 - a test may block its own loop
from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes import storage_fio, storage_mount
from gpuready.probes.leftover import gone, mark
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Target
from gpuready.probes.storage import PROBES
from gpuready.probes.storage_fio import FIO, limit_for
from gpuready.probes.storage_mount import Mount, mount_of, takes_direct
from tests.probes.daemons import wait_for
from tests.probes.run_probe import both, run_probe
from tests.probes.storage.mounts import ext4, mounted, overlay

LOW = (Criterion("read", ">=", 1, "MB/s"), Criterion("write", ">=", 1, "MB/s"))
HIGH = (Criterion("read", ">=", 900, "TB/s"), Criterion("write", ">=", 900, "TB/s"))


def verdict(want: tuple[Criterion, ...], measured: Measurement) -> Verdict:
    return judge(want, measured.fields, FIO.fields)


def small(folder: Path, **params: object) -> Ask:
    return Ask(
        Target("mount", "data", str(folder)), {**FIO.params, "size": "16M", "seconds": 3, **params}, 60
    )


def fio_runs(folder: Path) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"fio") and any(str(folder).encode() in word for word in words):
            return True
    return False


async def test_a_disk_passes_or_fails_by_its_figures(tmp_path: Path) -> None:
    measured = await run_probe(FIO, str(tmp_path), size="64M", seconds=5)
    assert verdict(LOW, measured) is Verdict.PASS
    assert verdict(HIGH, measured) is Verdict.FAIL
    assert measured.fields["size"] == 64 * 2**20
    assert float(measured.fields["read_p99"]) > 0
    assert list(tmp_path.iterdir()) == []


async def test_the_device_saw_what_was_written_and_read(tmp_path: Path) -> None:
    measured = await run_probe(FIO, str(tmp_path), size="64M", seconds=5)
    mount = mount_of(str(tmp_path))
    assert mount is not None
    if storage_mount.counters(mount) is None:
        pytest.skip(f"{mount.source} has no counters")
    assert float(measured.fields["write_on_device"]) > 0.9
    assert float(measured.fields["read_on_device"]) > 0.9


async def test_steps_are_what_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "fio").write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/said\nexec /usr/bin/fio "$@"\n')
    (bin_folder / "fio").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_folder}:{os.environ['PATH']}")
    ask = small(tmp_path)
    await FIO.measure(ask)
    said = [f"$ fio {line}" for line in (tmp_path / "said").read_text().splitlines()]
    assert said == [step for step in FIO.steps(ask) if step.startswith("$")]


async def test_it_stops_at_the_time_and_reads_what_it_wrote(tmp_path: Path) -> None:
    mount = mount_of(str(tmp_path))
    assert mount is not None
    began = time.monotonic()
    # Requests one by one, far more than fit into the time.
    measured = await run_probe(FIO, str(tmp_path), size="8G", seconds=1, depth=1, limit=60)
    assert time.monotonic() - began < 20
    assert 2**20 <= float(measured.fields["size"]) <= 8 * 2**30
    assert list(tmp_path.iterdir()) == []


async def test_trap_memory_is_no_disk(tmp_path: Path) -> None:
    """tmpfs takes direct I/O since Linux 6.6, and would pass every figure."""
    with mounted(tmp_path, "tmpfs", "tmpfs", "size=64m") as point:
        for folder in (point, Path("/dev/shm")):
            with pytest.raises(NoData) as caught:
                await run_probe(FIO, str(folder), size="16M", seconds=1)
            assert caught.value.key == "probes_storage.memory"
            assert "tmpfs" in both(caught.value.key, **caught.value.fields)
        assert list(point.iterdir()) == []


async def test_memory_behind_an_overlay_is_no_disk_either(tmp_path: Path) -> None:
    with mounted(tmp_path, "tmpfs", "tmpfs", "size=64m") as memory, overlay(tmp_path, memory) as point:
        with pytest.raises(NoData) as caught:
            await run_probe(FIO, str(point), size="16M", seconds=1)
        assert caught.value.key == "probes_storage.memory"


async def test_an_overlay_on_a_disk_says_so(tmp_path: Path) -> None:
    upper = tmp_path / "upper"
    upper.mkdir()
    with overlay(tmp_path, upper) as point:
        measured = await run_probe(FIO, str(point), size="16M", seconds=2)
        assert list(point.iterdir()) == []
    assert measured.fields["filesystem"] == "overlay"
    assert "probes_storage.overlay" in [key for key, _ in measured.remarks]


async def test_trap_direct_io_that_the_file_system_only_pretends(tmp_path: Path) -> None:
    """ext4 with data=journal opens a file for direct I/O and goes through the page cache all the same."""
    with ext4(tmp_path, options="data=journal") as point:
        (point / "probe").touch()
        mount = mount_of(str(point))
        assert mount is not None
        if takes_direct(str(point / "probe"), mount) is None:
            pytest.skip("this kernel is older than 6.1 and does not tell")
        with pytest.raises(NoData) as caught:
            await run_probe(FIO, str(point), size="16M", seconds=1)
        assert caught.value.key == "probes_storage.no_direct"
        assert [p.name for p in point.iterdir() if p.name.startswith("gpuready")] == []


async def test_direct_io_refused_outright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ramfs refuses it; its being memory is hidden for this test."""
    monkeypatch.setattr(storage_fio, "MEMORY", frozenset())
    with mounted(tmp_path, "ramfs", "ramfs") as point:
        with pytest.raises(NoData) as caught:
            await run_probe(FIO, str(point), size="1M", seconds=1)
        assert caught.value.key == "probes_storage.no_direct"
        assert list(point.iterdir()) == []


async def test_zfs_before_2_3_ignores_direct_io(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_mount, "ZFS", tmp_path / "version")
    zfs = Mount("/tank", "zfs", "tank", "0:50")
    assert takes_direct("/tank/x", zfs) is None
    for version, direct in (
        ("2.1.11-1\n", False),
        ("2.2.7\n", False),
        ("2.3.0-1\n", True),
        ("3.0.0\n", True),
    ):
        (tmp_path / "version").write_text(version)
        assert takes_direct("/tank/x", zfs) is direct


async def test_a_figure_that_the_device_never_saw_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_fio, "counters", lambda _: (1000, 1000))  # nothing moves
    measured = await run_probe(FIO, str(tmp_path), size="16M", seconds=2)
    assert "read" not in measured.fields
    assert "write" not in measured.fields
    assert verdict(LOW, measured) is Verdict.UNKNOWN
    assert [key for key, _ in measured.remarks].count("probes_storage.cached") == 2


async def test_too_little_space_is_refused_before_a_byte_is_written(tmp_path: Path) -> None:
    with ext4(tmp_path, size=64) as point:
        before = set(point.iterdir())
        with pytest.raises(NoData) as caught:
            await run_probe(FIO, str(point), size="40M", seconds=1)
        assert caught.value.key == "probes_storage.no_space"
        assert set(point.iterdir()) == before
        measured = await run_probe(FIO, str(point), size="16M", seconds=2)
        assert measured.fields["filesystem"] == "ext4"
        assert set(point.iterdir()) == before


async def test_disk_that_runs_full_in_mid_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plenty = os.statvfs_result((2**20, 2**20, 10**9, 10**9, 10**9, 1, 1, 1, 0, 255))
    monkeypatch.setattr("os.statvfs", lambda _: plenty)
    with ext4(tmp_path, size=64) as point:
        before = set(point.iterdir())
        with pytest.raises(NoData) as caught:
            await run_probe(FIO, str(point), size="1G", seconds=10)
        assert caught.value.key == "probes_storage.full"
        assert set(point.iterdir()) == before


async def test_read_only_mount(tmp_path: Path) -> None:
    with ext4(tmp_path) as point:
        subprocess.run(["mount", "-o", "remount,ro", str(point)], check=True)
        with pytest.raises(NoData) as caught:
            await run_probe(FIO, str(point), size="16M", seconds=1)
        assert caught.value.key == "probes_storage.no_rights"


async def test_no_such_folder_and_bad_sizes(tmp_path: Path) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(FIO, str(tmp_path / "none"), size="16M")
    assert caught.value.key == "probes_storage.no_folder"
    for size in ("", "8 giraffes", "-1G", "9999T", "0", "10", None):
        with pytest.raises(NoData) as caught:
            await run_probe(FIO, str(tmp_path), size=size)
        assert caught.value.key == "probes_storage.bad_size"


async def test_fio_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(NoData) as caught:
        await run_probe(FIO, str(tmp_path), size="16M", seconds=1)
    assert caught.value.key == "probes.no_tool"
    assert list(tmp_path.iterdir()) == []


async def test_an_engine_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(FIO, str(tmp_path), size="16M", seconds=1, engine="nosuch")
    assert caught.value.key == "probes_storage.failed"
    assert list(tmp_path.iterdir()) == []


_ZERO = '{"jobs": [{"error": 0, "write": {"io_bytes": 0, "bw_bytes": 0}}]}'
_EMPTY = '{"jobs": [{"error": 0, "write": {}}]}'


@pytest.mark.parametrize("said", ["", "hello", "{", "[]", '{"jobs": []}', _EMPTY, _ZERO])
async def test_a_fio_that_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "fio").write_text(f"#!/bin/sh\ncat <<'EOT'\n{said}\nEOT\n")
    (folder / "fio").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    data = tmp_path / "data"
    data.mkdir()
    with pytest.raises((Broken, NoData)):
        await run_probe(FIO, str(data), size="16M", seconds=1)
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("after", [0.0, 0.01, 0.05, 0.5])
async def test_cancelled_in_mid_fio_leaves_no_file_and_no_process(tmp_path: Path, after: float) -> None:
    task = asyncio.ensure_future(FIO.measure(small(tmp_path, size="2G", seconds=30, depth=1)))
    await asyncio.sleep(after)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 1.5
    wait_for(lambda: list(tmp_path.iterdir()) == [] and not fio_runs(tmp_path), "nothing left", 3)


async def test_ctrl_c_in_mid_fio_leaves_nothing(tmp_path: Path) -> None:
    child = _child(tmp_path)
    wait_for(lambda: fio_runs(tmp_path), "fio")
    child.send_signal(signal.SIGINT)
    child.wait(10)
    wait_for(lambda: list(tmp_path.iterdir()) == [] and not fio_runs(tmp_path), "nothing left", 3)


def _child(folder: Path) -> subprocess.Popen[bytes]:
    code = (
        "import asyncio; from gpuready.probes.storage_fio import FIO; from gpuready.probes.probe import *\n"
        f"target = Target('mount', 'data', {str(folder)!r})\n"
        "params = {**FIO.params, 'size': '4G', 'seconds': 60, 'depth': 1}\n"
        "asyncio.run(FIO.measure(Ask(target, params, 200)))"
    )
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)


async def test_file_of_a_killed_run_is_removed_by_the_next(tmp_path: Path) -> None:
    child = _child(tmp_path)
    wait_for(lambda: fio_runs(tmp_path), "fio")
    theirs = next(tmp_path.iterdir())
    mine_of_theirs = theirs.name.removeprefix(storage_fio.PREFIX).removesuffix(".data")
    assert not gone(mine_of_theirs)
    child.kill()
    child.wait()
    for path in Path("/proc").glob("[0-9]*/cmdline"):  # the orphan of a killed run would go on to its end
        try:
            words = path.read_bytes()
        except OSError:
            continue
        if words.startswith(b"fio\0") and str(tmp_path).encode() in words:
            os.kill(int(path.parent.name), signal.SIGKILL)
    assert gone(mine_of_theirs)
    foreign = tmp_path / f"{storage_fio.PREFIX}anotherboot-1-2-3.data"
    foreign.touch()
    measured = await run_probe(FIO, str(tmp_path), size="16M", seconds=1)
    assert measured.remarks[0][0] == "probes_storage.swept"
    assert list(tmp_path.iterdir()) == [foreign]
    os.utime(foreign, (1, 1))
    await run_probe(FIO, str(tmp_path), size="16M", seconds=1)
    assert list(tmp_path.iterdir()) == []


async def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    data = tmp_path / "data"
    data.mkdir()
    (data / f"{storage_fio.PREFIX}{mark()}.data").symlink_to(precious)
    with pytest.raises(NoData):
        await run_probe(FIO, str(data), size="16M", seconds=1)
    assert precious.read_text() == "keep me"


async def test_a_mount_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_fio, "mount_of", lambda _: time.sleep(3))
    with pytest.raises(NoData) as caught:
        await run_probe(FIO, str(tmp_path), size="16M", seconds=1, limit=0.3)
    assert caught.value.key == "probes_storage.hangs"


async def test_names_with_blanks_and_colons(tmp_path: Path) -> None:
    folder = tmp_path / "a b:c"
    folder.mkdir()
    measured = await run_probe(FIO, str(folder), size="16M", seconds=1)
    assert "write" in measured.fields
    assert list(folder.iterdir()) == []


def test_limit_covers_both_runs() -> None:
    assert limit_for({"seconds": 30}) > 60
    assert FIO.lane == "disk"
    assert {probe.name for probe in PROBES} == {"storage.fio", "backup.checksum"}
