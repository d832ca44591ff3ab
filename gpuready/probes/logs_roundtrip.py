"""One marked line written, and looked for where logs are gathered."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import time_ns
from typing import Any
from urllib.parse import urlencode

from gpuready.checklist.model import Scalar
from gpuready.probes.command import run
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import Reply, fetch, step
from gpuready.probes.logs_store import Kind, Store, store_of
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Probe, Safety
from gpuready.text.safe import safe_line

EVERY = 1.0
"""Seconds between two looks."""

SELECTOR = '{job=~".+"}'
"""The streams of Loki that are searched, unless the option ``selector`` says which."""

_PUSH, _QUERY = "/loki/api/v1/push", "/loki/api/v1/query_range"
_TAG = "gpuready"


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written: a line that nobody else can have written, with a trace id as OpenTelemetry makes
    them."""

    word: str
    trace: str

    @property
    def line(self) -> str:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        said = {"time": now, "level": "info", "message": f"gpuready round trip {self.word}"}
        return json.dumps(said | {"trace_id": self.trace})


def _write_how(ask: Ask) -> str:
    """How the line is written: option ``write``: ``logger`` (syslog, as without the option), ``file:PATH``
    (a log that is gathered; one line is added at its end), or ``push`` (straight into the store)."""
    how = ask.target.options.get("write", "logger") or "logger"
    if how not in ("logger", "push") and not how.startswith("file:/"):
        raise NoData("probes_logs.bad_write", found=safe_line(how))
    return how


def _logger(line: str) -> list[str]:
    return ["logger", "-t", _TAG, line]


async def _write(ask: Ask, how: str, mark: Mark, store: Store, time: Deadline) -> Exchange:
    line = mark.line
    if how == "logger":
        done = await run(_logger(line), limit=min(10.0, time.left))
        if done.code or done.err.strip():
            why = safe_line((done.err or done.out).strip()[:120]) or str(done.code)
            raise NoData("probes_logs.no_syslog", why=why).showing(done.exchange)
        return done.exchange
    if how == "push":
        if store.kind is Kind.LOKI:
            stream = {"stream": {"job": _TAG}, "values": [[str(time_ns()), line]]}
            path = _PUSH
            body: Mapping[str, object] = {"streams": [stream]}
        else:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            path, body = f"/{_index(ask)}/_doc", {"@timestamp": now, **json.loads(line)}
        url = url_of(ask.target, path)
        reply = await fetch(url, limit=time.left, method="POST", json=body, target=ask.target, redirects=0)
        reply.must()
        return reply.exchange
    path = how.removeprefix("file:")
    await asyncio.to_thread(_append, Path(path), line)
    return Exchange(f"APPEND {path}", line)


def _append(path: Path, line: str) -> None:
    """Add the line to the log; never make one, as a log that nobody knew is gathered by nobody."""
    try:
        if not path.is_file():
            raise NoData("probes_logs.no_file", path=path, why="not a file")
        log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            os.write(log, f"{line}\n".encode())
        finally:
            os.close(log)
    except OSError as error:
        raise NoData("probes_logs.no_file", path=path, why=error.strerror) from None


def _index(ask: Ask) -> str:
    """Of Elasticsearch: where is written and looked, by option ``index``."""
    return ask.target.options.get("index", "") or "logs-gpuready-default"


def _search(ask: Ask, kind: Kind, word: str, begun: int) -> tuple[str, str, Mapping[str, Any] | None]:
    """Method, URL and body of the look for that word; `begun` in nanoseconds since 1970."""
    if kind is Kind.LOKI:
        selector = ask.target.options.get("selector", "") or SELECTOR
        start = begun - 60 * 10**9  # clocks differ
        query = {"query": f'{selector} |= "{word}"', "start": str(start), "limit": "5"}
        return "GET", f"{url_of(ask.target, _QUERY)}?{urlencode(query)}", None
    index = ask.target.options.get("index", "") or "*"
    body = {"size": 5, "query": {"multi_match": {"query": word, "type": "phrase", "lenient": True}}}
    query_string = urlencode({"ignore_unavailable": "true", "allow_no_indices": "true"})
    return "POST", f"{url_of(ask.target, f'/{index}/_search')}?{query_string}", body


async def _look(ask: Ask, kind: Kind, word: str, begun: int, time: Deadline) -> tuple[list[str], Reply]:
    """The lines that hold the word, as the store has them."""
    method, url, body = _search(ask, kind, word, begun)
    reply = await fetch(url, limit=min(15.0, time.left), method=method, json=body, target=ask.target)
    table = reply.must().table()
    try:
        if kind is Kind.LOKI:
            lines = [_whole(each, row) for each in table["data"]["result"] for row in each["values"]]
        else:
            lines = [json.dumps(hit["_source"], ensure_ascii=False) for hit in table["hits"]["hits"]]
    except (KeyError, TypeError, IndexError):
        raise Broken("probes_logs.odd_answer", address=safe_line(ask.target.address)).showing(
            reply.exchange
        ) from None
    # A store that answers whatever is asked for with anything has found nothing.
    return [line for line in lines if word in line], reply


def _whole(stream: Mapping[str, Any], row: Sequence[Any]) -> str:
    """A line of Loki with its labels and structured metadata, where a pipeline may have put the trace id."""
    return f"{row[1]} {json.dumps([stream.get('stream'), *row[2:]])}"


async def _roundtrip(ask: Ask) -> Measurement:
    """`found` is whether the line came back within `seconds`; `trace_id` whether it was found again by its
    trace id alone, as one looks for a request.  The line stays in the store, as logs do."""
    how, time = _write_how(ask), Deadline(ask)
    seconds = max(1.0, min(float(str(ask.params.get("seconds", 60))), 600.0))
    store = await store_of(ask.target, time)
    mark = Mark(f"gpuready-{secrets.token_hex(8)}", secrets.token_hex(16))
    begun = time_ns()
    await _look(ask, store.kind, mark.word, begun, time)  # nothing is written to a store that cannot be asked
    evidence = [await _write(ask, how, mark, store, time)]
    remarks: list[tuple[str, Mapping[str, object]]] = list(store.remarks)
    if how == "push":
        remarks.append(("probes_logs.pushed", {}))
    loop = asyncio.get_running_loop()
    until = loop.time() + min(seconds, time.left - 1)
    fields: dict[str, Scalar] = {"found": False, "store": str(store.kind), "written_by": how}
    while True:
        lines, reply = await _look(ask, store.kind, mark.word, begun, time)
        if lines or loop.time() >= until:
            break
        await asyncio.sleep(EVERY)
    evidence.append(reply.exchange)
    if not lines:
        remarks.append(("probes_logs.not_found", {"seconds": f"{seconds:g}"}))
        return Measurement(fields, f"{store.kind} {_QUERY}", tuple(evidence), tuple(remarks))
    fields |= {"found": True, "delay": (time_ns() - begun) / 1e9}
    traced, reply = await _look(ask, store.kind, mark.trace, begun, time)
    evidence.append(reply.exchange)
    arrived = any(mark.trace in line for line in lines)  # in a label or metadata it can be asked for too
    fields["trace_id"] = any(mark.word in line for line in traced) or (store.kind is Kind.LOKI and arrived)
    if not fields["trace_id"]:
        remarks.append(("probes_logs.no_trace", {}))
    return Measurement(fields, str(store.kind), tuple(evidence), tuple(remarks))


def _steps(ask: Ask) -> Sequence[str]:
    mark = Mark("gpuready-MARK", "TRACE")
    try:
        how = _write_how(ask)
        pushing = f"{step(url_of(ask.target, _PUSH), 'POST')} or POST /{_index(ask)}/_doc: {mark.line}"
        writing = {"logger": shlex.join(_logger(mark.line)), "push": pushing}.get(
            how, f"APPEND {how.removeprefix('file:')}: {mark.line}"
        )
        looks = [_search(ask, kind, mark.word, 0) for kind in (Kind.LOKI, Kind.ELASTICSEARCH)]
        shown = [
            f"{step(url, method)} {json.dumps(body) if body else ''}".strip() for method, url, body in looks
        ]
        asked = tuple(step(url_of(ask.target, path)) for path in ("/", "/loki/api/v1/status/buildinfo"))
        seconds = ask.params.get("seconds", 60)
        return (*asked, writing, f"every second, at most {seconds} s: {shown[0]}", f"or: {shown[1]}")
    except NoData as fault:
        return (str(fault),)


def _limit_for(params: Mapping[str, object]) -> float:
    return min(float(str(params.get("seconds", 60))), 600.0) + 20


ROUNDTRIP = Probe(
    name="logs.roundtrip",
    measure=_roundtrip,
    steps=_steps,
    fields={"found": "", "trace_id": "", "delay": "s", "store": "", "written_by": ""},
    params={"seconds": 60},
    on="logs",
    safety=Safety.CHANGES,
    limit=80,
    limit_for=_limit_for,
)
