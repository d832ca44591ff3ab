"""Grafana, tracing, identity and MLflow: played by their API documents, each with its lies."""

from __future__ import annotations

import json

import pytest
from aiohttp import web

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, NotApplicable, Probe, Target
from gpuready.probes.services_identity import OIDC
from gpuready.probes.services_mlflow import MLFLOW
from gpuready.probes.services_monitoring import DASHBOARDS, GRAFANA
from gpuready.probes.services_tracing import TRACING
from tests.probes.run_probe import run_probe
from tests.probes.stage import HTML, Route, mute, play, tcp

SOME = (Criterion("dashboards", ">=", 1, "count"),)
COST = (Criterion("found", ">=", 1, "count"),)
TRACED = (Criterion("healthy", "==", True), Criterion("services", ">=", 1, "count"))
LOGIN = (Criterion("issuer_matches", "==", True), Criterion("keys", ">=", 1, "count"))
MODELS = (Criterion("healthy", "==", True), Criterion("registered_models", ">=", 1, "count"))


def keys(measured: Measurement) -> list[str]:
    return [key for key, _ in measured.remarks]


@pytest.mark.parametrize("probe", [GRAFANA, DASHBOARDS, TRACING, OIDC, MLFLOW], ids=lambda probe: probe.name)
async def test_silent_lying_and_closed(probe: Probe) -> None:
    for liar in (HTML, '{"broken'):
        async with play({}, other=liar) as stage:
            with pytest.raises(Broken) as caught:
                await run_probe(probe, stage.url)
            assert caught.value.verdict is Verdict.ERROR
    with pytest.raises(NoData):
        await run_probe(probe, "http://127.0.0.1:1")
    for status in (401, 404):
        async with play({}, other=status) as stage:
            with pytest.raises(NoData):
                await run_probe(probe, stage.url)
    async with tcp(mute) as port:
        with pytest.raises(NoData):
            await run_probe(probe, f"http://127.0.0.1:{port}", limit=0.3)
    assert "ftp" in str(probe.steps(Ask(Target(probe.on, "x", "ftp://x"), dict(probe.params))))


# --- Grafana ------------------------------------------------------------------------------------------


def dashboard(title: str, *tags: str, folder: str = "") -> dict[str, object]:
    return {"uid": title, "title": title, "type": "dash-db", "tags": list(tags), "folderTitle": folder}


async def test_grafana() -> None:
    async with play({"/api/health": {"database": "ok", "version": "12.2.1"}}) as stage:
        measured = await run_probe(GRAFANA, stage.url)
    assert measured.fields == {"database": "ok", "healthy": True, "version": "12.2.1"}
    async with play({"/api/health": (503, {"database": "failing"})}) as stage:
        assert (await run_probe(GRAFANA, stage.url)).fields["healthy"] is False


async def test_dashboards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", "glsa_verysecret")
    rows = [dashboard("GPU Cost per team"), dashboard("vLLM", "inference"), dashboard("x", folder="Business")]
    async with play({"/api/search": rows}) as stage:
        options = {"token_env": "GRAFANA_TOKEN"}
        measured = await run_probe(DASHBOARDS, stage.url, options=options, names=["cost"])
        assert judge(SOME, measured.fields, DASHBOARDS.fields) is Verdict.PASS
        assert judge(COST, measured.fields, DASHBOARDS.fields) is Verdict.PASS
        assert stage.headers[0]["Authorization"] == "Bearer glsa_verysecret"
        assert "glsa_verysecret" not in str(measured)
        tags = await run_probe(DASHBOARDS, stage.url, names=["inference", "business", "nccl"])
        assert (tags.fields["found"], tags.fields["missing"]) == (2, 1)
        assert keys(tags)[0] == "probes_services.dashboards_missing"
        unnamed = await run_probe(DASHBOARDS, stage.url)
        assert judge(COST, unnamed.fields, DASHBOARDS.fields) is Verdict.UNKNOWN
    async with play({"/api/search": []}) as stage:
        measured = await run_probe(DASHBOARDS, stage.url)
        assert judge(SOME, measured.fields, DASHBOARDS.fields) is Verdict.FAIL
    async with play({"/api/search": {"message": "x"}}) as stage:
        with pytest.raises(Broken):
            await run_probe(DASHBOARDS, stage.url)


async def test_dashboards_are_paged_and_bounded() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        page = int(request.query["page"])
        return web.json_response([dashboard(f"d{page}-{n}") for n in range(1000)])

    async with play({"/api/search": endless}) as stage:
        measured = await run_probe(DASHBOARDS, stage.url)
    assert measured.fields["dashboards"] == 5000
    assert len(stage.asked) == 5


# --- tracing ------------------------------------------------------------------------------------------


def jaeger(*services: str, recent: tuple[str, ...] = ()) -> dict[str, Route]:
    async def traces(request: web.Request) -> web.StreamResponse:
        found = [{"traceID": "1"}] if request.query["service"] in recent else []
        return web.json_response({"data": found, "total": len(found)})

    return {"/api/services": {"data": [*services, "jaeger-query"], "total": 1}, "/api/traces": traces}


async def test_jaeger() -> None:
    async with play(jaeger("gateway", "vllm", recent=("vllm",))) as stage:
        measured = await run_probe(TRACING, stage.url)
    assert judge(TRACED, measured.fields, TRACING.fields) is Verdict.PASS
    assert (measured.fields["services"], measured.fields["listed"]) == (1, 2)


async def test_trap_a_back_end_that_receives_nothing_looks_as_healthy() -> None:
    """Jaeger traces itself, and lists services long after their last trace."""
    for routes in (jaeger(), jaeger("gateway")):
        async with play(routes) as stage:
            measured = await run_probe(TRACING, stage.url)
        assert measured.fields["healthy"] is True
        assert judge(TRACED, measured.fields, TRACING.fields) is Verdict.FAIL


async def test_zipkin() -> None:
    routes: dict[str, Route] = {
        "/health": {"status": "UP", "zipkin": {"status": "UP"}},
        "/api/v2/services": ["gateway"],
        "/api/v2/traces": [[{"traceId": "1"}]],
    }
    async with play(routes) as stage:
        measured = await run_probe(TRACING, stage.url)
    assert judge(TRACED, measured.fields, TRACING.fields) is Verdict.PASS
    async with play({**routes, "/health": (503, {"status": "DOWN"})}) as stage:
        measured = await run_probe(TRACING, stage.url)
    assert judge(TRACED, measured.fields, TRACING.fields) is Verdict.FAIL


async def test_tempo() -> None:
    values = {"tagValues": ["gateway", "vllm"]}
    routes: dict[str, Route] = {"/ready": "ready\n", "/api/search/tag/service.name/values": values}
    async with play(routes) as stage:
        measured = await run_probe(TRACING, stage.url)
    assert judge(TRACED, measured.fields, TRACING.fields) is Verdict.PASS
    assert measured.fields["back_end"] == "Tempo"
    async with play({**routes, "/ready": (503, "Ingester not ready")}) as stage:
        assert (await run_probe(TRACING, stage.url)).fields["healthy"] is False


async def test_elastic_apm_does_not_tell_its_services() -> None:
    async with play({"/": {"build_date": "x", "publish_ready": True, "version": "8.15"}}) as stage:
        measured = await run_probe(TRACING, stage.url)
    assert measured.fields["healthy"] is True
    assert judge(TRACED, measured.fields, TRACING.fields) is Verdict.UNKNOWN


# --- identity -----------------------------------------------------------------------------------------

KEY = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": "x", "e": "AQAB"}


def provider(issuer: str | None = None, jwks: Route = None, tail: str = "") -> dict[str, Route]:
    async def configuration(request: web.Request) -> web.StreamResponse:
        here = f"http://{request.host}"
        said = {
            "issuer": here + tail if issuer is None else issuer,
            "jwks_uri": f"{here}/keys",
            "code_challenge_methods_supported": ["S256"],
        }
        return web.json_response(said)

    return {"/.well-known/openid-configuration": configuration, "/keys": jwks or {"keys": [KEY]}}


async def test_a_provider() -> None:
    async with play(provider()) as stage:
        for address in (stage.url, f"{stage.url}/.well-known/openid-configuration"):
            measured = await run_probe(OIDC, address)
            assert judge(LOGIN, measured.fields, OIDC.fields) is Verdict.PASS
        assert (measured.fields["pkce"], measured.fields["https"]) == (True, False)


async def test_trap_a_slash_at_the_end_is_another_issuer() -> None:
    async with play(provider(tail="/")) as stage:
        measured = await run_probe(OIDC, stage.url)
        assert judge(LOGIN, measured.fields, OIDC.fields) is Verdict.FAIL
        assert keys(measured) == ["probes_services.other_issuer"]
        measured = await run_probe(OIDC, f"{stage.url}/")
        assert judge(LOGIN, measured.fields, OIDC.fields) is Verdict.PASS


async def test_keys_that_cannot_sign_do_not_count() -> None:
    async with play(provider(jwks={"keys": [{**KEY, "use": "enc"}]})) as stage:
        measured = await run_probe(OIDC, stage.url)
    assert judge(LOGIN, measured.fields, OIDC.fields) is Verdict.FAIL
    for lie in ({"keys": None}, HTML):
        async with play(provider(jwks=lie)) as stage:
            with pytest.raises(Broken):
                await run_probe(OIDC, stage.url)


async def test_the_keys_place_gets_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_TOKEN", "verysecret")
    async with play(provider()) as stage:
        await run_probe(OIDC, stage.url, options={"token_env": "IDP_TOKEN"})
    assert "Authorization" in stage.headers[0]
    assert "Authorization" not in stage.headers[1]


async def test_keys_in_a_file_are_not_read() -> None:
    said = {"issuer": "x", "jwks_uri": "file:///etc/passwd"}
    async with play({"/.well-known/openid-configuration": said}) as stage:
        with pytest.raises(NoData) as caught:
            await run_probe(OIDC, stage.url)
    assert "root:" not in json.dumps(str(caught.value))


# --- MLflow -------------------------------------------------------------------------------------------

SEARCH = "/api/2.0/mlflow/registered-models/search"


async def test_mlflow() -> None:
    async def pages(request: web.Request) -> web.StreamResponse:
        if request.query.get("page_token") == "t":
            return web.json_response({"registered_models": [{"name": "b"}]})
        return web.json_response({"registered_models": [{"name": "a"}], "next_page_token": "t"})

    async with play({"/health": "OK", SEARCH: pages}) as stage:
        measured = await run_probe(MLFLOW, stage.url)
    assert judge(MODELS, measured.fields, MLFLOW.fields) is Verdict.PASS
    assert measured.fields["registered_models"] == 2
    async with play({"/health": "OK", SEARCH: {}}) as stage:
        measured = await run_probe(MLFLOW, stage.url)
        assert judge(MODELS, measured.fields, MLFLOW.fields) is Verdict.FAIL
    async with play({"/health": "OK", SEARCH: {"registered_models": [1]}}) as stage:
        with pytest.raises(Broken):
            await run_probe(MLFLOW, stage.url)


async def test_a_list_without_an_end_is_bounded() -> None:
    endless = {"registered_models": [{"name": "a"}], "next_page_token": "t"}
    async with play({"/health": "OK", SEARCH: endless}) as stage:
        measured = await run_probe(MLFLOW, stage.url)
    assert measured.fields["registered_models"] == 10


async def test_another_service_is_not_asked() -> None:
    async with play({"/health": "OK"}) as stage:
        with pytest.raises(NotApplicable):
            await run_probe(MLFLOW, stage.url, options={"is": "api"})
        assert not stage.asked
        with pytest.raises(NoData) as caught:  # undeclared: unknown, not "does not apply"
            await run_probe(MLFLOW, stage.url)
        assert caught.value.key == "probes_services.no_mlflow"
