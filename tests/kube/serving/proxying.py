"""services/NAME:PORT/proxy, pods/... and nodes/...: forwarded to where a test says."""

from __future__ import annotations

import aiohttp
from aiohttp import web

from tests.kube.serving.answers import bad_request, unavailable
from tests.kube.serving.target import Target

Route = tuple[str, str, str, str]  # plural, namespace, name, port

_HOP = frozenset({
    "authorization", "connection", "content-length", "host", "keep-alive", "proxy-authorization", "te",
    "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip


def route(target: Target) -> Route:
    """The service, pod or node that a proxy path names: ``[SCHEME:]NAME[:PORT]``."""
    parts = target.name.split(":")
    if len(parts) == 3:
        parts = parts[1:]
    name, port = parts if len(parts) == 2 else (parts[0], "")
    return (target.plural, target.namespace, name, port)


async def forward(
    request: web.Request, target: Target, routes: dict[Route, str], session: aiohttp.ClientSession
) -> web.StreamResponse:
    """The backend's own answer; 503 where a service has no endpoints, as a kube-apiserver says it."""
    plural, namespace, name, port = route(target)
    base = routes.get((plural, namespace, name, port))
    if base is None:
        if plural == "services":
            raise unavailable(f'no endpoints available for service "{target.name}"')
        raise bad_request(f"address not allowed: {target.name}")
    rest = request.rel_url.raw_path.partition("/proxy")[2]
    url = base.rstrip("/") + rest + (f"?{request.query_string}" if request.query_string else "")
    headers = {key: value for key, value in request.headers.items() if key.lower() not in _HOP}
    body = await request.read()
    try:
        async with session.request(
            request.method, url, headers=headers, data=body or None, allow_redirects=False
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP | {"content-encoding"}}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)
    except aiohttp.ClientError as error:
        message = f"error trying to reach service: {error}"
        raise unavailable(message) from error
