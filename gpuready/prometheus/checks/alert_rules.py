"""Which alert rules there are: on error logs, on service levels, on what is unusual, on every service."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from gpuready.checklist.model import Scalar
from gpuready.checklist.verdict import SETTLED, Verdict
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import fetch
from gpuready.probes.probe import Ask, NoData, Outcome, Probe, Target
from gpuready.prometheus.check import Seen, check
from gpuready.prometheus.judgement import session_of, state_of
from gpuready.prometheus.look import Look, Remark
from gpuready.prometheus.raw import listed
from gpuready.prometheus.rules import (
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
from gpuready.prometheus.table import signals
from gpuready.text.safe import safe_line
from gpuready.text.say import language

SLIS = "ttft,inter_token,e2e,generation_tokens,request_success_ratio"
"""The service levels of a baseline, as signals."""
BASELINE = "13.1.2.4.a1"
"""The check that says whether there is a current baseline."""
ABOUT = ("", "error_logs", "sli", "burn", "anomaly")
RULER = "/prometheus/api/v1/rules"
"""Where Loki lists its ruler's rules in the shape of Prometheus."""
_LONG = 4000
"""Characters of one query that asks which metrics have series."""

_LABELS = (
    "service", "exported_service", "job", "app", "deployment", "model_name", "model", "namespace", "container",
    "destination_service_name", "ingress", "proxy", "instance", "target",
)  # fmt: skip
"""Labels that may name a service, or the address at which it is scraped."""
_ASKED = 200
"""Selectors of rules that are looked at for their services."""
_JOINED = 20
"""Selectors in one query."""


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


def _signals(names: str) -> dict[str, frozenset[str]]:
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
    metrics = frozenset().union(*_signals(str(look.ask.params.get("slis") or SLIS)).values())
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
    fields: dict[str, Scalar] = {
        "found": len(found),
        "alerts": len(live),
        "sli_rules": len(recorded),
        "burn_alerts": len(burning),
        "broken": len(rules.sick) + sum(len(each.sick) for each in rulers),
    }
    named_ones = found if about else [*recorded, *burning]
    said = [*sick(rules), *(remark for each in rulers for remark in sick(each)), *dead, *remarks]
    if named_ones:
        said.insert(0, ("prometheus_alerts.found", {"names": safe_line(named(named_ones))}))
    return Seen(fields, tuple(said))


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


async def _coverage(look: Look) -> Seen:
    """Service levels without an alert rule, and the share of critical services that have one."""
    rules = await book(look)
    live, dead = await living(look, rules, rules.alerts)
    remarks: list[Remark] = [*sick(rules), *dead]
    options = look.ask.target.options
    levels = _signals(str(options.get("slis") or look.ask.params.get("slis") or SLIS))
    without = [name for name, metrics in levels.items() if not any(rules.about(r, metrics) for r in live)]
    fields: dict[str, Scalar] = {"missing": len(without), "slis": len(levels), "alerts": len(live)}
    if without:
        words = [f"{signals()[name].words.to(language())} ({name})" for name in without]
        remarks.insert(0, ("prometheus_alerts.missing", {"names": ", ".join(words)}))
    current, remark = await _baseline(look)
    remarks.append(remark)
    if current is not None:
        fields["baseline_current"] = current
    services, more = await _services(look, rules, live)
    return Seen(fields | services, (*remarks, *more))


async def _baseline(look: Look) -> tuple[bool | None, Remark]:
    """Whether the session holds a current baseline: the check that asks for one is settled, and not too long
    ago.  None where nothing is said of it."""
    ref, days = str(look.ask.params.get("baseline") or BASELINE), int(str(look.ask.params.get("days") or 92))
    unknown: Remark = ("prometheus_alerts.no_baseline", {"ref": ref})
    state = await state_of(look.ask)
    mark = state.check(ref).mark if state else None
    if mark is None or mark.verdict not in (*SETTLED, Verdict.FAIL) or mark.verdict in (
        Verdict.NA,
        Verdict.WAIVED,
    ):
        return None, unknown
    day = mark.at.date().isoformat()
    if mark.verdict is Verdict.FAIL:
        return False, ("prometheus_alerts.baseline_is", {"ref": ref, "day": day})
    old = (datetime.now(UTC) - mark.at).days > days
    if old:
        return False, ("prometheus_alerts.baseline_old", {"ref": ref, "day": day, "days": days})
    return True, ("prometheus_alerts.baseline_is", {"ref": ref, "day": day})


def services_of(ask: Ask) -> dict[str, frozenset[str]]:
    """The critical services by name, each with what labels may call it (in lower case): option ``services``
    (with commas), else the site's targets of kind service, engine and balancer."""
    given = [each.strip() for each in ask.target.options.get("services", "").split(",") if each.strip()]
    if given:
        return {name: frozenset({name.lower()}) for name in given}
    return {
        each.name: frozenset(filter(None, (each.name.lower(), *_hosts(each.address))))
        for each in ask.site
        if each.kind in ("service", "engine", "balancer") and not each.address.startswith("unix:")
    }


def _hosts(address: str) -> tuple[str, ...]:
    """Host and host:port of an address or a URL, in lower case; nothing for loopback, which is everywhere."""
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ()
    if port:
        return (f"{host}:{port}",) if host in ("localhost", "127.0.0.1", "::1") else (host, f"{host}:{port}")
    return (host,) if host not in ("localhost", "127.0.0.1", "::1") else ()


async def _services(look: Look, rules: Book, live: Sequence[Rule]) -> tuple[dict[str, Scalar], list[Remark]]:
    """The share of services that a live rule looks at: by the labels of the series that it selects now, and
    by its own labels."""
    services = services_of(look.ask)
    if not services:
        return {}, [("prometheus_alerts.no_services", {})]
    labels = {value.lower() for rule in live for value in rule.labels.values()}
    selectors = list(
        dict.fromkeys(str(each) for rule in live for parts in rules.behind(rule)[:1] for each in parts.selectors)
    )
    remarks: list[Remark] = []
    if len(selectors) > _ASKED:
        remarks.append(("prometheus_alerts.unbounded", {"count": len(selectors) - _ASKED}))
    for at in range(0, min(len(selectors), _ASKED), _JOINED):
        part = selectors[at : min(at + _JOINED, _ASKED)]
        answer = await look.query(" or ".join(f"count by ({', '.join(_LABELS)}) ({each})" for each in part))
        for series in answer.series:
            for value in series.labels.values():
                labels |= {value.lower(), *_hosts(value)}
    covered = {name for name, names in services.items() if names & labels}
    missing = sorted(set(services) - covered)
    if live and not covered:
        return {"services": len(services)}, [
            *remarks,
            ("prometheus_alerts.names_differ", {"names": safe_line(listed(services))}),
        ]
    fields: dict[str, Scalar] = {
        "services": len(services),
        "coverage": 100 * len(covered) / len(services),
    }
    if missing:
        remarks.append(("prometheus_alerts.missing", {"names": safe_line(listed(missing))}))
    return fields, [*remarks, ("prometheus_alerts.receiver_unseen", {})]


def _with_site(probe: Probe) -> Probe:
    """It reads Loki's rulers and the session too, and says so."""

    def steps(ask: Ask) -> Sequence[str]:
        more = []
        if ask.params.get("about") == "error_logs":
            more += [f"GET {url_of(each, RULER)}" for each in rulers_of(ask)]
        if probe.name == "query.alert_coverage" and (path := session_of(ask)):
            more.append(f"read {path} (whether the baseline is current, in read-only mode)")
        return [*probe.steps(ask), *more]

    return dataclasses.replace(probe, steps=steps)


_METRICS = 'count by (__name__) ({__name__=~"the metrics of the rules"})'
_SELECTED = "count by (service, job, instance, ...) (each selector of the rules)"

CHECKS = (
    _with_site(
        check(
            "alert_rules",
            _rules,
            calls=(RULES,),
            queries=(_METRICS,),
            fields={
                "found": "count",
                "alerts": "count",
                "sli_rules": "count",
                "burn_alerts": "count",
                "broken": "count",
            },
            params={"about": "", "slis": SLIS},
        )
    ),
    check(
        "anomaly_rules",
        _anomaly,
        calls=(RULES,),
        queries=(_METRICS,),
        fields={"value": "count", "recorded": "count", "alerts": "count"},
    ),
    _with_site(
        check(
            "alert_coverage",
            _coverage,
            calls=(RULES,),
            queries=(_METRICS, _SELECTED),
            fields={
                "coverage": "%",
                "services": "count",
                "missing": "count",
                "slis": "count",
                "alerts": "count",
                "baseline_current": "",
            },
            params={"slis": SLIS, "baseline": BASELINE, "days": 92},
        )
    ),
)
