"""A line of a shipped checklist asked of a real Prometheus and judged by its own figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qs, urlsplit

from gpuready.checklist.load import load_all
from gpuready.checklist.model import Kind, Method, Scalar
from gpuready.checklist.verdict import Verdict, judge
from gpuready.engine.registry import Registry, misfits, unit_of
from gpuready.probes.probe import Ask, Measurement, Outcome, Probe, Target
from gpuready.prometheus.checks import PROBES
from tests.probes.run_probe import both

_OF_RULES = re.compile(r"count by \((?:__name__|service, exported_service, .*)\) \(")
BY_NAME = {probe.name: probe for probe in PROBES}


@dataclass(frozen=True)
class Judged:
    """What a reader is told: the verdict, the fields, the sentences beside it; `key` is that of the outcome
    where there was no measurement."""

    verdict: Verdict
    fields: Mapping[str, Scalar]
    said: str
    key: str
    asked: tuple[str, ...]

    @property
    def value(self) -> float:
        value = self.fields["value"]
        assert isinstance(value, int | float)
        return float(value)


@cache
def method_of(ref: str, name: str) -> Method:
    """The line's method that asks Prometheus by that name, as it is shipped."""
    for checklist in load_all():
        for check in checklist.checks():
            for method in check.methods:
                if check.ref == ref and method.kind is Kind.QUERY and method.name == name:
                    return method
    raise AssertionError(f"{ref} has no method query {name}")


def probe_of(name: str) -> Probe:
    return BY_NAME[f"query.{name}"]


async def judged(
    line: str,
    url: str,
    selector: str = "",
    *,
    site: tuple[Target, ...] = (),
    options: Mapping[str, str] | None = None,
    **params: object,
) -> Judged:
    """`line` is "REF NAME"; further parameters are put over the shipped ones, the figures stay."""
    ref, name = line.split()
    method, probe = method_of(ref, name), probe_of(name)
    assert not misfits(method, Registry({probe.name: probe})), misfits(method, Registry({probe.name: probe}))
    asked = {**probe.params, **method.params, "selector": selector, **params}
    target = Target("prometheus", "here", url, dict(options or {}))
    ask = Ask(target, asked, probe.limit, site)
    steps = "\n".join(probe.steps(ask))
    try:
        measured = await probe.measure(ask)
    except Outcome as outcome:
        said = both(outcome.key, **outcome.fields)
        return Judged(outcome.verdict, {}, said, outcome.key, _asked(outcome))
    assert set(measured.fields) <= set(probe.fields), set(measured.fields) - set(probe.fields)
    assert set(measured.within) <= set(measured.fields)
    units = {field: unit_of(field, probe, asked) for field in measured.fields}
    verdict = judge(method.want, measured.fields, units, measured.within)
    said = " ".join(both(key, **fields) for key, fields in measured.remarks)
    assert not (unseen := [query for query in _queries(measured) if query not in steps]), unseen
    return Judged(verdict, measured.fields, said, "", _asked(measured))


def _queries(measured: Measurement) -> list[str]:
    """The instant queries that were asked, but for those that look at the series of rules, which are read
    first."""
    urls = (urlsplit(exchange.asked.removeprefix("GET ")) for exchange in measured.evidence)
    asked = [parse_qs(url.query)["query"][0] for url in urls if url.path.endswith("/query")]
    return [query for query in asked if not _OF_RULES.match(query)]


def _asked(answer: Measurement | Outcome) -> tuple[str, ...]:
    assert answer.evidence or isinstance(answer, Outcome), "nothing shows what was asked"
    return tuple(exchange.asked for exchange in answer.evidence)
