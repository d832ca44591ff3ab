"""What the engines do: batches, queues, preemptions, the models they serve."""

from __future__ import annotations

import math
from collections.abc import Mapping

from gpuready.checklist.model import Scalar
from gpuready.probes.duration import window_text
from gpuready.probes.probe import NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.answer import label_of
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look, Reading
from gpuready.prometheus.read.parts import parts_of, texts
from gpuready.prometheus.read.raw import NAMES, TARGETS, Raw, listed, present, scraped
from gpuready.text.say import language

_QUEUES = (
    "vllm:num_requests_waiting",
    "sglang:num_queue_reqs",
    "trtllm_num_requests_waiting",
    "nv_inference_pending_request_count",
    "tgi_queue_size",
)
# Of several replicas the one whose queue never emptied counts.
LEAST = {metric: f"max(min_over_time({metric}{{$sel}}[$window]))" for metric in _QUEUES}
# The engines whose batch is a gauge, by it: a mean hides the moments with a batch beyond all bounds.
PEAKS = {
    metric: f"max by (model_name) (max_over_time({metric}{{$sel}}[$window]))"
    for metric in (
        "vllm:num_requests_running",
        "sglang:num_running_reqs",
        "trtllm_num_requests_running",
        "tgi_batch_current_size",
    )
}
MOST = {metric: f"max(max_over_time({metric}{{$sel}}[$window]))" for metric in _QUEUES}
SERIES = {metric: f"count({metric}{{$sel}})" for metric in _QUEUES}

MODELS = (
    Raw("vLLM", ("vllm:num_requests_running",), "group by (model_name) (vllm:num_requests_running{$sel})"),
    Raw("SGLang", ("sglang:num_running_reqs",), "group by (model_name) (sglang:num_running_reqs{$sel})"),
    Raw(
        "TensorRT-LLM",
        ("trtllm_num_requests_running",),
        "group by (model_name) (trtllm_num_requests_running{$sel})",
    ),
    Raw(
        "Triton",
        ("nv_inference_request_success",),
        "group by (model) (nv_inference_request_success{$sel})",
    ),
)

NAMELESS = "count(tgi_queue_size{$sel})"
"""TGI serves a model and does not tell which."""

WAITING = 1.0
"""Requests that wait on average: from here on the queue is no accident."""
BUSY = 70.0
"""Percent: GPUs that do this much are not what is idle."""


async def _batch(look: Look) -> Seen:
    """The largest batch of any model, of all engines; and whether it is what holds requests back.  Where only
    executions are counted, it is the mean of the model with the largest one."""
    parts = await parts_of(look, "batch_size")
    remarks = list(parts.remarks)
    models: dict[str, float] = {}
    for reading in parts.readings:
        peak = PEAKS.get(reading.way.needs[0])
        if peak:
            found = (await look.query(peak)).by("model_name")
        else:
            found = await look.things("batch_size", way=reading.way)
            remarks.append(("prometheus_inference.batch_mean", {"exporter": reading.way.exporter}))
        for model, size in found.items():
            models[model] = max(size, models.get(model, 0.0))
    largest = max(models, key=lambda model: models[model])
    mean = max(reading.value for reading in parts.readings)
    fields: dict[str, Scalar] = {"value": models[largest], "mean": mean}
    remarks.append(("prometheus_inference.largest", {"model": largest, "value": f"{models[largest]:.3g}"}))
    queue, busy, cache = (
        await _value(look, "queue_depth"),
        await _value(look, "gpu_busy"),
        await _fullest(look),
    )
    if queue is not None:
        fields["queue"] = queue
    is_limited = _is_limited(queue, busy)
    if is_limited is not None:
        fields["limited"] = is_limited
    remarks.append(_advice(queue, busy, cache, is_limited))
    return Seen(fields, tuple(remarks))


async def _is_used(look: Look) -> bool:
    """Whether any engine had requests in the window."""
    try:
        return any(reading.value for reading in (await parts_of(look, "request_rate")).readings)
    except NoData:
        return False


async def _value(look: Look, signal: str) -> float | None:
    """A signal beside the one that is asked for; None where it is not known."""
    try:
        return (await look.read(signal)).value
    except NoData:
        return None


async def _fullest(look: Look) -> float | None:
    """The KV cache of the model that has it fullest, in percent; None where it is not known."""
    try:
        return max((await look.things("kv_cache_use")).values())
    except NoData:
        return None


def _is_limited(queue: float | None, busy: float | None) -> bool | None:
    """Whether requests wait although the GPUs have time; None where that is not known."""
    if queue is None:
        return None
    if queue < WAITING:
        return False
    return None if busy is None else busy < BUSY


def _advice(queue: float | None, busy: float | None, cache: float | None, is_limited: bool | None) -> Remark:
    words = {
        "queue": "?" if queue is None else f"{queue:.3g}",
        "busy": "?" if busy is None else f"{busy:.3g}",
        "cache": "?" if cache is None else f"{cache:.3g}",
    }
    if is_limited is None:
        return "prometheus_inference.limit_unknown", words
    if not is_limited:
        key = "no_queue" if queue is not None and queue < WAITING else "gpu_full"
        return f"prometheus_inference.{key}", words
    return f"prometheus_inference.{'cache_full' if (cache or 0) >= 90 else 'batch_capped'}", words


async def _queue(look: Look) -> Seen:
    """The queues of all engines.  An empty one proves that it drains only where requests came."""
    names = await look.names()
    counts = {metric: (await look.query(SERIES[metric])).value for metric in _QUEUES if metric in names}
    there = [metric for metric, count in counts.items() if count]
    if not there:
        targets = await scraped(look)
        return Seen({"series": 0}, (("prometheus_inference.no_queue_metric", {"targets": targets}),))
    parts = await parts_of(look, "queue_depth")
    remarks = list(parts.remarks)
    fields: dict[str, Scalar] = {
        "series": round(sum(count or 0.0 for count in counts.values())),
        "value": sum(reading.value for reading in parts.readings),
    }
    least = [found for metric in there if (found := (await look.query(LEAST[metric])).value) is not None]
    most = [found for metric in there if (found := (await look.query(MOST[metric])).value) is not None]
    if most:
        fields["most"] = max(most)
    is_used = await _is_used(look)
    if least and (max(least) > 0 or is_used):
        fields["least"] = max(least)
    if not is_used:
        remarks.append(("prometheus_inference.queue_unused", {"window": window_text(look.window)}))
    return Seen(fields, tuple(remarks))


async def _preemptions(look: Look) -> Seen:
    """None are a good sign only where requests ran."""
    parts = await parts_of(look, "preemptions")
    count = sum(reading.value for reading in parts.readings)
    if not count and not await _is_used(look):
        raise _no_traffic(look, parts.readings[0])
    fields: dict[str, Scalar] = {"value": count}
    cache = await _fullest(look)
    if cache is not None:
        fields["kv_cache"] = cache
    return Seen(fields, parts.remarks, {"value": (count, math.inf)} if parts.open else {})


def _no_traffic(look: Look, reading: Reading) -> NoData:
    words: Mapping[str, object] = {
        "signal": reading.signal.words.to(language()),
        "window": window_text(look.window),
    }
    return NoData("prometheus.no_traffic", **words)


async def _models(look: Look) -> Seen:
    """The distinct names that all engines have series of now."""
    models: set[str] = set()
    for way in await present(look, MODELS, "prometheus_inference.models"):
        models |= {
            label_of(one.labels, "model_name", "model") for one in (await look.query(way.query)).series
        }
    models.discard("-")
    if not models:
        signal = look.signal("models_served").words.to(language())
        metric = ", ".join(way.needs[0] for way in MODELS)
        raise NoData("prometheus.no_samples", signal=signal, window="5m", metric=metric)
    remarks: list[Remark] = [("prometheus_inference.which_models", {"names": listed(models)})]
    nameless = "tgi_queue_size" in await look.names() and (await look.query(NAMELESS)).value
    if not nameless:
        return Seen({"value": len(models)}, tuple(remarks))
    remarks.append(("prometheus_inference.nameless", {"count": round(nameless)}))
    return Seen({"value": len(models)}, tuple(remarks), {"value": (len(models), len(models) + nameless)})


CHECKS = (
    check(
        "batch_size",
        _batch,
        asks=("batch_size", "queue_depth", "gpu_busy", "kv_cache_use"),
        queries=(*PEAKS.values(), *texts("batch_size")),
        fields={"value": "count", "mean": "count", "queue": "count", "limited": ""},
    ),
    check(
        "queue_depth",
        _queue,
        asks=("queue_depth", "request_rate"),
        queries=(
            *(*SERIES.values(), *LEAST.values(), *MOST.values(), TARGETS),
            *texts("queue_depth", "request_rate"),
        ),
        fields={"value": "count", "least": "count", "most": "count", "series": "count"},
    ),
    check(
        "preemptions",
        _preemptions,
        asks=("preemptions", "request_rate", "kv_cache_use"),
        queries=texts("preemptions", "request_rate"),
        fields={"value": "count", "kv_cache": "%"},
    ),
    check(
        "models_served",
        _models,
        queries=(*(way.query for way in MODELS), NAMELESS),
        calls=(NAMES,),
        fields={"value": "count"},
    ),
)
