"""What is found on this node: by what it answers, quickly, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from gpuready.engine.discover import LIMIT, Found, Where, discover
from gpuready.engine.targets import parse_target

Answers = Mapping[str, tuple[int, object]]


@contextlib.asynccontextmanager
async def serving(answers: Answers, path: str = "") -> AsyncIterator[int]:
    """A service on loopback (or at a socket) that gives these answers, and 404 to all else."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, IndexError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            status, body = answers.get(head.split()[1], (404, "no such page"))
            text = body if isinstance(body, str) else json.dumps(body)
            lines = f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n"
            if status == 401:
                lines += "Docker-Distribution-Api-Version: registry/2.0\r\n"
            writer.write(f"{lines}\r\n{text}".encode())
            await writer.drain()
        writer.close()

    server = await (
        asyncio.start_unix_server(serve, path) if path else asyncio.start_server(serve, "127.0.0.1", 0)
    )
    async with server:
        yield 0 if path else server.sockets[0].getsockname()[1]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def where(tmp_path: Path, ports: Mapping[int, tuple[str, ...]] | None = None, **environ: str) -> Where:
    """A machine that holds nothing but what a test puts there."""
    mounts = tmp_path / "mountinfo"
    if not mounts.exists():
        mounts.write_text("")
    return Where(tmp_path, "127.0.0.1", environ, mounts, ports or {})


def targets(found: tuple[Found, ...]) -> set[tuple[str, str]]:
    return {(each.target.kind, each.target.address) for each in found if each.target}


MODELS = {"/v1/models": (200, {"object": "list", "data": [{"id": "llama"}]})}
SERVICES: list[tuple[str, str, Answers]] = [
    ("grafana", "grafana", {"/api/health": (200, {"database": "ok", "version": "11"})}),
    ("alertmanager", "service", {"/api/v2/status": (200, {"cluster": {}, "versionInfo": {}})}),
    ("loki", "logs", {"/loki/api/v1/status/buildinfo": (200, {"version": "3", "goVersion": "go1"})}),
    ("elasticsearch", "logs", {"/": (200, {"cluster_name": "c", "version": {}})}),
    ("models", "engine", MODELS),
    ("triton", "engine", {"/v2": (200, {"name": "triton", "version": "2", "extensions": []})}),
    ("tgi", "engine", {"/info": (200, {"model_id": "m", "max_concurrent_requests": 1})}),
    ("jaeger", "tracing", {"/api/services": (200, {"data": [], "total": 0})}),
    ("registry", "registry", {"/v2/": (401, {"errors": []})}),
]


@pytest.mark.parametrize(("name", "kind", "answers"), SERVICES, ids=[each[0] for each in SERVICES])
async def test_services_are_known_by_their_answers(
    name: str, kind: str, answers: Answers, tmp_path: Path
) -> None:
    async with serving(answers) as port, serving({"/": (200, "<html>hello</html>")}) as other:
        found = await discover(where(tmp_path, {port: (name,), other: (name,)}))
    address = f"http://127.0.0.1:{port}"
    assert targets(found) == {(kind, address)}
    (one,) = found
    assert one.target and str(one).endswith(f"answers at 127.0.0.1:{port}")
    # What is proposed can be added just as it is.
    again = parse_target(f"{one.target.kind}={one.target.name}={one.target.address}")
    assert again == one.target


LIARS: list[Answers] = [
    {},
    {"/v1/models": (200, "<html>")},
    {"/v1/models": (200, "[" * 100_000)},
    {"/v1/models": (200, {"data": "no list", "object": "list"})},
    {"/v1/models": (500, {"object": "list", "data": []})},
    {"/v1/models": (200, "x" * 5_000_000)},
]


@pytest.mark.parametrize("answers", LIARS, ids=range(len(LIARS)))
async def test_who_answers_something_else_is_not_proposed(answers: Answers, tmp_path: Path) -> None:
    async with serving(answers) as port:
        assert await discover(where(tmp_path, {port: ("models", "triton", "tgi")})) == ()


async def test_the_silent_and_the_endless_cost_little_time(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"HTTP/1.1 200 OK\r\n" * 1000)
                await writer.drain()

    servers = [
        await asyncio.start_server(each, "127.0.0.1", 0) for each in (silent, endless) for _ in range(20)
    ]
    ports = {server.sockets[0].getsockname()[1]: ("models",) for server in servers}
    async with serving(MODELS) as good:
        began = time.monotonic()
        found = await discover(where(tmp_path, {**ports, good: ("models",)}))
        assert time.monotonic() - began < 2.0 and LIMIT < 2.0
    for server in servers:
        server.close()
    assert len(found) == 1


async def test_nobody_listens(tmp_path: Path) -> None:
    began = time.monotonic()
    assert await discover(where(tmp_path, {free_port(): ("prometheus",), free_port(): ("redis",)})) == ()
    assert time.monotonic() - began < 1.0


async def test_container_sockets(tmp_path: Path) -> None:
    docker, podman = str(tmp_path / "d.sock"), str(tmp_path / "p.sock")
    (tmp_path / "run/podman").mkdir(parents=True)
    default = str(tmp_path / "run/podman/podman.sock")
    version = {"/version": (200, {"ApiVersion": "1.41", "Components": [{"Name": "Engine"}]})}
    libpod = {"/version": (200, {"ApiVersion": "1.41", "Components": [{"Name": "Podman Engine"}]})}
    async with serving(version, docker), serving(libpod, podman), serving({}, default):
        site = where(tmp_path, DOCKER_HOST=f"unix://{docker}", CONTAINER_HOST=f"unix://{podman}")
        found = await discover(site)
    assert targets(found) == {("engine", f"unix://{docker}"), ("engine", f"unix://{podman}")}
    assert {str(each).split()[0] for each in found} == {"Docker", "Podman"}


async def test_a_kubeconfig_with_its_current_context(tmp_path: Path) -> None:
    (tmp_path / "home/.kube").mkdir(parents=True)
    config = tmp_path / "home/.kube/config"
    config.write_text("apiVersion: v1\ncurrent-context: 'prod'\nkind: Config\n")
    other = tmp_path / "other.yaml"
    other.write_bytes(b"\xff\x00")
    found = await discover(where(tmp_path, HOME=str(tmp_path / "home"), KUBECONFIG=f"{other}:/missing"))
    assert targets(found) == {("kubernetes", f"{config}#prod"), ("kubernetes", str(other))}


async def test_data_mounts_gpus_and_rdma(tmp_path: Path) -> None:
    data = Path("/srv")  # it must be a folder, and none that belongs to the system
    (tmp_path / "mountinfo").write_text(
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:20 / /srv rw - nfs4 nas:/models rw\n"
        "3 1 0:21 / /proc rw - proc proc rw\n4 1 8:1 /x /etc/hosts rw - ext4 /dev/sda1 rw\n"
        "5 1 0:20 / /opt rw - nfs4 nas:/models rw\n6 1 8:2 / /no/such rw - xfs /dev/sdb rw\nbroken\n"
    )
    cards = (("0000:01:00.0", "0x10de", "0x030200"), ("0000:02:00.0", "0x8086", "0x030000"))
    for name, vendor, kind in cards:
        device = tmp_path / "sys/bus/pci/devices" / name
        device.mkdir(parents=True)
        (device / "vendor").write_text(vendor + "\n")
        (device / "class").write_text(kind + "\n")
    (tmp_path / "sys/class/infiniband/mlx5_0").mkdir(parents=True)
    found = await discover(where(tmp_path))
    # One share that is mounted twice is one place; what is no folder, or the system's, is none.
    assert targets(found) == {("mount", str(data))}
    said = [str(each) for each in found if each.target is None]
    assert said[0].startswith("1 NVIDIA GPUs on the PCI bus (0000:01:00.0)")
    assert said[1].startswith("1 RDMA devices (mlx5_0)")


@contextlib.asynccontextmanager
async def program(*argv: str, port: int) -> AsyncIterator[None]:
    """A real server on loopback, waited for until it takes connections."""
    process = await asyncio.create_subprocess_exec(
        *argv, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    assert process.returncode is None, f"{argv[0]} ended with {process.returncode}"
                    await asyncio.sleep(0.05)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def test_a_real_redis(tmp_path: Path) -> None:
    port = free_port()
    argv = ("redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", str(tmp_path), "--save", "")
    async with program(*argv, port=port):
        found = await discover(where(tmp_path, {port: ("redis",)}))
        assert targets(found) == {("redis", f"127.0.0.1:{port}")}
    async with program(*argv, "--requirepass", "x", port=port):
        assert len(await discover(where(tmp_path, {port: ("redis",)}))) == 1


async def test_a_real_prometheus(tmp_path: Path) -> None:
    assert shutil.which("prometheus"), "apt-get install prometheus"
    port = free_port()
    (tmp_path / "p.yml").write_text("global: {}\n")
    argv = (
        "prometheus",
        f"--config.file={tmp_path}/p.yml",
        f"--storage.tsdb.path={tmp_path}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    async with program(*argv, port=port):
        found: tuple[Found, ...] = ()
        async with asyncio.timeout(15):
            while not found:  # it listens before it answers
                found = await discover(where(tmp_path, {port: ("grafana",), port + 0: ("prometheus",)}))
    assert targets(found) == {("prometheus", f"http://127.0.0.1:{port}")}


async def test_the_whole_of_this_machine_in_time() -> None:
    began = time.monotonic()
    for each in await discover():
        assert str(each)
    assert time.monotonic() - began < 2.2
