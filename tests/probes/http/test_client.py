"""The HTTP client against servers that behave: credentials, redirects, phases, TLS by reference."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import fetch, stream_lines
from gpuready.probes.http_errors import BadStatus, Untrusted
from gpuready.probes.probe import Broken, NoData, Outcome, Target
from tests.probes.daemons import free_port
from tests.probes.http.pki import Pki
from tests.probes.http.web import demanding_tls, nginx, tls_server
from tests.probes.run_probe import both
from tests.probes.stage import play


def _target(address: str = "", **options: str) -> Target:
    return Target(
        "service", "s", address, {name.replace("__", "."): value for name, value in options.items()}
    )


async def test_an_answer_with_its_phases_and_evidence() -> None:
    async with play({"/x": {"a": 1}}) as stage:
        reply = await fetch(stage.url.replace("127.0.0.1", "localhost") + "/x?token=hush", limit=5)
    assert reply.table() == {"a": 1}
    phases = reply.phases
    assert phases.resolve is not None and phases.connect is not None and phases.first_byte is not None
    assert phases.tls is None
    assert phases.resolve + phases.connect + phases.first_byte <= phases.total < 5
    assert "hush" not in reply.exchange.asked
    assert '{"a": 1}' in reply.exchange.answered


async def test_trap_9_secrets_by_reference_never_reach_the_evidence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEST_TOKEN", "t0ken-very-secret")
    secret = tmp_path / "password"
    secret.write_text("pa55\n")
    async with play({}, other={}) as stage:
        one = await fetch(stage.url, limit=5, target=_target(token_env="TEST_TOKEN"))
        two = await fetch(stage.url, limit=5, target=_target(username="ana", password_file=str(secret)))
        three = await fetch(
            stage.url,
            limit=5,
            target=_target(**{"header__X-Scope-OrgID": "team", "header_env__X-Api-Key": "TEST_TOKEN"}),
        )
    assert stage.headers[0]["Authorization"] == "Bearer t0ken-very-secret"
    assert stage.headers[1]["Authorization"] == "Basic " + base64.b64encode(b"ana:pa55").decode()
    assert (stage.headers[2]["X-Scope-OrgID"], stage.headers[2]["X-Api-Key"]) == ("team", "t0ken-very-secret")
    for reply in (one, two, three):
        shown = reply.exchange.asked + reply.exchange.answered
        assert (
            "t0ken" not in shown
            and "pa55" not in shown
            and base64.b64encode(b"ana:pa55").decode() not in shown
        )
    assert "X-Scope-OrgID: team" in three.exchange.asked


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"token_env": "NOT_SET_ANYWHERE"}, "no_secret_env"),
        ({"token_file": "/nowhere/token"}, "no_secret_file"),
        ({"token_file": "/dev/null"}, "bad_secret"),
        ({"token_file": "/etc/passwd"}, "bad_secret"),
        ({"header.X\r\nEvil": "1"}, "bad_header"),
        ({"header.X-A": "1\r\nEvil: 2"}, "bad_header"),
        ({"proxy": "file:///etc/passwd"}, "bad_url"),
    ],
)
async def test_what_a_target_names_must_be_there(options: dict[str, str], key: str) -> None:
    with pytest.raises(NoData) as caught:
        await fetch("http://127.0.0.1:1/", limit=2, target=Target("service", "s", "", options))
    assert caught.value.key == f"probes_http.{key}"
    both(caught.value.key, **caught.value.fields)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://h/", "http://", "http://h:99999/", "x", "javascript:1"]
)
async def test_only_http_is_asked(url: str) -> None:
    with pytest.raises(NoData) as caught:
        await fetch(url, limit=2)
    assert caught.value.key == "probes_http.bad_url"


async def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    with pytest.raises(NoData) as caught:
        await fetch("http://ana:pa55@127.0.0.1/", limit=2)
    assert caught.value.key == "probes_http.secret_in_url"
    assert "pa55" not in str(caught.value)


def test_the_address_and_a_path() -> None:
    assert url_of(_target("host:8000"), "/health") == "http://host:8000/health"
    assert url_of(_target("https://h/base/"), "v1/models?x=1") == "https://h/base/v1/models?x=1"
    assert url_of(_target("https://h/base")) == "https://h/base"


async def test_redirects_are_followed_a_few_times_and_shown() -> None:
    async def moved(request: web.Request) -> web.StreamResponse:
        left = int(request.query["left"])
        raise web.HTTPFound(f"/go?left={left - 1}" if left else "/end")

    async with play({"/go": moved, "/end": {"done": True}}) as stage:
        reply = await fetch(f"{stage.url}/go?left=2", limit=5, redirects=3)
        assert reply.url == f"{stage.url}/end"
        assert (await fetch(f"{stage.url}/go?left=2", limit=5, redirects=0)).status == 302
        with pytest.raises(Broken) as caught:
            await fetch(f"{stage.url}/go?left=3", limit=5, redirects=3)
        assert caught.value.key == "probes_http.many_redirects"


async def test_credentials_go_to_the_first_host_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TOKEN", "secret")
    async with play({}, other={}) as thief:

        async def away(_: web.Request) -> web.StreamResponse:
            raise web.HTTPTemporaryRedirect(f"{thief.url}/steal")

        async def near(_: web.Request) -> web.StreamResponse:
            raise web.HTTPTemporaryRedirect("/end")

        async with play({"/away": away, "/near": near}, other={}) as stage:
            target = _target(token_env="TEST_TOKEN")
            for path in ("/away", "/near"):
                await fetch(
                    f"{stage.url}{path}",
                    limit=5,
                    target=target,
                    method="POST",
                    json={"prompt": "private"},
                    headers={"X-Key": "own"},
                )
    assert thief.asked == ["POST /steal"]
    assert "Authorization" not in thief.headers[0] and "X-Key" not in thief.headers[0]
    assert thief.bodies == []
    assert stage.headers[-1]["Authorization"] == "Bearer secret"
    assert stage.bodies[-1] == {"prompt": "private"}


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "gopher://x"]
)
async def test_a_redirect_to_another_scheme_is_not_followed(to: str) -> None:
    async def liar(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": to})

    async with play({"/": liar}) as stage:
        with pytest.raises(Broken) as caught:
            await fetch(f"{stage.url}/", limit=5)
    assert caught.value.key == "probes_http.bad_redirect"
    both(caught.value.key, **caught.value.fields)


@pytest.mark.parametrize(
    ("status", "key"), [(401, "no_rights"), (403, "no_rights"), (404, "not_found"), (503, "status")]
)
async def test_statuses_that_tell_nothing(status: int, key: str) -> None:
    async with play({}, other=status) as stage:
        reply = await fetch(stage.url, limit=5)
    with pytest.raises(BadStatus) as caught:
        reply.must()
    assert caught.value.key == f"probes_http.{key}"
    assert caught.value.fields["status"] == status
    assert reply.must(status) is reply


@pytest.fixture
def secure(pki: Pki, tmp_path: Path) -> Iterator[dict[str, int]]:
    ports = {name: free_port() for name in ("good", "expired", "other_name", "self_signed", "old")}
    blocks = [tls_server(ports[name], getattr(pki, name)) for name in ports if name != "old"]
    blocks.append(tls_server(ports["old"], pki.good, "ssl_ciphers 'ALL:@SECLEVEL=0';", protocols="TLSv1.1"))
    with nginx(tmp_path, "".join(blocks), *ports.values()):
        yield ports


async def test_tls_by_a_private_authority(secure: dict[str, int], pki: Pki) -> None:
    url = f"https://localhost:{secure['good']}/"
    reply = await fetch(url, limit=5, target=_target(ca=str(pki.ca)))
    assert reply.ok and reply.phases.tls is not None and 0 < reply.phases.tls < 5
    with pytest.raises(Untrusted):
        await fetch(url, limit=5)


@pytest.mark.parametrize("name", ["expired", "other_name", "self_signed"])
async def test_bad_certificates_are_not_trusted(secure: dict[str, int], pki: Pki, name: str) -> None:
    url = f"https://localhost:{secure[name]}/"
    with pytest.raises(Untrusted) as caught:
        await fetch(url, limit=5, target=_target(ca=str(pki.ca)))
    assert both(caught.value.key, **caught.value.fields)
    reply = await fetch(url, limit=5, target=_target(insecure="true"))
    assert reply.remarks[0][0] == "probes_http.insecure"


async def test_a_server_stuck_at_an_old_version_is_unknown(secure: dict[str, int], pki: Pki) -> None:
    with pytest.raises(NoData) as caught:
        await fetch(f"https://localhost:{secure['old']}/", limit=5, target=_target(ca=str(pki.ca)))
    assert caught.value.key == "probes_http.tls_refused"


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"ca": "/nowhere.pem"}, "bad_ca"),
        ({"ca": "/etc/passwd"}, "bad_ca"),
        ({"insecure": "true", "client_cert": "/nowhere.pem"}, "bad_client_cert"),
    ],
)
async def test_unusable_files_are_named(options: dict[str, str], key: str) -> None:
    with pytest.raises(NoData) as caught:
        await fetch("https://127.0.0.1:1/", limit=2, target=_target(**options))
    assert caught.value.key == f"probes_http.{key}"


async def test_client_certificates(pki: Pki, tmp_path: Path) -> None:
    port = free_port()
    with demanding_tls(tmp_path, port, pki.good, pki.ca):
        url, ours = f"https://localhost:{port}/", {"client_cert": str(pki.client.cert)}
        with pytest.raises(NoData) as caught:
            await fetch(url, limit=5, target=_target(ca=str(pki.ca)))
        assert caught.value.key == "probes_http.wants_certificate"
        target = _target(ca=str(pki.ca), client_key=str(pki.client.key), **ours)
        assert (await fetch(url, limit=5, target=target)).ok


async def test_through_a_proxy() -> None:
    async with play({}, other={"from": "proxy"}) as proxy:
        reply = await fetch("http://service.invalid/x", limit=5, target=_target(proxy=proxy.url))
        assert reply.table() == {"from": "proxy"}
        assert "(through http://127.0.0.1" in reply.exchange.asked
        with pytest.raises(Outcome) as caught:
            await fetch(
                "https://service.invalid/x", limit=5, target=_target(proxy=f"http://127.0.0.1:{free_port()}")
            )
    assert caught.value.key == "probes_http.no_proxy"


async def test_a_stream_line_by_line() -> None:
    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for part in (b"data: 1\r\n\r\nda", b"ta: 2\n\n", b"data: [DONE]"):
            await response.write(part)
        return response

    async with play({"/s": events, "/no": 503}) as stage:
        lines = [line async for line in stream_lines(f"{stage.url}/s", limit=5, json={"stream": True})]
        assert [line.text for line in lines] == ["data: 1", "", "data: 2", "", "data: [DONE]"]
        assert [line.at for line in lines] == sorted(line.at for line in lines)
        with pytest.raises(BadStatus):
            async with contextlib.aclosing(stream_lines(f"{stage.url}/no", limit=5)) as stream:
                async for _ in stream:
                    pass
    assert stage.bodies == [{"stream": True}]
