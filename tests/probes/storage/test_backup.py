# ruff: noqa: ASYNC110, ASYNC240 - a test may block its own loop
from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes import storage_backup
from gpuready.probes.probe import Ask, Measurement, NoData, Target
from gpuready.probes.storage_backup import CHECKSUM
from tests.probes.run_probe import run_probe

WANT = (Criterion("compared", ">=", 1, "count"), Criterion("differing", "==", 0, "count"))


def verdict(measured: Measurement) -> Verdict:
    return judge(WANT, measured.fields, CHECKSUM.fields)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for number in range(30):
        path = folder / f"shard{number % 3}" / f"model-{number:05}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(1000 + number))
    (folder / "shard0/big.bin").write_bytes(os.urandom(3_000_000))
    return folder


@pytest.fixture
def restored(tmp_path: Path, source: Path) -> Path:
    return Path(shutil.copytree(source, tmp_path / "restored"))


async def compare(restored: Path, source: Path, count: int = 20) -> Measurement:
    return await run_probe(CHECKSUM, str(restored), options={"source": str(source)}, count=count)


async def test_a_true_copy_passes(source: Path, restored: Path) -> None:
    measured = await compare(restored, source)
    assert measured.fields["compared"] == 20
    assert measured.fields["differing"] == 0
    assert verdict(measured) is Verdict.PASS
    assert "big.bin" in measured.evidence[0].answered  # the largest is always among them


async def test_one_flipped_bit_fails(source: Path, restored: Path) -> None:
    path = restored / "shard0/big.bin"
    stamp = path.stat()
    data = bytearray(path.read_bytes())
    data[1_500_000] ^= 1
    path.write_bytes(data)
    os.utime(path, (stamp.st_atime, stamp.st_mtime))
    measured = await compare(restored, source)
    assert measured.fields["differing"] == 1
    assert measured.fields["names"] == "shard0/big.bin"
    assert verdict(measured) is Verdict.FAIL


async def test_missing_truncated_and_replaced_by_a_link(source: Path, restored: Path) -> None:
    (restored / "shard1/model-00001.bin").unlink()
    os.truncate(restored / "shard0/big.bin", 100)
    (restored / "shard2/model-00002.bin").unlink()
    (restored / "shard2/model-00002.bin").symlink_to(source / "shard2/model-00002.bin")
    measured = await compare(restored, source, count=100)
    assert measured.fields["missing"] == 2
    assert measured.fields["differing"] == 3
    assert measured.fields["compared"] == 31


async def test_an_empty_restore_fails(source: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    measured = await compare(tmp_path / "empty", source)
    assert measured.fields["differing"] == 20
    assert verdict(measured) is Verdict.FAIL


async def test_what_moved_on_in_the_source_is_no_fault_of_the_backup(source: Path, restored: Path) -> None:
    (source / "shard0/big.bin").write_bytes(b"new weights")
    later = (restored / "shard0/big.bin").stat().st_mtime + 100
    os.utime(source / "shard0/big.bin", (later, later))
    measured = await compare(restored, source)
    assert measured.fields["changed"] == 1
    assert measured.fields["differing"] == 0
    assert "probes_storage.changed_since" in [key for key, _ in measured.remarks]


async def test_nothing_to_compare_is_unknown(source: Path, restored: Path, tmp_path: Path) -> None:
    for path in source.rglob("*.bin"):
        os.utime(path, (2e9, 2e9))
    with pytest.raises(NoData) as caught:
        await compare(restored, source)
    assert caught.value.key == "probes_storage.nothing_compared"
    (tmp_path / "none").mkdir()
    with pytest.raises(NoData):
        await compare(restored, tmp_path / "none")


async def test_a_folder_is_not_compared_with_itself(source: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(source)
    with pytest.raises(NoData) as caught:
        await compare(tmp_path / "link", source)
    assert caught.value.key == "probes_storage.same_folder"


def _manifest(folder: Path, where: Path) -> None:
    files = sorted(path for path in folder.rglob("*.bin"))
    lines = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(folder)}\n" for path in files
    )
    where.write_text("".join(lines))


async def test_manifest_of_the_backup(source: Path, restored: Path, tmp_path: Path) -> None:
    _manifest(source, restored / "SHA256SUMS")
    measured = await run_probe(CHECKSUM, str(restored))
    assert verdict(measured) is Verdict.PASS
    (restored / "shard0/big.bin").write_bytes(b"other")
    (restored / "shard1/model-00001.bin").unlink()
    measured = await run_probe(CHECKSUM, str(restored), count=100)
    assert measured.fields["differing"] == 2
    shutil.move(restored / "SHA256SUMS", tmp_path / "sums")
    measured = await run_probe(
        CHECKSUM, str(restored), options={"manifest": str(tmp_path / "sums")}, count=100
    )
    assert measured.fields["differing"] == 2


@pytest.mark.parametrize(
    "text", ["", "hello\n", f"{'0' * 64}  /etc/passwd\n", f"{'0' * 64}  ../../etc/passwd\n"]
)
async def test_manifests_that_are_none(restored: Path, text: str) -> None:
    with pytest.raises(NoData):
        await run_probe(CHECKSUM, str(restored))  # there is none
    (restored / "SHA256SUMS").write_text(text)
    with pytest.raises(NoData) as caught:
        await run_probe(CHECKSUM, str(restored))
    assert caught.value.key == "probes_storage.no_manifest"


async def test_missing_folders(source: Path, tmp_path: Path) -> None:
    with pytest.raises(NoData) as caught:
        await compare(tmp_path / "none", source)
    assert caught.value.key == "probes_storage.no_folder"
    with pytest.raises(NoData) as caught:
        await compare(source, tmp_path / "none")
    assert caught.value.key == "probes_storage.no_source"


async def test_time_that_runs_out_is_said(
    source: Path, restored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = storage_backup._sha256
    calls = []

    def slow(*words: object) -> str | None:
        calls.append(words)
        return real(*words) if len(calls) <= 6 else None  # type: ignore[arg-type]

    monkeypatch.setattr(storage_backup, "_sha256", slow)
    measured = await compare(restored, source)
    assert measured.fields["compared"] == 3
    assert [key for key, _ in measured.remarks] == ["probes_storage.out_of_time"]


async def test_cancelled_comparison_stops_reading(
    source: Path, restored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_backup, "_CHUNK", 1)
    stopped = []
    real = storage_backup._compare

    def watched(*words: object) -> None:
        real(*words)  # type: ignore[arg-type]
        stopped.append(True)

    monkeypatch.setattr(storage_backup, "_compare", watched)
    target = Target("mount", "restored", str(restored), {"source": str(source)})
    task = asyncio.ensure_future(CHECKSUM.measure(Ask(target, CHECKSUM.params, 60)))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while not stopped:
        await asyncio.sleep(0.01)
