"""Stores of logs that are played: Debian has neither Loki (its package of that name is another program) nor
Elasticsearch.  They keep what is pushed and find it again, as the real ones answer by their API documents."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.probes.stage import Route, Stage, play

GREEN = {"cluster_name": "logs", "status": "green", "number_of_nodes": 3, "unassigned_shards": 0}


@dataclass
class Kept:
    """What a store holds; `file` is a log that it gathers, whose lines `collect` brings in (as a collector
    does), `changed` how the collector spoils them."""

    stage: Stage = field(default_factory=Stage)
    lines: list[str] = field(default_factory=list)
    file: Path | None = None
    cut: int | None = None
    queries: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        gathered = self.file.read_text().splitlines() if self.file else []
        return [line[: self.cut] for line in [*self.lines, *gathered]]


@asynccontextmanager
async def loki(**more: Route) -> AsyncIterator[Kept]:
    kept = Kept()

    async def push(request: web.Request) -> web.StreamResponse:
        for stream in (await request.json())["streams"]:
            kept.lines += [value[1] for value in stream["values"]]
        return web.Response(status=204)

    async def query(request: web.Request) -> web.StreamResponse:
        asked = request.query["query"]
        kept.queries.append(asked)
        match = re.fullmatch(r'(\{.+\}) \|= "(.*)"', asked)
        assert match, asked
        found = [["1", line] for line in kept.all() if match[2] in line]
        result = [{"stream": {"job": "syslog"}, "values": found}] if found else []
        return web.json_response({"status": "success", "data": {"resultType": "streams", "result": result}})

    routes: dict[str, Route] = {
        "/ready": "ready\n",
        "/loki/api/v1/status/buildinfo": {"version": "3.5.7", "revision": "x", "branch": "HEAD"},
        "/loki/api/v1/labels": {"status": "success", "data": ["job"]},
        "/loki/api/v1/push": push,
        "/loki/api/v1/query_range": query,
    }
    async with play(
        {**routes, **{f"/{name.replace('__', '/')}": route for name, route in more.items()}}
    ) as stage:
        kept.stage = stage
        yield kept


@asynccontextmanager
async def elastic(health: Route = None, distribution: str = "", **more: Route) -> AsyncIterator[Kept]:
    kept = Kept()

    async def index(request: web.Request) -> web.StreamResponse:
        kept.lines.append(json.dumps(await request.json()))
        return web.json_response({"result": "created"}, status=201)

    async def search(request: web.Request) -> web.StreamResponse:
        word = (await request.json())["query"]["multi_match"]["query"]
        hits = [{"_source": json.loads(line)} for line in kept.all() if word in line]
        return web.json_response({"took": 1, "hits": {"total": {"value": len(hits)}, "hits": hits}})

    version: dict[str, Any] = {"number": "8.15.0"} | ({"distribution": distribution} if distribution else {})
    routes: dict[str, Route] = {
        "/": {"name": "n", "cluster_name": "logs", "version": version, "tagline": "You Know, for Search"},
        "/_cluster/health": GREEN if health is None else health,
        "/logs-gpuready-default/_doc": index,
        "/*/_search": search,
        **more,
    }
    async with play(routes) as stage:
        kept.stage = stage
        yield kept
