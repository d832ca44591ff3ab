"""Where the time of a request goes: name, connection, handshake, first byte."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from enum import StrEnum

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from gpuready.probes.network_names import look_up


class Stage(StrEnum):
    """What a request is busy with."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    ANSWER = "answer"  # all is sent, nothing has come yet
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Phases:
    """Seconds of each phase, not cumulative; None where there was no such phase (an address instead of a
    name, plain http).  `first_byte` is from the connection's standing to the answer's head, `total` from
    start to the end of the body.  Source: aiohttp's trace, and for TLS the start of the handshake."""

    resolve: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    total: float = 0.0

    def __add__(self, other: Phases) -> Phases:
        def both(one: float | None, two: float | None) -> float | None:
            return one if two is None else two if one is None else one + two

        return Phases(
            both(self.resolve, other.resolve),
            both(self.connect, other.connect),
            both(self.tls, other.tls),
            both(self.first_byte, other.first_byte),
            self.total + other.total,
        )


class Watch:
    """One request's clock; aiohttp's trace and the client tell it how far things are."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._begun = self._clock()
        self._at: dict[str, float] = {}
        self.stage = Stage.RESOLVE
        self.received = 0  # bytes of the body

    def trace(self) -> aiohttp.TraceConfig:
        """What tells the watch of names and connections."""
        config = aiohttp.TraceConfig()

        async def looks_up(*_: object) -> None:
            self._mark("look up")

        async def looked_up(*_: object) -> None:
            self._mark("looked up", Stage.CONNECT)

        async def connects(*_: object) -> None:
            self._mark("connect")

        async def connected(*_: object) -> None:
            self._mark("connected", Stage.ANSWER)

        config.on_dns_resolvehost_start.append(looks_up)
        config.on_dns_resolvehost_end.append(looked_up)
        config.on_connection_create_start.append(connects)
        config.on_connection_create_end.append(connected)
        return config

    def _mark(self, what: str, stage: Stage | None = None) -> None:
        self._at[what] = self._clock()
        self.stage = stage or self.stage

    def handshake_begins(self) -> None:
        self._mark("handshake", Stage.TLS)

    def first_byte(self) -> None:
        self._mark("first byte", Stage.BODY)

    def end(self) -> None:
        self._mark("end")

    def since_sent(self) -> float:
        """Seconds since the connection stood and the request went out."""
        return self._clock() - self._at.get("connected", self._begun)

    def phases(self) -> Phases:
        at = self._at
        reached = at.get("handshake", at.get("connected"))
        left = at.get("looked up", at.get("connect"))
        return Phases(
            resolve=_span(at.get("look up"), at.get("looked up")),
            connect=_span(left, reached),
            tls=_span(at.get("handshake"), at.get("connected")),
            first_byte=_span(at.get("connected"), at.get("first byte")),
            total=at.get("end", self._clock()) - self._begun,
        )


def _span(begin: float | None, end: float | None) -> float | None:
    return None if begin is None or end is None else max(0.0, end - begin)


class Resolver(AbstractResolver):
    """aiohttp's names through `look_up`, which ties up no pool."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=place.address,
                port=place.port,
                family=place.family,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for place in await look_up(host, port, family)
        ]

    async def close(self) -> None:
        pass
