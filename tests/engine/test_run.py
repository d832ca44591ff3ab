"""Running a plan: how many at once, how long, what is stopped, what is never run."""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.engine import run as run_module
from gpuready.engine.result import Progress, Result
from gpuready.engine.run import run, tidy
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, NotApplicable, Safety, Target
from tests.engine.fakes import Gauge, answering, method, plan, probe, raising

PEER = Target("peer", "node2", "10.0.0.2")
PROM = Target("prometheus", "mon", "http://mon:9090")


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    run_module._abandoned.clear()
    yield
    run_module._abandoned.clear()
    run_module._late.clear()


def many(count: int, gauge: Gauge, **declared: Any) -> Any:
    """A plan of that many checks, each with a question of its own."""
    return plan(
        [[method("a.b", n=n)] for n in range(count)], [probe("a.b", gauge, params={"n": 0}, **declared)]
    )


async def test_at_most_so_many_at_once() -> None:
    gauge = Gauge()
    results = await run(many(30, gauge), jobs=4)
    assert gauge.most == 4
    assert [each.verdict for each in results] == [Verdict.PASS] * 30


async def test_one_at_a_time_in_a_lane() -> None:
    gauge, other = Gauge(), Gauge(0.05)
    probes = [probe("a.disk", gauge, params={"n": 0}, lane="disk"), probe("b.free", other, params={"n": 0})]
    methods = [[method("a.disk", n=n)] for n in range(5)] + [[method("b.free", n=n)] for n in range(5)]
    await run(plan(methods, probes), jobs=8)
    assert (gauge.most, other.most) == (1, 5)


async def test_a_heavy_load_runs_alone() -> None:
    gauge = Gauge()
    probes = [
        probe("a.fio", gauge, lane="disk", safety=Safety.HEAVY),
        probe("a.iperf", gauge, lane="network", safety=Safety.HEAVY),
    ]
    methods = [[method("a.fio", kind="active")], [method("a.iperf", kind="active")]]
    await run(plan(methods, probes, allow_active=True), allow_active=True)
    assert gauge.most == 1 and len(gauge.asked) == 2


async def test_one_question_is_asked_once() -> None:
    gauge = Gauge()
    wants = {"field": "value", "op": ">", "value": 5, "unit": "count"}
    results = await run(plan([[method("a.b")], [method("a.b", want=wants)]], [probe("a.b", gauge)]))
    assert len(gauge.asked) == 1
    assert [each.verdict for each in results] == [Verdict.PASS, Verdict.FAIL]


async def test_never_without_consent() -> None:
    gauge = Gauge()
    probes = [probe("a.load", gauge, safety=Safety.LIGHT), probe("a.read", gauge)]
    methods = [[method("a.load")], [method("a.read", kind="active")], [method("a.read", n=1)]]
    # Even of a plan that holds them.
    results = await run(plan(methods, probes, allow_active=True), allow_active=False)
    assert [each.verdict for each in results] == [Verdict.MANUAL] * 3 and not gauge.asked
    results = await run(plan(methods, probes, allow_active=True), allow_active=True)
    assert len(gauge.asked) == 2


async def test_a_probe_that_ignores_its_deadline_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "STOP", 0.1)
    free = asyncio.Event()

    async def stubborn(ask: Ask) -> Measurement:
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                continue
        return Measurement({"value": 1}, "late")

    probes = [probe("a.hung", stubborn, limit=0.1), probe("b.good")]
    began = time.monotonic()
    results = await run(plan([[method("a.hung")], [method("b.good")]], probes), grace=0.1)
    assert time.monotonic() - began < 2
    assert [each.verdict for each in results] == [Verdict.UNKNOWN, Verdict.PASS]
    assert "did not end within its 0.1 s" in results[0].findings[0].reason
    assert await tidy(0) == 1
    free.set()
    assert await tidy(5) == 0


async def test_a_probe_that_minds_its_deadline_cleans_up_first() -> None:
    cleaned: list[str] = []

    async def slow(ask: Ask) -> Measurement:
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.append(ask.target.name)
        raise AssertionError

    (result,) = await run(plan([[method("a.slow")]], [probe("a.slow", slow, limit=0.05)]), grace=0.05)
    assert result.verdict is Verdict.UNKNOWN
    assert len(cleaned) == 1 and await tidy(0) == 0


async def test_it_is_stopped_in_under_a_second() -> None:
    begun = asyncio.Event()
    told: list[str] = []

    async def stubborn(ask: Ask) -> Measurement:
        begun.set()
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if told:
                    raise

    async def tell(result: Result | None, progress: Progress) -> None:
        pass

    probes = [probe("a.hung", stubborn), probe("b.slow", answering(delay=60))]
    running = asyncio.create_task(run(plan([[method("a.hung")], [method("b.slow")]], probes), tell=tell))
    await begun.wait()
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - began < 1.0
    assert await tidy(0) == 1
    told.append("now")
    for task in run_module._abandoned:
        task.cancel()
    assert await tidy(5) == 0


async def test_results_stream_with_progress_and_time_left() -> None:
    seen: list[tuple[str | None, Progress]] = []

    async def tell(result: Result | None, progress: Progress) -> None:
        seen.append((result.ref if result else None, progress))

    gauge = Gauge()
    made = many(6, gauge)
    results = await run(made, jobs=2, tell=tell)
    told = [ref for ref, _ in seen if ref]
    assert sorted(told) == [each.ref for each in results]
    assert seen[0][0] is None and seen[0][1].running and seen[0][1].left > 0
    done = [progress.done for ref, progress in seen if ref]
    assert done == list(range(1, 7))
    assert (seen[-1][1].done, seen[-1][1].total) == (6, 6)


async def test_what_asks_for_a_window_counts_in_the_time_left() -> None:
    seen: list[float] = []

    async def tell(result: Result | None, progress: Progress) -> None:
        seen.append(progress.left)

    made = plan([[method("a.w", seconds=60)]], [probe("a.w", params={"seconds": 1}, limit=90)])
    await run(made, tell=tell)
    assert 55 < seen[0] < 65 and seen[-1] == 0


async def test_what_cannot_be_reached_is_tried_once_and_named_once() -> None:
    asked: list[str] = []

    async def refused(ask: Ask) -> Measurement:
        asked.append(ask.target.name)
        raise NoData("probes_http.refused", host="mon", port=9090, why="refused")

    probes = [probe(f"p.{n}", refused, on="prometheus") for n in range(5)]
    probes.append(probe("p.peer", on="peer"))
    methods = [[method(f"p.{n}")] for n in range(5)] + [[method("p.peer")]]
    results = await run(plan(methods, probes, PROM, PEER))
    assert asked == ["mon"]
    assert [each.verdict for each in results] == [Verdict.UNKNOWN, *[Verdict.BLOCKED] * 4, Verdict.PASS]
    assert "it waits for mon (http://mon:9090)" in results[1].findings[0].reason


async def test_another_service_that_does_not_answer_blocks_nothing() -> None:
    grafana = NoData("probes_http.refused", host="graf", port=3000, why="refused")
    probes = [probe("p.stack", raising(grafana), on="prometheus"), probe("p.ready", on="prometheus")]
    results = await run(plan([[method("p.stack")], [method("p.ready")]], probes, PROM))
    assert [each.verdict for each in results] == [Verdict.UNKNOWN, Verdict.PASS]


async def test_the_same_time_limit_is_spent_twice_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "SLOW", 0.05)
    slow = raising(NoData("probes.too_slow", what="x", seconds="1"), delay=0.06)
    probes = [probe(f"p.{n}", slow, on="peer") for n in range(6)]
    results = await run(plan([[method(f"p.{n}")] for n in range(6)], probes, PEER))
    assert [each.verdict for each in results] == [*[Verdict.UNKNOWN] * 2, *[Verdict.BLOCKED] * 4]


async def test_quick_outcomes_that_are_alike_block_nothing() -> None:
    probes = [probe(f"p.{n}", raising(NoData("probes.no_tool", tool="x")), on="peer") for n in range(4)]
    probes.append(probe("p.good", on="peer"))
    methods = [[method(f"p.{n}")] for n in range(4)] + [[method("p.good")]]
    results = await run(plan(methods, probes, PEER))
    assert results[-1].verdict is Verdict.PASS and results[3].verdict is Verdict.UNKNOWN


async def test_a_dead_container_engine_blocks_what_needs_it_alone() -> None:
    dead = raising(NoData("probes_container.not_running", socket="/run/d.sock"))
    box = Target("container", "vllm", "vllm")
    probes = [
        probe("container.image", dead, on="container"),
        probe("container.limits", dead, on="container"),
        probe("container.toolkit"),
        probe("gpu.driver"),
    ]
    methods = [[method("container.image")], [method("container.limits")], [method("container.toolkit")],
               [method("gpu.driver")]]  # fmt: skip
    results = await run(plan(methods, probes, box))
    assert [each.verdict for each in results] == [
        Verdict.UNKNOWN,
        Verdict.BLOCKED,
        Verdict.PASS,
        Verdict.PASS,
    ]
    assert "the container engine" in results[1].findings[0].reason


async def test_one_verdict_for_each_target() -> None:
    async def second_is_bad(ask: Ask) -> Measurement:
        return Measurement({"value": 2 if ask.target.name == "b" else 1}, "fake")

    peers = [Target("peer", name, name) for name in "abc"]
    (result,) = await run(plan([[method("a.b", on="peer")]], [probe("a.b", second_is_bad)], *peers))
    assert [each.verdict for each in result.findings] == [Verdict.PASS, Verdict.FAIL, Verdict.PASS]
    assert result.verdict is Verdict.FAIL and result.worst and result.worst.target.name == "b"


class Lies(NoData):
    verdict = Verdict.PASS


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (NoData("probes.no_tool", tool="fio"), Verdict.UNKNOWN),
        (NotApplicable("probes.no_tool", tool="fio"), Verdict.NA),
        (Broken("probes.no_tool", tool="fio"), Verdict.ERROR),
        (NoData("no_such_module.key", why="odd"), Verdict.UNKNOWN),
        (NoData("probes.too_slow", missing="a field"), Verdict.UNKNOWN),
        (Lies("probes.no_tool", tool="x"), Verdict.ERROR),
        (ZeroDivisionError("by zero"), Verdict.ERROR),
        (SystemExit(0), Verdict.ERROR),
        (asyncio.CancelledError(), Verdict.ERROR),
        (RecursionError(), Verdict.ERROR),
    ],
)
async def test_whatever_a_probe_raises_is_a_verdict_with_a_sentence(
    answer: BaseException, verdict: Verdict
) -> None:
    results = await run(
        plan([[method("a.b")], [method("b.b")]], [probe("a.b", raising(answer)), probe("b.b")])
    )
    assert [each.verdict for each in results] == [verdict, Verdict.PASS]
    finding = results[0].findings[0]
    assert finding.reason and "Traceback" not in finding.reason and "\n" not in finding.reason
    assert (finding.value, finding.source) == (None, "")


def measured(**fields: Any) -> Measurement:
    return Measurement(fields, "fake")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (None, Verdict.ERROR),
        ("pass", Verdict.ERROR),
        ({"value": 1}, Verdict.ERROR),
        (measured(), Verdict.UNKNOWN),
        (measured(value=1, other=2), Verdict.ERROR),
        (measured(value=[1]), Verdict.ERROR),
        (measured(value=None), Verdict.ERROR),
        (measured(value=math.nan), Verdict.UNKNOWN),
        (measured(value=math.inf), Verdict.UNKNOWN),
        (measured(value="one"), Verdict.ERROR),
        (measured(value=True), Verdict.ERROR),
        (measured(value=10**400), Verdict.ERROR),
        (Measurement({"value": 1}, "fake", remarks=("odd",)), Verdict.ERROR),  # type: ignore[arg-type]
        (Measurement({"value": 1}, "fake", evidence=(3,)), Verdict.PASS),  # type: ignore[arg-type]
        (Measurement(7, "fake"), Verdict.ERROR),  # type: ignore[arg-type]
    ],
)
async def test_garbage_is_never_a_pass(answer: Any, verdict: Verdict) -> None:
    async def measure(ask: Ask) -> Any:
        return answer

    (result,) = await run(plan([[method("a.b")]], [probe("a.b", measure)]))
    assert result.verdict is verdict
    assert result.findings[0].reason


async def test_a_measure_that_is_no_coroutine_is_an_error() -> None:
    (result,) = await run(plan([[method("a.b")]], [probe("a.b", lambda ask: measured(value=1))]))
    assert result.verdict is Verdict.ERROR


async def test_a_crash_keeps_its_traceback_as_redacted_evidence() -> None:
    error = ValueError("https://me:hunter2@host token=hunter2")
    (result,) = await run(plan([[method("a.b")]], [probe("a.b", raising(error))]))
    (exchange,) = result.findings[0].evidence
    assert "Traceback" in exchange.answered
    assert "hunter2" not in exchange.answered + result.findings[0].reason


async def test_evidence_and_texts_of_any_probe_are_redacted_and_bounded() -> None:
    async def telling(ask: Ask) -> Measurement:
        return Measurement({"value": "Bearer abcdefghijkl\x1b[2J" + "x" * 10**5}, "fake\x1b[0m", (
            Exchange("curl --token abcdefghijkl", "y" * 10**6),))  # fmt: skip

    (result,) = await run(plan([[method("a.b")]], [probe("a.b", telling)]))
    (finding,) = result.findings
    said = f"{finding.value}{finding.source}{finding.evidence}"
    assert "abcdefghijkl" not in said and "\x1b" not in said and len(said) < 10_000


async def test_the_figure_and_the_value_read_in_one_unit() -> None:
    want = {"field": "rate", "op": ">=", "value": 10, "unit": "Gbit/s"}

    async def rate(ask: Ask) -> Measurement:
        return Measurement({"rate": 9_410_000_000}, "iperf3")

    made = plan([[method("a.b", want=want)]], [probe("a.b", rate, fields={"rate": "bit/s"})])
    (result,) = await run(made)
    (finding,) = result.findings
    assert (finding.value, finding.unit, finding.verdict) == (9.41, "Gbit/s", Verdict.FAIL)
    assert finding.reason == "Not met: rate 9.41 Gbit/s (rate ≥ 10 Gbit/s)."


@pytest.mark.parametrize(
    ("value", "shown"),
    [(82.3737651516, "82.3738 %"), (69.99999999, "69.99999999 %"), (70.0, "70 %"), (math.nan, "nan")],
)
async def test_values_are_told_in_six_figures_unless_those_would_be_the_figure(
    value: float, shown: str
) -> None:
    want = {"field": "value", "op": ">=", "value": 70, "unit": "%"}
    probes = [probe("a.b", answering(value), fields={"value": "%"})]
    (result,) = await run(plan([[method("a.b", want=want)]], probes))
    assert shown in result.findings[0].reason or result.verdict is Verdict.UNKNOWN
    assert math.isnan(value) or result.findings[0].fields["value"] == value  # kept as it was measured


async def test_remarks_stand_beside_the_verdict() -> None:
    remark = ("probes.no_tool", {"tool": "ping"})
    (result,) = await run(plan([[method("a.b")]], [probe("a.b", answering(remarks=(remark,)))]))
    assert result.findings[0].reason.startswith("Measured: 1 (= 1). ping is not installed here")


async def test_what_tells_nothing_gives_way_to_the_next_method_which_says_so() -> None:
    told: list[tuple[str, Verdict, int]] = []

    async def tell(result: Result | None, progress: Progress) -> None:
        assert 0 <= progress.done <= progress.total == 3
        if result:
            told.append((result.ref, result.verdict, progress.done))

    probes = [
        probe("a.empty", raising(NoData("probes.no_tool", tool="ping"))),
        probe("a.none", raising(NotApplicable("probes.no_tool", tool="MIG"))),
        probe("a.bad", answering(value=9)),
        probe("a.good", answering()),
    ]
    made = plan(
        [
            [method("a.empty"), method("a.gone"), method("a.good")],
            [method("a.bad"), method("a.good")],
            [method("a.none"), method("a.good")],
        ],
        probes,
    )
    results = await run(made, tell=tell)
    # No data: the next one decides.  A bad value, or a question that makes no sense here, stands.
    assert [each.verdict for each in results] == [Verdict.PASS, Verdict.FAIL, Verdict.NA]
    assert results[0].planned.method and results[0].planned.method.name == "a.good"
    assert "probe a.empty told nothing: ping is not installed here" in results[0].findings[0].reason
    assert sorted(ref for ref, _, _ in told) == ["1.1.1.a1", "1.1.1.a2", "1.1.1.a3"]
    assert told[-1] == ("1.1.1.a1", Verdict.PASS, 3)


async def test_where_all_methods_tell_nothing_it_is_unknown_and_each_reason_is_there() -> None:
    probes = [
        probe("a.one", raising(NoData("probes.no_tool", tool="ping"))),
        probe("a.two", raising(NoData("probes.no_tool", tool="fio"))),
    ]
    (result,) = await run(plan([[method("a.one"), method("a.two")]], probes))
    assert result.verdict is Verdict.UNKNOWN
    assert "fio" in result.findings[0].reason and "ping" in result.findings[0].reason


async def test_a_teller_that_fails_stops_the_run() -> None:
    async def tell(result: Result | None, progress: Progress) -> None:
        raise OSError("no more disk")

    with pytest.raises(OSError, match="no more disk"):
        await run(plan([[method("a.b")]], [probe("a.b", answering(delay=60))]), tell=tell)


async def test_500_checks_of_20_ms_take_little_more_than_they_must() -> None:
    delay, jobs, count = 0.02, 8, 500
    gauge = Gauge(delay)
    made = many(count, gauge)
    began = time.monotonic()
    await run(made, jobs=jobs)
    took = time.monotonic() - began
    print(f"{took:.2f} s, ideal {count * delay / jobs:.2f} s", file=sys.stderr)
    assert took < 1.3 * count * delay / jobs
    assert gauge.most == jobs
