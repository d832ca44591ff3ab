"""All probes that are installed, found by entry point, and checklists checked against what they declare."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

from gpuready.checklist import catalogue
from gpuready.checklist.model import Checklist, Criterion, Kind, Method
from gpuready.checklist.units import UNITS, comparable
from gpuready.probes.probe import Probe, Safety
from gpuready.text.fault import Fault
from gpuready.text.safe import safe_line
from gpuready.text.say import say

GROUP = "gpuready.probes"
BY_PROBE = frozenset({Kind.PROBE, Kind.ACTIVE, Kind.QUERY, Kind.KUBE})
"""The kinds of methods that a probe carries out."""


def probe_name(method: Method) -> str:
    """The name of the probe that carries out the method: what asks Prometheus or Kubernetes has a name that
    begins with ``query.`` or ``kube.``."""
    return f"{method.kind}.{method.name}" if method.kind in (Kind.QUERY, Kind.KUBE) else method.name


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with an entry point or a check's method; `where` is its name or its ref."""

    where: str
    key: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return say(self.key, **self.fields)

    def fault(self) -> Fault:
        """The same, to be raised: it names the place too."""
        return Fault("engine.problem", where=self.where, what=str(self))


@dataclass(frozen=True, slots=True)
class Registry:
    """`probes` by name; `problems` are the entry points, or parts of them, that could not be used."""

    probes: Mapping[str, Probe]
    problems: tuple[Problem, ...] = ()

    def get(self, method: Method) -> Probe | None:
        """The probe that carries out the method; None when none is installed."""
        return self.probes.get(probe_name(method)) if method.kind in BY_PROBE else None

    def can(self, method: Method) -> bool:
        """Whether the method can be carried out: its probe is installed and declares what is asked of it."""
        return self.get(method) is not None and not misfits(method, self)


@functools.cache
def installed() -> Registry:
    """What is installed here, read once."""
    return load(entry_points(group=GROUP))


def install() -> None:
    """Let the catalogue of the checklists know of the probes; they are read when first asked for."""
    catalogue.register(lambda method: installed().can(method))


def load(points: Iterable[EntryPoint]) -> Registry:
    """The probes behind the entry points.  One that is broken or missing is a problem, never an exception;
    of two probes with one name gpuready's own counts."""
    probes: dict[str, Probe] = {}
    problems: list[Problem] = []
    for point in sorted(points, key=lambda each: (not each.value.startswith("gpuready."), each.name)):
        try:
            found = point.load()
        except ModuleNotFoundError as error:
            problems.append(
                Problem(point.name, "engine.entry_missing", {"module": safe_line(str(error.name))})
            )
            continue
        except Exception as error:
            what = safe_line(f"{type(error).__name__}: {error}")[:200]
            problems.append(Problem(point.name, "engine.entry_broken", {"point": point.value, "error": what}))
            continue
        if not isinstance(found, tuple | list):
            problems.append(Problem(point.name, "engine.entry_kind", {"point": point.value}))
            continue
        for each in found:
            if problem := _flaw(each, point, probes):
                problems.append(problem)
            else:
                probes[each.name] = each
    return Registry(dict(sorted(probes.items())), tuple(problems))


def _flaw(found: object, point: EntryPoint, probes: Mapping[str, Probe]) -> Problem | None:
    """What is wrong with one declaration."""
    if not isinstance(found, Probe):
        return Problem(point.name, "engine.entry_kind", {"point": point.value})
    if found.name in probes:
        return Problem(point.name, "engine.probe_twice", {"probe": found.name})
    unknown = sorted({unit for unit in found.fields.values() if unit not in UNITS})
    if unknown:
        return Problem(point.name, "engine.probe_unit", {"probe": found.name, "unit": unknown[0]})
    if not callable(found.measure) or not found.limit > 0:
        return Problem(point.name, "engine.probe_shape", {"probe": found.name})
    return None


def problems_of(checklist: Checklist, registry: Registry) -> list[Problem]:
    """All that the checklist asks of probes and that they do not declare, by ref."""
    return [
        Problem(check.ref, problem.key, problem.fields)
        for check in checklist.checks()
        for method in check.methods
        for problem in misfits(method, registry)
    ]


def validate(checklist: Checklist, registry: Registry) -> None:
    """`Fault` that names the ref of the first thing that no probe can do as it is asked."""
    for problem in problems_of(checklist, registry):
        raise problem.fault()


def misfits(method: Method, registry: Registry) -> list[Problem]:
    """What the method asks of its probe and the probe does not declare; none for other kinds."""
    if method.kind not in BY_PROBE:
        return []
    probe = registry.get(method)
    if probe is None:
        return [Problem("", "engine.unknown_probe", {"probe": probe_name(method)})]
    found = []
    for name in sorted(set(method.params) - set(probe.params)):
        known = ", ".join(probe.params) or "-"
        found.append(
            Problem("", "engine.unknown_param", {"probe": probe.name, "param": name, "known": known})
        )
    for name, value in method.params.items():
        if name in probe.params and not _alike(value, probe.params[name]):
            fields = {"probe": probe.name, "param": name, "value": repr(value)[:80]}
            found.append(Problem("", "engine.param_kind", fields))
    unfit = (_unfit(criterion, probe, method.params) for criterion in method.want)
    found += [problem for problem in unfit if problem]
    if not method.want:
        found.append(Problem("", "engine.no_want", {"probe": probe.name}))
    if method.kind is not Kind.ACTIVE and probe.safety is not Safety.READ:
        found.append(Problem("", "engine.not_read", {"probe": probe.name, "safety": str(probe.safety)}))
    return found


def _alike(value: object, default: object) -> bool:
    """Whether a value can stand for a parameter with that default."""
    if default is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    kinds: tuple[type | tuple[type, ...], ...] = ((int, float), (list, tuple), Mapping)
    return any(isinstance(value, kind) for kind in (str, *kinds) if isinstance(default, kind))


def _unfit(criterion: Criterion, probe: Probe, params: Mapping[str, object]) -> Problem | None:
    if criterion.field not in probe.fields:
        known = ", ".join(probe.fields)
        return Problem(
            "", "engine.unknown_field", {"probe": probe.name, "field": criterion.field, "known": known}
        )
    unit = unit_of(criterion.field, probe, params, criterion.unit)
    if unit not in UNITS or not comparable(unit, criterion.unit):
        return Problem(
            "",
            "engine.unlike_units",
            {"probe": probe.name, "field": criterion.field, "unit": unit, "figure": criterion.unit},
        )
    return None


def unit_of(name: str, probe: Probe, params: Mapping[str, object], figure: str = "") -> str:
    """The unit of a probe's field.

    A generic probe reads a number whose unit only its caller knows: it has a parameter ``unit``, and its
    field ``value`` is in that one, or in the figure's where none is given.
    """
    declared = probe.fields.get(name, "")
    if declared or name != "value" or "unit" not in probe.params:
        return declared
    return str(params.get("unit") or probe.params["unit"] or figure)
