"""What a mouse does, where there is one: nothing that the keys do not."""

from __future__ import annotations

from textual import events
from textual.widget import Widget

from tests.tui.conftest import Seat
from tests.tui.facts import gpus, node

ITEM = "13.1.1.1"


def turn(widget: Widget, kind: type[events.MouseScrollDown] | type[events.MouseScrollUp]) -> None:
    """Turn the wheel over that widget."""
    widget.post_message(kind(widget, 1, 1, 0, 0, 0, False, False, False))


async def test_a_click_chooses_a_row_and_another_opens_it(seat: Seat) -> None:
    y = next(index for index, line in enumerate(seat.lines) if f" {ITEM} " in line)
    await seat.pilot.click(offset=(20, y))
    await seat.until(lambda _: seat.ref == ITEM)
    assert f"{ITEM}.s1" not in [row.ref for row in seat.app.front.outline._rows]
    await seat.pilot.click(offset=(20, y))
    await seat.until(" s1 ")
    await seat.pilot.click(offset=(20, y + 1))
    await seat.until(lambda _: seat.ref == f"{ITEM}.s1")
    await seat.pilot.click(offset=(20, y - 2))  # the title is no row
    await seat.pilot.pause()
    assert seat.ref == f"{ITEM}.s1"


async def test_a_click_goes_to_a_pane(seat: Seat) -> None:
    await seat.hear(gpus(), node())
    for name in ("detail", "gpu", "node", "tree"):
        await seat.pilot.click(f"#{name}", offset=(3, 0))
        await seat.until(lambda _, name=name: seat.app.front.pane == name)  # type: ignore[misc]


async def test_the_wheel_scrolls(seat: Seat) -> None:
    outline = seat.app.front.outline
    await seat.resize(120, 16)
    await seat.at_rest()  # a painting brings the cursor into sight
    turn(outline, events.MouseScrollDown)
    await seat.until(lambda _: outline.top == 3)
    assert seat.ref == "13.1.1"  # the cursor stays where it is
    turn(outline, events.MouseScrollUp)
    await seat.until(lambda _: outline.top == 0)


async def test_a_click_makes_a_choice(seat: Seat) -> None:
    await seat.go(ITEM)
    await seat.press("space")
    await seat.until("(*) done")
    await seat.pilot.click("#field-status", offset=(6, 1))
    await seat.until("(*) failed")
    await seat.press("escape")
    await seat.gone("(*) failed")
