"""Data pipelines: lag, throughput, latency from event to result, quality."""

from __future__ import annotations

import math
import time

from gpuready.probes.probe import NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.answer import Answer, label_of
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look
from gpuready.prometheus.read.own import QUANTILE, metric_named, naming, quantile_of
from gpuready.prometheus.read.parts import parts_of, texts
from gpuready.prometheus.read.raw import NAMES, TARGETS, Raw, answered, listed, scraped
from gpuready.text.say import say

FLINK = (
    Raw(
        "Flink latency markers",
        ("flink_taskmanager_job_latency_source_id_operator_id_operator_subtask_index_latency",),
        "max(flink_taskmanager_job_latency_source_id_operator_id_operator_subtask_index_latency"
        '{quantile="0.99",$sel})',
    ),
)
TOPICS = "group by (topic) (kafka_consumergroup_lag{$sel})"
CHECKED = "group by ($label) ($metric{$sel})"
CHECKED_AT = "max by ($label) ($metric{$sel})"
_STAMPS = ("_timestamp_seconds", "_timestamp", "_time_seconds")


async def _lag(look: Look) -> Seen:
    """How many consumers' lag is told.  None is a fact only where something is scraped."""
    try:
        lags = await look.things("consumer_lag")
    except NoData as outcome:
        if outcome.key not in ("prometheus.no_metric", "prometheus.no_samples"):
            raise
        targets = await scraped(look)
        return Seen(
            {"series": 0}, (("prometheus_pipeline.no_lag", {"targets": targets, "why": str(outcome)}),)
        )
    worst = max(lags, key=lambda one: lags[one])
    remark: Remark = ("prometheus_pipeline.worst_lag", {"name": worst, "value": f"{lags[worst]:.6g}"})
    return Seen({"value": lags[worst], "series": len(lags)}, (remark, ("prometheus_pipeline.freshness", {})))


async def _records(look: Look) -> Seen:
    """By the exporter that tells the most: two may tell of the same brokers, so that they cannot be added."""
    parts = await parts_of(look, "records_rate")
    most = max(parts.readings, key=lambda one: one.value).value
    # what cannot be read, or is another broker's, can only add to it
    is_open = len(parts.readings) > 1 or parts.open
    return Seen({"value": most}, parts.remarks, {"value": (most, math.inf)} if is_open else {})


async def _latency(look: Look) -> Seen:
    """By the histogram that the operator names.  Flink's markers pass by the operators' own work, so that
    they only tell what the latency is at least."""
    if metric := metric_named(look, "metric"):
        return await quantile_of(look, metric, 0.99, "s")
    try:
        _, answer = await answered(look, FLINK, "prometheus_latency.processing")
    except NoData:
        raise NoData("prometheus_latency.which_processing") from None
    value = max(one.value for one in answer.series if math.isfinite(one.value)) / 1000
    return Seen({"value": value}, (("prometheus_latency.operator_time", {}),), {"value": (value, math.inf)})


async def _quality(look: Look) -> Seen:
    """Of all pipelines those that have a series of the metric which the operator's quality checks write, by
    its label; of a metric that holds a time only those whose check ran within the window."""
    metric = metric_named(look, "metric")
    label = metric_named(look, "label")
    if not metric or not label:
        raise NoData("prometheus_pipeline.which_quality")
    if metric not in await look.names():
        raise NoData("prometheus.no_metric", signal=say("prometheus_pipeline.quality"), wanted=metric)
    is_stamp = metric.endswith(_STAMPS)
    text = CHECKED_AT if is_stamp else CHECKED
    answer = await look.query(text.replace("$label", label).replace("$metric", metric))
    checked = _recent(answer, label, look.window if is_stamp else math.inf)
    pipelines = await _pipelines(look)
    if not pipelines:
        raise NoData("prometheus_pipeline.which_pipelines")
    missing = pipelines - checked
    remarks: list[Remark] = [("prometheus_pipeline.all_pipelines", {"count": len(pipelines)})]
    if missing:
        remarks.append(("prometheus_pipeline.unchecked", {"names": listed(missing)}))
    if not is_stamp:
        remarks.append(("prometheus_pipeline.not_dated", {"metric": metric}))
    share = 100 * (len(pipelines) - len(missing)) / len(pipelines)
    return Seen({"value": share, "pipelines": len(pipelines), "missing": len(missing)}, tuple(remarks))


def _recent(answer: Answer, label: str, window: float) -> set[str]:
    now = time.time()
    return {
        one.labels[label]
        for one in answer.series
        if one.labels.get(label) and (math.isinf(window) or 0 <= now - one.value <= window)
    }


async def _pipelines(look: Look) -> set[str]:
    """Those that the operator names, else the topics that somebody consumes."""
    given = look.ask.params.get("pipelines")
    if isinstance(given, list | tuple) and given:
        return {str(one) for one in given}
    if "kafka_consumergroup_lag" not in await look.names():
        return set()
    topics = {label_of(one.labels, "topic") for one in (await look.query(TOPICS)).series}
    return {topic for topic in topics if not topic.startswith(("__", "-"))}


CHECKS = (
    check(
        "pipeline_lag",
        _lag,
        asks=("consumer_lag",),
        queries=(TARGETS,),
        fields={"value": "count", "series": "count"},
        params={"window": "15m"},
    ),
    check(
        "records_rate",
        _records,
        asks=("records_rate",),
        queries=texts("records_rate"),
        fields={"value": "1/s"},
        params={"window": "5m"},
    ),
    check(
        "processing_latency_p99",
        _latency,
        queries=(FLINK[0].query,),
        calls=(NAMES,),
        fields={"value": "s"},
        params={"metric": ""},
        more=naming(*QUANTILE),
    ),
    check(
        "data_quality_coverage",
        _quality,
        queries=(TOPICS,),
        calls=(NAMES,),
        fields={"value": "%", "pipelines": "count", "missing": "count"},
        params={"window": "1d", "metric": "", "label": "pipeline", "pipelines": []},
        more=naming(CHECKED, CHECKED_AT),
    ),
)
