"""The place where logs are gathered: Loki, Elasticsearch or OpenSearch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import Reply, fetch, step
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Probe, Remark, Target
from gpuready.text.safe import safe_line


class Kind(StrEnum):
    LOKI = "loki"
    ELASTICSEARCH = "elasticsearch"
    OPENSEARCH = "opensearch"


_BUILD, _READY, _LABELS = "/loki/api/v1/status/buildinfo", "/ready", "/loki/api/v1/labels"


@dataclass(frozen=True, slots=True)
class Store:
    """Who answers; `version` is empty where it does not tell."""

    kind: Kind
    version: str
    evidence: tuple[Exchange, ...]
    remarks: tuple[Remark, ...]


async def store_of(target: Target, time: Deadline) -> Store:
    """Which store answers, told by its own endpoints: Elasticsearch and OpenSearch at ``/``, Loki by its
    build or its labels.  `NoData` when it is none of them or does not let us in, `Broken` when a web page
    stands in its place."""
    root = await fetch(url_of(target, "/"), limit=time.left, target=target)
    if root.status in (401, 403):
        root.must()
    version = _elastic(root)
    if version is not None:
        kind = Kind.OPENSEARCH if version.get("distribution") == "opensearch" else Kind.ELASTICSEARCH
        return Store(kind, safe_line(str(version["number"])), (root.exchange,), root.remarks)
    replies = [root]
    for path in (_BUILD, _LABELS):
        reply = await fetch(url_of(target, path), limit=time.left, target=target)
        replies.append(reply)
        if reply.status in (401, 403):
            reply.must()
        if not reply.ok:
            continue
        table = reply.table()
        if path == _BUILD and isinstance(table.get("version"), str):
            return Store(Kind.LOKI, safe_line(table["version"]), (reply.exchange,), reply.remarks)
        if path == _LABELS and table.get("status") == "success":
            return Store(Kind.LOKI, "", (reply.exchange,), reply.remarks)
    # A Loki whose parts are starting answers everything but /ready with 404 or 5xx.
    ready = await fetch(url_of(target, _READY), limit=time.left, target=target)
    if ready.status >= 500 and any(part in ready.text for part in ("Ingester", "not ready", "Not ready")):
        return Store(Kind.LOKI, "", (ready.exchange,), ready.remarks)
    if root.ok and not any(reply.ok for reply in replies[1:]):
        root.json()
    paths = ("/", _BUILD, _LABELS)
    shown = ", ".join(f"{path} {reply.status}" for path, reply in zip(paths, replies, strict=True))
    fault = NoData("probes_logs.no_store", address=safe_line(target.address), statuses=shown)
    raise fault.showing(*(reply.exchange for reply in replies))


def _elastic(reply: Reply) -> Mapping[str, object] | None:
    if not reply.ok:
        return None
    try:
        version = reply.table().get("version")
    except Broken:
        return None  # what stands at / of a Loki's gateway is anybody's
    return version if isinstance(version, dict) and "number" in version else None


async def _store(ask: Ask) -> Measurement:
    time = Deadline(ask)
    store = await store_of(ask.target, time)
    fields: dict[str, Scalar] = {"store": str(store.kind)}
    if store.version:
        fields["version"] = store.version
    if store.kind is Kind.LOKI:
        return await _loki(ask.target, time, store, fields)
    reply = await fetch(url_of(ask.target, "/_cluster/health"), limit=time.left, target=ask.target)
    table = reply.must(200, 408).table()
    status, nodes = table.get("status"), table.get("number_of_nodes")
    if status not in ("green", "yellow", "red"):
        raise Broken("probes_logs.odd_health", address=safe_line(ask.target.address)).showing(reply.exchange)
    fields["status"] = str(status)
    for ours, theirs in (("nodes", "number_of_nodes"), ("unassigned_shards", "unassigned_shards")):
        if isinstance(table.get(theirs), int):
            fields[ours] = table[theirs]
    # One node can never hold the copies that make it green.
    fields["ready"] = status == "green" or (status == "yellow" and nodes == 1)
    remarks = list(store.remarks)
    if status == "yellow" and nodes == 1:
        remarks.append(("probes_logs.yellow_alone", {}))
    return Measurement(fields, "/_cluster/health", (*store.evidence, reply.exchange), tuple(remarks))


async def _loki(target: Target, time: Deadline, store: Store, fields: dict[str, Scalar]) -> Measurement:
    reply = await fetch(url_of(target, _READY), limit=time.left, target=target)
    remarks = store.remarks
    if reply.status == 404:  # gateways of the Helm chart pass the API only
        reply = await fetch(url_of(target, _LABELS), limit=time.left, target=target)
        fields["ready"] = reply.must().table().get("status") == "success"
        remarks = (*remarks, ("probes_logs.by_labels", {}))
    elif reply.ok:
        if reply.text.strip().lower() != "ready":
            fault = Broken(
                "probes_logs.odd_ready", address=safe_line(target.address), found=safe_line(reply.text[:60])
            )
            raise fault.showing(reply.exchange)
        fields["ready"] = True
    else:
        if reply.status < 500:
            reply.must()
        fields["ready"] = False
    fields["status"] = safe_line(reply.text.strip()[:200]) if len(reply.text) < 400 else str(reply.status)
    return Measurement(fields, _READY, (*store.evidence, reply.exchange), remarks)


def _steps(ask: Ask) -> Sequence[str]:
    try:
        paths = ("/", _BUILD, _LABELS)
        asked = [step(url_of(ask.target, path)) for path in paths]
        return (
            *asked,
            f"{step(url_of(ask.target, _READY))} or {step(url_of(ask.target, '/_cluster/health'))}",
        )
    except NoData as fault:
        return (str(fault),)


STORE = Probe(
    name="logs.store",
    measure=_store,
    steps=_steps,
    fields={
        "ready": "",
        "store": "",
        "version": "version",
        "status": "",
        "nodes": "count",
        "unassigned_shards": "count",
    },
    on="logs",
    limit=15,
)
