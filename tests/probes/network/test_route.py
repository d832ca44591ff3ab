"""The kernel's own answer to where packets go."""

from __future__ import annotations

import pytest

from gpuready.probes.network_route import ROUTE
from gpuready.probes.probe import NoData
from tests.probes.daemons import free_port
from tests.probes.network.elsewhere import Question, isolated
from tests.probes.run_probe import run_probe

TWO_WAYS = "; ".join(
    ["ip link set lo up"]
    + [
        f"ip link add {name} type veth peer name {name}-end; "
        f"ip link set {name} up; ip link set {name}-end up; "
        f"ip addr add {net}.1/24 dev {name}; ip route add {far}.0.0/16 via {net}.254 dev {name}; "
        # A neighbour that is known and silent: what it is sent is lost.
        f"ip neigh add {net}.254 lladdr 02:00:00:00:00:01 dev {name} nud permanent; "
        f"ip neigh add {net}.7 lladdr 02:00:00:00:00:02 dev {name} nud permanent"
        for name, net, far in (("line", "10.9.0", "10.50"), ("vpn", "10.8.0", "10.60"))
    ]
)


def _route(address: str, **options: str) -> Question:
    return "network.route", address, options


def test_the_way_taken_against_the_way_expected() -> None:
    cases = {
        True: [
            _route("10.50.0.7", route="line"),
            _route("10.50.0.7", via="10.9.0.254"),
            _route("10.50.0.7", route="line", via="10.9.0.254"),
        ],
        False: [
            _route("10.60.0.7", route="line"),  # the line fell back to the VPN
            _route("10.50.0.7", route="line", via="10.9.0.1"),
            _route("10.9.0.7", via="10.9.0.254"),  # on the link itself: no gateway at all
        ],
    }
    for expected, questions in cases.items():
        for found in isolated(TWO_WAYS, *questions):
            assert found["fields"]["expected_route"] is expected
            assert "reachable" not in found["fields"]  # ICMP's silence proves nothing
            assert "probes_network.no_echo" in found["remarks"]


def test_what_can_be_reached_and_what_cannot() -> None:
    own, dead = isolated(TWO_WAYS, _route("10.9.0.1:22"), _route("10.50.0.7:443", route="line"))
    assert "expected_route" not in own["fields"]
    assert "probes_network.no_expectation" in own["remarks"]
    assert own["fields"]["reachable"] is True  # refused: but packets went there and back
    assert dead["fields"]["reachable"] is False
    assert "probes_network.no_connection" in dead["remarks"]


def test_no_route_at_all_is_measured() -> None:
    (found,) = isolated("ip link set lo up", _route("10.1.2.3", route="line"))
    assert found["fields"] == {"address": "10.1.2.3", "reachable": False}
    assert found["remarks"] == ["probes_network.no_route"]


async def test_the_local_way() -> None:
    measured = await run_probe(ROUTE, f"localhost:{free_port()}", options={"route": "lo"})
    assert measured.fields["expected_route"] is True
    assert measured.fields["device"] == "lo"
    assert measured.evidence[0].asked.startswith("$ ip -j route get ")


async def test_without_the_tool_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoData) as caught:
        await run_probe(ROUTE, "127.0.0.1")
    assert caught.value.key == "probes.no_tool"
