"""Batches, queues, preemptions, models served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.prometheus.checks.judged import judged
from tests.prometheus.history import Cases, Series, Value, cases, counter, resets, until

BATCH = ("13.1.4.1.s1 batch_size", "13.2.2.3.s1 batch_size")
LIMITED = "13.5.1.1.s1 batch_size"
DRAINS, WATCHED = "13.1.4.2.s3 queue_depth", "13.2.2.3.s2 queue_depth"
PREEMPTED, MODELS = "13.2.2.1.s3 preemptions", "13.2.2.4.a1 models_served"


def vllm(
    running: Value = 12.0,
    waiting: Value = 0.0,
    *,
    rate: float = 2.0,
    preemptions: Value = 1e6,
    cache: float = 0.5,
    busy: float = 0.3,
    model: str = "m",
    instance: str = "a",
) -> Series:
    labels = f'{{model_name="{model}",instance="{instance}"}}'
    return {
        f"vllm:num_requests_running{labels}": running,
        f"vllm:num_requests_waiting{labels}": waiting,
        f"vllm:num_preemptions_total{labels}": preemptions,
        f"vllm:kv_cache_usage_perc{labels}": cache,
        f'vllm:request_success_total{labels[:-1]},finished_reason="stop"}}': counter(rate),
        f'DCGM_FI_PROF_GR_ENGINE_ACTIVE{{UUID="GPU-{instance}"}}': busy,
    }


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    many: dict[str, Value] = {}
    for number in range(10):
        many |= vllm(model=f"m{number}", instance=str(number))
    waves = lambda t: 0.0 if (t // 300) % 2 else 8.0  # noqa: E731
    with cases(
        {
            "good": vllm(lambda t: 4.0 + (t // 60) % 20, waves),
            "huge": {**vllm(200.0, 30.0, cache=0.97), **vllm(2.0, model="n", instance="b")},
            "capped": vllm(16.0, 30.0),
            "gpu-full": vllm(64.0, 30.0, busy=0.95),
            "blind": {name: value for name, value in vllm(16.0, 30.0).items() if "DCGM" not in name},
            "idle": vllm(0.0, 0.0, rate=0.0),
            "preempts": vllm(preemptions=counter(0.01)),
            "restarted": vllm(preemptions=resets(counter(0.01), 1900)),
            "one-replica": {**vllm(4.0, 0.0), **vllm(4.0, lambda t: 1.0 + (t // 60) % 3, instance="b")},
            "ten": many,
            "nine": {
                name: until(-900, value) if 'model_name="m3"' in name else value
                for name, value in many.items()
            },
            "watching": {'up{job="node"}': 1.0},
            "nothing": {},
        }
    ) as site:
        yield site


@pytest.mark.parametrize("line", BATCH)
@pytest.mark.parametrize(
    ("case", "verdict"), [("good", "pass"), ("huge", "fail"), ("idle", "unknown"), ("nothing", "unknown")]
)
async def test_batch_size(site: Cases, line: str, case: str, verdict: str) -> None:
    found = await judged(line, site.url, site.selector(case))
    assert found.verdict == verdict
    if case == "huge":
        assert found.value == pytest.approx(200), "the model with the largest batch, not the mean of both"
        assert "m (200)" in found.said


@pytest.mark.parametrize(
    ("case", "verdict", "advice"),
    [
        ("capped", "fail", "--max-num-seqs"),
        ("huge", "fail", "KV cache is full"),
        ("gpu-full", "pass", "more replicas"),
        ("blind", "unknown", "needs both"),
        ("nothing", "unknown", ""),
    ],
)
async def test_what_limits(site: Cases, case: str, verdict: str, advice: str) -> None:
    found = await judged(LIMITED, site.url, site.selector(case))
    assert found.verdict == verdict
    assert advice in found.said


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("good", "pass"),
        ("capped", "fail"),
        ("one-replica", "fail"),
        ("idle", "unknown"),
        ("nothing", "unknown"),
    ],
)
async def test_the_queue_drains(site: Cases, case: str, verdict: str) -> None:
    assert (await judged(DRAINS, site.url, site.selector(case))).verdict == verdict


async def test_trap_an_empty_queue_without_requests_proves_nothing(site: Cases) -> None:
    found = await judged(DRAINS, site.url, site.selector("idle"))
    assert "least" not in found.fields
    assert "does not prove that it drains" in found.said


@pytest.mark.parametrize(
    ("case", "verdict"), [("idle", "pass"), ("watching", "fail"), ("nothing", "unknown")]
)
async def test_the_queue_is_watched(site: Cases, case: str, verdict: str) -> None:
    assert (await judged(WATCHED, site.url, site.selector(case))).verdict == verdict


@pytest.mark.parametrize(
    ("case", "verdict"), [("good", "pass"), ("preempts", "fail"), ("idle", "unknown"), ("nothing", "unknown")]
)
async def test_preemptions(site: Cases, case: str, verdict: str) -> None:
    found = await judged(PREEMPTED, site.url, site.selector(case))
    assert found.verdict == verdict
    if case == "preempts":
        assert found.value == pytest.approx(36, abs=2)


async def test_trap_a_restart_does_not_undo_preemptions(site: Cases) -> None:
    found = await judged(PREEMPTED, site.url, site.selector("restarted"))
    assert found.verdict == "fail"
    assert found.value > 25


@pytest.mark.parametrize(
    ("case", "verdict"), [("ten", "pass"), ("nine", "fail"), ("good", "fail"), ("nothing", "unknown")]
)
async def test_models_served(site: Cases, case: str, verdict: str) -> None:
    found = await judged(MODELS, site.url, site.selector(case))
    assert found.verdict == verdict


async def test_trap_a_model_whose_series_are_stale_is_not_served(site: Cases) -> None:
    found = await judged(MODELS, site.url, site.selector("nine"))
    assert found.value == 9
    assert "m3" not in found.said


async def test_models_of_several_engines_count_together() -> None:
    both = {
        'vllm:num_requests_running{model_name="chat"}': 1.0,
        'nv_inference_request_success{model="rank"}': 5.0,
        'nv_inference_request_success{model="embed"}': 5.0,
    }
    with cases({"both": both}) as site:
        assert (await judged(MODELS, site.url, site.selector("both"))).value == 3


async def test_triton_batches_are_inferences_by_execution() -> None:
    def triton(batch: float, rate: float) -> Series:
        return {
            'nv_inference_count{model="m"}': counter(rate * batch),
            'nv_inference_exec_count{model="m"}': counter(rate),
        }

    with cases({"four": triton(4, 10), "forty": triton(40, 10), "none": triton(4, 0)}) as site:
        four = await judged(BATCH[0], site.url, site.selector("four"))
        assert (four.verdict, round(four.value, 6)) == ("pass", 4)
        assert (await judged(BATCH[0], site.url, site.selector("forty"))).verdict == "fail"
        assert (await judged(BATCH[0], site.url, site.selector("none"))).verdict == "unknown"
