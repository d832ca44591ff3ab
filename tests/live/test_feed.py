"""The live machine as a source: silence, death, and restart of its children."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from gpuready.live import child as child_module
from gpuready.live.child import STUCK, Child
from gpuready.live.facts import SourceName
from gpuready.live.feed import Machine
from gpuready.live.launch import launch
from gpuready.live.source import Source
from tests.live.conftest import Ear

Pretend = Callable[..., None]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens all waits, for tests that are not about the 3 seconds themselves."""
    monkeypatch.setattr(child_module, "LEAST_DEADLINE", 0.8)
    monkeypatch.setattr(child_module, "KILL_AFTER", 1.5)
    monkeypatch.setattr(child_module, "KILL_AFTER_START", 1.5)


@asynccontextmanager
async def listening(machine: Machine, ear: Ear) -> AsyncIterator[Machine]:
    machine.start(ear)
    try:
        yield machine
    finally:
        begun = time.monotonic()
        await machine.stop()
        assert time.monotonic() - begun < 1.0
        # A process that Popen has reaped is no longer there; nothing may be left behind.
        for pid in filter(None, machine.pids().values()):
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


async def test_both_speak(pretend: Pretend, ear: Ear) -> None:
    pretend()
    machine: Source = Machine(0.1)
    assert machine.label == ""
    assert isinstance(machine, Machine)
    async with listening(machine, ear):
        await ear.until(lambda: len(ear.gpus) > 2 and len(ear.nodes) > 2)
    assert len(ear.gpus[0].gpus) == 8
    assert ear.silences == []


async def test_children_may_be_launched_before(pretend: Pretend, ear: Ear) -> None:
    pretend("count=3")
    launched: dict[SourceName, subprocess.Popen[bytes]] = {
        "gpu": launch("gpu", 0.1),
        "node": launch("node", 0.1),
    }
    async with listening(Machine(0.1, launched), ear) as machine:
        await ear.until(lambda: ear.gpus and ear.nodes)
        assert machine.pids() == {source: process.pid for source, process in launched.items()}


async def test_launched_children_that_are_never_listened_to_are_ended() -> None:
    launched = launch("node", 0.1)
    await Machine(0.1, {"node": launched}).stop()
    assert launched.poll() is not None
    assert launched.stdout and launched.stderr
    launched.stdout.close()
    launched.stderr.close()


async def test_a_hung_driver_hangs_only_itself(pretend: Pretend, ear: Ear) -> None:
    pretend("hung", PRETEND_NVML_HANG_AFTER="2")
    async with listening(Machine(0.2), ear):
        await ear.until(lambda: ear.gpus)
        await ear.until(lambda: ear.silences, 6)
        late = time.time() - ear.gpus[-1].at
        assert 2.9 < late < 5
        (silence,) = ear.silences
        assert (silence.source, silence.why) == ("gpu", "hung")
        assert silence.since == pytest.approx(ear.gpus[-1].at, abs=0.5)
        before = len(ear.nodes)
        await ear.until(lambda: len(ear.nodes) > before + 3)
    assert len(ear.silences) == 1  # said once


@pytest.mark.usefixtures("hasty")
async def test_a_reader_that_wakes_up_again(pretend: Pretend, ear: Ear) -> None:
    pretend("count=1")
    async with listening(Machine(0.2, sources=["gpu"]), ear) as machine:
        await ear.until(lambda: ear.gpus)
        pid = machine.pids()["gpu"]
        assert pid
        os.kill(pid, signal.SIGSTOP)
        await ear.until(lambda: ear.silences, 6)
        os.kill(pid, signal.SIGCONT)
        count = len(ear.gpus)
        await ear.until(lambda: len(ear.gpus) > count)
        assert machine.pids()["gpu"] == pid
        assert [silence.why for silence in ear.silences] == ["hung"]


@pytest.mark.usefixtures("hasty")
async def test_a_hung_reader_is_killed_and_another_tries(pretend: Pretend, ear: Ear) -> None:
    pretend("hung", PRETEND_NVML_HANG_AFTER="1")
    async with listening(Machine(0.2, sources=["gpu"]), ear) as machine:
        await ear.until(lambda: ear.gpus)
        old = machine.pids()["gpu"]
        await ear.until(lambda: ear.silences, 6)
        count = len(ear.gpus)
        await ear.until(lambda: len(ear.gpus) > count, 6)
        assert machine.pids()["gpu"] != old
        assert [silence.why for silence in ear.silences] == ["hung"]  # we killed it: it did not die


async def test_a_killed_reader_comes_back(pretend: Pretend, ear: Ear) -> None:
    pretend("count=1")
    async with listening(Machine(0.1, sources=["gpu"]), ear) as machine:
        await ear.until(lambda: ear.gpus)
        old = machine.pids()["gpu"]
        assert old
        os.kill(old, signal.SIGKILL)
        await ear.until(lambda: ear.silences, 3)
        (silence,) = ear.silences
        assert (silence.source, silence.why, silence.detail) == ("gpu", "died", "SIGKILL")
        count = len(ear.gpus)
        begun = time.monotonic()
        await ear.until(lambda: len(ear.gpus) > count, 5)
        assert time.monotonic() - begun > 0.9  # the first back-off
        assert machine.pids()["gpu"] not in (None, old)


def python(code: str) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], stdout=pipe, stderr=pipe, bufsize=0)


async def test_the_last_words_are_made_safe(ear: Ear) -> None:
    noisy = python("import sys; sys.stderr.write('x' * 300000 + '\\nlast \\x1b[31mwords\\n'); sys.exit(3)")
    async with listening(Machine(0.1, {"node": noisy}, sources=["node"]), ear):
        await ear.until(lambda: ear.silences, 5)
    assert ear.silences[0].detail == "last \u241b[31mwords"


@pytest.mark.usefixtures("hasty")
async def test_what_is_no_sample_is_not_heard(ear: Ear) -> None:
    lines = r"import time; print('hello\n{}\n[1]\n{\"source\":\"gpu\",\"at\":1}', flush=True); time.sleep(60)"
    async with listening(Machine(0.1, {"node": python(lines)}, sources=["node"]), ear):
        await ear.until(lambda: ear.silences, 6)
    assert [(silence.why, silence.detail) for silence in ear.silences] == [("hung", "")]
    assert not ear.gpus and not ear.nodes


@pytest.mark.usefixtures("hasty")
async def test_an_endless_line_does_not_fill_the_memory(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "LONGEST_LINE", 1 << 20)
    talker = python("import os\nwhile True: os.write(1, b'x' * 65536)")
    machine = Machine(0.1, {"node": talker}, sources=["node"])
    async with listening(machine, ear):
        await ear.until(lambda: ear.silences, 6)
        (only,) = machine._children
        assert len(only._line) <= 2 << 20


class Undead:
    """A process in an uninterruptible driver call: it takes SIGKILL and stays."""

    pid = 1
    returncode = None

    def __init__(self) -> None:
        self.killed = 0
        self._pipes = [os.pipe(), os.pipe()]
        self.stdout, self.stderr = (os.fdopen(read, "rb", 0) for read, _ in self._pipes)

    def poll(self) -> int | None:
        return self.returncode

    def kill(self) -> None:
        self.killed += 1


@pytest.mark.usefixtures("hasty")
async def test_nothing_is_started_beside_a_reader_that_will_not_die(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    def start(source: str, interval: float) -> subprocess.Popen[bytes]:
        started.append(source)
        return python("1")

    monkeypatch.setattr(child_module, "launch", start)
    undead = Undead()
    child = Child("gpu", 0.1, ear, undead)  # type: ignore[arg-type]
    child.start()
    await ear.until(lambda: len(ear.silences) == 2, 8)
    assert [(silence.why, silence.detail) for silence in ear.silences] == [("hung", ""), ("hung", STUCK)]
    assert undead.killed == 1
    assert started == []
    undead.returncode = -9  # type: ignore[assignment]
    await ear.until(lambda: started, 5)
    child.end()
    async with asyncio.timeout(5):
        while not child.gone():  # noqa: ASYNC110 (there is no event for it)
            await asyncio.sleep(0.01)
    for _, write in undead._pipes:
        os.close(write)


async def test_stop_does_not_wait_for_the_undead(ear: Ear) -> None:
    undead = Undead()
    machine = Machine(0.1, {"gpu": undead}, sources=["gpu"])  # type: ignore[dict-item]
    machine.start(ear)
    begun = time.monotonic()
    await machine.stop()
    assert time.monotonic() - begun < 1.0
    for _, write in undead._pipes:
        os.close(write)


@pytest.mark.usefixtures("hasty")
async def test_a_stalled_loop_is_not_taken_for_a_hung_driver(pretend: Pretend, ear: Ear) -> None:
    pretend("count=1")
    async with listening(Machine(0.2, sources=["gpu"]), ear):
        await ear.until(lambda: ear.gpus)
        time.sleep(2)  # noqa: ASYNC251 (a slow terminal, or Ctrl-Z)
        count = len(ear.gpus)
        await ear.until(lambda: len(ear.gpus) > count + 2)
    assert ear.silences == []
