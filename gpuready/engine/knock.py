"""Who answers at a port or a socket of this node: recognised by what is said, in well under a second.

Written on bare streams: to import an HTTP client would take longer than all the answers together.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PATIENCE = 1.0
"""Seconds for one answer."""
_SIZE = 256 * 1024  # bytes of an answer that are read


@dataclass(frozen=True, slots=True)
class Met:
    """`kind` of target, a `name` for it, and `what` it is for people."""

    kind: str
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class _Sign:
    path: str
    kind: str
    what: str
    tells: Callable[[int, str, Any], bool]  # status, text, the JSON in it (None: none)


def _has(*names: str) -> Callable[[int, str, Any], bool]:
    return lambda status, _, data: status == 200 and isinstance(data, dict) and set(names) <= set(data)


def _prometheus(status: int, text: str, data: Any) -> bool:
    found = data.get("data") if isinstance(data, dict) else None
    return status == 200 and isinstance(found, dict) and {"version", "goVersion"} <= set(found)


def _models(status: int, text: str, data: Any) -> bool:
    return (
        status == 200 and isinstance(data, dict) and isinstance(data.get("data"), list) and "object" in data
    )


def _triton(status: int, text: str, data: Any) -> bool:
    return status == 200 and isinstance(data, dict) and {"name", "version", "extensions"} <= set(data)


def _registry(status: int, text: str, data: Any) -> bool:
    return "docker-distribution-api-version" in text.casefold()


_SIGNS: Mapping[str, _Sign] = {
    "prometheus": _Sign("/api/v1/status/buildinfo", "prometheus", "Prometheus", _prometheus),
    "grafana": _Sign("/api/health", "grafana", "Grafana", _has("database")),
    "alertmanager": _Sign("/api/v2/status", "service", "Alertmanager", _has("cluster", "versionInfo")),
    "loki": _Sign("/loki/api/v1/status/buildinfo", "logs", "Loki", _has("version", "goVersion")),
    "elasticsearch": _Sign("/", "logs", "Elasticsearch", _has("cluster_name", "version")),
    "models": _Sign("/v1/models", "engine", "OpenAI-compatible inference server", _models),
    "triton": _Sign("/v2", "engine", "Triton or KServe v2", _triton),
    "tgi": _Sign("/info", "engine", "TGI", _has("model_id", "max_concurrent_requests")),
    "jaeger": _Sign("/api/services", "tracing", "Jaeger", _has("data", "total")),
    "registry": _Sign("/v2/", "registry", "container registry", _registry),
}
_ENGINES = ("models", "triton", "tgi")
KNOCKS: Mapping[int, tuple[str, ...]] = {
    9090: ("prometheus",),
    3000: ("grafana", *_ENGINES),
    9093: ("alertmanager",),
    3100: ("loki",),
    9200: ("elasticsearch",),
    16686: ("jaeger",),
    5000: ("registry", *_ENGINES),
    6379: ("redis",),
    8000: _ENGINES,
    8001: _ENGINES,
    8080: _ENGINES,
    8081: _ENGINES,
    8888: _ENGINES,
    30000: _ENGINES,
    23333: _ENGINES,
}
"""Which services are sought at which port."""


async def knock(host: str, port: int, names: tuple[str, ...]) -> Met | None:
    """Which of these services answers there; None when none does."""
    for name in names:
        if name == "redis":
            return Met("redis", "redis", "Redis") if await _is_redis(host, port) else None
        sign = _SIGNS[name]
        answer = await _get(asyncio.open_connection, sign.path, host, port)
        if answer is None:
            return None  # nobody listens: nothing else need be asked
        if _tells(sign, *answer):
            return Met(sign.kind, f"{name if name != 'models' else 'inference'}-{port}", sign.what)
    return None


async def knock_socket(path: str) -> str:
    """``Docker`` or ``Podman`` when a container engine answers at the socket; else empty."""
    answer = await _get(asyncio.open_unix_connection, "/version", path)
    if answer is None or answer[0] != 200:
        return ""
    data = _json(answer[1])
    if not isinstance(data, dict) or "ApiVersion" not in data:
        return ""
    return "Podman" if "podman" in json.dumps(data).casefold() else "Docker"


def _tells(sign: _Sign, status: int, text: str) -> bool:
    return sign.tells(status, text, _json(text))


def _json(text: str) -> Any:
    try:
        return json.loads(text.partition("\r\n\r\n")[2])
    except (ValueError, RecursionError):
        return None


async def _get(connect: Callable[..., Any], path: str, *place: str | int) -> tuple[int, str] | None:
    """Status and whole answer, its head included, of one GET; None when there is none in time."""
    request = f"GET {path} HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"
    raw = await _exchange(connect, request.encode(), *place)
    if raw is None:
        return None
    text = raw.decode(errors="replace")
    words = text.split(None, 2)
    is_http = len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdigit()
    return (int(words[1]) if is_http else 0), text


async def _is_redis(host: str, port: int) -> bool:
    raw = await _exchange(asyncio.open_connection, b"PING\r\nQUIT\r\n", host, port)
    return raw is not None and raw.startswith((b"+PONG", b"-NOAUTH", b"-DENIED"))


async def _exchange(connect: Callable[..., Any], request: bytes, *place: str | int) -> bytes | None:
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await connect(*place)
            assert writer is not None
            writer.write(request)
            await writer.drain()
            data = bytearray()
            while len(data) < _SIZE and (chunk := await reader.read(_SIZE - len(data))):
                data += chunk
            return bytes(data)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return None
    finally:
        if writer is not None:
            with contextlib.suppress(OSError):
                writer.close()
