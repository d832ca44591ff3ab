"""What a kube-apiserver adds to objects as they come in, and what it does not let in."""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Mapping
from typing import Any

from tests.kube.serving.answers import invalid
from tests.kube.serving.kinds import Kind
from tests.kube.serving.store import Object, now

_service_addresses = itertools.count(os.getpid() % 200 * 250)  # tests run beside each other


def namespace(name: str) -> Object:
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def admit(kind: Kind, name: str, obj: Object) -> Object:
    """The object with its defaults; 422 for the mistakes that active checks could make."""
    if kind.custom:
        return obj
    match kind.kind:
        case "Pod":
            return _pod(kind, name, obj)
        case "Job":
            return _job(kind, name, obj)
        case "Namespace":
            meta = obj["metadata"]
            labels = {"kubernetes.io/metadata.name": name, **(meta.get("labels") or {})}
            return {**obj, **namespace(name), "metadata": {**meta, "labels": labels}}
        case "Service":
            return {**obj, "spec": {"clusterIP": _service_address(), **(obj.get("spec") or {})}}
        case "PersistentVolumeClaim":
            return {**obj, "status": {"phase": "Pending"}}
        case "CustomResourceDefinition":
            return established(obj)
    return obj


def _service_address() -> str:
    """One of a range that Linux answers on by itself, so that a test can put something behind it."""
    number = next(_service_addresses)
    return f"127.78.{number // 250 % 250}.{number % 250 + 1}"


def _pod(kind: Kind, name: str, obj: Object) -> Object:
    spec = _pod_spec(kind, name, "spec", obj.get("spec") or {}, "Always")
    return {**obj, "spec": spec, "status": {"phase": "Pending", "qosClass": "BestEffort"}}


def _job(kind: Kind, name: str, obj: Object) -> Object:
    spec = dict(obj.get("spec") or {})
    template = dict(spec.get("template") or {})
    inner = template.get("spec") or {}
    if inner.get("restartPolicy") not in ("Never", "OnFailure"):
        message = 'Required value: valid values: "OnFailure", "Never"'
        raise invalid(kind, name, "spec.template.spec.restartPolicy", message, "FieldValueRequired")
    uid = str(uuid.uuid4())
    added = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    meta = template.get("metadata") or {}
    template["metadata"] = {**meta, "labels": {**(meta.get("labels") or {}), **added}}
    template["spec"] = _pod_spec(kind, name, "spec.template.spec", inner, "Never")
    spec = {"parallelism": 1, "completions": 1, "backoffLimit": 6, "suspend": False, **spec}
    spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    spec["template"] = template
    return {**obj, "metadata": {**obj["metadata"], "uid": uid}, "spec": spec, "status": {}}


def _pod_spec(kind: Kind, name: str, path: str, spec: Mapping[str, Any], restart: str) -> Object:
    containers = spec.get("containers") or ()
    if not containers:
        raise invalid(kind, name, f"{path}.containers", "Required value", "FieldValueRequired")
    for index, container in enumerate(containers):
        for needed in ("name", "image"):
            if not container.get(needed):
                at = f"{path}.containers[{index}].{needed}"
                raise invalid(kind, name, at, "Required value", "FieldValueRequired")
        _resources(kind, name, f"{path}.containers[{index}].resources", container.get("resources") or {})
    defaults = {
        "restartPolicy": restart,
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "schedulerName": "default-scheduler",
        "enableServiceLinks": True,
    }
    return {**defaults, **spec}


def _resources(kind: Kind, name: str, path: str, resources: Mapping[str, Any]) -> None:
    """Extended resources such as nvidia.com/gpu cannot be overcommitted: a request needs an equal limit."""
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for key in requests:
        if "/" in key and key not in limits:
            message = f"Required value: Limit must be set for non overcommitable resources: {key}"
            raise invalid(kind, name, f"{path}.limits", message, "FieldValueRequired")


def established(crd: Mapping[str, Any]) -> Object:
    """A CustomResourceDefinition once it is served."""
    spec = crd["spec"]
    stored = [version["name"] for version in spec["versions"] if version.get("storage")]
    conditions = [
        {
            "type": kind,
            "status": "True",
            "lastTransitionTime": now(),
            "reason": reason,
            "message": message,
        }
        for kind, reason, message in (
            ("NamesAccepted", "NoConflicts", "no conflicts found"),
            ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        )
    ]
    status = {"conditions": conditions, "acceptedNames": spec["names"], "storedVersions": stored}
    return {**crd, "status": {**status, **(crd.get("status") or {})}}
