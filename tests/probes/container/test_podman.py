"""Podman's compatible socket: it answers here, but cannot start containers."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready.probes.container import ENGINE, LIST
from gpuready.probes.container_gpus import SMOKE
from gpuready.probes.container_state import LIMITS
from gpuready.probes.container_toolkit import TOOLKIT
from gpuready.probes.probe import NoData, Target
from tests.probes.daemons import daemon
from tests.probes.run_probe import run_probe


@pytest.fixture(scope="module")
def podman() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="grp-", dir="/tmp"))
    base = ["podman", "--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "vfs"]
    busybox = shutil.which("busybox")
    assert busybox
    packed = subprocess.run(
        ["tar", "-C", str(Path(busybox).parent), "-c", "busybox"], capture_output=True
    ).stdout
    subprocess.run([*base, "import", "-", "bb:1"], input=packed, check=True, capture_output=True)

    def ready() -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as one:
            one.connect(f"{folder}/s")
            return True
        return False

    argv = [*base, "--cgroup-manager=cgroupfs", "system", "service", "--time=0", f"unix://{folder}/s"]
    try:
        with daemon(argv, folder, ready):
            yield f"unix://{folder}/s"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def at(address: str, **options: str) -> tuple[Target, ...]:
    return (Target("engine", "podman", address, options),)


async def test_it_is_known_as_podman(podman: str) -> None:
    measured = await run_probe(ENGINE, site=at(podman))
    assert "docker" not in measured.fields
    assert "containerd_configured" not in measured.fields
    assert str(measured.fields["podman"])[0].isdigit()
    assert (await run_probe(LIST, site=at(podman))).fields["total"] == 0
    assert (await run_probe(TOOLKIT, site=at(podman))).fields["registered"] is False


async def test_requests_that_it_would_drop_are_not_made(podman: str) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(SMOKE, site=at(podman), image="localhost/bb:1")
    assert caught.value.key == "probes_container.podman_gpus"


async def test_a_container_that_it_cannot_start_is_removed(podman: str) -> None:
    with contextlib.suppress(NoData):  # it can in other places
        await run_probe(SMOKE, site=at(podman, gpus="cdi"), image="localhost/bb:1", command=["true"])
    assert (await run_probe(LIST, site=at(podman))).fields["total"] == 0


async def test_no_such_container(podman: str) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(LIMITS, "nobody", site=at(podman))
    assert caught.value.key == "probes_container.no_container"
