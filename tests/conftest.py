"""What every test starts from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready.text.say import set_language


@pytest.fixture(autouse=True)
def _same_start(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """English, and none of the operator's own settings, sessions and caches."""
    set_language("en")
    for name in [name for name in os.environ if name.startswith("GPUREADY_")]:
        if name != "GPUREADY_TEST_KUBECONFIG":
            monkeypatch.delenv(name)
    home: Path = tmp_path_factory.getbasetemp() / "home"
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    yield
    set_language("en")
