"""How texts are broken into the lines of a screen."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from gpuready.tui.draw.line import wrap


def test_what_is_indented_hangs_on_under_its_own_beginning() -> None:
    text = "        - name: RUN and a value that is too long for one line of this screen"
    lines = wrap(text, 40)
    assert len(lines) > 1 and all(line.startswith(" " * 8) and cell_len(line) <= 40 for line in lines)
    assert " ".join(line.strip() for line in lines) == text.strip()


@pytest.mark.parametrize("width", [12, 20, 80])
@pytest.mark.parametrize(
    "text", ["", "   ", "a", "    key: " + "x" * 50, "中文，很长的一句话需要折行。", "a\n  b"]
)
def test_no_line_is_wider_than_the_screen(text: str, width: int) -> None:
    assert all(cell_len(line) <= width for line in wrap(text, width))
