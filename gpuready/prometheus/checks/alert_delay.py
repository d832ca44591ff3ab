"""How late an alert may be: what its rule, the scrapes and the Alertmanager wait for, one after the other."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.probes.duration import seconds_of
from gpuready.probes.probe import Ask, NoData, Outcome, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.alerts.alertmanager import STATUS, Waits, addresses_of, target_of, waits_of
from gpuready.prometheus.alerts.rules import RULES, Rule
from gpuready.prometheus.check import check
from gpuready.prometheus.checks.alert_rules import book, sick
from gpuready.prometheus.look import Look
from gpuready.text.fault import Fault
from gpuready.text.safe import safe_line

GRAVE = "critical|page|error"
"""The severities of alerts that somebody is woken for."""
_TARGETS, _MANAGERS = "targets", "alertmanagers"
_INFINITE = math.inf


@dataclass(frozen=True, slots=True)
class _Delay:
    """Of one rule, in seconds: it is at least so late at worst, and at most; infinite where a part of it is
    not known."""

    rule: Rule
    least: float
    most: float


async def _bound(look: Look) -> Seen:
    rules = await book(look)
    if not rules.alerts:
        raise NoData("prometheus_alerts.no_alerts")
    remarks = list(sick(rules))
    alerts, more = _grave(rules.alerts, str(look.ask.params.get("severity") or GRAVE))
    remarks += more
    scrape = await _scrape(look)
    if scrape is None:
        remarks.append(("prometheus_alerts.no_scrape_interval", {}))
    waits, told = await _waits(look)
    remarks += told
    if any(rule.interval is None for rule in alerts):
        remarks.append(("prometheus_alerts.no_interval", {}))
    delays = [_delay(rule, scrape, waits) for rule in alerts]
    worst = max(delays, key=lambda each: (each.most, each.least))
    slowest = max(delays, key=lambda each: each.least)
    fields: dict[str, Scalar] = {"alerts": len(alerts), "for": max(rule.lasting for rule in alerts) / 60}
    if math.isfinite(worst.most) and waits is not None and scrape is not None:
        fields["value"] = worst.most / 60
        said = {
            "name": safe_line(worst.rule.name),
            "scrape": f"{scrape:g}",
            "interval": f"{worst.rule.interval or 0:g}",
            "lasting": f"{worst.rule.lasting:g}",
            "wait": f"{waits.longest:g}",
        }
        remarks.insert(0, ("prometheus_alerts.delay_is", said))
        remarks.append(("prometheus_alerts.delay_more", {"interval": f"{waits.interval:g}"}))
    else:
        fields["value"] = slowest.least / 60
        said = {"name": safe_line(slowest.rule.name), "lasting": f"{slowest.rule.lasting:g}"}
        remarks.insert(0, ("prometheus_alerts.delay_least", said))
    return Seen(fields, tuple(remarks), {"value": (slowest.least / 60, worst.most / 60)})


def _grave(alerts: Sequence[Rule], severities: str) -> tuple[list[Rule], list[Remark]]:
    wanted = {each.strip().lower() for each in severities.split("|")}
    found = [rule for rule in alerts if rule.labels.get("severity", "").lower() in wanted]
    if found:
        return found, []
    said = {"wanted": safe_line(severities)[:60], "count": len(alerts)}
    return list(alerts), [("prometheus_alerts.no_grave", said)]


def _delay(rule: Rule, scrape: float | None, waits: Waits | None) -> _Delay:
    """``for`` counts from the first evaluation that sees it, and ends at one: it takes whole intervals."""
    least = rule.lasting + (waits.least if waits else 0.0)
    if rule.interval is None or scrape is None or waits is None:
        return _Delay(rule, least, _INFINITE)
    lasting = math.ceil(rule.lasting / rule.interval) * rule.interval if rule.interval > 0 else rule.lasting
    return _Delay(rule, least, scrape + rule.interval + lasting + waits.longest)


async def _scrape(look: Look) -> float | None:
    """The longest scrape interval of all targets, in seconds; None where one is not told."""
    data = await look.api(_TARGETS, {"state": "active"})
    rows = data.get("activeTargets") if isinstance(data, Mapping) else None
    if not isinstance(rows, list) or not rows:
        return None
    found = [_seconds(row) for row in rows if isinstance(row, Mapping)]
    known = [each for each in found if each is not None]
    return max(known) if known and len(known) == len(found) else None


def _seconds(row: Mapping[str, Any]) -> float | None:
    text = str(row.get("scrapeInterval") or "")
    try:
        # Fractions of a second are written as Go does: 1.5s, 1m30.5s.
        whole = re.sub(r"(\d+)\.(\d+)s", lambda m: f"{int(float(f'{m[1]}.{m[2]}') * 1000)}ms", text)
        return seconds_of(whole)
    except Fault:
        return None


async def _waits(look: Look) -> tuple[Waits | None, list[Remark]]:
    """What all Alertmanagers wait: the longest of any, since any may be the one that tells."""
    named = look.ask.target.options.get("alertmanager", "")
    addresses = (named,) if named else addresses_of(await look.api(_MANAGERS))
    if not addresses:
        return None, [("prometheus_alerts.no_alertmanager", {})]
    found: list[Waits] = []
    for address in addresses:
        try:
            waits, exchange = await waits_of(target_of(address, look.ask.target), min(5.0, look.left))
            look.show(exchange)
            found.append(waits)
        except Outcome as outcome:
            look.show(*outcome.evidence)
            said = {"address": safe_line(address), "why": str(outcome)}
            return None, [("prometheus_alerts.alertmanager_failed", said)]
    least = min(each.least for each in found)
    longest, interval = max(each.longest for each in found), max(each.interval for each in found)
    return Waits(least, longest, interval), []


def _managers_asked(ask: Ask) -> Sequence[str]:
    named = ask.target.options.get("alertmanager", "")
    of = named or "(each Alertmanager that Prometheus names, without credentials)"
    return (f"GET {of}{STATUS}",)


CHECKS = (
    check(
        "alert_delay_bound",
        _bound,
        calls=(RULES, _TARGETS, _MANAGERS),
        fields={"value": "min", "for": "min", "alerts": "count"},
        params={"severity": GRAVE},
        more=_managers_asked,
    ),
)
