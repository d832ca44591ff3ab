"""Nodes that run the pods of the served API for real: each in a root of its own, with busybox and wget.

A pod's address is one of 127.77.0.0/16, a Service's one of 127.78.0.0/16 with a forwarder behind it, the
cluster's DNS one of 127.79.0.0/16; Linux answers on all of them without being told.  Needs root, as the other
tests with real containers do.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kube.apiserver import Api, Object
from tests.kube.jobs.network import Dns, Forwarder

BUSYBOX = Path("/usr/bin/busybox")
API_ADDRESS = "127.78.255.1"  # what the pods take for the Service of the API server
APPLETS = [
    *(
        "sh",
        "cat",
        "cut",
        "date",
        "dd",
        "echo",
        "grep",
        "httpd",
        "ls",
        "mkdir",
        "mv",
        "nslookup",
        "rm",
        "sed",
    ),
    *("sha256sum", "sleep", "sort", "tail", "timeout", "tr", "truncate"),
]
# The static busybox of Debian 12 dies of a fault in its own wget, and the other one tries 20 times.
OTHERS = {"wget": "/usr/bin/wget -t 1", "fio": "/usr/bin/fio"}
_RUN = """\
mount --bind "$CLAIM" "$ROOT/data" || exit 9
mount --rbind /usr "$ROOT/usr" && mount --rbind /dev "$ROOT/dev" || exit 9
exec chroot --userspec=65534:65534 "$ROOT" /usr/bin/env PATH=/bin "$@"
"""

_ports = itertools.count(os.getpid() % 200 * 256 + 1)


@dataclass
class Process:
    root: Path
    popen: subprocess.Popen[bytes]


@dataclass
class Kubelet:
    """Plays scheduler, kubelet, kube-proxy and DNS for one `Api`; `close` ends all that runs.

    `played` takes a pod's role to a function that plays it in place of a process, `missing` are images that
    no node can pull, and `without` tools that it lacks.
    """

    api: Api
    folder: Path
    played: dict[str, Callable[[Object], tuple[str, int]]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    stuck: dict[str, str] = field(default_factory=dict)  # node -> the scheduler's message
    without: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)  # roles whose calls are dropped on the way
    own_volumes: bool = False  # each pod gets a volume of its own where all should share one
    cut_off: set[str] = field(default_factory=set)  # nodes whose pods cannot be reached
    created: list[Object] = field(default_factory=list)
    proxies: bool = True

    def __post_init__(self) -> None:
        self._processes: dict[str, Process] = {}
        self._forwarders: list[Forwarder] = []
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()
        self._nameserver = _address(79)
        self.dns = Dns(self._nameserver, self._address_of)
        self.api.on_create("Pod", self.pod)
        self.api.on_create("Service", self._service)
        self.api.on_create("PersistentVolumeClaim", self._claim)

    def close(self) -> None:
        self._over.set()
        for each in list(self._processes.values()):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(each.popen.pid, signal.SIGKILL)
        for thread in self._threads:
            thread.join(20)
        for forwarder in self._forwarders:
            forwarder.close()
        self.dns.close()

    @property
    def running(self) -> list[str]:
        return [name for name, each in self._processes.items() if each.popen.poll() is None]

    # what the controllers and the kubelet do

    def _service(self, obj: Object) -> None:
        if self.proxies:
            address, selector = obj["spec"]["clusterIP"], obj["spec"]["selector"]
            self._forwarders.append(Forwarder(address, 8080, lambda: self._backend(selector)))

    def _claim(self, obj: Object) -> None:
        (self.folder / "claims" / obj["metadata"]["name"]).mkdir(parents=True)
        (self.folder / "claims" / obj["metadata"]["name"]).chmod(0o777)
        self.api.patch(obj, {"status": {"phase": "Bound"}})

    def _backend(self, selector: dict[str, str]) -> str:
        for pod in self.api.list("v1", "Pod"):
            if selector.items() <= pod["metadata"]["labels"].items():
                return str(pod["status"].get("podIP") or "")
        return ""

    def _address_of(self, name: str) -> str | None:
        if name == "kubernetes.default.svc.cluster.local":
            return API_ADDRESS
        for each in self.api.list("v1", "Service"):
            meta = each["metadata"]
            if name == f"{meta['name']}.{meta['namespace']}.svc.cluster.local":
                return str(each["spec"].get("clusterIP") or "") or None
        return None

    def pod(self, obj: Object) -> None:
        self.created.append(obj)
        node = self._node(obj)
        if node in self.stuck:
            condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                         "message": self.stuck[node]}  # fmt: skip
            self.api.patch(obj, {"status": {"conditions": [condition]}})
            return
        container = obj["spec"]["containers"][0]
        address = _address()
        told = _address() if node in self.cut_off else address
        status: dict[str, Any] = {"podIP": told, "phase": "Pending"}
        self.api.patch(obj, {"spec": {"nodeName": node}})
        if container["image"] in self.missing:
            waiting = {
                "reason": "ImagePullBackOff",
                "message": f'Back-off pulling image "{container["image"]}"',
            }
            status["containerStatuses"] = [{"name": "main", "state": {"waiting": waiting}}]
            self.api.patch(obj, {"status": status})
            return
        role = obj["metadata"]["labels"]["gpuready/role"]
        status |= {"phase": "Running", "containerStatuses": [{"name": "main", "state": {"running": {}}}]}
        self.api.patch(obj, {"status": status})
        for known, play in self.played.items():
            if role.startswith(known):
                self._ended(obj, *play(obj))
                return
        thread = threading.Thread(target=self._runs, args=(obj, address), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _node(self, obj: Object) -> str:
        affinity = (obj["spec"].get("affinity") or {}).get("nodeAffinity")
        if not affinity:
            return str(self.api.list("v1", "Node")[0]["metadata"]["name"])
        terms = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        return str(terms[0]["matchFields"][0]["values"][0])

    def _runs(self, obj: Object, address: str) -> None:
        name = obj["metadata"]["name"]
        root = self._root(name, obj["metadata"]["namespace"])
        if obj["metadata"]["labels"]["gpuready/role"] in self.blocked:
            (root / "bin" / "wget").write_text("#!/bin/sh\nexit 4\n")
        container = obj["spec"]["containers"][0]
        claims = [v["persistentVolumeClaim"]["claimName"] for v in obj["spec"]["volumes"]
                  if "persistentVolumeClaim" in v]  # fmt: skip
        claim = self.folder / "claims" / claims[0] if claims and not self.own_volumes else root / "data"
        env = {"POD_IP": address, "KUBERNETES_SERVICE_HOST": API_ADDRESS}
        env |= {each["name"]: each["value"] for each in container["env"] if "value" in each}
        with (root / "log").open("wb") as log:
            popen = subprocess.Popen(
                ["unshare", "-m", "/bin/sh", "-c", _RUN, "sh", *container["command"]],
                env={**env, "PATH": "/bin:/usr/bin:/usr/sbin:/sbin", "ROOT": str(root), "CLAIM": str(claim)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes[name] = Process(root, popen)
        while popen.poll() is None and not self._over.wait(0.05) and self.api.get(obj) is not None:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(popen.pid, signal.SIGKILL)  # removed meanwhile, or what a script left behind
        code = popen.wait(20)
        self._ended(obj, (root / "log").read_text(), code)
        shutil.rmtree(root, ignore_errors=True)

    def _ended(self, obj: Object, text: str, code: int) -> None:
        if self._over.is_set() or self.api.get(obj) is None:
            return
        meta = obj["metadata"]
        self.api.set_logs(meta["namespace"], meta["name"], text)
        ended = {"exitCode": code, "reason": "Error" if code else "Completed"}
        states = [{"name": "main", "state": {"terminated": ended}}]
        with contextlib.suppress(KeyError):
            self.api.patch(
                obj, {"status": {"phase": "Failed" if code else "Succeeded", "containerStatuses": states}}
            )

    def _root(self, name: str, namespace: str) -> Path:
        root = self.folder / name
        for folder in ("bin", "dev", "etc", "tmp", "data", "usr"):
            (root / folder).mkdir(parents=True)
        for folder in ("tmp", "data"):
            (root / folder).chmod(0o777)
        for library in ("lib", "lib64"):
            (root / library).symlink_to(f"usr/{library}")
        for applet in APPLETS:
            if applet not in self.without:
                (root / "bin" / applet).symlink_to(BUSYBOX)
        for tool, command in OTHERS.items():
            if tool not in self.without:
                (root / "bin" / tool).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
                (root / "bin" / tool).chmod(0o755)
        search = f"{namespace}.svc.cluster.local svc.cluster.local cluster.local"
        (root / "etc" / "resolv.conf").write_text(
            f"search {search}\nnameserver {self._nameserver}\noptions ndots:5\n"
        )
        return root


def _address(block: int = 77) -> str:
    number = next(_ports)
    return f"127.{block}.{number // 256 % 250}.{number % 254 + 1}"


@contextlib.contextmanager
def kubelet(api: Api, folder: Path) -> Iterator[Kubelet]:
    found = Kubelet(api, folder)
    try:
        yield found
    finally:
        found.close()
