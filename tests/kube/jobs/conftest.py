"""Fixture `pods`: the kubelets of the served `cluster`: three GPU nodes and one of the control plane."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kube import objects
from tests.kube.apiserver import Api
from tests.kube.jobs.kubelet import Kubelet, kubelet


@pytest.fixture
def pods(cluster: Api, tmp_path: Path) -> Iterator[Kubelet]:
    if cluster.real:
        pytest.skip("a real kube-apiserver alone runs no pods")
    cluster.put(objects.node("control", 0, control_plane=True))
    for name in ("gpu-1", "gpu-2", "gpu-3"):
        cluster.put(objects.node(name))
    with kubelet(cluster, tmp_path / "pods") as found:
        yield found
