"""The table of signals as it is shipped, and what an operator adds to it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready.checklist.units import UNITS
from gpuready.prometheus import expression
from gpuready.prometheus.checks import PROBES
from gpuready.prometheus.signal import Signal, Way, pick
from gpuready.prometheus.table import SHIPPED, read, signals
from gpuready.text.fault import Fault

TABLE = read(sorted(SHIPPED.glob("*.toml")))
WAYS = [(signal, way) for signal in TABLE.values() for way in signal.ways]
SELECTORS = ("", 'namespace="chat",pod=~"vllm-.*"')
CHINESE = re.compile("[\u4e00-\u9fff]")
METRIC = re.compile(r"([A-Za-z_:][A-Za-z0-9_:]*)\s*\{")
MAYBE = re.compile(r'\{__name__="([^"]+)"')
"""How a metric is written that may be missing: its absence is told as 0 by what stands beside it."""
WORDS = {"on", "by", "group_left", "and", "or", "unless", "bool", "offset"}


def _ids(signal: Signal, way: Way) -> str:
    return f"{signal.id}: {way.exporter}"


def _queries(signal: Signal, way: Way) -> Iterator[str]:
    for selector in SELECTORS:
        for window in (300.0, 3600.0, 30 * 86400.0):
            for q in (0.5, 0.999):
                yield expression.one(signal, way, window, selector, q)
            if way.each:
                yield expression.each(way, window, selector)
            if way.histogram:
                yield expression.buckets(way.histogram, window, selector)
            if asked := expression.traffic(way, window, selector):
                yield asked


def test_promtool_parses_every_expression(tmp_path: Path) -> None:
    asked: dict[str, str] = {}
    for signal, way in WAYS:
        if way.cannot is None:
            asked.update((query, _ids(signal, way)) for query in _queries(signal, way))
    rules = [
        {"record": f"r{number}", "expr": query, "labels": {"of": of}}
        for number, (query, of) in enumerate(asked.items())
    ]
    assert len(rules) > 1000
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "signals", "rules": rules}]}))  # JSON is YAML
    done = subprocess.run(
        ["promtool", "check", "rules", "--lint=none", str(file)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    assert f"{len(rules)} rules found" in done.stdout


def test_every_signal_is_complete() -> None:
    for signal in TABLE.values():
        assert signal.unit in UNITS and signal.group and signal.ways, signal.id
        assert signal.words.en and CHINESE.search(signal.words.zh), signal.id
        assert not CHINESE.search(signal.words.en), signal.id
        if any(way.each for way in signal.ways):
            assert signal.labels or all(" by " not in way.each for way in signal.ways), signal.id


def test_no_two_signals_share_their_words() -> None:
    for words in ([s.words.en for s in TABLE.values()], [s.words.zh for s in TABLE.values()]):
        assert sorted(set(words)) == sorted(words)


@pytest.mark.parametrize(("signal", "way"), WAYS, ids=lambda each: getattr(each, "id", None))
def test_a_way_names_every_metric_that_it_reads(signal: Signal, way: Way) -> None:
    if way.cannot is not None:
        assert way.cannot.en and CHINESE.search(way.cannot.zh)
        assert way.cannot.en.endswith(".") and way.cannot.zh.endswith("。")
        return
    if way.histogram:
        assert way.needs == (f"{way.histogram}_bucket",)
        return
    if way.summary:
        assert way.needs == (way.summary, f"{way.summary}_count")
        return
    text = f"{way.each} {way.expr} {way.traffic}"
    read_here = set(METRIC.findall(text)) - set(MAYBE.findall(text))
    assert read_here == set(way.needs)
    # what is left without braces are functions and labels: no metric goes unselected
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|on) \([^)]*\)", " ", way.each + way.expr)
    names = set(re.findall(r"(?<![\w:$])[A-Za-z_:][\w:]*(?![\w:]*\s*\()", bare))
    assert not names - read_here - WORDS
    assert "{$sel}" in text or ",$sel}" in text
    assert text.count("$sel") == text.count("{"), "every metric is selected"


@pytest.mark.parametrize("signal", TABLE.values(), ids=lambda each: each.id)
def test_labels_that_name_a_thing_are_kept_by_its_ways(signal: Signal) -> None:
    for way in signal.ways:
        if way.each:
            kept = [
                {each.strip() for each in found.split(",")}
                for found in re.findall(r"by \(([^)]*)\)", way.each)
            ]
            assert any(labels & set(signal.labels) for labels in kept), way.exporter


def test_units_and_scales_fit() -> None:
    for signal, way in WAYS:
        said = way.each + way.expr
        name = way.histogram or way.summary
        if name.endswith(("_ms", "_milliseconds")):
            assert way.scale == (1.0 if signal.unit == "ms" else 0.001), _ids(signal, way)
        elif name.endswith("_us"):
            assert way.scale == 1e-6, _ids(signal, way)
        elif name.endswith("_seconds"):
            assert way.scale == (1000.0 if signal.unit == "ms" else 1.0), _ids(signal, way)
        if signal.unit == "%" and ("_PROF_" in said or "_ratio{" in said):
            assert way.scale == 100, _ids(signal, way)


def _denominators(expr: str) -> Iterator[str]:
    """What is divided by: up to the parenthesis that closes it."""
    bare = re.sub(r'"[^"]*"', '""', expr)
    for found in re.finditer(r" / ", bare):
        depth = 0
        for at in range(found.end(), len(bare) + 1):
            closed = at == len(bare) or (bare[at] == ")" and depth == 0)
            if closed or (depth == 0 and bare[at : at + 3] in (" * ", " / ", " + ", " - ")):
                yield bare[found.end() : at]
                break
            depth += (bare[at] == "(") - (bare[at] == ")")


def test_a_ratio_guards_its_denominator() -> None:
    """Division by nothing is empty, which is unknown; a number of samples is never 0."""
    for signal, way in WAYS:
        for each in (way.each, way.expr):
            for part in _denominators(each):
                guarded = "> 0" in part or "count_over_time" in part or re.fullmatch(r"[\d.]+", part)
                assert guarded, f"{_ids(signal, way)}: {part}"


def test_a_way_that_cannot_stands_behind_those_that_can() -> None:
    """Where an exporter's better metrics are there too, the way that cannot must not be the one picked."""
    everything = frozenset(need for _, way in WAYS for need in way.needs)
    for signal in TABLE.values():
        way = pick(signal, everything)
        if any(each.cannot is None for each in signal.ways):
            assert way is not None and way.cannot is None, signal.id


def test_new_names_come_before_old_ones() -> None:
    both = frozenset({"DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_FI_DEV_GPU_UTIL"})
    assert _picked("gpu_busy", both) == "DCGM exporter (profiling)"
    old = frozenset({"vllm:gpu_cache_usage_perc"})
    assert _picked("kv_cache_use", old | {"vllm:kv_cache_usage_perc"}) == "vLLM"
    assert _picked("kv_cache_use", old) == "vLLM (names before 0.9)"
    assert _picked("e2e", frozenset({"nv_inference_request_duration_us"})) == "Triton"
    assert TABLE["e2e"].ways[4].cannot is not None and "no P95" in TABLE["e2e"].ways[4].cannot.en


def _picked(signal: str, names: frozenset[str]) -> str | None:
    way = pick(TABLE[signal], names)
    return way.exporter if way else None


def test_every_check_asks_for_signals_that_exist() -> None:
    """The plan of a check shows the expressions of all signals that it reads: an unknown one would raise."""
    from gpuready.probes.probe import Ask, Target

    target = Target("prometheus", "test", "http://127.0.0.1:9")
    for probe in PROBES:
        lines = probe.steps(Ask(target, dict(probe.params)))
        assert lines and all(lines), probe.name


def _own(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    place = folder / "gpuready" / "signals"
    place.mkdir(parents=True)
    file = place / "ours.toml"
    file.write_text(text, encoding="utf-8")
    signals.cache_clear()
    return file


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    signals.cache_clear()


OWN = """
[gpu_busy]
[[gpu_busy.from]]
exporter = "our recording rule"
needs = ["our:gpu_busy:ratio"]
each = "avg by (UUID) (avg_over_time(our:gpu_busy:ratio{$sel}[$window]))"
scale = 100

[tickets]
en = "Tickets"
zh = "工单"
unit = "count"
group = "ours"
[[tickets.from]]
exporter = "our desk"
needs = ["tickets_open"]
expr = "sum(tickets_open{$sel})"
"""

ODD = """
[odd]
en = "a"
zh = "b"
unit = "%"
group = "g"
better = "bigger"
from = [{ exporter = "e", needs = ["m"], expr = "m" }]
"""


def test_an_own_file_adds_a_signal_and_puts_a_way_before_the_shipped_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _own(tmp_path, OWN, monkeypatch)
    table = signals()
    assert table["tickets"].words.zh == "工单"
    assert [way.exporter for way in table["gpu_busy"].ways][:2] == [
        "our recording rule",
        TABLE["gpu_busy"].ways[0].exporter,
    ]
    assert table["gpu_busy"].unit == "%", "what the shipped signal says stays"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[x\n", "ours.toml"),
        ('[x]\nen = "a"\nzh = "b"\nunit = "%"\ngroup = "g"\n', "from is missing"),
        (OWN.replace('unit = "count"', 'unit = "furlong"'), "furlong"),
        (OWN.replace('unit = "count"\n', ""), "unit is missing"),
        (OWN.replace('expr = "sum(tickets_open{$sel})"', ""), "one of each, expr"),
        (OWN.replace("needs = [", "wants = ["), "wants"),
        (OWN + ODD, "bigger"),
    ],
)
def test_a_wrong_own_file_is_refused_by_file_and_signal(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _own(tmp_path, text, monkeypatch)
    with pytest.raises(Fault) as caught:
        signals()
    sentence = str(caught.value)
    assert str(file) in sentence and said in sentence
    if not text.startswith("[x\n"):
        assert any(name in sentence for name in ("gpu_busy", "tickets", "odd", " x ")), sentence
