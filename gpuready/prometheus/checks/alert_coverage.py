"""Whether every service level of the baseline, and every critical service, has an alert rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from gpuready.checklist.model import Scalar
from gpuready.checklist.verdict import SETTLED, Verdict
from gpuready.probes.probe import Ask, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.alerts.judgement import session_of, state_of
from gpuready.prometheus.alerts.rules import RULES, Book, Rule
from gpuready.prometheus.check import check
from gpuready.prometheus.checks.alert_rules import METRICS, SLIS, book, levels_of, living, sick
from gpuready.prometheus.look import Look
from gpuready.prometheus.read.raw import listed
from gpuready.prometheus.table import signals
from gpuready.text.safe import safe_line
from gpuready.text.say import language

BASELINE = "13.1.2.4.a1"
"""The check that says whether there is a current baseline."""
_LABELS = (
    "service", "exported_service", "job", "app", "deployment", "model_name", "model", "namespace",
    "container", "destination_service_name", "ingress", "proxy", "instance", "target",
)  # fmt: skip
"""Labels that may name a service, or the address at which it is scraped."""
_ASKED = 200
"""Selectors of rules that are looked at for their services."""
_JOINED = 20
"""Selectors in one query."""


async def _coverage(look: Look) -> Seen:
    """Service levels without an alert rule, and the share of critical services that have one."""
    rules = await book(look)
    live, dead = await living(look, rules, rules.alerts)
    remarks: list[Remark] = [*sick(rules), *dead]
    options = look.ask.target.options
    levels = levels_of(str(options.get("slis") or look.ask.params.get("slis") or SLIS))
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
    # what rules select that were not looked at can only add to it
    is_open = any(key == "prometheus_alerts.unbounded" for key, _ in more)
    within = {"coverage": (float(services["coverage"]), 100.0)} if is_open and "coverage" in services else {}
    return Seen(fields | services, (*remarks, *more), within)


async def _baseline(look: Look) -> tuple[bool | None, Remark]:
    """Whether the session holds a current baseline: the check that asks for one is settled, and not too long
    ago.  None where nothing is said of it."""
    ref, days = str(look.ask.params.get("baseline") or BASELINE), int(str(look.ask.params.get("days") or 92))
    unknown: Remark = ("prometheus_alerts.no_baseline", {"ref": ref})
    state = await state_of(look.ask)
    mark = state.check(ref).mark if state else None
    if (
        mark is None
        or mark.verdict not in (*SETTLED, Verdict.FAIL)
        or mark.verdict
        in (
            Verdict.NA,
            Verdict.WAIVED,
        )
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
    own = [parts for rule in live for parts in rules.behind(rule)[:1]]
    selectors = list(dict.fromkeys(str(each) for parts in own for each in parts.selectors))
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


def _session_read(ask: Ask) -> Sequence[str]:
    path = session_of(ask)
    return (f"read {path} (whether the baseline is current, in read-only mode)",) if path else ()


_SELECTED = f"count by ({', '.join(_LABELS)}) (each selector of the rules)"

CHECKS = (
    check(
        "alert_coverage",
        _coverage,
        calls=(RULES,),
        queries=(METRICS, _SELECTED),
        fields={
            "coverage": "%",
            "services": "count",
            "missing": "count",
            "slis": "count",
            "alerts": "count",
            "baseline_current": "",
        },
        params={"slis": SLIS, "baseline": BASELINE, "days": 92},
        more=_session_read,
    ),
)
