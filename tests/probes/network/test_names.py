"""Look-ups, fast, failing and hanging."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes import network_names
from gpuready.probes.network_dns import DNS
from gpuready.probes.network_names import look_up
from gpuready.probes.probe import NoData
from tests.probes.run_probe import run_probe

BELOW_100_MS = (Criterion("p95", "<", 100, "ms"),)


async def test_a_name_of_the_hosts_file_is_fast_and_said_to_be_one() -> None:
    measured = await run_probe(DNS, "http://localhost:8000/v1", count=10)
    assert measured.fields["look_ups"] == 10
    assert judge(BELOW_100_MS, measured.fields, DNS.fields) is Verdict.PASS
    assert "probes_network.from_hosts" in dict(measured.remarks)


async def test_the_name_may_be_given_apart() -> None:
    measured = await run_probe(DNS, "http://10.0.0.1:8000", count=1, name="localhost")
    assert measured.fields["failed"] == 0


async def test_an_unknown_name_is_unknown() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(DNS, "http://no-such-name.invalid/", count=2)
    assert caught.value.key == "probes_network.no_name"


async def test_an_address_leaves_nothing_to_resolve() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(DNS, "http://127.0.0.1:8000/")
    assert caught.value.key == "probes_network.nothing_to_resolve"


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """getaddrinfo that waits until the event is set, as with name servers that do not answer."""
    answer, real = threading.Event(), socket.getaddrinfo

    def hangs(*args: Any, **kwargs: Any) -> Any:
        answer.wait(20)
        return real(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    yield answer
    answer.set()


async def test_a_hanging_resolver_ends_at_the_limit(slow_names: threading.Event) -> None:
    begun = time.monotonic()
    with pytest.raises(NoData) as caught:
        await run_probe(DNS, "localhost", limit=0.5)
    assert time.monotonic() - begun < 1
    assert caught.value.key == "probes_network.slow_name"
    slow_names.set()


async def test_trap_5_what_was_not_looked_up_is_not_counted_and_a_hanging_one_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer, real, calls = threading.Event(), socket.getaddrinfo, list[int]()

    def third_hangs(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            answer.wait(20)
        return real(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", third_hangs)
    measured = await run_probe(DNS, "localhost", count=50, limit=1)
    answer.set()
    assert (measured.fields["look_ups"], measured.fields["failed"]) == (3, 1)
    assert float(measured.fields["p95"]) > 500
    assert judge(BELOW_100_MS, measured.fields, DNS.fields) is Verdict.FAIL
    assert dict(measured.remarks)["probes_network.not_all"] == {"done": 3, "count": 50}


async def test_hanging_look_ups_are_bounded_in_number(
    slow_names: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_names, "MOST", 2)
    monkeypatch.setattr(network_names, "_under_way", threading.BoundedSemaphore(2))
    waiting = [asyncio.ensure_future(look_up("localhost")) for _ in range(2)]
    await asyncio.sleep(0.05)
    with pytest.raises(NoData) as caught:
        await look_up("localhost")
    assert caught.value.key == "probes_network.resolver_hangs"
    slow_names.set()
    assert all(places for places in await asyncio.gather(*waiting))
    assert await look_up("localhost")
