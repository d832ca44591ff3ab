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
_NOT_AVAILABLE = 0xFFFFFFFF  # how NVML says so in an unsigned int
_UNKNOWN_PSTATE = 32
_MEMORY_TEMPERATURE = nvml.NVML_FI_DEV_MEMORY_TEMP
_RECOVERY = getattr(nvml, "NVML_FI_DEV_GET_GPU_RECOVERY_ACTION", 230)
_FIELDS = [_MEMORY_TEMPERATURE, _RECOVERY]
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


class _GoneError(Exception):
    """The GPU does not answer any more; the text is NVML's own."""


class Device:
    """Reads one GPU again and again; see `Gpu` for units.  NVML must be initialised."""

    def __init__(self, index: int, owners: Owners) -> None:
        self.index = index
        self._owners = owners
        self._handle: Any = None
        self._lost: str | None = None
        self._fixed: dict[str, Any] = {}
        self._slow: dict[str, Any] = {}
        self._pcie: dict[str, Any] = {}
        self._error: int | None = None
        self._people: dict[int, tuple[str | None, str | None]] = {}

    def read(self, slow: bool) -> Gpu:
        """The GPU now; `slow` asks again for what hardly changes."""
        try:
            if self._handle is None:
                if self._lost is not None and not slow:
                    raise _GoneError(self._lost)
                self._open()
                slow = True
            if slow:
                self._people.clear()
                self._slow = self._read_slow()
            return self._read_fast()
        except _GoneError as error:
            self._handle = None  # a reset makes a new handle: the next slow turn tries one
            self._lost = str(error)
            known = {key: self._fixed.get(key) for key in ("uuid", "name", "bus_id")}
            return Gpu(self.index, **known, lost=self._lost)

    def read_pcie(self) -> None:
        """Measure the PCIe throughput for the following samples: takes about 20 ms for each direction."""
        if self._handle is None:
            return
        try:
            for key, counter in (
                ("pcie_tx", nvml.NVML_PCIE_UTIL_TX_BYTES),
                ("pcie_rx", nvml.NVML_PCIE_UTIL_RX_BYTES),
            ):
                kib = self._ask(nvml.nvmlDeviceGetPcieThroughput, counter)
                self._pcie[key] = None if kib is None else kib * 1024
        except _GoneError:
            self._pcie = {}

    # --- asking -----------------------------------------------------------------------------------

    def _ask(self, call: Callable[..., Any], *args: Any) -> Any:
        try:
            value = call(self._handle, *args)
        except nvml.NVMLError as error:
            self._error = error.value
            if error.value in _GONE:
                raise _GoneError(str(error)) from None
            return None
        except UnicodeDecodeError:
            return None
        return None if value == _NOT_AVAILABLE else value

    def _first(self, *calls: str) -> Any:
        """The answer of the first of these functions that gives one: newer name first, then the older."""
        for name in calls:
            call = getattr(nvml, name, None)
            if call is not None and (value := self._ask(call)) is not None:
                return value
        return None

    def _open(self) -> None:
        try:
            self._handle = nvml.nvmlDeviceGetHandleByIndex(self.index)
        except nvml.NVMLError as error:
            raise _GoneError(str(error)) from None
        ask = self._ask
        pci = ask(nvml.nvmlDeviceGetPciInfo)
        self._fixed = {
            "uuid": ask(nvml.nvmlDeviceGetUUID),
            "name": ask(nvml.nvmlDeviceGetName),
            "bus_id": pci.busId if pci is not None else None,
            "temperature_slowdown": ask(
                nvml.nvmlDeviceGetTemperatureThreshold, nvml.NVML_TEMPERATURE_THRESHOLD_SLOWDOWN
            ),
            "sm_clock_max": ask(nvml.nvmlDeviceGetMaxClockInfo, nvml.NVML_CLOCK_SM),
            "memory_clock_max": ask(nvml.nvmlDeviceGetMaxClockInfo, nvml.NVML_CLOCK_MEM),
            "pcie_gen_max": self._first(
                "nvmlDeviceGetGpuMaxPcieLinkGeneration", "nvmlDeviceGetMaxPcieLinkGeneration"
            ),
            "pcie_width_max": ask(nvml.nvmlDeviceGetMaxPcieLinkWidth),
        }

    # --- what hardly changes ----------------------------------------------------------------------

    def _read_slow(self) -> dict[str, Any]:
        ask = self._ask
        ecc = ask(nvml.nvmlDeviceGetEccMode)
        remapped = ask(nvml.nvmlDeviceGetRemappedRows)
        limit = self._first("nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetPowerManagementLimit")
        persistence = ask(nvml.nvmlDeviceGetPersistenceMode)
        active, total = self._nvlinks()
        return {
            "power_limit": None if limit is None else limit / 1000,
            "pcie_replays": ask(nvml.nvmlDeviceGetPcieReplayCounter),
            "ecc_mode": None if ecc is None else bool(ecc[0]),
            "ecc_corrected": ask(nvml.nvmlDeviceGetTotalEccErrors, _CORRECTED, _VOLATILE),
            "ecc_uncorrected": ask(nvml.nvmlDeviceGetTotalEccErrors, _UNCORRECTED, _VOLATILE),
            "remap_pending": None if remapped is None else bool(remapped[2]),
            "remap_failed": None if remapped is None else bool(remapped[3]),
            "nvlink_active": active,
            "nvlink_total": total,
            "persistence": None if persistence is None else bool(persistence),
            "compute_mode": ask(nvml.nvmlDeviceGetComputeMode),
            **self._mig(),
        }

    def _nvlinks(self) -> tuple[int | None, int | None]:
        active = total = 0
        for link in range(nvml.NVML_NVLINK_MAX_LINKS):
            state = self._ask(nvml.nvmlDeviceGetNvLinkState, link)
            if state is not None:
                total += 1
                active += bool(state)
            elif total == 0 or self._error == nvml.NVML_ERROR_INVALID_ARGUMENT:
                break  # this GPU has no links, or no more
        return (active, total) if total else (None, None)

    def _mig(self) -> dict[str, Any]:
        modes = self._ask(nvml.nvmlDeviceGetMigMode)
        if modes is None:
            return {}
        on, pending = bool(modes[0]), bool(modes[1])
        most = self._ask(nvml.nvmlDeviceGetMaxMigDeviceCount) if on else None
        found = None
        if most is not None:
            slots = (self._ask(nvml.nvmlDeviceGetMigDeviceHandleByIndex, slot) for slot in range(most))
            found = sum(slot is not None for slot in slots)
        return {"mig": on, "mig_pending": pending, "mig_instances": found}

    # --- what changes -----------------------------------------------------------------------------

    def _read_fast(self) -> Gpu:
        ask = self._ask
        self._error = None
        rates = ask(nvml.nvmlDeviceGetUtilizationRates)
        memory = ask(nvml.nvmlDeviceGetMemoryInfo, nvml.nvmlMemory_v2) or ask(nvml.nvmlDeviceGetMemoryInfo)
        temperature = ask(nvml.nvmlDeviceGetTemperature, nvml.NVML_TEMPERATURE_GPU)
        power = ask(nvml.nvmlDeviceGetPowerUsage)
        if rates is memory is temperature is power is None and self._error == nvml.NVML_ERROR_UNKNOWN:
            raise _GoneError(str(nvml.NVMLError(self._error)))
        pstate = ask(nvml.nvmlDeviceGetPerformanceState)
        fields = self._fields()
        return Gpu(
            self.index,
            **self._fixed,
            **self._slow,
            **self._pcie,
            busy=None if rates is None else rates.gpu,
            memory_busy=None if rates is None else rates.memory,
            memory_used=None if memory is None else memory.used,
            memory_total=None if memory is None else memory.total,
            memory_reserved=getattr(memory, "reserved", None),
            temperature=temperature,
            memory_temperature=fields.get(_MEMORY_TEMPERATURE),
            recovery=fields.get(_RECOVERY),
            fan=ask(nvml.nvmlDeviceGetFanSpeed),
            power=None if power is None else power / 1000,
            sm_clock=ask(nvml.nvmlDeviceGetClockInfo, nvml.NVML_CLOCK_SM),
            memory_clock=ask(nvml.nvmlDeviceGetClockInfo, nvml.NVML_CLOCK_MEM),
            pstate=None if pstate == _UNKNOWN_PSTATE else pstate,
            reasons=self._first(
                "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"
            ),
            pcie_gen=ask(nvml.nvmlDeviceGetCurrPcieLinkGeneration),
            pcie_width=ask(nvml.nvmlDeviceGetCurrPcieLinkWidth),
            processes=self._processes(),
        )

    def _fields(self) -> dict[int, int]:
        found = {}
        for answer in self._ask(nvml.nvmlDeviceGetFieldValues, _FIELDS) or ():
            member = _OF_TYPE.get(answer.valueType)
            if answer.nvmlReturn == nvml.NVML_SUCCESS and member:
                found[answer.fieldId] = getattr(answer.value, member)
        return found

    def _processes(self) -> tuple[GpuProcess, ...] | None:
        compute = self._first(
            "nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"
        )
        graphics = self._first(
            "nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2"
        )
        if compute is None and graphics is None:
            return None
        return tuple(
            GpuProcess(one.pid, *self._person(one.pid), one.usedGpuMemory, kind)
            for kind, ones in (("C", compute), ("G", graphics))
            for one in ones or ()
        )

    def _person(self, pid: int) -> tuple[str | None, str | None]:
        if pid not in self._people:
            self._people[pid] = (name_of(pid), self._owners.of(pid))
        return self._people[pid]
