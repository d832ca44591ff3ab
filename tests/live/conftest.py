"""The pretend NVML, and readers that run on it in processes of their own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gpuready.live.facts import GpuSample, NodeSample, Sample
from gpuready.live.source import Silence
from gpuready.live.wire import decode
from gpuready.text.say import set_language
from tests.nvml import build_pretend_nvml, pretend_environment

Heard = Sample | Silence
ReadGpus = Callable[..., list[GpuSample]]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_pretend_nvml(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def pretend(library: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes the children of this test see that scenario."""

    def choose(scenario: str = "", **more: str) -> None:
        for name, value in pretend_environment(library, scenario, **more).items():
            monkeypatch.setenv(name, value)

    return choose


@pytest.fixture
def read_gpus(library: Path) -> ReadGpus:
    """The first samples that the sampler prints in a scenario."""

    def read(scenario: str = "", count: int = 1, interval: float = 0.05, **more: str) -> list[GpuSample]:
        environ = pretend_environment(library, scenario, PRETEND_NVML_PCIE_MS="0", **more)
        return [
            sample for sample in first(["gpu"], count, interval, environ) if isinstance(sample, GpuSample)
        ]

    return read


def first(
    source: list[str], count: int, interval: float, environ: dict[str, str] | None = None
) -> list[Sample]:
    command = [sys.executable, "-m", "gpuready.live.sampler", *source, "--interval", str(interval)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(count)]
        process.kill()
    return [decode(line) for line in lines]


class Ear:
    """A listener that can be waited on."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self._news = asyncio.Event()

    def __call__(self, what: Heard, /) -> None:
        self.heard.append(what)
        self._news.set()

    @property
    def gpus(self) -> list[GpuSample]:
        return [what for what in self.heard if isinstance(what, GpuSample)]

    @property
    def nodes(self) -> list[NodeSample]:
        return [what for what in self.heard if isinstance(what, NodeSample)]

    @property
    def silences(self) -> list[Silence]:
        return [what for what in self.heard if isinstance(what, Silence)]

    async def until(self, condition: Callable[[], object], seconds: float = 20.0) -> None:
        """Return as soon as the condition holds; TimeoutError when it does not in time."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._news.clear()
                await self._news.wait()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    set_language("en")


@pytest.fixture
def ear() -> Ear:
    return Ear()
