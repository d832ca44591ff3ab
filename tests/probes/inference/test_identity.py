"""inference.engine, inference.health and inference.models: every engine, and those that only pretend."""

from __future__ import annotations

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.inference import PROBES
from gpuready.probes.inference_health import ENGINE, HEALTH
from gpuready.probes.inference_models import MODELS
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Target
from tests.probes.inference.engines import (
    LLAMA,
    card,
    kserve_v1,
    kserve_v2,
    models,
    sglang,
    tensorrt_llm,
    tgi,
    triton,
    vllm,
)
from tests.probes.run_probe import both, run_probe
from tests.probes.stage import HTML, Route, mute, play, tcp

KNOWN = (Criterion("version_known", "==", True),)
WELL = (Criterion("healthy", "==", True), Criterion("alive", "==", True))
TEN = (Criterion("ready_models", ">=", 10, "count"),)


def keys(measured: Measurement) -> list[str]:
    return [key for key, _ in measured.remarks]


def test_names_are_those_of_the_checklists() -> None:
    assert {probe.name for probe in PROBES} == {
        f"inference.{name}"
        for name in [
            "concurrent",
            "engine",
            "generate",
            "golden",
            "health",
            "models",
            "parallel",
            "stream",
            "threads",
        ]
    }


@pytest.mark.parametrize(
    ("routes", "name", "version", "protocol"),
    [
        (vllm(), "vllm", "0.11.0", "OpenAI"),
        (sglang(), "sglang", "0.5.3", "OpenAI"),
        (tensorrt_llm(), "tensorrt-llm", "1.0.0", "OpenAI"),
        (triton(), "triton", "2.51.0", "KServe v2"),
        (tgi(), "text-generation-inference", "3.0.1", "TGI"),
        (kserve_v2(), "mlserver", "1.6.1", "KServe v2"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_each_engine_is_known_by_its_own_words(
    routes: dict[str, Route], name: str, version: str, protocol: str
) -> None:
    async with play(routes) as stage:
        measured = await run_probe(ENGINE, stage.url)
        assert judge(KNOWN, measured.fields, ENGINE.fields) is Verdict.PASS
        assert (measured.fields["engine"], measured.fields["version"]) == (name, version)
        assert measured.fields["protocol"] == protocol
        healthy = await run_probe(HEALTH, stage.url)
        assert judge(WELL, healthy.fields, HEALTH.fields) is Verdict.PASS
        assert healthy.fields["models_ready"] == 1


async def test_an_engine_that_hides_its_version_is_unknown() -> None:
    for routes in ({"/v1/models": models(card("m", "someone"))}, kserve_v1()):
        async with play(routes) as stage:
            measured = await run_probe(ENGINE, stage.url)
        assert judge(KNOWN, measured.fields, ENGINE.fields) is Verdict.UNKNOWN
        assert keys(measured) == ["probes_inference.no_version"]


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/"])
async def test_trap_addresses_as_clients_are_given_them(tail: str) -> None:
    async with play(vllm()) as stage:
        measured = await run_probe(ENGINE, stage.url + tail)
    assert measured.fields["engine"] == "vllm"


async def test_secrets_among_the_settings_are_not_kept() -> None:
    async with play(sglang()) as stage:
        measured = await run_probe(ENGINE, stage.url)
    assert "verysecret" not in str(measured)


# --- who is no engine ---------------------------------------------------------------------------------


async def test_nobody_there_is_unknown() -> None:
    for probe in (ENGINE, HEALTH, MODELS):
        with pytest.raises(NoData) as caught:
            await run_probe(probe, "http://127.0.0.1:1")
        assert caught.value.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("liar", [HTML, "OK", (200, "{broken"), (200, '{"a": ')])
async def test_liars_are_errors(liar: Route) -> None:
    async with play({}, other=liar) as stage:
        for probe in (ENGINE, HEALTH, MODELS):
            with pytest.raises(Broken) as caught:
                await run_probe(probe, stage.url)
            assert caught.value.verdict is Verdict.ERROR
            both(caught.value.key, **caught.value.fields)


async def test_a_web_page_at_the_health_path_is_an_error() -> None:
    async with play({**vllm(), "/health": HTML}) as stage:
        with pytest.raises(Broken) as caught:
            await run_probe(HEALTH, stage.url)
    assert caught.value.key == "probes_inference.web_page"


async def test_another_service_is_unknown_even_if_it_is_well() -> None:
    async with play({"/health": {"status": "ok"}, "/version": {"version": "1.2.3"}}) as stage:
        for probe in (ENGINE, HEALTH):
            with pytest.raises(NoData) as caught:
                await run_probe(probe, stage.url)
            assert caught.value.key == "probes_inference.no_engine"


async def test_not_let_in_is_unknown() -> None:
    async with play({}, other=401) as stage:
        for probe in (ENGINE, HEALTH, MODELS):
            with pytest.raises(NoData) as caught:
                await run_probe(probe, stage.url)
            assert caught.value.key == "probes_http.no_rights"


async def test_trap_a_gateway_that_refuses_unknown_paths_hides_no_engine() -> None:
    async with play(vllm(), other=403) as stage:
        measured = await run_probe(ENGINE, stage.url)
    assert measured.fields["version"] == "0.11.0"


async def test_half_open() -> None:
    async with tcp(mute) as port:
        with pytest.raises(NoData):
            await run_probe(HEALTH, f"http://127.0.0.1:{port}", limit=0.3)


async def test_a_container_engines_socket_is_no_inference_engine() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(ENGINE, "unix:///var/run/docker.sock")
    assert caught.value.key == "probes_inference.container_engine"
    assert "unix" in ENGINE.steps(Ask(Target("engine", "e", "unix:///var/run/docker.sock")))[0]


# --- health -------------------------------------------------------------------------------------------


async def test_an_engine_that_says_no_fails() -> None:
    async with play({**vllm(), "/health": 503}) as stage:
        measured = await run_probe(HEALTH, stage.url)
    assert judge(WELL, measured.fields, HEALTH.fields) is Verdict.FAIL
    assert measured.fields["alive"] is False


async def test_an_engine_that_fails_everywhere_fails() -> None:
    async with play({}, other=503) as stage:
        measured = await run_probe(HEALTH, stage.url)
    assert judge(WELL, measured.fields, HEALTH.fields) is Verdict.FAIL
    assert keys(measured) == ["probes_inference.says_no"]


async def test_triton_alive_and_not_ready() -> None:
    async with play(triton(ready=400)) as stage:
        measured = await run_probe(HEALTH, stage.url)
    assert (measured.fields["alive"], measured.fields["healthy"]) == (True, False)


async def test_trap_ready_without_a_model_is_not_healthy() -> None:
    """Triton says ready when its repository is empty."""
    async with play({**triton(), "POST /v2/repository/index": []}) as stage:
        measured = await run_probe(HEALTH, stage.url)
    assert (measured.fields["alive"], measured.fields["healthy"]) == (True, False)


async def test_kserve_v1_model_by_model() -> None:
    async with play(kserve_v1()) as stage:
        healthy = await run_probe(HEALTH, stage.url)
        counted = await run_probe(MODELS, stage.url)
    assert healthy.fields["models_ready"] == 1
    assert (counted.fields["ready_models"], counted.fields["not_ready"]) == (1, 1)


# --- models -------------------------------------------------------------------------------------------


async def test_ten_models_pass_nine_fail() -> None:
    for count, verdict in ((10, Verdict.PASS), (9, Verdict.FAIL)):
        states = [(f"m{n}", "1", "READY") for n in range(count)]
        async with play(triton(*states, ("x", "1", "UNAVAILABLE"), ("m0", "2", "READY"))) as stage:
            measured = await run_probe(MODELS, stage.url)
        assert judge(TEN, measured.fields, MODELS.fields) is verdict
        assert measured.fields["not_ready"] == 1


async def test_trap_two_names_of_one_model_are_one() -> None:
    """vLLM --served-model-name A B lists both, with one root."""
    cards = [card("chat", "vllm", root=LLAMA), card("default", "vllm", root=LLAMA)]
    adapter = card("sql-lora", "vllm", root="/loras/sql", parent="chat")
    async with play(vllm(*cards, adapter)) as stage:
        measured = await run_probe(MODELS, stage.url)
    assert (measured.fields["ready_models"], measured.fields["adapters"]) == (2, 1)
    assert keys(measured) == ["probes_inference.adapters_count"]


async def test_models_count_over_the_site() -> None:
    async with play(vllm(card("a", "vllm"))) as one, play(triton(("b", "1", "READY"))) as two:
        site = (Target("engine", "one", one.url), Target("engine", "two", two.url))
        sockets = (Target("engine", "docker", "unix:///x"),)
        measured = await run_probe(MODELS, one.url, site=site + sockets)
        assert (measured.fields["ready_models"], measured.fields["here"]) == (2, 1)
        silent = (*site, Target("engine", "three", "http://127.0.0.1:1"))
        partly = await run_probe(MODELS, one.url, site=silent)
        assert judge(TEN, partly.fields, MODELS.fields) is Verdict.UNKNOWN
        assert (partly.fields["ready_at_least"], partly.fields["endpoints"]) == (2, 2)
        assert keys(partly) == ["probes_inference.engines_silent"]


async def test_a_server_without_an_index_is_unknown() -> None:
    async with play({**kserve_v2(), "POST /v2/repository/index": 404}) as stage:
        with pytest.raises(NoData) as caught:
            await run_probe(MODELS, stage.url)
        assert caught.value.key == "probes_inference.no_index"
        measured = await run_probe(HEALTH, stage.url)
        assert measured.fields["healthy"] is True, "its own word still counts"
    async with play({**triton(), "POST /v2/repository/index": {"no": "list"}}) as stage:
        with pytest.raises(Broken):
            await run_probe(MODELS, stage.url)
