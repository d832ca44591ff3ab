"""The process that asks NVML: ``python -m gpuready.probes.gpu_child [--seconds S] [--interval S] [--health]
[--topology]``.

It prints one JSON document and ends: ``samples`` (see `gpuready.live.wire`) over the seconds asked for, and
``details`` of each GPU that samples do not carry.  It only reads.  A driver call may hang for ever, and then
whoever started this kills it.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pynvml as nvml

from gpuready.live.facts import GpuSample
from gpuready.live.gpu import GpuReader
from gpuready.live.wire import to_plain

_PR_SET_PDEATHSIG = 1
# A question that this GPU, driver or library does not know: an answer too, unlike all other errors.
_LACKS = (
    nvml.NVML_ERROR_NOT_SUPPORTED,
    nvml.NVML_ERROR_FUNCTION_NOT_FOUND,
    nvml.NVML_ERROR_ARGUMENT_VERSION_MISMATCH,
)
_NVLINK_ERRORS = {
    "replay": nvml.NVML_NVLINK_ERROR_DL_REPLAY,
    "recovery": nvml.NVML_NVLINK_ERROR_DL_RECOVERY,
    "crc_flit": nvml.NVML_NVLINK_ERROR_DL_CRC_FLIT,
    "crc_data": nvml.NVML_NVLINK_ERROR_DL_CRC_DATA,
}
_NVLINK5_ERRORS = {
    "receive": nvml.NVML_FI_DEV_NVLINK_COUNT_RCV_ERRORS,
    "recovery_failed": nvml.NVML_FI_DEV_NVLINK_COUNT_LINK_RECOVERY_FAILED_EVENTS,
}
_THRESHOLDS = {
    "shutdown": nvml.NVML_TEMPERATURE_THRESHOLD_SHUTDOWN,
    "slowdown": nvml.NVML_TEMPERATURE_THRESHOLD_SLOWDOWN,
    "memory_max": nvml.NVML_TEMPERATURE_THRESHOLD_MEM_MAX,
    "gpu_max": nvml.NVML_TEMPERATURE_THRESHOLD_GPU_MAX,
}
_INTEGERS = {
    nvml.NVML_VALUE_TYPE_UNSIGNED_INT: "uiVal",
    nvml.NVML_VALUE_TYPE_UNSIGNED_LONG: "ulVal",
    nvml.NVML_VALUE_TYPE_UNSIGNED_LONG_LONG: "ullVal",
    nvml.NVML_VALUE_TYPE_SIGNED_LONG_LONG: "sllVal",
    nvml.NVML_VALUE_TYPE_SIGNED_INT: "siVal",
}


def main() -> None:
    """Print the document; exits 2 on bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m gpuready.probes.gpu_child")
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--interval", type=float, default=1.0)
    parser.add_argument("--health", action="store_true")
    parser.add_argument("--topology", action="store_true")
    asked = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)

    samples = _sample(asked.seconds, max(asked.interval, 0.05))
    document: dict[str, Any] = {"samples": [to_plain(sample) for sample in samples]}
    last = samples[-1]
    if last.trouble is None:
        handles = {gpu.index: _handle(gpu.index) for gpu in last.gpus if gpu.lost is None}
        document["details"] = [_details(index, handle, asked.health) for index, handle in handles.items()]
        if asked.topology:
            document["pairs"] = _pairs(handles)
    print(json.dumps(document, separators=(",", ":")))


def _sample(seconds: float, interval: float) -> list[GpuSample]:
    reader = GpuReader()
    begun = time.monotonic()
    samples = [reader.read()]
    while samples[-1].trouble is None and len(samples) * interval <= seconds:
        reader.afterwards()
        time.sleep(max(0.0, begun + len(samples) * interval - time.monotonic()))
        samples.append(reader.read())
    return samples


def _handle(index: int) -> Any:
    try:
        return nvml.nvmlDeviceGetHandleByIndex(index)
    except nvml.NVMLError:
        return None


class _Answers:
    """What one GPU answers: `said`, what it `lacks`, and what `failed` with which of NVML's words."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}
        self.lacks: list[str] = []
        self.failed: dict[str, str] = {}

    def ask(self, name: str, call: Callable[[], Any]) -> None:
        try:
            self.said[name] = call()
        except nvml.NVMLError as error:
            if error.value in _LACKS:
                self.lacks.append(name)
            else:
                rights = error.value == nvml.NVML_ERROR_NO_PERMISSION
                self.failed[name] = "no permission" if rights else str(error)
        except UnicodeDecodeError:
            self.failed[name] = "not text"


def _details(index: int, handle: Any, health: bool) -> dict[str, Any]:
    answers = _Answers()
    ask = answers.ask
    ask("capability", lambda: ".".join(map(str, nvml.nvmlDeviceGetCudaComputeCapability(handle))))
    ask("mig", lambda: list(nvml.nvmlDeviceGetMigMode(handle)))
    ask("ecc", lambda: list(nvml.nvmlDeviceGetEccMode(handle)))
    ask("vbios", lambda: nvml.nvmlDeviceGetVbiosVersion(handle))
    if health:
        _ask_health(answers, handle)
    return {"index": index, "said": answers.said, "lacks": answers.lacks, "failed": answers.failed}


def _ask_health(answers: _Answers, handle: Any) -> None:
    ask = answers.ask
    ask("pcie_gen_possible", lambda: nvml.nvmlDeviceGetMaxPcieLinkGeneration(handle))
    ask("inforom", lambda: nvml.nvmlDeviceGetInforomImageVersion(handle))
    ask("inforom_valid", lambda: _inforom_valid(handle))
    ask("remapped", lambda: list(nvml.nvmlDeviceGetRemappedRows(handle)))
    ask("retired", lambda: [len(nvml.nvmlDeviceGetRetiredPages(handle, cause)) for cause in (0, 1)])
    ask("retired_pending", lambda: bool(nvml.nvmlDeviceGetRetiredPagesPendingStatus(handle)))
    ask("sram", lambda: _sram(handle))
    ask("fabric", lambda: _fabric(handle))
    ask("margin", lambda: int(nvml.nvmlDeviceGetMarginTemperature(handle)))
    for name, which in _THRESHOLDS.items():
        ask(f"limit_{name}", partial(nvml.nvmlDeviceGetTemperatureThreshold, handle, which))
    ask("nvlink_errors", lambda: _nvlink_errors(handle))


def _inforom_valid(handle: Any) -> bool:
    try:
        nvml.nvmlDeviceValidateInforom(handle)
    except nvml.NVMLError as error:
        if error.value == nvml.NVML_ERROR_CORRUPTED_INFOROM:
            return False
        raise
    return True


def _sram(handle: Any) -> dict[str, int]:
    # the binding hands these structures on as they are: by value, it would crash the library
    status = nvml.c_nvmlEccSramErrorStatus_v1_t()
    nvml.nvmlDeviceGetSramEccErrorStatus(handle, ctypes.byref(status))
    return {
        "uncorrected": status.volatileUncParity + status.volatileUncSecDed,
        "corrected": status.volatileCor,
        "threshold": status.bThresholdExceeded,
    }


def _fabric(handle: Any) -> dict[str, int]:
    for structure in (nvml.c_nvmlGpuFabricInfo_v3_t, nvml.c_nvmlGpuFabricInfo_v2_t):
        info = structure()
        try:
            nvml.nvmlDeviceGetGpuFabricInfoV(handle, ctypes.byref(info))
        except nvml.NVMLError as error:
            if error.value == nvml.NVML_ERROR_ARGUMENT_VERSION_MISMATCH:
                continue  # an older driver knows the older structure only
            raise
        found = {"state": info.state, "status": info.status, "mask": info.healthMask}
        return found | ({"summary": info.healthSummary} if hasattr(info, "healthSummary") else {})
    raise nvml.NVMLError(nvml.NVML_ERROR_ARGUMENT_VERSION_MISMATCH)


def _nvlink_errors(handle: Any) -> dict[str, int]:
    """Errors since the driver was loaded, summed over the links that answer; NOT_SUPPORTED when none does."""
    found: dict[str, int] = {}
    for link in range(nvml.NVML_NVLINK_MAX_LINKS):
        for name, counter in _NVLINK_ERRORS.items():
            try:
                count = nvml.nvmlDeviceGetNvLinkErrorCounter(handle, link, counter)
            except nvml.NVMLError:
                break  # no such link, or an NVLink that counts otherwise
            found[name] = found.get(name, 0) + count
    for name, field in _NVLINK5_ERRORS.items():
        if (count := _field(handle, field)) is not None:
            found[name] = count
    if not found:
        raise nvml.NVMLError(nvml.NVML_ERROR_NOT_SUPPORTED)
    return found


def _field(handle: Any, field: int) -> int | None:
    try:
        # scope 0xffffffff: the sum over all links
        answer = nvml.nvmlDeviceGetFieldValues(handle, [(field, 0xFFFFFFFF)])[0]
    except nvml.NVMLError:
        return None
    member = _INTEGERS.get(answer.valueType)
    return int(getattr(answer.value, member)) if member and answer.nvmlReturn == nvml.NVML_SUCCESS else None


def _pairs(handles: dict[int, Any]) -> list[dict[str, Any]]:
    """How each two GPUs are joined: `path` by PCIe (NVML's topology level), `nvlink` whether peers reach each
    other through NVLink, `p2p` whether one can read the other's memory (NVML's status, 0 is yes)."""
    found = []
    for one, handle in handles.items():
        for other in range(one + 1, max(handles, default=0) + 1):
            if other not in handles:
                continue
            answers, peer = _Answers(), handles[other]
            ask = answers.ask
            ask("path", partial(nvml.nvmlDeviceGetTopologyCommonAncestor, handle, peer))
            ask("nvlink", partial(nvml.nvmlDeviceGetP2PStatus, handle, peer, 2))
            ask("p2p", partial(nvml.nvmlDeviceGetP2PStatus, handle, peer, 0))
            found.append({"one": one, "other": other, **answers.said})
    return found


if __name__ == "__main__":
    main()
