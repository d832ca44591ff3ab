"""What is here: targets and devices that can be found on this node, proposed and never added."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gpuready.engine.knock import KNOCKS, knock, knock_socket
from gpuready.engine.targets import checked
from gpuready.kube.kubeconfig import IN_CLUSTER, SERVICE_ACCOUNT
from gpuready.probes.probe import Target
from gpuready.session.place import MOUNTS
from gpuready.text.fault import Fault
from gpuready.text.safe import safe_line
from gpuready.text.say import say

LIMIT = 1.8
"""Seconds for all of it."""
AT_ONCE = 32
"""Connections at once."""

_SOCKETS = ("/var/run/docker.sock", "/run/podman/podman.sock")
_KUBECONFIGS = ("/etc/kubernetes/admin.conf", "/etc/rancher/k3s/k3s.yaml", "/etc/rancher/rke2/rke2.yaml")
# File systems that hold data: local ones with a disk below, and those that are shared.
_DATA = ("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "nfs", "nfs4", "cifs", "smb3", "lustre",
         "ceph", "gpfs", "beegfs", "9p", "virtiofs", "fuse.glusterfs", "fuse.juicefs", "fuse.ceph",
         "fuse.s3fs")  # fmt: skip
_SYSTEM = ("/", "/boot", "/etc", "/usr", "/bin", "/lib", "/proc", "/sys", "/dev", "/run", "/var/lib/docker",
           "/var/lib/containerd", "/var/lib/kubelet", "/snap", "/tmp")  # noqa: S108 # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A target that could be added, or (without one) a device of this node that needs none.

    `key` and `fields` are the sentence that says by what it was recognised.
    """

    target: Target | None
    key: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return say(self.key, **self.fields)


@dataclass(frozen=True, slots=True)
class Where:
    """Where to look; `root` stands before /sys, /dev and /etc, `host` is where services are sought."""

    root: Path = Path("/")
    host: str = "127.0.0.1"
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    mounts: Path = MOUNTS
    ports: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: KNOCKS)


async def discover(where: Where | None = None) -> tuple[Found, ...]:
    """What is found within `LIMIT` seconds, each target once.

    Services are recognised by what they answer, never by their port alone.  Nothing is written and nothing
    is sent besides GET requests and a Redis PING, to this node only.
    """
    where = where or Where()
    gate = asyncio.Semaphore(AT_ONCE)
    tasks = [
        asyncio.create_task(_at(gate, where.host, port, names)) for port, names in where.ports.items()
    ] + [asyncio.create_task(_socket(gate, path)) for path in _sockets(where)]
    files = asyncio.create_task(asyncio.to_thread(_files, where))
    done, late = await asyncio.wait({*tasks, files}, timeout=LIMIT)
    for task in late:
        task.cancel()
    found = [each for task in tasks if task in done and not task.exception() for each in task.result()]
    if files in done and not files.exception():
        found += files.result()
    return _each_once(found)


async def _at(gate: asyncio.Semaphore, host: str, port: int, names: tuple[str, ...]) -> list[Found]:
    async with gate:
        met = await knock(host, port, names)
    if met is None:
        return []
    scheme = "" if met.kind == "redis" else "http://"
    target = Target(met.kind, met.name, f"{scheme}{host}:{port}")
    return _kept(target, "engine.found_service", {"what": met.what, "place": f"{host}:{port}"})


async def _socket(gate: asyncio.Semaphore, path: str) -> list[Found]:
    async with gate:
        what = await knock_socket(path)
    target = Target("engine", Path(path).stem, f"unix://{path}")
    return _kept(target, "engine.found_socket", {"what": what, "place": path}) if what else []


def _sockets(where: Where) -> list[str]:
    """Container sockets: those that the environment names, then the usual ones."""
    named = [where.environ.get(name, "") for name in ("DOCKER_HOST", "CONTAINER_HOST")]
    paths = [text.removeprefix("unix://") for text in named if text.startswith("unix://")]
    if runtime := where.environ.get("XDG_RUNTIME_DIR"):
        paths += [f"{runtime}/docker.sock", f"{runtime}/podman/podman.sock"]
    paths += [str(where.root / path.lstrip("/")) for path in _SOCKETS]
    return [path for path in dict.fromkeys(paths) if Path(path).is_socket()]


def _files(where: Where) -> list[Found]:
    return [*_kubeconfigs(where), *_mounts(where), *_devices(where)]


def _kubeconfigs(where: Where) -> list[Found]:
    named = where.environ.get("KUBECONFIG", "").split(os.pathsep)
    home = where.environ.get("HOME", "")
    usual = [f"{home}/.kube/config"] if home else []
    usual += [str(where.root / path.lstrip("/")) for path in _KUBECONFIGS]
    found = []
    for path in dict.fromkeys(filter(None, [*named, *usual])):
        if not os.access(path, os.R_OK) or not Path(path).is_file():
            continue
        context = _context(Path(path))
        address = f"{path}#{context}" if context else path
        found += _kept(Target("kubernetes", "", address), "engine.found_kubeconfig", {"place": path})
    token = where.root / str(SERVICE_ACCOUNT / "token").lstrip("/")
    if where.environ.get("KUBERNETES_SERVICE_HOST") and token.is_file():
        found += _kept(Target("kubernetes", "", IN_CLUSTER), "kube.found_account", {"place": str(token)})
    return found


def _context(path: Path) -> str:
    """The current context.  Read without a YAML parser: one is slow to import, and whether the file can be
    used at all is for the client to say."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file.read(1 << 20).splitlines():
                if line.startswith("current-context:"):
                    return line.partition(":")[2].strip().strip("\"'")
    except OSError:
        pass
    return ""


def _mounts(where: Where) -> list[Found]:
    try:
        lines = where.mounts.read_text(errors="replace").splitlines()
    except OSError:
        return []
    found, seen = [], set()
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) < 5 or len(kinds) < 2 or kinds[0] not in _DATA:
            continue
        point = fields[4].replace("\\040", " ")
        is_system = any(point == each or (each != "/" and point.startswith(each + "/")) for each in _SYSTEM)
        # One device that is mounted in many places (as in a container) is one place to measure.
        if is_system or not Path(point).is_dir() or (fields[2], fields[3]) in seen:
            continue
        seen.add((fields[2], fields[3]))
        what = {"what": kinds[0], "place": safe_line(kinds[1])}
        found += _kept(Target("mount", "", point), "engine.found_mount", what)
    return found


def _devices(where: Where) -> list[Found]:
    """GPUs by the PCI bus and RDMA devices by sysfs: facts of this node, which need no target."""
    found = []
    gpus = [path for path in _entries(where.root / "sys/bus/pci/devices") if _is_gpu(path)]
    if gpus:
        names = ", ".join(path.name for path in gpus)
        found.append(Found(None, "engine.found_gpus", {"count": str(len(gpus)), "names": names}))
    if links := _entries(where.root / "sys/class/infiniband"):
        names = ", ".join(path.name for path in links)
        found.append(Found(None, "engine.found_rdma", {"count": str(len(links)), "names": names}))
    return found


def _is_gpu(path: Path) -> bool:
    try:
        vendor, kind = ((path / name).read_text().strip() for name in ("vendor", "class"))
    except OSError:
        return False
    return vendor == "0x10de" and kind[:6] in ("0x0300", "0x0302")


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _kept(target: Target, key: str, fields: Mapping[str, str]) -> list[Found]:
    try:
        return [Found(checked(target), key, fields)]
    except Fault:
        return []


def _each_once(found: Iterable[Found]) -> tuple[Found, ...]:
    seen: dict[object, Found] = {}
    for each in found:
        target = each.target
        key = (target.kind, os.path.realpath(target.address)) if target else each.key
        seen.setdefault(key, each)
    return tuple(seen.values())
