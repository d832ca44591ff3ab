"""Engines shared by the tests of containers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready.probes import container_containerd, container_toolkit
from gpuready.probes.probe import Target
from tests.probes.container.engines import GPUS, Docker, dockerd


@pytest.fixture(scope="session")
def plain() -> Iterator[Docker]:
    """An engine without NVIDIA's toolkit: ``--gpus`` fails as it does in the field."""
    with dockerd(toolkit=False) as docker:
        yield docker


@pytest.fixture(scope="session")
def equipped() -> Iterator[Docker]:
    """An engine with the (pretended) toolkit, two GPUs, and a runtime called nvidia."""
    with dockerd(toolkit=True) as docker:
        yield docker


@pytest.fixture
def docker(equipped: Docker) -> Iterator[Docker]:
    """The equipped engine, without the containers of the test before."""
    yield equipped
    if left := equipped.cli("ps", "-aq").split():
        equipped.cli("rm", "-f", *left)
    for name in ("refuse", "said"):
        (equipped.tools / name).unlink(missing_ok=True)


def site(docker: Docker, **options: str) -> tuple[Target, ...]:
    """The session's targets: an inference engine, which must not be mistaken for it, and this engine."""
    return (
        Target("engine", "vllm", "http://127.0.0.1:8000"),
        Target("engine", "docker", f"unix://{docker.socket}", options),
    )


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What this machine itself has (an engine, a toolkit, containerd's files) does not count."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(container_containerd, "CONFIG", tmp_path / "containerd.toml")
    monkeypatch.setattr(container_containerd, "KUBELETS", (tmp_path / "kubelet.yaml",))
    monkeypatch.setattr(container_containerd, "CDI_FOLDERS", (tmp_path / "cdi",))
    monkeypatch.setattr(container_toolkit, "FOLDERS", (tmp_path / "toolkit",))
    monkeypatch.setattr(container_toolkit, "INSIDE", ())


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tool:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/local/bin:/usr/bin:/bin")
    return Tool(folder)


class Tool:
    """Puts programs on PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str, script: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def smi(self, *uuids: str) -> None:
        """The host's nvidia-smi, with those GPUs (else the two of the equipped engine)."""
        lines = [f"GPU {n}: NVIDIA H100 80GB HBM3 (UUID: {u})" for n, u in enumerate(uuids or GPUS)]
        self("nvidia-smi", "cat <<'EOT'\n" + "\n".join(lines) + "\nEOT")
