"""Results in every format, each read back by a parser of its own kind."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.engine.conduct import conduct
from gpuready.engine.formats import junit, prometheus, tap
from gpuready.engine.output import exit_code, results_document, text_of
from gpuready.engine.run import run
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, NotApplicable, Target
from gpuready.report.format import json_text
from gpuready.session import deeds
from gpuready.session.store import Session
from gpuready.text.say import set_language
from tests.engine.fakes import Gauge, answering, checklist, method, plan, probe, raising

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
NASTY = 'a"b\\c\nd # e ]]> <f> & é 好 \x1b[2J \ufffe'


async def document(**more: Any) -> dict[str, Any]:
    """A result of every kind, with texts that no format likes."""
    refused = raising(NoData("probes_http.refused", host="mon", port=9090, why=NASTY))

    async def many(ask: Ask) -> Measurement:
        value = 2 if ask.target.name == "b" else 1
        return Measurement({"value": value, "ratio": 0.25, "word": NASTY, "yes": True}, NASTY)

    fields = {"value": "count", "ratio": "%", "word": "", "yes": ""}
    probes = [
        probe("a.pass"),
        probe("a.fail", answering(2)),
        probe("a.broken", raising(Broken("probes.too_slow", what=NASTY, seconds="1"))),
        probe("a.na", raising(NotApplicable("probes.no_tool", tool=NASTY))),
        probe("a.many", many, fields=fields),
        probe("p.one", refused, on="prometheus"),
        probe("p.two", refused, on="prometheus"),
        probe("p.three", refused, on="prometheus"),
    ]
    methods = [[method(each.name, on="peer" if each.name == "a.many" else "")] for each in probes] + [[]]
    targets = [Target("peer", name, name) for name in "abc"] + [
        Target("prometheus", "mon", "http://mon:9090")
    ]
    results = await run(plan(methods, probes, *targets))
    return results_document(results, selector='made-"up"', at=AT, **more)


async def test_json_has_for_each_check_what_the_design_names() -> None:
    found = json.loads(json_text(await document()))
    assert found["schema"] == "gpuready.results/1"
    wanted = {"ref", "verdict", "provenance", "value", "unit", "figure", "reason", "source", "target", "at"}
    for each in found["results"]:
        assert wanted <= set(each) and each["verdict"] in set(Verdict) and each["reason"]
    assert [each["verdict"] for each in found["results"]] == [
        "pass", "fail", "error", "n/a", "fail", "unknown", "blocked", "blocked", "manual",
    ]  # fmt: skip
    assert found["counts"]["blocked"] == 2 and found["worst"] == "fail"
    (cause,) = found["causes"]
    assert cause["refs"] == ["1.1.1.a7", "1.1.1.a8"] and cause["what"] == "mon (http://mon:9090)"
    several = found["results"][4]
    assert several["reason"].startswith("2 of 3 targets pass; fail: b.")
    assert [each["verdict"] for each in several["targets"]] == ["pass", "fail", "pass"]
    assert several["target"] == "b"


async def test_text_names_every_check_and_the_cause_once() -> None:
    made = await document()
    for lang in ("en", "zh"):
        set_language(lang)
        text = text_of(made)
        assert all(each["ref"] in text for each in made["results"])
    set_language("en")
    text = text_of(made)
    assert text.count("2 checks wait for mon (http://mon:9090)") == 1
    assert "9 checks: 2 fail" in text


async def test_junit_is_xml_with_the_right_counts() -> None:
    root = ElementTree.fromstring(junit(await document()).encode())
    assert root.tag == "testsuites"
    (suite,) = root
    counts = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": 9, "failures": 2, "errors": 1, "skipped": 5}
    assert len(suite.findall("testcase/failure")) == 2
    assert len(suite.findall("testcase/skipped")) == 5
    assert all(case.attrib["name"] and float(case.attrib["time"]) >= 0 for case in suite)
    assert root.attrib["tests"] == "9"


def fed(argv: list[str], text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, input=text, capture_output=True, encoding="utf-8", check=False)


PARSER = """
use TAP::Parser; my $p = TAP::Parser->new({tap => do {local $/; <STDIN>}});
while (my $r = $p->next) { print join("|", $r->is_ok ? "ok" : "not", $r->is_actual_ok ? 1 : 0,
  $r->has_todo ? "todo" : $r->has_skip ? "skip" : ""), "\\n" if $r->is_test }
print "errors: ", scalar($p->parse_errors), " run: ", $p->tests_run, " failed: ", scalar($p->failed), "\\n";
"""


async def test_tap_as_perl_reads_it() -> None:
    text = tap(await document()).replace("TAP version 14", "TAP version 13")  # the newest that it knows
    done = await asyncio.to_thread(fed, ["perl", "-e", PARSER], text)
    *rows, last = done.stdout.splitlines()
    assert last == "errors: 0 run: 9 failed: 2"
    assert rows == [
        "ok|1|", "not|0|", "ok|0|todo", "ok|1|skip", "not|0|", "ok|0|todo", "ok|0|todo", "ok|0|todo",
        "ok|0|todo",
    ]  # fmt: skip


async def test_prometheus_text_as_promtool_reads_it() -> None:
    text = prometheus(await document())
    done = await asyncio.to_thread(fed, ["promtool", "check", "metrics"], text)
    assert done.returncode == 0, done.stderr
    assert 'gpuready_target_passed{ref="1.1.1.a1"' in text
    # What is not known has no sample: neither a pass nor a fail.
    assert not any(
        "gpuready_target_passed" in line and 'ref="1.1.1.a6"' in line for line in text.splitlines()
    )
    assert 'gpuready_check_verdict{ref="1.1.1.a6",verdict="unknown"} 1' in text
    assert 'gpuready_run_checks{selector="made-\\"up\\"",verdict="fail"} 2' in text


async def test_an_empty_or_stopped_run_is_readable_too() -> None:
    nothing = results_document((), selector="x", at=AT, complete=False)
    assert ElementTree.fromstring(junit(nothing).encode()).attrib["tests"] == "0"
    assert tap(nothing).splitlines()[1] == "1..0"
    assert "gpuready_run_complete" in prometheus(nothing) and "stopped" in text_of(nothing)


@pytest.mark.parametrize(
    ("verdicts", "plain", "strict", "nagios"),
    [
        ("pass", 0, 0, 0),
        ("pass n/a waived warn", 0, 0, 1),
        ("pass manual", 0, 3, 0),
        ("pass stale", 0, 3, 1),
        ("pass unknown", 0, 3, 3),
        ("pass error", 0, 3, 3),
        ("pass blocked warn", 0, 3, 3),
        ("fail unknown", 1, 1, 2),
        ("fail", 1, 1, 2),
        ("", 0, 0, 0),
    ],
)
def test_exit_codes(verdicts: str, plain: int, strict: int, nagios: int) -> None:
    words = verdicts.split()
    assert exit_code(words) == plain
    assert exit_code(words, strict=True) == strict
    assert exit_code(words, nagios=True) == nagios


def test_no_verdict_but_a_good_one_is_0_everywhere() -> None:
    for verdict, strict in itertools.product(Verdict, (False, True)):
        if verdict not in ("pass", "n/a", "waived", "warn"):
            assert exit_code([verdict], strict=True) != 0
        assert exit_code([verdict], strict=strict) in (0, 1, 3)


async def test_waivers_and_words_of_people_stand(tmp_path: Path) -> None:
    made = checklist([[method("a.fail")], [method("a.none")], [method("a.load", kind="active")]])
    waived, said, measured = made.phases[0].items[0].checks
    probes = [
        probe("a.fail", answering(2)),
        probe("a.none", raising(NoData("probes.no_tool", tool="fio"))),
        probe("a.load", Gauge()),
    ]
    methods = [[method("a.fail")], [method("a.none")], [method("a.load", kind="active")]]
    async with await Session.open(tmp_path / "s.gpuready", actor="ana") as session:
        await deeds.waive(session, waived, "old card", "bo", "2999-01-01", date(2026, 1, 1))
        await deeds.settle(session, said, Verdict.PASS, text="seen on the rack")
        allowed = plan(methods, probes, allow_active=True, state=session.state)
        await conduct(allowed, session, allow_active=True)
        results = await conduct(plan(methods, probes, state=session.state), session)
        found = results_document(results, selector="x", at=AT, state=session.state)["results"]
    assert [each["verdict"] for each in found] == ["waived", "pass", "pass"]
    assert found[0]["found"] == "fail" and "old card" in found[0]["reason"]
    assert (found[1]["provenance"], found[1]["found"]) == ("attested", "unknown")
    assert "seen on the rack" in found[1]["reason"] and "fio is not installed" in found[1]["reason"]
    # Not run now, but measured before: its age shows.
    assert found[2]["provenance"] == "measured" and found[2]["reason"].startswith("Known since")
    assert measured.ref == found[2]["ref"]


async def test_regressed_is_said_when_a_pass_turns_to_fail(tmp_path: Path) -> None:
    async with await Session.open(tmp_path / "s.gpuready", actor="ana") as session:
        await conduct(plan([[method("a.b")]], [probe("a.b")]), session)
        good = session.state.check("1.1.1.a1").mark
        bad = plan([[method("a.b")]], [probe("a.b", answering(2))], state=session.state)
        for keep in (None, session):  # recorded or not
            results = await conduct(bad, keep)
            (each,) = results_document(results, selector="x", at=AT, state=session.state)["results"]
            assert good and each["targets"][0]["regressed"]["good"] == good.at.isoformat(
                timespec="milliseconds"
            )
            assert "Regressed since" in each["targets"][0]["reason"]
