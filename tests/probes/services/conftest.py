"""A real Prometheus that scrapes itself and a real node_exporter, with forty days of older samples."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.probes.daemons import daemon, free_port

DAYS = 40


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


@dataclass(frozen=True)
class Prometheus:
    url: str
    exporter: str
    dead: str

    def value(self, query: str) -> str:
        asked = urllib.request.Request(f"{self.url}/api/v1/query?query={query}")
        with urllib.request.urlopen(asked, timeout=5) as reply:
            return str(reply.read().decode())


@contextmanager
def prometheus(folder: Path, config: str, *options: str) -> Iterator[str]:
    """A Prometheus with that configuration; its URL."""
    port = free_port()
    (folder / "prometheus.yml").write_text(config)
    argv = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    argv += [f"--web.listen-address=127.0.0.1:{port}", *options]
    url = f"http://127.0.0.1:{port}"
    with daemon(argv, folder, lambda: answers(f"{url}/-/ready")):
        yield url


def older_samples(folder: Path) -> None:
    """Blocks with a sample of `up` every half hour for `DAYS` days, as promtool makes them."""
    now = int(time.time())
    lines = ["# HELP up x", "# TYPE up gauge"]
    lines += [f'up{{job="old"}} 1 {at}' for at in range(now - DAYS * 86400, now - 3600, 1800)]
    (folder / "old.txt").write_text("\n".join([*lines, "# EOF", ""]))
    argv = ["promtool", "tsdb", "create-blocks-from", "openmetrics", f"{folder}/old.txt", f"{folder}/data"]
    subprocess.run([*argv, "--max-block-duration=1000h"], check=True, capture_output=True, cwd=folder)


@pytest.fixture(scope="session")
def monitored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    exporter, dead = free_port(), free_port()
    argv = ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{exporter}"]
    targets = f'["127.0.0.1:{exporter}", "127.0.0.1:{dead}"]'
    config = (
        "global: {scrape_interval: 1s}\n"
        "scrape_configs:\n"
        f"- {{job_name: node, static_configs: [{{targets: {targets}}}]}}\n"
    )
    older_samples(folder)
    with (
        daemon(argv, folder, lambda: answers(f"http://127.0.0.1:{exporter}/metrics")),
        prometheus(folder, config, "--storage.tsdb.retention.time=2y") as url,
    ):
        found = Prometheus(url, f"127.0.0.1:{exporter}", f"127.0.0.1:{dead}")
        until = time.monotonic() + 20
        asked = "count(up)==2%20and%20on()%20count(node_uname_info)==1"
        while '"2"]' not in found.value(asked) and time.monotonic() < until:
            time.sleep(0.1)
        yield found
