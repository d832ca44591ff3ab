"""A broken export is refused in one sentence that names the file and the place; no session is made."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpuready.checklist.verdict import Verdict
from gpuready.report.document import from_document, to_document
from gpuready.report.format import json_text, parse
from gpuready.report.gather import restore
from gpuready.session import deeds
from gpuready.session.store import Session
from gpuready.text.fault import Fault
from gpuready.text.say import set_language
from tests.report.makers import FIRST, STEP, begin, board_of, contents_of


@pytest.fixture(autouse=True)
def _english() -> None:
    set_language("en")


@pytest.fixture
async def export(tmp_path: Path) -> dict[str, Any]:
    async with await begin(tmp_path / "a.gpuready") as session:
        sha = await session.attach(b"data", "a.txt")
        await deeds.settle(session, STEP, Verdict.PASS, evidence=[sha])
        await deeds.own(session, FIRST, "")
        return to_document(await contents_of(session), board_of(session.state), "ana")


def put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(raw: dict[str, Any]) -> None:
        target: Any = raw
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def change(raw: dict[str, Any]) -> None:
        target: Any = raw
        for key in path[:-1]:
            target = target[key]
        del target[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (put("schema", value="gpuready.session/2"), "gpuready.session/2"),
        (put("schema", value="other/1"), "other/1"),
        (put("schema", value=7), "7"),
        (drop("schema"), "None"),
        (put("events", value={}), "events: a list"),
        (put("events", 0, value="x"), "events[0]: a table"),
        (drop("events", 1, "payload"), "events[1]"),
        (drop("events", 1, "hash"), "events[1]"),
        (put("events", 1, "seq", value="1"), "events[1]"),
        (put("events", 1, "actor", value="mallory"), "events[1]: the contents do not match"),
        (put("events", 1, "payload", "verdict", value="fail"), "events[1]: the contents do not match"),
        (put("events", 2, "payload_json", value="{"), "events[2].payload_json"),
        (put("events", 2, "payload_json", value="[1]"), "events[2]"),
        (put("events", 2, "payload", value={}), "events[2]: payload or payload_json"),
        (put("evidence", 0, "data", value="####"), "evidence[0].data: not valid base64"),
        (put("evidence", 0, "data", value="AAAA"), "evidence[0].data: the contents"),
        (put("evidence", 0, "size", value=-1), "evidence[0].size"),
        (put("evidence", 0, "sha256", value="00"), "evidence[0].sha256"),
        (drop("evidence", 0, "name"), "evidence[0].name"),
        (put("checklists", 0, "document", "en", value="Changed"), "checklists[0].document: the contents"),
        (put("checklists", 0, "document", value=1), "checklists[0].document: a table"),
        (drop("checklists", 0, "sha256"), "checklists[0].sha256"),
    ],
)
async def test_each_broken_place_is_named(
    tmp_path: Path, export: dict[str, Any], change: Callable[[dict[str, Any]], None], word: str
) -> None:
    raw = copy.deepcopy(export)
    change(raw)
    file, target = tmp_path / "x.json", tmp_path / "new.gpuready"
    file.write_text(json_text(raw), encoding="utf-8")
    before = file.read_bytes()
    with pytest.raises(Fault) as caught:
        await restore(file, target, "bob")
    sentence = str(caught.value)
    assert sentence.startswith(f"{file}:") and word in sentence and "\n" not in sentence
    set_language("zh")
    assert str(file) in str(caught.value)
    assert file.read_bytes() == before
    assert not any(target.with_name(target.name + end).exists() for end in ("", "-wal", "-shm", "-journal"))


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("x.json", b"", "report.not_ours"),
        ("x.json", b"{", "report.syntax"),
        ("x.json", b"[1, 2]", "report.not_ours"),
        ("x.json", b'{"schema": NaN}', "report.syntax"),
        ("x.json", b"[" * 100_000, "report.syntax"),
        ("x.toml", b"a = [", "report.syntax"),
        ("x.toml", b"a = " + b"[" * 100_000, "report.syntax"),
        ("x.toml", b"a = 1", "report.not_ours"),
        ("x", b"SQLite format 3\x00\xff", "report.not_text"),
        ("x", b"1" * 10_000, "report.syntax"),
    ],
)
def test_what_is_no_export(tmp_path: Path, name: str, data: bytes, key: str) -> None:
    path = tmp_path / name
    with pytest.raises(Fault) as caught:
        from_document(parse(data, path), path)
    assert caught.value.key == key
    assert str(path) in str(caught.value)


async def test_an_unreadable_file_and_a_folder(tmp_path: Path) -> None:
    for file in (tmp_path / "none", tmp_path):
        with pytest.raises(Fault) as caught:
            await restore(file, tmp_path / "new.gpuready", "bob")
        assert caught.value.key == "report.unreadable"
    assert not (tmp_path / "new.gpuready").exists()


async def test_a_session_that_holds_something_is_left_alone(tmp_path: Path, export: dict[str, Any]) -> None:
    (tmp_path / "x.json").write_text(json_text(export), encoding="utf-8")
    target = tmp_path / "a.gpuready"
    async with await Session.open(target, actor="ana", read_only=True) as session:
        before = await session.events()
    with pytest.raises(Fault) as caught:
        await restore(tmp_path / "x.json", target, "bob")
    assert caught.value.key == "report.not_empty"
    async with await Session.open(target, actor="ana", read_only=True) as session:
        assert await session.events() == before


async def test_an_empty_session_takes_it(tmp_path: Path, export: dict[str, Any]) -> None:
    (tmp_path / "x.json").write_text(json_text(export), encoding="utf-8")
    await (await Session.open(tmp_path / "new.gpuready", actor="x")).close()
    assert await restore(tmp_path / "x.json", tmp_path / "new.gpuready", "bob") == len(export["events"])


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(plain, plain, plain)
@settings(deadline=None)
def test_nothing_breaks_the_reader(events: Any, evidence: Any, documents: Any) -> None:
    raw = {"schema": "gpuready.session/1", "events": events, "evidence": evidence, "checklists": documents}
    try:
        from_document(json.loads(json.dumps(raw)), Path("x"))
    except Fault as fault:
        assert "x" in str(fault)
