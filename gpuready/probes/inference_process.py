"""The engine's own process on this node: its command line, its children, the cores it may use."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yarl import URL

from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.inference_identity import base
from gpuready.probes.probe import Ask, Exchange, NoData
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

MOST = 2000
"""Processes of one engine that are looked at."""

_PROC, _CPUS = Path("/proc"), Path("/sys/devices/system/cpu")


@dataclass(frozen=True, slots=True)
class Running:
    """The engine on this node.  `tree` holds the command lines of the process and all below it, by PID;
    `threads` counts theirs; `cores` are physical cores that it may run on, bounded by its CPU quota
    (None: not known)."""

    pid: int
    tree: Mapping[int, tuple[str, ...]]
    threads: int
    cores: float | None

    @property
    def words(self) -> tuple[str, ...]:
        """The first command line of the tree that has options: a shell or an init may stand before it."""
        lines = [self.tree[self.pid], *(line for pid, line in self.tree.items() if pid != self.pid)]
        return max(lines, key=lambda line: sum(word.startswith("-") for word in line), default=())

    @property
    def exchange(self) -> Exchange:
        lines = (f"{pid} {shlex.join(line)}" for pid, line in list(self.tree.items())[:20])
        return Exchange(f"/proc/{self.pid}/cmdline and its children", redact("\n".join(lines)))


def option(words: Sequence[str], *names: str) -> str | None:
    """The last value that the command line gives to one of those options (``--a-b 4``, ``--a_b=4``,
    ``-tp 4``); None when it gives none."""
    wanted = {name.replace("_", "-") for name in names}
    found = None
    for number, word in enumerate(words):
        name, same, value = word.partition("=")
        if name.replace("_", "-") in wanted:
            found = value if same else next(iter(words[number + 1 : number + 2]), "")
    return found


def steps(ask: Ask) -> tuple[str, ...]:
    """How the process will be found and what is read of it."""
    pid, container = (ask.target.options.get(name, "") for name in ("pid", "container"))
    if pid:
        first: tuple[str, ...] = ()
    elif container:
        first = (f"GET /containers/{container}/json (the container engine)",)
    else:
        first = (f"the process that listens at {redact(safe_line(ask.target.address))} (/proc/net/tcp)",)
    return (
        *first,
        f"/proc/{pid or 'PID'}/cmdline, status and cgroup of it and its children",
        "/sys/devices/system/cpu/cpu*/topology",
    )


async def running(ask: Ask, time: Deadline) -> Running:
    """The engine's process: option ``pid``, else that of the container that option ``container`` names,
    else the one that listens at the target's address, where that is one of this machine's.  `NoData` when
    it is not here or not visible."""
    options = ask.target.options
    if given := options.get("pid", ""):
        if not given.isdigit():
            raise NoData("probes_inference.no_pid", pid=safe_line(given))
        pid = int(given)
    elif name := options.get("container", ""):
        pid = await _of_container(ask, name, time)
    else:
        url = URL(url_of(base(ask.target)))
        try:
            async with asyncio.timeout(time.left):
                pid = await asyncio.to_thread(_listener, str(url.host), int(url.port or 0))
        except TimeoutError:
            raise NoData("probes.too_slow", what="/proc/net/tcp", seconds="-") from None
    return await asyncio.to_thread(_look, pid)


async def _of_container(ask: Ask, name: str, time: Deadline) -> int:
    from gpuready.probes.engine_api import container, engine_of, part

    async with engine_of(ask, time.left) as engine:
        pid = part(await container(engine, name), "State", "Pid")
    if not isinstance(pid, int) or pid < 1:
        raise NoData("probes_inference.stopped", name=safe_line(name))
    return pid


def _listener(host: str, port: int) -> int:
    import psutil

    own = {address.address for each in psutil.net_if_addrs().values() for address in each}
    try:
        here = ipaddress.ip_address(host).is_loopback or host in own
    except ValueError:
        here = host == "localhost"
    if not here:
        raise NoData("probes_inference.elsewhere", host=host)
    listening = (each for each in psutil.net_connections("tcp") if each.status == "LISTEN")
    found = [each for each in listening if getattr(each.laddr, "port", None) == port]
    pids = {each.pid for each in found if each.pid}
    if not pids:
        raise NoData(f"probes_inference.{'other_user' if found else 'nobody_listens'}", port=port)
    pid = min(pids)
    if "docker-proxy" in " ".join(_words(pid)):
        raise NoData("probes_inference.in_container", port=port)
    return pid


def _words(pid: int) -> tuple[str, ...]:
    try:
        data = (_PROC / str(pid) / "cmdline").read_bytes()[:65536]
    except OSError:
        return ()
    return tuple(safe_line(word.decode(errors="replace")) for word in data.split(b"\0") if word)


def _look(pid: int) -> Running:
    import psutil

    try:
        process = psutil.Process(pid)
        below = [child.pid for child in process.children(recursive=True)[:MOST]]
    except psutil.Error:
        raise NoData("probes_inference.no_pid", pid=pid) from None
    tree = {each: _words(each) for each in (pid, *below)}
    if not tree[pid]:
        raise NoData("probes_inference.no_words", pid=pid)
    threads = 0
    for each in tree:
        try:
            threads += psutil.Process(each).num_threads()
        except psutil.Error:
            continue  # ended meanwhile
    return Running(pid, {each: line for each, line in tree.items() if line}, threads, _cores(pid))


def _cores(pid: int) -> float | None:
    """Physical cores among the CPUs that the process may use, at most its cgroup's quota."""
    import psutil

    try:
        allowed = psutil.Process(pid).cpu_affinity()
    except (psutil.Error, AttributeError):
        return None
    cores = set()
    for cpu in allowed or []:
        folder = _CPUS / f"cpu{cpu}" / "topology"
        try:
            cores.add(
                tuple((folder / name).read_text().strip() for name in ("physical_package_id", "core_id"))
            )
        except OSError:
            return None
    if not cores:
        return None
    quota = _quota(pid)
    return float(len(cores)) if quota is None else min(float(len(cores)), quota)


def _quota(pid: int) -> float | None:
    """CPUs that the process's cgroups (version 2) grant; None when they grant all."""
    least: float | None = None
    try:
        match = re.search(r"^0::(/.*)$", (_PROC / str(pid) / "cgroup").read_text(), re.M)
    except OSError:
        return None
    folder = Path("/sys/fs/cgroup") / (match[1].lstrip("/") if match else "")
    for each in (folder, *folder.parents):
        try:
            granted, period = (each / "cpu.max").read_text().split()
        except (OSError, ValueError):
            continue
        if granted != "max":
            least = min(int(granted) / int(period), least if least is not None else float("inf"))
    return least
