"""All GPUs of this machine, read through NVIDIA's own binding (nvidia-ml-py, the module `pynvml`)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import pynvml as nvml

from gpuready.live.device import Device
from gpuready.live.facts import GpuSample
from gpuready.live.owners import Owners

RETRY = 5.0  # seconds between two tries to find a driver
SLOW = 5  # samples between two looks at what hardly changes

_TROUBLES = {
    nvml.NVML_ERROR_LIBRARY_NOT_FOUND: "no_library",
    nvml.NVML_ERROR_DRIVER_NOT_LOADED: "no_driver",
    nvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH: "version_mismatch",
    nvml.NVML_ERROR_NO_PERMISSION: "no_permission",
}


class GpuReader:
    """Reads samples one after the other; not for several threads.

    Without a driver it says so in `GpuSample.trouble` and looks for one every `RETRY` seconds.  The slow
    questions are spread over the samples, so that no sample asks all GPUs everything.
    """

    def __init__(self) -> None:
        self._owners = Owners()
        self._devices: tuple[Device, ...] = ()
        self._versions: dict[str, Any] = {}
        self._open = False
        self._trouble: tuple[str, str | None] | None = None
        self._retry_at = 0.0
        self._turn = 0
        self._was_open = False
        self._all_lost = False

    @property
    def outdated(self) -> bool:
        """Whether the driver was replaced under us: this process has the old library mapped, and only a
        new process will load the one that fits."""
        return self._was_open and self._trouble is not None and self._trouble[0] == "version_mismatch"

    def read(self) -> GpuSample:
        """The sample of now."""
        at = time.time()
        turn, self._turn = self._turn, self._turn + 1
        if self._open:
            if turn % SLOW == 0:
                self._look_around()
        elif time.monotonic() >= self._retry_at:
            self._init()
        if self._trouble:
            trouble, detail = self._trouble
            return GpuSample(at, trouble=trouble, detail=detail, **self._versions)
        gpus = tuple(device.read(turn % SLOW == device.index % SLOW) for device in self._devices)
        self._all_lost = all(gpu.lost for gpu in gpus)
        return GpuSample(at, gpus, **self._versions)

    def afterwards(self) -> None:
        """What takes its time (PCIe throughput: 20 ms for each direction), for one GPU at a time; to be
        called when the sample is on its way."""
        if self._devices:
            self._devices[self._turn % len(self._devices)].read_pcie()

    def _look_around(self) -> None:
        """Notice GPUs that came or went, and a driver that was reloaded."""
        try:
            count = nvml.nvmlDeviceGetCount()
        except nvml.NVMLError:
            count = 0
        if count == 0 or self._all_lost:
            self._shut()
            self._init()
        elif count != len(self._devices):
            self._meet(count)

    def _init(self) -> None:
        self._retry_at = time.monotonic() + RETRY
        self._all_lost = False
        self._trouble = None
        try:
            nvml.nvmlInit()
            self._open = True
            self._versions = {
                "driver": _word(nvml.nvmlSystemGetDriverVersion),
                "cuda": _cuda(),
                "nvml": _word(nvml.nvmlSystemGetNVMLVersion),
            }
            count = nvml.nvmlDeviceGetCount()
        except nvml.NVMLError as error:
            self._shut()
            trouble = _TROUBLES.get(error.value, "nvml")
            self._trouble = (trouble, str(error) if trouble == "nvml" else None)
            return
        if count == 0:
            self._shut()
            self._trouble = ("no_gpu", None)
            return
        self._was_open = True
        self._meet(count)

    def _meet(self, count: int) -> None:
        self._devices = tuple(Device(index, self._owners) for index in range(count))

    def _shut(self) -> None:
        self._devices = ()
        if self._open:
            self._open = False
            with contextlib.suppress(nvml.NVMLError):
                nvml.nvmlShutdown()


def _word(call: Callable[[], str]) -> str | None:
    try:
        return call()
    except (nvml.NVMLError, UnicodeDecodeError):
        return None


def _cuda() -> str | None:
    try:
        version = nvml.nvmlSystemGetCudaDriverVersion()
    except nvml.NVMLError:
        return None
    return f"{version // 1000}.{version % 1000 // 10}"
