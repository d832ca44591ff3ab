"""Recordings: written, read, replayed."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gpuready.live.facts import Gpu, GpuSample, NodeSample, Sample
from gpuready.live.feed import Machine
from gpuready.live.recording import Header, Writer, demo_path, read_header, read_samples, record
from gpuready.live.replay import Replay
from gpuready.live.source import Listener, Silence, Source
from gpuready.text.fault import Fault
from gpuready.text.say import LANGUAGES, set_language
from tests.live.conftest import Ear

HEADER = (
    '{"gpuready": "recording", "schema": 1, "made": "2026-11-24T08:00:00+00:00", "host": "h", "note": ""}\n'
)
SAMPLE = '{"source":"gpu","at":100.0,"gpus":[{"index":0,"busy":1}]}\n'


def some(count: int = 3, step: float = 0.1) -> list[Sample]:
    return [
        sample
        for turn in range(count)
        for sample in (
            GpuSample(100 + turn * step, (Gpu(0, busy=turn),)),
            NodeSample(100 + turn * step, "h", cpu=1.0 * turn),
        )
    ]


def write(path: Path, samples: list[Sample], note: str = "") -> Path:
    with Writer(path, host="h", note=note) as writer:
        for sample in samples:
            writer.write(sample)
    return path


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, some(), note="before the upgrade")
    header = read_header(path)
    assert (header.host, header.note) == ("h", "before the upgrade")
    assert header.made.startswith("20") and header.made.endswith("+00:00")
    assert list(read_samples(path)) == some()
    assert (path.read_bytes()[:2] == b"\x1f\x8b") is name.endswith(".gz")


def fault(path: Path) -> Fault:
    with pytest.raises(Fault) as caught:
        list(read_samples(path))
    for language in LANGUAGES:
        set_language(language)
        assert str(path) in str(caught.value)
    set_language("en")
    return caught.value


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("", "live.empty_recording", None),
        ("hello\n", "live.not_recording", None),
        ("{}\n", "live.not_recording", None),
        (SAMPLE, "live.not_recording", None),
        (HEADER.replace("1,", '"x",', 1), "live.not_recording", None),
        (HEADER.replace("1,", "2,", 1), "live.newer_recording", None),
        (HEADER, "live.empty_recording", None),
        (HEADER + SAMPLE + "{}\n" + SAMPLE, "live.bad_recording", 3),
        (HEADER + SAMPLE + "\n" + SAMPLE, "live.bad_recording", 3),
        (HEADER + SAMPLE + SAMPLE.replace("100.0", "NaN"), "live.bad_recording", 3),
        (HEADER + SAMPLE.replace('"busy":1', '"busy":"\\u001b[2J"') + SAMPLE, "live.bad_recording", 2),
    ],
)
def test_broken_recordings(tmp_path: Path, text: str, key: str, line: int | None) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(text)
    found = fault(path)
    assert found.key == key
    assert found.fields.get("line") == line
    packed = tmp_path / "r.jsonl.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert fault(packed).key == key


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert fault(tmp_path / "none").key == "live.no_recording"
    assert fault(tmp_path).key == "live.no_recording"
    (tmp_path / "no.gz").write_text(HEADER)
    assert fault(tmp_path / "no.gz").key == "live.not_recording"
    with pytest.raises(Fault, match="not a recording"):
        read_header(Path("/dev/null"))


def test_damaged_gzip_names_the_line(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl.gz", some(400))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(data)
    assert fault(path).key == "live.bad_recording"


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
def test_a_recording_cut_short_reads_to_its_last_whole_line(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, some(300))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    found = list(read_samples(path))
    assert found == some(300)[: len(found)]
    assert len(found) > 20


def test_a_file_that_exists_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text("precious")
    with pytest.raises(Fault, match="exists already"):
        Writer(path)
    assert path.read_text() == "precious"
    with Writer(path, overwrite=True):
        pass
    with pytest.raises(Fault, match="cannot be written"):
        Writer(tmp_path / "no folder" / "x")


def test_a_full_disk_is_a_fault() -> None:
    with pytest.raises(Fault, match="cannot be written"), Writer(Path("/dev/full"), overwrite=True) as writer:
        for sample in some(1000):
            writer.write(sample)


class Script:
    """A source that says what it is given."""

    label = ""
    stopped = False

    def __init__(self, samples: list[Sample | Silence]) -> None:
        self._samples = samples

    def start(self, listener: Listener) -> None:
        for sample in self._samples:
            listener(sample)

    async def stop(self) -> None:
        self.stopped = True


async def test_record_is_bounded_and_stops_its_source(tmp_path: Path) -> None:
    script = Script([*some(), Silence("gpu", 1.0, "hung")])
    heard: list[object] = []
    begun = time.monotonic()
    count = await record(script, tmp_path / "r.jsonl", seconds=0.2, host="h", heard=heard.append)
    assert 0.15 < time.monotonic() - begun < 5
    assert (count, len(heard), script.stopped) == (6, 7, True)
    assert list(read_samples(tmp_path / "r.jsonl")) == some()


async def test_record_of_a_full_disk_ends_at_once() -> None:
    script = Script([*some(2000)])
    with pytest.raises(Fault, match="cannot be written"):
        await record(script, Path("/dev/full"), seconds=60, overwrite=True)
    assert script.stopped


async def test_record_cancelled_leaves_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl.gz"
    task = asyncio.create_task(record(Script([*some()]), path, seconds=60))
    async with asyncio.timeout(5):
        while not path.exists():  # noqa: ASYNC110 (there is no event for it)
            await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(read_samples(path)) == some()


async def test_a_live_machine_is_recorded(pretend: Callable[..., None], tmp_path: Path) -> None:
    pretend("count=2")
    path = tmp_path / "r.jsonl.gz"
    assert await record(Machine(0.1), path, seconds=1.0, note="n") >= 4
    assert {type(sample) for sample in read_samples(path)} == {GpuSample, NodeSample}
    assert read_header(path).note == "n"


async def test_replay_keeps_the_pace_and_loops(tmp_path: Path, ear: Ear) -> None:
    path = write(tmp_path / "r.jsonl.gz", some(3, 0.2), note="a note\x1b")
    replay: Source = Replay(path)
    assert replay.label == "a note\u241b"
    begun, wall = time.monotonic(), time.time()
    replay.start(ear)
    await ear.until(lambda: len(ear.gpus) >= 3)
    assert 0.35 < time.monotonic() - begun < 3
    await ear.until(lambda: len(ear.gpus) >= 5, 10)
    await replay.stop()
    assert [sample.gpus[0].busy for sample in ear.gpus[:5]] == [0, 1, 2, 0, 1]
    assert all(wall <= sample.at <= time.time() for sample in ear.gpus)  # now, not when it was recorded
    assert ear.silences == []
    count = len(ear.heard)
    await asyncio.sleep(0.3)
    assert len(ear.heard) == count  # stopped


async def test_replay_at_speed_ends_when_told(tmp_path: Path, ear: Ear) -> None:
    path = write(tmp_path / "r.jsonl", some(50, 1.0))
    replay = Replay(path, speed=500, loop=False)
    assert replay.label == "r.jsonl"
    replay.start(ear)
    await ear.until(lambda: len(ear.silences) == 2, 10)
    assert len(ear.gpus) == len(ear.nodes) == 50
    assert {(silence.source, silence.why) for silence in ear.silences} == {
        ("gpu", "ended"),
        ("node", "ended"),
    }
    await replay.stop()


async def test_a_line_that_turns_out_bad_ends_the_replay(tmp_path: Path, ear: Ear) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(HEADER + SAMPLE + "nonsense\n" + SAMPLE)
    replay = Replay(path, speed=1000)
    replay.start(ear)
    await ear.until(lambda: ear.silences, 5)
    (silence,) = ear.silences
    assert (silence.source, silence.why) == ("gpu", "ended")
    assert f"{path}:3" in silence.detail
    await replay.stop()


def test_replay_of_a_bad_file_is_a_fault_at_once(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(HEADER + "nonsense\n")
    with pytest.raises(Fault):
        Replay(path)
    with pytest.raises(ValueError, match="speed"):
        Replay(write(tmp_path / "good.jsonl", some()), speed=0)


def test_the_demo_says_what_it_is() -> None:
    assert demo_path().stat().st_size < 150_000
    header = read_header(demo_path())
    assert isinstance(header, Header)
    assert (header.host, header.note) == ("demo-node", "synthetic: 8 pretend H100s")
    samples = list(read_samples(demo_path()))
    gpus = [sample for sample in samples if isinstance(sample, GpuSample)]
    nodes = [sample for sample in samples if isinstance(sample, NodeSample)]
    assert len(gpus) >= 115 and len(nodes) >= 115
    assert {len(sample.gpus) for sample in gpus} == {8}
    hot = [bool((sample.gpus[2].reasons or 0) & 0x40) for sample in gpus]
    assert 15 < sum(hot) < 40
    busy = [sample.gpus[0].busy or 0 for sample in gpus]
    assert min(busy) < 20 and max(busy) > 85
    assert {sample.hostname for sample in nodes} == {"demo-node"}
    names = {process.name for sample in gpus for gpu in sample.gpus for process in gpu.processes or ()}
    assert names and all(name and name.startswith("VLLM::") for name in names)
    assert json.dumps(sorted(names)).isascii()
