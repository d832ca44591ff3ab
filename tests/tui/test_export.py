"""The key e: the session in a file, in each format."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.session import deeds
from tests.tui.conftest import ERASE, Seat, check

RATE = "13.1.1.1.s2"


async def ask(seat: Seat, form: str, path: Path) -> None:
    """Fill in the dialog of the export."""
    await seat.press("e")
    await seat.until("Format")
    await seat.press(*["down"] * ("md", "json", "toml").index(form), "enter")
    await seat.type(ERASE * 40 + str(path))


@pytest.mark.parametrize("form", ["md", "json", "toml"])
async def test_each_format(seat: Seat, tmp_path: Path, form: str) -> None:
    await deeds.enter(seat.session, check(RATE), "25 Gbit/s")
    await deeds.note(seat.session, RATE, "网线已更换")
    seat.app.stand_again()
    path = tmp_path / "site"
    await ask(seat, form, path)
    await seat.press("enter")
    await seat.until("written to ")
    written = path.with_name(f"site.{form}")  # the ending is added where none is given
    text = written.read_text(encoding="utf-8")
    assert "13.1.1.1" in text and "Gbit/s" in text
    assert "网线已更换" in text
    if form == "json":
        json.loads(text)
    if form == "toml":
        tomllib.loads(text)


async def test_a_file_that_exists_is_left_as_it_is(seat: Seat, tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    path.write_text("mine")
    await ask(seat, "json", path)
    await seat.press("enter")
    await seat.until(lambda _: seat.dialog.count("site.json") == 2)
    assert path.read_text() == "mine"
    await seat.type(ERASE * len("site.json") + "other.json")
    await seat.press("enter")
    await seat.until("written to ")
    assert (tmp_path / "other.json").exists()


async def test_nowhere_to_write(seat: Seat) -> None:
    await ask(seat, "md", Path("/no/such/folder/x.md"))
    await seat.press("enter")
    await seat.until(lambda _: seat.dialog.count("x.md") == 2)
    await seat.type(ERASE * 400)
    await seat.press("enter")
    await seat.until("Name the file to write.")
    await seat.press("escape")
    await seat.gone("Name the file")


async def test_only_markdown_keeps_to_the_filter(seat: Seat, tmp_path: Path) -> None:
    await deeds.settle(seat.session, check("13.1.1.1.a1"), Verdict.FAIL)
    seat.app.stand_again()
    await seat.press("f")
    await seat.until("filter status:fail")
    for form, others in (("md", False), ("json", True)):
        await ask(seat, form, tmp_path / "part")
        await seat.press("enter")
        await seat.until(f"part.{form}")
        await seat.until(lambda _: len(seat.app.screen_stack) == 1)
        text = (tmp_path / f"part.{form}").read_text(encoding="utf-8")
        assert "13.1.1.1" in text
        assert ("13.2.1.1" in text) is others
