"""A forwarder before any HTTP server, that holds its answers, counts them, cuts them off or replaces them.

    with slow(server.url, seconds=10) as front:
        ask(front.url)              # with the same path prefix as the server's
        front.seconds = 0           # from the next answer on
    front.held = "/alerts"      # only answers of paths with that part
        front.requests, front.received, front.paths, front.headers
        front.demand = {"Authorization": "Bearer t0ken"}    # as a gateway: 401 to whoever lacks these

Connections are kept open and compressed answers passed on as they are, so that `received` is what the
client read.
"""

from __future__ import annotations

import http.client
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


@dataclass(frozen=True)
class Answer:
    """What a client gets instead of the server's own answer."""

    status: int = 503
    body: bytes = b""
    kind: str = "text/plain"


class Slow:
    """`received` counts the bytes of the answers, heads too; `paths` and `headers` are what was asked."""

    def __init__(self, url: str, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.held = ""
        self.instead: Answer | None = None
        self.demand: dict[str, str] = {}
        self.cut = False  # sends half of each body, then closes
        self.reset()
        parts = urllib.parse.urlsplit(url)
        self.upstream = parts.netloc
        self.gone = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{parts.path}"

    def reset(self) -> None:
        """Counts anew."""
        self.requests = 0
        self.received = 0
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []

    def asked(self, path: str, headers: dict[str, str]) -> None:
        with self._lock:
            self.requests += 1
            self.paths.append(path)
            self.headers.append(headers)

    def sent(self, count: int) -> None:
        with self._lock:
            self.received += count

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        self.gone.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may keep its connection

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that gave up waiting is what the tests are about."""


def _handler(front: Slow) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._forward()

        def do_POST(self) -> None:
            self._forward()

        def _forward(self) -> None:
            front.asked(self.path, dict(self.headers.items()))
            length = int(self.headers.get("Content-Length") or 0)
            head, body = self._fetch(self.rfile.read(length) if length else None)
            if front.held in self.path and front.gone.wait(front.seconds):
                self.close_connection = True
                return
            if front.cut:
                body = body[: len(body) // 2]
                self.close_connection = True
            # counted first: the client may look at the count as soon as it has the answer
            front.sent(len(head) + len(body))
            try:
                self.wfile.write(head + body)
            except OSError:
                front.sent(-len(head) - len(body))
                raise

        def _fetch(self, body: bytes | None) -> tuple[bytes, bytes]:
            instead = front.instead
            if any(self.headers.get(key) != value for key, value in front.demand.items()):
                instead = Answer(401, b"who are you?\n")
            if instead:
                return _head(instead.status, [("Content-Type", instead.kind)], instead.body), instead.body
            connection = http.client.HTTPConnection(front.upstream, timeout=60)
            try:
                kept = {key: value for key, value in self.headers.items() if key.lower() not in _HOP}
                connection.request(self.command, self.path, body, kept)
                answer = connection.getresponse()
                found = answer.read()
                return _head(answer.status, answer.getheaders(), found), found
            except OSError as error:
                found = f"the server behind the forwarder does not answer: {error}\n".encode()
                return _head(502, [("Content-Type", "text/plain")], found), found
            finally:
                connection.close()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests' output is theirs."""

    return Handler


def _head(status: int, headers: list[tuple[str, str]], body: bytes) -> bytes:
    kept = [f"{key}: {value}" for key, value in headers if key.lower() not in _HOP]
    words = http.client.responses.get(status, "")
    lines = [f"HTTP/1.1 {status} {words}", *kept, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1")


@contextmanager
def slow(url: str, seconds: float = 0.0) -> Iterator[Slow]:
    """A forwarder to the server of this plain http URL; `seconds` is how long each answer is held."""
    front = Slow(url, seconds)
    thread = threading.Thread(target=front.serve, daemon=True)
    thread.start()
    try:
        yield front
    finally:
        front.close()
        thread.join()
