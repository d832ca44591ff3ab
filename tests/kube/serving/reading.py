"""get and list: pages from one consistent snapshot, selectors, resourceVersion."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.kube.serving.answers import bad_request, not_found, page_expired, too_new, too_old
from tests.kube.serving.kinds import Kind, api_version
from tests.kube.serving.selectors import Test, fields_test, labels_test
from tests.kube.serving.store import Entry, Snapshot, Store, key_of
from tests.kube.serving.target import Target


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects a list or a watch is about."""

    prefix: str = ""
    key: str = ""
    labels: Test | None = None
    fields: Test | None = None

    @property
    def everything(self) -> bool:
        return self.labels is None and self.fields is None and not self.key

    def takes(self, entry: Entry) -> bool:
        return (
            entry.key.startswith(self.prefix)
            and (not self.key or entry.key == self.key)
            and (self.labels is None or self.labels(entry.labels))
            and (self.fields is None or self.fields(entry.fields))
        )


def selection(kind: Kind, target: Target, query: Mapping[str, str]) -> Selection:
    return Selection(
        prefix=f"{target.namespace}/" if target.namespace else "",
        key=key_of(target.namespace, target.name) if target.name else "",
        labels=labels_test(query.get("labelSelector", "")),
        fields=fields_test(kind, query.get("fieldSelector", "")),
    )


@dataclass(slots=True)
class Pages:
    """`oldest` is the first serial that is still good: a test can expire the pages given so far."""

    serial: int = 0
    oldest: int = 0
    spent: list[str] = field(default_factory=list)

    def token(self, version: int, start: str) -> str:
        self.serial += 1
        inside = {"v": "meta.k8s.io/v1", "rv": version, "start": start, "serial": self.serial}
        return base64.urlsafe_b64encode(json.dumps(inside).encode()).decode().rstrip("=")

    def read(self, token: str) -> tuple[int, str, bool]:
        """(version, last key given, whether it is still good); version -1: whatever is there now."""
        try:
            inside = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            return int(inside["rv"]), str(inside["start"]), int(inside["serial"]) > self.oldest
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise bad_request("continue key is not valid: " + str(error)) from error

    def expire(self) -> None:
        self.oldest = self.serial


def number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise bad_request(f'Invalid value: "{text}": strconv.ParseUint: invalid syntax') from None


def read_one(store: Store, kind: Kind, target: Target) -> bytes:
    entry = store.find(kind, target.namespace, target.name)
    if entry is None:
        raise not_found(kind, target.name)
    return entry.typed(kind, target.version)


def read_list(store: Store, pages: Pages, kind: Kind, target: Target, query: Mapping[str, str]) -> bytes:
    """The JSON of a list or of one page of it."""
    chosen = selection(kind, target, query)
    asked = query.get("resourceVersion", "")
    # A kube-apiserver answers version 0 from its cache, whole, whatever the limit.
    limit = 0 if asked == "0" else number(query.get("limit", "") or "0")
    start = ""
    if token := query.get("continue", ""):
        if asked not in ("", "0"):
            raise bad_request("specifying resource version is not allowed when using continue")
        snapshot, start = _resume(store, pages, kind, token)
    else:
        snapshot = _snapshot(store, kind, asked, query.get("resourceVersionMatch", ""))
    parts: list[bytes] = []
    last, more = "", 0
    for entry in snapshot.after(start, chosen.prefix):
        if not chosen.everything and not chosen.takes(entry):
            continue
        if limit and len(parts) == limit:
            more = 1
            break
        parts.append(entry.typed(kind, target.version) if kind.custom else entry.body)
        last = entry.key
    meta: dict[str, object] = {"resourceVersion": str(snapshot.version)}
    if more:
        meta["continue"] = pages.token(snapshot.version, last)
        if chosen.everything and not chosen.prefix:
            meta["remainingItemCount"] = snapshot.count_after(last)
    head = json.dumps(
        {
            "kind": f"{kind.kind}List",
            "apiVersion": api_version(kind.group, target.version),
            "metadata": meta,
        },
        separators=(",", ":"),
    ).encode()
    return head[:-1] + b',"items":[' + b",".join(parts) + b"]}"


def _snapshot(store: Store, kind: Kind, asked: str, match: str) -> Snapshot:
    version = number(asked) if asked else None
    if version is not None and version > store.version:
        raise too_new(version, store.version)
    exact = version if match == "Exact" else None
    found = store.snapshot(kind, exact)
    if isinstance(found, int):
        raise too_old(version or 0, found)
    return found


def _resume(store: Store, pages: Pages, kind: Kind, token: str) -> tuple[Snapshot, str]:
    version, start, good = pages.read(token)
    found = store.snapshot(kind, None if version < 0 else version) if good else 0
    if isinstance(found, int):
        raise page_expired(pages.token(-1, start))
    return found, start
