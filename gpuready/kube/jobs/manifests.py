"""The objects that an active check creates: a plan shows what these builders make, and that is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Manifest = dict[str, Any]

MANAGED = {"app.kubernetes.io/managed-by": "gpuready"}
RUN = "gpuready/run"
OWNER = "gpuready/owner"
ROLE = "gpuready/role"
PORT = 8080
USER = 65534  # nobody: every image has it, and no image need name it
TTL = 30  # seconds after which the cluster itself removes what is over
FOLDER = "/data"  # where a claim is mounted
CONTAINER = "main"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one check: `id` is in every name, `mark` tells whose it is, `seconds` how long it
    may live."""

    check: str
    id: str
    mark: str
    namespace: str
    seconds: int

    def name(self, role: str = "") -> str:
        return f"gpuready-{self.id}-{role}" if role else f"gpuready-{self.id}"

    @property
    def labels(self) -> dict[str, str]:
        return {**MANAGED, RUN: self.id, "gpuready/check": self.check, OWNER: self.mark}

    @property
    def selector(self) -> str:
        return f"{RUN}={self.id}"


@dataclass(frozen=True, slots=True)
class Place:
    """The node that a pod must run on, and the taints that it has to tolerate there; empty: any node."""

    node: str = ""
    taints: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """What one pod does: `script` for ``sh -c``, reading `env`; `claim` is mounted at /data."""

    role: str
    image: str
    script: str
    env: Mapping[str, str] = field(default_factory=dict)
    claim: str = ""
    cpu: str = "500m"
    memory: str = "64Mi"
    gpu: str = ""  # the extended resource of which it gets one
    runtime: str = ""  # the RuntimeClass
    labels: Mapping[str, str] = field(default_factory=dict)
    pull_secrets: tuple[str, ...] = ()


def lease(run: Run, image: str) -> Manifest:
    """The owner of all other objects of the run: a Job without pods, whose deadline is the run's.

    `image` is never started there, but policies may look at it.  When gpuready cannot remove it, the cluster
    does: past its deadline a Job is over, `TTL` seconds later it is removed, and with it all that it owned.
    """
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _meta(run, "", None) | {"labels": {**run.labels, ROLE: "lease"}},
        "spec": {
            "parallelism": 0,
            "completions": 1,
            "backoffLimit": 0,
            "activeDeadlineSeconds": run.seconds,
            "ttlSecondsAfterFinished": TTL,
            "template": {
                "metadata": {"labels": {**run.labels, ROLE: "lease"}},
                "spec": _spec(run, Task("lease", image, "true"), Place()),
            },
        },
    }


def pod(run: Run, owner: str, task: Task, place: Place) -> Manifest:
    """A pod that ends by itself, under the restricted Pod Security Standard; `owner` is the lease's uid."""
    meta = _meta(run, task.role, owner)
    # Sidecars would keep the pod from ending, and a proxy would answer in place of the network.
    meta["labels"] = {**run.labels, ROLE: task.role, "sidecar.istio.io/inject": "false", **task.labels}
    meta["annotations"] = {"linkerd.io/inject": "disabled"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": _spec(run, task, place)}


def service(run: Run, owner: str, role: str) -> Manifest:
    """A ClusterIP Service with the pod of that role behind it."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _meta(run, role, owner),
        "spec": {
            "selector": {RUN: run.id, ROLE: role},
            "ports": [{"name": "http", "protocol": "TCP", "port": PORT, "targetPort": PORT}],
        },
    }


def claim(run: Run, owner: str, storage_class: str, mode: str, size: int) -> Manifest:
    """A claim for a new volume of at least `size` bytes."""
    gib = max(1, -(-size // 2**30))
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": _meta(run, "data", owner),
        "spec": {
            "accessModes": [mode],
            "storageClassName": storage_class,
            "volumeMode": "Filesystem",
            "resources": {"requests": {"storage": f"{gib}Gi"}},
        },
    }


def policy(run: Run, owner: str, role: str, allowed: str) -> Manifest:
    """Into the pod of `role` comes only the pod of the role `allowed`, and nobody else."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _meta(run, role, owner),
        "spec": {
            "podSelector": {"matchLabels": {RUN: run.id, ROLE: role}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"podSelector": {"matchLabels": {RUN: run.id, ROLE: allowed}}}],
                    "ports": [{"protocol": "TCP", "port": PORT}],
                }
            ],
        },
    }


def _meta(run: Run, role: str, owner: str | None) -> Manifest:
    meta: Manifest = {"name": run.name(role), "namespace": run.namespace, "labels": dict(run.labels)}
    if owner is not None:
        # Not blockOwnerDeletion: with it some clusters ask for rights on the owner's finalizers.
        reference = {"apiVersion": "batch/v1", "kind": "Job", "name": run.name(), "uid": owner}
        meta["ownerReferences"] = [reference]
    return meta


def _spec(run: Run, task: Task, place: Place) -> Manifest:
    limits = {"cpu": task.cpu, "memory": task.memory, "ephemeral-storage": "64Mi"}
    requests = {"cpu": "50m", "memory": task.memory, "ephemeral-storage": "16Mi"}
    if task.gpu:
        limits[task.gpu] = requests[task.gpu] = "1"
    env: list[Manifest] = [{"name": name, "value": value} for name, value in task.env.items()]
    env.append({"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}})
    container = {
        "name": CONTAINER,
        "image": task.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", task.script],
        "env": env,
        "resources": {"requests": requests, "limits": limits},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - the pod's own
    }
    volumes: list[Manifest] = [{"name": "tmp", "emptyDir": {"sizeLimit": "32Mi"}}]
    if task.claim:
        container["volumeMounts"].append({"name": "data", "mountPath": FOLDER})  # type: ignore[attr-defined]
        volumes.append({"name": "data", "persistentVolumeClaim": {"claimName": task.claim}})
    spec: Manifest = {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": run.seconds,
        "terminationGracePeriodSeconds": 1,  # a shell as the first process does not hear SIGTERM
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": volumes,
    }
    if task.runtime:
        spec["runtimeClassName"] = task.runtime
    if task.pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in task.pull_secrets]
    if place.node:
        spec["affinity"] = _pinned(place.node)
    if place.taints:
        spec["tolerations"] = [_toleration(taint) for taint in place.taints]
    return spec


def _pinned(node: str) -> Manifest:
    """That node by its name, past no scheduler: volumes are bound and GPUs are counted by it."""
    field_ = {"key": "metadata.name", "operator": "In", "values": [node]}
    terms = [{"matchFields": [field_]}]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


def _toleration(taint: Mapping[str, Any]) -> Manifest:
    wanted = {"key": taint.get("key"), "operator": "Exists", "effect": taint.get("effect")}
    return {name: value for name, value in wanted.items() if value}


def yaml_of(manifest: Mapping[str, Any]) -> str:
    """The manifest as YAML, scripts in blocks that can be read."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return str(yaml.dump(manifest, Dumper=Dumper, sort_keys=False, width=1000, allow_unicode=True))


def yaml_lines(manifests: Iterable[Mapping[str, Any]]) -> Sequence[str]:
    """All of them, line by line, as ``kubectl apply -f -`` would take them."""
    lines: list[str] = []
    for each in manifests:
        lines += ["---", *yaml_of(each).rstrip("\n").split("\n")]
    return lines
