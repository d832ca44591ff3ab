"""The pretend NVML under the probes, and folders that stand for a machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nvml import build_pretend_nvml, pretend_environment

BUS = ("1b", "43", "52", "61", "9d", "c3", "d1", "df")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_pretend_nvml(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def pretend(library: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes the children of this test see that scenario."""

    def choose(scenario: str = "", **more: str) -> None:
        environ = pretend_environment(library, scenario, PRETEND_NVML_PCIE_MS="0", **more)
        for name in ("LD_LIBRARY_PATH", *(name for name in environ if name.startswith("PRETEND_"))):
            monkeypatch.setenv(name, environ[name])

    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    return choose


@pytest.fixture
def bus(tmp_path: Path) -> Callable[..., Path]:
    """A root with that many of the pretended GPUs on its PCI bus, and other devices that are none."""

    def make(count: int = 8, **drivers: str) -> Path:
        for name in BUS[:count]:
            put_device(tmp_path, f"0000:{name}:00.0", "0x10de", "0x030200", drivers.get(f"b{name}", "nvidia"))
        put_device(tmp_path, "0000:07:00.0", "0x10de", "0x068000", "nvidia-nvswitch")
        put_device(tmp_path, "0000:03:00.0", "0x1a03", "0x030000", "ast")
        return tmp_path

    return make


def put_device(root: Path, name: str, vendor: str, kind: str, driver: str = "") -> Path:
    device = root / "sys/bus/pci/devices" / name
    device.mkdir(parents=True)
    (device / "vendor").write_text(f"{vendor}\n")
    (device / "class").write_text(f"{kind}\n")
    if driver:
        target = root / "sys/bus/pci/drivers" / driver
        target.mkdir(parents=True, exist_ok=True)
        (device / "driver").symlink_to(target)
    return device


def put(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
