"""A Redis Cluster as the node that is asked sees it: slots served, masters, and how evenly they share."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Probe
from gpuready.probes.redis_wire import Place, Refused, Wire, connect, logs_in, member, plan
from gpuready.probes.together import together

MOST = 64
"""Masters that are asked for their number of keys; of more clusters only slots are told."""

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Node:
    """One line of CLUSTER NODES; `place` is None where the address is not known (``noaddr``)."""

    name: str
    place: Place | None
    flags: frozenset[str]
    master: str
    slots: int

    @property
    def serves(self) -> bool:
        """A master with slots."""
        return "master" in self.flags and self.slots > 0


def parse_nodes(text: str, asked: Place) -> tuple[Node, ...]:
    """The lines of CLUSTER NODES: ``ID IP:PORT@CPORT[,HOST] FLAGS MASTER PING PONG EPOCH LINK SLOT...``;
    ValueError for anything else."""
    nodes = []
    for line in text.splitlines():
        words = line.split()
        if len(words) < 8:
            raise ValueError(line)
        address = words[1].partition("@")[0]
        host, _, port = address.rpartition(":")
        place = member(asked, host.strip("[]"), int(port)) if port.isdigit() and int(port) else None
        slots = 0
        for part in words[8:]:
            if part.startswith("["):
                continue  # a slot on its way elsewhere: still counted where it is
            first, _, last = part.partition("-")
            slots += int(last or first) - int(first) + 1
        nodes.append(Node(words[0], place, frozenset(words[2].split(",")), words[3].strip("-"), slots))
    return tuple(nodes)


def spread(values: Sequence[int]) -> float | None:
    """How far fullest and emptiest lie apart, in % of the mean; None for fewer than two, or all empty."""
    if len(values) < 2 or not sum(values):
        return None
    return 100 * (max(values) - min(values)) / (sum(values) / len(values))


def _steps(ask: Ask) -> Sequence[str]:
    steps = plan(ask.target, "INFO cluster", "CLUSTER INFO", "CLUSTER NODES")
    if len(steps) == 1 or not _may_follow(ask):
        return steps
    return (*steps, "DBSIZE (of each master that the cluster names)")


def _may_follow(ask: Ask) -> bool:
    """A password goes to the address that the operator gave; to others only when he says so."""
    return not logs_in(ask.target) or ask.target.options.get("follow", "").lower() in ("true", "yes", "1")


async def _cluster(ask: Ask) -> Measurement:
    time = Deadline(ask)
    async with connect(ask.target, time.left) as wire:
        source = f"CLUSTER INFO {wire.place}"
        if "cluster_enabled:0" in await wire.text("INFO", "cluster"):
            remark = ("probes_redis.no_cluster", {"place": wire.place})
            return Measurement({"state": "disabled"}, source, tuple(wire.evidence), (remark,))
        said = dict(
            line.split(":", 1) for line in (await wire.text("CLUSTER", "INFO")).splitlines() if ":" in line
        )
        if "cluster_state" not in said:
            raise Broken("probes_redis.no_redis", place=wire.place, found="CLUSTER INFO")
        fields: dict[str, Scalar] = {"state": said["cluster_state"].strip()}
        for ours, theirs in _NUMBERS.items():
            if said.get(theirs, "").strip().isdigit():
                fields[ours] = int(said[theirs])
        nodes = await _nodes(wire)
        evidence = list(wire.evidence)
    masters = [node for node in nodes if node.serves]
    fields["masters"] = len(masters)
    if masters:
        fields["replicas_least"] = min(
            sum(n.master == m.name and not {"fail", "fail?"} & n.flags for n in nodes) for m in masters
        )
    if (slots := spread([node.slots for node in masters])) is not None:
        fields["slot_spread"] = slots
    remarks: list[tuple[str, dict[str, object]]] = []
    if not _may_follow(ask):
        remarks.append(("probes_redis.not_followed", {}))
    elif 2 <= len(masters) <= MOST:
        keys = await _keys(ask, time, masters, evidence)
        missing = [str(node.place) for node, count in zip(masters, keys, strict=True) if count is None]
        counted = [count for count in keys if count is not None]
        if missing:
            remarks.append(("probes_redis.member_silent", {"places": ", ".join(missing)}))
        elif (uneven := spread(counted)) is not None:
            fields["key_spread"] = uneven
            fields["keys"] = sum(counted)
        else:
            fields["keys"] = 0
    return Measurement(fields, source, tuple(evidence), tuple(remarks))


async def _nodes(wire: Wire) -> tuple[Node, ...]:
    text = await wire.text("CLUSTER", "NODES")
    try:
        return parse_nodes(text, wire.place)
    except ValueError:
        raise Broken("probes_redis.no_redis", place=wire.place, found="CLUSTER NODES") from None


async def _keys(
    ask: Ask, time: Deadline, masters: Sequence[Node], evidence: list[Exchange]
) -> list[int | None]:
    """The keys of each master; None for one that does not tell."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def count(node: Node) -> int | None:
        if node.place is None:
            return None
        try:
            async with gate, connect(ask.target, time.left / 2, at=node.place) as wire:
                size = await wire.call("DBSIZE")
        except (NoData, Refused, Broken):
            return None
        evidence.extend(wire.evidence)
        return size if isinstance(size, int) else None

    return list(await together(*(count(node) for node in masters)))


_NUMBERS = {
    "slots_assigned": "cluster_slots_assigned",
    "slots_ok": "cluster_slots_ok",
    "slots_pfail": "cluster_slots_pfail",
    "slots_fail": "cluster_slots_fail",
    "nodes": "cluster_known_nodes",
}

CLUSTER = Probe(
    name="redis.cluster",
    measure=_cluster,
    steps=_steps,
    fields={
        "state": "",
        **dict.fromkeys(_NUMBERS, "count"),
        "masters": "count",
        "replicas_least": "count",
        "slot_spread": "%",
        "key_spread": "%",
        "keys": "count",
    },
    on="redis",
    limit=15,
)
