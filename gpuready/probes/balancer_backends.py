"""How many of a balancer's backends are down, by its own word."""

from __future__ import annotations

from collections.abc import Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.balancer_stats import Server, State, stats_of, steps
from gpuready.probes.deadline import Deadline
from gpuready.probes.probe import Ask, Measurement, NoData, Probe, Remark
from gpuready.text.say import say

_NAMES = 10  # of servers in one sentence


def _steps(ask: Ask) -> Sequence[str]:
    # Without statistics nothing is asked; the sentence says what to name.
    return steps(ask.target) or (str(NoData("probes_balancer.no_stats", target=ask.target.name)),)


async def _backends(ask: Ask) -> Measurement:
    """`down` counts what takes no new requests: down, in maintenance, draining.  It is left out while some
    server is not looked after and none that is looked after is down: those might be."""
    stats = await stats_of(ask, Deadline(ask).left)
    by_state = {state: [each for each in stats.servers if each.state is state] for state in State}
    unchecked = by_state[State.UNCHECKED]
    by_hand = [*by_state[State.OUT], *by_state[State.DRAIN]]
    down = [*by_state[State.DOWN], *by_hand]
    fields: dict[str, Scalar] = {
        "backends": len(stats.servers),
        "up": len(by_state[State.UP]),
        "unchecked": len(unchecked),
        "by_hand": len(by_hand),
        "down_names": names(down),
    }
    remarks: list[Remark] = list(stats.remarks)
    if down or not unchecked:
        fields["down"] = len(down)
    if unchecked:
        remarks.append(("probes_balancer.unchecked", {"count": len(unchecked), "names": names(unchecked)}))
    if by_hand:
        remarks.append(("probes_balancer.by_hand", {"count": len(by_hand), "names": names(by_hand)}))
    if really := by_state[State.DOWN]:
        why = "; ".join(f"{each}: {each.why}" for each in really[:_NAMES] if each.why) or "-"
        remarks.append(("probes_balancer.down", {"names": names(really), "why": why}))
    queued = [each.queued for each in stats.servers if each.queued is not None]
    if queued:
        fields["queued"] = int(sum(queued))
    return Measurement(fields, stats.source, (stats.exchange,), tuple(remarks))


def names(servers: Sequence[Server]) -> str:
    """The servers' names, the first ten of them."""
    shown = ", ".join(str(each) for each in servers[:_NAMES])
    rest = len(servers) - _NAMES
    return say("probes_balancer.and_more", names=shown, count=rest) if rest > 0 else shown


BACKENDS = Probe(
    name="balancer.backends",
    measure=_backends,
    steps=_steps,
    fields={
        **dict.fromkeys(("down", "up", "backends", "unchecked", "by_hand", "queued"), "count"),
        "down_names": "",
    },
    on="balancer",
    limit=15,
)
"""Needs the target's option ``stats``: HAProxy's CSV page, its socket (``unix:///...``), or a page of metrics
of HAProxy, Traefik, Caddy or NGINX Plus; ``backend`` restricts it to one proxy or service."""
