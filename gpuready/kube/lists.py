"""A resource read whole: page by page, trimmed while it comes in."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import marshal
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from gpuready.kube.discovery import Served
from gpuready.kube.look import Obj
from gpuready.kube.pages import page_of
from gpuready.kube.request import JSON, SIZE, Answer, Question, message, request
from gpuready.probes.probe import Broken, Exchange, NoData

if TYPE_CHECKING:
    from gpuready.kube.access import Connection

PAGE = 500
"""Objects asked for at a time."""
MOST = 250_000
"""Objects of one resource; more are not kept."""
SHY = frozenset({("", "secrets")})
"""What is read without its content: names and labels only, by the server's own cutting."""

_WHOLE = 512 * 2**20  # bytes of a list that is not paged
_METADATA = f"{JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a mount's path
# What the pods of one workload have in common, and what is large.
_ALIKE = ("containers", "initContainers", "tolerations", "volumes", "affinity", "topologySpreadConstraints",
          "nodeSelector", "securityContext")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """All objects of a resource at one version of the cluster."""

    objects: tuple[Obj, ...]
    version: str
    exchange: Exchange


class _Expired(Exception):
    """The list's continuation is older than what the server remembers."""


async def read_list(
    connection: Connection,
    served: Served,
    keep: Callable[[Obj], Any] | None = None,
    select: str = "",
) -> Listed:
    """All objects of the resource, in every namespace; `keep` reduces each to what is needed, in a thread of
    its own; `select` is a field selector.

    `NoData` for what may not be read or is not answered; `Broken` for what is no list.  A list that expires
    on the way is begun again; the second time it is asked for whole, from the server's memory.
    """
    began = monotonic()
    for again in range(3):
        try:
            return await _read(connection, served, keep, select, began, paged=again < 2)
        except _Expired:
            continue
    raise NoData("kube.list_expired", resource=served.name)


async def _read(
    connection: Connection,
    served: Served,
    keep: Callable[[Obj], Any] | None,
    select: str,
    began: float,
    *,
    paged: bool,
) -> Listed:
    # Without a page's size, "0" means whatever the server has in memory: the cheapest read there is.
    whole = {"resourceVersion": "0", "resourceVersionMatch": "NotOlderThan"}
    first: dict[str, str | int] = {"limit": PAGE} if paged else {**whole}
    if select:
        first["fieldSelector"] = select
    accept = _METADATA if (served.group, served.plural) in SHY else JSON
    question = Question(served.path, first, accept=accept, size=SIZE if paged else _WHOLE)
    objects: list[Obj] = []
    pages, token, version = 0, "", ""
    shared = Sharing()
    while True:
        asked = replace(question, query={**first, "continue": token}) if token else question
        answer = await request(connection, asked)
        if answer.status != 200:
            raise _refused(answer, served)
        page, meta = await asyncio.to_thread(_parsed, answer, shared, keep)
        objects += page
        pages += 1
        version = str(meta.get("resourceVersion") or version)
        token = str(meta.get("continue") or "")
        if len(objects) > MOST:
            raise NoData("kube.too_many", resource=served.name, count=MOST)
        if not token:
            break
    told = f"{len(objects)} objects in {pages} pages, resourceVersion {version}, {monotonic() - began:.2f} s"
    more = f" (+ {pages - 1} x continue)" if pages > 1 else ""
    return Listed(tuple(objects), version, Exchange(f"{question}{more}", f"200, {told}"))


def _refused(answer: Answer, served: Served) -> Exception:
    if answer.status == 410:
        return _Expired()
    return refusal(answer, served, "list")


def refusal(answer: Answer, served: Served, verb: str) -> Exception:
    """The outcome for a status that is no success."""
    if answer.status == 403:
        return forbidden(served.group, served.plural, verb).showing(answer.shows())
    told = message(answer) or f"HTTP {answer.status}"
    if answer.status == 406:
        return NoData("kube.no_metadata", resource=served.name).showing(answer.shows())
    if answer.is_page:
        return Broken("kube.not_kubernetes", asked=str(answer.question)).showing(answer.shows())
    return NoData("kube.refused", asked=str(answer.question), error=told).showing(answer.shows())


def forbidden(group: str, plural: str, verb: str) -> NoData:
    """What to grant, word for word as a ClusterRole has it."""
    name = f"{plural}.{group}" if group else plural
    verbs = '"get", "list"' if verb == "list" else f'"{verb}"'
    return NoData("kube.forbidden", verb=verb, resource=name, group=group, plural=plural, verbs=verbs)


def _parsed(answer: Answer, shared: Sharing, keep: Callable[[Obj], Any] | None) -> tuple[list[Any], Obj]:
    # JSON makes no cycles, but every some hundred new objects would have the collector look for them among
    # all that is held: half of the time that 50,000 pods take.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _reduced(answer, shared, keep)
    finally:
        if collects:
            gc.enable()


def _reduced(answer: Answer, shared: Sharing, keep: Callable[[Obj], Any] | None) -> tuple[list[Any], Obj]:
    reduces = keep is not None and answer.question.accept != _METADATA
    data = page_of(answer, partial(_kept, keep)) if keep is not None and reduces else answer.json()
    items, meta = data.get("items"), data.get("metadata")
    if answer.question.accept == _METADATA and data.get("kind") != "PartialObjectMetadataList":
        # It gave the whole objects all the same: they go no further than here.
        raise NoData("kube.no_metadata", resource=answer.question.path.rpartition("/")[2])
    if not str(data.get("kind")).endswith("List") or not isinstance(meta, dict):
        raise Broken("kube.no_list", asked=str(answer.question)).showing(answer.shows("no list"))
    if items is None:
        items = []  # how an empty list is written by some API services
    if not isinstance(items, list) or not (reduces or all(isinstance(each, dict) for each in items)):
        raise Broken("kube.no_list", asked=str(answer.question)).showing(answer.shows("no list"))
    if reduces:
        return items, meta
    for each in items:
        trim(each)
    if keep is not None:
        return [keep(each) for each in items], meta
    for each in items:
        shared.share(each)
    return items, meta


def _kept(keep: Callable[[Obj], Any], obj: dict[str, Any]) -> Any:
    trim(obj)
    return keep(obj)


def trim(obj: dict[str, Any]) -> None:
    """Take out of an object what no check reads and what makes up half of it."""
    meta = obj.get("metadata")
    if not isinstance(meta, dict):
        return
    meta.pop("managedFields", None)
    annotations = meta.get("annotations")
    if isinstance(annotations, dict):
        annotations.pop(_LAST_APPLIED, None)


class Sharing:
    """Parts that many pods have in common, kept once: of 50,000 pods only some hundred differ in them."""

    def __init__(self) -> None:
        self._known: dict[bytes, Any] = {}

    def share(self, obj: dict[str, Any]) -> None:
        """Replace the alike parts of a pod, and any object's labels, by those that are known already."""
        meta, spec = obj.get("metadata"), obj.get("spec")
        if isinstance(meta, dict) and meta.get("labels"):
            meta["labels"] = self._one(meta["labels"])
        if not isinstance(spec, dict) or not isinstance(spec.get("containers"), list):
            return
        _without_token(spec)
        for name in _ALIKE:
            if part := spec.get(name):
                spec[name] = self._one(part)

    def _one(self, part: Any) -> Any:
        # Version 2 of the form writes equal values alike; later ones also tell who refers to them.
        key = hashlib.blake2b(marshal.dumps(part, 2), digest_size=16).digest()
        return self._known.setdefault(key, part)


def _without_token(spec: dict[str, Any]) -> None:
    """Take out the mount of the pod's own token, whose name differs from pod to pod."""
    volumes = spec.get("volumes")
    if isinstance(volumes, list):
        spec["volumes"] = [
            each for each in volumes
            if not (isinstance(each, dict) and str(each.get("name")).startswith("kube-api-access-"))
        ]  # fmt: skip
    for each in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        mounts = each.get("volumeMounts") if isinstance(each, dict) else None
        if isinstance(mounts, list):
            each["volumeMounts"] = [
                one for one in mounts if not isinstance(one, dict) or one.get("mountPath") != _TOKEN_PATH
            ]
