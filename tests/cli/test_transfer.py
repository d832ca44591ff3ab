"""Export, import, merge and audit, as an operator uses them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Inside

CHECK, ITEM = "13.1.1.1.s2", "13.1.1.1"


@pytest.fixture
def filled(inside: Inside) -> Inside:
    inside.on("mark", CHECK, "--value", "12", "--link", "https://wiki.example/net")
    inside.on("mark", ITEM, "--owner", "王工", "--due", "2020-01-01", "--note", "逾期")
    return inside


def test_there_and_back_in_both_formats(filled: Inside, home: Path) -> None:
    events = filled.on("export", "--format", "json").json["events"]
    for form in ("json", "toml"):
        file = home / f"x.{form}"
        answer = filled.on("export", "--format", form, "-o", file)
        assert (answer.code, answer.out) == (0, "") and str(file) in answer.err
        target = home / f"{form}.gpuready"
        answer = filled("--session", target, "import", file, "--format", "json")
        assert answer.json == {
            "schema": "gpuready.merge/1", "session": str(target), "new_events": len(events)
        }  # fmt: skip
        assert filled("--session", target, "export", "--format", "json").json["events"] == events
        assert filled("--session", target, "audit", "verify").code == 0
    raw = tomllib.loads((home / "x.toml").read_text(encoding="utf-8"))
    assert raw["events"] == json.loads((home / "x.json").read_text(encoding="utf-8"))["events"]


def test_an_export_does_not_overwrite(filled: Inside, home: Path) -> None:
    file = home / "x.md"
    file.write_text("mine")
    answer = filled.on("export", "--format", "md", "-o", file)
    assert answer.code == 2 and "--force" in answer.err and file.read_text() == "mine"
    assert filled.on("export", "--format", "md", "-o", file, "--force").code == 0
    assert "王工" in file.read_text(encoding="utf-8")
    assert filled.on("export", "--format", "md", "-o", home / "no" / "x").code == 2


def test_markdown_in_the_language_asked_for_and_filtered(filled: Inside) -> None:
    text = filled.on("export", "--format", "md", "--lang", "zh", "--filter", "status:overdue").out
    assert "## 13.1 小型集群" in text and "负责人 王工" in text and "已逾期" in text
    assert "## 13.2" not in text


def test_a_broken_export_makes_no_session(filled: Inside, home: Path) -> None:
    document = filled.on("export", "--format", "json").json
    document["events"][-1]["actor"] = "mallory"
    file, target = home / "x.json", home / "new.gpuready"
    file.write_text(json.dumps(document))
    answer = filled("--session", target, "import", file)
    assert answer.code == 2 and f"events[{len(document['events']) - 1}]" in answer.err
    assert not target.exists()


def test_import_refuses_a_session_in_use(filled: Inside, home: Path) -> None:
    file = home / "x.json"
    filled.on("export", "--format", "json", "-o", file)
    before = filled.session.read_bytes()
    answer = filled.on("import", file)
    assert answer.code == 2 and "gpuready merge" in answer.err
    assert filled.session.read_bytes() == before


def test_merge_is_the_union_and_shows_conflicts(
    filled: Inside, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = home / "laptop.gpuready"
    shutil.copy(filled.session, other)
    filled.on("mark", ITEM, "--owner", "ana")
    monkeypatch.setenv("GPUREADY_OPERATOR", "bob")
    filled("--session", other, "mark", ITEM, "--owner", "bob")
    filled("--session", other, "mark", "13.1.1.2", "--owner", "bob")
    answer = filled.on("merge", other, "--format", "json")
    assert answer.json["merged"] == [{"file": str(other), "new_events": 2}]
    assert answer.json["conflicts"] == [ITEM]
    again = filled.on("merge", other)
    assert "0 new events" in again.out
    assert filled.on("audit", "verify").code == 0
    filled.on("mark", ITEM, "--owner", "carl")
    assert filled.on("merge", other, "--format", "json").json["conflicts"] == []


def test_a_bad_file_stops_the_merge_of_good_ones(filled: Inside, home: Path) -> None:
    other, bad = home / "b.gpuready", home / "bad.gpuready"
    filled("--session", other, "mark", "13.1.1.2", "--owner", "bob")
    bad.write_text("junk" * 100)
    before = filled.session.read_bytes()
    answer = filled.on("merge", other, bad)
    assert answer.code == 2 and str(bad) in answer.err
    assert filled.session.read_bytes() == before


def test_the_audit_finds_an_edit(filled: Inside) -> None:
    assert filled.on("audit", "verify", "--format", "json").json["ok"] is True
    with sqlite3.connect(filled.session) as db:
        db.execute("DROP TRIGGER events_no_update")
        db.execute("UPDATE events SET actor = 'mallory' WHERE kind = 'item.owner'")
    db.close()
    answer = filled.on("audit", "verify", "--format", "json")
    assert answer.code == 1 and answer.json["ok"] is False
    assert answer.json["findings"][0]["kind"] == "altered"
    assert filled.on("audit", "verify", "--lang", "zh").code == 1


def test_undo_and_history(filled: Inside) -> None:
    rows = filled.on("history", ITEM, "--format", "json").json
    assert rows["schema"] == "gpuready.history/1"
    assert [row["kind"] for row in rows["events"]] == ["item.owner", "item.due", "note.added"]
    answer = filled.on("undo", ITEM)
    assert answer.code == 0 and "逾期" in answer.out
    rows = filled.on("history", ITEM, "--format", "json").json["events"]
    assert [row["undone"] for row in rows] == [False, False, True, False]
    assert filled.on("undo", CHECK, "--format", "json").json["undone"]["kind"] == "check.marked"
    answer = filled.on("undo", CHECK)
    assert answer.code == 2 and "no change left" in answer.err
    nothing = filled.on("history", "13.2.1.1")
    assert nothing.code == 0 and nothing.out == "" and "Nothing was recorded" in nothing.err


def test_status(filled: Inside) -> None:
    document = filled.on("status", "--format", "json").json
    assert document["schema"] == "gpuready.status/1"
    assert document["total"]["items"] == 59 and document["total"]["checks"] == {"settled": 1, "total": 286}
    assert [each["ref"] for each in document["overdue"]] == [ITEM]
    assert "王工" in filled.on("status").out
