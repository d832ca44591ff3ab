"""Whether pods on different nodes reach each other: by address, through a Service, and by name."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.checklist.verdict import Bounds
from gpuready.kube.jobs import options
from gpuready.kube.jobs.manifests import Manifest, Place, Run, Task, pod, service
from gpuready.kube.jobs.nodes import is_open, place, usable
from gpuready.kube.jobs.plan import UID, shown
from gpuready.kube.jobs.rights import SERVICES
from gpuready.kube.jobs.run import AFTER, Order, Work, gathered, working
from gpuready.kube.jobs.scripts import CLIENT, SERVER
from gpuready.kube.jobs.standing import State
from gpuready.kube.jobs.troubles import trouble
from gpuready.kube.look import Obj
from gpuready.kube.read.naming import name_of
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, NotApplicable, Outcome, Probe, Safety

ORDER = Order("network.pods", ("nodes",), SERVICES)
MOST = 16  # pairs
_START = 60.0  # seconds that the pods may take to start, images included


@dataclass(frozen=True, slots=True)
class Pair:
    """A client on one node that asks a server on another."""

    number: int
    client: Place
    server: Place

    def __str__(self) -> str:
        return f"{self.client.node} -> {self.server.node}"


def _server(run: Run, owner: str, image: str, pair: Pair) -> tuple[Manifest, Manifest]:
    role = f"server-{pair.number}"
    task = Task(role, image, SERVER, {"RUN": run.id})
    return pod(run, owner, task, pair.server), service(run, owner, role)


def _client(run: Run, owner: str, image: str, pair: Pair, server: str, address: str) -> Manifest:
    env = {
        "RUN": run.id,
        "SERVER": _host(server),
        "SERVICE": run.name(f"server-{pair.number}"),
        "SERVICE_ADDRESS": address,
        "SERVICE_IP": _host(address),
        "NAMESPACE": run.namespace,
    }
    return pod(run, owner, Task(f"client-{pair.number}", image, CLIENT, env), pair.client)


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _steps(ask: Ask) -> Sequence[str]:
    def manifests(run: Run) -> Iterable[Manifest]:
        image = options.image(ask)
        for number in range(1, _pairs_asked(ask) + 1):
            pair = Pair(number, Place(f"NODE-{number}"), Place(f"NODE-{number + 1}"))
            yield from _server(run, UID, image, pair)
            yield _client(run, UID, image, pair, "ADDRESS-OF-THE-SERVER", "ADDRESS-OF-THE-SERVICE")

    try:
        image = options.image(ask)
    except NoData as outcome:
        return (str(outcome),)
    return shown(ask, ORDER, image, manifests)


def _pairs_asked(ask: Ask) -> int:
    return options.number(ask, "node_pairs", 1, MOST)


def pairs_of(nodes: Sequence[Obj], many: int, chance: random.Random) -> list[Pair]:
    """So many pairs of different nodes, GPU nodes before others, no pair twice, each node as seldom as
    can be.

    `NotApplicable` for a cluster of one node; `NoData` when fewer than two can take a pod now.
    """
    if len(nodes) == 1:
        raise NotApplicable("kube_jobs.one_node", node=name_of(nodes[0]))
    able = usable(nodes)
    if len(able) < 2:
        raise NoData("kube_jobs.few_nodes", able=len(able), total=len(nodes))
    chosen = able[: max(many, 2)]
    if len(able) > len(chosen):
        # Another sample each time: over several runs all are met.  A GPU node is always among them.
        chosen = [able[0], *chance.sample(able[1:], len(chosen) - 1)]
    places = [place(node) for node in chosen]
    found = [
        Pair(0, one, places[(index + step) % len(places)])
        for step in range(1, len(places))
        for index, one in enumerate(places)
    ]
    return [Pair(number, each.client, each.server) for number, each in enumerate(found[:many], 1)]


async def _measure(ask: Ask) -> Measurement:
    image, wanted = options.image(ask), _pairs_asked(ask)
    async with working(ask, ORDER) as work:
        nodes = await work.look.list("nodes")
        pairs = pairs_of(nodes, wanted, random.Random())  # noqa: S311 - which nodes, not a secret
        await work.begin(image)
        found = await _asked(work, image, pairs)
        told = [each for each in found if not isinstance(each, Outcome)]
        if not told:
            raise next(each for each in found if isinstance(each, Outcome))
        _tell(work, pairs, found)
        closed = sum(not is_open(node) for node in nodes)
        fields, within = _counted(found)
        fields |= {"pairs": len(told), "nodes": len(_met(pairs, found)), "nodes_closed": closed}
    return Measurement(fields, work.source, work.evidence(), work.remarks, within)


async def _asked(work: Work, image: str, pairs: Sequence[Pair]) -> list[dict[str, Any] | Outcome]:
    """What each pair's client found, or why it told nothing."""
    addresses = await gathered(_serve(work, image, pair) for pair in pairs)
    roles = [f"server-{p.number}" for p, each in zip(pairs, addresses, strict=True) if isinstance(each, str)]
    # Half of the time at most: clients of servers that did start must have theirs.
    start = min(_START, work.left() / 2)
    stand = await work.wait(roles, lambda each: each.state is State.RUNNING, start)

    async def ask(pair: Pair, address: str | Outcome) -> str:
        if isinstance(address, Outcome):
            raise address
        server = stand[f"server-{pair.number}"]
        if server.state is not State.RUNNING:
            raise trouble(work.run.name(f"server-{pair.number}"), server, image)
        await work.create(_client(work.run, work.owner, image, pair, server.ip, address))
        return f"client-{pair.number}"

    clients = await gathered(ask(*each) for each in zip(pairs, addresses, strict=True))
    ended = await work.wait([each for each in clients if isinstance(each, str)], lambda _: False, work.left())

    async def read(client: str | Outcome) -> dict[str, Any]:
        if isinstance(client, Outcome):
            raise client
        if ended[client].state is not State.ENDED:
            raise trouble(work.run.name(client), ended[client], image)
        return _checked(await work.result(client), work.run.name(client))

    return await gathered(read(each) for each in clients)


async def _serve(work: Work, image: str, pair: Pair) -> str:
    """Create a server and its Service; the Service's address."""
    server, front = _server(work.run, work.owner, image, pair)
    _, made = await asyncio.gather(work.create(server), work.create(front))
    address = str((made.get("spec") or {}).get("clusterIP") or "")
    if address in ("", "None"):
        raise NoData("kube_jobs.no_cluster_ip", name=front["metadata"]["name"])
    return address


def _checked(result: dict[str, Any], name: str) -> dict[str, Any]:
    if not all(isinstance(result.get(key), bool) for key in ("tcp", "service", "dns_service", "dns_api")):
        raise Broken("kube_jobs.no_result", pod=name)
    return result


def _counted(
    found: Sequence[dict[str, Any] | Outcome],
) -> tuple[dict[str, Scalar], Mapping[str, Bounds]]:
    """How many pairs failed in what; those that told nothing may have failed in all."""
    told = [each for each in found if not isinstance(each, Outcome)]
    fields: dict[str, Scalar] = {
        "pod_to_pod_failed": sum(not each["tcp"] for each in told),
        "service_failed": sum(not each["service"] for each in told),
        "dns_failed": sum(not (each["dns_service"] and each["dns_api"]) for each in told),
    }
    silent = len(found) - len(told)
    within = {key: (float(value), float(value) + silent) for key, value in fields.items()
              if silent and isinstance(value, int)}  # fmt: skip
    return fields, within


def _met(pairs: Sequence[Pair], found: Sequence[object]) -> set[str]:
    return {
        node
        for pair, each in zip(pairs, found, strict=True)
        if not isinstance(each, Outcome)
        for node in (pair.client.node, pair.server.node)
    }


def _tell(work: Work, pairs: Sequence[Pair], found: Sequence[dict[str, Any] | Outcome]) -> None:
    for pair, each in zip(pairs, found, strict=True):
        if isinstance(each, Outcome):
            work.tell(("kube_jobs.pair_silent", {"pair": str(pair), "why": str(each)}))
            continue
        failed = [
            name
            for name, good in (
                ("TCP", each["tcp"]),
                ("Service", each["service"]),
                ("DNS", each["dns_service"] and each["dns_api"]),
            )
            if not good
        ]
        if failed:
            work.tell(("kube_jobs.pair_failed", {"pair": str(pair), "what": ", ".join(failed)}))


def limit_for(params: Mapping[str, object]) -> float:
    """Seconds: for the pods to start, for the asking, and for what comes before and after."""
    seconds = params.get("seconds")
    return (
        _START + AFTER + min(max(float(seconds) if isinstance(seconds, int | float) else 60.0, 10.0), 900.0)
    )


PROBE = Probe(
    name="network.pods",
    measure=_measure,
    steps=_steps,
    fields={
        "pod_to_pod_failed": "count",
        "service_failed": "count",
        "dns_failed": "count",
        "pairs": "count",
        "nodes": "count",
        "nodes_closed": "count",
    },
    params={"node_pairs": 3, "seconds": 60},
    on="kubernetes",
    safety=Safety.CHANGES,
    limit=limit_for({}),
    limit_for=limit_for,
    privilege="gpuready targets kubernetes --rbac --active",
)
"""A small HTTP server on one node of each pair, a Service before it, and a client on the other node.

The answer must be the server's own; a name must resolve to the right address; each is tried three times.
`nodes_closed` are nodes that could not take a pod (not ready, cordoned, control plane): they were not tested.
"""
