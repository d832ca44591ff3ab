"""HTTP for probes: every request bounded in time and size, every failure an outcome with a remedy."""

from __future__ import annotations

import asyncio
import contextlib
import json as jsonlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
from yarl import URL

from gpuready.probes.http_auth import Manner, manner_of, parse
from gpuready.probes.http_errors import BadStatus, outcome_of
from gpuready.probes.http_phases import Phases, Resolver, Watch
from gpuready.probes.probe import Broken, Exchange, Target
from gpuready.probes.tls_trust import context_of, handshake_begins, is_insecure
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

SIZE_LIMIT = 2 * 2**20
"""Bytes of one body, unless the caller says otherwise."""

LONGEST_LINE = 256 * 1024  # bytes of one line of a stream

NOBODY = Target(name="nobody")  # no options: no credentials, the system's trust

_AGENT = "gpuready"
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, whatever its status.

    `url` is where it came from, after redirects; `version` the HTTP version as text; `phases` in seconds,
    summed over the redirects; `exchange` the evidence, without secrets; `remarks` what must be shown beside
    the verdict (``insecure=true``), ready for `Measurement.remarks`.
    """

    status: int
    reason: str
    version: str
    headers: Mapping[str, str]
    body: bytes
    method: str
    url: str
    phases: Phases
    exchange: Exchange
    remarks: tuple[tuple[str, Mapping[str, object]], ...] = ()

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def must(self, *statuses: int) -> Reply:
        """This reply if its status is among those (without any: 2xx); else `BadStatus`, a `NoData` that
        says what to do about it."""
        if self.status in statuses or (not statuses and self.ok):
            return self
        raise BadStatus.of(self.status, self.url, self.exchange)

    def json(self) -> Any:
        """The body as JSON; `Broken` with what came instead."""
        try:
            return jsonlib.loads(self.body)
        except (ValueError, RecursionError):
            fault = Broken("probes_http.no_json", url=self._shown, status=self.status, found=self._found)
            raise fault.showing(self.exchange) from None

    def table(self) -> dict[str, Any]:
        """The body as a JSON object; `Broken` when it is anything else."""
        found = self.json()
        if not isinstance(found, dict):
            fault = Broken("probes_http.no_object", url=self._shown, status=self.status, found=self._found)
            raise fault.showing(self.exchange)
        return found

    @property
    def _shown(self) -> str:
        return redact(self.url)

    @property
    def _found(self) -> str:
        """What the body is, in a few words."""
        return redact(safe_line(self.text[:80].strip())) or "-"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a stream, without its end, and when it came: seconds since the request was sent."""

    at: float
    text: str


def step(url: str, method: str = "GET", *, proxy: str = "") -> str:
    """The request as a plan shows it."""
    return f"{method} {redact(url)}" + (f" (through {redact(proxy)})" if proxy else "")


async def fetch(
    url: str,
    *,
    limit: float,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    json: object = None,
    target: Target | None = None,
    size_limit: int = SIZE_LIMIT,
    redirects: int = 3,
) -> Reply:
    """Ask once, on a connection of its own, and read the whole answer.

    `limit` in seconds counts for everything, redirects included; `size_limit` in bytes for the unpacked
    body.  At most `redirects` are followed, to http and https only; 0 returns the redirect itself.  What
    `target` says of credentials, trust and proxy holds (see `manner_of` and `context_of`); its headers and
    `headers` are sent to the URL's own scheme, host and port, never elsewhere.

    Raises `NoData` for whatever does not answer within the limits or is not trusted (`Untrusted`), and
    `Broken` for what answers, but not in HTTP, too much, or with a redirect that nobody should follow.
    """
    ask = _request(url, limit, method, headers, json, target)
    spent = Phases()
    for left in range(redirects, -1, -1):
        async with _open(ask) as opened:
            moved = opened.response.headers.get("Location") if opened.response.status in _MOVED else None
            if moved is None or not redirects:
                return await _reply(ask, opened, size_limit, spent)
            if not left:
                raise Broken("probes_http.many_redirects", url=redact(url), count=redirects)
            spent += opened.watch.phases()
            ask = _follow(ask, opened.response.status, moved)
    raise AssertionError("the loop returns or raises")


async def stream_lines(
    url: str,
    *,
    limit: float,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    json: object = None,
    target: Target | None = None,
    size_limit: int = SIZE_LIMIT,
) -> AsyncGenerator[Line]:
    """The lines of an answer as they arrive, as for server-sent events; empty lines included.

    Limits and outcomes as for `fetch`; redirects are not followed, and any status but 2xx is `BadStatus`.
    Who stops reading before the end closes the connection at once with ``async with aclosing(...)``.
    """
    ask = _request(url, limit, method, headers, json, target)
    async with _open(ask) as opened:
        if not 200 <= opened.response.status < 300:
            (await _reply(ask, opened, size_limit, Phases())).must()
        rest = b""
        while chunk := await _read(ask, opened, size_limit):
            now = opened.watch.since_sent()
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LONGEST_LINE:
                raise Broken("probes_http.long_line", url=redact(url), size=LONGEST_LINE // 1024)
            for line in lines:
                yield Line(now, line.removesuffix(b"\r").decode(errors="replace"))
        if rest:
            yield Line(opened.watch.since_sent(), rest.decode(errors="replace"))


@dataclass(frozen=True, slots=True)
class _Request:
    """What is to be asked.  `home` is the scheme, host and port to which credentials may go; `until` the
    loop's time at which all must be over."""

    at: URL
    home: URL
    method: str
    headers: Mapping[str, str]
    json: object
    target: Target
    limit: float
    until: float


@dataclass(frozen=True, slots=True)
class _Opened:
    response: aiohttp.ClientResponse
    watch: Watch
    manner: Manner


def _request(
    url: str,
    limit: float,
    method: str,
    headers: Mapping[str, str] | None,
    json: object,
    target: Target | None,
) -> _Request:
    at = parse(url)
    until = asyncio.get_running_loop().time() + limit
    return _Request(at, at.origin(), method, headers or {}, json, target or NOBODY, limit, until)


@asynccontextmanager
async def _open(ask: _Request) -> AsyncIterator[_Opened]:
    """Send the request and give its response, the body not yet read."""
    at, watch = ask.at, Watch()
    manner = manner_of(ask.target)
    secure = await asyncio.to_thread(context_of, ask.target) if at.scheme == "https" else True
    sent = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
    if at.origin() == ask.home:
        sent |= {**manner.headers, **ask.headers}
    connector = aiohttp.TCPConnector(
        ssl=secure, resolver=Resolver(), use_dns_cache=False, force_close=True, limit=1
    )
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None),  # the deadline is ours
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[watch.trace()],
        middlewares=[_once],
        trust_env=False,
    ) as session:
        told = handshake_begins.set(watch.handshake_begins)
        try:
            async with asyncio.timeout_at(ask.until):
                response = await session.request(
                    ask.method,
                    at,
                    headers=sent,
                    json=ask.json,
                    allow_redirects=False,
                    proxy=manner.proxy or None,
                )
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise outcome_of(error, at, watch, ask.limit) from None
        finally:
            handshake_begins.reset(told)
        watch.first_byte()
        with contextlib.closing(response):
            yield _Opened(response, watch, manner)


class _Dropped(aiohttp.ClientError):
    """The connection was lost before an answer; as its cause has it."""


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from asking again in silence when a connection is lost: every failure counts here."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Dropped from error


async def _read(ask: _Request, opened: _Opened, size_limit: int) -> bytes:
    """The next part of the body, as soon as there is one; empty at its end."""
    try:
        async with asyncio.timeout_at(ask.until):
            chunk = await opened.response.content.readany()
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise outcome_of(error, ask.at, opened.watch, ask.limit) from None
    opened.watch.received += len(chunk)
    if opened.watch.received > size_limit:
        raise _too_big(ask, size_limit)
    return chunk


async def _reply(ask: _Request, opened: _Opened, size_limit: int, spent: Phases) -> Reply:
    response = opened.response
    if (response.content_length or 0) > size_limit and ask.method != "HEAD":
        raise _too_big(ask, size_limit)
    body = bytearray()
    while chunk := await _read(ask, opened, size_limit):
        body += chunk
    opened.watch.end()
    insecure = ask.at.scheme == "https" and is_insecure(ask.target)
    return Reply(
        status=response.status,
        reason=safe_line(response.reason or ""),
        version=f"{response.version.major}.{response.version.minor}" if response.version else "",
        headers=response.headers,
        body=bytes(body),
        method=ask.method,
        url=str(ask.at),
        phases=spent + opened.watch.phases(),
        exchange=_exchange(ask, opened, bytes(body)),
        remarks=(("probes_http.insecure", {"host": ask.at.host or ""}),) if insecure else (),
    )


def _too_big(ask: _Request, size_limit: int) -> Broken:
    return Broken("probes_http.too_big", url=redact(str(ask.at)), size=f"{size_limit / 2**20:g}")


def _follow(ask: _Request, status: int, moved: str) -> _Request:
    """The request to which a redirect leads; `Broken` when nobody should go there."""
    try:
        to = ask.at.join(URL(moved))
        fine = to.scheme in ("http", "https") and bool(to.host) and bool(to.port)
    except ValueError:
        fine = False
    if not fine:
        found = redact(safe_line(moved[:200]))
        raise Broken("probes_http.bad_redirect", url=redact(str(ask.at)), to=found)
    to = to.with_user(None).with_fragment(None)
    if status == 303 or (status in (301, 302) and ask.method == "POST"):
        return replace(ask, at=to, method="GET", json=None)
    # A body may hold what is meant for the first host alone.
    return replace(ask, at=to, json=ask.json if to.origin() == ask.home else None)


def _exchange(ask: _Request, opened: _Opened, body: bytes) -> Exchange:
    """What went over the wire, with the values of secret headers replaced."""
    hidden = opened.manner.secret | {"set-cookie"}

    def lines(held: Mapping[str, str]) -> str:
        return "".join(f"{n}: {'***' if n.lower() in hidden else v}\n" for n, v in held.items())

    asked = f"{step(str(ask.at), ask.method, proxy=opened.manner.proxy)}\n"
    asked += lines(opened.response.request_info.headers)
    if ask.json is not None:
        asked += jsonlib.dumps(ask.json, ensure_ascii=False)
    head = f"HTTP {opened.response.status} {opened.response.reason or ''}\n{lines(opened.response.headers)}"
    return Exchange(redact(asked.rstrip()), redact(f"{head}\n{body.decode(errors='replace')}".rstrip()))
