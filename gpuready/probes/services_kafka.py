"""Kafka's brokers and partitions, asked in its own protocol."""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Probe, Target
from gpuready.probes.services_kind import another_kind
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

SIZE_LIMIT = 16 * 2**20
"""Bytes of one answer: some 200,000 partitions."""

_METADATA, _VERSIONS = 3, 18  # API keys
# Versions of Metadata whose encoding is the classic one; from 9 on lengths are variable.
_LEAST, _MOST = 1, 8
_CLIENT = b"gpuready"


@dataclass(frozen=True, slots=True)
class Partition:
    """`leader` is -1 where there is none."""

    topic: str
    leader: int
    replicas: int
    in_sync: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """What one broker says of all; `controller` is -1 where none is known, `refused` counts topics that it
    does not show (no rights, or an error)."""

    name: str
    brokers: int
    controller: int
    partitions: tuple[Partition, ...]
    topics: int
    refused: int


class Reader:
    """Kafka's primitive types, one after the other; struct.error or ValueError at the end of the bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, kind: str) -> int:
        """One integer: ``b``, ``h``, ``i`` as `struct` names them."""
        (found,) = struct.unpack_from(f">{kind}", self._data, self._at)
        self._at += struct.calcsize(f">{kind}")
        return int(found)

    def text(self) -> str:
        """A string; empty for null."""
        size = self.number("h")
        if size < 0:
            return ""
        if self._at + size > len(self._data):
            raise ValueError("cut off")
        self._at += size
        return self._data[self._at - size : self._at].decode(errors="replace")

    def count(self) -> int:
        """The length of an array, of which each element takes at least two bytes."""
        found = self.number("i")
        if found > (len(self._data) - self._at) // 2:
            raise ValueError("cut off")
        return max(found, 0)

    def numbers(self) -> int:
        """The length of an array of int32, which is skipped."""
        found = self.count()
        self._at += 4 * found
        if self._at > len(self._data):
            raise ValueError("cut off")
        return found


def parse_versions(data: bytes) -> tuple[int, int] | None:
    """The least and greatest version of Metadata of an ApiVersions answer (version 0); None when it has
    none."""
    read = Reader(data)
    read.number("h")
    for _ in range(read.count()):
        key, least, most = (read.number("h") for _ in range(3))
        if key == _METADATA:
            return least, most
    return None


def parse_metadata(data: bytes, version: int) -> Cluster:
    """A Metadata answer of that version, 1 to 8."""
    read = Reader(data)
    if version >= 3:
        read.number("i")  # throttle time
    brokers = read.count()
    for _ in range(brokers):
        read.number("i")
        read.text()
        read.number("i")
        read.text()
    name = read.text() if version >= 2 else ""
    controller = read.number("i")
    partitions: list[Partition] = []
    topics = read.count()
    refused = 0
    for _ in range(topics):
        refused += read.number("h") != 0
        topic = read.text()
        read.number("b")
        for _ in range(read.count()):
            read.number("h")
            read.number("i")
            leader = read.number("i")
            if version >= 7:
                read.number("i")
            replicas, in_sync = read.numbers(), read.numbers()
            if version >= 5:
                read.numbers()
            partitions.append(Partition(topic, leader, replicas, in_sync))
        if version >= 8:
            read.number("i")
    return Cluster(name, brokers, controller, tuple(partitions), topics, refused)


def request(key: int, version: int, body: bytes = b"") -> bytes:
    """A request with its header and length."""
    whole = struct.pack(">hhih", key, version, version, len(_CLIENT)) + _CLIENT + body
    return struct.pack(">i", len(whole)) + whole


def metadata_request(version: int) -> bytes:
    """All topics, none of them made by asking."""
    return request(_METADATA, version, struct.pack(">i", -1) + b"\0" * ((version >= 4) + 2 * (version >= 8)))


def place_of(target: Target) -> tuple[str, int]:
    """Host and port of HOST:PORT or kafka://HOST:PORT; `NoData` for anything else."""
    address = target.address.strip().removeprefix("kafka://")
    host, _, port = address.rpartition(":")
    if "://" in address or "@" in address or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise NoData("probes_services.no_kafka_address", address=redact(safe_line(target.address)))
    return host.strip("[]"), int(port)


async def _brokers(ask: Ask) -> Measurement:
    """A partition is under-replicated when fewer replicas are in sync than it has: the same figure as
    ``kafka-topics.sh --describe --under-replicated-partitions``, over all topics that the broker shows."""
    if other := another_kind(ask.target, "kafka"):
        raise other
    time = Deadline(ask)
    host, port = place_of(ask.target)
    place = f"{host}:{port}"
    try:
        async with asyncio.timeout(time.left):
            reader, writer = await asyncio.open_connection(host, port, ssl=await _tls(ask.target))
    except TimeoutError:
        raise NoData("probes_services.kafka_silent", place=place) from None
    except OSError as error:
        why = safe_line(str(error.strerror or error))
        raise NoData("probes_services.kafka_unreachable", place=place, why=why) from None
    try:
        async with asyncio.timeout(time.left):
            found = parse_versions(await _call(reader, writer, request(_VERSIONS, 0), 0))
            if found is None or found[0] > _MOST or found[1] < _LEAST:
                raise NoData("probes_services.kafka_versions", place=place, found=found)
            version = min(found[1], _MOST)
            cluster = parse_metadata(await _call(reader, writer, metadata_request(version), version), version)
    except TimeoutError:
        raise NoData("probes_services.kafka_silent", place=place) from None
    except (asyncio.IncompleteReadError, OSError):
        raise NoData("probes_services.kafka_closed", place=place) from None
    except (struct.error, ValueError):
        raise Broken("probes_services.no_kafka", place=place) from None
    finally:
        writer.transport.abort()
    return _told(cluster, place, version)


def _told(cluster: Cluster, place: str, version: int) -> Measurement:
    under = [each for each in cluster.partitions if each.in_sync < each.replicas]
    fields: dict[str, Scalar] = {
        "brokers": cluster.brokers,
        "controller_known": cluster.controller >= 0,
        "topics": cluster.topics,
        "partitions": len(cluster.partitions),
        "offline": sum(each.leader < 0 for each in cluster.partitions),
        "cluster": safe_line(cluster.name),
    }
    names = safe_line(", ".join(sorted({each.topic for each in under})[:8]))
    remarks: list[tuple[str, dict[str, object]]] = []
    if cluster.refused:
        remarks.append(("probes_services.topics_refused", {"count": cluster.refused}))
    if cluster.topics == 0:
        # Who may see no topic is told of none: that says nothing of those there are.
        remarks.append(("probes_services.no_topics", {}))
    elif under or not cluster.refused:
        fields["under_replicated"] = len(under)
    if under:
        remarks.append(("probes_services.under_replicated", {"names": names}))
    said = f"{fields}\nunder-replicated: {names or '-'}"
    evidence = Exchange(f"Kafka {place} ApiVersions v0, Metadata v{version}", redact(said))
    return Measurement(fields, f"Kafka Metadata v{version}", (evidence,), tuple(remarks))


async def _tls(target: Target) -> ssl.SSLContext | None:
    if target.options.get("tls", "").lower() not in ("true", "yes", "1"):
        return None
    from gpuready.probes.tls_trust import context_of

    return await asyncio.to_thread(context_of, target)


async def _call(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes, correlation: int
) -> bytes:
    """The body of the answer; ValueError when it is none of Kafka's."""
    writer.write(asked)
    await writer.drain()
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    if not 4 <= size <= SIZE_LIMIT:
        raise ValueError("size")
    (number,) = struct.unpack(">i", await reader.readexactly(4))
    if number != correlation:
        raise ValueError("correlation")
    return await reader.readexactly(size - 4)


def _steps(ask: Ask) -> Sequence[str]:
    if other := another_kind(ask.target, "kafka"):
        return (str(other),)
    try:
        host, port = place_of(ask.target)
    except NoData as fault:
        return (str(fault),)
    return f"CONNECT {host}:{port}", "Kafka ApiVersions v0", "Kafka Metadata v1 to v8 (all topics)"


BROKERS = Probe(
    name="kafka.brokers",
    measure=_brokers,
    steps=_steps,
    fields={
        "brokers": "count",
        "under_replicated": "count",
        "offline": "count",
        "partitions": "count",
        "topics": "count",
        "controller_known": "",
        "cluster": "",
    },
    on="service",
    limit=15,
)
