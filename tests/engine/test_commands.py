"""plan, check, targets and probe as an operator, cron or CI calls them: the real program."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

CHECKLIST = """
schema = 1
id = "own"
ref = "9"
en = "Own"
zh = "自定义"
scope = { en = "x", zh = "x" }
[[phase]]
ref = "9.1"
en = "Phase"
zh = "阶段"
[[phase.item]]
ref = "9.1.1"
en = "Item"
zh = "条目"
"""
CHECK = """
[[phase.item.check]]
ref = "9.1.1.a{n}"
en = "Check {n}"
zh = "检查 {n}"
why = {{ en = "x", zh = "x" }}
how = {{ en = "x", zh = "x" }}
fix = {{ en = "x", zh = "x" }}
[[phase.item.check.method]]
{kind} = "{probe}"
with = {{ n = {n} }}
want = {{ field = "value", op = "==", value = 1, unit = "count" }}
[[phase.item.check.method]]
attest = {{ en = "Attach it", zh = "附上" }}
"""
PROBES = """
import asyncio, os, pathlib, time
from gpuready.probes.probe import Measurement, NoData, Probe, Safety

TRACE = pathlib.Path(os.environ["ACME_TRACE"])

async def good(ask):
    return Measurement({"value": 1}, "acme")

async def bad(ask):
    return Measurement({"value": 2}, "acme")

async def nothing(ask):
    raise NoData("probes.no_tool", tool="acme")

async def crash(ask):
    raise ZeroDivisionError("boom")

async def load(ask):
    TRACE.with_suffix(".loaded").write_text("x")
    return Measurement({"value": 1}, "acme")

async def slow(ask):
    file = TRACE.with_suffix(".running")
    file.write_text("x")
    try:
        await asyncio.sleep(60)
    finally:
        file.unlink()

async def hung(ask):
    TRACE.with_suffix(".running").write_text("x")
    await asyncio.to_thread(time.sleep, 30)

FIELDS = {"value": "count"}
def declare(name, measure, **more):
    return Probe(name, measure, lambda ask: (name,), FIELDS, params={"n": 0}, **more)

PROBES = (declare("acme.good", good), declare("acme.bad", bad), declare("acme.nothing", nothing),
    declare("acme.crash", crash), declare("acme.load", load, safety=Safety.LIGHT),
    declare("acme.slow", slow, limit=90), declare("acme.hung", hung, limit=0.2))
"""


class Site:
    """A home of its own, with one checklist and one package of probes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.session = home / "s.gpuready"
        (home / "data/gpuready/checklists").mkdir(parents=True)
        (home / "lib/acme-1.0.dist-info").mkdir(parents=True)
        (home / "lib/acme_probes.py").write_text(PROBES)
        (home / "lib/acme-1.0.dist-info/METADATA").write_text(
            "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n"
        )
        (home / "lib/acme-1.0.dist-info/entry_points.txt").write_text(
            "[gpuready.probes]\nacme = acme_probes:PROBES\n"
        )
        self.trace = home / "trace"
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GPUREADY_")},
            **{f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")},
            "HOME": str(home),
            "PYTHONPATH": os.pathsep.join([str(home / "lib"), str(Path(__file__).parents[2])]),
            "ACME_TRACE": str(self.trace),
            "LANG": "C.UTF-8",
            "GPUREADY_OPERATOR": "ana",
        }

    def checks(self, *probes: str) -> None:
        """The checklist ``own`` with one check for each of these probes (``active:NAME`` for active ones)."""
        text = CHECKLIST
        for n, name in enumerate(probes, 1):
            kind, _, probe = name.rpartition(":")
            text += CHECK.format(n=n, probe=probe, kind=kind or "probe")
        (self.home / "data/gpuready/checklists/own.toml").write_text(text)

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "gpuready", *words, "--session", str(self.session)]

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.argv(*words), env=self.environ, capture_output=True, text=True, timeout=100, check=False
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    def results(self, *words: str) -> dict[str, Any]:
        found = json.loads(self.call("check", *words, "--format", "json").stdout)
        assert isinstance(found, dict)
        return found

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.argv(*words), env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def marks(self) -> list[str]:
        """The refs that carry a mark in the session's file."""
        db = sqlite3.connect(f"file:{self.session}?mode=ro", uri=True)
        rows = db.execute("SELECT subject FROM events WHERE kind = 'check.marked' ORDER BY n").fetchall()
        db.close()
        return [row[0] for row in rows]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    yield Site(tmp_path)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("probes", "options", "code"),
    [
        (["acme.good"], [], 0),
        (["acme.good", "acme.bad"], [], 1),
        (["acme.nothing"], [], 0),
        (["acme.nothing"], ["--strict"], 3),
        (["acme.crash"], ["--strict"], 3),
        (["acme.gone"], ["--strict"], 3),
        (["acme.bad"], ["--strict", "--exit-code", "nagios"], 2),
        (["acme.nothing"], ["--exit-code", "nagios"], 3),
        (["acme.good"], ["--exit-code", "nagios"], 0),
    ],
)
def test_exit_codes(site: Site, probes: list[str], options: list[str], code: int) -> None:
    site.checks(*probes)
    assert site.call("check", "own", *options).returncode == code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "nonsense"], "selects no check"),
        (["check", "own", "--target", "peer"], "is no target"),
        (["check", "own", "--target", "service=https://a.example,token=abcdefg"], "looks like a secret"),
        (["check", "own", "--jobs", "0"], "--jobs"),
        (["check", "own", "--dry-run", "--format", "tap"], "--dry-run shows the plan"),
        (["check"], "SELECTOR"),
        (["plan", "9.9.9"], "selects no check"),
        (["probe", "acme.goood"], "Did you mean acme.good"),
        (["probe", "acme.good", "--with", "{"], "JSON object"),
        (["probe", "acme.good", "--with", "[]"], "JSON object"),
        (["probe", "acme.good", "--with", '{"m": 1}'], "has no parameter m"),
        (["probe", "acme.good", "--with", '{"n": "one"}'], "cannot take"),
        (["probe", "acme.load"], "--allow active"),
        (["probe"], "NAME"),
        (["targets", "add", "toaster=x"], "no kind of target"),
        (["targets", "remove", "peer", "x"], "no such session"),
    ],
)
def test_a_slip_is_one_sentence_and_exit_code_2(site: Site, words: list[str], said: str) -> None:
    site.checks("acme.good")
    done = site.call(*words)
    assert done.returncode == 2 and said in done.stderr and not done.stdout
    assert len([line for line in done.stderr.splitlines() if not line.startswith("New session")]) == 1
    assert "abcdefg" not in done.stderr


def test_to_nagios_a_slip_is_unknown(site: Site) -> None:
    site.checks("acme.good")
    assert site.call("check", "nonsense", "--exit-code", "nagios").returncode == 3


def test_results_are_recorded_and_shown(site: Site) -> None:
    site.checks("acme.good", "acme.bad", "acme.crash")
    found = site.results("own")
    assert [each["verdict"] for each in found["results"]] == ["pass", "fail", "error"]
    assert sorted(site.marks()) == ["9.1.1.a1", "9.1.1.a2", "9.1.1.a3"]
    status = json.loads(site.call("status", "--format", "json").stdout)
    assert [each["ref"] for each in status["failed"]] == ["9.1.1"]
    history = site.call("history", "9.1.1.a2").stdout
    assert "fail" in history
    audit = json.loads(site.call("probe", "session.audit", "--format", "json").stdout)
    assert audit["fields"]["chain_valid"] is True


def test_no_record_leaves_the_file_as_it_was(site: Site) -> None:
    site.checks("acme.good")
    assert site.call("check", "own", "--no-record").returncode == 0
    assert not site.session.exists()
    site.call("check", "own")
    before = site.session.read_bytes()
    site.call("check", "own", "--no-record")
    assert site.session.read_bytes() == before and site.marks() == ["9.1.1.a1"]


def test_never_without_consent(site: Site) -> None:
    site.checks("acme.load", "active:acme.load")
    loaded = site.trace.with_suffix(".loaded")
    found = site.results("own")
    assert [each["verdict"] for each in found["results"]] == ["manual", "manual"]
    assert "--allow active" in found["results"][0]["reason"] and not loaded.exists()
    found = site.results("own", "--allow", "active")
    assert [each["verdict"] for each in found["results"]] == ["pass", "pass"] and loaded.exists()


def test_a_dry_run_changes_nothing_at_all(site: Site) -> None:
    site.checks("active:acme.load")
    before = {path for path in site.home.rglob("*") if "cache" not in path.parts}
    done = site.call("check", "own", "--dry-run", "--allow", "active")
    assert done.returncode == 0 and "acme.load" in done.stdout
    plan = json.loads(site.call("check", "own", "--dry-run", "--allow", "active", "--format", "json").stdout)
    assert plan["schema"] == "gpuready.plan/1" and plan["checks"][0]["steps"][0]["calls"] == ["acme.load"]
    assert site.call("plan", "own").returncode == 0
    after = {path for path in site.home.rglob("*") if "cache" not in path.parts}
    assert {path for path in after - before if "__pycache__" not in str(path)} == set()


def test_ctrl_c_keeps_what_was_measured_and_leaves_nothing_behind(site: Site) -> None:
    site.checks("acme.good", "acme.slow")
    running = site.start("check", "own", "--format", "json")
    wait_for(site.trace.with_suffix(".running"))
    deadline = time.monotonic() + 20
    while "9.1.1.a1" not in site.marks():
        assert time.monotonic() < deadline
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert time.monotonic() - began < 1.5
    assert running.returncode == 130 and "Traceback" not in err
    found = json.loads(out)
    assert found["complete"] is False
    assert [each["ref"] for each in found["results"]] == ["9.1.1.a1"]
    assert site.marks() == ["9.1.1.a1"]
    assert not site.trace.with_suffix(".running").exists()


def test_sigterm_too(site: Site) -> None:
    site.checks("acme.slow")
    running = site.start("check", "own")
    wait_for(site.trace.with_suffix(".running"))
    running.terminate()
    running.communicate(timeout=20)
    assert running.returncode == 143 and not site.trace.with_suffix(".running").exists()


def test_a_thread_that_hangs_does_not_keep_the_program(site: Site) -> None:
    site.checks("acme.hung", "acme.good")
    began = time.monotonic()
    found = site.results("own")
    assert time.monotonic() - began < 10
    assert [each["verdict"] for each in found["results"]] == ["unknown", "pass"]
    running = site.start("probe", "acme.hung")
    out, _ = running.communicate(timeout=20)
    assert time.monotonic() - began < 20
    assert running.returncode == 3 and "did not end within" in out


def test_every_format_and_a_file(site: Site) -> None:
    site.checks("acme.good", "acme.bad", "acme.nothing")
    xml = site.call("check", "own", "--format", "junit").stdout
    assert ElementTree.fromstring(xml.encode()).attrib["failures"] == "1"
    assert site.call("check", "own", "--format", "tap").stdout.splitlines()[1] == "1..3"
    out = site.home / "gpuready.prom"
    out.write_text("old")
    done = site.call("check", "own", "--format", "prometheus", "-o", str(out))
    assert done.returncode == 1 and done.stdout == ""
    checked = subprocess.run(["promtool", "check", "metrics"], input=out.read_bytes(), check=False)
    assert checked.returncode == 0 and [p.name for p in site.home.glob("*.prom*")] == ["gpuready.prom"]
    assert "9.1.1.a2" in site.call("check", "own", "--lang", "zh").stdout
    assert site.call("check", "own", "-o", "/no/such/folder/x").returncode == 2


def test_targets_are_kept_and_used(site: Site) -> None:
    assert site.call("targets").stdout.startswith("The session") or site.session.exists() is False
    assert (
        site.call("targets", "add", "peer=n2", "service=chat=https://c.example,token_env=T").returncode == 0
    )
    listed = json.loads(site.call("targets", "list", "--format", "json").stdout)
    assert [each["name"] for each in listed["targets"]] == ["n2", "chat"]
    plan = json.loads(site.call("plan", "13.1.1.1.a2", "--format", "json").stdout)
    assert [each["target"] for each in plan["checks"][0]["steps"]] == ["n2"]
    words = ("plan", "13.1.1.1.a2", "--target", "peer=a", "--target", "peer=b", "--format", "json")
    plan = json.loads(site.call(*words).stdout)
    assert [each["target"] for each in plan["checks"][0]["steps"]] == ["a", "b"]
    assert site.call("targets", "remove", "peer", "n2").returncode == 0
    assert site.call("targets", "find").returncode == 0


def test_one_probe_alone(site: Site) -> None:
    found = json.loads(site.call("probe", "acme.good", "--with", '{"n": 3}', "--format", "json").stdout)
    assert found["schema"] == "gpuready.measurement/1"
    assert (found["measured"], found["fields"], found["units"]) == (True, {"value": 1}, {"value": "count"})
    done = site.call("probe", "acme.nothing", "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 3 and (found["measured"], found["outcome"]) == (False, "unknown")
    assert "acme is not installed" in found["reason"]
    listed = json.loads(site.call("probe", "--list", "--format", "json").stdout)
    names = [each["name"] for each in listed["probes"]]
    assert {"acme.good", "session.audit"} <= set(names)
    assert "acme.good" in site.call("probe", "--list").stdout
    assert "acme.load" in site.call("probe", "acme.load", "--dry-run").stdout


def test_help_speaks_both_languages(site: Site) -> None:
    for command in ("plan", "check", "targets", "probe"):
        for lang in ("en", "zh"):
            done = site.call(command, "--help", "--lang", lang)
            assert (done.returncode == 0 and re.search("[一-鿿]", done.stdout) is not None) or lang == "en"


@pytest.mark.slow
def test_13_1_on_a_bare_machine(site: Site) -> None:
    """Whatever is here, each of the 76 checks has a verdict and a reason, and each pass shows a measured
    value that holds against its figure."""
    found = site.results("13.1")
    assert len(found["results"]) == 76
    for each in found["results"]:
        assert each["verdict"] and each["reason"].strip(), each["ref"]
        assert not re.search(r"\bTraceback\b|object at 0x", each["reason"])
        if each["verdict"] == "pass":
            assert each["provenance"] == "measured" and each["source"] and each["targets"], each["ref"]
        if each["ref"] in ("13.1.1.1.s1", "13.1.1.2.s1", "13.1.1.1.a1") and not Path("/dev/nvidia0").exists():
            assert each["verdict"] in ("unknown", "fail", "blocked", "n/a"), each
    assert site.marks()
