"""What would be run for each check, and why: made without asking anybody anything."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from gpuready.checklist.model import BY_HAND, Check, Kind, Method
from gpuready.engine.registry import BY_PROBE, Registry, misfits, probe_name
from gpuready.engine.targets import LOCAL, of_kind
from gpuready.probes.probe import Ask, Probe, Safety, Target
from gpuready.session.board import CheckStanding
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line
from gpuready.text.say import say


@dataclass(frozen=True, slots=True)
class Passed:
    """A method that does not apply here, and the sentence that says why."""

    method: Method
    key: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return say(self.key, **self.fields)


@dataclass(frozen=True, slots=True)
class Step:
    """One probe asked of one target; `calls` are the commands, calls and paths, word for word."""

    probe: Probe
    ask: Ask
    calls: tuple[str, ...]

    @property
    def target(self) -> Target:
        return self.ask.target


@dataclass(frozen=True, slots=True)
class Planned:
    """A check, the method chosen for it, and the methods that were passed over before it.

    `steps` are empty when it is settled by hand; `method` is None when not even that is declared.
    `standing` is what is known of it today.  `then` is the next method that applies and only reads: it is
    asked when this one tells nothing of any target.
    """

    standing: CheckStanding
    method: Method | None
    steps: tuple[Step, ...]
    passed: tuple[Passed, ...]
    then: Planned | None = None

    @property
    def check(self) -> Check:
        return self.standing.check

    @property
    def probe(self) -> Probe | None:
        return self.steps[0].probe if self.steps else None

    @property
    def asks(self) -> bool:
        """Whether it needs the operator's consent."""
        return self.method is not None and self.probe is not None and needs_consent(self.method, self.probe)


@dataclass(frozen=True, slots=True)
class Plan:
    """`site` are the targets that it was made for; `problems` entry points that could not be used."""

    checks: tuple[Planned, ...]
    site: tuple[Target, ...]

    @property
    def asking(self) -> tuple[Planned, ...]:
        """The checks that need consent."""
        return tuple(each for each in self.checks if each.asks)


def needs_consent(method: Method, probe: Probe) -> bool:
    """What writes, loads or starts something asks first, whatever its checklist calls it."""
    return method.kind is Kind.ACTIVE or probe.safety is not Safety.READ


def make_plan(
    checks: Iterable[CheckStanding], registry: Registry, site: tuple[Target, ...], *, allow_active: bool
) -> Plan:
    """The plan for these checks at that site.

    Without `allow_active` a method that needs consent is passed over, and the next that applies is chosen.
    Changes nothing and asks nobody.
    """
    return Plan(tuple(_plan(each, registry, site, allow_active) for each in checks), site)


def here() -> Target:
    """This node, by its name."""
    return Target(name=socket.gethostname() or "here")


def _plan(
    standing: CheckStanding, registry: Registry, site: tuple[Target, ...], allow_active: bool
) -> Planned:
    passed: list[Passed] = []
    chosen: list[tuple[Method, tuple[Step, ...], tuple[Passed, ...]]] = []
    by_hand: Method | None = None
    for method in standing.check.methods:
        if method.kind in BY_HAND:
            by_hand = by_hand or method
            continue
        choice = _choose(method, registry, site, allow_active)
        if isinstance(choice, Passed):
            passed.append(choice)
        elif not chosen or not needs_consent(method, choice[0].probe):
            chosen.append((method, choice, tuple(passed)))
    if not chosen:
        return Planned(standing, by_hand, (), tuple(passed))
    then: Planned | None = None
    for method, steps, before in reversed(chosen):
        then = Planned(standing, method, steps, before, then)
    assert then is not None
    return then


def _choose(
    method: Method, registry: Registry, site: tuple[Target, ...], allow_active: bool
) -> tuple[Step, ...] | Passed:
    """The steps of the method, or why it does not apply."""
    if method.kind not in BY_PROBE:
        return Passed(method, "engine.not_yet", {"kind": str(method.kind)})
    probe = registry.get(method)
    if probe is None:
        return Passed(method, "engine.not_built", {"probe": probe_name(method)})
    for problem in misfits(method, registry):
        # A probe that loads something is judged by consent below; everything else it cannot do at all.
        if problem.key != "engine.not_read":
            return Passed(method, "engine.unfit", {"what": str(problem)})
    targets = targets_for(method.on or probe.on, site)
    if not targets and probe.alone and method.on in ("", probe.on):
        targets = (here(),)
    if not targets:
        return Passed(method, "engine.no_target", {"kind": method.on or probe.on})
    if needs_consent(method, probe) and not allow_active:
        return Passed(method, "engine.not_allowed", {"probe": probe.name, "safety": str(probe.safety)})
    return tuple(step(probe, target, method.params, site) for target in targets)


def targets_for(kind: str, site: tuple[Target, ...]) -> tuple[Target, ...]:
    """What a method on that kind of target is asked of: this node, or the site's targets of that kind."""
    return (here(),) if kind in LOCAL else of_kind(site, kind)


def step(probe: Probe, target: Target, params: Mapping[str, object], site: tuple[Target, ...]) -> Step:
    """The probe asked of that target, with its own defaults for what `params` leaves open."""
    filled = {**probe.params, **params}
    limit = _limit(probe.limit_for, filled) or probe.limit
    ask = Ask(target, filled, limit, site)
    try:
        calls = tuple(safe_line(redact(str(call))) for call in probe.steps(ask))
    except Exception as error:  # a plan is shown all the same; running it will tell more
        calls = (say("engine.no_steps", error=safe_line(f"{type(error).__name__}: {error}")[:200]),)
    return Step(probe, ask, calls)


def _limit(limit_for: Callable[[Mapping[str, object]], float] | None, params: Mapping[str, object]) -> float:
    try:
        return float(limit_for(params)) if limit_for else 0.0
    except (TypeError, ValueError, KeyError):
        return 0.0  # the declared limit holds then
