"""Kafka and Pulsar brokers in the cluster."""

from __future__ import annotations

import re
from collections import Counter

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import because, is_true
from gpuready.kube.read.gpus import is_over
from gpuready.kube.read.naming import full_name, labels_of, listed
from gpuready.kube.read.pods import is_ready, owner
from gpuready.kube.read.rollout import desired, ready
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_KAFKAS = "kafkas.kafka.strimzi.io"
_STATEFUL = frozenset({"StatefulSet", "StrimziPodSet"})
_IMAGE = re.compile(r"(?:^|[/-])(?:kafka|cp-kafka|cp-server|redpanda|pulsar|pulsar-all)(?:$|[-:@])")
_NO_BROKER = re.compile(
    r"exporter|connect|bridge|mirror|operator|-ui|manager|rest|schema|registry|console|zoo"
)
# Parts of Pulsar that are no broker run the same image.
_PARTS = frozenset(
    {"bookie", "zookeeper", "proxy", "toolset", "recovery", "autorecovery", "controller", "bastion"}
)


async def _brokers(look: Look) -> Seen:
    """Brokers that are ready and those that are not; of their partitions Kubernetes knows nothing."""
    clusters = await look.list(_KAFKAS)
    brokers = [pod for pod in await look.list("pods") if not is_over(pod) and is_broker(pod)]
    if not clusters and not brokers:
        raise NoData("kube_streaming.none")
    up = [pod for pod in brokers if is_ready(pod)]
    down = [full_name(pod) for pod in brokers if not is_ready(pod)]
    stuck = [
        f"{full_name(each)} ({because(each, 'Ready', look.now) or 'no status'})"
        for each in clusters
        if not is_true(each, "Ready")
    ]
    standing = Counter(owner(pod) for pod in brokers)
    missing = 0
    for each in await look.list("statefulsets.apps"):
        there = standing.get(_as_owner(each), 0)
        if there:
            missing += max(desired(each) - max(there, ready(each)), 0)
    remarks: list[Remark] = [("kube_streaming.partitions", {})]
    if stuck:
        remarks.append(("kube_streaming.not_ready", {"names": listed(stuck)}))
    if down:
        remarks.append(("kube_streaming.down", {"names": listed(down)}))
    if missing:
        remarks.append(("kube_streaming.missing", {"many": missing}))
    fields = {"ready": len(up), "clusters": len(clusters)}
    if not_ready := len(down) + len(stuck) + missing:
        fields["not_ready"] = not_ready
    # Else the brokers are up, and whether their partitions are is not seen: no proof that all is well.
    return Seen(fields, tuple(remarks))


def is_broker(pod: Obj) -> bool:
    """Whether the pod is a broker of Kafka, Redpanda or Pulsar."""
    labels = labels_of(pod)
    if "strimzi.io/broker-role" in labels:
        return str(labels["strimzi.io/broker-role"]) == "true"
    if owner(pod)[1] not in _STATEFUL or labels.get("component") in _PARTS:
        return False
    images = (str(each.get("image") or "") for each in (pod.get("spec") or {}).get("containers") or ())
    return any(_IMAGE.search(image) and not _NO_BROKER.search(image) for image in images)


def _as_owner(stateful_set: Obj) -> tuple[str, str, str]:
    namespace, _, name = full_name(stateful_set).partition("/")
    return namespace, "StatefulSet", name


CHECKS: tuple[Probe, ...] = (
    check(
        "streaming.brokers",
        _brokers,
        reads=(_KAFKAS, "pods", "statefulsets.apps"),
        fields={"ready": "count", "not_ready": "count", "clusters": "count"},
    ),
)
