"""The server in a thread of its own, so that tests may call it from any thread and any loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import threading
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web

from tests.kube.serving.kinds import Kind
from tests.kube.serving.server import Server, State
from tests.kube.serving.store import Object, Store
from tests.kube.serving.watching import Watches

T = TypeVar("T")
_CLIENT_GONE = 0.2  # seconds that open requests get when the server stops


class Running:
    """A server that answers on loopback from `start` to `stop`."""

    def __init__(self, state: State, created: Callable[[Kind, Object], None]) -> None:
        self._loop = asyncio.new_event_loop()
        self.watches = Watches(self._loop)
        self.store = Store(self.watches.changed)
        self.server = Server(self.store, state, self.watches, created)
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._run, name="kube-apiserver", daemon=True)
        self.port = 0

    def start(self, port: int, tls: ssl.SSLContext | None) -> None:
        """Raises OSError when the port cannot be had."""
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._listen(port, tls), self._loop).result(30)

    def stop(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(30)

    def call(self, do: Callable[[], T]) -> T:
        """Run something in the server's loop and wait for it."""
        if threading.current_thread() is self._thread:
            return do()

        async def done() -> T:
            return do()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(30)

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Run something in the server's loop after the present request."""
        self._loop.call_soon_threadsafe(lambda: self._loop.call_later(seconds, do))

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    async def _listen(self, port: int, tls: ssl.SSLContext | None) -> int:
        # A client that hangs up ends its request at once: a watch must not outlive it.
        runner = web.AppRunner(
            self.server.app(), handler_cancellation=True, access_log=None, shutdown_timeout=_CLIENT_GONE
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls, backlog=512)
        await site.start()
        self._runner = runner
        # Clients that hang up in the middle of a handshake are part of the tests.
        self._loop.set_exception_handler(
            lambda loop, context: logging.getLogger(__name__).debug("%s", context)
        )
        return int(runner.addresses[0][1])

    async def _close(self) -> None:
        if self._runner is not None:
            with contextlib.suppress(Exception):
                await self._runner.cleanup()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
