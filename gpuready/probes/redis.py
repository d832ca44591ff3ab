"""Redis as a cache: is it there, is it bounded, does it answer fast, does its cluster stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes import redis_cluster, redis_latency
from gpuready.probes.deadline import Deadline
from gpuready.probes.probe import Ask, Broken, Measurement, Probe
from gpuready.probes.redis_wire import connect, plan
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

_COUNTS = {  # our name: Redis' name, in INFO
    "connected_clients": "connected_clients",
    "replicas": "connected_slaves",
    "evicted": "evicted_keys",
    "expired": "expired_keys",
    "hits": "keyspace_hits",
    "misses": "keyspace_misses",
}


def parse_info(text: str) -> Mapping[str, str]:
    """The fields of an INFO answer by name."""
    rows = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {name: value.strip() for name, colon, value in rows if colon}


def _number(found: Mapping[str, str], name: str) -> int | None:
    value = found.get(name, "")
    return int(value) if value.lstrip("-").isdigit() else None


def _info_steps(ask: Ask) -> Sequence[str]:
    return plan(ask.target, "PING", "INFO")


async def _info(ask: Ask) -> Measurement:
    """`maxmemory` and its policy come from INFO, as managed services forbid CONFIG."""
    async with connect(ask.target, Deadline(ask).left) as wire:
        if (pong := await wire.call("PING")) != "PONG":
            raise Broken("probes_redis.no_redis", place=wire.place, found=redact(safe_line(str(pong)[:60])))
        text = str(await wire.call("INFO", note=False))
        found = parse_info(text)
        # Some forks know only one of these names; without any it is no INFO.
        version = found.get("valkey_version") or found.get("redis_version")
        if not version:
            raise Broken("probes_redis.no_redis", place=wire.place, found=redact(safe_line(text[:60])) or "-")
        wire.note(("INFO",), "\n".join(f"{n}:{v}" for n, v in found.items() if n in _SHOWN))
        fields: dict[str, Scalar] = {"answers": True, "version": version, "role": found.get("role", "")}
        fields["server"] = "valkey" if "valkey_version" in found else "redis"
        for name, theirs in {**_COUNTS, "maxmemory": "maxmemory", "used_memory": "used_memory"}.items():
            if (value := _number(found, theirs)) is not None:
                fields[name] = value
        if policy := found.get("maxmemory_policy"):
            fields["maxmemory_policy"] = policy
        if (up := _number(found, "uptime_in_seconds")) is not None:
            fields["uptime"] = up
        asked = int(fields.get("hits", 0)) + int(fields.get("misses", 0))
        if asked:
            fields["hit_rate"] = 100 * int(fields["hits"]) / asked
        if int(fields.get("maxmemory", 0)) > 0 and "used_memory" in fields:
            fields["used_share"] = 100 * int(fields["used_memory"]) / int(fields["maxmemory"])
        keys = [rest for name, rest in found.items() if name.startswith("db") and rest.startswith("keys=")]
        if "keyspace_hits" in found:  # INFO told all: a section without a line is an empty data set
            fields["keys"] = sum(int(rest[5:].partition(",")[0] or 0) for rest in keys)
        remarks = () if asked else (("probes_redis.never_asked", {"place": wire.place}),)
        return Measurement(fields, f"INFO {wire.place}", tuple(wire.evidence), remarks)


_SHOWN = frozenset(
    {
        *_COUNTS.values(),
        *("redis_version", "valkey_version", "redis_mode", "os", "uptime_in_seconds", "role", "loading"),
        *("used_memory", "used_memory_rss", "maxmemory", "maxmemory_policy", "mem_fragmentation_ratio"),
        *("cluster_enabled", "aof_enabled", "rdb_last_bgsave_status", "master_link_status"),
    }
)

INFO = Probe(
    name="redis.info",
    measure=_info,
    steps=_info_steps,
    fields={
        "answers": "",
        "server": "",
        "version": "version",
        "role": "",
        "maxmemory": "B",
        "maxmemory_policy": "",
        "used_memory": "B",
        "used_share": "%",
        "hit_rate": "%",
        "keys": "count",
        "uptime": "s",
        **dict.fromkeys(_COUNTS, "count"),
    },
    on="redis",
    limit=10,
)

PROBES: tuple[Probe, ...] = (INFO, redis_cluster.CLUSTER, redis_latency.LATENCY)
