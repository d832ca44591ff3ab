"""The short summary."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpuready.checklist.figure import figure_text, value_text
from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict
from gpuready.report.plainlist import jsonable
from gpuready.report.save import save
from gpuready.report.status import status_document, status_text
from gpuready.session import deeds
from gpuready.text.fault import Fault
from gpuready.text.say import set_language
from tests.report.makers import LATENCY, NOW, OWN, SECOND, STEP, begin, board_of


@pytest.fixture(autouse=True)
def _english() -> None:
    set_language("en")


async def test_counts_and_lists(tmp_path: Path) -> None:
    async with await begin(tmp_path / "a.gpuready") as session:
        await deeds.settle(session, STEP, Verdict.PASS)
        await deeds.enter(session, LATENCY, "3")
        await deeds.own(session, SECOND, "王工")
        await deeds.due(session, SECOND, "2026-11-01", NOW.date())
        board = board_of(session.state)
    document = status_document(board, "a.gpuready", "site")
    assert document["schema"] == "gpuready.status/1"
    counts = {key: document["total"][key] for key in ("done", "failed", "open", "overdue", "stale", "items")}
    assert counts == {"done": 1, "failed": 1, "open": 1, "overdue": 1, "stale": 0, "items": 3}
    assert document["total"]["checks"] == {"settled": 1, "total": 3}
    assert [(each["ref"], each["owner"], each["due"]) for each in document["overdue"]] == [
        ("9.1.2", "王工", "2026-11-01")
    ]
    assert document["failed"][0]["failing"] == ["9.1.2.a1"]
    text = status_text(board, "a.gpuready", "site")
    assert "9.1.2 Second · owner 王工 · due 2026-11-01 (overdue)" in text
    set_language("zh")
    assert "9.1.2 第二 · 负责人 王工" in status_text(board, "a.gpuready", "site")


def test_a_checklist_as_json_and_one_branch_of_it() -> None:
    whole = jsonable(OWN)
    checks = [c for p in whole["phases"] for i in p["items"] for c in i["checks"]]
    assert [c["ref"] for c in checks] == ["9.1.1.s1", "9.1.2.a1", "9.1.3.s1"]
    assert checks[0]["methods"][0] == {
        "kind": "probe", "name": "gpu.devices", "on": "node", "with": {"count": 20},
        "want": [{"field": "missing", "op": "==", "value": 0, "unit": "count"}],
        "unit": "", "ask": None, "available": False,
    }  # fmt: skip
    assert [c["role"] for c in checks] == ["step", "acceptance", "step"]
    assert checks[0]["review_days"] == 31 and checks[1]["modern"]["en"] == "Ask for less"
    branch = jsonable(OWN, "9.1.2.a1")
    assert [[c["ref"] for c in i["checks"]] for p in branch["phases"] for i in p["items"]] == [["9.1.2.a1"]]
    assert len(jsonable(OWN, "9.1")["phases"][0]["items"]) == 3


def test_values_and_figures_in_words() -> None:
    assert value_text(True) == "yes"
    assert value_text(12345, "ms") == "12,345 ms"
    assert value_text(0.1234567890123) == "0.123456789012"
    assert value_text("470.82", "version") == "470.82"
    assert figure_text(Criterion("rate", ">=", 10, "Gbit/s")) == "rate ≥ 10 Gbit/s"
    assert figure_text(Criterion("value", "between", (70, 90), "%")) == "70-90 %"
    assert figure_text(Criterion("mode", "in", ("a", "b"))) == "mode in a, b"


def test_saving_is_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    save(path, "one\n", force=False)
    with pytest.raises(Fault) as caught:
        save(path, "two\n", force=False)
    assert caught.value.key == "report.exists" and path.read_text() == "one\n"
    path.chmod(0o600)
    save(path, "two\n", force=True)
    assert path.read_text() == "two\n" and path.stat().st_mode & 0o777 == 0o600
    link = tmp_path / "link"
    link.symlink_to(path)
    save(link, "three\n", force=True)
    assert link.is_symlink() and path.read_text() == "three\n"
    for bad in (tmp_path / "none" / "x", tmp_path):
        with pytest.raises(Fault):
            save(bad, "x", force=True)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link", "x.md"]
