"""Faults that a test asks for: answers that are wrong, slow, cut or missing."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from tests.kube.serving.answers import Refusal, busy, internal, no_such_path, unauthorized, unavailable

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOGIN_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>\n"
)


@dataclass(slots=True)
class Fault:
    """One rule; `hits` counts the requests that it met."""

    method: str
    path: re.Pattern[str]
    status: int | None = None
    retry_after: int | None = None
    slow: float | None = None
    truncated: bool = False
    hangs: bool = False
    reset: bool = False
    html: bool = False
    body: str | None = None
    times: int | None = None
    hits: int = 0
    removed: bool = False

    def remove(self) -> None:
        self.removed = True

    def meets(self, method: str, path: str) -> bool:
        spent = self.removed or (self.times is not None and self.hits >= self.times)
        return not spent and self.method in ("*", method) and bool(self.path.search(path))


def refusal(status: int, retry_after: int | None) -> Refusal:
    """What the server says with that status when it is in trouble."""
    if status == 429:
        return busy(retry_after)
    known = {
        401: unauthorized(),
        404: no_such_path(),
        403: Refusal(403, "Forbidden", "forbidden: not yet ready to handle request"),
        409: Refusal(409, "Conflict", "Operation cannot be fulfilled: the object has been modified"),
        410: Refusal(410, "Expired", "The resourceVersion for the provided watch is too old."),
        500: internal("etcdserver: request timed out"),
        503: unavailable("the server is currently unable to handle the request"),
        504: Refusal(504, "Timeout", "Timeout: request did not complete within the allotted timeout"),
    }
    found = known.get(status) or Refusal(status, "Unknown", "unknown")
    if retry_after is not None:
        found.headers["Retry-After"] = str(retry_after)
    return found


async def play(fault: Fault, request: web.Request, proceed: Handler) -> web.StreamResponse:
    """Answer as the fault says; a slow one proceeds in the end."""
    if fault.slow is not None:
        await asyncio.sleep(fault.slow)
    if fault.hangs:
        await asyncio.Event().wait()  # until the client hangs up or the server stops
    if fault.reset:
        return _reset(request)
    if fault.truncated:
        if request.query.get("watch", "").lower() in ("1", "true"):
            return await _cut_watch(request)
        return await _cut(request, await proceed(request))
    if fault.html:
        return web.Response(status=fault.status or 200, text=LOGIN_PAGE, content_type="text/html")
    if fault.body is not None:
        return web.Response(status=fault.status or 200, text=fault.body, content_type="application/json")
    if fault.status is not None:
        raise refusal(fault.status, fault.retry_after)
    return await proceed(request)


def _reset(request: web.Request) -> web.StreamResponse:
    transport = request.transport
    if transport is not None:
        raw = transport.get_extra_info("socket")
        if raw is not None:  # no lingering: the client sees a reset, not an end
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _cut(request: web.Request, whole: web.StreamResponse) -> web.StreamResponse:
    """The first half of the answer, under the length of the whole."""
    body = whole.body if isinstance(whole, web.Response) and isinstance(whole.body, bytes) else b""
    cut = web.StreamResponse(status=whole.status, headers={"Content-Type": "application/json"})
    cut.content_length = max(len(body), 2)
    await cut.prepare(request)
    await cut.write(body[: len(body) // 2] or b"{")
    if request.transport is not None:
        request.transport.close()
    return cut


async def _cut_watch(request: web.Request) -> web.StreamResponse:
    """A watch that ends within the line of an event."""
    cut = web.StreamResponse(headers={"Content-Type": "application/json"})
    cut.enable_chunked_encoding()
    await cut.prepare(request)
    await cut.write(b'{"type":"MODIFIED","object":{"kind":"')
    if request.transport is not None:
        request.transport.close()
    return cut
