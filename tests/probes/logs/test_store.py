"""logs.store and logs.roundtrip against played stores; the line is written by the real `logger` or file."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.logs import PROBES
from gpuready.probes.logs_roundtrip import ROUNDTRIP
from gpuready.probes.logs_store import STORE
from gpuready.probes.node_files import names_in
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Safety, Target
from tests.probes.logs.conftest import GREEN, elastic, loki
from tests.probes.run_probe import run_probe
from tests.probes.stage import HTML, Route, mute, play, tcp

READY = (Criterion("ready", "==", True),)
BACK = (Criterion("found", "==", True), Criterion("trace_id", "==", True))


def keys(measured: Measurement) -> list[str]:
    return [key for key, _ in measured.remarks]


def test_names_are_those_of_the_checklists() -> None:
    assert [probe.name for probe in PROBES] == [
        "logs.store",
        "logs.format",
        "logs.rotation",
        "logs.roundtrip",
    ]


async def test_loki() -> None:
    async with loki() as kept:
        measured = await run_probe(STORE, kept.stage.url)
    assert judge(READY, measured.fields, STORE.fields) is Verdict.PASS
    assert (measured.fields["store"], measured.fields["version"]) == ("loki", "3.5.7")


async def test_a_loki_that_is_starting_fails() -> None:
    words = "Ingester not ready: waiting for 15s after being ready\n"
    async with loki(ready=(503, words)) as kept:
        measured = await run_probe(STORE, kept.stage.url)
    assert judge(READY, measured.fields, STORE.fields) is Verdict.FAIL
    assert "Ingester" in str(measured.fields["status"])
    async with play({"/ready": (503, words)}) as stage:  # its other paths are not there yet
        measured = await run_probe(STORE, stage.url)
    assert judge(READY, measured.fields, STORE.fields) is Verdict.FAIL


async def test_a_gateway_without_ready_is_asked_for_labels() -> None:
    async with loki(ready=404) as kept:
        measured = await run_probe(STORE, kept.stage.url)
    assert measured.fields["ready"] is True
    assert keys(measured) == ["probes_logs.by_labels"]


@pytest.mark.parametrize(
    ("health", "verdict"),
    [
        (GREEN, Verdict.PASS),
        ({**GREEN, "status": "yellow"}, Verdict.FAIL),
        ({**GREEN, "status": "yellow", "number_of_nodes": 1}, Verdict.PASS),
        ({**GREEN, "status": "red"}, Verdict.FAIL),
        ((408, {**GREEN, "status": "red", "timed_out": True}), Verdict.FAIL),
    ],
)
async def test_elasticsearch(health: Route, verdict: Verdict) -> None:
    async with elastic(health) as kept:
        measured = await run_probe(STORE, kept.stage.url)
    assert judge(READY, measured.fields, STORE.fields) is verdict
    async with elastic(health, distribution="opensearch") as kept:
        assert (await run_probe(STORE, kept.stage.url)).fields["store"] == "opensearch"


async def test_nobody_there_half_open_and_not_let_in() -> None:
    for probe in (STORE, ROUNDTRIP):
        with pytest.raises(NoData):
            await run_probe(probe, "http://127.0.0.1:1")
        async with tcp(mute) as port:
            with pytest.raises(NoData):
                await run_probe(probe, f"http://127.0.0.1:{port}", limit=0.3)
        async with play({}, other=401) as stage:
            with pytest.raises(NoData) as caught:
                await run_probe(probe, stage.url)
            assert caught.value.key == "probes_http.no_rights"
        async with play({"/": {"hello": "world"}}) as stage:
            with pytest.raises(NoData) as caught:
                await run_probe(probe, stage.url)
            assert caught.value.key == "probes_logs.no_store"


async def test_liars_are_errors() -> None:
    async with play({}, other=HTML) as stage:
        for probe in (STORE, ROUNDTRIP):
            with pytest.raises(Broken):
                await run_probe(probe, stage.url)
    async with loki(ready=HTML) as kept:
        with pytest.raises(Broken) as caught:
            await run_probe(STORE, kept.stage.url)
        assert caught.value.key == "probes_logs.odd_ready"
    async with elastic({"status": "fine"}) as kept:
        with pytest.raises(Broken):
            await run_probe(STORE, kept.stage.url)


# --- the round trip -----------------------------------------------------------------------------------


async def test_a_pushed_line_comes_back() -> None:
    for opened in (loki(), elastic()):
        async with opened as kept:
            measured = await run_probe(ROUNDTRIP, kept.stage.url, options={"write": "push"})
        assert judge(BACK, measured.fields, ROUNDTRIP.fields) is Verdict.PASS
        assert keys(measured) == ["probes_logs.pushed"]
        assert len(kept.lines) == 1 and "gpuready round trip" in kept.lines[0]


async def test_a_line_in_a_gathered_file(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text("older line\n")
    options = {"write": f"file:{log}", "selector": '{app="engine"}'}
    async with loki() as kept:
        kept.file = log
        measured = await run_probe(ROUNDTRIP, kept.stage.url, options=options)
        assert judge(BACK, measured.fields, ROUNDTRIP.fields) is Verdict.PASS
        assert all(query.startswith('{app="engine"} |= ') for query in kept.queries)
        assert log.read_text().startswith("older line\n{")


async def test_a_line_that_does_not_arrive_fails(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.touch()
    async with loki() as kept:
        measured = await run_probe(ROUNDTRIP, kept.stage.url, seconds=1, options={"write": f"file:{log}"})
    assert judge(BACK, measured.fields, ROUNDTRIP.fields) is Verdict.FAIL
    assert "trace_id" not in measured.fields
    assert keys(measured) == ["probes_logs.not_found"]


async def test_trap_a_line_without_its_trace_fails(tmp_path: Path) -> None:
    """The collector cuts lines: the word arrives, the trace id behind it does not."""
    log = tmp_path / "engine.log"
    log.touch()
    async with loki() as kept:
        kept.file, kept.cut = log, 120
        measured = await run_probe(ROUNDTRIP, kept.stage.url, options={"write": f"file:{log}"})
    assert (measured.fields["found"], measured.fields["trace_id"]) == (True, False)
    assert judge(BACK, measured.fields, ROUNDTRIP.fields) is Verdict.FAIL


async def test_trap_a_store_that_finds_anything_has_found_nothing() -> None:
    answer = {"status": "success", "data": {"result": [{"stream": {}, "values": [["1", "some other line"]]}]}}
    async with loki(loki__api__v1__query_range=answer) as kept:
        measured = await run_probe(ROUNDTRIP, kept.stage.url, seconds=1, options={"write": "push"})
    assert measured.fields["found"] is False


async def test_nothing_is_written_to_a_store_that_cannot_be_asked(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.touch()
    for answer, kind in ((403, NoData), (HTML, Broken), ({"data": 1}, Broken)):
        async with loki(loki__api__v1__query_range=answer) as kept:
            with pytest.raises(kind):
                await run_probe(ROUNDTRIP, kept.stage.url, options={"write": f"file:{log}"})
        assert log.read_text() == ""


async def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    async with loki() as kept:
        for how in (f"file:{tmp_path}/new.log", f"file:{tmp_path}", "file:relative", "shell:rm"):
            with pytest.raises(NoData):
                await run_probe(ROUNDTRIP, kept.stage.url, options={"write": how})
    assert not names_in(tmp_path), "no log is made that nobody gathers"


async def test_logger_really_speaks_to_syslog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real `logger`: without a syslog socket unknown, with one (played, as the line must be caught) the
    line is the one that was announced."""
    script = tmp_path / "logger"
    path = tmp_path / "log"
    script.write_text(f'#!/bin/sh\nexec /usr/bin/logger --socket-errors=on -u {path} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    async with loki() as kept:
        with pytest.raises(NoData) as caught:
            await run_probe(ROUNDTRIP, kept.stage.url)
        assert caught.value.key == "probes_logs.no_syslog"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
            syslog.bind(str(path))
            syslog.setblocking(False)

            async def collect() -> None:
                data = await asyncio.get_running_loop().sock_recv(syslog, 65536)
                kept.lines.append(data.decode())

            collector = asyncio.create_task(collect())
            measured = await run_probe(ROUNDTRIP, kept.stage.url)
            await collector
    assert judge(BACK, measured.fields, ROUNDTRIP.fields) is Verdict.PASS
    assert "gpuready: {" in kept.lines[0]
    assert json.loads(kept.lines[0].partition("gpuready: ")[2])["level"] == "info"


async def test_without_logger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with loki() as kept:
        with pytest.raises(NoData) as caught:
            await run_probe(ROUNDTRIP, kept.stage.url)
    assert caught.value.key == "probes.no_tool"


async def test_it_says_what_it_changes_and_ends_when_cancelled(tmp_path: Path) -> None:
    assert ROUNDTRIP.safety is Safety.CHANGES
    steps = ROUNDTRIP.steps(Ask(Target("logs", "l", "http://l:3100"), {"seconds": 60}))
    assert any(step.startswith("logger -t gpuready") for step in steps)
    log = tmp_path / "engine.log"
    log.touch()
    async with loki() as kept:
        options = {"write": f"file:{log}"}
        task = asyncio.create_task(run_probe(ROUNDTRIP, kept.stage.url, options=options))
        async with asyncio.timeout(10):
            while len(kept.queries) < 2:  # noqa: ASYNC110 - what the store was asked tells
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert log.read_text().count("\n") == 1
