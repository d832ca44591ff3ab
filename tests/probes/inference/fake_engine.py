"""An engine's process as the probes see it: a command line with sizes, children, and an API on loopback.

``python fake_engine.py serve MODEL --port N --tensor-parallel-size 2 ...``; it pretends to be vLLM, or
SGLang with ``--as sglang``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

words = sys.argv


def value(name: str, otherwise: str) -> str:
    return words[words.index(name) + 1] if name in words else otherwise


OWNER = value("--as", "vllm")


class Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        said: object = None
        if self.path == "/v1/models":
            card = {"id": "m-8b", "object": "model", "owned_by": OWNER, "root": "m-8b", "parent": None}
            said = {"object": "list", "data": [card]}
        elif self.path == "/version":
            said = {"version": "0.11.0"}
        body = json.dumps(said).encode()
        self.send_response(200 if said else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]):
        ThreadingHTTPServer(("127.0.0.1", int(value("--port", "0"))), Api).serve_forever()
