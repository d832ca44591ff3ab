"""One request to the API server: bounded, tried again where that helps, and told as an outcome where not."""

from __future__ import annotations

import asyncio
import json as json_of
import os
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from gpuready.probes.probe import Broken, Exchange, NoData, Outcome
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

if TYPE_CHECKING:
    import aiohttp

    from gpuready.kube.access import Connection

LIMIT = 20.0
"""Seconds for one request, waiting for a busy server included."""
SIZE = 64 * 2**20
"""Bytes of one answer."""
JSON = "application/json"

_CONNECT = 5.0  # seconds
_BUSY = 5  # times that a busy server is asked again
_AGAIN = frozenset({500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `path` with its `query`, a JSON `body` for a POST, and how long and how much."""

    path: str
    query: Mapping[str, str | int] | None = None
    method: str = "GET"
    accept: str = JSON
    body: object = None
    limit: float = LIMIT
    size: int = SIZE
    again: bool = True  # after a server's error

    def __str__(self) -> str:
        """As it is shown: ``GET /api/v1/nodes?limit=500``."""
        query = "?" + urlencode(self.query, safe="/:,=") if self.query else ""
        return f"{self.method} {self.path}{query}"

    def url(self, server: str) -> str:
        path, mark, given = self.path.partition("?")
        query = "?" + urlencode(self.query) if self.query else mark + given
        return server.rstrip("/") + quote(path, safe="/:%~+") + query


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    kind: str  # the content type
    body: bytes
    question: Question

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def is_page(self) -> bool:
        """Whether it is meant for a browser, whatever its status: a login page, a proxy's error."""
        return "html" in self.kind or self.body[:256].lstrip()[:1] == b"<"

    def shows(self, told: str = "") -> Exchange:
        """The evidence: the status and what is told of the answer in place of its body."""
        told = told or redact(message(self) or self.text[:2000])
        return Exchange(str(self.question), redact(f"{self.status}{', ' if told else ''}{told}"))

    def json(self) -> dict[str, Any]:
        """The body as an object; `Broken` when it is none."""
        if self.is_page:
            raise Broken("kube.not_kubernetes", asked=str(self.question)).showing(self.shows())
        try:
            data = json_of.loads(self.body)
        except (ValueError, RecursionError):
            raise Broken("kube.broken_json", asked=str(self.question)).showing(self.shows()) from None
        if not isinstance(data, dict):
            raise Broken("kube.not_kubernetes", asked=str(self.question)).showing(self.shows())
        return data


def message(answer: Answer) -> str:
    """The sentence of a Status object; empty when the body is none."""
    try:
        data = json_of.loads(answer.body) if len(answer.body) < 2**16 else {}
        return safe_line(str(data["message"]))[:500] if data.get("kind") == "Status" else ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""


async def request(connection: Connection, question: Question) -> Answer:
    """The answer, whatever its status besides 401 and 429.

    `NoData` when the server cannot be reached, is silent or busy, or does not accept the credentials even
    after they were read again; `Broken` when its answer was cut off or is no HTTP.
    """
    until = asyncio.get_running_loop().time() + question.limit
    try:
        async with asyncio.timeout_at(until):
            return await _asked(connection, question, until)
    except TimeoutError:
        raise NoData(
            "kube.slow", server=_server(connection), asked=str(question), seconds=f"{question.limit:g}"
        ).showing(Exchange(str(question), "-")) from None


async def _asked(connection: Connection, question: Question, until: float) -> Answer:
    busy = failed = 0
    renewed = False
    used = await connection.ready()
    while True:
        try:
            async with opened(used.client, question) as response:
                answer = await _read(response, question)
                wait = response.headers.get("Retry-After", "")
        except Outcome:
            raise
        except Exception as error:
            failed += 1
            if failed > 1 or not question.again or not _was_dropped(error):
                raise failure(error, connection, question) from None
            await _pause()
            continue
        if answer.status == 401:
            if renewed:
                raise NoData("kube.unauthorized", server=_server(connection), context=used.context).showing(
                    answer.shows()
                )
            renewed, used = True, await connection.ready(after=used)
        elif answer.status == 429:
            busy += 1
            seconds = min(float(wait), 3600.0) if wait.isascii() and wait.isdigit() else float(busy)
            if busy > _BUSY or asyncio.get_running_loop().time() + seconds > until:
                raise NoData("kube.busy", server=_server(connection), seconds=f"{seconds:g}").showing(
                    answer.shows()
                )
            await asyncio.sleep(seconds + random.uniform(0, 0.1))  # noqa: S311 - to spread the requests
        elif answer.status in _AGAIN and question.again and not failed:
            failed += 1
            await _pause()
        else:
            return answer


@asynccontextmanager
async def opened(client: Any, question: Question) -> AsyncIterator[aiohttp.ClientResponse]:
    """Send it through the official client; the body is not read yet, and closed when nobody reads it to its
    end.  The deadline is the caller's."""
    import aiohttp

    headers = {"Accept": question.accept, **client.default_headers}
    if auth := (await client.configuration.auth_settings()).get("BearerToken"):
        headers["Authorization"] = str(auth["value"])
    response = None
    try:
        answered = await client.call_api(
            question.method,
            question.url(client.configuration.host),
            header_params=headers,
            body=question.body,
            _request_timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT),
        )
        response = answered.response
        yield response
    finally:
        if response is not None:
            response.close() if not response.content.at_eof() else response.release()


async def _read(response: aiohttp.ClientResponse, question: Question) -> Answer:
    parts, size = [], 0
    while chunk := await response.content.readany():
        size += len(chunk)
        if size > question.size:
            raise Broken("kube.too_big", asked=str(question), size=question.size // 2**20)
        parts.append(chunk)
    return Answer(response.status, response.content_type, b"".join(parts), question)


async def _pause() -> None:
    await asyncio.sleep(random.uniform(0.15, 0.5))  # noqa: S311 - to spread the requests


def _was_dropped(error: Exception) -> bool:
    """Whether the connection was lost as happens when a server restarts or closes an idle one."""
    import aiohttp

    is_refusal = isinstance(error, aiohttp.ClientConnectorError)
    return not is_refusal and isinstance(error, aiohttp.ClientOSError | aiohttp.ServerDisconnectedError)


def failure(error: Exception, connection: Connection, question: Question) -> Outcome:
    """The outcome for what the client raised; what is none of its own mistakes is raised as it is."""
    import aiohttp

    server = _server(connection)
    told = safe_line(redact(str(error)))[:200] or type(error).__name__
    shown = Exchange(str(question), redact(f"{type(error).__name__}: {told}"))
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientConnectionResetError):
        return Broken("kube.cut_off", server=server, asked=str(question)).showing(shown)
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return NoData("kube.no_proxy", server=server, error=told).showing(shown)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        told = safe_line(str(error.certificate_error))[:200]
        return NoData("kube.untrusted", server=server, error=told).showing(shown)
    if isinstance(error, aiohttp.ClientSSLError):
        return NoData("kube.no_tls", server=server, error=told).showing(shown)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return NoData("kube.no_name", server=server).showing(shown)
    if isinstance(error, aiohttp.ServerTimeoutError | TimeoutError):
        return NoData("kube.unreachable", server=server, error=f"{_CONNECT:g} s").showing(shown)
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno:
        return NoData("kube.unreachable", server=server, error=os.strerror(error.os_error.errno)).showing(
            shown
        )
    if isinstance(error, aiohttp.ClientConnectionError | OSError):
        return NoData("kube.unreachable", server=server, error=told).showing(shown)
    if isinstance(error, aiohttp.ClientError):
        return Broken("kube.not_kubernetes", asked=str(question)).showing(shown)
    raise error


def _server(connection: Connection) -> str:
    return safe_line(redact(connection.server))[:200]
