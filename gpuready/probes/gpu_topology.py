"""How the GPUs of this node reach each other."""

from __future__ import annotations

from collections.abc import Mapping

from gpuready.checklist.model import Scalar
from gpuready.probes.gpu_nvml import SOURCE, Reading, columns, nvml, nvml_step
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, NotApplicable, Probe
from gpuready.text.redact import redact

# NVML's topology levels, in nvidia-smi's letters: from the nearest to the farthest.
_PATHS = {0: "board", 10: "PIX", 20: "PXB", 30: "PHB", 40: "NODE", 50: "SYS"}
_SYSTEM = 50


async def _topology(ask: Ask) -> Measurement:
    reading = await nvml(ask, topology=True)
    gpus = [gpu for gpu in reading.gpus if gpu.lost is None]
    if len(reading.gpus) == 1:
        raise NotApplicable("probes_gpu.one_gpu")
    if not reading.pairs:
        raise NoData("probes_gpu.no_pairs")
    fields: dict[str, Scalar] = {"gpus": len(gpus), "pairs": len(reading.pairs)}
    remarks: list[tuple[str, Mapping[str, object]]] = []
    paths = [pair["path"] for pair in reading.pairs if "path" in pair]
    linked = [pair["nvlink"] == 0 for pair in reading.pairs if "nvlink" in pair]
    peers = [pair["p2p"] == 0 for pair in reading.pairs if "p2p" in pair]
    if len(paths) == len(reading.pairs):
        fields |= {"worst_path": _PATHS.get(max(paths), "?"), "cross_socket": paths.count(_SYSTEM)}
    if len(linked) == len(reading.pairs):
        fields |= {"nvlink_pairs": sum(linked), "nvlink_everywhere": all(linked)}
        slow = sum(pair.get("path") == _SYSTEM and pair["nvlink"] != 0 for pair in reading.pairs)
        if slow:
            remarks.append(("probes_gpu.slow_pairs", {"count": slow, "pairs": len(reading.pairs)}))
        if any(linked) and not all(linked):
            remarks.append(("probes_gpu.some_linked", {"count": sum(linked), "pairs": len(reading.pairs)}))
    if len(peers) == len(reading.pairs):
        fields["p2p_pairs"] = sum(peers)
    links = [gpu for gpu in gpus if gpu.nvlink_total]
    if links:
        fields["nvlink_total"] = sum(gpu.nvlink_total or 0 for gpu in links)
        if all(gpu.nvlink_active is not None for gpu in links):
            fields["nvlink_active"] = sum(gpu.nvlink_active or 0 for gpu in links)
    if len(gpus) < len(reading.gpus):
        remarks.append(("probes_gpu.some_lost", {"count": len(reading.gpus) - len(gpus)}))
    return Measurement(fields, SOURCE, (_matrix(reading),), tuple(remarks))


def _matrix(reading: Reading) -> Exchange:
    """The table of ``nvidia-smi topo -m``."""
    between: dict[tuple[int, int], str] = {}
    for pair in reading.pairs:
        word = "NV" if pair.get("nvlink") == 0 else _PATHS.get(pair.get("path", -1), "-")
        between[pair["one"], pair["other"]] = between[pair["other"], pair["one"]] = word
    indexes = [gpu.index for gpu in reading.gpus]
    rows = [
        [f"GPU {one}", *("X" if one == other else between.get((one, other), "-") for other in indexes)]
        for one in indexes
    ]
    return Exchange(reading.asked, redact(columns(["", *map(str, indexes)], rows)))


PROBES = (
    Probe(
        "gpu.topology",
        _topology,
        lambda ask: (nvml_step(topology=True),),
        fields={
            "gpus": "count", "pairs": "count", "worst_path": "", "cross_socket": "count",
            "nvlink_pairs": "count", "nvlink_everywhere": "", "p2p_pairs": "count",
            "nvlink_active": "count", "nvlink_total": "count",
        },
    ),
)  # fmt: skip
