"""ResourceQuotas of the workload namespaces: whether each has one, and whether it fits what is used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.gpus import is_over
from gpuready.kube.read.namespaces import workloads
from gpuready.kube.read.naming import listed, namespace_of
from gpuready.kube.read.quotas import gpu_use, is_bound, is_partial, unbounded
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen


async def _namespaces(look: Look) -> Seen:
    """How the workload namespaces are bounded; `quotas` is the fewest that any of them has."""
    low, high = (float(str(look.ask.params[key])) for key in ("low_percent", "high_percent"))
    quotas = await look.list("resourcequotas")
    pods = await look.list("pods")
    namespaces = workloads(pods)
    if not namespaces:
        raise NoData("kube_quota.no_workloads")
    many = Counter(map(namespace_of, filter(is_bound, quotas)))
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
    asking: dict[str, list[Obj]] = defaultdict(list)
    for pod in pods:
        if not is_over(pod):
            asking[namespace_of(pod)].append(pod)
    loose = {
        each: free
        for each in namespaces
        if (free := unbounded((key for key, _, _ in bounded.get(each, ())), asking[each]))
    }
    without_gpu = [each for each in namespaces if each not in bounded or each in loose]
    remarks: list[Remark] = []
    for key, names in (
        ("without", without),
        ("without_gpu", [_said(each, loose) for each in without_gpu if each not in without]),
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


def _said(namespace: str, loose: Mapping[str, Iterable[str]]) -> str:
    return f"{namespace} ({', '.join(loose[namespace])})" if namespace in loose else namespace


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
