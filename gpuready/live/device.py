"""One GPU as NVML describes it.

What never changes is asked once, what hardly changes every few samples, the rest each time.  A question
that the GPU, the driver or our rights do not allow gives None; only a GPU that is gone is `Gpu.lost`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pynvml as nvml

from gpuready.live.facts import Gpu, GpuProcess
from gpuready.live.owners import Owners, name_of

_GONE = (nvml.NVML_ERROR_GPU_IS_LOST, nvml.NVML_ERROR_RESET_REQUIRED)
_UNKNOWN_PSTATE = 32
_MEMORY_TEMPERATURE = [nvml.NVML_FI_DEV_MEMORY_TEMP]
_RECOVERY = [nvml.NVML_FI_DEV_GET_GPU_RECOVERY_ACTION]
_OF_TYPE = {
    nvml.NVML_VALUE_TYPE_UNSIGNED_INT: "uiVal",
    nvml.NVML_VALUE_TYPE_UNSIGNED_LONG: "ulVal",
    nvml.NVML_VALUE_TYPE_UNSIGNED_LONG_LONG: "ullVal",
    nvml.NVML_VALUE_TYPE_SIGNED_LONG_LONG: "sllVal",
    nvml.NVML_VALUE_TYPE_SIGNED_INT: "siVal",
    nvml.NVML_VALUE_TYPE_UNSIGNED_SHORT: "usVal",
}
_VOLATILE = nvml.NVML_VOLATILE_ECC
_CORRECTED = nvml.NVML_MEMORY_ERROR_TYPE_CORRECTED
_UNCORRECTED = nvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED
_member = object.__getattribute__  # the binding's structures decode text in theirs, at three times the price


class _GoneError(Exception):
    """The GPU does not answer any more; the text is NVML's own."""


def _ask(call: Callable[..., Any], handle: Any, what: Any = None) -> Any:
    """The answer to that call, or None when there is none.  Written for speed: 150 calls a second."""
    try:
        return call(handle) if what is None else call(handle, what)
    except nvml.NVMLError as error:
        if error.value in _GONE:
            raise _GoneError(str(error)) from None
        return None
    except UnicodeDecodeError:
        return None


def _first(handle: Any, *calls: Callable[..., Any]) -> Any:
    """The answer of the first of these calls that has one: the newer name, then the older."""
    for call in calls:
        if (value := _ask(call, handle)) is not None:
            return value
    return None


def _field(handle: Any, field: list[int]) -> int | None:
    for answer in _ask(nvml.nvmlDeviceGetFieldValues, handle, field) or ():
        if _member(answer, "nvmlReturn") == nvml.NVML_SUCCESS:
            member = _OF_TYPE.get(_member(answer, "valueType"))
            return int(getattr(_member(answer, "value"), member)) if member else None
    return None


class Device:
    """Reads one GPU again and again; see `Gpu` for units.  NVML must be initialised."""

    def __init__(self, index: int, owners: Owners) -> None:
        self.index = index
        self._owners = owners
        self._handle: Any = None
        self._lost: str | None = None
        self._fixed: dict[str, Any] = {}
        self._links: tuple[int, ...] = ()
        self._slow: dict[str, Any] = {}
        self._people: dict[int, tuple[str | None, str | None]] = {}

    def read(self, slow: bool) -> Gpu:
        """The GPU now; `slow` asks again for what hardly changes, and for a GPU that was lost."""
        try:
            if self._handle is None:
                if self._lost is not None and not slow:
                    raise _GoneError(self._lost)
                self._open()
                slow = True
            if slow:
                self._people.clear()
                self._slow.update(self._fixed)
                self._slow.update(self._read_slow())
            return self._read_fast()
        except _GoneError as error:
            self._handle = None
            self._lost = str(error)
            known = {key: self._fixed.get(key) for key in ("uuid", "name", "bus_id")}
            return Gpu(self.index, **known, lost=self._lost)

    def read_pcie(self) -> None:
        """Measure the PCIe throughput for the samples to come: takes about 20 ms for each direction."""
        if self._handle is None:
            return
        for key, way in (
            ("pcie_tx", nvml.NVML_PCIE_UTIL_TX_BYTES),
            ("pcie_rx", nvml.NVML_PCIE_UTIL_RX_BYTES),
        ):
            try:
                kib = _ask(nvml.nvmlDeviceGetPcieThroughput, self._handle, way)
            except _GoneError:
                return  # the next sample will say so
            self._slow[key] = None if kib is None else kib * 1024

    def _open(self) -> None:
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(self.index)
        except nvml.NVMLError as error:
            raise _GoneError(str(error)) from None
        pci = _ask(nvml.nvmlDeviceGetPciInfo, handle)
        self._fixed = {
            "uuid": _ask(nvml.nvmlDeviceGetUUID, handle),
            "name": _ask(nvml.nvmlDeviceGetName, handle),
            "bus_id": None if pci is None else pci.busId,
            "temperature_slowdown": _ask(
                nvml.nvmlDeviceGetTemperatureThreshold, handle, nvml.NVML_TEMPERATURE_THRESHOLD_SLOWDOWN
            ),
            "sm_clock_max": _ask(nvml.nvmlDeviceGetMaxClockInfo, handle, nvml.NVML_CLOCK_SM),
            "memory_clock_max": _ask(nvml.nvmlDeviceGetMaxClockInfo, handle, nvml.NVML_CLOCK_MEM),
            "pcie_gen_max": _first(
                handle, nvml.nvmlDeviceGetGpuMaxPcieLinkGeneration, nvml.nvmlDeviceGetMaxPcieLinkGeneration
            ),
            "pcie_width_max": _ask(nvml.nvmlDeviceGetMaxPcieLinkWidth, handle),
        }
        self._links = tuple(
            link
            for link in range(nvml.NVML_NVLINK_MAX_LINKS)
            if _ask(nvml.nvmlDeviceGetNvLinkState, handle, link) is not None
        )
        self._slow.clear()
        self._handle = handle
        self._lost = None

    def _read_slow(self) -> dict[str, Any]:
        handle = self._handle
        ecc = _ask(nvml.nvmlDeviceGetEccMode, handle)
        remapped = _ask(nvml.nvmlDeviceGetRemappedRows, handle)
        limit = _first(handle, nvml.nvmlDeviceGetEnforcedPowerLimit, nvml.nvmlDeviceGetPowerManagementLimit)
        persistence = _ask(nvml.nvmlDeviceGetPersistenceMode, handle)
        links = [_ask(nvml.nvmlDeviceGetNvLinkState, handle, link) for link in self._links]
        return {
            "power_limit": None if limit is None else limit / 1000,
            "pcie_replays": _ask(nvml.nvmlDeviceGetPcieReplayCounter, handle),
            "ecc_mode": None if ecc is None else bool(ecc[0]),
            "ecc_corrected": _ecc_errors(handle, _CORRECTED),
            "ecc_uncorrected": _ecc_errors(handle, _UNCORRECTED),
            "remap_pending": None if remapped is None else bool(remapped[2]),
            "remap_failed": None if remapped is None else bool(remapped[3]),
            "nvlink_active": sum(map(bool, links)) if links else None,
            "nvlink_total": len(links) or None,
            "persistence": None if persistence is None else bool(persistence),
            "compute_mode": _ask(nvml.nvmlDeviceGetComputeMode, handle),
            "recovery": _field(handle, _RECOVERY),
            **_mig(handle),
        }

    def _read_fast(self) -> Gpu:
        handle, ask = self._handle, _ask
        rates = ask(nvml.nvmlDeviceGetUtilizationRates, handle)
        memory = ask(nvml.nvmlDeviceGetMemoryInfo, handle, nvml.nvmlMemory_v2)
        reserved = None
        if memory is not None:
            reserved = _member(memory, "reserved")
        else:
            memory = ask(nvml.nvmlDeviceGetMemoryInfo, handle)  # before driver 510: used holds the reserved
        temperature = ask(nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU)
        power = ask(nvml.nvmlDeviceGetPowerUsage, handle)
        if temperature is power is memory is None:
            _raise_if_unknown(handle)
        pstate = ask(nvml.nvmlDeviceGetPerformanceState, handle)
        return Gpu(
            self.index,
            **self._slow,
            busy=None if rates is None else _member(rates, "gpu"),
            memory_busy=None if rates is None else _member(rates, "memory"),
            memory_used=None if memory is None else _member(memory, "used"),
            memory_total=None if memory is None else _member(memory, "total"),
            memory_reserved=reserved,
            temperature=temperature,
            memory_temperature=_field(handle, _MEMORY_TEMPERATURE),
            fan=ask(nvml.nvmlDeviceGetFanSpeed, handle),
            power=None if power is None else power / 1000,
            sm_clock=ask(nvml.nvmlDeviceGetClockInfo, handle, nvml.NVML_CLOCK_SM),
            memory_clock=ask(nvml.nvmlDeviceGetClockInfo, handle, nvml.NVML_CLOCK_MEM),
            pstate=None if pstate == _UNKNOWN_PSTATE else pstate,
            reasons=_first(
                handle,
                nvml.nvmlDeviceGetCurrentClocksEventReasons,
                nvml.nvmlDeviceGetCurrentClocksThrottleReasons,
            ),
            pcie_gen=ask(nvml.nvmlDeviceGetCurrPcieLinkGeneration, handle),
            pcie_width=ask(nvml.nvmlDeviceGetCurrPcieLinkWidth, handle),
            processes=self._processes(handle),
        )

    def _processes(self, handle: Any) -> tuple[GpuProcess, ...] | None:
        compute = _first(
            handle,
            nvml.nvmlDeviceGetComputeRunningProcesses_v3,
            nvml.nvmlDeviceGetComputeRunningProcesses_v2,
        )
        graphics = _first(
            handle,
            nvml.nvmlDeviceGetGraphicsRunningProcesses_v3,
            nvml.nvmlDeviceGetGraphicsRunningProcesses_v2,
        )
        if compute is None and graphics is None:
            return None
        found = []
        for kind, ones in (("C", compute), ("G", graphics)):
            for one in ones or ():
                pid = one.pid
                name, user = self._people.get(pid) or self._meet(pid)
                found.append(GpuProcess(pid, name, user, one.usedGpuMemory, kind))
        return tuple(found)

    def _meet(self, pid: int) -> tuple[str | None, str | None]:
        self._people[pid] = name_of(pid), self._owners.of(pid)
        return self._people[pid]


def _ecc_errors(handle: Any, kind: int) -> int | None:
    found: int | None = _ask(lambda h: nvml.nvmlDeviceGetTotalEccErrors(h, kind, _VOLATILE), handle)
    return found


def _mig(handle: Any) -> dict[str, Any]:
    modes = _ask(nvml.nvmlDeviceGetMigMode, handle)
    if modes is None:
        return {}
    on, pending = bool(modes[0]), bool(modes[1])
    most = _ask(nvml.nvmlDeviceGetMaxMigDeviceCount, handle) if on else None
    found = None
    if most is not None:
        slots = (_ask(nvml.nvmlDeviceGetMigDeviceHandleByIndex, handle, slot) for slot in range(most))
        found = sum(slot is not None for slot in slots)
    return {"mig": on, "mig_pending": pending, "mig_instances": found}


def _raise_if_unknown(handle: Any) -> None:
    """A GPU that answers nothing but "unknown error" is as good as lost: a container's after a
    daemon-reload of the host, for one."""
    try:
        nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)
    except nvml.NVMLError as error:
        if error.value == nvml.NVML_ERROR_UNKNOWN:
            raise _GoneError(str(error)) from None
