# ruff: noqa: ASYNC240 - a test may block its own loop
from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes import container_containerd, engine_api
from gpuready.probes.container import ENGINE, LIST, PROBES
from gpuready.probes.container_toolkit import TOOLKIT
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Probe, Target
from tests.probes.container.conftest import Tool, site
from tests.probes.container.engines import Docker
from tests.probes.run_probe import both, run_probe
from tests.probes.stage import Talk


@asynccontextmanager
async def played(path: Path, talk: Talk) -> AsyncIterator[str]:
    """Something that listens on a unix socket; gives its address."""
    open_now: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(writer)
        with contextlib.suppress(OSError):
            await talk(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_unix_server(serve, path)
    try:
        yield f"unix://{path}"
    finally:
        server.close()
        for writer in open_now:
            writer.transport.abort()


def answering(body: bytes, head: bytes = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n") -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + body)
        await writer.drain()

    return talk


def at(address: str) -> tuple[Target, ...]:
    return (Target("engine", "docker", address),)


WANT = (Criterion("docker", ">=", "20.10", "version"), Criterion("containerd_configured", "==", True))


def verdict(measured: Measurement) -> Verdict:
    return judge(WANT, measured.fields, ENGINE.fields)


async def test_version_and_runtimes(plain: Docker) -> None:
    measured = await run_probe(ENGINE, site=site(plain))
    assert verdict(measured) is Verdict.PASS
    version = plain.cli("version", "--format", "{{.Server.Version}}")
    assert measured.fields["docker"] == version
    assert measured.fields["containerd_configured"] is True
    assert measured.fields["default_runtime"] == "runc"
    assert "runc" in str(measured.fields["runtimes"])
    assert measured.evidence[0].asked == f"GET unix://{plain.socket} /version"


async def test_steps_are_what_is_asked(plain: Docker) -> None:
    ask = Ask(site=site(plain))
    measured = await ENGINE.measure(ask)
    asked = [e.asked for e in measured.evidence]
    assert asked == list(ENGINE.steps(ask))[: len(asked)]


async def test_trap_no_environment_or_proxy_in_evidence(
    docker: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.run(
        "secretive", "sleep", "60", options=["-e", "HF_TOKEN=hf_abcdefghijkl", "-e", "PLAIN=visible-env"]
    )
    for probe in PROBES:
        if probe.on != "container":
            continue
        with contextlib.suppress(NoData):
            measured = await run_probe(probe, "secretive", site=site(docker))
            assert "hf_abcdefghijkl" not in str(measured)
            assert "visible-env" not in str(measured)


async def test_podman_has_no_docker_version(tmp_path: Path) -> None:
    version = {
        "Version": "4.3.1",
        "ApiVersion": "1.41",
        "Components": [{"Name": "Podman Engine", "Version": "4.3.1"}],
    }
    body = json.dumps(version).encode()
    async with played(tmp_path / "s", answering(body)) as address:
        measured = await run_probe(ENGINE, site=at(address))
    assert "docker" not in measured.fields
    assert measured.fields["podman"] == "4.3.1"
    assert [key for key, _ in measured.remarks] == ["probes_container.podman"]


_CRI = 'plugins."io.containerd.grpc.v1.cri"'


@pytest.mark.parametrize(
    ("files", "known"),
    [
        ({"containerd.toml": f"[{_CRI}.containerd.runtimes.nvidia]\nruntime_type = 'x'\n"}, True),
        ({"containerd.toml": 'disabled_plugins = ["cri"]\n'}, False),
        ({"containerd.toml": "version = 2\n"}, False),
        ({"containerd.toml": "version = 3\n", "cdi/nvidia.yaml": "kind: nvidia.com/gpu\n"}, True),
        (
            {
                "containerd.toml": f"[{_CRI}]\nenable_cdi = false\n",
                "cdi/nvidia.yaml": "kind: nvidia.com/gpu\n",
            },
            False,
        ),
        (
            {
                "containerd.toml": 'imports = ["conf.d/*.toml"]\n',
                "conf.d/99.toml": '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.gpu.options]\n'
                'BinaryName = "/usr/bin/nvidia-container-runtime"\n',
            },
            True,
        ),
        ({"containerd.toml": "no = [toml\n"}, None),
        ({}, None),
    ],
)
async def test_on_a_kubernetes_node_containerd_itself_counts(
    plain: Docker, tmp_path: Path, files: dict[str, str], known: bool | None
) -> None:
    (tmp_path / "kubelet.yaml").touch()
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    measured = await run_probe(ENGINE, site=site(plain))
    assert measured.fields.get("containerd_configured") is known
    assert verdict(measured) is {True: Verdict.PASS, False: Verdict.FAIL, None: Verdict.UNKNOWN}[known]
    assert bool(measured.remarks) is (known is not True)


async def test_no_engine_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_api, "defaults", lambda: ("/nowhere/docker.sock",))
    with pytest.raises(NoData) as caught:
        await run_probe(ENGINE)
    assert "/nowhere/docker.sock" in both(caught.value.key, **caught.value.fields)


async def test_remote_docker_host_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://user:secret@10.0.0.1:2375")
    with pytest.raises(NoData) as caught:
        await run_probe(ENGINE)
    assert caught.value.key == "probes_container.remote_engine"
    assert "secret" not in str(caught.value)


async def test_docker_host_names_the_socket(plain: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{plain.socket}")
    measured = await run_probe(ENGINE, site=(Target("engine", "vllm", "http://127.0.0.1:8000"),))
    assert "docker" in measured.fields


async def test_missing_stale_and_forbidden_sockets(tmp_path: Path) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(ENGINE, site=at(f"unix://{tmp_path}/none"))
    assert caught.value.key == "probes_container.no_socket"
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "stale"))
    with pytest.raises(NoData) as caught:
        await run_probe(ENGINE, site=at(f"unix://{tmp_path}/stale"))
    assert caught.value.key == "probes_container.not_running"
    refused = engine_api.unreachable("/run/docker.sock", PermissionError(13, "Permission denied"))
    assert refused.key == "probes_container.no_rights"
    assert "docker group" in both(refused.key, **refused.fields)


async def test_no_rights_for_an_ordinary_user(plain: Docker) -> None:
    """As nobody, in a child: root may open everything."""
    if os.getuid():
        pytest.skip("only root can become somebody else")
    code = "\n".join(
        (
            "import asyncio, os, sys",
            "from gpuready.probes.container import ENGINE",
            "from gpuready.probes.probe import Ask, NoData, Target",
            "import gpuready.text.messages.probes_container",
            "os.setgroups([]); os.setgid(65534); os.setuid(65534)",
            f"ask = Ask(site=(Target('engine', 'd', 'unix://{plain.socket}'),))",
            "try: asyncio.run(ENGINE.measure(ask))",
            "except NoData as fault: print(fault.key)",
        )
    )
    plain.folder.chmod(0o755)
    Path(plain.socket).chmod(0o660)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert out.decode().strip() == "probes_container.no_rights"


async def test_half_open_socket_ends_at_the_limit(tmp_path: Path) -> None:
    async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with played(tmp_path / "s", mute) as address:
        with pytest.raises(NoData) as caught:
            await run_probe(ENGINE, site=at(address), limit=0.3)
    assert caught.value.key == "probes_container.silent"


async def test_socket_that_accepts_nothing(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "s"))
        one.listen(1)
        with pytest.raises(NoData) as caught:
            await run_probe(ENGINE, site=at(f"unix://{tmp_path}/s"), limit=0.3)
    assert caught.value.key == "probes_container.silent"


@pytest.mark.parametrize(
    ("talk", "kind", "key"),
    [
        (answering(b"<html>Welcome</html>"), Broken, "probes_container.no_json"),
        (answering(b'{"Version": "25'), Broken, "probes_container.no_json"),
        (answering(b'["a list"]'), Broken, "probes_container.no_json"),
        (answering(b"", b"SSH-2.0-OpenSSH_9.2\r\n"), Broken, "probes_container.no_http"),
        (answering(b"", b""), NoData, "probes_container.died"),
        (
            answering(b"{}", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"),
            NoData,
            "probes_container.died",
        ),
        (
            answering(b'{"message":"x"}', b"HTTP/1.1 500 no\r\nConnection: close\r\n\r\n"),
            NoData,
            "probes_container.refused",
        ),
        (
            answering(b"x", b"HTTP/1.1 404 no\r\nConnection: close\r\n\r\n"),
            NoData,
            "probes_container.missing",
        ),
    ],
)
async def test_liars(tmp_path: Path, talk: Talk, kind: type[Exception], key: str) -> None:
    async with played(tmp_path / "s", talk) as address:
        with pytest.raises(kind) as caught:
            await run_probe(ENGINE, site=at(address), limit=5)
    assert getattr(caught.value, "key", "") == key
    both(key, **getattr(caught.value, "fields", {}))


async def test_endless_answer(tmp_path: Path) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b" " * 65536)
            await writer.drain()

    async with played(tmp_path / "s", endless) as address:
        with pytest.raises(Broken) as caught:
            await run_probe(ENGINE, site=at(address), limit=20)
    assert caught.value.key == "probes.too_much"


@pytest.mark.parametrize(
    "body", [b"{}", b'{"Components": 7, "Runtimes": "x", "Version": 3, "CDISpecDirs": 1}']
)
async def test_answers_without_content_give_no_fields(tmp_path: Path, body: bytes) -> None:
    async with played(tmp_path / "s", answering(body)) as address:
        measured = await run_probe(ENGINE, site=at(address))
        assert not measured.fields
        assert verdict(measured) is Verdict.UNKNOWN
        toolkit = await run_probe(TOOLKIT, site=at(address))
        assert "registered" not in toolkit.fields


async def test_containers_by_state(docker: Docker) -> None:
    docker.run("runs", "sleep", "60")
    docker.cli("run", "--name", "fails", "--network", "none", "bb:1", "false", fails=True)
    docker.cli("run", "--name", "ends", "--network", "none", "bb:1", "true")
    measured = await run_probe(LIST, site=site(docker))
    assert measured.fields == {
        "total": 3,
        "running": 1,
        "restarting": 0,
        "stopped": 2,
        "crashed": 1,
        "unhealthy": 0,
        "troubled": "fails",
    }


async def test_toolkit_present_and_registered(docker: Docker, tool: Tool) -> None:
    tool("nvidia-ctk", "echo 'NVIDIA Container Toolkit CLI version 1.17.8'")
    measured = await run_probe(TOOLKIT, site=site(docker))
    assert measured.fields["installed"] is True
    assert measured.fields["registered"] is True
    assert measured.fields["ctk"] == "1.17.8"
    assert measured.fields["runtimes"] == "nvidia"


async def test_toolkit_absent(plain: Docker, tool: Tool) -> None:
    measured = await run_probe(TOOLKIT, site=site(plain))
    assert measured.fields["installed"] is False
    assert measured.fields["registered"] is False


async def test_toolkit_that_does_not_run_is_unknown(plain: Docker, tool: Tool) -> None:
    tool("nvidia-ctk", "echo 'libc too old' >&2; exit 1")
    measured = await run_probe(TOOLKIT, site=site(plain))
    assert "installed" not in measured.fields
    assert measured.remarks[0][0] == "probes_container.toolkit_broken"


async def test_toolkit_inside_a_container_is_unknown(
    plain: Docker, tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".dockerenv").touch()
    monkeypatch.setattr("gpuready.probes.container_toolkit.INSIDE", (tmp_path / ".dockerenv",))
    measured = await run_probe(TOOLKIT, site=site(plain))
    assert "installed" not in measured.fields


async def test_toolkit_where_the_operator_puts_it(plain: Docker, tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "toolkit").mkdir()
    (tmp_path / "toolkit/nvidia-ctk").write_text("#!/bin/sh\necho version 1.18.0\n")
    (tmp_path / "toolkit/nvidia-ctk").chmod(0o755)
    measured = await run_probe(TOOLKIT, site=site(plain))
    assert measured.fields["installed"] is True


async def test_without_an_engine_registration_is_unknown(tool: Tool, tmp_path: Path) -> None:
    measured = await run_probe(TOOLKIT, site=at(f"unix://{tmp_path}/none"))
    assert "registered" not in measured.fields
    assert measured.fields["installed"] is False


async def test_on_a_containerd_only_node_its_file_counts(
    tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_api, "defaults", lambda: (str(tmp_path / "none"),))
    container_containerd.CONFIG.write_text(
        '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]\nruntime_type = "x"\n'
    )
    measured = await run_probe(TOOLKIT)
    assert measured.fields["registered"] is True
    container_containerd.CONFIG.write_text("version = 2\n")
    measured = await run_probe(TOOLKIT)
    assert measured.fields["registered"] is False


@pytest.mark.parametrize(
    ("info", "registered"),
    [
        ({"Runtimes": {"runc": {}}, "CDISpecDirs": ["/etc/cdi"]}, True),
        ({"Runtimes": {"runc": {}}, "CDISpecDirs": []}, False),
        ({"Runtimes": {"runc": {}}}, False),
        ({"Runtimes": {"gpu": {"path": "/usr/bin/nvidia-container-runtime"}}}, True),
        ({"Runtimes": {"runc": {}}, "DiscoveredDevices": [{"ID": "nvidia.com/gpu=0"}]}, True),
    ],
)
async def test_cdi_counts_only_where_the_engine_reads_it(
    tmp_path: Path, tool: Tool, info: dict[str, object], registered: bool
) -> None:
    (tmp_path / "cdi").mkdir()
    (tmp_path / "cdi/nvidia.yaml").write_text('cdiVersion: "0.6.0"\nkind: nvidia.com/gpu\n')
    async with played(tmp_path / "s", answering(json.dumps(info).encode())) as address:
        measured = await run_probe(TOOLKIT, site=at(address))
    assert measured.fields["registered"] is registered


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_plans_do_nothing_and_need_nothing(probe: Probe, tmp_path: Path) -> None:
    """A plan can be shown where there is no engine at all."""
    target = Target(probe.on, "c", "vllm", {"engine": f"unix://{tmp_path}/none"})
    steps = probe.steps(Ask(target, probe.params))
    assert any(f"unix://{tmp_path}/none" in step for step in steps)
