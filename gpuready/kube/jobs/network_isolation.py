"""Whether a NetworkPolicy is enforced: the same call before it, from who is allowed, and from who is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from gpuready.checklist.model import Scalar
from gpuready.kube.jobs import options
from gpuready.kube.jobs.manifests import ROLE, RUN, Manifest, Place, Run, Task, pod, policy
from gpuready.kube.jobs.nodes import place, usable
from gpuready.kube.jobs.plan import UID, shown
from gpuready.kube.jobs.rights import POLICIES
from gpuready.kube.jobs.run import AFTER, Order, Work, working
from gpuready.kube.jobs.scripts import CALLER, SERVER
from gpuready.kube.jobs.standing import Standing, State
from gpuready.kube.jobs.troubles import trouble
from gpuready.kube.look import Obj
from gpuready.kube.read.naming import listed, name_of, namespace_of
from gpuready.kube.read.selectors import matches
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Probe, Safety

NETWORK_POLICIES = "networkpolicies.networking.k8s.io"
ORDER = Order("network.isolation", ("nodes", NETWORK_POLICIES), POLICIES)
TIMES = 5
"""How often in a row a call must end the same way to count."""
BEFORE = "before"
ALLOWED = "allowed"
DENIED = "denied"
_SERVER = "server"
_START = 45.0  # seconds for the pods of one round to start
_WANTED = {BEFORE: "came", ALLOWED: "came", DENIED: "lost"}


def _seconds(ask: Ask) -> int:
    return options.number(ask, "seconds", 5, 300)


def _server_task(run: Run, image: str) -> Task:
    return Task(_SERVER, image, SERVER, {"RUN": run.id})


def _caller(run: Run, role: str, image: str, address: str, seconds: int) -> Task:
    env = {
        "RUN": run.id,
        "SERVER": f"[{address}]" if ":" in address else address,
        "WANTED": _WANTED[role],
        "TIMES": str(TIMES),
        "SECONDS_AT_MOST": str(seconds),
    }
    return Task(role, image, CALLER, env)


def _steps(ask: Ask) -> Sequence[str]:
    try:
        image = options.image(ask)
    except NoData as outcome:
        return (str(outcome),)

    def manifests(run: Run) -> Iterable[Manifest]:
        def call(role: str) -> Manifest:
            task = _caller(run, role, image, "ADDRESS-OF-THE-SERVER", _seconds(ask))
            return pod(run, UID, task, Place("NODE-1"))

        yield pod(run, UID, _server_task(run, image), Place("NODE-2"))
        yield call(BEFORE)
        yield policy(run, UID, _SERVER, ALLOWED)
        yield call(ALLOWED)
        yield call(DENIED)

    return shown(ask, ORDER, image, manifests)


async def _measure(ask: Ask) -> Measurement:
    image = options.image(ask)
    async with working(ask, ORDER) as work:
        nodes, policies = await asyncio.gather(work.look.list("nodes"), work.look.list(NETWORK_POLICIES))
        able = usable(nodes)
        if not able:
            raise NoData("kube_jobs.no_node", total=len(nodes))
        if other := _also_ruling(policies, work.run):
            raise NoData("kube_jobs.other_policies", namespace=work.run.namespace, names=listed(other))
        await work.begin(image)
        at, caller_at = place(able[-1]), place(able[0])
        await work.create(pod(work.run, work.owner, _server_task(work.run, image), at))
        server = (await work.wait([_SERVER], lambda each: each.state is State.RUNNING, _START))[_SERVER]
        if server.state is not State.RUNNING:
            raise trouble(work.run.name(_SERVER), server, image)
        before = (await _round(work, (BEFORE,), image, server, caller_at))[BEFORE]
        if before != "came":
            raise NoData("kube_jobs.not_even_before", namespace=work.run.namespace)
        await work.create(policy(work.run, work.owner, _SERVER, ALLOWED))
        ended = await _round(work, (ALLOWED, DENIED), image, server, caller_at)
        after = (await work.wait([_SERVER], lambda _: True, 1.0))[_SERVER]
        if after.state is not State.RUNNING:
            raise trouble(work.run.name(_SERVER), after, image)
        fields = verdicts(ended)
        fields["nodes"] = len({at.node, caller_at.node})
    return Measurement(fields, work.source, work.evidence(), work.remarks)


def verdicts(ended: Mapping[str, str]) -> dict[str, Scalar]:
    """What the calls say of the policy.  One that ended now so, now so tells nothing; and a refusal proves
    nothing as long as not even the allowed call comes through."""
    fields: dict[str, Scalar] = {}
    if ended[ALLOWED]:
        fields["allowed_passes"] = ended[ALLOWED] == "came"
    if ended[DENIED] == "came":
        fields["denied_blocked"] = False
    elif ended[DENIED] == "lost" and ended[ALLOWED] == "came":
        fields["denied_blocked"] = True
    return fields


def _also_ruling(policies: Iterable[Obj], run: Run) -> list[str]:
    """The namespace's own policies that pick our pods: rules add up, so ours alone would not decide."""
    ours = [run.labels | {ROLE: role, RUN: run.id} for role in (_SERVER, ALLOWED, DENIED)]
    return [
        name_of(each)
        for each in policies
        if namespace_of(each) == run.namespace
        and any(matches((each.get("spec") or {}).get("podSelector") or {}, labels) for labels in ours)
    ]


async def _round(work: Work, roles: Sequence[str], image: str, server: Standing, at: Place) -> dict[str, str]:
    """How the calls of these pods ended: ``came`` through, ``lost`` on the way, or empty: now so, now so."""
    seconds = _seconds(work.ask)
    for role in roles:
        task = _caller(work.run, role, image, server.ip, seconds)
        await work.create(pod(work.run, work.owner, task, at))
    stand = await work.wait(roles, lambda _: False, _START + seconds)
    found = {}
    for role in roles:
        if stand[role].state is not State.ENDED:
            raise trouble(work.run.name(role), stand[role], image)
        told = await work.result(role)
        last, same = told.get("last"), told.get("same")
        if last not in ("came", "lost") or not isinstance(same, int):
            raise Broken("kube_jobs.no_result", pod=work.run.name(role))
        found[role] = last if same >= min(TIMES, 3) else ""
    return found


def limit_for(params: Mapping[str, object]) -> float:
    """Seconds: for the server, for the round before the policy, and for the one after."""
    seconds = params.get("seconds")
    each = min(max(float(seconds) if isinstance(seconds, int | float) else 30.0, 5.0), 300.0)
    return 3 * _START + 2 * each + AFTER


PROBE = Probe(
    name="network.isolation",
    measure=_measure,
    steps=_steps,
    fields={"denied_blocked": "", "allowed_passes": "", "nodes": "count"},
    params={"seconds": 30},
    on="kubernetes",
    safety=Safety.CHANGES,
    limit=limit_for({}),
    limit_for=limit_for,
    privilege="gpuready targets kubernetes --rbac --active",
)
"""A server, and a NetworkPolicy that lets one pod of its own namespace in.

First a call without the policy must pass; then the allowed one must, and the other one must not.  The policy
picks this run's server only; in a namespace whose own policies pick it too nothing is started.
"""
