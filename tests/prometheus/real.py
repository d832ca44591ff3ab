"""Debian's Prometheus and Alertmanager, started on loopback; see the package for how to use them."""

from __future__ import annotations

import json
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.probes.daemons import wait_for
from tests.prometheus.server import Server, Tls, running

__all__ = ["Alertmanager", "Line", "Prometheus", "Sample", "Tls", "alertmanager", "prometheus", "running"]


@dataclass(frozen=True)
class Sample:
    """One value of an instant query; `at` in Unix seconds."""

    labels: Mapping[str, str]
    value: float
    at: float


@dataclass(frozen=True)
class Line:
    """One series of a range query: (Unix seconds, value)."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


class Prometheus(Server):
    """A running Prometheus.

    Args:
        targets: by job, the addresses (host:port) to scrape every `interval` seconds; the first scrape comes
            five seconds after the start, since Prometheus looks for targets that often.
        rules: the text of a rule file; `rule_file` writes one.
        alertmanagers: their addresses.
        prefix: the path below which everything is served.
        basic: user and password.
        flags: more of the command line, or other values for ours.

    `url` has no trailing slash and holds the prefix; `address` is host:port.
    """

    def __init__(
        self,
        folder: Path,
        *,
        targets: Mapping[str, Sequence[str]] | None = None,
        rules: str = "",
        alertmanagers: Sequence[str] = (),
        interval: float = 1.0,
        prefix: str = "",
        basic: tuple[str, str] | None = None,
        tls: Tls | None = None,
        flags: Sequence[str] = (),
    ) -> None:
        super().__init__(folder, prefix=prefix, basic=basic, tls=tls)
        self.data = folder / "data"
        self.interval = interval
        self.flags = flags
        self._targets = targets or {}
        self._rules = rules
        self._alertmanagers = alertmanagers
        self._configure()

    def argv(self) -> Sequence[str]:
        own = {
            "config.file": self.folder / "prometheus.yml",
            "storage.tsdb.path": self.data,
            "storage.tsdb.retention.time": "10y",
            "web.listen-address": self.address,
            "web.config.file": self._web_config(),
            "rules.alert.resend-delay": "1s",  # else what fires too early comes a minute late
            "scrape.discovery-reload-interval": "100ms",  # else the first scrape is seconds late
            **({"web.external-url": self.url, "web.route-prefix": self.prefix} if self.prefix else {}),
        }
        # a flag given by the test replaces ours: Prometheus refuses the same one twice
        given = {flag.removeprefix("--").partition("=")[0] for flag in self.flags}
        kept = [f"--{name}={value}" for name, value in own.items() if name not in given]
        return [
            *("prometheus", *kept, "--web.enable-lifecycle", "--web.enable-admin-api"),
            *("--web.enable-remote-write-receiver", *self.flags),
        ]

    def reload(
        self,
        *,
        targets: Mapping[str, Sequence[str]] | None = None,
        rules: str | None = None,
        alertmanagers: Sequence[str] | None = None,
    ) -> None:
        """Puts in force what is given and keeps the rest; rules and targets act within an interval or five
        seconds afterwards, so wait for what they bring."""
        self._targets = self._targets if targets is None else targets
        self._rules = self._rules if rules is None else rules
        self._alertmanagers = self._alertmanagers if alertmanagers is None else alertmanagers
        self._configure()
        self.request("/-/reload", b"")

    def get(self, path: str, **parameters: str | float) -> Any:
        """The "data" of an API answer: get("query", query="up"), get("rules"), get("targets")."""
        words = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        return json.loads(self.request(f"/api/v1/{path}{words}"))["data"]

    def query(self, expression: str, at: float | None = None) -> list[Sample]:
        """An instant query, a scalar as one sample without labels; `at` in seconds from now."""
        when = {} if at is None else {"time": time.time() + at}
        data = self.get("query", query=expression, **when)
        if data["resultType"] == "scalar":
            stamp, value = data["result"]
            return [Sample({}, float(value), stamp)]
        return [Sample(one["metric"], float(one["value"][1]), one["value"][0]) for one in data["result"]]

    def range(self, expression: str, *, seconds: float, step: float, end: float = 0.0) -> list[Line]:
        """A range query over the last `seconds` before `end` (seconds from now)."""
        last = time.time() + end
        found = self.get("query_range", query=expression, start=last - seconds, end=last, step=step)["result"]
        return [
            Line(one["metric"], tuple((stamp, float(value)) for stamp, value in one["values"]))
            for one in found
        ]

    def wait(
        self, expression: str, until: Callable[[list[Sample]], bool] = bool, seconds: float = 30.0
    ) -> list[Sample]:
        """Asks until the answer is as wanted (by default: not empty), and gives that answer."""
        found: list[Sample] = []

        def holds() -> bool:
            nonlocal found
            found = self.query(expression)
            return until(found)

        wait_for(holds, f"{expression} to be as wanted", seconds)
        return found

    def _configure(self) -> None:
        (self.folder / "rules.yml").write_text(self._rules or "groups: []\n", encoding="utf-8")
        span = f"{round(self.interval * 1000)}ms"
        managers = [{"static_configs": [{"targets": list(self._alertmanagers)}]}]
        self._write(
            "prometheus.yml",
            {
                "global": {
                    "scrape_interval": span,
                    "scrape_timeout": span,
                    "evaluation_interval": span,
                },
                "rule_files": [str(self.folder / "rules.yml")],
                "alerting": {"alertmanagers": managers if self._alertmanagers else []},
                "scrape_configs": [
                    {"job_name": job, "static_configs": [{"targets": list(hosts)}]}
                    for job, hosts in self._targets.items()
                ],
            },
        )


class Alertmanager(Server):
    """A running Alertmanager; give its `address` to a Prometheus."""

    def argv(self) -> Sequence[str]:
        quiet = {"receivers": [{"name": "nobody"}], "route": {"receiver": "nobody", "group_wait": "0s"}}
        own = {
            "config.file": self._write("alertmanager.yml", quiet),
            "storage.path": self.folder / "alerts",
            "web.listen-address": self.address,
            "web.config.file": self._web_config(),
            "cluster.listen-address": "",
            **({"web.external-url": self.url, "web.route-prefix": self.prefix} if self.prefix else {}),
        }
        return ["prometheus-alertmanager", *(f"--{name}={value}" for name, value in own.items())]

    def alerts(self) -> list[dict[str, Any]]:
        """What it holds now, as its API gives it: labels, annotations, startsAt, status..."""
        found: list[dict[str, Any]] = json.loads(self.request("/api/v2/alerts"))
        return found


@contextmanager
def prometheus(folder: Path | None = None, **settings: Any) -> Iterator[Prometheus]:
    """A Prometheus with the settings of the class, in its own temporary folder unless one is given."""
    with tempfile.TemporaryDirectory(prefix="gpuready-prometheus-") as own:
        server = Prometheus(folder or Path(own), **settings)
        with running(server):
            yield server


@contextmanager
def alertmanager(
    *, prefix: str = "", basic: tuple[str, str] | None = None, tls: Tls | None = None
) -> Iterator[Alertmanager]:
    with tempfile.TemporaryDirectory(prefix="gpuready-alertmanager-") as own:
        server = Alertmanager(Path(own), prefix=prefix, basic=basic, tls=tls)
        with running(server):
            yield server
