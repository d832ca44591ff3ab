"""Fixtures for everything that asks Prometheus; the longer ways are in the package's own words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.probes.http import pki as _pki
from tests.prometheus.exporter import Exporter
from tests.prometheus.exporter import exporter as _exporter
from tests.prometheus.real import Prometheus, Tls
from tests.prometheus.real import prometheus as _prometheus


@pytest.fixture
def empty() -> Iterator[Prometheus]:
    """A Prometheus without any series; put some there with `push`."""
    with _prometheus() as server:
        yield server


@pytest.fixture
def exporter() -> Iterator[Exporter]:
    """An exporter, to be given to a Prometheus as a target."""
    with _exporter() as one:
        yield one


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> _pki.Pki:
    return _pki.make(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def tls(pki: _pki.Pki) -> Tls:
    """A server's certificate for loopback."""
    return Tls(pki.good, pki.ca)


@pytest.fixture
def mtls(pki: _pki.Pki) -> Tls:
    """As `tls`, and clients must show a certificate of the same authority."""
    return Tls(pki.good, pki.ca, pki.client)
