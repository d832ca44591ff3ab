"""pods/NAME/log, as the kubelet behind the API answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.kube.serving.answers import bad_request

LogKey = tuple[str, str, str, bool]  # namespace, pod, container, previous


def read_log(logs: Mapping[LogKey, str], pod: Mapping[str, Any], query: Mapping[str, str]) -> bytes:
    """The text of a container's log; 400 in the server's words where there is none to be had."""
    meta, spec = pod["metadata"], pod.get("spec", {})
    name, namespace = meta["name"], meta["namespace"]
    inits = [c["name"] for c in spec.get("initContainers") or ()]
    names = [c["name"] for c in spec.get("containers") or ()]
    container = query.get("container", "")
    if not container:
        if len(names) != 1:
            choices = f"choose one of: [{' '.join(names)}]"
            if inits:
                choices += f" or one of the init containers: [{' '.join(inits)}]"
            raise bad_request(f"a container name must be specified for pod {name}, {choices}")
        container = names[0]
    elif container not in (*names, *inits):
        raise bad_request(f"container {container} is not valid for pod {name}")
    previous = query.get("previous", "").lower() in ("1", "true")
    text = logs.get((namespace, name, container, previous))
    if text is None:
        if previous:
            raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
        if reason := _waiting(pod, container):
            raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {reason}')
        text = ""
    body = text.encode()
    if tail := query.get("tailLines", ""):
        lines = body.splitlines(keepends=True)
        body = b"".join(lines[-int(tail) :] if int(tail) else [])
    if limit := query.get("limitBytes", ""):
        body = body[: int(limit)]
    return body


def _waiting(pod: Mapping[str, Any], container: str) -> str:
    status = pod.get("status", {})
    for state in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        if state.get("name") == container and "waiting" in (state.get("state") or {}):
            return str(state["state"]["waiting"].get("reason", "ContainerCreating"))
    return ""
