"""HTTP, TCP, TLS and DNS for operators' own checklists."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.generic import PROBES
from gpuready.probes.generic_dns import DNS
from gpuready.probes.generic_http import HTTP
from gpuready.probes.generic_tcp import TCP
from gpuready.probes.generic_tls import TLS
from gpuready.probes.probe import Ask, Broken, NoData, Probe, Safety, Target
from tests.probes.daemons import free_port
from tests.probes.http.pki import Pki, make
from tests.probes.http.web import nginx, tls_server
from tests.probes.run_probe import both, run_probe
from tests.probes.stage import html, mute, play, tcp


def test_their_names() -> None:
    assert {each.name for each in PROBES} == {"command", "file", "log", "http", "tcp", "tls", "dns"}
    assert all(each.safety is Safety.READ for each in PROBES if each.name != "command")


# --- http -----------------------------------------------------------------------------------------------


async def test_a_value_out_of_json() -> None:
    async with play({"/v1/models": {"data": [{"id": "llama"}]}}) as stage:
        measured = await run_probe(HTTP, url=f"{stage.url}/v1/models", json="data[0].id")
        by_target = await run_probe(HTTP, stage.url, path="/v1/models", json="length(data)")
    assert (measured.fields["status"], measured.fields["value"]) == (200, "llama")
    assert by_target.fields["value"] == 1
    assert 0 < float(measured.fields["time"]) < 5000


async def test_text_by_regex_and_plain_status() -> None:
    async with play({"/metrics": "up 1\nqueue 17\n", "/": (418, "no")}) as stage:
        measured = await run_probe(HTTP, url=f"{stage.url}/metrics", regex=r"^queue (\d+)$")
        other = await run_probe(HTTP, url=stage.url)
    assert (measured.fields["value"], measured.fields["matched"]) == (17, True)
    assert other.fields["status"] == 418
    assert judge([Criterion("status", "==", 200)], other.fields, HTTP.fields) is Verdict.FAIL


async def test_trap_an_error_page_denies_nothing() -> None:
    async with play({}, other=(500, "oops")) as stage:
        cases: tuple[dict[str, Any], ...] = ({"regex": "ERROR"}, {"json": "a"})
        for params in cases:
            measured = await run_probe(HTTP, url=stage.url, **params)
            assert "matched" not in measured.fields and "value" not in measured.fields
            assert dict(measured.remarks)["probes_generic.not_2xx"] == {"status": 500}


async def test_a_liar_is_an_error() -> None:
    async with play({"/": html}) as stage:
        with pytest.raises(Broken) as caught:
            await run_probe(HTTP, url=stage.url, json="status")
    assert caught.value.key == "probes_generic.no_json"
    assert caught.value.evidence


async def test_redirects_are_followed_or_are_the_answer() -> None:
    async def away(_: web.Request) -> web.Response:
        raise web.HTTPFound("/there")

    async def to_file(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "file:///etc/passwd"})

    async with play({"/": away, "/there": "ok", "/file": to_file}) as stage:
        assert (await run_probe(HTTP, url=stage.url)).fields["status"] == 200
        assert (await run_probe(HTTP, url=stage.url, redirects=0)).fields["status"] == 302
        with pytest.raises(Broken):
            await run_probe(HTTP, url=f"{stage.url}/file")


async def test_credentials_go_to_the_target_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "secret-of-the-service")
    async with play({}, other={}) as stage:
        options = {"token_env": "OURS"}
        await run_probe(HTTP, stage.url, options=options)
        await run_probe(HTTP, "http://127.0.0.1:1", options=options, url=stage.url)
    assert [each.get("Authorization") for each in stage.headers] == ["Bearer secret-of-the-service", None]


async def test_endless_great_and_mute_answers() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    async with play({"/": endless}) as stage:
        with pytest.raises(Broken) as caught:
            await run_probe(HTTP, url=stage.url)
    assert caught.value.key == "probes_http.too_big"
    async with tcp(mute) as port:
        with pytest.raises(NoData) as silent:
            await run_probe(HTTP, url=f"http://127.0.0.1:{port}", limit=1)
    assert silent.value.key == "probes_http.slow_answer"


@pytest.mark.parametrize("probe", [HTTP, TCP, TLS, DNS])
async def test_nobody_named_is_unknown_and_said_beforehand(probe: Probe) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(probe)
    assert caught.value.key == "probes_generic.no_address"
    assert probe.steps(Ask(Target(), probe.params)) == (both("probes_generic.no_address"),)


# --- tcp ------------------------------------------------------------------------------------------------


async def test_open_refused_and_unknown() -> None:
    async with tcp(mute) as port:
        measured = await run_probe(TCP, address=f"127.0.0.1:{port}")
        by_target = await run_probe(TCP, f"http://localhost:{port}/path")
    assert measured.fields["open"] is by_target.fields["open"] is True
    assert 0 < float(measured.fields["time"]) < 1000
    refused = await run_probe(TCP, address=f"127.0.0.1:{free_port()}")
    assert refused.fields["open"] is False
    for address in ("no-such-name.invalid:80", "127.0.0.1", "127.0.0.1:99999", "a b:1"):
        with pytest.raises(NoData) as caught:
            await run_probe(TCP, address=address)
        both(caught.value.key, **caught.value.fields)


async def test_trap_silence_is_not_closed() -> None:
    """A full queue of connections drops them, as a firewall does."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        waiting = []
        try:
            for _ in range(4):
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
                waiting.append(one)
            with pytest.raises(NoData) as caught:
                await run_probe(TCP, address=f"127.0.0.1:{port}", limit=1)
        finally:
            for one in waiting:
                one.close()
    assert caught.value.key == "probes_http.slow_connect"


# --- dns ------------------------------------------------------------------------------------------------


async def test_a_name_that_resolves() -> None:
    measured = await run_probe(DNS, name="localhost")
    assert int(measured.fields["answers"]) >= 1
    assert "127.0.0.1" in str(measured.fields["addresses"]) or "::1" in str(measured.fields["addresses"])


@pytest.mark.parametrize(
    ("number", "known"), [(socket.EAI_NONAME, True), (socket.EAI_AGAIN, False), (socket.EAI_FAIL, False)]
)
async def test_trap_no_name_server_is_not_no_name(
    number: int, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(number, "as the resolver says it")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    if known:
        measured = await run_probe(DNS, name="gone.example")
        assert (measured.fields["answers"], measured.fields["addresses"]) == (0, "")
    else:
        with pytest.raises(NoData) as caught:
            await run_probe(DNS, name="gone.example")
        assert caught.value.key == "probes_network.no_name"


async def test_an_address_is_no_name() -> None:
    with pytest.raises(NoData):
        await run_probe(DNS, "http://10.0.0.1:80")


# --- tls ------------------------------------------------------------------------------------------------

PAIRS = ("good", "expired", "other_name", "self_signed", "unchained")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return make(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def ports(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """An nginx that shows each certificate on a port of its own, one that speaks TLS 1.2 only, and one that
    speaks none."""
    found = {name: free_port() for name in (*PAIRS, "old", "plain")}
    servers = "".join(tls_server(found[name], getattr(pki, name)) for name in PAIRS)
    servers += tls_server(found["old"], pki.good, protocols="TLSv1.2")
    servers += f"server {{ listen 127.0.0.1:{found['plain']}; location / {{ return 200 'ok'; }} }}\n"
    folder: Path = tmp_path_factory.mktemp("tls")
    with nginx(folder, servers, *found.values()):
        yield found


async def test_a_good_endpoint(pki: Pki, ports: dict[str, int]) -> None:
    fields = (await run_probe(TLS, address=f"localhost:{ports['good']}", ca=str(pki.ca))).fields
    assert (fields["version"], fields["chain_valid"], fields["name_matches"]) == ("1.3", True, True)
    assert 28 < float(fields["left"]) < 31
    assert (fields["subject"], fields["issuer"]) == ("good", "ca")
    want = [Criterion("version", ">=", "1.3", "version"), Criterion("left", ">", 7, "d")]
    assert judge(want, fields, TLS.fields) is Verdict.PASS
    old = (await run_probe(TLS, address=f"localhost:{ports['old']}", ca=str(pki.ca))).fields
    assert judge(want, old, TLS.fields) is Verdict.FAIL


@pytest.mark.parametrize(
    ("name", "chain", "matches"),
    [
        ("expired", False, True),
        ("other_name", True, False),
        ("self_signed", False, True),
        ("unchained", False, True),
    ],
)
async def test_bad_certificates_are_measured(
    pki: Pki, ports: dict[str, int], name: str, chain: bool, matches: bool
) -> None:
    options = {"ca": str(pki.ca), "insecure": "true"}  # insecure must not make a bad one good
    fields = (await run_probe(TLS, f"https://localhost:{ports[name]}", options=options)).fields
    assert (fields["chain_valid"], fields["name_matches"]) == (chain, matches)
    if name == "expired":
        assert float(fields["left"]) < 0
        assert "expired" in str(fields["why"])


async def test_what_speaks_no_tls(ports: dict[str, int]) -> None:
    with pytest.raises(Broken) as caught:
        await run_probe(TLS, address=f"127.0.0.1:{ports['plain']}")
    assert caught.value.key == "probes_http.no_tls"
    with pytest.raises(NoData) as refused:
        await run_probe(TLS, address=f"127.0.0.1:{free_port()}")
    assert refused.value.key == "probes_http.refused"

    async def closes(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with tcp(closes) as port:
        with pytest.raises(NoData) as shut:
            await run_probe(TLS, address=f"127.0.0.1:{port}")
    assert shut.value.key == "probes_http.tls_refused"
    async with tcp(mute) as port:
        with pytest.raises(NoData) as silent:
            await run_probe(TLS, address=f"127.0.0.1:{port}", limit=1)
    assert silent.value.key == "probes_http.slow_tls"


async def test_nobody_here_to_trust_leaves_the_chain_out(ports: dict[str, int]) -> None:
    measured = await run_probe(TLS, address=f"localhost:{ports['good']}", ca="/no/such/file.pem")
    assert "chain_valid" not in measured.fields
    assert "probes_http.bad_ca" in dict(measured.remarks)
    assert float(measured.fields["left"]) > 28
