"""inference.generate, concurrent, stream and golden: small requests to played engines."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.inference_generate import CONCURRENT, GENERATE, billions_in
from gpuready.probes.inference_golden import GOLDEN, agrees, shaped
from gpuready.probes.inference_stream import STREAM
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Safety, Target
from tests.probes.inference.engines import (
    LLAMA,
    card,
    chat,
    completion,
    either,
    kserve_v2,
    pieces,
    sglang,
    streamed,
    tensorrt_llm,
    tgi,
    triton,
    vllm,
)
from tests.probes.run_probe import both, run_probe
from tests.probes.stage import HTML, Route, play

LARGE = (Criterion("parameters_billion", ">", 7, "count"), Criterion("completed", "==", True))
ALL = (Criterion("sent", ">=", 8, "count"), Criterion("failed", "==", 0, "count"))
WITHIN = (Criterion("within_target", "==", True),)
SAME = (Criterion("shape_matches", "==", True), Criterion("value_matches", "==", True))


def keys(measured: Measurement) -> list[str]:
    return [key for key, _ in measured.remarks]


# --- generate -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "routes", [vllm(), sglang(), tensorrt_llm(), tgi()], ids=["vllm", "sglang", "trtllm", "tgi"]
)
async def test_one_request_to_each_engine(routes: dict[str, Route]) -> None:
    async with play(routes) as stage:
        measured = await run_probe(GENERATE, stage.url)
    assert judge(LARGE, measured.fields, GENERATE.fields) is Verdict.PASS
    assert measured.fields["parameters_billion"] == 8
    assert "16" in json.dumps(stage.bodies), "bounded to 16 tokens"


async def test_triton_generates_too() -> None:
    async with play(triton(("ensemble", "1", "READY"))) as stage:
        measured = await run_probe(GENERATE, stage.url, options={"parameters_billion": "70"})
        assert judge(LARGE, measured.fields, GENERATE.fields) is Verdict.PASS
        unnamed = await run_probe(GENERATE, stage.url)
        assert judge(LARGE, unnamed.fields, GENERATE.fields) is Verdict.UNKNOWN
        assert keys(unnamed) == ["probes_inference.size_unknown"]


async def test_an_engine_that_serves_only_chats() -> None:
    routes = {**vllm(), "/v1/completions": 404, "/v1/chat/completions": chat("four")}
    async with play(routes) as stage:
        measured = await run_probe(GENERATE, stage.url)
    assert measured.fields["completed"] is True


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (completion(""), Verdict.FAIL),  # 200 without a word
        (completion(" four", finish_reason="abort"), Verdict.FAIL),
        ((500, {"error": "CUDA out of memory"}), Verdict.FAIL),
        (completion(" four"), Verdict.PASS),
    ],
)
async def test_what_completes(answer: Route, verdict: Verdict) -> None:
    async with play({**vllm(), "/v1/completions": answer}) as stage:
        measured = await run_probe(GENERATE, stage.url)
    assert judge(LARGE, measured.fields, GENERATE.fields) is verdict
    for key, fields in measured.remarks:
        both(key, **fields)


@pytest.mark.parametrize("liar", [HTML, {"choices": []}, {"ok": True}, "[1,"])
async def test_liars_are_errors(liar: Route) -> None:
    async with play({**vllm(), "/v1/completions": liar}) as stage:
        for probe in (GENERATE, CONCURRENT):
            with pytest.raises(Broken):
                await run_probe(probe, stage.url)


async def test_a_model_that_is_named_but_small_fails() -> None:
    async with play(vllm(card("Qwen/Qwen2.5-0.5B", "vllm"))) as stage:
        measured = await run_probe(GENERATE, stage.url)
    assert judge(LARGE, measured.fields, GENERATE.fields) is Verdict.FAIL


async def test_trap_an_alias_does_not_make_a_model_large() -> None:
    async with play(vllm(card("llama-70b", "vllm", root="/models/llama-3.2-1b"))) as stage:
        measured = await run_probe(GENERATE, stage.url)
    assert measured.fields["parameters_billion"] == 1


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", 8),
        ("Qwen3-30B-A3B", 30),
        ("mistralai/Mixtral-8x7B-v0.1", 56),
        ("gpt-oss-120b", 120),
        ("opt-350m", 0.35),
        ("Qwen2.5-0.5B", 0.5),
        ("model-4bit", None),
        ("phi-128k", None),
        ("/models/70b/my-model", None),
        ("deepseek-v3", None),
        ("llama7b2", None),
    ],
)
def test_parameters_in_names(name: str, billions: float | None) -> None:
    assert billions_in(name) == billions


# --- concurrent ---------------------------------------------------------------------------------------


async def test_eight_at_once_are_really_at_once() -> None:
    """The engine answers none of the eight before all are there: one after the other would never end."""
    waiting: list[int] = []
    full = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        if asked["prompt"].startswith("Request"):
            waiting.append(asked["max_tokens"])
            if len(waiting) == 8:
                full.set()
            await full.wait()
        return web.json_response(completion(" four"))

    async with play({**vllm(), "/v1/completions": answer}) as stage:
        measured = await run_probe(CONCURRENT, stage.url)
    assert judge(ALL, measured.fields, CONCURRENT.fields) is Verdict.PASS
    assert waiting == [64] * 8
    assert measured.fields["answered"] == 8
    assert len({body["prompt"] for body in stage.bodies}) == 9, "none can come from another's cache"


async def test_one_of_eight_fails() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        if asked["prompt"].startswith("Request 3."):
            return web.json_response({"error": "overloaded"}, status=503)
        return web.json_response(completion(" four"))

    async with play({**vllm(), "/v1/completions": answer}) as stage:
        measured = await run_probe(CONCURRENT, stage.url)
    assert judge(ALL, measured.fields, CONCURRENT.fields) is Verdict.FAIL
    assert (measured.fields["answered"], measured.fields["failed"]) == (7, 1)


async def test_numbers_are_bounded() -> None:
    async with play(vllm()) as stage:
        measured = await run_probe(CONCURRENT, stage.url, count=10**9, tokens=10**9)
    assert measured.fields["sent"] == 256
    assert {body["max_tokens"] for body in stage.bodies if "max_tokens" in body} == {1024}


async def test_cancelling_closes_every_connection() -> None:
    open_now = 0

    async def hang(request: web.Request) -> web.StreamResponse:
        nonlocal open_now
        asked = await request.json()
        if not asked["prompt"].startswith("Request"):
            return web.json_response(completion(" four"))
        open_now += 1
        started.set()
        try:
            while not (request.transport is None or request.transport.is_closing()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        finally:
            open_now -= 1
        return web.Response()

    started = asyncio.Event()
    async with play({**vllm(), "/v1/completions": hang}) as stage:
        task = asyncio.create_task(run_probe(CONCURRENT, stage.url))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            while open_now:  # noqa: ASYNC110 - the server's side notices in its own time
                await asyncio.sleep(0.01)


async def test_active_probes_say_so_and_show_what_they_send() -> None:
    for probe in (GENERATE, CONCURRENT, STREAM, GOLDEN):
        assert probe.safety is Safety.LIGHT
    steps = GENERATE.steps(Ask(Target("engine", "e", "http://h:8000/v1", {"model": "m"}), {"tokens": 16}))
    assert any('POST http://h:8000/v1/completions {"model": "m", "max_tokens": 16' in step for step in steps)


# --- stream -------------------------------------------------------------------------------------------

FAST = {"ttft_ms": "2000", "itl_ms": "500"}


@pytest.mark.parametrize("routes", [vllm(), tgi()], ids=["vllm", "tgi"])
async def test_a_stream_is_timed(routes: dict[str, Route]) -> None:
    async with play(routes) as stage:
        measured = await run_probe(STREAM, stage.url, count=4, options=FAST)
    assert judge(WITHIN, measured.fields, STREAM.fields) is Verdict.PASS
    assert measured.fields["requests"] == 4
    assert 1 < float(measured.fields["itl_p50"]) < 200
    prompts = [json.dumps(body) for body in stage.bodies if "max_tokens" in str(body) or "inputs" in body]
    assert len(set(prompts)) == 4, "no prefix of an earlier one"


async def test_triton_streams() -> None:
    async with play(triton(("ensemble", "1", "READY"))) as stage:
        measured = await run_probe(STREAM, stage.url, count=2, options=FAST)
    assert judge(WITHIN, measured.fields, STREAM.fields) is Verdict.PASS


async def test_a_slow_stream_fails_and_no_target_is_unknown() -> None:
    routes = {**vllm(), "/v1/completions": streamed(pieces(), gap=0.03)}
    async with play(routes) as stage:
        slow = await run_probe(STREAM, stage.url, count=2, options={"itl_ms": "5"})
        assert judge(WITHIN, slow.fields, STREAM.fields) is Verdict.FAIL
        unset = await run_probe(STREAM, stage.url, count=2)
        assert judge(WITHIN, unset.fields, STREAM.fields) is Verdict.UNKNOWN
        assert "probes_inference.no_target" in keys(unset)
        with pytest.raises(NoData) as caught:
            await run_probe(STREAM, stage.url, options={"ttft_ms": "fast"})
        assert caught.value.key == "probes_inference.bad_figure"


async def test_trap_a_buffering_proxy_hides_the_gaps() -> None:
    """All pieces arrive at once: their gaps of 0 ms would pass any target."""
    routes = {**vllm(), "/v1/completions": streamed(pieces(), together=True)}
    async with play(routes) as stage:
        measured = await run_probe(STREAM, stage.url, count=2, options=FAST)
    assert "itl_p95" not in measured.fields
    assert judge(WITHIN, measured.fields, STREAM.fields) is Verdict.UNKNOWN
    assert "probes_inference.in_one_piece" in keys(measured)


async def test_chats_stream_and_think_aloud() -> None:
    events = [{"choices": [{"delta": {"role": "assistant", "content": ""}}]}]
    events += [{"choices": [{"delta": {"reasoning_content": f" {n}"}}]} for n in range(3)]
    routes = {**vllm(), "/v1/completions": 404, "/v1/chat/completions": streamed(events)}
    async with play(routes) as stage:
        measured = await run_probe(STREAM, stage.url, count=2, options=FAST)
    assert measured.fields["pieces"] == 6


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        completion(" not streamed at all"),
        streamed([]),
        streamed([{"error": {"message": "engine dead"}}]),
        streamed([{"choices": [{"text": ""}]}]),
    ],
)
async def test_what_is_no_stream_is_an_error(answer: Route) -> None:
    async with play({**vllm(), "/v1/completions": answer}) as stage:
        with pytest.raises(Broken):
            await run_probe(STREAM, stage.url, count=2)


async def test_a_stream_that_fails_in_between_counts() -> None:
    calls = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        if calls == 2:
            return web.json_response({"error": "overloaded"}, status=503)
        return await streamed(pieces())(request)

    async with play({**vllm(), "/v1/completions": answer}) as stage:
        measured = await run_probe(STREAM, stage.url, count=3, options=FAST)
    assert measured.fields["failed"] == 1
    assert judge(WITHIN, measured.fields, STREAM.fields) is Verdict.FAIL


async def test_an_endless_stream_ends_at_the_limit() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            await response.write(b'data: {"choices": [{"text": " x"}]}\n\n')
            await asyncio.sleep(0.005)

    async with play({**vllm(), "/v1/completions": endless}) as stage:
        with pytest.raises(NoData):
            await run_probe(STREAM, stage.url, limit=1.0)


# --- golden -------------------------------------------------------------------------------------------


def store(tmp_path: Path, **more: object) -> dict[str, str]:
    said = {
        "path": "/v1/completions",
        "request": {"model": LLAMA, "prompt": "2+2=", "max_tokens": 4, "temperature": 0, "seed": 1},
        "shape": {"choices": [1], "choices[0].text": "string"},
        "value": {"choices[0].text": " 4"},
    } | more
    path = tmp_path / "golden.json"
    path.write_text(json.dumps(said))
    return {"golden": str(path)}


async def test_the_known_answer_passes(tmp_path: Path) -> None:
    async with play({**vllm(), "/v1/completions": completion(" 4")}) as stage:
        measured = await run_probe(GOLDEN, stage.url, options=store(tmp_path))
    assert judge(SAME, measured.fields, GOLDEN.fields) is Verdict.PASS
    assert stage.bodies[0]["seed"] == 1


@pytest.mark.parametrize(
    ("answer", "shape", "value"),
    [
        (completion(" 5"), True, False),
        ({"choices": []}, False, False),
        ((400, {"error": "input shape"}), False, False),
        ((500, {"error": "x"}), False, False),
    ],
)
async def test_another_answer_fails(tmp_path: Path, answer: Route, shape: bool, value: bool) -> None:
    async with play({**vllm(), "/v1/completions": answer}) as stage:
        measured = await run_probe(GOLDEN, stage.url, options=store(tmp_path))
    assert judge(SAME, measured.fields, GOLDEN.fields) is Verdict.FAIL
    assert (measured.fields["shape_matches"], measured.fields["value_matches"]) == (shape, value)


async def test_tensors_within_a_tolerance(tmp_path: Path) -> None:
    out = {"model_name": "m", "outputs": [{"name": "y", "shape": [1, 3], "data": [0.1001, 0.2, 0.7]}]}
    options = store(
        tmp_path,
        path="/v2/models/m/infer",
        shape={"outputs[0].data": [3], "outputs": [-1]},
        value={"outputs[0].data": [0.1, 0.2, 0.7], "outputs[0].name": "y"},
        tolerance=0.01,
    )
    async with play({**kserve_v2(), "POST /v2/models/m/infer": out}) as stage:
        measured = await run_probe(GOLDEN, stage.url, options=options)
    assert judge(SAME, measured.fields, GOLDEN.fields) is Verdict.PASS


async def test_half_a_stored_answer_leaves_half_unknown(tmp_path: Path) -> None:
    async with play({**vllm(), "/v1/completions": completion(" 4")}) as stage:
        measured = await run_probe(GOLDEN, stage.url, options=store(tmp_path, shape={}))
    assert judge(SAME, measured.fields, GOLDEN.fields) is Verdict.UNKNOWN
    assert keys(measured) == ["probes_inference.golden_lacks"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"path": "x", "request": {}}', '{"path": "/x", "request": {}}', "{" * 9000),
        '{"path": "/x", "request": {}, "shape": {"a": "tensor"}}',
        '{"path": "/x", "request": {}, "value": {"a[": 1}}',
    ],
)
async def test_stored_requests_that_are_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "golden.json"
    path.write_text(text)
    async with play({"/x": {"a": 1}}) as stage:
        with pytest.raises(NoData) as caught:
            await run_probe(GOLDEN, stage.url, options={"golden": str(path)})
    assert caught.value.key == "probes_inference.bad_golden"


async def test_without_a_stored_request_nothing_is_sent() -> None:
    async with play(vllm()) as stage:
        with pytest.raises(NoData) as caught:
            await run_probe(GOLDEN, stage.url)
        assert caught.value.key == "probes_inference.no_golden"
        assert not stage.asked


async def test_lying_answers_to_a_stored_request(tmp_path: Path) -> None:
    async with play({}, other=HTML) as stage:
        with pytest.raises(Broken):
            await run_probe(GOLDEN, stage.url, options=store(tmp_path))
    async with play({}) as stage:
        with pytest.raises(NoData):  # 404: that path is not there
            await run_probe(GOLDEN, stage.url, options=store(tmp_path))


def test_shapes_and_values() -> None:
    assert shaped([[1, 2], [3, 4]], [2, 2])
    assert not shaped([[1, 2], [3]], [2, 2])
    assert shaped([], [0]) and not shaped("x", [1])
    assert not shaped(True, "integer") and shaped(True, "boolean")
    assert agrees({"a": [1.0]}, {"a": [1.0005]}, 1e-3)
    assert not agrees({"a": 1}, {"a": 1, "b": 2}, 1e-3)
    assert not agrees(True, 1, 1e-3) and not agrees("1", 1, 1e-3)


def test_one_path_two_ways() -> None:
    assert callable(either(completion("x"), streamed([])))
