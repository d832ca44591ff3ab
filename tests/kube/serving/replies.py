"""HTTP answers, and the bodies that come with requests."""

from __future__ import annotations

import json
import zlib
from typing import Any

from aiohttp import web

from tests.kube.serving.answers import Refusal, bad_request
from tests.kube.serving.kinds import Kind
from tests.kube.serving.store import Entry, Object
from tests.kube.serving.target import Target

COMPRESS_ABOVE = 128 * 1024  # bytes, as a kube-apiserver does
_CHECKS = (
    "ping",
    "log",
    "etcd",
    "poststarthook/start-apiextensions-controllers",
    "poststarthook/rbac/bootstrap-roles",
)
HEALTH = {
    "/livez": _CHECKS,
    "/healthz": _CHECKS,
    "/readyz": (*_CHECKS[:3], "etcd-readiness", "informer-sync", *_CHECKS[3:], "shutdown"),
}


def version_document(git: str) -> Object:
    numbers = git.lstrip("v").split(".")
    return {
        "major": numbers[0],
        "minor": numbers[1] if len(numbers) > 1 else "",
        "gitVersion": git,
        "gitCommit": "0" * 40,
        "gitTreeState": "clean",
        "buildDate": "2025-11-11T19:12:00Z",
        "goVersion": "go1.24.9",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def acceptable(accept: str) -> bool:
    """Whether plain JSON will do: tables and bare metadata are not served here."""
    parts = [part.strip() for part in accept.split(",") if part.strip()]
    plain = ("application/json", "application/*", "*/*")
    return not parts or any(part.partition(";")[0] in plain and "as=" not in part for part in parts)


async def decoded(request: web.Request) -> Any:
    raw = await request.read()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise bad_request(f"the object provided is unrecognized (must be of type): {error}") from error


def json_reply(document: Object, content_type: str = "application/json", status: int = 200) -> web.Response:
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return web.Response(status=status, body=body, headers={"Content-Type": content_type})


def bytes_reply(request: web.Request, body: bytes) -> web.Response:
    headers = {"Content-Type": "application/json"}
    if len(body) > COMPRESS_ABOVE and "gzip" in request.headers.get("Accept-Encoding", ""):
        squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
        body = squeeze.compress(body) + squeeze.flush()
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return web.Response(body=body, headers=headers)


def entry_reply(entry: Entry, kind: Kind, target: Target, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=entry.typed(kind, target.version),
        headers={"Content-Type": "application/json"},
    )


def refusal_reply(refusal: Refusal) -> web.Response:
    if refusal.text:
        return web.Response(
            status=refusal.code, text=refusal.text, content_type="text/plain", headers=refusal.headers
        )
    response = json_reply(refusal.status, status=refusal.code)
    response.headers.update(refusal.headers)
    return response
