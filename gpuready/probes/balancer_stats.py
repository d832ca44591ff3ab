"""What a balancer says of its backends: HAProxy's CSV (page or socket), or a page of metrics."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from yarl import URL

from gpuready.probes.balancer_metrics import Row, rows_of
from gpuready.probes.http_auth import parse
from gpuready.probes.http_client import fetch, step
from gpuready.probes.probe import Ask, Broken, Exchange, NoData, Target
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

SIZE = 8 * 2**20
"""Bytes of a page of statistics."""

_COMMAND = "show stat"


class State(StrEnum):
    """What a server is to the balancer."""

    UP = "up"
    DOWN = "down"
    OUT = "maintenance"  # taken out by hand
    DRAIN = "drain"  # takes no new sessions
    UNCHECKED = "no check"  # nobody looks whether it lives


@dataclass(frozen=True, slots=True)
class Server:
    """One backend as the balancer sees it.  `sessions` is its total so far, `queued` now, `check` what the
    last health check took, in seconds; None where it does not tell."""

    group: str
    name: str
    state: State
    address: str = ""
    weight: float | None = None
    sessions: float | None = None
    queued: float | None = None
    check: float | None = None
    algorithm: str = ""
    spare: bool = False
    why: str = ""

    @property
    def works(self) -> bool:
        """Whether new requests should come to it."""
        return self.state in (State.UP, State.UNCHECKED) and self.weight != 0 and not self.spare

    def __str__(self) -> str:
        return f"{self.group}/{self.name}" if self.group else self.name


@dataclass(frozen=True, slots=True)
class Stats:
    servers: tuple[Server, ...]
    source: str
    exchange: Exchange
    remarks: tuple[tuple[str, Mapping[str, object]], ...] = ()


def has_stats(target: Target) -> bool:
    return bool(target.options.get("stats"))


def steps(target: Target) -> tuple[str, ...]:
    """What will be asked; nothing where the target names no statistics."""
    where = target.options.get("stats", "")
    if not where:
        return ()
    if path := _socket(where):
        return (f"connect to {path} and send {_COMMAND!r}",)
    return (step(where),)


async def stats_of(ask: Ask, limit: float) -> Stats:
    """The servers that the target's option ``stats`` tells of, restricted to the group that its option
    ``backend`` names.

    `NoData` when there is no such option, when nobody answers there, or when what is there knows no
    backends; `Broken` when it is neither CSV nor metrics.
    """
    target = ask.target
    where = target.options.get("stats", "")
    if not where:
        raise NoData("probes_balancer.no_stats", target=safe_line(target.name))
    remarks: tuple[tuple[str, Mapping[str, object]], ...] = ()
    if path := _socket(where):
        text = await _ask_socket(path, limit)
        shown = Exchange(f"{path}: {_COMMAND}", redact(text))
    else:
        reply = await fetch(where, limit=limit, target=_credentials(target, where), size_limit=SIZE)
        text, shown, remarks = reply.must().text, reply.exchange, reply.remarks
    where = redact(safe_line(where))
    try:
        servers, source = await asyncio.to_thread(read, text, where)
    except (NoData, Broken) as fault:
        raise fault.showing(shown) from None
    if group := target.options.get("backend", ""):
        servers = tuple(each for each in servers if each.group == group)
    if not servers:
        raise NoData("probes_balancer.no_servers", where=where).showing(shown)
    return Stats(servers, source, shown, remarks)


def read(text: str, where: str) -> tuple[tuple[Server, ...], str]:
    """The servers in a page of statistics, and what kind of page it is; raises as `stats_of`."""
    start = text.lstrip()[:2000]
    if re.match(r"# ([\w.]+,)*pxname,", start):
        return _from_csv(text.lstrip(), where), "HAProxy statistics"
    if start.startswith("Active connections:"):
        raise NoData("probes_balancer.stub_only", where=where)
    if "<html" in start.lower() or "<!doctype" in start.lower():
        raise Broken("probes_balancer.html_stats", where=where)
    if "# TYPE " in text or "# HELP " in text:
        return _from_metrics(text, where), "metrics"
    raise Broken("probes_balancer.odd_stats", where=where, found=redact(safe_line(start[:60])))


def _from_csv(text: str, where: str) -> tuple[Server, ...]:
    """By the names in the head: HAProxy has added columns in every version."""
    # A page that broke off in mid-line would count too few.
    if not text.endswith("\n"):
        raise Broken("probes_balancer.cut_stats", where=where)
    rows = csv.DictReader(io.StringIO(text.removeprefix("# ")))
    try:
        if not {"pxname", "svname", "type", "status"} <= set(rows.fieldnames or ()):
            raise Broken("probes_balancer.odd_stats", where=where, found=safe_line(text[:60]))
        all_rows = [row for row in rows if row["pxname"]]
    except csv.Error:
        raise Broken("probes_balancer.odd_stats", where=where, found=safe_line(text[:60])) from None
    if any(row["status"] is None or row["type"] is None for row in all_rows):
        raise Broken("probes_balancer.cut_stats", where=where)
    algorithms = {row["pxname"]: row.get("algo") or "" for row in all_rows if row["type"] == "1"}
    return tuple(
        Server(
            safe_line(row["pxname"])[:80],
            safe_line(row["svname"])[:80],
            _looked_at(_state(row["status"]), row.get("check_status")),
            address=row.get("addr") or "",
            weight=_number(row.get("weight")),
            sessions=_number(row.get("stot")),
            queued=_number(row.get("qcur")),
            check=None if (took := _number(row.get("check_duration"))) is None else took / 1000,
            algorithm=algorithms.get(row["pxname"], ""),
            spare=row.get("bck") == "1",
            why=safe_line((row.get("last_chk") or row.get("check_status") or "").strip("* "))[:80],
        )
        for row in all_rows
        if row["type"] == "2"
    )


def _state(status: str) -> State:
    """HAProxy's words: ``UP 1/3`` (going down), ``DOWN 1/2`` (coming up), ``MAINT (via web/s1)`` ..."""
    word = re.split(r"[ (]", status.strip(), maxsplit=1)[0].upper()
    if status.strip().lower() == "no check":
        return State.UNCHECKED
    if "(resolution)" in status:
        return State.DOWN  # nobody took it out: its name does not resolve
    known = {"UP": State.UP, "MAINT": State.OUT, "DRAIN": State.DRAIN}
    return known.get(word, State.DOWN)  # DOWN, NOLB, and what only a later version says


def _looked_at(state: State, check: str | None) -> State:
    """Up before the first check is over (INI) only means that nobody knows better."""
    return State.UNCHECKED if state is State.UP and (check or "").strip("* ") == "INI" else state


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _from_metrics(text: str, where: str) -> tuple[Server, ...]:
    rows = rows_of(text)
    for name, (group, server) in _FAMILIES.items():
        found = [(labels, value) for labels, value in rows.get(name, ()) if server in labels]
        if found:
            return tuple(_servers(name, found, group, server, rows))
    raise NoData("probes_balancer.no_backend_metrics", where=where, known=", ".join(_FAMILIES))


# The metrics that tell of single backends, with their labels for the group and the server.
_FAMILIES = {
    "haproxy_server_status": ("proxy", "server"),  # HAProxy itself
    "haproxy_server_up": ("backend", "server"),  # the old exporter
    "nginxplus_upstream_server_state": ("upstream", "server"),
    "traefik_service_server_up": ("service", "url"),
    "caddy_reverse_proxy_upstreams_healthy": ("", "upstream"),
}
_HAPROXY_FACTS = (
    "haproxy_server_weight",
    "haproxy_server_sessions_total",
    "haproxy_server_current_queue",
)
_BY_NUMBER = {  # where the value is the state
    "haproxy_server_status": {0: State.DOWN, 1: State.UP, 2: State.OUT, 3: State.DRAIN, 4: State.DOWN},
    "nginxplus_upstream_server_state": {1: State.UP, 2: State.DRAIN, 3: State.OUT},
}


def _servers(
    name: str,
    rows: Iterable[Row],
    group: str,
    server: str,
    all_rows: Mapping[str, Sequence[Row]],
) -> Iterable[Server]:
    weight, sessions, queued = (_keyed(all_rows.get(each, ())) for each in _HAPROXY_FACTS)
    done = [row for row in all_rows.get("haproxy_server_check_status", ()) if row[0].get("state") != "INI"]
    checked = _keyed(row for row in done if row[1] or "state" not in row[0])
    for labels, value in rows:
        key = (labels.get(group, ""), labels[server])
        if "state" in labels:  # one row for each state it could be in
            if value != 1:
                continue
            state = _state(labels["state"])
        else:
            states = _BY_NUMBER.get(name, {0: State.DOWN, 1: State.UP})
            state = states.get(int(value) if value == value else 0, State.DOWN)
        if name == "haproxy_server_status" and state is State.UP and key not in checked:
            state = State.UNCHECKED  # HAProxy calls it up because it never looks
        yield Server(
            safe_line(key[0])[:80],
            safe_line(key[1])[:80],
            state,
            weight=weight.get(key),
            sessions=sessions.get(key),
            queued=queued.get(key),
        )


def _keyed(rows: Iterable[Row]) -> dict[tuple[str, str], float]:
    return {(labels.get("proxy", ""), labels.get("server", "")): value for labels, value in rows}


def _socket(where: str) -> str:
    return "/" + where.removeprefix("unix:").lstrip("/") if where.startswith(("unix:", "/")) else ""


async def _ask_socket(path: str, limit: float) -> str:
    writer: asyncio.StreamWriter | None = None
    data = bytearray()
    try:
        async with asyncio.timeout(limit):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(f"{_COMMAND}\n".encode())
            await writer.drain()
            while chunk := await reader.read(65536):
                data += chunk
                if len(data) > SIZE:
                    raise Broken("probes.too_much", what=path, limit=SIZE // 2**20)
    except TimeoutError:
        raise NoData("probes.too_slow", what=path, seconds=f"{limit:g}") from None
    except OSError as error:
        raise NoData("probes_balancer.no_socket", path=path, why=error.strerror or error) from None
    finally:
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                writer.transport.abort()
    # The socket ends its answer with an empty line.
    return data.decode(errors="replace").rstrip("\n") + "\n" if data.endswith(b"\n") else data.decode()


def _credentials(target: Target, where: str) -> Target:
    """Whose credentials are used for the statistics: the balancer's own at its own address, elsewhere those
    of options that begin with ``stats_``."""
    options = {k.removeprefix("stats_"): v for k, v in target.options.items() if k.startswith("stats_")}
    with contextlib.suppress(NoData, ValueError):
        address = target.address if "://" in target.address else f"http://{target.address}"
        if URL(address).origin() == parse(where).origin():
            options = {**target.options, **options}
    return Target(target.kind, target.name, where, options)
