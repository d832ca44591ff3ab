"""Walking through the checklists by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import Seat, seated
from tests.tui.facts import gpus, node

FIRST, ITEM = "13.1.1", "13.1.1.1"


def in_tree(seat: Seat, part: str) -> bool:
    """Whether a row of the tree (left half, above the detail) shows that text."""
    return any(part in line.text for line in seat.app.front.outline.lines[1:])


@pytest.mark.parametrize(("down", "up", "open_", "close"), [("down", "up", "right", "left"), tuple("jklh")])
async def test_arrows_and_letters_walk_alike(seat: Seat, down: str, up: str, open_: str, close: str) -> None:
    assert seat.ref == FIRST
    await seat.press(down)
    assert seat.ref == ITEM
    await seat.press(down)
    assert seat.ref == "13.1.1.2"
    await seat.press(up)
    assert seat.ref == ITEM
    assert not in_tree(seat, " s1 ")
    await seat.press(open_)  # opens
    assert in_tree(seat, " s1 ")
    await seat.press(open_)  # goes in
    assert seat.ref == f"{ITEM}.s1"
    await seat.press(close)  # goes out
    assert seat.ref == ITEM
    await seat.press(close)  # closes
    assert not in_tree(seat, " s1 ")
    await seat.press(close, close)
    assert seat.ref == FIRST
    assert not in_tree(seat, ITEM)


async def test_enter_opens_an_item_and_reads_a_check(seat: Seat) -> None:
    await seat.press("down", "enter")
    assert in_tree(seat, " s1 ")
    await seat.press("down", "enter")
    assert seat.app.front.pane == "detail"
    await seat.press("escape")
    assert seat.app.front.pane == "tree"
    assert seat.ref == f"{ITEM}.s1"


async def test_first_last_and_pages(seat: Seat) -> None:
    await seat.press("G")
    last = seat.ref
    assert last.startswith("13.1.4")
    await seat.press("j")
    assert seat.ref == last  # there is no row below
    await seat.press("g")
    assert seat.ref == FIRST
    await seat.press("pagedown")
    assert seat.ref not in (FIRST, ITEM)
    await seat.press("pageup")
    assert seat.ref == FIRST


async def test_the_detail_follows_the_cursor(seat: Seat) -> None:
    await seat.press("down")
    await seat.until("13.1.1.1 Confirm the hardware ")
    await seat.press("right", "down", "down")
    await seat.until("Network bandwidth tested (≥10 Gbps advised)")
    text = await seat.until("≥ 10 Gbit/s")
    assert "why" in text and "how" in text and "methods" in text


async def test_the_five_checklists(seat: Seat) -> None:
    for key, ref in (("2", "13.2"), ("3", "13.3"), ("4", "13.4"), ("5", "13.5"), ("1", "13.1")):
        await seat.press(key)
        await seat.until(f" {ref} ")
        assert seat.ref.startswith(ref + ".")
    await seat.press("right_square_bracket")
    assert seat.ref.startswith("13.2.")


async def test_each_checklist_keeps_its_cursor(seat: Seat) -> None:
    await seat.press("down", "down", "2", "down", "down", "down")
    other = seat.ref
    await seat.press("1")
    await seat.pilot.pause()
    assert seat.ref == "13.1.1.2"
    await seat.press("2")
    await seat.pilot.pause()
    assert seat.ref == other


async def test_tab_goes_round_the_panes(seat: Seat) -> None:
    seen = [seat.app.front.pane]
    for _ in range(4):
        await seat.press("tab")
        seen.append(seat.app.front.pane)
    assert seen == ["tree", "detail", "gpu", "node", "tree"]
    await seat.press("shift+tab")
    assert seat.app.front.pane == "node"
    assert seat.app.focused is seat.app.front.node_panel


async def test_zoom_shows_one_pane_with_the_machine_on_one_line(seat: Seat) -> None:
    await seat.hear(gpus(), node())
    await seat.press("z")
    text = await seat.gone("PSI")
    assert "Confirm the hardware" in text
    assert "GPU 8 74% 576/640G 4.0kW 57°" in text
    assert "cpu 43% mem 25% load 3.2" in text
    await seat.press("z")
    await seat.until("PSI")
    await seat.press("tab", "tab", "z")
    text = await seat.gone("Confirm the hardware")
    assert "NVIDIA H100" in text and "vllm" in text
    await seat.press("escape")
    await seat.until("Confirm the hardware")


async def test_up_and_down_choose_a_gpu(seat: Seat) -> None:
    await seat.hear(gpus(), node())
    await seat.press("tab", "tab", "z", "down", "down", "down")
    await seat.until("GPU 3  NVIDIA H100 80GB HBM3  00000000:33:00.0")
    await seat.press("k")
    await seat.until("GPU 2 ")


async def test_80_columns_show_one_pane_at_a_time(file: Path) -> None:
    async with seated(file, columns=80, rows=24) as seat:
        await seat.hear(gpus(), node())
        text = await seat.until("GPU 8 74%")
        assert "Confirm the hardware" in text and "PSI" not in text
        await seat.press("down", "tab")
        await seat.until("owner nobody")
        assert "GPU 8 74%" in seat.text  # always in sight
        await seat.press("tab")
        await seat.until("NVIDIA H100")
        await seat.press("tab")
        await seat.until("PSI")
        await seat.press("/")
        await seat.until("esc leaves")
        assert "GPU 8 74%" in seat.text


async def test_resize_to_80_and_back(seat: Seat) -> None:
    await seat.hear(gpus(), node())
    await seat.press("down", "right", "down")
    await seat.until("NVIDIA H100")
    await seat.resize(80, 24)
    await seat.gone("NVIDIA H100")
    assert len(seat.lines) == 24 and "Confirm the hardware" in seat.text
    await seat.resize(120, 40)
    text = await seat.until("NVIDIA H100")
    assert "Confirm the hardware" in text and "PSI" in text
    assert seat.ref == f"{ITEM}.s1"
    assert len(seat.lines) == 40


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (60, 16), (40, 10)])
async def test_every_line_fits_in_every_size_and_language(file: Path, size: tuple[int, int]) -> None:
    from rich.cells import cell_len

    columns, rows = size
    async with seated(file) as seat:
        await seat.hear(gpus(), node())
        await seat.resize(columns, rows)
        for _ in range(2):
            for _ in range(4):
                await seat.press("tab")
                await seat.pilot.pause()
                assert {cell_len(line) for line in seat.lines} == {columns}
            await seat.press("L")
