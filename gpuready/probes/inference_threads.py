"""Workers of an engine against the cores it may use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes import inference_process
from gpuready.probes.deadline import Deadline
from gpuready.probes.inference_process import option, running
from gpuready.probes.probe import Ask, Measurement, Probe

_OPTIONS = (
    *("--workers", "-w", "--threads"),  # gunicorn, uvicorn, Flask
    *("--api-server-count", "-asc"),  # vLLM
    *("--http-thread-count",),  # Triton
    *("--tokenizer-worker-num",),  # SGLang
    *("--validation-workers",),  # TGI
)


async def _threads(ask: Ask) -> Measurement:
    """Workers are what the command line says: threads cannot be told apart from the pools of libraries, so
    they are shown, and judge nothing."""
    process = await running(ask, Deadline(ask))
    fields: dict[str, Scalar] = {"threads": process.threads, "processes": len(process.tree)}
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if process.cores is not None:
        fields["cores"] = process.cores
    workers = option(process.words, *_OPTIONS) or ""
    if workers.isdigit() and int(workers) > 0:
        fields["workers"] = int(workers)
        if process.cores:
            fields["workers_per_core"] = int(workers) / process.cores
    else:
        remarks.append(("probes_inference.no_workers", {"threads": process.threads}))
    return Measurement(fields, f"/proc/{process.pid}", (process.exchange,), tuple(remarks))


def _steps(ask: Ask) -> Sequence[str]:
    return inference_process.steps(ask)


THREADS = Probe(
    name="inference.threads",
    measure=_threads,
    steps=_steps,
    fields={
        "workers_per_core": "x",
        "workers": "count",
        "cores": "count",
        "threads": "count",
        "processes": "count",
    },
    on="engine",
    limit=15,
    privilege="root, to see another user's process",
)
