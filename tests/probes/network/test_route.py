"""The kernel's own answer to where packets go."""

from __future__ import annotations

import pytest

from gpuready.probes.network_route import ROUTE
from gpuready.probes.probe import NoData
from tests.probes.daemons import free_port
from tests.probes.network.elsewhere import isolated
from tests.probes.run_probe import run_probe

TWO_WAYS = (
    "ip link set lo up; ip link add line type dummy; ip addr add 10.9.0.1/24 dev line; ip link set line up; "
    "ip link add vpn type dummy; ip addr add 10.8.0.1/24 dev vpn; ip link set vpn up; "
    "ip route add 10.50.0.0/16 via 10.9.0.254 dev line; ip route add 10.60.0.0/16 via 10.8.0.254 dev vpn"
)


@pytest.mark.parametrize(
    ("address", "options", "expected"),
    [
        ("10.50.0.7", {"route": "line"}, True),
        ("10.50.0.7", {"via": "10.9.0.254"}, True),
        ("10.50.0.7", {"route": "line", "via": "10.9.0.254"}, True),
        ("10.60.0.7", {"route": "line"}, False),  # the line fell back to the VPN
        ("10.50.0.7", {"route": "line", "via": "10.9.0.1"}, False),
        ("10.9.0.7", {"via": "10.9.0.254"}, False),  # on the link itself: no gateway at all
    ],
)
def test_the_way_taken_against_the_way_expected(
    address: str, options: dict[str, str], expected: bool
) -> None:
    found = isolated(TWO_WAYS, "network.route", address, **options)
    assert found["fields"]["expected_route"] is expected
    assert "reachable" not in found["fields"]  # nothing answers on a dummy, and ICMP's silence proves nothing
    assert "probes_network.no_echo" in found["remarks"]


def test_without_an_expectation_the_field_is_left_out() -> None:
    found = isolated(TWO_WAYS, "network.route", "10.9.0.1:22")
    assert "expected_route" not in found["fields"]
    assert "probes_network.no_expectation" in found["remarks"]
    assert found["fields"]["reachable"] is True  # refused: but packets went there and back


def test_no_route_at_all_is_measured() -> None:
    found = isolated("ip link set lo up", "network.route", "10.1.2.3", route="line")
    assert found["fields"] == {"address": "10.1.2.3", "reachable": False}
    assert found["remarks"] == ["probes_network.no_route"]


def test_a_port_that_never_answers_is_not_reachable() -> None:
    found = isolated(TWO_WAYS, "network.route", "10.50.0.7:443", route="line")
    assert found["fields"]["reachable"] is False


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
