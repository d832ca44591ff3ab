"""The clock, asked of a real chronyd that follows another one on loopback; neither touches the clock."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from gpuready.probes.node import PROBES
from gpuready.probes.probe import Ask, Broken, Measurement
from tests.probes.run_probe import run_probe

PROBE = next(probe for probe in PROBES if probe.name == "node.timesync")


@contextmanager
def chronyd(folder: Path, name: str, *settings: str) -> Iterator[str]:
    """Runs one; gives the address of its command port.  -x: it never sets the clock."""
    program = shutil.which("chronyd") or "/usr/sbin/chronyd"
    port = free_port()
    config = folder / f"{name}.conf"
    lines = (
        f"cmdport {port}",
        "bindcmdaddress 127.0.0.1",
        "bindcmdaddress /",
        f"pidfile {folder}/{name}.pid",
    )
    config.write_text("\n".join((*settings, *lines)) + "\n")
    process = subprocess.Popen(
        [program, "-x", "-d", "-u", "root", "-f", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def ask(chrony: str) -> Measurement:
    return await run_probe(PROBE, chrony=chrony, limit=10.0)


async def until(chrony: str, field: str) -> Measurement:
    """The first measurement that has that field."""
    async with asyncio.timeout(20):
        while True:
            measured = await ask(chrony)
            if field in measured.fields:
                return measured
            await asyncio.sleep(0.1)


async def test_a_chronyd_that_follows_a_server(tmp_path: Path) -> None:
    ntp = free_port()
    with ExitStack() as stack:
        serve = (f"port {ntp}", "bindaddress 127.0.0.1", "local stratum 8", "allow 127.0.0.0/8")
        source = stack.enter_context(chronyd(tmp_path, "server", *serve))
        follow = (f"server 127.0.0.1 port {ntp} iburst minpoll 0 maxpoll 0", "port 0")
        follower = stack.enter_context(chronyd(tmp_path, "client", *follow))

        measured = await until(follower, "offset")
        assert measured.fields["synchronised"] is True
        assert (measured.fields["stratum"], measured.fields["reference"]) == (9, "127.0.0.1")
        offset = measured.fields["offset"]
        assert isinstance(offset, float)
        assert 0 <= offset < 50  # ms: it is the same clock

        # the other one follows itself: 0 off from itself is no offset
        alone = await until(source, "stratum")
        assert alone.fields["synchronised"] is False
        assert "offset" not in alone.fields
        assert "probes_node.own_clock" in dict(alone.remarks)


async def test_a_chronyd_without_a_source_is_not_synchronised(tmp_path: Path) -> None:
    with chronyd(tmp_path, "alone", "port 0") as address:
        measured = await until(address, "stratum")
    assert measured.fields["synchronised"] is False
    assert "offset" not in measured.fields


async def test_a_chronyd_that_does_not_answer_leaves_the_kernels_word(tmp_path: Path) -> None:
    measured = await ask(f"127.0.0.1:{free_port()}")
    assert "stratum" not in measured.fields
    assert "probes_node.no_chrony" in dict(measured.remarks)


@pytest.mark.parametrize("address", ["-h evil", "a b", "$(id)", "../x"])
async def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(Broken):
        await PROBE.measure(Ask(params={"chrony": address, "root": "/"}))
