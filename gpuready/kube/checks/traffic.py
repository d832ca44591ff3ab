"""Whether traffic to models can be split between versions, for A/B tests and canaries."""

from __future__ import annotations

from gpuready.kube.check import Remark, Seen, check
from gpuready.kube.look import Look
from gpuready.kube.read import splits
from gpuready.kube.read.naming import listed
from gpuready.kube.read.workloads import READS, engines
from gpuready.probes.probe import NoData, Probe

_ALL = (*dict.fromkeys((*READS, *splits.READS)),)


async def _split(look: Look) -> Seen:
    """The splits whose backends stand where engines do; a split of other traffic proves nothing here.

    A split of 0 and 100 is ready and counts: the next version can get its share at once.
    """
    homes = {each.namespace for each in await engines(look)}
    if not homes:
        raise NoData("kube_traffic.no_engine")
    found = splits.splits({resource: await look.list(resource) for resource in splits.READS})
    ours = [each for each in found if each.namespaces & homes]
    resting = [each for each in ours if not each.is_open]
    others = [each for each in found if each not in ours]
    remarks: list[Remark] = []
    if opened := [str(each) for each in ours if each.is_open]:
        remarks.append(("kube_traffic.splits", {"names": listed(opened)}))
    if resting:
        remarks.append(("kube_traffic.resting", {"names": listed(map(str, resting))}))
    if not ours:
        remarks.append(("kube_traffic.nothing", {"homes": listed(homes)}))
    if others:
        remarks.append(("kube_traffic.elsewhere", {"names": listed(each.name for each in others)}))
    return Seen({"splits": len(ours), "open": len(ours) - len(resting)}, tuple(remarks))


CHECKS: tuple[Probe, ...] = (
    check("traffic.split", _split, reads=_ALL, fields={"splits": "count", "open": "count"}),
)
