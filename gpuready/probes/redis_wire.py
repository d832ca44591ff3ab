"""Redis' own protocol (RESP 2), as little of it as the probes need, every answer bounded."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from gpuready.probes.http_auth import referred
from gpuready.probes.probe import Broken, Exchange, NoData, Target
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

SIZE_LIMIT = 4 * 2**20
"""Bytes of one answer."""

_DEEPEST = 8
_LONGEST_LINE = 64 * 1024

Answer = str | int | None | list["Answer"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Redis listens and how it wants to be spoken to; `socket` is a path instead of host and port."""

    host: str = ""
    port: int = 6379
    socket: str = ""
    tls: bool = False
    db: int = 0

    def __str__(self) -> str:
        if self.socket:
            return f"unix://{self.socket}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'rediss' if self.tls else 'redis'}://{host}:{self.port}"


class Refused(NoData):
    """An error that Redis itself answered; `code` is its first word (``NOPERM``, ``ERR`` ...)."""

    code = ""


def place_of(target: Target) -> Place:
    """The place that the target's address names: HOST[:PORT], redis://, rediss:// (TLS) or unix://PATH;
    option ``tls=true`` asks for TLS too, ``db`` selects a database.  `NoData` when it is none of them, or
    holds a password."""
    address = target.address.strip()
    if address.startswith("unix://"):
        return Place(socket=address.removeprefix("unix://"))
    try:
        url = urlsplit(address if "://" in address else f"redis://{address}")
        port = url.port or 6379
        db = int(target.options.get("db") or url.path.strip("/") or 0)
    except ValueError:
        raise NoData("probes_redis.bad_address", address=redact(safe_line(address))) from None
    if url.scheme not in ("redis", "rediss") or not url.hostname:
        raise NoData("probes_redis.bad_address", address=redact(safe_line(address)))
    if url.username or url.password:
        raise NoData("probes_redis.secret_in_address")
    tls = url.scheme == "rediss" or target.options.get("tls", "").lower() in ("true", "yes", "1")
    return Place(url.hostname, port, "", tls, db)


def logs_in(target: Target) -> bool:
    """Whether the target's options name a password."""
    return any(target.options.get(f"password_{how}") for how in ("env", "file"))


def plan(target: Target, *commands: str) -> tuple[str, ...]:
    """The calls as they will be made, the secret left out; where the address is none, why nothing will be."""
    try:
        place = place_of(target)
    except NoData as fault:
        return (str(fault),)
    first = [f"CONNECT {place}"]
    if logs_in(target):
        user = target.options.get("username", "")
        first.append(f"AUTH {user} ***" if user else "AUTH ***")
    if place.db:
        first.append(f"SELECT {place.db}")
    return (*first, *commands)


class Wire:
    """One connection, until a deadline; made by `connect`."""

    def __init__(
        self, place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limit: float
    ) -> None:
        self.place = place
        self.limit = limit
        self.evidence: list[Exchange] = []
        self._reader, self._writer = reader, writer
        self._until = asyncio.get_running_loop().time() + limit

    async def call(self, *words: str, note: bool = True) -> Answer:
        """The answer to one command.  `Refused` for an error that Redis answers, `NoData` for silence and a
        closed connection, `Broken` for what is not RESP."""
        frame = f"*{len(words)}\r\n" + "".join(f"${len(w.encode())}\r\n{w}\r\n" for w in words)
        try:
            async with asyncio.timeout_at(self._until):
                self._writer.write(frame.encode())
                await self._writer.drain()
                answer = await self._read(0, [SIZE_LIMIT])
        except TimeoutError:
            raise NoData(
                "probes_redis.silent", place=self.place, command=words[0], seconds=f"{self.limit:g}"
            ) from None
        except (OSError, asyncio.IncompleteReadError):
            raise NoData("probes_redis.closed", place=self.place, command=words[0]) from None
        except Refused as refused:
            self.note(words, str(refused.fields.get("message", "")))
            raise refused.showing(*self.evidence) from None
        if note:
            self.note(words, answer)
        return answer

    async def text(self, *words: str) -> str:
        """The answer, which must be a text; `Broken` when it is not."""
        answer = await self.call(*words)
        if not isinstance(answer, str):
            raise self._odd(repr(answer)[:60])
        return answer

    def note(self, words: tuple[str, ...], answered: object) -> None:
        shown = "AUTH ***" if words[0] == "AUTH" else shlex.join(words)
        self.evidence.append(Exchange(f"{self.place} > {shown}", redact(str(answered))))

    async def _read(self, depth: int, left: list[int]) -> Answer:
        line = await self._line()
        kind, rest = line[:1], line[1:]
        if kind == "+":
            return rest
        if kind == "-":
            raise refusal(self.place, rest)
        number = self._number(kind, rest)
        if kind == ":":
            return number
        if number < 0:
            return None
        left[0] -= number
        if left[0] < 0 or depth > _DEEPEST:
            raise Broken("probes_redis.too_much", place=self.place, limit=SIZE_LIMIT // 2**20)
        if kind == "$":
            body = await self._reader.readexactly(number + 2)
            return body[:-2].decode(errors="replace")
        return [await self._read(depth + 1, left) for _ in range(number)]

    async def _line(self) -> str:
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            raise self._odd("...") from None
        except asyncio.IncompleteReadError as cut:
            if not cut.partial:
                raise
            raise self._odd(cut.partial[:60].decode(errors="replace")) from None
        text = line.decode(errors="replace").rstrip("\r\n")
        if text[:1] not in ("+", "-", ":", "$", "*"):
            raise self._odd(text[:60])
        return text

    def _number(self, kind: str, rest: str) -> int:
        try:
            return int(rest)
        except ValueError:
            raise self._odd((kind + rest)[:60]) from None

    def _odd(self, found: str) -> Broken:
        fault = Broken("probes_redis.no_redis", place=self.place, found=redact(safe_line(found)) or "-")
        fault.showing(*self.evidence)
        return fault


def refusal(place: Place, message: str) -> Refused:
    """What Redis' own words mean, with the remedy."""
    code = message.partition(" ")[0]
    key = {
        "NOAUTH": "no_password",
        "WRONGPASS": "wrong_password",
        "NOPERM": "no_rights",
        "LOADING": "loading",
        "MASTERDOWN": "no_master",
        "DENIED": "protected",
    }.get(code, "refused")
    if "invalid password" in message.lower() or "without any password" in message.lower():
        key = "wrong_password"
    fault = Refused(f"probes_redis.{key}", place=place, message=redact(safe_line(message[:200])))
    fault.code = code
    return fault


@asynccontextmanager
async def connect(target: Target, limit: float, *, at: Place | None = None) -> AsyncIterator[Wire]:
    """A connection to the target, logged in, for at most `limit` seconds.

    Credentials come from the options by reference: ``password_env`` or ``password_file``, with ``username``
    where ACLs are in use.  `at` is another member of the same cluster, asked in the same manner.  Raises
    `NoData` for whatever cannot be reached, is not trusted or does not let us in.
    """
    place = at or place_of(target)
    password = referred(target.options, "password") if logs_in(target) else ""
    until = asyncio.get_running_loop().time() + limit
    reader, writer = await _open(place, target, limit)
    try:
        wire = Wire(place, reader, writer, max(0.0, until - asyncio.get_running_loop().time()))
        wire.limit = limit
        if password:
            user = target.options.get("username", "")
            await wire.call("AUTH", *([user] if user else []), password, note=False)
        if place.db:
            await wire.call("SELECT", str(place.db), note=False)
        yield wire
    finally:
        writer.transport.abort()


async def _open(
    place: Place, target: Target, limit: float
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(limit):
            if place.socket:
                return await asyncio.open_unix_connection(place.socket, limit=_LONGEST_LINE)
            context = None
            if place.tls:
                from gpuready.probes.tls_trust import context_of

                context = await asyncio.to_thread(context_of, target)
            return await asyncio.open_connection(place.host, place.port, ssl=context, limit=_LONGEST_LINE)
    except TimeoutError:
        raise NoData("probes_redis.no_connection", place=place, why=f"> {limit:g} s") from None
    except OSError as error:
        why = safe_line(str(getattr(error, "reason", None) or error.strerror or error))
        key = "no_tls" if place.tls and error.errno in (None, 1) else "no_connection"
        raise NoData(f"probes_redis.{key}", place=place, why=why) from None


def member(place: Place, host: str, port: int) -> Place:
    """Another member of the cluster; one that announces no host is on the host that was asked."""
    return replace(place, host=host or place.host, port=port, socket="", db=0)
