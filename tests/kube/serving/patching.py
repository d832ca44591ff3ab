"""The ways to change a part of an object: merge patch, strategic merge patch and JSON patch."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from tests.kube.serving.answers import Refusal, bad_request

# What identifies an element of a list in a strategic merge, by the name of the list.
_KEYS = {
    "conditions": "type", "containers": "name", "initContainers": "name", "env": "name", "volumes": "name",
    "volumeMounts": "mountPath", "taints": "key", "addresses": "type", "ownerReferences": "uid",
    "imagePullSecrets": "name", "ports": "port",
}  # fmt: skip


def patched(old: Mapping[str, Any], patch: Any, content_type: str) -> dict[str, Any]:
    """The object after the patch; 400 or 415 for one that makes no sense."""
    kind = content_type.partition(";")[0].strip()
    if kind == "application/json-patch+json":
        if not isinstance(patch, Sequence):
            raise bad_request("error decoding patch: json: cannot unmarshal object into Go value of type []")
        return _operations(old, patch)
    if not isinstance(patch, Mapping):
        raise bad_request("error decoding patch: json: cannot unmarshal array into Go value of type map")
    if kind == "application/merge-patch+json":
        return merged(old, patch, by_key=False)
    if kind in ("application/strategic-merge-patch+json", "application/apply-patch+yaml"):
        return merged(old, patch, by_key=True)
    message = f"the body of the request was in an unknown format - accepted media types include: {kind}"
    raise Refusal(415, "UnsupportedMediaType", message)


def merged(old: Mapping[str, Any], patch: Mapping[str, Any], *, by_key: bool) -> dict[str, Any]:
    """`patch` over `old`: None removes; with `by_key`, lists of known objects merge element by element."""
    result = dict(old)
    for key, value in patch.items():
        before = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            result[key] = merged(before if isinstance(before, Mapping) else {}, value, by_key=by_key)
        elif by_key and key in _KEYS and isinstance(before, list) and isinstance(value, list):
            result[key] = _merged_list(before, value, _KEYS[key])
        else:
            result[key] = copy.deepcopy(value)
    return result


def _merged_list(before: list[Any], patch: list[Any], by: str) -> list[Any]:
    result = list(before)
    for element in patch:
        at = next((i for i, old in enumerate(result) if old.get(by) == element.get(by)), None)
        if element.get("$patch") == "delete":
            result = [old for old in result if old.get(by) != element.get(by)]
        elif at is None:
            result.append(element)
        else:
            result[at] = merged(result[at], element, by_key=True)
    return result


def _operations(old: Mapping[str, Any], operations: Sequence[Any]) -> dict[str, Any]:
    result = copy.deepcopy(dict(old))
    for operation in operations:
        parts = [
            p.replace("~1", "/").replace("~0", "~") for p in str(operation.get("path", "")).split("/")[1:]
        ]
        try:
            _operate(result, operation, parts)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            message = (
                f"the server rejected our request due to an error in our request: {operation.get('path')}"
            )
            raise Refusal(422, "Invalid", message) from error
    return result


def _operate(result: Any, operation: Mapping[str, Any], parts: list[str]) -> None:
    at = result
    for part in parts[:-1]:
        at = at[int(part)] if isinstance(at, list) else at[part]
    last: Any = parts[-1]
    if isinstance(at, list) and last != "-":
        last = int(last)
    how = operation.get("op")
    if how == "remove":
        del at[last]
    elif how == "test":
        if at[last] != operation["value"]:
            raise ValueError("test failed")
    elif how not in ("add", "replace"):
        raise ValueError(f"unexpected kind: {how}")
    elif isinstance(at, list) and how == "add":
        at.insert(len(at) if last == "-" else last, operation["value"])
    else:
        if how == "replace" and isinstance(at, dict) and last not in at:
            raise KeyError(last)
        at[last] = operation["value"]
