"""What the engines do: batches, queues, preemptions, the models they serve."""

from __future__ import annotations

from collections.abc import Mapping

from gpuready.checklist.model import Scalar
from gpuready.probes.duration import window_text
from gpuready.probes.probe import NoData
from gpuready.prometheus.answer import label_of
from gpuready.prometheus.check import Seen, check
from gpuready.prometheus.look import Look, Reading, Remark
from gpuready.prometheus.raw import NAMES, TARGETS, Raw, listed, present, scraped
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

WAITING = 1.0
"""Requests that wait on average: from here on the queue is no accident."""
BUSY = 70.0
"""Percent: GPUs that do this much are not what is idle."""


async def _batch(look: Look) -> Seen:
    """The batch of the model with the largest one; and whether it is what holds requests back."""
    reading = await look.read("batch_size")
    remarks = list(reading.remarks)
    fields: dict[str, Scalar] = {"value": reading.value, "mean": reading.value}
    if reading.way.each:
        models = await look.things("batch_size")
        largest = max(models, key=lambda model: models[model])
        fields["value"] = models[largest]
        remarks.append(
            ("prometheus_inference.largest", {"model": largest, "value": f"{models[largest]:.3g}"})
        )
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
    """An empty queue proves that it drains only where requests came."""
    names = await look.names()
    metric = next((one for one in _QUEUES if one in names), None)
    count = (await look.query(SERIES[metric])).value if metric else None
    if metric is None or not count:
        targets = await scraped(look)
        return Seen({"series": 0}, (("prometheus_inference.no_queue_metric", {"targets": targets}),))
    fields: dict[str, Scalar] = {"series": round(count)}
    reading = await look.read("queue_depth")
    remarks = list(reading.remarks)
    fields["value"] = reading.value
    least = (await look.query(LEAST[metric])).value
    most = (await look.query(MOST[metric])).value
    if most is not None:
        fields["most"] = most
    is_used = bool(await _value(look, "request_rate"))
    if least is not None and (least > 0 or is_used):
        fields["least"] = least
    if not is_used:
        remarks.append(("prometheus_inference.queue_unused", {"window": window_text(look.window)}))
    return Seen(fields, tuple(remarks))


async def _preemptions(look: Look) -> Seen:
    """None are a good sign only where requests ran."""
    reading = await look.read("preemptions")
    if not reading.value and not await _value(look, "request_rate"):
        raise _no_traffic(look, reading)
    fields: dict[str, Scalar] = {"value": reading.value}
    cache = await _fullest(look)
    if cache is not None:
        fields["kv_cache"] = cache
    return Seen(fields, reading.remarks)


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
    return Seen({"value": len(models)}, (("prometheus_inference.which_models", {"names": listed(models)}),))


CHECKS = (
    check(
        "batch_size",
        _batch,
        asks=("batch_size", "queue_depth", "gpu_busy", "kv_cache_use"),
        fields={"value": "count", "mean": "count", "queue": "count", "limited": ""},
    ),
    check(
        "queue_depth",
        _queue,
        asks=("queue_depth", "request_rate"),
        queries=(*SERIES.values(), *LEAST.values(), *MOST.values(), TARGETS),
        fields={"value": "count", "least": "count", "most": "count", "series": "count"},
    ),
    check(
        "preemptions",
        _preemptions,
        asks=("preemptions", "request_rate", "kv_cache_use"),
        fields={"value": "count", "kv_cache": "%"},
    ),
    check(
        "models_served",
        _models,
        queries=tuple(way.query for way in MODELS),
        calls=(NAMES,),
        fields={"value": "count"},
    ),
)
