"""nginx of the distribution on loopback."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.probes.daemons import daemon, listens
from tests.probes.http.pki import Pair

_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def nginx(folder: Path, http: str, *ports: int) -> Iterator[None]:
    """nginx with that inside its ``http`` block, once it listens on the ports."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    temporary = "".join(f"{name}_temp_path {folder}/{name};\n" for name in _TEMPORARY)
    config = folder / "nginx.conf"
    config.write_text(
        f"user root;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{\naccess_log off;\n{temporary}{http}\n}}\n"
    )
    with daemon(
        [program, "-c", str(config), "-e", str(folder / "error.log"), "-g", "daemon off;"],
        folder,
        lambda: all(listens(port) for port in ports),
    ):
        yield


def tls_server(port: int, pair: Pair, more: str = "", *, protocols: str = "TLSv1.2 TLSv1.3") -> str:
    """A ``server`` block that speaks TLS and answers 200."""
    return (
        f"server {{ listen 127.0.0.1:{port} ssl; "
        f"ssl_certificate {pair.cert}; ssl_certificate_key {pair.key}; ssl_protocols {protocols}; "
        f"{more} location / {{ return 200 'ok'; }} }}\n"
    )


@contextmanager
def demanding_tls(
    folder: Path, port: int, pair: Pair, ca: Path, *words: str
) -> Iterator[subprocess.Popen[bytes]]:
    """openssl's own server, which breaks off handshakes without a client certificate."""
    argv = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-quiet"]
    argv += ["-cert", str(pair.cert), "-key", str(pair.key), "-CAfile", str(ca)]
    argv += ["-Verify", "2", "-verify_return_error", *words]
    with daemon(argv, folder, lambda: listens(port)) as process:
        yield process
