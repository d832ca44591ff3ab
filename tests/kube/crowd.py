"""A big cluster for the bench: thousands of nodes, tens of thousands of pods, and a steady stream of changes.

    python -m tests.kube.apiserver --nodes 5000 --pods 50000 --changes 200 --kubeconfig FILE

prints the URL in its first line once everything is there, and serves until SIGTERM, SIGINT or the end of the
process that started it.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.kube import objects
from tests.kube.apiserver import Api

Object = dict[str, Any]

_PRODUCTS = ("NVIDIA-H100-80GB-HBM3", "NVIDIA-H200", "NVIDIA-A100-SXM4-80GB", "NVIDIA-L40S")
_NAMESPACES = tuple(f"team-{number:02}" for number in range(20))
_TICK = 0.05  # seconds between two bursts of changes


def nodes(count: int) -> Iterator[Object]:
    """GPU nodes of four kinds, one in eight without GPUs; one in two hundred is not ready."""
    for number in range(count):
        gpus = 0 if number % 8 == 7 else 8
        yield objects.node(
            f"node-{number:05}",
            gpus,
            product=_PRODUCTS[number % len(_PRODUCTS)],
            ready=number % 200 != 199,
            zone=f"zone-{'abc'[number % 3]}",
        )


def pods(count: int, node_count: int, managed_fields: bool = True) -> Iterator[Object]:
    """Pods of twenty teams with 0, 1, 2, 4 or 8 GPUs; one in fifty waits for a place, some have failed."""
    wanted = (1, 0, 0, 2, 0, 0, 4, 0, 0, 1)
    for number in range(count):
        gpus = wanted[number % len(wanted)]
        placed = number % 50 != 49 and node_count > 0
        obj = objects.pod(
            f"server-{number % 977:03}-{number:06x}",
            _NAMESPACES[number % len(_NAMESPACES)],
            node=f"node-{number % node_count:05}" if placed else None,
            gpus=gpus if placed else gpus or 8,
            labels={"app.kubernetes.io/name": f"server-{number % 977:03}", "pod-template-hash": "5f6d8c7b9d"},
            restarts=3 if number % 301 == 300 else 0,
            waiting="CrashLoopBackOff" if number % 301 == 300 else "",
        )
        if managed_fields:
            obj["metadata"]["managedFields"] = _managed_fields(obj)
        yield obj


def _managed_fields(obj: Object) -> list[Object]:
    """Who wrote which field, as every object of a real server carries it: a third of its bytes."""

    def paths(value: Any, depth: int = 0) -> Object:
        if not isinstance(value, dict) or depth > 4:
            return {}
        return {f"f:{key}": paths(inner, depth + 1) for key, inner in value.items()}

    def by(manager: str, part: str, fields: Any, **more: str) -> Object:
        owned = {f"f:{part}": paths(fields)}
        head = {"manager": manager, "operation": "Update", "apiVersion": "v1", "time": objects.LONG_AGO}
        return {**head, "fieldsType": "FieldsV1", "fieldsV1": owned, **more}

    spec = {**obj["spec"], **obj["spec"]["containers"][0]}
    return [
        by("kube-controller-manager", "spec", spec),
        by("kubelet", "status", obj["status"], subresource="status"),
    ]


class Churn:
    """Changes some objects of a crowd, `rate` a second, until stopped: pods whose status moves, pods that go
    and come, heartbeats of nodes."""

    def __init__(self, api: Api, rate: float, seed: int = 1) -> None:
        self._api = api
        self._rate = rate
        self._random = random.Random(seed)
        self._stopped = threading.Event()
        self._pods = [_named("Pod", *at) for at in api.names("v1", "Pod")]
        self._nodes = [_named("Node", *at) for at in api.names("v1", "Node")]
        self._thread = threading.Thread(target=self._run, name="churn", daemon=True)
        self.made = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(10)

    def _run(self) -> None:
        started = time.monotonic()
        while not self._stopped.wait(_TICK):
            due = int((time.monotonic() - started) * self._rate)
            while self.made < due and not self._stopped.is_set():
                self.one()

    def one(self) -> None:
        """One change."""
        self.made += 1
        dice = self._random.random()
        if dice < 0.2 and self._nodes:
            name = self._random.choice(self._nodes)
            self._api.patch(name, {"metadata": {"annotations": {"heartbeat": str(self.made)}}})
        elif dice < 0.3 and self._pods:
            name = self._random.choice(self._pods)
            if (old := self._api.get(name)) is not None:
                self._api.remove(name)
                old["metadata"].pop("uid")
                self._api.put(old)
        elif self._pods:
            name = self._random.choice(self._pods)
            phase = self._random.choice(("Running", "Running", "Running", "Failed"))
            self._api.patch(name, {"status": {"phase": phase, "message": f"change {self.made}"}})


def _named(kind: str, namespace: str, name: str) -> Object:
    where = {"namespace": namespace} if namespace else {}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **where}}


def fill(api: Api, node_count: int, pod_count: int, managed_fields: bool = True) -> None:
    """Put the crowd into an Api; what came before is too old to watch from."""
    api.put_all(nodes(node_count))
    api.put_all(pods(pod_count, node_count, managed_fields))
    api.compact()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.kube.apiserver", description=__doc__)
    parser.add_argument("--nodes", type=int, default=0)
    parser.add_argument("--pods", type=int, default=0)
    parser.add_argument("--changes", type=float, default=0, metavar="PER_SECOND", help="changes a second")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--kubeconfig", type=Path, metavar="FILE", help="write a kubeconfig there")
    parser.add_argument("--no-managed-fields", action="store_true", help="smaller pods")
    chosen = parser.parse_args()
    parent = os.getppid()
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, frame: stopped.set())
    with Api(tls=chosen.tls, port=chosen.port) as api:
        api.keep_requests(False)
        fill(api, chosen.nodes, chosen.pods, not chosen.no_managed_fields)
        if chosen.kubeconfig:
            api.write_kubeconfig(chosen.kubeconfig)
        churn = Churn(api, chosen.changes) if chosen.changes > 0 else None
        if churn:
            churn.start()
        print(api.url, flush=True)
        while not stopped.wait(0.5) and os.getppid() == parent:
            pass
        if churn:
            churn.stop()
