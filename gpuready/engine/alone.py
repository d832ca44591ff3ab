"""One probe by itself: for operators who try it, and for a fleet whose nodes send home what it prints."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from gpuready.checklist.model import Kind, Method
from gpuready.engine.judging import finding_of
from gpuready.engine.plan import Step, here, step, targets_for
from gpuready.engine.registry import Registry, misfits
from gpuready.engine.result import sentence
from gpuready.engine.run import GRACE, ask
from gpuready.probes.probe import Measurement, Outcome, Probe, Safety, Target
from gpuready.text.fault import Fault
from gpuready.text.redact import redact

SCHEMA = "gpuready.measurement/1"
LIST_SCHEMA = "gpuready.probes/1"


def steps_alone(
    name: str,
    params: Mapping[str, object],
    registry: Registry,
    site: tuple[Target, ...],
    *,
    allow_active: bool,
) -> tuple[Step, ...]:
    """The probe of that name asked of each of its targets; `Fault` for an unknown name or parameter, when
    there is no target, and when it needs consent that was not given."""
    probe = registry.probes.get(name)
    if probe is None:
        near = difflib.get_close_matches(name, registry.probes, n=3)
        if near:
            raise Fault("engine.select_near", found=name, near=", ".join(near))
        raise Fault("engine.unknown_probe", probe=name)
    for problem in misfits(Method(Kind.ACTIVE, name, params=params), registry):
        if problem.key in ("engine.unknown_param", "engine.param_kind"):
            raise Fault(problem.key, **problem.fields)
    targets = targets_for(probe.on, site)
    if not targets and probe.alone:
        targets = (here(),)
    if not targets:
        raise Fault("engine.which_target", probe=name, kind=probe.on)
    if probe.safety is not Safety.READ and not allow_active:
        raise Fault("engine.needs_allow", probe=name, safety=str(probe.safety))
    return tuple(step(probe, target, params, site) for target in targets)


async def measure(one: Step) -> dict[str, Any]:
    """What the probe answers, as a document: `measured` tells whether these are figures, else `outcome` and
    `reason` say why there are none."""
    answer, took = await ask(one, GRACE)
    finding = finding_of(answer, one, Method(Kind.PROBE, one.probe.name), took)
    measured = isinstance(answer, Measurement) and bool(finding.source or finding.fields)
    # Without figures there is no verdict: only what was seen, and what a reader must know of it.
    said = finding.said[1:] if measured else finding.said
    return {
        "schema": SCHEMA,
        "probe": one.probe.name,
        "target": {
            "kind": one.target.kind,
            "name": one.target.name,
            "address": redact(one.target.address),
        },
        "measured": measured,
        "outcome": None if measured else str(finding.verdict if isinstance(answer, Outcome) else "error"),
        "reason": " ".join(map(sentence, said)),
        "fields": {name: None if value != value else value for name, value in finding.fields.items()},
        "units": {name: unit for name, unit in finding.units.items() if unit},
        "source": finding.source,
        "at": finding.at.isoformat(timespec="milliseconds"),
        "took": round(took, 3),
        "evidence": [{"asked": each.asked, "answered": each.answered} for each in finding.evidence],
    }


def probe_document(probe: Probe) -> dict[str, Any]:
    """What a probe declares of itself."""
    return {
        "name": probe.name,
        "on": probe.on,
        "params": {name: list(v) if isinstance(v, tuple) else v for name, v in probe.params.items()},
        "fields": dict(probe.fields),
        "safety": str(probe.safety),
        "limit": probe.limit,
        "lane": probe.lane,
        "privilege": probe.privilege,
    }
