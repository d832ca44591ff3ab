"""A Prometheus that only Kubernetes' service proxy reaches, asked with the rights of a kubeconfig."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from gpuready.kube.access import connected
from gpuready.kube.request import Answer, Question, request
from gpuready.probes.probe import Target
from gpuready.prometheus.address import proxy_path
from gpuready.prometheus.transport import SIZE_LIMIT

LIMIT = 30.0
"""Seconds of a request at most; whoever asked has a deadline of their own besides."""


class ThroughKubernetes(BaseAdapter):
    """Carries the client's requests through the API server: credentials, renewal and trust are those of the
    kubeconfig.  It is called in a thread and works on the event loop on which it was made."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self._cluster = Target("kubernetes", target.name, target.options["via"])
        self._base = proxy_path(target.address)
        self._own = urlsplit(target.address).path.rstrip("/")
        self._loop = asyncio.get_running_loop()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        path = self._base + parts.path.removeprefix(self._own)
        question = Question(f"{path}?{parts.query}" if parts.query else path, limit=LIMIT, size=SIZE_LIMIT)
        waiting = asyncio.run_coroutine_threadsafe(self._ask(question), self._loop)
        return _response(request, waiting.result(LIMIT + 5))

    async def _ask(self, question: Question) -> Answer:
        async with connected(self._cluster) as connection:
            return await request(connection, question)

    def close(self) -> None:
        """Nothing: the connection to the cluster is closed when nobody uses it."""


class _Body(io.BytesIO):
    """An answer's body as the session reads it."""

    def stream(self, size: int, decode_content: bool = True) -> Any:
        while chunk := self.read(size):
            yield chunk

    def release_conn(self) -> None:
        """Nothing to give back."""


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.url = str(request.url)
    response.request = request
    headers: Mapping[str, str] = {"Content-Type": answer.kind}
    response.headers.update(headers)
    response.raw = _Body(answer.body)
    response.encoding = "utf-8"
    return response
