"""Certificates once for all tests of this folder."""

from __future__ import annotations

import pytest

from tests.probes.http.pki import Pki, make


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return make(tmp_path_factory.mktemp("pki"))
