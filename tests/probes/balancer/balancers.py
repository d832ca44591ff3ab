"""Real HAProxy and nginx on loopback, in front of played backends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from gpuready.probes.balancer_stats import State, stats_of
from gpuready.probes.probe import Ask, Outcome, Target
from tests.probes.daemons import daemon, free_port, listens
from tests.probes.stage import Stage, play


@asynccontextmanager
async def backends(count: int, *, name: bool = True, delay: float = 0.0) -> AsyncIterator[list[Stage]]:
    """That many servers, each of which tells its name (b1, b2 ...) in X-Backend."""
    async with AsyncExitStack() as stack:
        stages = []
        for number in range(1, count + 1):

            async def answer(_: web.Request, me: str = f"b{number}") -> web.Response:
                await asyncio.sleep(delay)
                return web.json_response({"host": me}, headers={"X-Backend": me} if name else {})

            stages.append(await stack.enter_async_context(play({"/": answer, "/health": answer})))
        yield stages


@dataclass(frozen=True)
class HAProxy:
    """`url` of its frontend; `csv`, `html`, `metrics` and `socket` of its statistics."""

    url: str
    base: str
    socket: str

    @property
    def csv(self) -> str:
        return f"{self.base}/stats;csv"

    @property
    def metrics(self) -> str:
        return f"{self.base}/metrics"


def servers(stages: list[Stage], extra: str = "check inter 100ms") -> str:
    lines = [f"server b{n} {s.url.removeprefix('http://')} {extra}" for n, s in enumerate(stages, 1)]
    return "\n  ".join(line.replace("NAME", f"b{n}") for n, line in enumerate(lines, 1))


@contextmanager
def haproxy(folder: Path, backend: str, frontend: str = "", more: str = "") -> Iterator[HAProxy]:
    """A HAProxy with that backend section."""
    port, stats = free_port(), free_port()
    config = f"""
global
  stats socket {folder}/admin.sock mode 600 level admin
defaults
  mode http
  retries 0
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend front
  bind 127.0.0.1:{port}
  {frontend}
  default_backend app
frontend stats
  bind 127.0.0.1:{stats}
  http-request use-service prometheus-exporter if {{ path /metrics }}
  stats enable
  stats uri /stats
backend app
  {backend}
{more}
"""
    (folder / "haproxy.cfg").write_text(config)
    argv = ["haproxy", "-db", "-f", f"{folder}/haproxy.cfg"]
    with daemon(argv, folder, lambda: listens(port) and listens(stats)):
        yield HAProxy(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{stats}", f"unix://{folder}/admin.sock")


async def settled(proxy: HAProxy, **wanted: State) -> None:
    """Until HAProxy's own checks have come to these states."""
    ask = Ask(Target("balancer", "here", proxy.url, {"stats": proxy.socket}))
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            found = {each.name: each for each in (await stats_of(ask, 2)).servers}
        except Outcome:
            found = {}
        known = {
            n: each.state for n, each in found.items() if each.check is not None or each.state is State.OUT
        }
        if wanted.items() <= known.items():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"waited in vain for {wanted}")


async def command(proxy: HAProxy, text: str) -> str:
    """A word to HAProxy's own socket."""
    reader, writer = await asyncio.open_unix_connection(proxy.socket.removeprefix("unix://"))
    writer.write(f"{text}\n".encode())
    said = await reader.read()
    writer.close()
    return said.decode()


@contextmanager
def nginx(folder: Path, upstream: str, server: str = "", http: str = "") -> Iterator[str]:
    """An nginx with that upstream; gives its URL, with stub_status at /stub."""
    port = free_port()
    config = f"""
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {http}
  upstream app {{ zone app 64k; {upstream} }}
  server {{
    listen 127.0.0.1:{port};
    add_header X-Backend $upstream_addr always;
    location = /stub {{ stub_status; }}
    location / {{ proxy_pass http://app; proxy_hide_header X-Backend; {server} }}
  }}
}}
"""
    (folder / "nginx.conf").write_text(config)
    with daemon(["nginx", "-p", str(folder), "-c", f"{folder}/nginx.conf"], folder, lambda: listens(port)):
        yield f"http://127.0.0.1:{port}"


def upstream(stages: list[Stage], more: str = "") -> str:
    return " ".join(f"server {s.url.removeprefix('http://')} {more};" for s in stages)
