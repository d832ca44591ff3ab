"""The calls of Api that make objects, played on a real kube-apiserver.

Nodes and pods are created as objects: no kubelet is needed.  Everything put is removed at the end.  What only
a served API can do (rules, faults, tokens, compaction) skips the test.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from kubernetes import client, config

from tests.kube.serving.store import Object

_SOON = 20.0  # seconds that a CRD may take to be served


class RealApi:
    """A real cluster through the calls put, put_all, patch, get, list, remove and install."""

    real = True

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self._client = config.new_client_from_config(str(kubeconfig))  # type: ignore[no-untyped-call]
        self.url: str = self._client.configuration.host
        self._resources: dict[str, dict[str, tuple[str, bool, bool]]] = {}
        self._made: builtins.list[Object] = []
        self.hook_errors: builtins.list[Exception] = []

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for obj in reversed(self._made):
            self.remove(obj)
        self._client.close()

    def put(self, obj: Object) -> Object:
        """Create or replace, and then the status through its subresource."""
        _, namespaced, has_status = self._resource(obj)
        if namespaced:
            self._ensure_namespace(obj["metadata"].get("namespace") or "default")
        stored: Object
        there = self.get(obj)
        if there is None:
            stored = self._call("POST", self._path(obj, named=False), obj)
            self._made.append(obj)
            if obj["kind"] == "Node":  # admission taints every new node as not ready
                taints = {"spec": {"taints": obj.get("spec", {}).get("taints")}}
                stored = self._call("PATCH", self._path(obj), taints)
        else:
            meta = {**obj["metadata"], "resourceVersion": there["metadata"]["resourceVersion"]}
            stored = self._call("PUT", self._path(obj), {**obj, "metadata": meta})
        if has_status and "status" in obj:
            meta = stored["metadata"]
            stored = self._call("PUT", self._path(obj) + "/status", {**stored, "status": obj["status"]})
        return stored

    def put_all(self, objs: Iterable[Object]) -> None:
        for obj in objs:
            self.put(obj)

    def patch(self, obj: Object, change: Object) -> Object:
        """Merge-patch; a change of the status goes to its subresource."""
        bare = {key: value for key, value in change.items() if key != "status"}
        stored: Object = {}
        if bare:
            stored = self._call("PATCH", self._path(obj), bare)
        if "status" in change:
            stored = self._call("PATCH", self._path(obj) + "/status", {"status": change["status"]})
        return stored

    def get(self, obj: Object) -> Object | None:
        try:
            found: Object = self._call("GET", self._path(obj))
            return found
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise

    def list(self, api_version: str, kind: str) -> builtins.list[Object]:
        plural = self._resource({"apiVersion": api_version, "kind": kind})[0]
        found: builtins.list[Object] = self._call("GET", f"{_root(api_version)}/{plural}")["items"]
        return [{**item, "apiVersion": api_version, "kind": kind} for item in found]

    def remove(self, obj: Object) -> None:
        """Delete at once; an absent one is no error.  A CRD or a namespace is gone when this returns."""
        try:
            body = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}
            self._call("DELETE", self._path(obj), body)
        except client.ApiException as error:
            if error.status != 404:
                raise
        if obj["kind"] in ("CustomResourceDefinition", "Namespace"):
            self._until_gone(obj)

    def install(self, crd: Object) -> None:
        """Install a CRD and wait until it is served."""
        self.put(crd)
        _wait(lambda: _established(self.get(crd)), f"{crd['metadata']['name']} is served")
        self._resources.clear()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        pytest.skip(f"a real kube-apiserver has no {name}(): only the served API plays it")

    def _ensure_namespace(self, name: str) -> None:
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        if self.get(space) is None:
            self._made.append(self._call("POST", "/api/v1/namespaces", space))
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": name},
        }
        # Without a controller manager nobody makes the account that every pod needs.
        if self.get(account) is None:
            self._call("POST", f"/api/v1/namespaces/{name}/serviceaccounts", account)

    def _until_gone(self, obj: Object) -> None:
        if obj["kind"] == "Namespace" and (there := self.get(obj)) is not None:
            # Without a controller manager nobody empties and releases a namespace.
            with contextlib.suppress(client.ApiException):
                self._call("PUT", self._path(obj) + "/finalize", {**there, "spec": {"finalizers": []}})
        _wait(lambda: self.get(obj) is None, f"{obj['metadata']['name']} is gone")

    def _resource(self, obj: Mapping[str, Any]) -> tuple[str, bool, bool]:
        """(plural, namespaced, has a status subresource) of the object's kind."""
        version = obj["apiVersion"]
        if version not in self._resources:
            listed = self._call("GET", _root(version))["resources"]
            status = {one["name"].partition("/")[0] for one in listed if one["name"].endswith("/status")}
            self._resources[version] = {
                one["kind"]: (one["name"], one["namespaced"], one["name"] in status)
                for one in listed
                if "/" not in one["name"]
            }
        found = self._resources[version].get(obj["kind"])
        if found is None:
            raise KeyError(f"no {obj['kind']} in {version}: install its CustomResourceDefinition first")
        return found

    def _path(self, obj: Mapping[str, Any], named: bool = True) -> str:
        plural, namespaced, _ = self._resource(obj)
        meta = obj["metadata"]
        space = f"/namespaces/{meta.get('namespace') or 'default'}" if namespaced else ""
        return f"{_root(obj['apiVersion'])}{space}/{plural}" + (f"/{meta['name']}" if named else "")

    def _call(self, method: str, path: str, body: Object | None = None) -> Any:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        request = self._client.param_serialize(
            method,
            path,
            header_params={"Accept": "application/json", "Content-Type": kind},
            body=body,
            auth_settings=["BearerToken"],
        )
        response = self._client.call_api(*request)
        text = response.read().decode()
        if response.status >= 400:
            raise client.ApiException(status=response.status, reason=text)
        return json.loads(text)


def _wait(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _SOON
    while not done():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {_SOON:.0f} s, and it is still not so that {what}")
        time.sleep(0.05)


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _established(crd: Mapping[str, Any] | None) -> bool:
    conditions = ((crd or {}).get("status") or {}).get("conditions") or ()
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)
