"""Whether pods' autoscalers can read what they scale by, and do not work against each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read import autoscalers as auto
from gpuready.kube.read.autoscalers import HPAS, SCALED_OBJECTS, VPAS
from gpuready.kube.read.conditions import is_true, status
from gpuready.kube.read.namespaces import is_system
from gpuready.kube.read.naming import full_name, listed, name_of, namespace_of
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_APIS = "apiservices.apiregistration.k8s.io"
_METRIC_APIS = ("metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io")


async def _hpa(look: Look) -> Seen:
    """The autoscalers of workload namespaces, and those whose metrics cannot be read."""
    hpas = _own(await look.list(HPAS))
    scaled = _own(await look.list(SCALED_OBJECTS))
    known = {(namespace_of(each), name_of(each)) for each in hpas}
    lone = [each for each in scaled if auto.hpa_of(each) not in known]
    remarks = [*_broken_apis(await look.list(_APIS))]
    if not hpas and not lone:
        return Seen({"autoscalers": 0}, (("kube_autoscaling.no_hpa", {}), *remarks))
    blind = _troubled(hpas, scaled)
    untold = [full_name(each) for each in hpas if not auto.is_told(each)]
    untold += [full_name(each) for each in lone if status(each, "Ready") not in ("True", "False")]
    reading = [each for each in (*hpas, *lone) if is_true(each, "ScalingActive") or is_true(each, "Ready")]
    if not (blind or untold or reading):  # all of them rest: nothing is read, well or not
        untold = [full_name(each) for each in (*hpas, *lone)]
    if untold:
        remarks.insert(0, ("kube_autoscaling.untold", {"names": listed(untold)}))
    if blind:
        named = listed(f"{name} ({why})" for name, why in blind.items())
        remarks.insert(0, ("kube_autoscaling.unreadable", {"names": named}))
    fields = {
        "autoscalers": len(hpas) + len(lone),
        "on_custom_metrics": sum(map(_is_custom, hpas)),
    }
    if blind or not untold:
        fields["unreadable_metrics"] = len(blind)
    return Seen(fields, tuple(remarks))


async def _vpa(look: Look) -> Seen:
    """The VPAs, those without a recommendation, and those that work against an HPA."""
    vpas = _own(await look.list(VPAS))
    if not vpas:
        key = "no_vpa" if await look.has(VPAS) else "no_vpa_installed"
        return Seen({"autoscalers": 0}, ((f"kube_autoscaling.{key}", {}),))
    clashes = auto.conflicts(vpas, await look.list(HPAS))
    silent = [full_name(each) for each in vpas if not auto.is_recommended(each)]
    remarks = _clashing(clashes)
    if silent:
        remarks.append(("kube_autoscaling.no_recommendation", {"names": listed(silent)}))
    resting = [full_name(each) for each in vpas if not auto.adjusts(each)]
    fields = {
        "autoscalers": len(vpas),
        "without_recommendation": len(silent),
        "only_recommending": len(resting),
    }
    if clashes or len(resting) < len(vpas):  # with nothing adjusted, no conflict proves nothing
        fields["conflicts_with_hpa"] = len(clashes)
    else:
        remarks.append(("kube_autoscaling.only_recommend", {"names": listed(resting)}))
    return Seen(fields, tuple(remarks))


async def _recommendations(look: Look) -> Seen:
    """Whether VPAs adjust anything, without working against an HPA."""
    vpas = _own(await look.list(VPAS))
    if not vpas:
        raise NoData("kube_autoscaling.nothing_adjusts")
    clashes = auto.conflicts(vpas, await look.list(HPAS))
    adjusting = [each for each in vpas if auto.adjusts(each) and auto.is_recommended(each)]
    fields = {"autoscalers": len(vpas), "adjusting": len(adjusting)}
    remarks = _clashing(clashes)
    if clashes or adjusting:  # with nothing adjusted, no conflict proves nothing
        fields["hpa_conflicts"] = len(clashes)
    else:
        remarks.append(("kube_autoscaling.only_recommend", {"names": listed(map(full_name, vpas))}))
    return Seen(fields, tuple(remarks))


def _own(autoscalers: Iterable[Obj]) -> tuple[Obj, ...]:
    """Without those of the system's own parts (istiod's HPA does not scale a workload)."""
    return tuple(each for each in autoscalers if not is_system(namespace_of(each)))


def _troubled(hpas: Sequence[Obj], scaled: Sequence[Obj]) -> dict[str, str]:
    """Name to reason of the autoscalers that cannot read their metrics; each KEDA pair once."""
    blind = {full_name(each): why for each in scaled if (why := auto.scaled_object_trouble(each))}
    told = {auto.hpa_of(each) for each in scaled if full_name(each) in blind}
    for each in hpas:
        if (namespace_of(each), name_of(each)) not in told and (why := auto.trouble(each)):
            blind[full_name(each)] = why
    return blind


def _is_custom(hpa: Obj) -> bool:
    return any(each.get("type") in ("Pods", "Object", "External") for each in auto.metrics(hpa))


def _broken_apis(services: Iterable[Obj]) -> list[Remark]:
    down = [
        name_of(each)
        for each in services
        if (each.get("spec") or {}).get("group") in _METRIC_APIS and not is_true(each, "Available")
    ]
    return [("kube_autoscaling.metrics_api_down", {"names": listed(down)})] if down else []


def _clashing(clashes: Iterable[tuple[Obj, tuple[str, ...]]]) -> list[Remark]:
    named = [f"{full_name(vpa)} ({', '.join(resources)})" for vpa, resources in clashes]
    return [("kube_autoscaling.conflict", {"names": listed(named)})] if named else []


CHECKS: tuple[Probe, ...] = (
    check(
        "autoscaling.hpa",
        _hpa,
        reads=(HPAS, SCALED_OBJECTS, _APIS),
        fields={"autoscalers": "count", "unreadable_metrics": "count", "on_custom_metrics": "count"},
    ),
    check(
        "autoscaling.vpa",
        _vpa,
        reads=(VPAS, HPAS),
        fields={
            "autoscalers": "count",
            "without_recommendation": "count",
            "conflicts_with_hpa": "count",
            "only_recommending": "count",
        },
    ),
    check(
        "vpa.recommendations",
        _recommendations,
        reads=(VPAS, HPAS),
        fields={"hpa_conflicts": "count", "autoscalers": "count", "adjusting": "count"},
    ),
)
