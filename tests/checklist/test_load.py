"""The loader: every mistake is told with file, line and reference, and the cache changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gpuready import places
from gpuready.checklist.load import load, load_all
from gpuready.text.fault import Fault
from gpuready.text.say import set_language
from tests.checklist.sample import BEYOND_SCHEMA, BROKEN, SAMPLE, altered

MISTAKES = BROKEN | BEYOND_SCHEMA


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    set_language("en")


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "own.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def told(path: Path) -> Fault:
    before = path.read_bytes()
    with pytest.raises(Fault) as caught:
        load(path)
    assert path.read_bytes() == before
    assert "\n" not in str(caught.value)
    return caught.value


def header_line(text: str, line: int) -> bool:
    return text.splitlines()[line - 1].startswith("[[") or line == 1


def test_the_sample_is_right(tmp_path: Path) -> None:
    checklist = load(write(tmp_path, SAMPLE))
    assert [check.ref for check in checklist.checks()] == ["9.1.1.s1", "9.1.2.a1", "9.1.3.s1"]
    assert checklist.phases[0].items[1].needs == ("9.1.1",)
    assert checklist.phases[0].items[2].decided_by_steps
    assert [item.ref for item in checklist.items()] == ["9.1.1", "9.1.2", "9.1.3"]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_file_line_and_ref(name: str, tmp_path: Path) -> None:
    old, new, ref, word = MISTAKES[name]
    text = altered(old, new)
    path = write(tmp_path, text)
    fault = told(path)
    assert fault.key == "checklist.broken"
    sentence = str(fault)
    assert sentence.startswith(f"{path}:{fault.fields['line']}: [{ref}] ")
    assert word in sentence
    line = fault.fields["line"]
    assert isinstance(line, int)
    assert header_line(text, line)
    set_language("zh")
    assert str(fault) != "" and f"[{ref}]" in str(fault)


@pytest.mark.parametrize(
    ("old", "new", "header"),
    [
        ('ref = "9.1"\n', "", "[[phase]]"),
        ('op = "=="', 'op = "~"', "[[phase.item.check.method]]"),
        ('"acceptance"', '"luck"', "[[phase.item]]"),
        ("review_days = 31", "review_days = 0", "[[phase.item.check]]"),
    ],
)
def test_the_line_is_that_of_the_tables_header(tmp_path: Path, old: str, new: str, header: str) -> None:
    text = altered(old, new)
    line = told(write(tmp_path, text)).fields["line"]
    assert isinstance(line, int)
    lines = text.splitlines()
    assert lines[line - 1] == header
    # The header is the last of its kind before the place that was changed.
    changed = text[: SAMPLE.index(old)].count("\n")
    assert line - 1 <= changed
    assert header not in lines[line : changed + 1]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"schema = ", "checklist.syntax"),
        (b"a = 1\na = 2\n", "checklist.syntax"),
        (b"\xff\xfe", "checklist.unreadable"),
        (b"", "checklist.broken"),
        (b"SQLite format 3\x00", "checklist.syntax"),
    ],
)
def test_what_is_no_toml(tmp_path: Path, data: bytes, key: str) -> None:
    path = write(tmp_path, data)
    fault = told(path)
    assert fault.key == key
    assert str(path) in str(fault)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(Fault) as caught:
            load(path)
        assert caught.value.key == "checklist.unreadable"


def test_the_cache_gives_the_same_checklist(tmp_path: Path) -> None:
    path = write(tmp_path, SAMPLE)
    first = load(path)
    kept = list((places.cache() / "checklists").glob("*.json"))
    assert len(kept) == 1
    assert load(path) == first
    path.write_text(altered('en = "Item"', 'en = "Changed"'), encoding="utf-8")
    assert load(path).phases[0].items[0].words.en == "Changed"


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"\xff", b"null"])
def test_a_broken_cache_is_passed_over(tmp_path: Path, rubbish: bytes) -> None:
    path = write(tmp_path, SAMPLE)
    first = load(path)
    kept = next((places.cache() / "checklists").glob("*.json"))
    kept.write_bytes(rubbish)
    assert load(path) == first
    assert json.loads(kept.read_bytes())["id"] == "own"


def test_without_a_place_for_the_cache_it_loads_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert load(write(tmp_path, SAMPLE)).id == "own"


def test_a_broken_file_is_not_cached(tmp_path: Path) -> None:
    path = write(tmp_path, altered('op = "=="', 'op = "~"'))
    lines = [told(path).fields["line"] for _ in range(2)]
    assert lines[0] == lines[1] != 1


def test_own_checklists_come_after_the_shipped_ones() -> None:
    folder = places.own_checklists()
    folder.mkdir(parents=True)
    (folder / "b.toml").write_text(SAMPLE, encoding="utf-8")
    assert [each.id for each in load_all()][-1] == "own"
    (folder / "c.toml").write_text(SAMPLE, encoding="utf-8")
    with pytest.raises(Fault) as caught:
        load_all()
    assert caught.value.key == "checklist.same_id"
    assert str(folder / "b.toml") in str(caught.value)
