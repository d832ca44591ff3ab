"""Servers that are played: by a table of answers over HTTP, or by a script of bytes over TCP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Route = object  # JSON (dict or list), text, int (a status), (status, JSON or text), or a handler

HTML = "<!doctype html><html><body>Welcome</body></html>"


@dataclass
class Stage:
    """A played server: where it is, and what it was asked (``GET /path?query``)."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)


def _answer(route: Route) -> web.Response:
    status, body = route if isinstance(route, tuple) else (200, route)
    if isinstance(body, int):
        return web.Response(status=body)
    if isinstance(body, str):
        kind = "text/html" if body.startswith("<") else "text/plain"
        return web.Response(status=status, text=body, content_type=kind)
    return web.json_response(body, status=status)


@asynccontextmanager
async def play(routes: Mapping[str, Route], *, other: Route = 404) -> AsyncIterator[Stage]:
    """A server that answers ``"GET /path"`` (or ``"/path"`` for any method) by that table, and `other` to
    whatever else."""
    stage = Stage()

    async def handle(request: web.Request) -> web.StreamResponse:
        stage.asked.append(f"{request.method} {request.raw_path}")
        stage.headers.append(request.headers)
        if request.body_exists:
            with contextlib.suppress(ValueError):
                stage.bodies.append(await request.json())
        route = routes.get(f"{request.method} {request.path}", routes.get(request.path, other))
        if callable(route):
            answer: web.StreamResponse = await route(request)
            return answer
        return _answer(route)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    stage.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield stage
    finally:
        await runner.cleanup()


async def html(_: web.Request) -> web.StreamResponse:
    """The liar: 200 with a web page, whatever is asked."""
    return web.Response(text=HTML, content_type="text/html")


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def tcp(talk: Talk) -> AsyncIterator[int]:
    """A TCP server on loopback whose every connection is handed to `talk`; gives its port."""
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """The half-open peer: reads and never answers."""
    while await reader.read(1024):
        pass
