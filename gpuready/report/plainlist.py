"""A checklist as JSON values: every reference, both languages, methods and criteria."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.catalogue import available
from gpuready.checklist.model import Check, Checklist, Criterion, Item, Method, Words

SCHEMA = "gpuready.checklist/1"


def jsonable(checklist: Checklist, ref: str | None = None) -> dict[str, Any]:
    """The checklist; with a ref only the branch that leads to it and what hangs below it."""
    phases = []
    for phase in checklist.phases:
        whole = ref in (None, checklist.ref, phase.ref)
        items = [_item(item, None if whole else ref) for item in phase.items]
        if kept := [item for item in items if item["checks"]]:
            phases.append({"ref": phase.ref, **words(phase.words), "items": kept})
    return {
        "id": checklist.id,
        "ref": checklist.ref,
        **words(checklist.words),
        "scope": words(checklist.scope),
        "ordered": checklist.ordered,
        "phases": phases,
    }


def words(text: Words) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def criterion(each: Criterion) -> dict[str, Any]:
    value = list(each.figure) if isinstance(each.figure, tuple) else each.figure
    return {"field": each.field, "op": each.op, "value": value, "unit": each.unit}


def _item(item: Item, ref: str | None) -> dict[str, Any]:
    deciding = {check.ref for check in item.deciding}
    checks = [c for c in item.checks if ref is None or ref in (item.ref, c.ref)]
    return {
        "ref": item.ref,
        **words(item.words),
        "decides": "steps" if item.decided_by_steps else "acceptance",
        "needs": list(item.needs),
        "checks": [_check(check, check.ref in deciding) for check in checks],
    }


def _check(check: Check, decides: bool) -> dict[str, Any]:
    return {
        "ref": check.ref,
        **words(check.words),
        "role": "acceptance" if check.is_acceptance else "step",
        "decides": decides,
        "why": words(check.why),
        "how": words(check.how),
        "fix": words(check.fix),
        "modern": words(check.modern) if check.modern else None,
        "review_days": check.review_days,
        "methods": [_method(each) for each in check.methods],
    }


def _method(method: Method) -> dict[str, Any]:
    return {
        "kind": str(method.kind),
        "name": method.name,
        "on": method.on,
        "with": dict(method.params),
        "want": [criterion(each) for each in method.want],
        "unit": method.unit,
        "ask": words(method.ask) if method.ask else None,
        "available": available(method),
    }
