"""A small client of the Docker Engine API over its unix socket; Podman's compatible socket answers it too.

Every call is bounded by one deadline and by size, and ends as an answer or as an `Outcome`: an engine that
is not there, silent, or dies in between is `NoData`; what speaks another language is `Broken`.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from gpuready.probes.probe import Ask, Broken, Exchange, NoData
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

SIZE_LIMIT = 8 * 2**20  # bytes of one answer
_SCHEME = "unix://"


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the engine.

    Paths carry no version: the engine then answers in its own, the only one that 20.10 (up to 1.41) and 29
    (from 1.44) do not both refuse.
    """

    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: Mapping[str, object] | None = None

    @property
    def target(self) -> str:
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")

    def shown(self, socket: str) -> str:
        """As plan and evidence write it: ``GET unix:///run/docker.sock /info``."""
        body = f" {json.dumps(self.body)}" if self.body is not None else ""
        return f"{self.method} {_SCHEME}{socket} {self.target}{body}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine said: its HTTP status and the body."""

    status: int
    body: bytes

    @property
    def message(self) -> str:
        """The engine's own words for an error, on one line."""
        try:
            said = json.loads(self.body)
        except ValueError:
            said = None
        words = said.get("message") if isinstance(said, dict) else None
        return safe_line(str(words) if words else self.body[:300].decode(errors="replace")).strip()


VERSION = Call("GET", "/version")
INFO = Call("GET", "/info")


def inspect(container: str) -> Call:
    return Call("GET", f"/containers/{quote(container, safe='')}/json")


def log_tail(container: str, lines: int) -> Call:
    """The last lines of a container's log."""
    query = {"stdout": "1", "stderr": "1", "tail": str(lines)}
    return Call("GET", f"/containers/{quote(container, safe='')}/logs", query)


def defaults() -> tuple[str, ...]:
    """The sockets that are looked for where nothing is configured, in this order."""
    own = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    return (
        "/var/run/docker.sock",
        f"{own}/docker.sock",
        "/run/podman/podman.sock",
        f"{own}/podman/podman.sock",
    )


def socket_of(ask: Ask) -> str:
    """The path of the engine's socket: the target's own option ``engine``, else the session's target of
    kind engine with a ``unix://`` address (an http address is an inference engine's), else DOCKER_HOST, else
    the first of `defaults` that exists.  `NoData` when there is none."""
    engines = [t.address for t in (ask.target, *ask.site) if t.kind == "engine"]
    for address in (ask.target.options.get("engine", ""), *engines):
        if address.startswith(_SCHEME):
            return address.removeprefix(_SCHEME)
    if host := os.environ.get("DOCKER_HOST"):
        if not host.startswith(_SCHEME):
            raise NoData("probes_container.remote_engine", host=redact(host))
        return host.removeprefix(_SCHEME)
    for path in defaults():
        if Path(path).exists():
            return path
    raise NoData("probes_container.no_engine", tried=", ".join(defaults()))


def plan(ask: Ask, calls: Sequence[Call]) -> tuple[str, ...]:
    """The calls as they will be made.  Where no socket is found, the first default stands for it."""
    try:
        socket = socket_of(ask)
    except NoData:
        socket = defaults()[0]
    return tuple(call.shown(socket) for call in calls)


class Engine:
    """The engine behind one socket, until a deadline; made by `engine_of`."""

    def __init__(self, socket: str, session: aiohttp.ClientSession, limit: float) -> None:
        self.socket = socket
        self.limit = limit
        self.evidence: list[Exchange] = []
        self._session = session
        self._until = asyncio.get_running_loop().time() + limit

    @asynccontextmanager
    async def open(self, call: Call) -> AsyncIterator[aiohttp.ClientResponse]:
        """The response, its body not yet read, within the deadline and with every failure translated."""
        try:
            async with (
                asyncio.timeout_at(self._until),
                self._session.request(
                    call.method, URL(f"http://engine{call.target}", encoded=True), json=call.body
                ) as response,
            ):
                yield response
        except TimeoutError:
            raise NoData("probes_container.silent", socket=self.socket, seconds=f"{self.limit:g}") from None
        except aiohttp.ClientConnectorError as failed:
            raise unreachable(self.socket, failed.os_error) from None
        except aiohttp.ClientResponseError as failed:
            raise Broken(
                "probes_container.no_http", socket=self.socket, found=safe_line(failed.message)
            ) from None
        except (aiohttp.ClientError, OSError):
            raise NoData("probes_container.died", socket=self.socket, call=call.path) from None

    async def send(self, call: Call) -> Answer:
        """The answer, whatever its status."""
        async with self.open(call) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(65536):
                body += chunk
                if len(body) > SIZE_LIMIT:
                    raise Broken("probes.too_much", what=call.path, limit=SIZE_LIMIT // 2**20)
            return Answer(response.status, bytes(body))

    async def json(self, call: Call, *, missing: str = "probes_container.missing") -> Any:
        """The answer as JSON.  `missing` is the sentence for 404 ({what} is the path); other statuses are
        `NoData` with the engine's own words, anything that is not JSON is `Broken`."""
        answer = await self.send(call)
        if answer.status == 404:
            raise NoData(missing, call=call.path, message=answer.message)
        if answer.status != 200:
            self.note(call, f"HTTP {answer.status} {answer.message}")
            fault = NoData(
                "probes_container.refused", call=call.path, status=answer.status, message=answer.message
            )
            raise fault.showing(*self.evidence)
        try:
            return json.loads(answer.body)
        except ValueError:
            found = safe_line(answer.body[:80].decode(errors="replace"))
            raise Broken(
                "probes_container.no_json", socket=self.socket, call=call.path, found=found
            ) from None

    async def table(self, call: Call, *, missing: str = "probes_container.missing") -> dict[str, Any]:
        """The answer as a JSON object; `Broken` when it is JSON of another kind."""
        found = await self.json(call, missing=missing)
        if not isinstance(found, dict):
            raise self.odd(call, found)
        return found

    async def rows(self, call: Call, *, missing: str = "probes_container.missing") -> list[dict[str, Any]]:
        """The answer as a list of JSON objects; `Broken` when it is JSON of another kind."""
        found = await self.json(call, missing=missing)
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise self.odd(call, found)
        return found

    def odd(self, call: Call, found: object) -> Broken:
        """What to raise for JSON that is not of the shape that the API documents."""
        shown = safe_line(json.dumps(found)[:80])
        return Broken("probes_container.no_json", socket=self.socket, call=call.path, found=shown)

    def note(self, call: Call, answered: object) -> None:
        """Keep as evidence.  Pass what was used of the answer, never all of it: inspect and info hold
        environments and proxy passwords."""
        text = answered if isinstance(answered, str) else json.dumps(answered, indent=1)
        self.evidence.append(Exchange(call.shown(self.socket), redact(text)))


def unreachable(socket: str, why: OSError) -> NoData:
    """The outcome for a socket to which no connection could be made."""
    if isinstance(why, PermissionError):
        return NoData("probes_container.no_rights", socket=socket)
    if isinstance(why, FileNotFoundError):
        return NoData("probes_container.no_socket", socket=socket)
    if isinstance(why, ConnectionRefusedError):
        return NoData("probes_container.not_running", socket=socket)
    return NoData("probes_container.unreachable", socket=socket, why=safe_line(str(why.strerror or why)))


@asynccontextmanager
async def engine_of(ask: Ask, limit: float | None = None) -> AsyncIterator[Engine]:
    """The engine that the question concerns, for at most `limit` seconds (else the question's own)."""
    socket = socket_of(ask)
    connector = aiohttp.UnixConnector(path=socket)
    nothing = aiohttp.ClientTimeout(total=None)  # the deadline is ours
    async with aiohttp.ClientSession(connector=connector, timeout=nothing) as session:
        yield Engine(socket, session, ask.limit if limit is None else limit)


def frames(stream: bytes, *, tty: bool) -> str:
    """The text of a log or attach stream: with a terminal it is plain, without one it comes in frames of
    one byte for the stream, three zeros and the length."""
    if tty or len(stream) < 8 or stream[0] > 2 or stream[1:4] != b"\0\0\0":
        return stream.decode(errors="replace")
    parts, at = [], 0
    while at + 8 <= len(stream):
        size = int.from_bytes(stream[at + 4 : at + 8])
        parts.append(stream[at + 8 : at + 8 + size])
        at += 8 + size
    return b"".join(parts).decode(errors="replace")


async def log_lines(engine: Engine, container: str, lines: int, *, tty: bool) -> list[str]:
    """The last `lines` lines of a container's log, standard output and error in the order in which they came.
    `NoData` when the log driver cannot be read."""
    call = log_tail(container, lines)
    answer = await engine.send(call)
    if answer.status == 404:
        raise NoData("probes_container.no_container", message=answer.message)
    if answer.status != 200:
        raise NoData("probes_container.no_log", name=container, message=answer.message)
    return frames(answer.body, tty=tty).splitlines()[-lines:]


async def container(engine: Engine, name: str) -> dict[str, Any]:
    """What inspect says of the container; `NoData` when there is none of that name or id."""
    return await engine.table(inspect(name), missing="probes_container.no_container")


def part(found: object, *path: str) -> Any:
    """The value at that path of nested JSON objects; None where the path ends early."""
    for name in path:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def pick(found: object, *paths: str) -> dict[str, Any]:
    """The values at dotted paths, by path: what evidence shows of a large answer."""
    return {path: part(found, *path.split(".")) for path in paths}
