"""Data pipelines: lag, throughput, latency, quality."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, Value, cases, counter, histogram, resets, stamp, until

LAG, RATE = "13.3.1.3.s3 pipeline_lag", "13.3.1.3.a2 records_rate"
LATENCY, QUALITY = "13.3.1.3.a1 processing_latency_p99", "13.3.1.3.a3 data_quality_coverage"
FLINK = "flink_taskmanager_job_latency_source_id_operator_id_operator_subtask_index_latency"
OWN = "pipeline_latency_seconds"


def lag(records: Value, topic: str = "events") -> Series:
    return {f'kafka_consumergroup_lag{{consumergroup="g",topic="{topic}",partition="0"}}': records}


def records(rate: float, instance: str = "a") -> Series:
    labels = f'partition="0",instance="{instance}"'
    return {
        f'kafka_topic_partition_current_offset{{topic="{topic}",{labels}}}': counter(rate / 2)
        for topic in ("events", "billing")
    }


def quality(**ran: float) -> Series:
    """By pipeline how many seconds ago its check ran last."""
    return {
        f'quality_last_run_timestamp_seconds{{pipeline="{name}"}}': stamp(ago) for name, ago in ran.items()
    }


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    edges = {"0.25": 0.0, "0.5": 0.0, "1": 0.0, "2.5": 0.0}
    topics = {**lag(5.0), **lag(5.0, "billing"), **lag(1.0, "__consumer_offsets")}
    with cases(
        {
            "pass": {
                **topics,
                **records(1.2e6),
                **histogram(OWN, {**edges, "1": 50}),
                **quality(events=3600, billing=80000),
            },
            "fail": {
                **topics,
                **records(9e5),
                **histogram(OWN, {**edges, "1": 50, "2.5": 2}),
                **quality(events=3600, billing=200000),
            },
            "replicas": {**records(7e5), **records(7e5, "b")},
            "restarts": {
                name: resets(value, 130) for name, value in records(1.2e6).items() if callable(value)
            },
            "idle": histogram(OWN, edges),
            "flink": {f'{FLINK}{{quantile="0.99",operator_id="x"}}': 300.0},
            "slow-flink": {f'{FLINK}{{quantile="0.99",operator_id="x"}}': 3000.0},
            "stale": {name: until(-1800, value) for name, value in lag(5.0).items()},
            "undated": {
                **topics,
                'quality_up{pipeline="events"}': 1.0,
                'quality_up{pipeline="billing"}': 1.0,
            },
            "watching": {'up{job="node"}': 1.0},
            "nothing": {},
        },
        days=1.1,
        step=60,
        recent=4200,
    ) as site:
        yield site


@pytest.mark.parametrize(
    ("case", "verdict"),
    [("pass", "pass"), ("watching", "fail"), ("stale", "unknown"), ("nothing", "unknown")],
)
async def test_lag(site: Cases, case: str, verdict: str) -> None:
    assert (await judged(LAG, site.url, site.selector(case))).verdict == verdict


@pytest.mark.parametrize(("case", "verdict"), [("pass", "pass"), ("fail", "fail"), ("nothing", "unknown")])
async def test_rate(site: Cases, case: str, verdict: str) -> None:
    assert (await judged(RATE, site.url, site.selector(case))).verdict == verdict


async def test_trap_two_exporters_of_one_topic_count_once(site: Cases) -> None:
    found = await judged(RATE, site.url, site.selector("replicas"))
    assert found.value == pytest.approx(7e5, rel=0.01)


async def test_trap_offsets_that_begin_anew(site: Cases) -> None:
    found = await judged(RATE, site.url, site.selector("restarts"))
    assert found.value == pytest.approx(1.2e6, rel=0.15)  # what came between two scrapes is lost


@pytest.mark.parametrize(
    ("case", "metric", "verdict"),
    [
        ("pass", OWN, "pass"),
        ("fail", OWN, "fail"),
        ("idle", OWN, "unknown"),
        ("pass", "", "unknown"),
        ("pass", "other_seconds", "unknown"),
        ("flink", "", "unknown"),
        ("slow-flink", "", "fail"),
        ("nothing", "", "unknown"),
    ],
)
async def test_latency(site: Cases, case: str, metric: str, verdict: str) -> None:
    assert (await judged(LATENCY, site.url, site.selector(case), metric=metric)).verdict == verdict


async def test_trap_what_is_known_to_be_too_low_does_not_pass(site: Cases) -> None:
    found = await judged(LATENCY, site.url, site.selector("flink"))
    assert found.value == 0.3
    assert "operators' own work" in found.said


async def test_without_a_known_metric_one_has_to_be_named(site: Cases) -> None:
    found = await judged(LATENCY, site.url, site.selector("nothing"))
    assert "parameter metric" in found.said


STAMPS = "quality_last_run_timestamp_seconds"


@pytest.mark.parametrize(
    ("case", "metric", "verdict"),
    [
        ("pass", STAMPS, "pass"),
        ("fail", STAMPS, "fail"),
        ("undated", "quality_up", "pass"),
        ("pass", "", "unknown"),
        ("nothing", STAMPS, "unknown"),
        ("pass", "no_such_metric", "unknown"),
    ],
)
async def test_quality(site: Cases, case: str, metric: str, verdict: str) -> None:
    found = await judged(QUALITY, site.url, site.selector(case), metric=metric)
    assert found.verdict == verdict, found
    if case == "fail":
        assert found.value == 50
        assert "billing" in found.said


async def test_trap_a_check_that_did_not_run_is_no_check(site: Cases) -> None:
    found = await judged(QUALITY, site.url, site.selector("fail"), metric=STAMPS)
    assert found.fields["missing"] == 1, "its series is there, its last run is two days old"


async def test_the_operator_may_name_the_pipelines(site: Cases) -> None:
    pipelines = ["events", "billing", "features"]
    found = await judged(QUALITY, site.url, site.selector("pass"), metric=STAMPS, pipelines=pipelines)
    assert (found.verdict, found.fields["pipelines"]) == ("fail", 3)
    assert "features" in found.said
