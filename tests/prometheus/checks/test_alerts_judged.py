"""The ledger of alerts that fired, and what the judgements in a session make of it: on a real Prometheus."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.engine.targets import of_session
from gpuready.probes.probe import Ask, Target
from gpuready.prometheus.alerts.judgement import judge_alert, judgements_of
from gpuready.prometheus.alerts.ledger import Episode, Period, period
from gpuready.prometheus.look import looking
from gpuready.session.audit import verify
from gpuready.session.store import Session
from tests.prometheus.checks.judged import Judged, judged
from tests.prometheus.history import Cases, Series, Value, alert, cases, prom, since

ACCURACY, FALSE = "13.2.3.2.a2 alerts_accuracy", "13.2.3.2.a3 alerts_false_ratio"
REPAIR = "13.3.2.3.a3 repair_time_mean"
LINES = (ACCURACY, FALSE, REPAIR)
HOUR, MINUTE, DAY = 3600.0, 60.0, 86400.0
WINDOW = "1d"


def many(count: int, minutes: float = 5.0) -> Series:
    """That many alerts, each of its own GPU, spread over the last hours."""
    found: dict[str, Value] = {}
    for number in range(count):
        start = -20 * HOUR + number * 20 * MINUTE
        labels = f'severity="critical",gpu="{number}"'
        found |= alert("GpuHot", [(start, start + minutes * MINUTE)], labels=labels)
    return found


def firing(series: Series, more: str) -> Series:
    return {name.replace("{", f"{{{more},"): value for name, value in series.items()}


@pytest.fixture(scope="module")
def site() -> Iterator[Cases]:
    flaps = [(-10 * HOUR + n * 30 * MINUTE, -10 * HOUR + n * 30 * MINUTE + 2 * MINUTE) for n in range(6)]
    twice = [(-9 * HOUR, -8 * HOUR), (-5 * HOUR, -4 * HOUR)]
    with cases(
        {
            "some": many(20),
            "flaps": {**alert("Flaps", flaps), **alert("Again", twice)},
            "gap": alert("Restarted", [(-3 * HOUR, -2.5 * HOUR), (-2.5 * HOUR + 300, -2 * HOUR)]),
            "fires": {**many(2, 10), **alert("Lost", [(-40 * MINUTE, math.inf)])},
            "young": {**many(2, 10), **alert("Lost", [(-4 * MINUTE, math.inf)])},
            "always": alert("Neglected", [(-9 * DAY, math.inf)]),
            "design": {**alert("Watchdog", [(-9 * DAY, math.inf)], labels='severity="none"')},
            "mild": alert("Warm", [(-3 * HOUR, -2 * HOUR)], labels='severity="warning"'),
            "replicas": {
                **firing(many(3), 'prometheus_replica="a"'),
                **firing(many(3), 'prometheus_replica="b"'),
            },
            "long": many(3, 20),
            "nothing": {"up": 1.0},
        },
        days=3,
        step=60,
        recent=1800,
    ) as site:
        yield site


async def ledger(site: Cases, case: str, window: float = DAY) -> Period:
    params = {"window": WINDOW, "selector": site.selector(case)}
    async with looking(Ask(Target("prometheus", "p", site.url), params)) as look:
        return await period(look, window)


async def asked(line: str, site: Cases, case: str, file: Path | None = None) -> Judged:
    known = (of_session(file),) if file else ()
    return await judged(line, site.url, site.selector(case), site=known, window=WINDOW)


async def said(file: Path, episodes: Mapping[Episode, bool | None]) -> None:
    """The operator judges these."""
    async with await Session.open(file, actor="ana") as session:
        for episode, verdict in episodes.items():
            await judge_alert(session, episode, verdict)


def sheet(seen: Period, false: int, waiting: int = 0) -> dict[Episode, bool | None]:
    return {each: index >= false for index, each in enumerate(seen.episodes[waiting:])}


async def test_what_fired_comes_newest_first_with_start_end_and_an_id_that_stays(site: Cases) -> None:
    seen = await ledger(site, "some")
    assert len(seen.episodes) == 20 and not seen.before
    first, last = seen.episodes[0], seen.episodes[-1]
    assert first.start > last.start and first.name == "GpuHot" and first.severity == "critical"
    assert "gpu=19" in first.about and "case=some" in first.about
    assert first.end is not None and first.end - first.start == pytest.approx(300, abs=61)
    again = await ledger(site, "some", window=16 * HOUR)
    ids = [each.id for each in seen.episodes]
    assert [each.id for each in again.episodes] == ids[: len(again.episodes)] and again.episodes


async def test_accuracy_and_false_ratio_are_what_the_operator_judged(site: Cases, tmp_path: Path) -> None:
    file, seen = tmp_path / "site.gpuready", await ledger(site, "some")
    await said(file, sheet(seen, false=0))
    good = await asked(ACCURACY, site, "some", file)
    assert (good.verdict, good.value, good.fields["judged"]) == (Verdict.PASS, 100, 20)
    assert (await asked(FALSE, site, "some", file)).verdict is Verdict.PASS
    await said(file, sheet(seen, false=2))
    bad = await asked(ACCURACY, site, "some", file)
    assert (bad.verdict, bad.value, bad.fields["false"]) == (Verdict.FAIL, 90, 2)
    bad = await asked(FALSE, site, "some", file)
    assert (bad.verdict, bad.value) == (Verdict.FAIL, 10)
    assert any(str(file) in each for each in bad.asked)


async def test_what_waits_for_a_judgement_leaves_bounds_that_may_decide_already(
    site: Cases, tmp_path: Path
) -> None:
    file, seen = tmp_path / "site.gpuready", await ledger(site, "some")
    await said(file, sheet(seen, false=0, waiting=1))
    one = await asked(ACCURACY, site, "some", file)  # 95 to 100 %
    assert one.verdict is Verdict.PASS and "1 of 20 alerts wait" in one.said
    assert (await asked(FALSE, site, "some", file)).verdict is Verdict.UNKNOWN  # 0 to 5 %, not below
    await said(file, dict.fromkeys(seen.episodes[:5]))
    assert (await asked(ACCURACY, site, "some", file)).verdict is Verdict.UNKNOWN
    await said(file, sheet(seen, false=3, waiting=5))
    assert (await asked(ACCURACY, site, "some", file)).verdict is Verdict.FAIL  # 85 % at best


async def test_trap_nothing_fired_or_nothing_judged_is_unknown_and_no_hundred_per_cent(
    site: Cases, tmp_path: Path
) -> None:
    file = tmp_path / "site.gpuready"
    await said(file, {})
    for line in LINES:
        assert (await asked(line, site, "nothing", file)).key == "prometheus_alerts.none_fired"
    for line in (ACCURACY, FALSE):
        assert (await asked(line, site, "some", file)).key == "prometheus_alerts.none_judged"
        assert (await asked(line, site, "some")).key == "prometheus_alerts.no_session"
        assert (await asked(line, site, "always", file)).key == "prometheus_alerts.none_began"
    for line in LINES:  # a watchdog fires by design
        assert (await asked(line, site, "design", file)).key == "prometheus_alerts.none_fired"
    assert (await asked(REPAIR, site, "mild", file)).key == "prometheus_alerts.none_critical"


async def test_trap_flapping_counts_as_one_and_a_restart_of_prometheus_is_no_end(site: Cases) -> None:
    seen = await ledger(site, "flaps")
    assert [each.name for each in seen.episodes].count("Flaps") == 1
    assert [each.name for each in seen.episodes].count("Again") == 2
    flaps = next(each for each in seen.episodes if each.name == "Flaps")
    assert flaps.firing < 30 * MINUTE and flaps.end is not None and flaps.end - flaps.start > 2 * HOUR
    gap = await ledger(site, "gap")
    assert len(gap.episodes) == 1 and gap.episodes[0].firing == pytest.approx(HOUR, abs=121)


async def test_trap_replicas_of_prometheus_saw_one_alert(site: Cases) -> None:
    assert len((await ledger(site, "replicas")).episodes) == 3


async def test_repair_time_is_the_mean_of_critical_alerts(site: Cases, tmp_path: Path) -> None:
    good = await asked(REPAIR, site, "some")
    assert good.verdict is Verdict.PASS and good.value == pytest.approx(6, abs=1.1)
    assert "No critical alert is judged true yet, so all 20" in good.said
    assert (await asked(REPAIR, site, "long")).verdict is Verdict.FAIL
    file, seen = tmp_path / "site.gpuready", await ledger(site, "long")
    await said(file, dict.fromkeys(seen.episodes, False))
    assert (await asked(REPAIR, site, "long", file)).key == "prometheus_alerts.none_true"
    await said(file, {seen.episodes[0]: True})
    judged_one = await asked(REPAIR, site, "long", file)
    assert judged_one.verdict is Verdict.FAIL and judged_one.fields["alerts"] == 1


async def test_trap_what_fires_still_can_only_raise_the_mean(site: Cases) -> None:
    fires = await asked(REPAIR, site, "fires")
    assert fires.verdict is Verdict.FAIL and fires.fields["firing"] == 1  # 11, 11 and 40 min so far
    young = await asked(REPAIR, site, "young")
    assert young.verdict is Verdict.PASS and "1 critical alerts fire still" in young.said
    assert (await asked(REPAIR, site, "always")).verdict is Verdict.FAIL


async def test_trap_a_period_that_prometheus_hardly_remembers_is_unknown(tmp_path: Path) -> None:
    with prom({"up": since(-6 * HOUR, 1.0), **many(3)}, days=1, step=60) as server:
        for line in LINES:
            assert (await judged(line, server.url)).key == "prometheus_alerts.short", line  # 30 days
        assert (await judged(REPAIR, server.url, window="120d")).key == "prometheus_alerts.too_long"
        found = await judged(REPAIR, server.url, window="7h")
        assert "of the last 7h" in found.said or found.key


async def test_trap_a_month_of_samples_five_minutes_apart(tmp_path: Path) -> None:
    old, late = (-20 * DAY, -20 * DAY + HOUR), (-2 * DAY, -2 * DAY + HOUR)
    series = {"up": 1.0, **alert("Old", [old]), **alert("Late", [late])}
    with prom(series, days=31, step=300) as server:
        found = await judged(REPAIR, server.url)  # 30 days, asked for in pieces
        assert found.verdict is Verdict.FAIL and found.fields["alerts"] == 2
        assert found.value == pytest.approx(60, abs=7)


async def test_a_judgement_can_be_undone_merged_and_audited(site: Cases, tmp_path: Path) -> None:
    seen = await ledger(site, "some")
    one, two = seen.episodes[:2]
    ana, ben = tmp_path / "ana.gpuready", tmp_path / "ben.gpuready"
    await said(ana, {one: True})
    async with await Session.open(ben, actor="ben") as other:
        await judge_alert(other, one, False)
        await judge_alert(other, two, True)
        async with await Session.open(ana, actor="ana") as session:
            assert await judge_alert(session, one, True) is None  # nothing new
            await session.absorb(await other.events())
            assert judgements_of(session.state.settings)[two.id] is True
            rivals = [each.field for each in session.state.rivals]
            assert rivals == [f"setting.alert.{one.id}"]  # two who disagree are shown both
            await judge_alert(session, one, True) or await judge_alert(session, one, False)
            assert not session.state.rivals
            await session.undo()
            assert not verify(await session.events())


def test_what_another_version_wrote_and_cannot_be_read_is_no_judgement() -> None:
    settings = {"alert.a": '{"true": true}', "alert.b": "yes", "alert.c": '{"true": 1}', "target.x": "{}"}
    assert judgements_of(settings) == {"a": True}
