"""Real Docker Engines, each in a folder of its own, with or without what gives containers GPUs."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.probes.daemons import wait_for

GPUS = ("GPU-11111111-aaaa-bbbb-cccc-000000000000", "GPU-22222222-aaaa-bbbb-cccc-000000000001")

# What NVIDIA's toolkit installs and Docker looks for on its PATH: with it `--gpus` is accepted, and the hook
# runs before each such container starts.  Ours puts an nvidia-smi into the container that lists the devices
# which Docker asked for, and does nothing when there is a file "refuse" beside it but fail.
_HOOK = """#!/usr/bin/python3
import json, pathlib, sys
here = pathlib.Path(__file__).resolve().parent
if (here / "refuse").exists():
    print("nvidia-container-cli: initialization error: nvml error: driver not loaded", file=sys.stderr)
    sys.exit(1)
bundle = pathlib.Path(json.load(sys.stdin)["bundle"])
config = json.loads((bundle / "config.json").read_text())
env = dict(v.partition("=")[::2] for v in config["process"]["env"])
gpus = json.loads((here / "gpus.json").read_text())
asked = env["NVIDIA_VISIBLE_DEVICES"]
seen = gpus if asked == "all" else [gpus[int(n)] for n in asked.split(",")]
lines = [f"GPU {n}: NVIDIA H100 80GB HBM3 (UUID: {u})" for n, u in enumerate(seen)]
said = (here / "said").read_text() if (here / "said").exists() else "\\n".join(lines)
root = pathlib.Path(config["root"]["path"])
smi = (root if root.is_absolute() else bundle / root) / "usr/bin/nvidia-smi"
smi.parent.mkdir(parents=True, exist_ok=True)
smi.write_text(f"#!/bin/sh\\ncat <<'EOT'\\n{said}\\nEOT\\n")
smi.chmod(0o755)
"""


@dataclass(frozen=True)
class Docker:
    """A running engine.  `tools` is the folder of the pretended toolkit, empty of it where there is none."""

    socket: str
    folder: Path
    tools: Path
    process: subprocess.Popen[bytes]

    def cli(self, *words: str, fails: bool = False) -> str:
        env = {k: v for k, v in os.environ.items() if not k.startswith("DOCKER_")}
        argv = ["docker", "-H", f"unix://{self.socket}", *words]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, env=env)
        assert fails or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def names(self) -> list[str]:
        """All containers that gpuready made."""
        said = self.cli("ps", "-a", "--filter", "label=gpuready=probe", "--format", "{{.Names}}")
        return said.split()

    def state(self, name: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.cli("inspect", "--format", "{{json .State}}", name))
        return found

    def run(self, name: str, *words: str, options: Sequence[str] = ()) -> str:
        """Start a container in the background."""
        return self.cli("run", "-d", "--name", name, "--network", "none", *options, "bb:1", *words)


def _mounts(folder: Path) -> list[str]:
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return sorted((p for p in points if p.startswith(f"{folder}/")), key=len, reverse=True)


def _processes(folder: Path) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
    return found


def clear(folder: Path) -> None:
    """End what an engine that was killed has left: its containerd, shims and mounts; then its folder."""
    for _ in range(20):
        left = _processes(folder)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            break
    for point in _mounts(folder):
        subprocess.run(["umount", "-l", point], capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def dockerd(*, toolkit: bool) -> Iterator[Docker]:
    """A Docker Engine that touches nothing of this machine's network, with the image bb:1."""
    folder = Path(tempfile.mkdtemp(prefix="grd-", dir="/tmp"))  # short: a socket's path has 107 bytes
    tools = folder / "tools"
    tools.mkdir()
    if toolkit:
        (tools / "nvidia-container-runtime-hook").write_text(_HOOK)
        (tools / "nvidia-container-runtime-hook").chmod(0o755)
        (tools / "gpus.json").write_text(json.dumps(GPUS))
    path = str(folder / "s")
    argv = f"dockerd --data-root {folder}/data --exec-root {folder}/exec -p {folder}/pid -H unix://{path}"
    argv += " --storage-driver vfs --iptables=false --ip6tables=false --bridge=none --ip-forward=false"
    argv += " --ip-masq=false --add-runtime nvidia=/usr/sbin/runc" if toolkit else " --ip-masq=false"
    env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}:/usr/sbin:/sbin"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv.split(), stdout=log, stderr=log, env=env, start_new_session=True)
    docker = Docker(path, folder, tools, process)

    def ready() -> bool:
        assert process.poll() is None, (folder / "log").read_text()[-3000:]
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as one:
            one.connect(path)
            one.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b"200 OK" in one.recv(4096)
        return False

    try:
        wait_for(ready, "dockerd")
        _image(docker, "bb:1")
        yield docker
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
        if process.poll() is None:
            process.kill()
            process.wait()
        clear(folder)


def _image(docker: Docker, name: str) -> None:
    root = docker.folder / "rootfs"
    (root / "bin").mkdir(parents=True)
    busybox = shutil.which("busybox")
    assert busybox
    shutil.copy(busybox, root / "bin/busybox")
    for applet in (
        "sh",
        "cat",
        "sleep",
        "echo",
        "true",
        "false",
        "head",
        "yes",
        "test",
        "touch",
        "tail",
        "dd",
    ):
        (root / "bin" / applet).symlink_to("busybox")
    (root / "tmp").mkdir()
    packed = subprocess.run(["tar", "-C", str(root), "-c", "."], capture_output=True, check=True).stdout
    argv = ["docker", "-H", f"unix://{docker.socket}", "import", "-", name]
    subprocess.run(argv, input=packed, check=True, capture_output=True)
