"""Whether everything that there is is watched: nodes, GPUs, engines, services, namespaces."""

from __future__ import annotations

from gpuready.checklist.verdict import Bounds
from gpuready.probes.probe import NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look
from gpuready.prometheus.read import inventory
from gpuready.prometheus.read.inventory import KINDS, QUERIES, Listed
from gpuready.prometheus.read.raw import listed
from gpuready.text.say import say

WHOLE = ("nodes", "gpus", "services")
"""The lists without which nothing is said of all together; engines and namespaces add to them."""


async def _coverage(look: Look) -> Seen:
    """The share of each list that has an up target and fresh series, and of all of them together."""
    there = await inventory.targets(look)
    fresh = await inventory.intervals(look)
    lists = {
        "nodes": await inventory.nodes(look, fresh),
        "gpus": await inventory.gpus(look, fresh),
        "engines": await inventory.endpoints(look, there, ("engine",)),
        "services": await inventory.endpoints(look, there, ("service", "engine")),
        "namespaces": await inventory.namespaces(look, there),
    }
    known = {name: each for name, each in lists.items() if each is not None and each.known}
    if not known:
        raise NoData("prometheus_coverage.nothing_known")
    fields: dict[str, float] = {}
    within: dict[str, Bounds] = {}
    said: list[Remark] = []
    for name in KINDS:
        what = say(f"prometheus_coverage.{name}")
        each = known.get(name)
        if each is None:
            said.append((f"prometheus_coverage.no_{name}", {}))
            continue
        fields[name] = each.share
        if not each.is_whole:
            within[name] = (0.0, each.share)
            said.append((f"prometheus_coverage.part_{name}", {"count": each.known}))
        if each.missing or each.watched < each.known:
            missing = listed(each.missing, 20) or str(each.known - each.watched)
            said.append(("prometheus_coverage.missing", {"what": what, "names": missing}))
    together = [known[name] for name in WHOLE if name in known]
    if together:
        fields["value"] = _share(together)
        if len(together) < len(WHOLE) or not all(each.is_whole for each in together):
            # What is not on any list may or may not be watched.
            within["value"] = (0.0, fields["value"])
    return Seen(fields, tuple(said), within)


def _share(lists: list[Listed]) -> float:
    return 100 * sum(each.watched for each in lists) / sum(each.known for each in lists)


CHECKS = (
    check(
        "scrape_coverage",
        _coverage,
        queries=QUERIES,
        calls=("label/__name__/values", "targets?state=active"),
        fields={"value": "%", **dict.fromkeys(KINDS, "%")},
        limit=60.0,
    ),
)
