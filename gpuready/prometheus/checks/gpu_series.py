"""Whether GPUs are watched: an exporter is scraped, and every GPU has fresh series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gpuready.probes.duration import seconds_of, window_text
from gpuready.probes.probe import NoData, Outcome, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.answer import Series
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look
from gpuready.prometheus.read.gpus import (
    AGE,
    FAMILIES,
    NVITOP,
    PREFIXES,
    SEEN,
    every_metric,
    gpu_of,
    nodes_of,
)
from gpuready.prometheus.read.raw import NAMES, TARGETS, listed, scraped
from gpuready.text.fault import Fault
from gpuready.text.say import say

COUNT = 'count({__name__=~"DCGM_FI_.+|nvidia_smi_.+|gpu_utilization_Percentage|gpu_memory_used_MiB",$sel})'
DOWN = "up{$sel} == 0"
CAPACITY = 'max by (node) (kube_node_status_capacity{resource="nvidia_com_gpu",$sel}) > 0'
CAPACITY_OLD = "max by (node) (kube_node_status_capacity_nvidia_gpu_cards{$sel}) > 0"
PORTS = (":9400", ":9835")
"""Where the DCGM exporter and nvidia_gpu_exporter listen by default."""
STALE_SCRAPES = 2.0


async def _series(look: Look) -> Seen:
    """How many series GPU exporters have now.  None at all is a fact only where something is scraped."""
    names = await look.names()
    known = sorted(name for name in names if name.startswith(PREFIXES) or name in NVITOP)
    found = (await look.query(COUNT)).value
    exporters = ", ".join(_exporters(known))
    if found:
        return Seen({"value": round(found)}, (("prometheus_series.gpu_exporter", {"exporter": exporters}),))
    targets = await scraped(look)
    if known:
        return Seen({"value": 0}, (("prometheus_series.gpu_stale", {"exporter": exporters}),))
    return Seen({"value": 0}, (("prometheus_series.no_exporter", {"targets": targets}),))


def _exporters(names: Sequence[str]) -> list[str]:
    starts = {"DCGM exporter": "DCGM_", "nvidia_gpu_exporter": "nvidia_smi_", "nvitop-exporter": "gpu_"}
    return [title for title, start in starts.items() if any(name.startswith(start) for name in names)]


@dataclass(frozen=True, slots=True)
class _Known:
    """The GPUs of the window.  `ages` holds for utilisation and for memory the age in seconds of each GPU's
    newest sample, with its series (missing where it has none); `series` are all those of the window."""

    gpus: frozenset[str]
    ages: tuple[Mapping[str, tuple[float, Series]], Mapping[str, tuple[float, Series]]]
    series: tuple[Series, ...]


async def _known(look: Look) -> _Known:
    names = await look.names()
    pairs = [family.metrics(names) for family in FAMILIES]
    there = [[metric for pair in pairs for metric in pair[kind]] for kind in (0, 1)]
    ages: tuple[dict[str, tuple[float, Series]], dict[str, tuple[float, Series]]] = ({}, {})
    series: list[Series] = []
    for metrics, kind in zip(there, ages, strict=True):
        for metric in metrics:
            series += (await look.query(SEEN.replace("$metric", metric))).series
            for one in (await look.query(AGE.replace("$metric", metric))).series:
                gpu = gpu_of(one)
                # of several exporters or replicas the freshest counts
                if gpu not in kind or one.value < kind[gpu][0]:
                    kind[gpu] = (one.value, one)
    if series:
        return _Known(frozenset(gpu_of(one) for one in series), ages, tuple(series))
    what = {"signal": say("prometheus_series.gpu")}
    if any(there):
        names_there = ", ".join(there[0] + there[1])[:200]
        raise NoData("prometheus.no_samples", **what, window=window_text(look.window), metric=names_there)
    raise NoData("prometheus.no_metric", **what, wanted=", ".join(every_metric())[:300])


async def _fresh(look: Look) -> Seen:
    known = await _known(look)
    intervals = await _intervals(look)
    missing = {gpu for gpu in known.gpus if any(gpu not in kind for kind in known.ages)}
    scrapes: list[float | None] = []
    for kind in known.ages:
        for gpu, (age, series) in kind.items():
            interval = _interval(series, intervals)
            scrapes.append(age / interval if interval else None)
            if interval and age / interval >= STALE_SCRAPES:
                missing.add(gpu)
    down = await _down(look, known)
    nodes, remarks, offering = await _nodes(look, known)
    fresh = known.gpus - missing
    if offering:  # a GPU whose node is no longer in the cluster went with it
        there = {gpu_of(one) for one in known.series if nodes_of(one) & offering}
        missing = {gpu for gpu in missing if gpu in there}
    fields: dict[str, int | float] = {
        "value": len(missing) + len(down) + len(nodes),
        "gpus": len(fresh),
    }
    known_scrapes = [each for each in scrapes if each is not None]
    if known_scrapes and len(known_scrapes) == len(scrapes):
        fields["age"] = max(known_scrapes)
    else:
        remarks.insert(0, ("prometheus_series.no_interval", {}))
    if down:
        remarks.insert(0, ("prometheus_series.targets_down", {"names": listed(down)}))
    if missing:
        remarks.insert(0, ("prometheus_series.gpus_missing", {"names": listed(missing)}))
    return Seen(fields, tuple(remarks))


async def _intervals(look: Look) -> dict[tuple[str, str], float]:
    """The scrape interval in seconds by (job, instance), and the longest of a job by (job, ""), as the
    targets tell it.  Empty where they do not: an API that only answers queries has no targets."""
    found: dict[tuple[str, str], float] = {}
    try:
        data = await look.api("targets", {"state": "active"})
        for target in data["activeTargets"]:
            job, instance = str(target["labels"]["job"]), str(target["labels"].get("instance", ""))
            seconds = seconds_of(str(target["scrapeInterval"]))
            found[job, instance] = seconds
            found[job, ""] = max(seconds, found.get((job, ""), 0.0))
    except (Outcome, Fault, KeyError, TypeError, AttributeError):
        return {}
    return found


def _interval(series: Series, intervals: Mapping[tuple[str, str], float]) -> float | None:
    job = series.labels.get("job", "")
    return intervals.get((job, series.labels.get("instance", ""))) or intervals.get((job, ""))


async def _down(look: Look, known: _Known) -> list[str]:
    """GPU exporters that are down and tell of no GPU: their GPUs are not among the known ones."""
    telling = {one.labels.get("instance", "") for one in known.series}
    jobs = {one.labels.get("job", "") for one in known.series} - {""}
    down = []
    for one in (await look.query(DOWN)).series:
        instance = one.labels.get("instance", "")
        is_gpu = one.labels.get("job", "") in jobs or instance.endswith(PORTS)
        if is_gpu and instance not in telling:
            down.append(instance)
    return down


async def _nodes(look: Look, known: _Known) -> tuple[list[str], list[Remark], set[str]]:
    """The nodes that Kubernetes says have GPUs and no series tells of, and all that have.  Where no name of
    one is that of the other they cannot be set against each other, and GPUs are known from their series
    alone: then there are none."""
    names = await look.names()
    offering: set[str] = set()
    for metric, query in (
        ("kube_node_status_capacity", CAPACITY),
        ("kube_node_status_capacity_nvidia_gpu_cards", CAPACITY_OLD),
    ):
        if metric in names and not offering:
            offering = {one.labels.get("node", "") for one in (await look.query(query)).series} - {""}
    telling = {name for one in known.series for name in nodes_of(one)}
    if not offering & telling:
        return [], [("prometheus_series.known_from_series", {"window": window_text(look.window)})], set()
    missing = sorted(offering - telling)
    remarks: list[Remark] = [("prometheus_series.known_from_nodes", {"nodes": len(offering)})]
    if missing:
        remarks.insert(0, ("prometheus_series.nodes_missing", {"names": listed(missing)}))
    return missing, remarks, offering


CHECKS = (
    check(
        "gpu_series",
        _series,
        queries=(COUNT, TARGETS),
        calls=(NAMES,),
        fields={"value": "count"},
    ),
    check(
        "gpu_series_fresh",
        _fresh,
        queries=(
            *(query.replace("$metric", metric) for metric in every_metric() for query in (SEEN, AGE)),
            *(DOWN, CAPACITY, CAPACITY_OLD),
        ),
        calls=(NAMES, "targets?state=active"),
        fields={"value": "count", "gpus": "count", "age": "x"},
        params={"window": "1d"},
    ),
)
