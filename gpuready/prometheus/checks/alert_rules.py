"""Which alert rules there are: on error logs, on service levels, on what is unusual, on every service."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import fetch
from gpuready.probes.probe import Ask, NoData, Outcome, Remark, Target
from gpuready.probes.seen import Seen
from gpuready.prometheus.alerts.rules import (
    RULES,
    WITHOUT_ALERTS,
    Book,
    Rule,
    is_log_error,
    is_logql_error,
    metrics_of,
    named,
    rules_of,
)
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look
from gpuready.prometheus.table import signals
from gpuready.text.safe import safe_line

SLIS = "ttft,inter_token,e2e,generation_tokens,request_success_ratio"
"""The service levels of a baseline, as signals."""
ABOUT = ("", "error_logs", "sli", "burn", "anomaly")
RULER = "/prometheus/api/v1/rules"
"""Where Loki lists its ruler's rules in the shape of Prometheus."""
METRICS = 'count by (__name__) ({__name__=~"the metrics of the rules"})'
"""How it is asked which of them have a series, as it is shown before the rules are known."""
_LONG = 4000
"""Characters of one query that asks which metrics have series."""


async def book(look: Look) -> Book:
    """The rules that the server evaluates; `NoData` where it has none, or is none that lists rules."""
    found = rules_of(await look.api(RULES, WITHOUT_ALERTS))
    if found is None:
        raise NoData("prometheus_alerts.no_rules_api", address=safe_line(look.ask.target.address))
    if not found:
        raise NoData("prometheus_alerts.no_rules")
    return Book(found)


def sick(rules: Book) -> tuple[Remark, ...]:
    """That some rules are broken, by name."""
    if not rules.sick:
        return ()
    error = next((rule.error for rule in rules.sick if rule.error), "health unknown")
    said = {"count": len(rules.sick), "names": safe_line(named(rules.sick)), "error": safe_line(error)[:200]}
    return (("prometheus_alerts.sick", said),)


async def living(look: Look, rules: Book, wanted: Iterable[Rule]) -> tuple[list[Rule], tuple[Remark, ...]]:
    """Those of the rules that look at something that is there: a rule on a metric that was renamed never
    fires and never fails.  What `absent()` looks for, and what only some series lack, counts as there."""
    rows = list(wanted)
    own = {rule: {metric for parts in rules.behind(rule)[:1] for metric in parts.metrics} for rule in rows}
    there = await _present(look, sorted({metric for metrics in own.values() for metric in metrics}))
    live = [rule for rule in rows if not own[rule] or own[rule] & there]
    dead = [rule for rule in rows if own[rule] and not own[rule] & there]
    partly = [rule for rule in live if own[rule] - there]
    remarks: list[Remark] = []
    if dead:
        remarks.append(("prometheus_alerts.dead", {"count": len(dead), "names": safe_line(named(dead))}))
    if partly:
        remarks.append(("prometheus_alerts.partly_dead", {"names": safe_line(named(partly))}))
    return live, tuple(remarks)


async def _present(look: Look, metrics: Sequence[str]) -> set[str]:
    """Those of the metrics that have a series now."""
    found: set[str] = set()
    rest = list(metrics)
    while rest:
        part: list[str] = []
        while rest and (not part or len("|".join(part)) + len(rest[0]) < _LONG):
            part.append(rest.pop(0))
        names = "|".join(each.replace(".", "[.]") for each in part)
        answer = await look.query(f'count by (__name__) ({{__name__=~"{names}"}})')
        found |= {series.labels.get("__name__", "") for series in answer.series}
    return found


def levels_of(names: str) -> dict[str, frozenset[str]]:
    """The metrics of each of these signals; `NoData` for one that is not known."""
    asked = [name.strip() for name in names.split(",") if name.strip()]
    if strange := [name for name in asked if name not in signals()] or ([] if asked else ["-"]):
        raise NoData("prometheus_alerts.no_sli", names=safe_line(", ".join(strange))[:200])
    return {name: metrics_of([signals()[name]]) for name in asked}


async def _rules(look: Look) -> Seen:
    """Counts of the rules by what they are about.  `found` are the alert rules that the parameter `about`
    asks for; all of them without it."""
    about = str(look.ask.params.get("about") or "")
    if about not in ABOUT:
        known = ", ".join(each for each in ABOUT if each)
        raise NoData("prometheus_alerts.bad_about", found=safe_line(about)[:40], known=known)
    remarks: tuple[Remark, ...] = ()
    logs: list[Rule] = []
    rulers: tuple[Book, ...] = ()
    if about == "error_logs":
        rulers, remarks = await _rulers(look)
        logs = [rule for each in rulers for rule in each.alerts if is_logql_error(rule)]
    try:
        rules = await book(look)
    except NoData as outcome:
        if outcome.key != "prometheus_alerts.no_rules" or not rulers:
            raise
        rules = Book(())
    metrics = frozenset().union(*levels_of(str(look.ask.params.get("slis") or SLIS)).values())
    live, dead = await living(look, rules, rules.alerts)
    of: dict[str, Callable[[Rule], bool]] = {
        "": lambda rule: True,
        "error_logs": is_log_error,
        "sli": lambda rule: rules.is_sli(rule, metrics),
        "burn": lambda rule: rules.is_burn(rule, metrics),
        "anomaly": rules.is_anomaly,
    }
    found = [rule for rule in live if of[about](rule)] + logs
    recorded, _ = await living(look, rules, [each for each in rules.records if rules.is_sli(each, metrics)])
    burning = [rule for rule in live if rules.is_burn(rule, metrics)]
    counts = {"found": len(found), "sli_rules": len(recorded), "burn_alerts": len(burning)}
    fields: dict[str, Scalar] = {
        **counts,
        "alerts": len(live),
        "broken": len(rules.sick) + sum(len(each.sick) for each in rulers),
    }
    # a rule that was never evaluated yet may be as good as any
    unknown = [rule for rule in rules.sick if rule.health == "unknown"]
    waiting: dict[str, float] = {
        "found": sum(rule.alerts and of[about](rule) for rule in unknown),
        "sli_rules": sum(not rule.alerts and rules.is_sli(rule, metrics) for rule in unknown),
        "burn_alerts": sum(rules.is_burn(rule, metrics) for rule in unknown),
    }
    if any(key == "prometheus_alerts.ruler_failed" for key, _ in remarks):
        waiting["found"] = math.inf
    within = {name: (counts[name], counts[name] + more) for name, more in waiting.items() if more}
    named_ones = found if about else [*recorded, *burning]
    said = [*sick(rules), *(remark for each in rulers for remark in sick(each)), *dead, *remarks]
    if named_ones:
        said.insert(0, ("prometheus_alerts.found", {"names": safe_line(named(named_ones))}))
    return Seen(fields, tuple(said), within)


async def _rulers(look: Look) -> tuple[tuple[Book, ...], tuple[Remark, ...]]:
    """The rules of the site's Lokis.  One that gives none is told of, and proves nothing."""
    remarks: list[Remark] = []
    books = []
    targets = rulers_of(look.ask)
    for target in targets:
        address = safe_line(target.address)
        try:
            reply = await fetch(url_of(target, RULER), limit=min(10.0, look.left), target=target)
            look.show(reply.exchange)
            data = reply.must().table().get("data")
        except Outcome as outcome:
            look.show(*outcome.evidence)
            remarks.append(("prometheus_alerts.ruler_failed", {"address": address, "why": str(outcome)}))
            continue
        rules = rules_of(data)
        if rules is None:
            remarks.append(("prometheus_alerts.ruler_failed", {"address": address, "why": "-"}))
        else:
            books.append(Book(rules))
    if not targets:
        remarks.append(("prometheus_alerts.no_ruler", {}))
    return tuple(books), tuple(remarks)


def rulers_of(ask: Ask) -> list[Target]:
    """The site's targets of kind logs, and what the option ``ruler`` names."""
    found = [each for each in ask.site if each.kind == "logs"]
    address = ask.target.options.get("ruler", "")
    return [*found, Target("logs", "ruler", address)] if address else found


async def _anomaly(look: Look) -> Seen:
    rules = await book(look)
    live, dead = await living(look, rules, rules.alerts)
    found = [rule for rule in live if rules.is_anomaly(rule)]
    recorded = [rule for rule in rules.records if rules.is_anomaly(rule)]
    remarks: list[Remark] = [*sick(rules), *dead]
    if found:
        remarks.insert(0, ("prometheus_alerts.found", {"names": safe_line(named(found))}))
    elif recorded:
        said = {"count": len(recorded), "names": safe_line(named(recorded))}
        remarks.insert(0, ("prometheus_alerts.records_only", said))
    return Seen({"value": len(found), "recorded": len(recorded), "alerts": len(live)}, tuple(remarks))


def _rulers_asked(ask: Ask) -> Sequence[str]:
    """The rules of Loki's rulers are read too."""
    rulers = rulers_of(ask) if ask.params.get("about") == "error_logs" else ()
    return [f"GET {url_of(each, RULER)}" for each in rulers]


CHECKS = (
    check(
        "alert_rules",
        _rules,
        calls=(RULES,),
        queries=(METRICS,),
        fields={
            "found": "count",
            "alerts": "count",
            "sli_rules": "count",
            "burn_alerts": "count",
            "broken": "count",
        },
        params={"about": "", "slis": SLIS},
        more=_rulers_asked,
    ),
    check(
        "anomaly_rules",
        _anomaly,
        calls=(RULES,),
        queries=(METRICS,),
        fields={"value": "count", "recorded": "count", "alerts": "count"},
    ),
)
