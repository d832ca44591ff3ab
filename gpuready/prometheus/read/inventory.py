"""What there is to watch, and what is watched: nodes, GPUs, engines, services and namespaces, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gpuready.probes.duration import seconds_of
from gpuready.probes.probe import NoData, Outcome, Target
from gpuready.prometheus.answer import Answer, Series
from gpuready.prometheus.look import LOOK_BACK, Look
from gpuready.prometheus.read.gpus import FAMILIES, every_metric, gpu_of, nodes_of
from gpuready.prometheus.read.raw import TARGETS, scraped
from gpuready.text.fault import Fault

SCRAPES = 3.0
"""Scrape intervals after which the newest sample is not fresh any more."""
KINDS = ("nodes", "gpus", "engines", "services", "namespaces")

UP = "max by (instance, namespace, pod, service) (up{$sel}) == 1"
PROBED = "group by (instance, target) (probe_success{$sel})"
NODES = "max by (node, exported_node, internal_ip) (kube_node_info{$sel})"
NODE_SERIES = "node_memory_MemTotal_bytes"
NODE_NAMES = "group by (instance, nodename, node) (node_uname_info{$sel})"
NAMESPACES = (
    "count by (exported_namespace, namespace) "
    "(max by (exported_namespace, exported_pod, namespace, pod) "
    '(kube_pod_status_phase{phase="Running",$sel}) == 1)'
)
CONTAINERS = (
    'count by (exported_namespace, namespace) (container_memory_working_set_bytes{container!="",$sel})'
)
GPUS = 'max by (node, exported_node) (kube_node_status_capacity{resource="nvidia_com_gpu",$sel}) > 0'


def age(metric: str) -> str:
    """The age in seconds of the newest sample of each series of a metric."""
    return f"time() - timestamp({metric}{{$sel}})"


QUERIES = (
    *(TARGETS, UP, PROBED, NODES, NODE_NAMES, NAMESPACES, CONTAINERS, GPUS, age(NODE_SERIES)),
    *(age(metric) for metric in every_metric()),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One list: `known` and how many of them are `watched`, the `missing` by name.  `is_whole` is false where
    there may be more than are known: then not even all of them prove that all are watched."""

    known: int
    watched: int
    missing: tuple[str, ...] = ()
    is_whole: bool = True

    @property
    def share(self) -> float:
        """In %; only where anything is known."""
        return 100 * self.watched / self.known


@dataclass(frozen=True, slots=True)
class Targets:
    """What is up: `names` are all names by which a target may be known, in small letters (instance with and
    without port, service, pod); `namespaces` those that have a target."""

    names: frozenset[str]
    namespaces: frozenset[str]


async def targets(look: Look) -> Targets:
    """The targets that are up; `NoData` where nothing is scraped at all."""
    found = await look.query(UP)
    if not found.series:
        await scraped(look)  # all are down: then nothing is watched, which is known
    names: set[str] = set()
    for labels in (each.labels for each in found.series):
        for label in ("instance", "service", "pod"):
            names |= _spellings(labels.get(label, ""))
    namespaces = {each.labels.get("namespace", "") for each in found.series} - {""}
    return Targets(frozenset(names), frozenset(namespaces))


async def intervals(look: Look) -> float:
    """Seconds after which a sample is not fresh: some scrape intervals of the slowest job, as its targets
    tell; Prometheus' look-back where they do not."""
    try:
        data = await look.api("targets", {"state": "active"})
        seconds = [seconds_of(str(target["scrapeInterval"])) for target in data["activeTargets"]]
    except (Outcome, Fault, KeyError, TypeError, AttributeError):
        seconds = []
    return SCRAPES * max(seconds) if seconds else LOOK_BACK


async def nodes(look: Look, fresh: float) -> Listed | None:
    """Nodes of Kubernetes, of the peers, and those that the operator names, with fresh series of a node."""
    known: dict[str, frozenset[str]] = {}
    for series in (await look.query(NODES)).series:
        name = series.labels.get("exported_node") or series.labels.get("node", "")
        if name:
            known[name] = frozenset(_spellings(name) | _spellings(series.labels.get("internal_ip", "")))
    for target in (each for each in look.ask.site if each.kind in ("peer", "node")):
        known.setdefault(target.name, frozenset(_spellings(target.address) | _spellings(target.name)))
    for name in _named(look, "nodes"):
        known.setdefault(name, frozenset(_spellings(name)))
    if not known:
        return None
    seen: set[str] = set()
    instances = {one.labels.get("instance", "") for one in _fresh(await look.query(age(NODE_SERIES)), fresh)}
    for instance in instances:
        seen |= _spellings(instance)
    for series in (await look.query(NODE_NAMES)).series:
        if series.labels.get("instance", "") in instances:
            seen |= _spellings(series.labels.get("nodename", "")) | _spellings(series.labels.get("node", ""))
    return _listed({name: bool(spelled & seen) for name, spelled in known.items()})


async def gpus(look: Look, fresh: float) -> Listed | None:
    """GPUs of Kubernetes' nodes, or as many as the operator says, with fresh series of use and memory."""
    names = await look.names()
    series: dict[str, Series] = {}
    telling: set[str] = set()
    for family in FAMILIES:
        ages = [
            [one for metric in every for one in _fresh(await look.query(age(metric)), fresh)]
            for every in family.metrics(names)
        ]
        both = frozenset(map(gpu_of, ages[0])) & frozenset(map(gpu_of, ages[1]))
        series |= {gpu_of(each): each for each in ages[0] if gpu_of(each) in both}
        telling |= both
    capacity = {
        each.labels.get("exported_node") or each.labels.get("node", ""): round(each.value)
        for each in (await look.query(GPUS)).series
    }
    if capacity:
        return _by_node(capacity, list(series.values()))
    said = "".join(_named(look, "gpus"))
    if said:
        if not said.isdigit() or not int(said):
            raise NoData("prometheus_coverage.bad_gpus", found=said[:40])
        return Listed(int(said), min(int(said), len(telling)))
    return Listed(len(telling), len(telling), is_whole=False) if telling else None


def _by_node(capacity: Mapping[str, int], series: Iterable[Series]) -> Listed:
    """Each node's GPUs by their number; where no node's name is known to both, by the number of all."""
    counts: dict[str, int] = {}
    for each in series:
        names = {name.lower() for name in nodes_of(each)}
        for node in capacity:
            if _spellings(node) & (names | {name.partition(".")[0] for name in names}):
                counts[node] = counts.get(node, 0) + 1
                break
        else:
            counts[""] = counts.get("", 0) + 1
    total = sum(capacity.values())
    if counts and set(counts) == {""}:
        return Listed(total, min(total, counts[""]))
    watched = {node: min(number, counts.get(node, 0)) for node, number in capacity.items()}
    missing = [
        f"{node} ({capacity[node] - n} of {capacity[node]})"
        for node, n in watched.items()
        if n < capacity[node]
    ]
    return Listed(total, sum(watched.values()), tuple(missing))


async def endpoints(look: Look, there: Targets, kinds: tuple[str, ...]) -> Listed | None:
    """The targets of these kinds that the settings name, which a scrape or a probe reaches."""
    known = [each for each in look.ask.site if each.kind in kinds and not _is_local(each)]
    if not known:
        return None
    seen = set(there.names)
    for series in (await look.query(PROBED)).series:
        for label in ("instance", "target"):
            seen |= _spellings(series.labels.get(label, ""))
    return _listed({each.name: bool(_endpoint(each) & seen) for each in known})


async def namespaces(look: Look, there: Targets) -> Listed | None:
    """Namespaces with running pods that have a target that is up, or their containers' series."""
    known = _namespaces(await look.query(NAMESPACES))
    if not known:
        return None
    watched = there.namespaces | _namespaces(await look.query(CONTAINERS))
    return _listed({name: name in watched for name in known})


def _listed(watched: Mapping[str, bool]) -> Listed:
    missing = tuple(sorted(name for name, is_watched in watched.items() if not is_watched))
    return Listed(len(watched), len(watched) - len(missing), missing)


def _fresh(answer: Answer, most: float) -> list[Series]:
    return [each for each in answer.series if each.value <= most]


def _namespaces(answer: Answer) -> frozenset[str]:
    found = {
        each.labels.get("exported_namespace") or each.labels.get("namespace", "") for each in answer.series
    }
    return frozenset(found - {""})


def _named(look: Look, option: str) -> list[str]:
    """Names that the operator gives as an option of this Prometheus, apart by spaces or semicolons."""
    return [each for each in re.split(r"[\s;]+", look.ask.target.options.get(option, "")) if each]


def _is_local(target: Target) -> bool:
    """A container engine's socket is no endpoint that Prometheus could scrape."""
    return target.address.startswith(("unix:", "/"))


def _endpoint(target: Target) -> set[str]:
    """The spellings under which a target's endpoint may be scraped: its host and port, its URL, its name."""
    parts = urlsplit(target.address if "//" in target.address else f"//{target.address}")
    names = {target.name.lower(), target.address.lower(), target.address.lower().rstrip("/")}
    if parts.hostname:
        try:
            port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
        except ValueError:
            port = None
        names.add(f"{parts.hostname}:{port}" if port else parts.hostname)
    return names - {""}


def _spellings(name: str) -> set[str]:
    """A name as it is, without its port, and a host name without its domain."""
    if not name:
        return set()
    low = name.lower().rstrip("/")
    host = low.rpartition(":")[0] if re.search(r":\d+$", low) else low
    found = {low, host}
    if "/" not in host and not re.fullmatch(r"[\d.]+|\[?[0-9a-f:]+\]?", host):
        found.add(host.partition(".")[0])
    return found - {""}
