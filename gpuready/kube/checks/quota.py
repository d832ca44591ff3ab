"""ResourceQuotas of the workload namespaces: whether each has one, and whether it fits what is used."""

from __future__ import annotations

from collections import Counter

from gpuready.kube.check import Remark, Seen, check
from gpuready.kube.look import Look
from gpuready.kube.read.namespaces import workloads
from gpuready.kube.read.naming import listed, namespace_of
from gpuready.kube.read.quotas import gpu_use, is_partial
from gpuready.probes.probe import NoData, Probe


async def _namespaces(look: Look) -> Seen:
    """How the workload namespaces are bounded; `quotas` is the fewest that any of them has."""
    low, high = (float(str(look.ask.params[key])) for key in ("low_percent", "high_percent"))
    quotas = await look.list("resourcequotas")
    namespaces = workloads(await look.list("pods"))
    if not namespaces:
        raise NoData("kube_quota.no_workloads")
    many = Counter(map(namespace_of, quotas))
    bounded = gpu_use(quotas)
    at_limit, outside = [], []
    for namespace in namespaces:
        for key, used, hard in bounded.get(namespace, ()):
            if hard == 0:
                continue  # no GPUs at all is a bound, too, and never used
            share, said = 100 * used / hard, f"{namespace} ({key} {used}/{hard})"
            if used >= hard:
                at_limit.append(said)
            if not low <= share <= high:
                outside.append(said)
    without = [each for each in namespaces if not many[each]]
    without_gpu = [each for each in namespaces if each not in bounded]
    remarks: list[Remark] = []
    for key, names in (
        ("without", without),
        ("without_gpu", [each for each in without_gpu if each not in without]),
        ("at_limit", at_limit),
        ("outside", [each for each in outside if each not in at_limit]),
    ):
        if names:
            remarks.append((f"kube_quota.{key}", {"names": listed(names)}))
    if partial := {namespace_of(each) for each in quotas if is_partial(each)} & set(without_gpu):
        remarks.append(("kube_quota.partial", {"names": listed(partial)}))
    if bounded:
        remarks.append(("kube_quota.moment", {}))
    fields = {
        "quotas": min(many[each] for each in namespaces),
        "namespaces": len(namespaces),
        "without_quota": len(without),
        "without_gpu_quota": len(without_gpu),
        "at_limit": len(at_limit),
        "outside_bounds": len(outside),
    }
    return Seen(fields, tuple(remarks))


CHECKS: tuple[Probe, ...] = (
    check(
        "quota.namespaces",
        _namespaces,
        reads=("resourcequotas", "pods"),
        fields={
            "quotas": "count",
            "namespaces": "count",
            "without_quota": "count",
            "without_gpu_quota": "count",
            "at_limit": "count",
            "outside_bounds": "count",
        },
        params={"low_percent": 30, "high_percent": 90},
    ),
)
