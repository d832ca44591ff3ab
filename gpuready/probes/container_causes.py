"""What the lines of an inference service's log mean: known causes with advice, by pattern.

The advice is the message ``probes_container.cause_KEY``.  Shared by the logs of containers and of pods.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# The first pattern that fits a line names its cause: what is special stands before what is general.
_PATTERNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "cuda_oom",
        (
            r"CUDA out of memory|torch\.(?:cuda\.)?OutOfMemoryError",
            r"CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation",
            r"No available memory for the cache blocks",
            r"larger than the maximum number of tokens that can be stored in KV cache",
        ),
    ),
    (
        "driver_old",
        (
            r"CUDA driver version is insufficient|driver on your system is too old",
            r"requirement error: unsatisfied condition: cuda|CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
            r"forward compatibility was attempted on non supported HW",
        ),
    ),
    ("driver_mismatch", (r"Driver/library version mismatch",)),
    (
        "nvml_lost",
        (
            r"Failed to initialize NVML|NVML: (?:Unknown Error|Driver Not Loaded)",
            r"GPU is lost|fallen off the bus",
        ),
    ),
    (
        "no_gpu",
        (
            r"could not select device driver|unresolvable CDI devices|unknown or invalid runtime name",
            r"no CUDA-capable device|No CUDA GPUs are available|CUDA_ERROR_NO_DEVICE",
            r"nvidia-container-cli: ",
        ),
    ),
    (
        "kernel_image",
        (
            r"no kernel image is available for execution|CUDA_ERROR_NO_BINARY_FOR_GPU",
            r"sm_\d+ is not compatible",
        ),
    ),
    (
        "cuda_fault",
        (
            r"an illegal memory access|CUDA_ERROR_ILLEGAL_ADDRESS|unspecified launch failure",
            r"uncorrectable ECC|device-side assert|CUBLAS_STATUS_|\bXid \(",
        ),
    ),
    (
        "nccl",
        (
            r"NCCL (?:error|WARN|failure)|nccl(?:System|Internal|Remote|UnhandledCuda)Error",
            r"ProcessGroupNCCL.*(?:timeout|timed out|terminat|abort)",
            r"Watchdog caught collective operation timeout",
        ),
    ),
    (
        "shm",
        (
            r"Bus error|insufficient shared memory|unable to (?:open|allocate|write).*shared memory",
            r"No space left on device.*shm|/dev/shm.*No space left on device",
        ),
    ),
    (
        "missing_library",
        (
            r"error while loading shared libraries|cannot open shared object file",
            r"Could not load (?:dynamic )?library",
        ),
    ),
    ("exec_format", (r"exec format error",)),
    ("no_program", (r"executable file not found in \$PATH|exec: .* no such file or directory",)),
    ("port_in_use", (r"[Aa]ddress already in use|port is already allocated|EADDRINUSE|Errno 98",)),
    (
        "image_pull",
        (
            r"manifest (?:unknown|for .* not found)|pull access denied|no such image",
            r"ImagePullBackOff|ErrImagePull|toomanyrequests|unauthorized: authentication required",
        ),
    ),
    ("disk_full", (r"No space left on device|ENOSPC|disk quota exceeded",)),
    (
        "host_oom",
        (
            r"Out of memory: Killed process|oom-kill|OOMKilled|Cannot allocate memory",
            r"\bMemoryError\b|std::bad_alloc|worker .* was (?:sent|terminated).*SIGKILL",
        ),
    ),
    (
        "model_missing",
        (
            r"RepositoryNotFoundError|GatedRepoError|does not appear to have a file named",
            r"is not a local folder and is not a valid model identifier",
            r"SafetensorError|HeaderTooLarge|Unable to find (?:any )?(?:model|tokenizer|checkpoint)",
        ),
    ),
    ("permission", (r"[Pp]ermission denied|EACCES|Operation not permitted",)),
    (
        "other",
        (
            r"Traceback \(most recent call last\)|\b(?:FATAL|CRITICAL|ERROR)\b",
            r"^panic: |^thread '.*' panicked|terminate called after throwing|[Ss]egmentation fault",
            r"\"(?:level|severity|levelname)\"\s*:\s*\"(?:error|fatal|critical|d?panic)\"",
            r"\blevel=(?:error|fatal|panic)\b|^E\d{4} \d\d:\d\d:\d\d",
        ),
    ),
)
_CAUSES = tuple((key, re.compile("|".join(patterns))) for key, patterns in _PATTERNS)
_LONGEST = 4096  # characters of a line that are looked at

CAUSES: tuple[str, ...] = tuple(key for key, _ in _PATTERNS)


@dataclass(frozen=True, slots=True)
class Found:
    """A line that names trouble: its number (from 1), the cause's key, and the line itself."""

    line: int
    cause: str
    text: str

    @property
    def advice(self) -> str:
        """The key of the sentence that says what it means and what to do."""
        return f"probes_container.cause_{self.cause}"


def recognise(lines: Iterable[str]) -> list[Found]:
    """The lines that name trouble, in their order.  ``other`` is an error that is none of the known ones."""
    found = []
    for number, line in enumerate(lines, 1):
        part = line[:_LONGEST]
        cause = next((key for key, pattern in _CAUSES if pattern.search(part)), None)
        if cause:
            found.append(Found(number, cause, part))
    return found


def root(found: list[Found]) -> Found | None:
    """The line to begin with: the first whose cause is known, else the first of all.  The last lines of a
    failed start are mostly other ranks that complain of the one that went away."""
    return next((one for one in found if one.cause != "other"), found[0] if found else None)
