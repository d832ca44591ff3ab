"""What the Cluster Autoscaler tells in its status ConfigMap: whether it runs, and each node group's health.

Since 1.30 the status is YAML; before that it was text for people, of which only the health is read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

STATUS = "/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status"
_LONGEST = 2**20  # characters: what a ConfigMap can hold
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)")
_OLD_HEALTH = re.compile(r"Health:\s+(\w+)")
_OLD_NAME = re.compile(r"Name:\s+(\S+)")
_OLD_SCALE_UP = re.compile(r"ScaleUp:\s+(\w+)")


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """The Cluster Autoscaler's own word: its state (``Running``, ``Initializing``), the health of all nodes,
    when it wrote that (RFC 3339, empty where it does not say), and by node group its health and what
    its last scale-up came to."""

    state: str
    health: str
    written: str
    groups: tuple[tuple[str, str, str], ...] = ()


def autoscaler_status(answer: str) -> Autoscaler | None:
    """The status in what the API answered for the ConfigMap; None where there is no such ConfigMap.

    ValueError where there is one and nothing can be read from it.
    """
    try:
        told = json.loads(answer)
    except ValueError:
        return None
    if not isinstance(told, dict) or told.get("kind") != "ConfigMap":
        return None
    data = told.get("data")
    text = data.get("status") if isinstance(data, dict) else None
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise ValueError("no status in the ConfigMap")
    return _of_yaml(text) if "autoscalerStatus:" in text else _of_text(text)


def _of_yaml(text: str) -> Autoscaler:
    import yaml

    try:
        told = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("the status is no YAML") from error
    if not isinstance(told, dict):
        raise ValueError("the status is no mapping")
    groups = tuple(
        (str(each.get("name")), _status(each, "health"), _status(each, "scaleUp"))
        for each in told.get("nodeGroups") or ()
        if isinstance(each, dict)
    )
    health = _status(told.get("clusterWide"), "health")
    return Autoscaler(str(told.get("autoscalerStatus")), health, _moment(str(told.get("time"))), groups)


def _of_text(text: str) -> Autoscaler:
    wide, _, by_group = text.partition("NodeGroups:")
    health = _OLD_HEALTH.search(wide)
    if health is None:
        raise ValueError("the status tells no health")
    groups = []
    for part in re.split(r"(?=Name:\s)", by_group)[1:]:
        name, state, up = (each.search(part) for each in (_OLD_NAME, _OLD_HEALTH, _OLD_SCALE_UP))
        if name:
            groups.append((name[1], state[1] if state else "", up[1] if up else ""))
    return Autoscaler("Running", health[1], _moment(text), tuple(groups))


def _status(part: Any, key: str) -> str:
    told = part.get(key) if isinstance(part, dict) else None
    return str(told.get("status") or "") if isinstance(told, dict) else ""


def _moment(text: str) -> str:
    found = _MOMENT.search(text)
    return f"{found[1]}T{found[2]}+00:00" if found else ""
