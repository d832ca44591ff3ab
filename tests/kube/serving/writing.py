"""create, update, patch and delete, with what admission, validation and the garbage collector do to them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from tests.kube.serving import admission
from tests.kube.serving.answers import (
    already_exists,
    bad_request,
    conflict,
    invalid,
    modified,
    not_found,
)
from tests.kube.serving.kinds import Kind, Kinds, api_version, from_crd
from tests.kube.serving.patching import patched
from tests.kube.serving.store import Entry, Object, Store, now
from tests.kube.serving.target import Target

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
# Kinds whose deletion answers with the object; the others answer with a Status.
_GIVEN_BACK = frozenset({
    "pods", "services", "persistentvolumeclaims", "persistentvolumes", "serviceaccounts", "resourcequotas",
    "podtemplates", "replicationcontrollers", "storageclasses", "csidrivers", "csinodes", "volumeattachments",
})  # fmt: skip


class Writer:
    """Changes objects as a kube-apiserver does, and what follows from it as its controllers do.

    `created` is called with each object that came by POST.
    """

    def __init__(self, store: Store, kinds: Kinds, created: Callable[[Kind, Object], None]) -> None:
        self._store = store
        self._kinds = kinds
        self._created = created

    def put(self, kind: Kind, obj: Mapping[str, Any]) -> Entry:
        """Create or replace as a test says, status and all; a missing namespace is made."""
        meta = obj.get("metadata") or {}
        namespace = (meta.get("namespace") or "default") if kind.namespaced else ""
        with self._store.lock:
            if namespace:
                self.ensure_namespace(namespace)
            if kind.kind == "CustomResourceDefinition":
                obj = admission.established(obj)
                self._kinds.add(from_crd(dict(obj)))
            return self._store.save(kind, namespace, meta["name"], obj)

    def ensure_namespace(self, name: str) -> None:
        kind = self._kinds.of("v1", "Namespace")
        if self._store.find(kind, "", name) is None:
            self._store.save(kind, "", name, admission.namespace(name))

    def create(self, kind: Kind, target: Target, body: Object, *, dry: bool) -> Entry:
        _check_head(kind, target, body)
        meta = dict(body.get("metadata") or {})
        if meta.get("generateName") and not meta.get("name"):
            meta["name"] = meta["generateName"] + "".join(random.choices(_ALPHABET, k=5))
        name = str(meta.get("name") or "")
        if not name:
            message = "Required value: name or generateName is required"
            raise invalid(kind, "", "metadata.name", message, "FieldValueRequired")
        for fixed in ("uid", "creationTimestamp", "resourceVersion", "generation", "deletionTimestamp"):
            meta.pop(fixed, None)
        obj = {**body, "metadata": meta}
        if kind.has_status:
            obj.pop("status", None)
        with self._store.lock:
            self._check_namespace(target)
            if self._store.find(kind, target.namespace, name) is not None:
                raise already_exists(kind, name)
            obj = admission.admit(kind, name, obj)
            if dry:
                return _unsaved(kind, target, obj)
            if kind.kind == "CustomResourceDefinition":
                self._kinds.add(from_crd(obj))
            entry = self._store.save(kind, target.namespace, name, obj)
        self._created(kind, {**_head(kind, target.version), **entry.object()})
        return entry

    def update(self, kind: Kind, target: Target, body: Object, *, dry: bool) -> Entry:
        _check_head(kind, target, body)
        named = (body.get("metadata") or {}).get("name")
        if named != target.name:
            message = f"the name of the object ({named}) does not match the name on the URL ({target.name})"
            raise bad_request(message)
        with self._store.lock:
            return self._replace(kind, target, body, dry)

    def patch(self, kind: Kind, target: Target, patch: Any, content_type: str, *, dry: bool) -> Entry:
        with self._store.lock:
            entry = self._store.find(kind, target.namespace, target.name)
            if entry is None:
                if content_type.startswith("application/apply-patch") and not target.subresource:
                    return self.create(kind, target, dict(patch), dry=dry)
                raise not_found(kind, target.name)
            given = isinstance(patch, Mapping) and (patch.get("metadata") or {}).get("resourceVersion")
            new = patched(entry.object(), patch, content_type)
            if not given:  # a patch without a version holds whatever the version is
                new["metadata"]["resourceVersion"] = str(entry.version)
            return self._replace(kind, target, new, dry)

    def _replace(self, kind: Kind, target: Target, body: Mapping[str, Any], dry: bool) -> Entry:
        entry = self._store.find(kind, target.namespace, target.name)
        if entry is None:
            raise not_found(kind, target.name)
        version = (body.get("metadata") or {}).get("resourceVersion")
        if version and str(version) != str(entry.version):
            raise modified(kind, target.name)
        old = entry.object()
        new = {key: value for key, value in body.items() if key not in ("kind", "apiVersion")}
        if target.subresource == "status":
            new = {**old, "status": new.get("status", {})}
        elif kind.has_status:
            new.pop("status", None)
            new |= {"status": old["status"]} if "status" in old else {}
        if dry:
            return entry
        meta = new["metadata"] = {
            **new["metadata"],
            "creationTimestamp": old["metadata"]["creationTimestamp"],
        }
        leaving = old["metadata"].get("deletionTimestamp")
        if leaving:
            meta["deletionTimestamp"] = leaving
            if not meta.get("finalizers"):
                self._finish(kind, entry)
                return entry
        saved = self._store.save(kind, target.namespace, target.name, new)
        if kind.kind == "CustomResourceDefinition":
            self._kinds.add(from_crd(saved.object()))
        return saved

    def delete(self, kind: Kind, target: Target, options: Mapping[str, Any], *, dry: bool = False) -> Object:
        """The answer to a DELETE: the object, or a Status that says it is gone."""
        with self._store.lock:
            entry = self._store.find(kind, target.namespace, target.name)
            if entry is None:
                raise not_found(kind, target.name)
            _check_preconditions(kind, entry, options.get("preconditions") or {})
            if not dry:
                left = self.remove(kind, entry, str(options.get("propagationPolicy") or "Background"))
                if left is not None:
                    return {**_head(kind, target.version), **left.object()}
        if kind.plural in _GIVEN_BACK and not kind.custom:
            return {**_head(kind, target.version), **entry.object()}
        said = {"name": entry.name, "group": kind.group, "kind": kind.plural, "uid": entry.uid}
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": {key: value for key, value in said.items() if value},
        }

    def remove(self, kind: Kind, entry: Entry, policy: str = "Background") -> Entry | None:
        """Delete an object and, unless the policy is Orphan, what it owns.

        One with finalizers only gets its deletionTimestamp, and is returned.
        """
        with self._store.lock:
            obj = entry.object()
            if obj["metadata"].get("finalizers"):
                obj["metadata"].setdefault("deletionTimestamp", now())
                obj["metadata"].setdefault("deletionGracePeriodSeconds", 0)
                return self._store.save(kind, entry.namespace, entry.name, obj)
            self._finish(kind, entry, policy)
            return None

    def _finish(self, kind: Kind, entry: Entry, policy: str = "Background") -> None:
        self._store.drop(kind, entry.namespace, entry.name)
        if kind.kind == "Namespace":
            self._empty_namespace(entry.name)
        if kind.kind == "CustomResourceDefinition":
            self._drop_custom(from_crd(entry.object()))
        for (group, name), dependent in self._store.owned(entry.uid):
            owned = next(k for k in self._kinds if (k.group, k.kind) == (group, name))
            rest = [o for o in dependent.object()["metadata"]["ownerReferences"] if o.get("uid") != entry.uid]
            if policy == "Orphan" or rest:
                obj = dependent.object()
                obj["metadata"]["ownerReferences"] = rest
                self._store.save(owned, dependent.namespace, dependent.name, obj)
            else:
                self.remove(owned, dependent, policy)

    def _empty_namespace(self, name: str) -> None:
        for kind in self._kinds:
            for entry in self._store.all(kind) if kind.namespaced else ():
                if entry.namespace == name:
                    self.remove(kind, entry)

    def _drop_custom(self, kind: Kind) -> None:
        for entry in self._store.all(kind):
            self._store.drop(kind, entry.namespace, entry.name)
        self._kinds.drop(kind)

    def _check_namespace(self, target: Target) -> None:
        if target.namespace:
            kind = self._kinds.of("v1", "Namespace")
            if self._store.find(kind, "", target.namespace) is None:
                raise not_found(kind, target.namespace)


def _head(kind: Kind, version: str) -> Object:
    return {"kind": kind.kind, "apiVersion": api_version(kind.group, version)}


def _unsaved(kind: Kind, target: Target, obj: Object) -> Entry:
    """What a dry run would have saved."""
    return Store().save(kind, target.namespace, obj["metadata"]["name"], obj)


def _check_head(kind: Kind, target: Target, body: Any) -> None:
    if not isinstance(body, Mapping):
        raise bad_request("json: cannot unmarshal into Go value of type map[string]interface {}")
    wanted = api_version(kind.group, target.version)
    if body.get("kind") not in (None, kind.kind):
        message = f"{body.get('kind')} in version {target.version!r} cannot be handled as a {kind.kind}"
        raise bad_request(message)
    if body.get("apiVersion") not in (None, wanted):
        raise bad_request(
            f"the API version in the data ({body.get('apiVersion')}) does not match the expected API version "
            f"({wanted})"
        )
    if kind.custom and not (body.get("kind") and body.get("apiVersion")):
        raise bad_request("Object 'Kind' is missing in the body")
    given = (body.get("metadata") or {}).get("namespace")
    if given and target.namespace and given != target.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )


def _check_preconditions(kind: Kind, entry: Entry, wanted: Mapping[str, Any]) -> None:
    uid, version = wanted.get("uid"), wanted.get("resourceVersion")
    if uid and uid != entry.uid:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {entry.uid}"
        raise conflict(kind, entry.name, why)
    if version and str(version) != str(entry.version):
        why = (
            f"Precondition failed: ResourceVersion in precondition: {version}, "
            f"ResourceVersion in object meta: {entry.version}"
        )
        raise conflict(kind, entry.name, why)
