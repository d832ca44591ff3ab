"""JSON and TOML hold everything: what is imported into a new session is its equal."""

from __future__ import annotations

import asyncio
import json
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpuready.checklist.verdict import Status, Verdict
from gpuready.report.document import Contents, from_document, to_document
from gpuready.report.format import json_text, parse, toml_text
from gpuready.report.gather import restore
from gpuready.session import deeds
from gpuready.session.clock import tick
from gpuready.session.event import Event, seal
from gpuready.session.evidence import of_data
from gpuready.session.state import State
from gpuready.session.store import Session
from gpuready.text.safe import safe
from tests.checklist.sample import document
from tests.report.makers import FIRST, LATENCY, OWN, SECOND, STEP, begin, board_of

PATH = Path("export")

# Every letter that Unicode has, controls and half surrogates too, and what people really write.
letters = st.text(max_size=40) | st.sampled_from(
    ["", " ", "网络延迟 <1 ms", "a\tb", "\ud800",
     "\x00\x1b[31m", "\r\n", "\u202eevil", "'''\"\"\"\\", "\x7f\x9b", "😀\U000e0041"]
)  # fmt: skip
scalars = letters | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=True) | st.none()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(letters, inner, max_size=3),
    max_leaves=8,
)
payloads = st.dictionaries(letters, values, max_size=4)
kinds = st.sampled_from(
    ["check.marked", "item.owner", "note.added", "undo", "future.kind", "checklist.adopted", ""]
)
subjects = st.sampled_from(["", "9.1.1", "9.1.1.s1", "9.1.2.a1"]) | letters


@st.composite
def event_lists(draw: st.DrawFn) -> tuple[Event, ...]:
    events: list[Event] = []
    clock = ""
    for number in range(draw(st.integers(0, 5))):
        clock = tick(clock, 1_790_000_000_000 + draw(st.integers(0, 3)), "aaaaaaaaaaaa")
        events.append(
            seal(
                replica="aaaaaaaaaaaa",
                seq=number + 1,
                clock=clock,
                actor=draw(letters),
                host="node1",
                kind=draw(kinds),
                subject=draw(subjects),
                payload=draw(payloads),
                over=tuple(each.id for each in events[:1]) if draw(st.booleans()) else (),
                previous=events[-1].hash if events else "",
            )
        )
    return tuple(events)


blobs = st.binary(max_size=200)


def no_null(value: Any) -> bool:
    if isinstance(value, dict):
        return all(no_null(each) for each in value.values())
    if isinstance(value, list):
        return all(no_null(each) for each in value)
    return value is not None


@given(event_lists(), st.lists(blobs, max_size=2))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_formats_hold_the_same_and_give_it_back(events: tuple[Event, ...], data: list[bytes]) -> None:
    state = State(events)
    evidence = tuple(of_data(blob, f"证据{number}\x00") for number, blob in enumerate(data))
    contents = Contents("id", state, events, evidence, (document(),))
    made = to_document(contents, board_of(state), "ana")
    assert no_null(made)
    for text in (json_text(made), toml_text(made)):
        assert not [letter for letter in set(text) if safe(letter) != letter and letter >= "\x7f"]
        assert "\x1b" not in text and "\x00" not in text
        raw = parse(text.encode(), PATH)
        assert raw == made
        back = from_document(raw, PATH)
        assert back.events == events
        assert back.evidence == evidence
        assert back.documents == (document(),)
        assert State(back.events) == state


@given(payloads)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_through_real_files(payload: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_through_files(Path(folder), payload))


async def _through_files(folder: Path, payload: dict[str, Any]) -> None:
    async with await begin(folder / "a.gpuready") as session:
        await session.append("future.kind", "9.1.1", payload)
        await deeds.own(session, FIRST, "ana")
        await deeds.own(session, FIRST, "")
        made = to_document(await _gather(session), board_of(session.state), "ana")
        events = await session.events()
        for name, text in (("x.json", json_text(made)), ("x.toml", toml_text(made))):
            (folder / name).write_text(text, encoding="utf-8")
            target = folder / f"{name}.gpuready"
            assert await restore(folder / name, target, "bob") == len(events)
            async with await Session.open(target, actor="bob", read_only=True) as other:
                assert await other.events() == events
                assert other.state == session.state
                assert await other.all_evidence() == await session.all_evidence()
                assert await other.documents() == await session.documents()


async def _gather(session: Session) -> Contents:
    from gpuready.report.gather import gather

    return await gather(session)


async def test_a_whole_session_comes_back(tmp_path: Path) -> None:
    big = "长" * 20_000
    async with await begin(tmp_path / "a.gpuready") as session:
        sha = await session.attach(bytes(range(256)) * 9, "dump\n\x1b.bin")
        large = tmp_path / "large.log"
        large.write_bytes(b"x" * (1024 * 1024 + 1))
        by_hash = await session.attach_file(large)
        await deeds.settle(session, STEP, Verdict.PASS, text=big, evidence=[sha, by_hash])
        await deeds.enter(session, LATENCY, "0.25 ms")
        await deeds.note(session, "9.1.1", "第一行\n第二行\t\x07")
        await deeds.waive(
            session, LATENCY, "no peer", "chief", "2099-01-01", board_of(session.state).at.date()
        )
        await deeds.override(session, SECOND, Status.DONE, "seen")
        await session.append("session.named", "", {"name": "站点 A"})
        await session.undo()
        made = to_document(await _gather(session), board_of(session.state), "ana")
        (tmp_path / "x.toml").write_text(toml_text(made), encoding="utf-8")
        (tmp_path / "x.json").write_text(json_text(made), encoding="utf-8")
        for name in ("x.toml", "x.json"):
            target = tmp_path / f"{name}.gpuready"
            await restore(tmp_path / name, target, "bob")
            async with await Session.open(target, actor="bob") as other:
                assert other.state == session.state
                assert await other.evidence(sha) == ("dump\n\x1b.bin", bytes(range(256)) * 9)
                kept = await other.evidence_of(by_hash)
                assert kept and kept.data is None and kept.size == 1024 * 1024 + 1
                again = to_document(await _gather(other), board_of(other.state), "ana")
                assert {**again, "id": ""} == {**made, "id": ""}


async def test_the_board_part_tells_results(tmp_path: Path) -> None:
    async with await begin(tmp_path / "a.gpuready") as session:
        await deeds.enter(session, LATENCY, "2 ms", link="https://wiki.example/x")
        await deeds.own(session, SECOND, "ana")
        await deeds.due(session, SECOND, "2026-11-01", board_of(session.state).at.date())
        made = to_document(await _gather(session), board_of(session.state), "ana")
    item = made["board"]["checklists"][0]["phases"][0]["items"][1]
    assert (item["status"], item["owner"], item["due"], item["overdue"]) == (
        "failed",
        "ana",
        "2026-11-01",
        True,
    )
    check = item["checks"][0]
    names = ("ref", "verdict", "provenance", "value", "unit", "figure", "by", "link")
    assert {name: check[name] for name in names} == {
        "ref": "9.1.2.a1", "verdict": "fail", "provenance": "entered", "value": 2, "unit": "ms",
        "figure": "< 1 ms", "by": "ana", "link": "https://wiki.example/x",
    }  # fmt: skip
    assert made["checklists"][0]["in_force"] is True
    assert made["schema"] == "gpuready.session/1"
    assert json.loads(json_text(made)) == tomllib.loads(toml_text(made)) == made
    assert OWN.id == made["checklists"][0]["id"]
