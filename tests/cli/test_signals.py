"""``gpuready signals``: the table, and what a real Prometheus has of it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready.prometheus.table import signals
from tests.cli.conftest import Inside, Program, lines
from tests.prometheus.history import Cases, cases, counter, histogram
from tests.prometheus.real import prometheus

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    signals.cache_clear()
    yield
    signals.cache_clear()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cases]:
    with cases(
        {
            "a": {
                'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="GPU-1"}': 0.75,
                "nv_inference_request_duration_us": counter(5.0),
                **histogram("vllm:time_to_first_token_seconds", {"0.25": 1.0, "0.5": 8.0, "1.0": 1.0}),
            },
            "b": {'DCGM_FI_PROF_GR_ENGINE_ACTIVE{UUID="GPU-2"}': 0.25},
        }
    ) as running:
        yield running


def test_the_table_is_listed_by_group(inside: Inside) -> None:
    answer = inside("signals")
    assert answer.code == 0 and not answer.err
    shown = lines(answer.out)
    groups = [line for line in shown if not line.startswith(" ")][:-1]
    assert len(groups) == len(set(groups)) and {"gpu", "inference", "cluster", "node"} <= set(groups)
    listed = {line.split()[0] for line in shown if re.match(r"  \w", line)}
    assert listed == set(signals())
    assert "signals/*.toml" in shown[-1]


def test_one_signal_shows_every_way_and_what_cannot_tell_it(inside: Inside) -> None:
    answer = inside("signals", "e2e")
    assert "vllm:e2e_request_latency_seconds" in answer.out and "summary_latencies=true" in answer.out
    assert "ttft" not in answer.out
    chinese = inside("--lang", "zh", "signals", "e2e").out
    assert "端到端延迟" in chinese and "只有计数器" in chinese


def test_json_holds_the_whole_table(inside: Inside) -> None:
    document = inside("signals", "gpu", "--format", "json").json
    assert document["schema"] == "gpuready.signals/1" and document["sites"] == []
    assert {each["group"] for each in document["signals"]} == {"gpu"}
    busy = next(each for each in document["signals"] if each["id"] == "gpu_busy")
    assert busy["unit"] == "%" and CHINESE.search(busy["zh"])
    assert busy["ways"][1]["needs"] == ["DCGM_FI_PROF_GR_ENGINE_ACTIVE"]


def test_what_a_site_has_comes_with_exporter_expression_and_value(inside: Inside, cluster: Cases) -> None:
    arguments = ("--selector", cluster.selector("a"), "--target", f"prometheus={cluster.url}")
    answer = inside("signals", *arguments)
    assert answer.code == 0 and not answer.err
    assert re.search(r"gpu_busy +75 %  GPU busy, DCGM exporter \(profiling\)", answer.out)
    assert 'DCGM_FI_PROF_GR_ENGINE_ACTIVE{case="a"}[5m]' in answer.out
    assert "bucket edges 0.5 and 1 s" in answer.out, "an estimate is told as one"
    assert re.search(r"- e2e +End-to-end latency cannot be read from Triton: .*summary_latencies", answer.out)
    assert re.search(r"- mtls_share .*no exporter.*istio_requests_total", answer.out)
    assert re.search(rf"3 of {len(signals())} signals", answer.out)


def test_json_of_a_site(inside: Inside, cluster: Cases) -> None:
    target = f"prometheus={cluster.url}"
    answer = inside("signals", "gpu_busy", "e2e", "--target", target, "--window", "30m", "--format", "json")
    (site,) = answer.json["sites"]
    assert site["window"] == "30m" and site["reason"] == ""
    busy, e2e = sorted(site["signals"], key=lambda each: each["id"], reverse=True)
    assert (busy["id"], busy["value"], busy["unit"]) == ("gpu_busy", 50.0, "%")
    assert "[30m]" in busy["query"] and busy["reason"] is None
    assert e2e["value"] is None and "no P95" in e2e["reason"] and e2e["query"] is None


def test_an_own_signal_is_listed_and_read(inside: Inside, cluster: Cases, home: Path) -> None:
    folder = home / "config" / "gpuready" / "signals"
    folder.mkdir(parents=True)
    (folder / "ours.toml").write_text(
        '[ours]\nen = "Ours"\nzh = "自有"\nunit = "count"\ngroup = "own"\n'
        '[[ours.from]]\nexporter = "DCGM"\nneeds = ["DCGM_FI_PROF_GR_ENGINE_ACTIVE"]\n'
        'expr = "count(DCGM_FI_PROF_GR_ENGINE_ACTIVE{$sel})"\n'
    )
    answer = inside("signals", "own", "--target", f"prometheus={cluster.url}")
    assert re.search(r"ours +2 count  Ours, DCGM", answer.out), answer


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense",), "nonsense"),
        (("--window", "soon"), "soon"),
        (("--selector", 'a="b"}) or vector(1'), "no selector"),
        (("--quantile", "95"), "quantile"),
    ],
)
def test_a_slip_is_told_in_one_sentence(inside: Inside, arguments: tuple[str, ...], said: str) -> None:
    answer = inside("signals", *arguments)
    assert answer.code == 2 and not answer.out
    assert len(lines(answer.err)) == 1 and said in answer.err


def test_a_wrong_own_table_is_told_by_file_and_signal(inside: Inside, home: Path) -> None:
    folder = home / "config" / "gpuready" / "signals"
    folder.mkdir(parents=True)
    (folder / "ours.toml").write_text('[ours]\nen = "Ours"\n')
    answer = inside("signals")
    assert answer.code == 2 and not answer.out
    assert str(folder / "ours.toml") in answer.err and "ours" in answer.err


def test_a_dead_prometheus_is_one_sentence_and_no_value(inside: Inside) -> None:
    answer = inside("signals", "gpu", "--target", "prometheus=http://127.0.0.1:9")
    assert answer.code == 3 and not answer.out
    assert len(lines(answer.err)) == 1 and "127.0.0.1:9" in answer.err


def test_ctrl_c_while_prometheus_hangs_ends_the_program(gpuready: Program) -> None:
    with prometheus() as server:
        server.pause()
        try:
            target = f"prometheus={server.url}"
            process = subprocess.Popen(
                [sys.executable, "-m", "gpuready", "signals", "gpu_busy", "--target", target],
                env=gpuready.environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            _connected(server.port, process)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=20)
        finally:
            server.resume()
    assert process.returncode == 130 and out == b""


def _connected(port: int, process: subprocess.Popen[bytes]) -> None:
    """Waits until the process has a connection to that port on this machine."""
    until = time.monotonic() + 20
    wanted = f":{port:04X} 01 "
    while time.monotonic() < until and process.poll() is None:
        for line in Path("/proc/net/tcp").read_text().splitlines():
            fields = line.split()
            if f"{fields[2][8:]} {fields[3]} " == wanted:
                return
        time.sleep(0.05)
    raise AssertionError("no connection to the paused server")
