"""kafka.brokers against a played broker, whose bytes the kafka-python library (2.0.2) encoded."""

from __future__ import annotations

import asyncio
import struct

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, NotApplicable, Target
from gpuready.probes.services_kafka import BROKERS, metadata_request, parse_metadata, request
from tests.probes.run_probe import run_probe
from tests.probes.stage import Talk, mute, play, tcp

WELL = (Criterion("brokers", ">=", 1, "count"), Criterion("under_replicated", "==", 0, "count"))

# Two brokers; topic "prompts" with partitions 0 (in sync), 1 (one of two in sync), 2 (no leader); topic
# "secret", which may not be described.
_BROKERS = "0000000200000001 00026b31 00002384 ffff 00000002 00026b32 00002384 00027231"
_TOPICS = (
    "00000002 00000002 0000 000770726f6d707473 00 00000003"
    "0000 00000000 00000001 {e} 00000002 00000001 00000002 00000002 00000001 00000002 {o}"
    "0000 00000001 00000002 {e} 00000002 00000001 00000002 00000001 00000002 {o}"
    "0005 00000002 ffffffff {e} 00000001 00000001 00000001 00000001 {o} {a}"
    "001d 0006736563726574 00 00000000 {a}"
)


def metadata(version: int) -> bytes:
    """The same cluster in each version; 1 and 5 are byte for byte kafka-python's."""
    more = {
        "e": "00000007" if version >= 7 else "",
        "o": "00000000" if version >= 5 else "",
        "a": "80000000" if version >= 8 else "",
    }
    throttle = "00000000" if version >= 3 else ""
    name = "0003616263" if version >= 2 else ""
    tail = "80000000" if version >= 8 else ""
    return bytes.fromhex(throttle + _BROKERS + name + _TOPICS.format(**more) + tail)


HEALTHY = bytes.fromhex(
    "00000000 00000001 00000001 00026b31 00002384 ffff 0003616263 00000001"
    "00000001 0000 0001 74 00 00000001 0000 00000000 00000001"
    "00000001 00000001 00000001 00000001 00000000"
)
NO_TOPICS = HEALTHY[:31] + bytes(4)


def versions(least: int, most: int) -> bytes:
    return struct.pack(">hi", 0, 3) + struct.pack(">9h", 0, 0, 9, 3, least, most, 18, 0, 3)


def broker(answer: bytes, spoken: bytes | None = None, asked: list[bytes] | None = None) -> Talk:
    """A broker that tells its versions and that metadata, with the correlation that it was asked with."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            size = struct.unpack(">i", await reader.readexactly(4))[0]
            whole = await reader.readexactly(size)
            if asked is not None:
                asked.append(whole)
            key, _, correlation = struct.unpack(">hhi", whole[:8])
            body = (versions(0, 5) if spoken is None else spoken) if key == 18 else answer
            writer.write(struct.pack(">ii", len(body) + 4, correlation) + body)

    return talk


def keys(measured: Measurement) -> list[str]:
    return [key for key, _ in measured.remarks]


async def test_a_healthy_cluster_passes() -> None:
    asked: list[bytes] = []
    async with tcp(broker(HEALTHY, asked=asked)) as port:
        for address in (f"127.0.0.1:{port}", f"kafka://127.0.0.1:{port}"):
            measured = await run_probe(BROKERS, address)
            assert judge(WELL, measured.fields, BROKERS.fields) is Verdict.PASS
            assert (measured.fields["partitions"], measured.fields["cluster"]) == (1, "abc")
    # kafka-python's own bytes of the same request, whose last says: make no topic
    assert asked[1] == bytes.fromhex("000300050000000500086770757265616479ffffffff00")


async def test_under_replicated_fails() -> None:
    async with tcp(broker(metadata(5))) as port:
        measured = await run_probe(BROKERS, f"127.0.0.1:{port}")
    assert judge(WELL, measured.fields, BROKERS.fields) is Verdict.FAIL
    assert measured.fields["brokers"] == 2
    assert (measured.fields["under_replicated"], measured.fields["offline"]) == (1, 1)
    assert keys(measured) == ["probes_services.topics_refused", "probes_services.under_replicated"]


@pytest.mark.parametrize("version", range(1, 9))
def test_every_version(version: int) -> None:
    cluster = parse_metadata(metadata(version), version)
    assert (cluster.brokers, cluster.controller, cluster.topics, cluster.refused) == (2, 2, 2, 1)
    assert [(each.replicas, each.in_sync, each.leader) for each in cluster.partitions] == [
        (2, 2, 1),
        (2, 1, 2),
        (1, 1, -1),
    ]
    assert len(metadata_request(version)) == 26 + (version >= 4) + 2 * (version >= 8)


async def test_trap_who_may_see_no_topic_is_told_of_none() -> None:
    async with tcp(broker(NO_TOPICS)) as port:
        measured = await run_probe(BROKERS, f"127.0.0.1:{port}")
    assert judge(WELL, measured.fields, BROKERS.fields) is Verdict.UNKNOWN
    assert keys(measured) == ["probes_services.no_topics"]


@pytest.mark.parametrize(
    ("talk", "kind"),
    [
        (mute, NoData),
        (broker(HEALTHY, versions(9, 13)), NoData),
        (broker(HEALTHY, struct.pack(">hi", 0, 0)), NoData),
        (broker(HEALTHY[:20]), Broken),
        (broker(b""), Broken),
        (broker(b"\0\0\0\0\x7f\xff\xff\xff" * 9), Broken),
        (broker(HEALTHY, b"\0\0\x7f\xff\xff\xff"), Broken),
    ],
)
async def test_liars(talk: Talk, kind: type[Exception]) -> None:
    async with tcp(talk) as port:
        with pytest.raises(kind):
            await run_probe(BROKERS, f"127.0.0.1:{port}", limit=1)


async def test_a_web_server_a_closed_port_and_a_broken_line() -> None:
    async with play({}, other="<html>") as stage:
        with pytest.raises((Broken, NoData)):
            await run_probe(BROKERS, stage.url.removeprefix("http://"), limit=2)
    with pytest.raises(NoData):
        await run_probe(BROKERS, "127.0.0.1:1")

    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(10)

    async with tcp(hang_up) as port:
        with pytest.raises(NoData) as caught:
            await run_probe(BROKERS, f"127.0.0.1:{port}")
    assert caught.value.key == "probes_services.kafka_closed"


@pytest.mark.parametrize("address", ["", "http://api:8000", "broker", "kafka://u:s3cret@h:9092", "h:0"])
async def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(BROKERS, address)
    assert "s3cret" not in str(caught.value)
    assert BROKERS.steps(Ask(Target("service", "x", address))) == (str(caught.value),)


async def test_another_service_is_not_asked() -> None:
    with pytest.raises(NotApplicable):
        await run_probe(BROKERS, "http://api:8000", options={"is": "api"})


def test_requests_begin_with_their_length() -> None:
    asked = request(18, 0)
    assert struct.unpack(">i", asked[:4])[0] == len(asked) - 4
