"""Whether what adds and removes nodes is there and healthy: the Cluster Autoscaler or Karpenter."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import age, because, spoken, status
from gpuready.kube.read.engine_kinds import image_parts
from gpuready.kube.read.naming import full_name, labels_of, listed, name_of
from gpuready.kube.read.node_groups import STATUS, Autoscaler, autoscaler_status
from gpuready.kube.read.rollout import images, ready, tally
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_DEPLOYMENTS = "deployments.apps"
_NODE_POOLS = "nodepools.karpenter.sh"
_IMAGE = re.compile(r"(?:^|/)(?:cluster-autoscaler(?:-\w+)?|karpenter(?:/controller)?|karpenter-\w+)$")
_NAME = re.compile(r"^(?:cluster-autoscaler|karpenter)\b(?!-operator)")
_SILENT = 600.0  # seconds; it writes its status every 10


@dataclass
class _Found:
    """What was found (`parts`), what is wrong with it, and which node groups are in backoff; `deployed` are
    the products that run as Deployments here, which must tell their state elsewhere."""

    parts: list[str] = field(default_factory=list)
    deployed: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    backoff: list[str] = field(default_factory=list)


async def _nodes(look: Look) -> Seen:
    """Any of them does; what is found must be whole."""
    found = _Found()
    for each in await look.list(_DEPLOYMENTS):
        if _adds_nodes(each):
            found.parts.append(f"Deployment {full_name(each)}")
            found.deployed.add("Karpenter" if _is_karpenter(each) else "Cluster Autoscaler")
            if ready(each) < 1:  # replicas beyond the first only wait to lead
                found.wrong.append(f"Deployment {tally(each)}")
    pools = await look.list(_NODE_POOLS)
    for each in pools:
        _add_pool(each, found, look)
    if "Karpenter" in found.deployed and not pools:
        found.wrong.append("Karpenter (no NodePool)")
    unread = await _add_status(look, found)
    remarks = [*_told(found), *([unread] if unread else [])]
    if found.parts:
        fields: dict[str, bool | int] = {"parts": len(found.parts)}
        if found.wrong or not unread or not (found.deployed - {"Karpenter"}):
            fields["healthy"] = not found.wrong
        return Seen(fields, tuple(remarks))
    remarks.append(("kube_autoscaling.no_node_autoscaler", {}))
    # A managed autoscaler shows itself in its ConfigMap alone: unread, its absence is not known.
    return Seen({} if unread else {"healthy": False, "parts": 0}, tuple(remarks))


async def _add_status(look: Look, found: _Found) -> Remark | None:
    """What the ConfigMap tells; a remark where it could not be read."""
    try:
        told = autoscaler_status(await look.text(STATUS))
    except NoData:
        return "kube_autoscaling.status_unread", {}
    except ValueError:
        return "kube_autoscaling.status_unclear", {}
    if told is not None:
        found.parts.append("ConfigMap cluster-autoscaler-status")
        _judge_status(told, found, look)
        return None
    return ("kube_autoscaling.status_absent", {}) if found.deployed - {"Karpenter"} else None


def _judge_status(told: Autoscaler, found: _Found, look: Look) -> None:
    since = age(told.written, look.now)
    if told.state != "Running":
        found.wrong.append(f"cluster-autoscaler {told.state}")
    if told.health != "Healthy":
        found.wrong.append(f"cluster-autoscaler: nodes {told.health or '?'}")
    if since is not None and since > _SILENT:
        found.wrong.append(f"cluster-autoscaler silent for {spoken(since)}")
    found.wrong += [f"node group {name} {health}" for name, health, _ in told.groups if health == "Unhealthy"]
    found.backoff += [name for name, _, scale_up in told.groups if scale_up == "Backoff"]
    if told.groups and len(found.backoff) == len(told.groups):
        found.wrong.append("every node group in Backoff")


def _add_pool(pool: Obj, found: _Found, look: Look) -> None:
    found.parts.append(f"NodePool {name_of(pool)}")
    for kind in ("Ready", "NodeRegistrationHealthy"):
        if status(pool, kind) == "False" or (kind == "Ready" and status(pool, kind) != "True"):
            found.wrong.append(f"NodePool {name_of(pool)} ({because(pool, kind, look.now) or 'not Ready'})")


def _adds_nodes(deployment: Obj) -> bool:
    labels = labels_of(deployment)
    return (
        any(_IMAGE.search(image_parts(image)[0]) for image in images(deployment))
        or _NAME.match(name_of(deployment)) is not None
        or labels.get("app.kubernetes.io/name") in ("cluster-autoscaler", "karpenter")
    )


def _is_karpenter(deployment: Obj) -> bool:
    return any("karpenter" in each for each in (name_of(deployment), *images(deployment)))


def _told(found: _Found) -> list[Remark]:
    remarks: list[Remark] = []
    for key, names in (
        ("node_trouble", found.wrong),
        ("backoff", found.backoff),
        ("node_autoscaler", found.parts),
    ):
        if names:
            remarks.append((f"kube_autoscaling.{key}", {"names": listed(names)}))
    return remarks


CHECKS: tuple[Probe, ...] = (
    check(
        "autoscaling.nodes",
        _nodes,
        reads=(_DEPLOYMENTS, _NODE_POOLS, STATUS),
        fields={"healthy": "", "parts": "count"},
    ),
)
