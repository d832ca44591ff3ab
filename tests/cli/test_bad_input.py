"""Broken files: one sentence with the place and the remedy, exit code 2, and the file is as it was."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gpuready.cli.main import run
from tests.cli.conftest import Answer, Inside, Program, lines

COMMANDS = [
    ["status"],
    ["export", "--format", "json"],
    ["history", "13.1.1.1"],
    ["audit", "verify"],
    ["mark", "13.1.1.1", "--owner", "x"],
    ["undo"],
]


def refused(answer: Answer, *words: str) -> None:
    assert answer.code == 2, answer
    assert answer.out == ""
    assert len(lines(answer.err)) == 1 and "Traceback" not in answer.err
    assert all(word in answer.err for word in words), answer.err


def _not_sqlite(path: Path) -> None:
    path.write_bytes(b"hello\n" * 1000)


def _other_sqlite(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()


def _cut(path: Path) -> None:
    assert run(["--session", str(path), "mark", "13.1.1.1", "--owner", "x"]) == 0
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _newer(path: Path) -> None:
    assert run(["--session", str(path), "mark", "13.1.1.1", "--owner", "x"]) == 0
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


@pytest.mark.parametrize("make", [_not_sqlite, _other_sqlite, _cut, _newer])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_bad_session(inside: Inside, make: object, command: list[str]) -> None:
    make(inside.session)  # type: ignore[operator]
    inside.capsys.readouterr()
    before = inside.session.read_bytes()
    refused(inside.on(*command), str(inside.session))
    assert inside.session.read_bytes() == before
    assert sorted(each.name for each in inside.session.parent.glob("site*")) == ["site.gpuready"]


@pytest.mark.parametrize("command", COMMANDS[:4] + COMMANDS[5:], ids=" ".join)
def test_a_missing_session(inside: Inside, command: list[str]) -> None:
    refused(inside.on(*command), str(inside.session))
    assert not inside.session.exists()


def test_a_read_only_session_can_be_read_and_not_written(inside: Inside) -> None:
    assert inside.on("mark", "13.1.1.1", "--owner", "ana").code == 0
    inside.session.chmod(0o444)
    before = inside.session.read_bytes()
    assert inside.on("status").code == 0
    assert "ana" in inside.on("export", "--format", "md").out
    refused(inside.on("mark", "13.1.1.1", "--owner", "bob"), str(inside.session))
    assert inside.session.read_bytes() == before


def test_a_folder_as_session(inside: Inside, home: Path) -> None:
    refused(inside("--session", home, "status"), str(home))
    refused(inside("--session", home / "no" / "x", "mark", "13.1.1.1", "--owner", "x"), str(home / "no"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("language = 'fr'", "fr"),
        ("colour = 1", "colour"),
        ("interval = 'x'", "interval"),
        ("= 1", "TOML"),
        ("theme = 7", "theme"),
    ],
)
def test_broken_settings(inside: Inside, home: Path, text: str, word: str) -> None:
    path = home / "config" / "gpuready" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    refused(inside.on("status"), str(path), word)
    assert path.read_text() == text
    assert inside("--help").code == 0


def test_a_broken_own_checklist(inside: Inside, home: Path) -> None:
    path = home / "data" / "gpuready" / "checklists" / "own.toml"
    path.parent.mkdir(parents=True)
    path.write_text("schema = 1\n")
    for command in (["checklist", "list"], ["mark", "13.1.1.1", "--owner", "x"]):
        refused(inside.on(*command), f"{path}:1: [-]")
    assert not inside.session.exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["statsu"], "statsu"),
        (["--frobnicate"], "--frobnicate"),
        (["status", "--format", "xml"], "text, json"),
        (["--lang", "fr", "status"], "en, zh"),
        (["status", "more"], "more"),
        (["export"], "--format is missing"),
        (["export", "--format", "json", "--filter", "x"], "only with --format md"),
        (["export", "--format", "md", "--filter", "colour:red"], "colour"),
        (["merge"], "FILES is missing"),
        (["record", "x", "--seconds", "0"], "0.1"),
        (["record", "x"], "--seconds is missing"),
        (["checklist", "show", "13.9"], "13.9"),
        (["history", "13.9"], "13.9"),
        (["history", "13.1.1.9"], "Did you mean"),
        ([], "needs a terminal"),
        (["demo"], "needs a terminal"),
        (["merge", "none.gpuready"], "none.gpuready"),
        (["import", "none.json"], "none.json"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_slips_of_the_command_line(inside: Inside, arguments: list[str], word: str) -> None:
    assert inside.on("mark", "13.1.1.1", "--owner", "ana").code == 0
    before = inside.session.read_bytes()
    refused(inside.on(*arguments), word)
    assert inside.session.read_bytes() == before


def test_hostile_names_do_not_reach_the_terminal(inside: Inside, home: Path) -> None:
    path = home / "a\x1b]0;x\x07\u202eb"
    path.write_bytes(b"junk" * 100)
    answer = inside("--session", path, "status")
    refused(answer)
    assert "\x1b" not in answer.err and "\x07" not in answer.err and "\u202e" not in answer.err


def test_hostile_texts_are_shown_as_signs(inside: Inside) -> None:
    inside.on("mark", "13.1.1.1", "--owner", "\x1b[31mred\u202e", "--note", "\x1b]0;title\x07")
    exports = [["export", "--format", form] for form in ("md", "json", "toml")]
    histories = [["history", "13.1.1.1", "--format", form] for form in ("text", "json")]
    for command in (["status"], *histories, *exports):
        out = inside.on(*command).out
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(out), command


def test_a_closed_pipe_is_quiet(gpuready: Program) -> None:
    # Longer than a pipe holds, so that it is still writing when the reader leaves.
    with subprocess.Popen(
        [sys.executable, "-m", "gpuready", "checklist", "show", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=gpuready.environ,
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141


def test_ctrl_c_is_quiet(gpuready: Program) -> None:
    path = gpuready.folder / "x.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", "gpuready", "record", str(path), "--seconds", "60", "--interval", "0.2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=gpuready.environ,
    ) as process:
        assert process.stderr
        assert b"Ctrl-C" in process.stderr.readline()
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert out == b""
    assert path.read_bytes().startswith(b'{"gpuready": "recording"')


def test_an_old_terminals_encoding_loses_letters_and_not_the_program(gpuready: Program) -> None:
    answer = gpuready("checklist", "list", "--lang", "zh", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert answer.code == 0 and "13.1" in answer.out
    as_json = gpuready("checklist", "show", "small", "--format", "json", PYTHONIOENCODING="ascii")
    assert as_json.json["checklists"][0]["zh"] == "小型集群"


def test_a_mistake_of_ours_is_one_line_too(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("gpuready.report.status.status_text", broken)
    inside.on("mark", "13.1.1.1", "--owner", "x")
    answer = inside.on("status")
    assert answer.code == 70 and len(lines(answer.err)) == 1 and "RuntimeError: two lines" in answer.err
    monkeypatch.setenv("GPUREADY_DEBUG", "1")
    with pytest.raises(RuntimeError):
        inside.on("status")
