"""Why a pod of an active check told nothing: one sentence for each way."""

from __future__ import annotations

from gpuready.kube.jobs.standing import Standing, State
from gpuready.probes.probe import NoData

_KEYS = {
    State.NO_IMAGE: "kube_jobs.no_image",
    State.NOT_STARTED: "kube_jobs.not_started",
    State.REFUSED: "kube_jobs.taken_down",
    State.GONE: "kube_jobs.gone",
    State.RUNNING: "kube_jobs.unfinished",
    State.ENDED: "kube_jobs.ended",
}


def trouble(pod: str, stand: Standing, image: str, why: str = "") -> NoData:
    """The outcome for a pod that did not come to its end; `why` is more that the cluster's events tell."""
    told = why or stand.told
    if stand.state is State.PENDING:
        key = "kube_jobs.unschedulable" if stand.is_unschedulable else "kube_jobs.never_started"
    else:
        key = _KEYS[stand.state]
    if stand.state is State.ENDED:
        told = f"exit {stand.code}{f', {stand.reason}' if stand.reason else ''}"
    return NoData(key, pod=pod, node=stand.node or "-", image=image, why=told)
