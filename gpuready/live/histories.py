"""The last minutes of a few figures, for sparklines."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from gpuready.live.facts import GpuSample, Sample

Key = tuple[int, str] | str

GPU_FIELDS = ("busy", "memory_used", "power", "temperature", "sm_clock", "pcie_tx", "pcie_rx")
NODE_FIELDS = ("cpu", "iowait", "memory_available", "disk_read", "disk_written")


class History:
    """Rings of the last `length` values, one for each key: ``(gpu index, field)`` or a node's field.

    One value stands for `interval` seconds.  None is a gap: not known, not supported, a lost GPU, or
    seconds in which no sample came.  All GPU series end at the same moment, and so do all of the node.
    """

    def __init__(
        self,
        length: int = 120,
        interval: float = 1.0,
        gpu_fields: Sequence[str] = GPU_FIELDS,
        node_fields: Sequence[str] = NODE_FIELDS,
    ) -> None:
        self._length = length
        self._interval = interval
        self._gpu_fields = tuple(gpu_fields)
        self._node_fields = tuple(node_fields)
        self._rings: dict[Key, deque[float | None]] = {}
        self._gpus: set[int] = set()
        self._last: dict[type, float] = {}

    def add(self, sample: Sample) -> None:
        """Append the sample's values, after as many gaps as samples are missing since the last one."""
        is_gpu = isinstance(sample, GpuSample)
        self._append_gaps(sample, is_gpu)
        if isinstance(sample, GpuSample):
            gpus = {gpu.index: gpu for gpu in sample.gpus}
            self._gpus |= gpus.keys()
            for index in self._gpus:
                for field in self._gpu_fields:
                    self._ring((index, field)).append(getattr(gpus.get(index), field, None))
        else:
            for field in self._node_fields:
                self._ring(field).append(getattr(sample, field))

    def series(self, key: Key) -> list[float | None]:
        """The values of that key, oldest first, at most `length`; empty when nothing is known of it."""
        return list(self._rings.get(key, ()))

    def clear(self) -> None:
        """Forget everything, as when another source begins."""
        self._rings.clear()
        self._gpus.clear()
        self._last.clear()

    def _ring(self, key: Key) -> deque[float | None]:
        if key not in self._rings:
            self._rings[key] = deque(maxlen=self._length)
        return self._rings[key]

    def _append_gaps(self, sample: Sample, is_gpu: bool) -> None:
        before = self._last.get(type(sample), sample.at)
        self._last[type(sample)] = sample.at
        missing = min(round((sample.at - before) / self._interval) - 1, self._length)
        if missing > 0:
            for key, ring in self._rings.items():
                if isinstance(key, tuple) is is_gpu:
                    ring.extend([None] * missing)
