"""What an active check will send, told before it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from gpuready.kube.jobs.leftovers import SELECTOR
from gpuready.kube.jobs.manifests import Manifest, Run, lease, yaml_lines
from gpuready.kube.jobs.paths import of_jobs, of_kind, of_pods
from gpuready.kube.jobs.rights import BASE
from gpuready.kube.jobs.run import EVERY, Order, planned_run
from gpuready.kube.rights import ACCESS
from gpuready.probes.probe import Ask, NoData

UID = "UID-OF-THE-LEASE"


def shown(
    ask: Ask, order: Order, image: str, manifests: Callable[[Run], Iterable[Manifest]]
) -> Sequence[str]:
    """Every call in order, and the whole manifests as YAML.  What only the run knows has a name in capitals
    in its place: RUN, NODE, UID-OF-THE-LEASE."""
    from gpuready.kube.calls import calls

    try:
        run = planned_run(ask, order)
        made = [lease(run, image), *manifests(run)]
    except NoData as outcome:
        return (str(outcome),)
    told = list(calls(order.reads))
    told += [f"POST {ACCESS} ({right} in {run.namespace})" for right in BASE + order.rights]
    told.append(f"GET {of_jobs(run.namespace)}?labelSelector={SELECTOR} (leftovers of killed runs: DELETE)")
    for each in made:
        told += [f"POST {of_kind(each['kind'], run.namespace)}", *yaml_lines([each])]
    told += [
        f"GET {of_pods(run.namespace)}?labelSelector={run.selector} (every {EVERY[0]:g} to {EVERY[1]:g} s)",
        f"GET {of_pods(run.namespace)}/{run.name('ROLE')}/log",
        f"GET /api/v1/namespaces/{run.namespace}/events?fieldSelector=involvedObject.name={run.name('ROLE')}"
        " (why something did not start)",
        f"DELETE {of_jobs(run.namespace)}/{run.name()} (and with it all of the above)",
    ]
    return tuple(told)
