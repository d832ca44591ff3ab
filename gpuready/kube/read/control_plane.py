"""How the API server was started, as far as its static pods tell; managed control planes show none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from gpuready.kube.look import Look, Obj
from gpuready.kube.read.naming import labels_of, name_of, namespace_of
from gpuready.probes.probe import NoData

METRICS = "/metrics"
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def server_flags(pods: Iterable[Obj]) -> tuple[Mapping[str, str], ...]:
    """The flags of each kube-apiserver, without their dashes; empty where no pod of it is to be seen."""
    return tuple(flags_of(pod) for pod in pods if namespace_of(pod) == "kube-system" and _is_server(pod))


def flags_of(pod: Obj) -> Mapping[str, str]:
    """The flags of the pod's first container: name to value, ``true`` for one without a value."""
    first: Obj = next(iter((pod.get("spec") or {}).get("containers") or ()), {})
    words = [str(each) for each in (*(first.get("command") or ()), *(first.get("args") or ()))]
    found = {}
    for at, word in enumerate(words):
        if word.startswith("--"):
            name, given, value = word[2:].partition("=")
            after = words[at + 1] if at + 1 < len(words) else ""
            found[name] = value if given else ("true" if not after or after.startswith("-") else after)
    return found


def _is_server(pod: Obj) -> bool:
    labels = labels_of(pod)
    return (
        labels.get("component") == "kube-apiserver"
        or labels.get("k8s-app") == "kube-apiserver"
        or name_of(pod).startswith("kube-apiserver-")
    )


def authorizers(pods: Iterable[Obj], metrics: str) -> frozenset[str] | None:
    """Who decides what is allowed (``Node``, ``RBAC``, ``Webhook``, ``AlwaysAllow``): by the flags of the API
    servers, or by those whose decisions its metrics count.  None where neither tells it."""
    modes: set[str] = set()
    for flags in server_flags(pods):
        if "authorization-config" in flags:
            modes.clear()
            break  # a file that is not to be seen names them
        # A server that was told nothing allows everything.
        modes |= set(flags.get("authorization-mode", "AlwaysAllow").split(","))
    if not modes:
        decided = samples(metrics, "apiserver_authorization_decisions_total")
        modes = {labels.get("type", "") for labels, count in decided if count > 0} - {""}
    return frozenset(modes) or None


def samples(metrics: str, name: str) -> list[tuple[Mapping[str, str], float]]:
    """The samples of that metric in the text of a ``/metrics``: labels and value."""
    found: list[tuple[Mapping[str, str], float]] = []
    for line in re.findall(rf"^{re.escape(name)}(?:\{{.*)? \S+$", metrics, re.M):
        head, _, number = line.rpartition(" ")
        try:
            found.append((dict(_LABEL.findall(head)), float(number)))
        except ValueError:
            continue
    return found


async def metrics_of(look: Look) -> str:
    """The API server's own metrics, ``/metrics``; empty where the account may not read them.  Behind a load
    balancer they are those of one API server."""
    try:
        return await look.text(METRICS)
    except NoData:
        return ""
