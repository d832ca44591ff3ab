"""Traps other tools fell into (systems.md) that concern the engine: each is a test."""

from __future__ import annotations

import itertools

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.engine.output import entry, exit_code
from gpuready.engine.run import run
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Safety, Target
from gpuready.text.say import language
from tests.engine.fakes import Gauge, answering, method, plan, probe, raising


@pytest.mark.parametrize("measure", [raising(NoData("probes.no_tool", tool="nvml")), answering()])
async def test_trap_3_no_data_is_never_a_pass(measure: object) -> None:
    # Neither where the probe says so, nor where it forgot a field that is wanted.
    want = [
        {"field": "value", "op": "==", "value": 1, "unit": "count"},
        {"field": "other", "op": "==", "value": 0},
    ]
    asked = probe("a.b", measure, fields={"value": "count", "other": ""})
    (result,) = await run(plan([[method("a.b", want=want)]], [asked]))
    assert result.verdict is Verdict.UNKNOWN
    assert exit_code([result.verdict], strict=True) == 3


async def test_trap_5_the_reason_counts_what_was_really_read() -> None:
    async def one_is_silent(ask: Ask) -> Measurement:
        if ask.target.name == "b":
            raise NoData("probes.too_slow", what="b", seconds="1")
        return Measurement({"value": 1}, "fake")

    peers = [Target("peer", name, name) for name in "abc"]
    (result,) = await run(plan([[method("a.b", on="peer")]], [probe("a.b", one_is_silent)], *peers))
    found = entry(result)
    assert found["verdict"] == "unknown"
    assert found["reason"].startswith("2 of 3 targets pass; unknown: b.")


async def test_trap_9_no_secret_reaches_a_result() -> None:
    leak = "HTTPS_PROXY=http://user:hunter2@proxy:3128 API_TOKEN=hunter2"

    async def telling(ask: Ask) -> Measurement:
        return Measurement(
            {"value": leak}, leak, (Exchange(leak, leak),), (("probes.no_tool", {"tool": leak}),)
        )

    want = {"field": "value", "op": "==", "value": "x"}
    (result,) = await run(plan([[method("a.b", want=want)]], [probe("a.b", telling, fields={"value": ""})]))
    assert "hunter2" not in repr((result.findings, entry(result)))


async def test_trap_10_what_loads_is_opt_in_and_waits_for_a_person_without() -> None:
    gauge = Gauge()
    loads = probe("a.load", gauge, safety=Safety.HEAVY)
    for kind, allow in itertools.product(("probe", "active"), (False,)):
        (result,) = await run(plan([[method("a.load", kind=kind)]], [loads], allow_active=allow))
        assert result.verdict is Verdict.MANUAL and "--allow active" in entry(result)["reason"]
    assert not gauge.asked


def test_every_sentence_of_the_engine_is_there_in_both_languages() -> None:
    from string import Formatter

    from gpuready.text.messages.engine import MESSAGES

    for name, pair in MESSAGES.items():
        english, chinese = ({field for _, field, _, _ in Formatter().parse(each) if field} for each in pair)
        assert english == chinese, name
        assert all(each.strip() for each in pair), name
    assert language() == "en"
