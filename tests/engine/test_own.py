"""The session's own probes, on real session files."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from gpuready.engine.own import EXPORTED, PROBES, exported
from gpuready.engine.targets import of_session
from gpuready.probes.probe import Ask, Measurement, NoData, Outcome
from gpuready.session.store import Session

AUDIT, REPORT = PROBES


async def make(path: Path, marks: int = 3) -> Path:
    async with await Session.open(path, actor="ana") as session:
        for number in range(marks):
            await session.append("note.added", "13.1.1.1", {"text": str(number)})
    return path


async def ask(probe: object, path: Path) -> Measurement:
    return await probe.measure(Ask(of_session(path), limit=10.0))  # type: ignore[attr-defined,no-any-return]


async def test_a_whole_chain_is_valid(tmp_path: Path) -> None:
    found = await ask(AUDIT, await make(tmp_path / "s.gpuready"))
    assert found.fields["chain_valid"] is True
    assert (found.fields["events"], found.fields["replicas"], found.fields["findings"]) == (3, 1, 0)
    assert set(found.fields) <= set(AUDIT.fields)


async def test_an_altered_event_shows(tmp_path: Path) -> None:
    path = await make(tmp_path / "s.gpuready")
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER events_no_update")
    db.execute("UPDATE events SET actor = 'mallory' WHERE seq = 2")
    db.commit()
    db.close()
    found = await ask(AUDIT, path)
    assert found.fields["chain_valid"] is False and found.fields["altered_events"] == 1


@pytest.mark.parametrize("probe", PROBES, ids=lambda each: each.name)
async def test_what_cannot_be_read_is_no_data(probe: object, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no session")
    for path in (tmp_path / "missing", tmp_path / "text", tmp_path):
        with pytest.raises(Outcome):
            await ask(probe, path)
    with pytest.raises(NoData):
        await ask(probe, await make(tmp_path / "empty.gpuready", 0))


async def test_the_age_of_the_newest_report(tmp_path: Path) -> None:
    path = await make(tmp_path / "s.gpuready")
    with pytest.raises(NoData, match="was never exported"):
        await ask(REPORT, path)
    async with await Session.open(path, actor="ana") as session:
        event = await exported(session, "md", "0" * 64, "/tmp/report.md")
        assert event.kind == EXPORTED
        found = await ask(REPORT, path)  # while it is open to write
    assert 0 <= float(found.fields["age"]) < 0.01
    assert (found.fields["exports"], found.fields["format"]) == (1, "md")
    assert set(found.fields) <= set(REPORT.fields)


async def test_an_export_leaves_the_projection_as_it_was(tmp_path: Path) -> None:
    path = await make(tmp_path / "s.gpuready")
    async with await Session.open(path, actor="ana") as session:
        before = session.state.settings, session.state.rivals
        await exported(session, "json", "0" * 64)
        assert (session.state.settings, session.state.rivals) == before
    shutil.copy(path, tmp_path / "copy.gpuready")
    assert (await ask(AUDIT, tmp_path / "copy.gpuready")).fields["chain_valid"] is True
