"""Label and field selectors, as the list and watch calls take them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.kube.serving.answers import Refusal, bad_request
from tests.kube.serving.kinds import Kind

Test = Callable[[Mapping[str, str]], bool]

_SET = re.compile(r"(?P<key>[^\s!=,()]+)\s+(?P<how>in|notin)\s*\((?P<values>[^()]*)\)")
_EQUAL = re.compile(r"(?P<key>[^\s!=,()]+)\s*(?P<how>==|=|!=)\s*(?P<value>[^\s,()=!]*)")
_EXISTS = re.compile(r"(?P<no>!?)\s*(?P<key>[^\s!=,()]+)")

# What each kind may be selected by, besides metadata.name and metadata.namespace.
_FIELDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): (
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
        "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName",
    ),
    ("", "Node"): ("spec.unschedulable",),
    ("", "Namespace"): ("status.phase",),
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP", "spec.type"),
    ("", "ReplicationController"): ("status.replicas",),
    ("", "Event"): (
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
        "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath",
        "reason", "reportingComponent", "source", "type",
    ),
    ("batch", "Job"): ("status.successful",),
    ("apps", "ReplicaSet"): ("status.replicas",),
    ("resource.k8s.io", "ResourceSlice"): ("spec.nodeName", "spec.driver"),
}  # fmt: skip


def fields_of(kind: Kind, obj: Mapping[str, Any]) -> dict[str, str]:
    """What field selectors see of an object."""
    meta = obj.get("metadata", {})
    fields = {"metadata.name": meta.get("name", ""), "metadata.namespace": meta.get("namespace", "")}
    for path in _FIELDS.get((kind.group, kind.kind), ()):
        value: Any = obj
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if path == "source":
            value = value.get("component") if isinstance(value, Mapping) else None
        if value is None and path in ("spec.unschedulable", "spec.hostNetwork"):
            value = False
        fields[path] = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    return fields


def labels_test(text: str) -> Test | None:
    """The test that a labelSelector makes; None when it selects everything."""
    tests = [_label_test(part) for part in _split(text)]
    if not tests:
        return None
    return lambda labels: all(test(labels) for test in tests)


def fields_test(kind: Kind, text: str) -> Test | None:
    """The test that a fieldSelector makes; a 400 for a field that this kind cannot be selected by."""
    known = {"metadata.name", "metadata.namespace", *_FIELDS.get((kind.group, kind.kind), ())}
    tests: list[Test] = []
    for part in _split(text):
        found = _EQUAL.fullmatch(part)
        if not found:
            raise bad_request(f'invalid selector: "{part}"; can\'t understand "{part}"')
        if found["key"] not in known:
            raise bad_request(f"field label not supported: {found['key']}")
        tests.append(_equal(found["key"], found["value"], found["how"] != "!="))
    if not tests:
        return None
    return lambda fields: all(test(fields) for test in tests)


def named(text: str) -> str:
    """The one name that a fieldSelector asks for: RBAC's resourceNames look at it."""
    for part in _split(text):
        found = _EQUAL.fullmatch(part)
        if found and found["key"] == "metadata.name" and found["how"] != "!=":
            return found["value"]
    return ""


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector object (matchLabels, matchExpressions) selects these labels."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for part in selector.get("matchExpressions", ()):
        key, values = part["key"], part.get("values", ())
        holds = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }[part["operator"]]
        if not holds:
            return False
    return True


def _split(text: str) -> list[str]:
    parts = re.split(r",(?![^()]*\))", text)
    return [part.strip() for part in parts if part.strip()]


def _label_test(part: str) -> Test:
    if found := _SET.fullmatch(part):
        key, values = found["key"], {value.strip() for value in found["values"].split(",")}
        if found["how"] == "in":
            return lambda labels: key in labels and labels[key] in values
        return lambda labels: labels.get(key) not in values
    if found := _EQUAL.fullmatch(part):
        return _equal(found["key"], found["value"], found["how"] != "!=")
    if found := _EXISTS.fullmatch(part):
        key, wanted = found["key"], not found["no"]
        return lambda labels: (key in labels) == wanted
    raise _unparsable(part)


def _unparsable(part: str) -> Refusal:
    return bad_request(f"unable to parse requirement: found '{part}', expected: identifier")


def _equal(key: str, value: str, wanted: bool) -> Test:
    return lambda values: (values.get(key) == value) == wanted
