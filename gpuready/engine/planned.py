"""A plan as a document of JSON values and as text, so that it can be read before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gpuready.checklist.figure import figures_text
from gpuready.engine.output import waiting_text
from gpuready.engine.plan import Plan, Planned, Step
from gpuready.engine.registry import Problem
from gpuready.text.redact import redact
from gpuready.text.say import language, say

SCHEMA = "gpuready.plan/1"


def plan_document(plan: Plan, selector: str, problems: Iterable[Problem] = ()) -> dict[str, Any]:
    """For each check the method chosen, why those before it do not apply, and every step word for word."""
    return {
        "schema": SCHEMA,
        "selector": selector,
        "targets": [{"kind": t.kind, "name": t.name, "address": redact(t.address)} for t in plan.site],
        "problems": [{"where": each.where, "what": str(each)} for each in problems],
        "checks": [_check(each) for each in plan.checks],
    }


def plan_text(document: Mapping[str, Any]) -> str:
    """The same for people."""
    lines: list[str] = []
    for each in document["checks"]:
        lines.append(f"{each['ref']:<12} {each[language()]}")
        lines += [f"  - {passed['method']}: {passed['why']}" for passed in each["passed_over"]]
        asks = f"  [{say('engine.asks_first')}]" if each["asks"] else ""
        lines.append(f"  > {each['method'] or '-'}{asks}" + (f"  {each['figure']}" if each["figure"] else ""))
        if each["waits"]:
            lines.append(f"      {each['waits']}")
        lines += _steps(each["steps"])
        for other in each["else"]:
            lines += [
                f"  > {say('engine.else')} {other['method']}  {other['figure']}",
                *_steps(other["steps"]),
            ]
    asking = sum(each["asks"] for each in document["checks"])
    running = sum(bool(each["steps"]) for each in document["checks"])
    said = say("engine.plan_summary", total=len(document["checks"]), running=running, asking=asking)
    return "\n".join([*lines, "", said]) + "\n"


def _steps(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for step in steps:
        limit = say("engine.at_most", seconds=f"{step['limit']:g}")
        needs = say("engine.needs", what=step["privilege"]) if step["privilege"] else ""
        facts = ", ".join(filter(None, (step["target"], step["safety"], limit, needs)))
        lines += [f"      {facts}", *(f"        {call}" for call in step["calls"])]
    return lines


def _check(planned: Planned) -> dict[str, Any]:
    method, check = planned.method, planned.check
    return {
        "ref": check.ref,
        "en": check.words.en,
        "zh": check.words.zh,
        "method": f"{method.kind} {method.name}".strip() if method else None,
        "figure": figures_text(method.want) if method else "",
        "asks": planned.asks,
        "waits": "" if planned.steps else waiting_text(planned),
        "steps": [_step(each) for each in planned.steps],
        "else": [
            {
                "method": f"{each.method.kind} {each.method.name}",
                "figure": figures_text(each.method.want),
                "steps": [_step(one) for one in each.steps],
            }
            for each in _others(planned)
            if each.method
        ],
        "passed_over": [
            {"method": f"{each.method.kind} {each.method.name}", "why": str(each)} for each in planned.passed
        ],
    }


def _others(planned: Planned) -> list[Planned]:
    """What is asked where this tells nothing, in order."""
    found = []
    while planned.then:
        planned = planned.then
        found.append(planned)
    return found


def _step(step: Step) -> dict[str, Any]:
    return {
        "target": step.target.name,
        "on": step.target.kind,
        "calls": list(step.calls),
        "limit": step.ask.limit,
        "privilege": step.probe.privilege,
        "safety": str(step.probe.safety),
        "lane": step.probe.lane,
    }
