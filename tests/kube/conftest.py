"""Fixture `cluster`: an empty, running Api; `cluster_tls`: the same over https."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kube.apiserver import Api


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Api]:
    """An API server of this test's own, or the real one that GPUREADY_TEST_KUBECONFIG names."""
    if named := os.environ.get("GPUREADY_TEST_KUBECONFIG"):
        from tests.kube.real import RealApi

        with RealApi(Path(named)) as real:
            yield real
        return
    with Api(folder=tmp_path / "kube") as api:
        yield api
        assert not api.hook_errors, api.hook_errors


@pytest.fixture
def cluster_tls(tmp_path: Path) -> Iterator[Api]:
    """The same over https, with an authority of its own."""
    with Api(tls=True, folder=tmp_path / "kube") as api:
        yield api
        assert not api.hook_errors, api.hook_errors
