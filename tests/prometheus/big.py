"""A cluster of 10,000 GPUs for the bench: 1,250 nodes of 8, with twelve metrics of the DCGM exporter.

``python -m tests.prometheus.big`` serves the exposition on several ports and prints their addresses in one
line; `big()` starts that as a child, so that its CPU time is nobody else's, and a Prometheus that scrapes it.
The texts are made once, in a few versions that differ in their numbers, and served in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.prometheus.exporter import TYPE
from tests.prometheus.real import Prometheus, prometheus

NODES = 1250
GPUS = 8
TARGETS = 10
INTERVAL = 5.0
VERSIONS = 3

# by name: the type, and the range of values
METRICS = {
    "DCGM_FI_DEV_SM_CLOCK": ("gauge", 1200, 1980),
    "DCGM_FI_DEV_GPU_TEMP": ("gauge", 35, 80),
    "DCGM_FI_DEV_MEMORY_TEMP": ("gauge", 40, 90),
    "DCGM_FI_DEV_POWER_USAGE": ("gauge", 90, 700),
    "DCGM_FI_DEV_GPU_UTIL": ("gauge", 40, 100),
    "DCGM_FI_DEV_FB_USED": ("gauge", 40000, 79000),
    "DCGM_FI_DEV_FB_FREE": ("gauge", 1000, 40000),
    "DCGM_FI_DEV_XID_ERRORS": ("gauge", 0, 0),
    "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS": ("counter", 0, 0),
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE": ("gauge", 0, 1),
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": ("gauge", 0, 1),
    "DCGM_FI_PROF_DRAM_ACTIVE": ("gauge", 0, 1),
}


def exposition(first: int, nodes: int, gpus: int, seed: int) -> bytes:
    """What one target says: `nodes` nodes from number `first` on."""
    chance = random.Random(seed)
    labels = [
        f'gpu="{gpu}",UUID="GPU-{node:08x}-{gpu:04x}-4000-8000-{node * gpus + gpu:012x}",'
        f'pci_bus_id="00000000:{gpu:02X}:00.0",device="nvidia{gpu}",'
        f'modelName="NVIDIA H100 80GB HBM3",Hostname="gpu-{node:04}",DCGM_FI_DRIVER_VERSION="580.95.05"'
        for node in range(first, first + nodes)
        for gpu in range(gpus)
    ]
    lines = []
    for name, (kind, low, high) in METRICS.items():
        lines += [f"# HELP {name} As the DCGM exporter gives it.", f"# TYPE {name} {kind}"]
        digits = 4 if high == 1 else 0
        lines += [f"{name}{{{one}}} {chance.uniform(low, high):.{digits}f}" for one in labels]
    return ("\n".join(lines) + "\n").encode()


async def serve(nodes: int, gpus: int, targets: int) -> None:
    """Serves until it is ended; the addresses go to standard output."""
    servers = []
    for number in range(targets):
        first, end = nodes * number // targets, nodes * (number + 1) // targets
        texts = [exposition(first, end - first, gpus, number * VERSIONS + one) for one in range(VERSIONS)]
        servers.append(await asyncio.start_server(_answering(texts), "127.0.0.1", 0))
    print(*(f"127.0.0.1:{server.sockets[0].getsockname()[1]}" for server in servers), flush=True)
    await asyncio.Event().wait()


def _answering(texts: list[bytes]) -> Any:
    answers = [
        f"HTTP/1.1 200 OK\r\nContent-Type: {TYPE}\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text
        for text in texts
    ]
    turn = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answers[turn % len(answers)])
                turn += 1
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    return answer


@contextmanager
def big(
    nodes: int = NODES, gpus: int = GPUS, targets: int = TARGETS, interval: float = INTERVAL, **settings: Any
) -> Iterator[Prometheus]:
    """A Prometheus that has scraped every GPU at least twice."""
    words = ["-m", "tests.prometheus.big", f"--nodes={nodes}", f"--gpus={gpus}", f"--targets={targets}"]
    child = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", sys.executable, *words],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert child.stdout is not None
        addresses = child.stdout.readline().split()
        assert len(addresses) == targets, f"the exporters of the big cluster ended with {child.wait()}"
        with prometheus(targets={"dcgm": addresses}, interval=interval, **settings) as server:
            twice = f"count(count_over_time(DCGM_FI_DEV_GPU_UTIL[{round(interval * 4)}s]) >= 2)"
            server.wait(twice, lambda found: bool(found) and found[0].value == nodes * gpus, seconds=90)
            yield server
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.prometheus.big", description=__doc__)
    parser.add_argument("--nodes", type=int, default=NODES)
    parser.add_argument("--gpus", type=int, default=GPUS)
    parser.add_argument("--targets", type=int, default=TARGETS)
    asked = parser.parse_args()
    asyncio.run(serve(asked.nodes, asked.gpus, asked.targets))


if __name__ == "__main__":
    main()
