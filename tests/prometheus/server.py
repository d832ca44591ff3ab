"""What Prometheus and the Alertmanager have in common as daemons of a test."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.probes.daemons import daemon, free_port, wait_for
from tests.probes.http.pki import Pair

_SALT = "$2b$04$gpureadygpureadygpureO"  # a constant: the tests' password guards nothing


@dataclass(frozen=True)
class Tls:
    """What a server shows, who issued it, and the pair that clients must show (mTLS), if any."""

    server: Pair
    ca: Path
    client: Pair | None = None


class Server:
    """A daemon of the Prometheus family that can be paused, killed and started again on its port and data."""

    def __init__(self, folder: Path, *, prefix: str, basic: tuple[str, str] | None, tls: Tls | None) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.prefix = "/" + prefix.strip("/") if prefix else ""
        self.url = f"{'https' if tls else 'http'}://{self.address}{self.prefix}"
        self.basic = basic
        self.tls = tls
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def argv(self) -> Sequence[str]:
        raise NotImplementedError

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server was stopped"
        return self._process.pid

    def start(self) -> None:
        """Starts it, again too; returns once it is ready."""
        assert self._process is None, "the server is running"
        self._process = self._stack.enter_context(daemon(self.argv(), self.folder, self._ready))

    def stop(self) -> None:
        """Ends it as an operator would: SIGTERM, so that its data is complete."""
        process = self._process
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
        self.kill()

    def kill(self) -> None:
        """SIGKILL: connections are reset, then refused."""
        self._process = None
        self._stack.close()

    def pause(self) -> None:
        """SIGSTOP: connections are still accepted by the kernel, and never answered."""
        os.kill(self.pid, signal.SIGSTOP)
        wait_for(lambda: _state(self.pid) == "T", "the server to be stopped")

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def request(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The body of the answer to a GET, or a POST where there is a body.

        Raises:
            urllib.error.URLError: an HTTPError for every status but 2xx.
        """
        asked = urllib.request.Request(self.url + path, data=body, headers=dict(headers or {}))
        if self.basic:
            word = base64.b64encode(":".join(self.basic).encode()).decode()
            asked.add_header("Authorization", f"Basic {word}")
        context = None
        if self.tls:
            context = ssl.create_default_context(cafile=str(self.tls.ca))
            if self.tls.client:
                context.load_cert_chain(self.tls.client.cert, self.tls.client.key)
        direct = urllib.request.ProxyHandler({})  # never through a proxy that this machine may have set
        opener = urllib.request.build_opener(direct, urllib.request.HTTPSHandler(context=context))
        with opener.open(asked, timeout=30) as answer:
            return bytes(answer.read())

    def _ready(self) -> bool:
        with contextlib.suppress(OSError):
            self.request("/-/ready")
            return True
        return False

    def _web_config(self) -> Path:
        document: dict[str, Any] = {}
        if self.tls:
            document["tls_server_config"] = {
                "cert_file": str(self.tls.server.cert),
                "key_file": str(self.tls.server.key),
            }
            if self.tls.client:
                document["tls_server_config"] |= {
                    "client_auth_type": "RequireAndVerifyClientCert",
                    "client_ca_file": str(self.tls.ca),
                }
        if self.basic:
            user, password = self.basic
            document["basic_auth_users"] = {user: _bcrypt(password)}
        return self._write("web.yml", document)

    def _write(self, name: str, document: object) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(document), encoding="utf-8")  # JSON is YAML
        return path


@contextmanager
def running(server: Server) -> Iterator[None]:
    try:
        server.start()
        yield
    finally:
        server.kill()


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _bcrypt(password: str) -> str:
    """By libcrypt, through perl, which every Debian has: Python has no bcrypt of its own."""
    words = ["perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, _SALT]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
