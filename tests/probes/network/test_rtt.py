"""Round trips to real peers: sshd, loopback's ICMP, the kernel's own refusals."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes import network_trips
from gpuready.probes.network_rtt import RTT
from gpuready.probes.network_trips import Trips
from gpuready.probes.probe import NoData
from tests.probes.daemons import daemon, free_port, listens
from tests.probes.network.elsewhere import isolated
from tests.probes.run_probe import both, run_probe

BELOW_1_MS = (Criterion("p95", "<", 1, "ms"),)


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[str]:
    """A peer with the port that every node has open."""
    port = free_port()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    config = tmp_path / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path / 'key'}\nUsePAM no\nPidFile none\n"
        "StrictModes no\nMaxStartups 200\n"
    )
    sshd = shutil.which("sshd") or "/usr/sbin/sshd"
    with daemon([sshd, "-D", "-e", "-f", str(config)], tmp_path, lambda: listens(port)):
        yield f"127.0.0.1:{port}"


async def test_an_sshd_peer_passes_by_tcp(sshd: str) -> None:
    measured = await run_probe(RTT, sshd, count=20)
    assert measured.fields["method"] == "TCP connect"
    assert (measured.fields["sent"], measured.fields["received"], measured.fields["loss"]) == (20, 20, 0)
    assert judge(BELOW_1_MS, measured.fields, RTT.fields) is Verdict.PASS
    assert measured.remarks[0][0] == "probes_network.own_address"
    assert sshd in measured.evidence[0].asked


async def test_a_host_without_a_port_is_asked_by_icmp() -> None:
    measured = await run_probe(RTT, "127.0.0.1", count=5)
    assert measured.fields["method"] == "ICMP echo"
    assert measured.fields["received"] == 5
    assert 0 < float(measured.fields["p95"]) < 5


async def test_icmp_over_ipv6() -> None:
    measured = await run_probe(RTT, "::1", count=2)
    assert measured.fields["address"] == "::1"
    assert measured.fields["received"] == 2


async def test_where_sockets_are_not_allowed_ping_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_: int) -> socket.socket:
        raise PermissionError

    monkeypatch.setattr(network_trips, "_icmp", forbidden)
    measured = await run_probe(RTT, "127.0.0.1", count=3)
    assert measured.fields["received"] == 3
    assert measured.evidence[0].asked == "$ ping -n -c 3 -i 0.2 -W 1 127.0.0.1"

    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoData) as caught:
        await run_probe(RTT, "127.0.0.1")
    assert "name a TCP port" in both(caught.value.key, **caught.value.fields)


async def test_a_refused_connection_is_unknown() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(RTT, f"127.0.0.1:{free_port()}")
    assert caught.value.key == "probes_network.refused"


async def test_lost_connections_count_as_the_time_waited() -> None:
    """A full accept queue makes the kernel drop SYNs, as a firewall or a dead link would."""
    with socket.socket() as peer:
        peer.bind(("127.0.0.1", 0))
        peer.listen(2)  # room for three
        measured = await run_probe(RTT, f"127.0.0.1:{peer.getsockname()[1]}", count=4)
    assert (measured.fields["sent"], measured.fields["received"]) == (4, 3)
    assert measured.fields["loss"] == 25
    assert measured.fields["p95"] == 1000
    assert judge(BELOW_1_MS, measured.fields, RTT.fields) is Verdict.FAIL
    assert "probes_network.lost" in dict(measured.remarks)


async def test_trap_3_nothing_but_losses_is_unknown() -> None:
    with socket.socket() as peer, socket.socket() as first:
        peer.bind(("127.0.0.1", 0))
        peer.listen(0)
        first.connect(peer.getsockname())
        with pytest.raises(NoData) as caught:
            await run_probe(RTT, f"127.0.0.1:{peer.getsockname()[1]}", count=2)
    assert caught.value.key == "probes_network.no_connection"
    assert caught.value.evidence


def test_a_percentile_cannot_hide_losses() -> None:
    assert Trips((0.001,) * 18, 2).waited.count(1.0) == 2


def test_without_a_peer_the_gateway_is_asked_and_said() -> None:
    network = (
        "ip link set lo up; ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up; "
        "ip addr add 10.9.0.1/24 dev d0; ip route add default via 10.9.0.3; "
        "ip neigh add 10.9.0.3 lladdr 02:00:00:00:00:01 dev d0 nud permanent"
    )
    (silent,) = isolated(network, ("network.rtt", "", {}))
    assert silent["fault"] == "probes_network.no_echo"  # nobody is behind that cable
    assert "10.9.0.3" in silent["said"]

    (found,) = isolated(f"{network}; ip addr add 10.9.0.3/32 dev lo", ("network.rtt", "", {}))
    assert found["fields"]["address"] == "10.9.0.3"
    assert "probes_network.gateway_asked" in found["remarks"]


def test_without_a_gateway_or_a_route_nothing_is_known() -> None:
    nobody, far = isolated("ip link set lo up", ("network.rtt", "", {}), ("network.rtt", "10.1.2.3", {}))
    assert (nobody["fault"], nobody["verdict"]) == ("probes_network.no_peer", "unknown")
    assert far["fault"] == "probes_network.no_way"
    assert "unreachable" in far["said"]


@pytest.mark.parametrize(
    "address", ["-oProxyCommand=x", "host:99999", "ftp://host/", "a b", "[::1", "host:1:2"]
)
async def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(RTT, address)
    assert caught.value.key == "probes_network.bad_address"


async def test_cancelling_ends_at_once() -> None:
    with socket.socket() as peer, socket.socket() as first:
        peer.bind(("127.0.0.1", 0))
        peer.listen(0)
        first.connect(peer.getsockname())
        task = asyncio.ensure_future(run_probe(RTT, f"127.0.0.1:{peer.getsockname()[1]}", count=100))
        await asyncio.sleep(0.1)
        begun = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - begun < 0.5
