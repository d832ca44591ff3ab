"""What Prometheus scrapes: an HTTP server in a thread, with the exposition that the test sets."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Exporter:
    """`address` is host:port for a scrape target; every path answers the exposition.

    For counters and histograms that count by themselves, give what prometheus_client makes:
    ``exporter.set(prometheus_client.generate_latest(registry).decode())``.
    """

    def __init__(self, text: str = "") -> None:
        self.scrapes = 0
        self._text = text.encode()
        self._status = 200
        self._delay = 0.0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def set(self, text: str) -> None:
        """The exposition from now on; its last line may lack its end."""
        self._text = (text if text.endswith("\n") or not text else text + "\n").encode()

    def answer(self, status: int = 200, delay: float = 0.0) -> None:
        """Every scrape from now on gets this status, `delay` seconds late."""
        self._status, self._delay = status, delay

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        exporter = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                exporter.scrapes += 1
                body = exporter._text
                time.sleep(exporter._delay)
                self.send_response(exporter._status)
                self.send_header("Content-Type", TYPE)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the tests' output is theirs."""

        return Handler


@contextmanager
def exporter(text: str = "") -> Iterator[Exporter]:
    one = Exporter()
    one.set(text)
    thread = threading.Thread(target=one.serve, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.close()
        thread.join()
