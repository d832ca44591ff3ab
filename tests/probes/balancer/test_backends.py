"""What a balancer says of its backends, and what it does not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.balancer_backends import BACKENDS
from gpuready.probes.balancer_stats import State, read
from gpuready.probes.probe import Broken, Measurement, NoData
from tests.probes.balancer.balancers import backends, command, haproxy, nginx, servers, settled, upstream
from tests.probes.daemons import free_port
from tests.probes.run_probe import both, run_probe
from tests.probes.stage import HTML, play

NONE_DOWN = (Criterion("down", "==", 0, "count"),)


async def told(stats: str, **options: str) -> Measurement:
    return await run_probe(BACKENDS, "http://127.0.0.1:1", options={"stats": stats, **options})


def verdict(measured: Measurement) -> Verdict:
    return judge(NONE_DOWN, measured.fields, BACKENDS.fields)


async def test_all_up_by_page_socket_and_metrics(tmp_path: Path) -> None:
    async with backends(3) as stages:
        with haproxy(tmp_path, servers(stages)) as proxy:
            await settled(proxy, b1=State.UP, b2=State.UP, b3=State.UP)
            for where in (proxy.csv, proxy.socket, proxy.metrics, f"{proxy.base}/stats?;csv"):
                measured = await told(where)
                assert verdict(measured) is Verdict.PASS, where
                assert (measured.fields["backends"], measured.fields["up"]) == (3, 3)
                assert measured.fields["queued"] == 0


async def test_one_that_died_is_down(tmp_path: Path) -> None:
    dead = f"server gone 127.0.0.1:{free_port()} check inter 100ms"
    async with backends(1) as stages:
        with haproxy(tmp_path, f"{servers(stages)}\n  {dead}") as proxy:
            await settled(proxy, b1=State.UP, gone=State.DOWN)
            for where in (proxy.csv, proxy.socket, proxy.metrics):
                measured = await told(where)
                assert verdict(measured) is Verdict.FAIL
                assert measured.fields["down_names"] == "app/gone"
            why = str(dict((await told(proxy.csv)).remarks)["probes_balancer.down"])
            assert "L4CON" in why or "Connection refused" in why  # its word comes before its sentence


async def test_taken_out_by_hand_counts_and_is_said_to_be(tmp_path: Path) -> None:
    async with backends(2) as stages:
        with haproxy(tmp_path, servers(stages)) as proxy:
            await settled(proxy, b1=State.UP, b2=State.UP)
            await command(proxy, "set server app/b2 state maint")
            await settled(proxy, b1=State.UP, b2=State.OUT)
            for where in (proxy.csv, proxy.metrics):
                measured = await told(where)
                assert (measured.fields["down"], measured.fields["by_hand"]) == (1, 1)
                assert "probes_balancer.by_hand" in dict(measured.remarks)


async def test_trap_unchecked_servers_are_not_up(tmp_path: Path) -> None:
    """HAProxy calls a server without `check` fine for ever: nobody looks, so nothing is known."""
    with haproxy(tmp_path, f"server b1 127.0.0.1:{free_port()}") as proxy:
        for where in (proxy.csv, proxy.socket, proxy.metrics):
            measured = await told(where)
            assert verdict(measured) is Verdict.UNKNOWN, where
            assert measured.fields["unchecked"] == 1
            assert "probes_balancer.unchecked" in dict(measured.remarks)


async def test_one_group_of_several(tmp_path: Path) -> None:
    other = f"backend other\n  server x 127.0.0.1:{free_port()} check inter 100ms"
    async with backends(1) as stages:
        with haproxy(tmp_path, servers(stages), more=other) as proxy:
            await settled(proxy, b1=State.UP, x=State.DOWN)
            assert verdict(await told(proxy.csv)) is Verdict.FAIL
            assert verdict(await told(proxy.csv, backend="app")) is Verdict.PASS
            with pytest.raises(NoData) as caught:
                await told(proxy.csv, backend="none")
            assert caught.value.key == "probes_balancer.no_servers"


async def test_the_page_without_csv_is_named_as_such(tmp_path: Path) -> None:
    async with backends(1) as stages:
        with haproxy(tmp_path, servers(stages)) as proxy, pytest.raises(Broken) as caught:
            await told(f"{proxy.base}/stats")
    assert caught.value.key == "probes_balancer.html_stats"


async def test_stub_status_knows_no_backends(tmp_path: Path) -> None:
    async with backends(1) as stages:
        with nginx(tmp_path, upstream(stages)) as url, pytest.raises(NoData) as caught:
            await told(f"{url}/stub")
    assert caught.value.key == "probes_balancer.stub_only"
    assert caught.value.evidence


async def test_without_statistics_it_says_what_to_name() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(BACKENDS, "http://127.0.0.1:1")
    assert "stats=" in both(caught.value.key, **caught.value.fields)


HEAD = "# pxname,svname,qcur,status,weight,type,"


def test_trap_csv_is_read_by_its_header_names() -> None:
    """Columns stand where this version of HAProxy puts them, never at a number."""
    moved = "# type,status,svname,new_column,pxname,\n2,UP 1/3,s1,9,app,\n2,DOWN 1/2,s2,9,app,\n"
    found, _ = read(moved, "here")
    assert [(each.name, each.state) for each in found] == [("s1", State.UP), ("s2", State.DOWN)]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("UP", State.UP),
        ("UP 2/3", State.UP),
        ("UP (via web/s1)", State.UP),
        ("DOWN (agent)", State.DOWN),
        ("NOLB", State.DOWN),
        ("MAINT", State.OUT),
        ("MAINT (via web/s1)", State.OUT),
        ("MAINT (resolution)", State.DOWN),
        ("DRAIN", State.DRAIN),
        ("no check", State.UNCHECKED),
        ("a word of tomorrow", State.DOWN),
    ],
)
def test_the_words_of_haproxy(status: str, state: State) -> None:
    (found,), _ = read(f"{HEAD}\napp,s1,0,{status},1,2,\n", "here")
    assert found.state is state


def test_trap_up_before_the_first_check_is_not_known() -> None:
    (found,), _ = read("# pxname,svname,status,type,check_status,\napp,s1,UP,2,INI,\n", "here")
    assert found.state is State.UNCHECKED
    page = (
        'haproxy_server_status{proxy="app",server="s1",state="UP"} 1\n'
        'haproxy_server_check_status{proxy="app",server="s1",state="INI"} 1\n'
        'haproxy_server_check_status{proxy="app",server="s1",state="L4OK"} 0\n'
    )
    (found,), _ = read(f"# HELP x y\n{page}", "here")
    assert found.state is State.UNCHECKED


@pytest.mark.parametrize(
    ("page", "states"),
    [
        (
            'traefik_service_server_up{service="chat",url="http://10.0.0.1"} 1\n'
            'traefik_service_server_up{service="chat",url="http://10.0.0.2"} 0\n',
            [State.UP, State.DOWN],
        ),
        ('caddy_reverse_proxy_upstreams_healthy{upstream="a:80"} 0\n', [State.DOWN]),
        (
            'nginxplus_upstream_server_state{upstream="u",server="a"} 1.0 1700000000000\n'
            'nginxplus_upstream_server_state{upstream="u",server="b"} 4\n'
            'nginxplus_upstream_server_state{upstream="u",server="c"} 3\n',
            [State.UP, State.DOWN, State.OUT],
        ),
        ('haproxy_server_up{backend="u",server="a \\"x\\""} 1\n', [State.UP]),
        ('haproxy_server_up{backend="u",server="a"} NaN\n', [State.DOWN]),
    ],
)
def test_other_balancers_metrics(page: str, states: list[State]) -> None:
    found, _ = read(f"# HELP x y\n# TYPE x gauge\n{page}", "here")
    assert [each.state for each in found] == states


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"{HEAD}\napp,s1,0,UP,1,2,\napp,s2,0,", "cut_stats"),
        (f"{HEAD}\napp,s1,0,UP,1,2,\napp,s2,0\n", "cut_stats"),
        ("# pxname,svname,\napp,s1\n", "odd_stats"),
        ("# pxname," + "x" * 200_000 + "\n", "odd_stats"),
        ('{"nginx": true}', "odd_stats"),
        ("", "odd_stats"),
        (HTML, "html_stats"),
    ],
)
def test_lies_and_cut_pages_are_errors(text: str, key: str) -> None:
    with pytest.raises(Broken) as caught:
        read(text, "here")
    assert caught.value.key == f"probes_balancer.{key}"
    both(caught.value.key, **caught.value.fields)


async def test_trap_no_backend_is_no_pass() -> None:
    """A page that lists nothing, or metrics of something else, must not count as nothing down."""
    for page, key in ((f"{HEAD}\n", "no_servers"), ('# HELP up x\nup{job="x"} 1\n', "no_backend_metrics")):
        async with play({"/stats": page}) as stage:
            with pytest.raises(NoData) as caught:
                await told(f"{stage.url}/stats")
            assert caught.value.key == f"probes_balancer.{key}"


async def test_an_unreachable_or_forbidden_page_is_unknown() -> None:
    with pytest.raises(NoData) as caught:
        await told(f"http://127.0.0.1:{free_port()}/stats")
    assert caught.value.key == "probes_http.refused"
    async with play({}, other=401) as stage:
        with pytest.raises(NoData) as caught:
            await told(f"{stage.url}/stats")
    assert caught.value.key == "probes_http.no_rights"


async def test_a_socket_that_is_not_there_or_mute(tmp_path: Path) -> None:
    with pytest.raises(NoData) as caught:
        await told(f"unix://{tmp_path}/none.sock")
    assert caught.value.key == "probes_balancer.no_socket"

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_unix_server(silent, tmp_path / "mute.sock")
    async with server:
        with pytest.raises(NoData) as caught:
            await run_probe(
                BACKENDS, "http://127.0.0.1:1", options={"stats": f"unix://{tmp_path}/mute.sock"}, limit=0.5
            )
    assert caught.value.key == "probes.too_slow"


async def test_credentials_stay_with_their_own_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "secret-of-the-service")
    monkeypatch.setenv("STATS", "secret-of-the-page")
    seen = []

    async def page(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.Response(text=f"{HEAD}\napp,s1,0,UP,1,2,\n")

    async with play({"/stats": page}) as stage:
        options = {"stats": f"{stage.url}/stats", "token_env": "OURS"}
        await run_probe(BACKENDS, stage.url, options=options)
        await run_probe(BACKENDS, "http://127.0.0.1:1", options=options)
        measured = await run_probe(
            BACKENDS, "http://127.0.0.1:1", options={**options, "stats_token_env": "STATS"}
        )
    assert seen == ["Bearer secret-of-the-service", "", "Bearer secret-of-the-page"]
    assert "secret" not in str(measured.evidence)
