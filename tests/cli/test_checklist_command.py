"""``gpuready checklist``, ``doctor`` and ``record``."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import jsonschema
import pytest

from tests.checklist.sample import SAMPLE, altered
from tests.cli.conftest import Inside, Program, lines

COVERAGE = Path(__file__).parent.parent / "data" / "coverage.tsv"


def test_show_as_json_covers_the_chapter(inside: Inside) -> None:
    document = inside("checklist", "show", "--format", "json").json
    assert document["schema"] == "gpuready.checklist/1"
    checks = [
        check
        for checklist in document["checklists"]
        for phase in checklist["phases"]
        for item in phase["items"]
        for check in item["checks"]
    ]
    with COVERAGE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [check["ref"] for check in checks] == [row["ref"] for row in rows]
    for check, row in zip(checks, rows, strict=True):
        for lang in ("en", "zh"):
            assert all(check[name][lang] for name in ("why", "how", "fix")) and check[lang]
            for figure in re.findall(r"\d+(?:\.\d+)*", row["source_zh"]):
                figure = "1" if "100万" in row["source_zh"] and lang == "en" and figure == "100" else figure
                assert figure in check[lang], (check["ref"], lang, figure)
        by_hand = [each for each in check["methods"] if each["kind"] in ("value", "attest")]
        assert by_hand and all(each["available"] for each in by_hand)


@pytest.mark.parametrize(
    ("what", "word"),
    [
        ("small", "13.1.1.1.s1"),
        ("13.4", "13.4"),
        ("13.1.1", "13.1.1.1"),
        ("13.1.1.1", "13.1.1.1.a2"),
        ("13.1.1.1.a2", "ping"),
    ],
)
def test_show_one_branch(inside: Inside, what: str, word: str) -> None:
    assert word in inside("checklist", "show", what).out
    document = inside("checklist", "show", what, "--format", "json").json
    assert len(document["checklists"]) == 1 and word in json.dumps(document)


def test_list(inside: Inside) -> None:
    rows = inside("checklist", "list", "--format", "json").json["checklists"]
    assert [row["id"] for row in rows] == ["small", "medium", "large", "security", "troubleshooting"]
    assert sum(row["checks"] for row in rows) == 286
    assert "小型集群" in inside("checklist", "list", "--lang", "zh").out


def test_lint_of_what_is_shipped(inside: Inside) -> None:
    answer = inside("checklist", "lint", "--format", "json")
    assert answer.code == 0 and answer.json["ok"] is True
    assert answer.json["notes"], "the outdated lines of the chapter carry a note"
    assert inside("checklist", "lint").code == 0


def test_lint_tells_file_line_and_ref(inside: Inside, home: Path) -> None:
    good, bad = home / "good.toml", home / "bad.toml"
    unfit = "with = { count = 20 }"
    good.write_text(SAMPLE.replace(unfit, 'with = { root = "/" }'), encoding="utf-8")
    bad.write_text(altered('op = "=="', 'op = "~"'), encoding="utf-8")
    answer = inside("checklist", "lint", good, bad)
    assert answer.code == 1
    assert re.search(rf"^{re.escape(str(bad))}:\d+: \[9\.1\.1\.s1\] ", answer.out, re.M)
    assert "note: [9.1.2.a1] Ask for less" in answer.out
    document = inside("checklist", "lint", good, bad, "--format", "json").json
    (problem,) = document["problems"]
    assert (problem["path"], problem["ref"]) == (str(bad), "9.1.1.s1") and problem["line"] > 1
    assert inside("checklist", "lint", good).code == 0
    same = inside("checklist", "lint", good, good)
    assert same.code == 1 and "own" in same.out
    asks = home / "asks.toml"
    asks.write_text(SAMPLE, encoding="utf-8")
    told = inside("checklist", "lint", asks)
    assert told.code == 1 and "[9.1.1.s1] gpu.devices has no parameter count" in told.out
    missing = inside("checklist", "lint", home / "none.toml")
    assert missing.code == 2 and len(lines(missing.err)) == 1


def test_schema_is_printed(inside: Inside) -> None:
    jsonschema.Draft202012Validator.check_schema(inside("checklist", "schema").json)


def test_doctor(gpuready: Program) -> None:
    document = gpuready.on("doctor", "--format", "json").json
    assert document["schema"] == "gpuready.doctor/1"
    assert document["session"]["path"] == str(gpuready.session) and document["session"]["exists"] is False
    assert isinstance(document["driver"]["nvml"]["ok"], bool)
    assert document["packages"]["click"]
    gpuready.on("mark", "13.1.1.1", "--owner", "x")
    assert gpuready.on("doctor", "--format", "json").json["session"]["journal"] in ("wal", "delete")
    gpuready.session.write_bytes(b"junk" * 100)
    answer = gpuready.on("doctor")
    assert answer.code == 0 and "not SQLite" in answer.out


def test_record(gpuready: Program) -> None:
    path = gpuready.folder / "x.jsonl"
    answer = gpuready(
        "record", path, "--seconds", "1", "--interval", "0.2", "--note", "here", "--format", "json"
    )
    assert answer.code == 0 and answer.json["samples"] > 1
    assert len(path.read_text().splitlines()) == answer.json["samples"] + 1
    before = path.read_bytes()
    again = gpuready("record", path, "--seconds", "1")
    assert again.code == 2 and path.read_bytes() == before
