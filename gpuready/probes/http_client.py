"""HTTP for probes: every request bounded in time and size, every failure an outcome with a remedy."""

from __future__ import annotations

import asyncio
import json as jsonlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
    loop = asyncio.get_running_loop()
    until = loop.time() + limit
    whom = target or NOBODY
    at, spent, home = parse(url), Phases(), parse(url).origin()
    for left in range(redirects, -1, -1):
        async with _open(at, method, headers, json, whom, until, limit, home) as (response, watch, manner):
            moved = response.headers.get("Location") if response.status in _MOVED else None
            if moved is not None and redirects:
                spent += watch.phases()
                if not left:
                    raise Broken("probes_http.many_redirects", url=redact(url), count=redirects)
                at = _follow(at, moved)
                if response.status == 303 or (response.status in (301, 302) and method == "POST"):
                    method, json = "GET", None
                continue
            body = await _body(response, size_limit, at, watch)
            return Reply(
                status=response.status,
                reason=safe_line(response.reason or ""),
                version=f"{response.version.major}.{response.version.minor}" if response.version else "",
                headers=response.headers,
                body=body,
                method=method,
                url=str(at),
                phases=spent + watch.phases(),
                exchange=_exchange(at, method, headers, json, response, body, manner),
                remarks=_remarks(at, whom),
            )
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
) -> AsyncIterator[Line]:
    """The lines of an answer as they arrive, as for server-sent events; empty lines included.

    Limits and outcomes as for `fetch`; redirects are not followed, and any status but 2xx is `BadStatus`.
    Who stops reading before the end closes the connection at once with ``async with aclosing(...)``.
    """
    until = asyncio.get_running_loop().time() + limit
    at = parse(url)
    async with _open(at, method, headers, json, target or NOBODY, until, limit, at.origin()) as opened:
        response, watch, manner = opened
        if not 200 <= response.status < 300:
            body = await _body(response, size_limit, at, watch)
            shown = _exchange(at, method, headers, json, response, body, manner)
            raise BadStatus.of(response.status, url, shown)
        rest, size = b"", 0
        # The deadline is set anew around each read: one timeout around a yield would strike in the reader.
        while chunk := await _next(response, watch, at, until, limit):
            size += len(chunk)
            if size > size_limit or len(rest) > LONGEST_LINE:
                raise Broken("probes_http.too_big", url=redact(url), size=f"{size_limit / 2**20:g}")
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield Line(watch.since_sent(), line.removesuffix(b"\r").decode(errors="replace"))
        if rest:
            yield Line(watch.since_sent(), rest.decode(errors="replace"))


async def _next(response: aiohttp.ClientResponse, watch: Watch, at: URL, until: float, limit: float) -> bytes:
    try:
        async with asyncio.timeout_at(until):
            return await response.content.readany()
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise outcome_of(error, at, watch, limit) from None


@asynccontextmanager
async def _open(
    at: URL,
    method: str,
    headers: Mapping[str, str] | None,
    json: object,
    target: Target,
    until: float,
    limit: float,
    home: URL,
) -> AsyncIterator[tuple[aiohttp.ClientResponse, Watch, Manner]]:
    """Send one request and give its response, the body not yet read."""
    at_home = at.origin() == home
    manner = manner_of(target)
    context = await asyncio.to_thread(context_of, target) if at.scheme == "https" else True
    watch = Watch()
    sent = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
    sent |= {**manner.headers, **(headers or {})} if at_home else {}
    connector = aiohttp.TCPConnector(
        ssl=context, resolver=Resolver(), use_dns_cache=False, force_close=True, limit=1
    )
    told = handshake_begins.set(watch.handshake_begins)
    try:
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=None),  # the deadline is ours
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[watch.trace()],
            trust_env=False,
        ) as session:
            async with asyncio.timeout_at(until):
                response = await session.request(
                    method, at, headers=sent, json=json, allow_redirects=False, proxy=manner.proxy or None
                )
            watch.first_byte()
            try:
                async with asyncio.timeout_at(until) as deadline:
                    yield_to = (response, watch, manner)
                    deadline.reschedule(None)  # what follows sets its own; see `_next`
                    yield yield_to
            finally:
                response.close()
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise outcome_of(error, at, watch, limit) from None
    finally:
        handshake_begins.reset(told)


async def _body(response: aiohttp.ClientResponse, size_limit: int, at: URL, watch: Watch) -> bytes:
    too_big = Broken("probes_http.too_big", url=redact(str(at)), size=f"{size_limit / 2**20:g}")
    if (response.content_length or 0) > size_limit and response.method != "HEAD":
        raise too_big
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        watch.received = len(body)
        if len(body) > size_limit:
            raise too_big
    watch.end()
    return bytes(body)


def _follow(at: URL, moved: str) -> URL:
    """Where a redirect leads; `Broken` when nobody should go there."""
    try:
        to = at.join(URL(moved))
    except ValueError:
        to = URL()
    if to.scheme not in ("http", "https") or not to.host:
        raise Broken("probes_http.bad_redirect", url=redact(str(at)), to=redact(safe_line(moved[:200])))
    return to.with_user(None).with_fragment(None)


def _remarks(at: URL, target: Target) -> tuple[tuple[str, Mapping[str, object]], ...]:
    if at.scheme == "https" and is_insecure(target):
        return (("probes_http.insecure", {"host": at.host or ""}),)
    return ()


def _exchange(
    at: URL,
    method: str,
    headers: Mapping[str, str] | None,
    json: object,
    response: aiohttp.ClientResponse,
    body: bytes,
    manner: Manner,
) -> Exchange:
    """What went over the wire, with the values of secret headers replaced."""

    def lines(held: Mapping[str, str]) -> str:
        hidden = manner.secret | {"set-cookie"}
        return "".join(f"{n}: {'***' if n.lower() in hidden else v}\n" for n, v in held.items())

    asked = f"{step(str(at), method, proxy=manner.proxy)}\n{lines(response.request_info.headers)}"
    if json is not None:
        asked += jsonlib.dumps(json, ensure_ascii=False)
    head = f"HTTP {response.status} {response.reason or ''}\n{lines(response.headers)}"
    return Exchange(redact(asked.rstrip()), redact(f"{head}\n{body.decode(errors='replace')}".rstrip()))
