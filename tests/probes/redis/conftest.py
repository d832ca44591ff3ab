"""Redis of the distribution, alone and as a cluster of three."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.probes.daemons import daemon, free_port, wait_for


def cli(port: int, *words: str, password: str = "") -> str:
    login = ["-a", password, "--no-auth-warning"] if password else []
    done = subprocess.run(
        ["redis-cli", "-p", str(port), *login, *words], capture_output=True, text=True, timeout=20
    )
    return done.stdout.strip()


@dataclass(frozen=True)
class Redis:
    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def cli(self, *words: str, password: str = "") -> str:
        return cli(self.port, *words, password=password)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """It listens, and the kernel accepts for it, but it answers nothing."""
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)


@contextmanager
def running(folder: Path, *settings: str, password: str = "") -> Iterator[Redis]:
    port = free_port()
    argv = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    argv += ["--save", "", "--appendonly", "no", *settings]
    if password:
        argv += ["--requirepass", password]
    with daemon(argv, folder, lambda: cli(port, "PING", password=password) == "PONG") as process:
        yield Redis(port, process)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A cache as it should be: bounded, with a policy."""
    with running(tmp_path, "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru") as one:
        yield one


@contextmanager
def clustered(folder: Path) -> Iterator[list[Redis]]:
    """Three masters on loopback."""
    with ExitStack() as stack:
        nodes = []
        for number in range(3):
            own = folder / f"node{number}"
            own.mkdir()
            settings = ["--cluster-enabled", "yes", "--cluster-port", str(free_port())]
            settings += ["--cluster-node-timeout", "1000"]
            nodes.append(stack.enter_context(running(own, *settings)))
        said = nodes[0].cli("--cluster", "create", *(n.address for n in nodes), "--cluster-yes")
        assert "All 16384 slots covered" in said, said
        for node in nodes:
            wait_for(lambda n=node: "cluster_state:ok" in n.cli("CLUSTER", "INFO"), "the cluster")  # type: ignore[misc]
        yield nodes


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Redis]]:
    """Three masters with 300 keys."""
    with clustered(tmp_path_factory.mktemp("cluster")) as nodes:
        for number in range(300):
            nodes[0].cli("-c", "SET", f"key{number}", "x")
        yield nodes


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    argv = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    argv_files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run([*argv.split(), *names, *argv_files], check=True, capture_output=True)
    return cert, key
