from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gpuready.session
from gpuready.checklist.verdict import Verdict
from gpuready.session.canonical import canonical, plain
from gpuready.session.event import PAYLOAD_LIMIT, Event, EventKind, seal, uuid7
from gpuready.text.fault import Fault
from tests.session.paper import CHECK, PASS, START, Paper


def test_an_event_tells_when_and_its_id_is_a_uuid_of_that_moment() -> None:
    event = Paper("a").mark()
    assert event.at == datetime.fromtimestamp(START / 1000, UTC)
    uuid = UUID(event.id)
    assert (uuid.version, uuid.variant) == (7, "specified in RFC 4122")
    assert uuid.int >> 80 == START


@given(st.integers(0, 2**48 - 1))
def test_ids_sort_by_millisecond(ms: int) -> None:
    assert UUID(uuid7(ms)).int >> 80 == ms


def test_the_hash_covers_every_field() -> None:
    event = Paper("a").mark()
    assert event.hash == event.computed_hash()
    changes: dict[str, object] = {
        "id": "x", "replica": "x", "seq": 9, "clock": "x", "actor": "x", "host": "x", "kind": "x",
        "subject": "x", "payload": {"verdict": "fail"}, "over": ("x",), "previous": "x",
    }  # fmt: skip
    assert set(changes) == set(event.to_plain()) - {"hash"}
    for name, value in changes.items():
        assert replace(event, **{name: value}).computed_hash() != event.hash  # type: ignore[arg-type]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_any_payload_comes_back_from_json_as_it_was_sealed(payload: dict[str, object]) -> None:
    event = seal(
        replica="a", seq=1, clock="01930f3c2a10:0003:a", actor="ana", host="h", kind="future", subject="",
        payload=payload,
    )  # fmt: skip
    again = Event.from_plain(json.loads(json.dumps(event.to_plain())))
    assert again == event
    assert again.computed_hash() == event.hash


def test_payloads_keep_what_json_cannot_hold_in_words() -> None:
    kept = plain(
        {"nan": float("nan"), "day": date(2026, 1, 2), "verdict": Verdict.NA, "half": "\udcff", "t": (1,)}
    )
    assert kept == {"nan": "nan", "day": "2026-01-02", "verdict": "n/a", "half": "?", "t": [1]}
    assert canonical(kept) == '{"day":"2026-01-02","half":"?","nan":"nan","t":[1],"verdict":"n/a"}'
    with pytest.raises(TypeError):
        plain({"x": object()})


def test_a_text_that_is_too_long_is_refused_with_the_remedy() -> None:
    paper = Paper("a")
    paper.write(EventKind.NOTE, CHECK, {"text": "中" * (PAYLOAD_LIMIT // 3 - 10)})
    with pytest.raises(Fault) as caught:
        paper.write(EventKind.NOTE, CHECK, {"text": "中" * (PAYLOAD_LIMIT // 3)})
    assert caught.value.key == "session.too_big"
    assert "evidence" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", ""), ("id", 7), ("seq", 0), ("seq", True), ("seq", "1"), ("seq", 2**63),
        ("clock", "yesterday"),
        ("payload", []), ("payload", {"x": float("nan")}), ("payload", {"x": "\ud800"}), ("over", "abc"),
        ("over", [1]), ("actor", None), ("subject", "\ud800"), ("hash", 1),
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_read_is_named(key: str, value: object) -> None:
    raw = Paper("a").mark().to_plain() | {key: value}
    with pytest.raises(Fault, match=key):
        Event.from_plain(raw)
    del raw[key]
    with pytest.raises(Fault, match=key):
        Event.from_plain(raw)


def test_events_and_state_are_read_without_sqlite_or_a_screen() -> None:
    code = (
        "import gpuready.session.event, gpuready.session.state, gpuready.session.audit, sys;"
        "print([m for m in ('aiosqlite', 'sqlite3', 'textual') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_only_the_store_imports_aiosqlite_and_nothing_the_screen() -> None:
    sources = {path.name: path.read_text() for path in Path(gpuready.session.__file__).parent.glob("*.py")}
    assert [name for name, text in sources.items() if "import aiosqlite" in text] == ["store.py"]
    assert not [name for name, text in sources.items() if "textual" in text]


def test_an_event_is_a_fact_and_cannot_be_changed() -> None:
    event = Paper("a").mark(PASS)
    with pytest.raises(AttributeError):
        event.actor = "bo"  # type: ignore[misc]
