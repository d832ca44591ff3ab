"""``make screenshots``: the pictures of the README, made from the running program; only some of them with
``make screenshots ARGS="signals chart"``.

The machine on them is the demo recording, the session a made-up site in the middle of its walk.  Behind the
Prometheus panel is a real Prometheus with a made-up day, behind the Kubernetes panel the tests' own API.
"""

from __future__ import annotations

import asyncio
import html
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from textual.pilot import Pilot

from gpuready.checklist.load import load_all
from gpuready.checklist.verdict import Provenance, Verdict
from gpuready.engine.registry import install, installed
from gpuready.engine.targets import add, parse_target
from gpuready.live.facts import Sample
from gpuready.live.recording import demo_path, read_header, read_samples
from gpuready.live.source import Listener
from gpuready.session import deeds
from gpuready.session.event import EventKind
from gpuready.session.store import Session
from gpuready.settings import load_settings
from gpuready.text.say import Language, set_language
from gpuready.tui.app import GpureadyApp
from tests.kube import site
from tests.kube.apiserver import Api
from tests.probes.daemons import wait_for
from tests.prometheus import day
from tests.prometheus.history import prom
from tests.prometheus.rules import rule_file

FOLDER = Path(__file__).parents[1] / "screenshots"
BEHIND = 824
"""Lines of the recording, played in a loop, that the picture has behind it: full histories, and it ends
where the GPUs are busy."""


World = Callable[[], AbstractContextManager[str]]
"""What lies beyond the machine: starts it, and gives it as a target."""


NEARLY_FULL = 'label_replace(max(DCGM_FI_DEV_FB_USED) > 70000, "instance", "gpu-node-1:9400", "", "")'


@contextmanager
def _prometheus() -> Iterator[str]:
    hot = rule_file({"GpuMemoryNearlyFull": NEARLY_FULL}, labels={"severity": "warning"})
    with prom(day.site(), days=1.05, step=30, recent=600, rules=hot) as server:
        wait_for(lambda: bool(server.query("ALERTS")), "the alert to fire")
        yield f"prometheus=prod={server.url}"


@contextmanager
def _kubernetes() -> Iterator[str]:
    with Api() as api:
        site.fill(api)
        yield f"kubernetes=prod={api.write_kubeconfig(api.kubeconfig, context='prod')}#prod"


@dataclass(frozen=True)
class Picture:
    """Its file's name, and the keys that lead to what it shows; ``until:TEXT`` waits for that text."""

    name: str
    keys: Sequence[str]
    columns: int = 120
    rows: int = 40
    language: Language = "en"
    theme: str = "gpuready-dark"
    world: World | None = None


_FAR = ("until: prod", "shift+tab")
"""The keys that lead to the panel of what lies beyond the machine, once it tells something."""

PICTURES = (
    Picture("main", ("down", "right", "down", "down")),
    Picture("main-zh", ("down", "right", "down", "down"), language="zh"),
    Picture("light", ("right", "down", "right", "down", "down", "down"), theme="gpuready-light"),
    Picture("consent", ("down", "r")),
    Picture("gpu", ("tab", "tab", "z", "down", "down")),
    Picture("signals", (*_FAR, "z", "W", "W", "until:1d"), world=_prometheus),
    Picture("chart", (*_FAR, "W", "W", "until:1d", *["down"] * 6, "enter", "until:P99"), world=_prometheus),
    Picture("cluster", (*_FAR, "z"), world=_kubernetes),
    Picture("small", ("down", "right", "down"), 80, 24),
    Picture("small-zh", ("down", "right", "down", "enter"), 80, 24, language="zh"),
)
_DOTS = {
    (0, 0): 0x01, (1, 0): 0x02, (2, 0): 0x04, (3, 0): 0x40,
    (0, 1): 0x08, (1, 1): 0x10, (2, 1): 0x20, (3, 1): 0x80,
}  # fmt: skip
"""The bit of each dot of a braille sign, by row and column."""


class Still:
    """The recording at once, and nothing after: a picture that is the same each time."""

    label = read_header(demo_path()).note

    def __init__(self) -> None:
        recorded: list[Sample] = list(read_samples(demo_path()))
        self._samples = [recorded[number % len(recorded)] for number in range(BEHIND)]

    def start(self, listener: Listener) -> None:
        for sample in self._samples[-2:]:  # one of the GPUs, one of the node
            listener(sample)

    def play(self, app: GpureadyApp) -> None:
        """All of it, now that the panels stand and keep histories."""
        for sample in self._samples:
            app.front.hear(sample)

    async def stop(self) -> None:
        pass


async def _walked(session: Session, language: Language) -> None:
    """A site in the middle of its walk: measured, entered, attested, waived, late, and one line failed."""
    small, *_ = load_all()
    items = {item.ref: item for item in small.items()}
    checks = {check.ref: check for check in small.checks()}
    today = date.today()
    await session.append(EventKind.NAMED, "", {"name": "rack 7" if language == "en" else "七号机柜"})
    for target in ("peer=node2", "mount=/data"):
        await add(session, parse_target(target))
    await deeds.enter(session, checks["13.1.1.1.s2"], "9.4 Gbit/s", text="iperf3 -R from node2")
    note = ("new cable, still 9.4: waiting for the 25G module", "网线已更换，重测仍为 9.4；待换 25G 模块")
    await deeds.note(session, "13.1.1.1.s2", note[language == "zh"])
    await deeds.enter(session, checks["13.1.1.1.s3"], "3.1 GB/s")
    await deeds.settle(session, checks["13.1.1.1.a1"], Verdict.PASS)
    await _measured(session, "13.1.1.1.s1", True, "", "NVML", "gpu.inventory", "cuda_supported = yes")
    await _measured(session, "13.1.1.1.a2", 0.21, "ms", "TCP connect", "network.rtt", "p95 < 1 ms", "node2")
    for ref in ("13.1.1.2.s1", "13.1.1.2.s2", "13.1.1.2.s3", "13.1.1.2.a1", "13.1.1.3.s1", "13.1.1.3.a1"):
        await deeds.settle(session, checks[ref], Verdict.PASS)
    await deeds.settle(session, checks["13.1.1.4.a1"], Verdict.FAIL, reason="two GPUs have no panel")
    await deeds.waive(session, checks["13.1.1.3.s3"], "registry moves in March", "chen", "+60d", today)
    for ref, owner, days in (
        ("13.1.1.1", "ana", 0),
        ("13.1.1.3", "bo", 7),
        ("13.1.1.4", "chen", -2),
        ("13.1.2.1", "ana", 14),
    ):
        await deeds.own(session, items[ref], owner)
        if days:
            await deeds.due(session, items[ref], (today + timedelta(days)).isoformat(), today)


async def _measured(
    session: Session, ref: str, value: object, unit: str, source: str, probe: str, figure: str, on: str = ""
) -> None:
    """What the engine records of a check that passed."""
    payload: dict[str, Any] = {
        "verdict": Verdict.PASS,
        "provenance": Provenance.MEASURED,
        "value": value,
        "figure": figure,
        "source": source,
        "method": f"probe {probe}",
    }
    rest = {"unit": unit} if unit else {}
    await session.append(EventKind.MARKED, ref, payload | rest | ({"target": on, "on": "peer"} if on else {}))


async def _draw(picture: Picture, folder: Path) -> str:
    set_language(picture.language)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(await Session.open(folder / "site.gpuready", actor="ana"))
        await _walked(session, picture.language)
        if picture.world is not None:
            target = await asyncio.to_thread(stack.enter_context, picture.world())
            await add(session, parse_target(target))
        settings = replace(
            load_settings(folder / "none.toml"),
            language=picture.language,
            operator="ana",
            theme=picture.theme,
        )
        still = Still()
        app = GpureadyApp(session, load_all(), still, settings)
        still.start(app.hear)
        async with app.run_test(size=(picture.columns, picture.rows)) as pilot:
            await pilot.pause()
            still.play(app)
            await _press(pilot, picture.keys)
            return app.export_screenshot(title="gpuready")


async def _press(pilot: Pilot[int], keys: Sequence[str]) -> None:
    await pilot.pause(0.3)
    for key in keys:
        if key.startswith("until:"):
            await _shown(pilot, key.removeprefix("until:"))
            continue
        await pilot.press(key)
        await pilot.pause(0.4)  # the detail follows the cursor


async def _shown(pilot: Pilot[int], text: str) -> None:
    async with asyncio.timeout(60):
        while text not in "\n".join(
            "".join(segment.text for segment in strip)
            for strip in pilot.app.screen._compositor.render_strips(pilot.app.size)
        ):
            await pilot.pause(0.2)
    await pilot.pause(1.0)  # what was asked for at the same time has come, too


_TEXT = re.compile(
    r'<text class="([^"]+)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+" ([^>]*)>([^<]*)</text>'
)
_FONTS = (
    "'Fira Code', 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC',"
    " 'PingFang SC', 'Microsoft YaHei', monospace"
)
_CELL, _LINE, _ABOVE = 12.2, 24.4, 18.5
"""Pixels: a cell's width and height, and its baseline from its top."""
Part = tuple[float, float, float, float]
"""What of a cell is filled: left, top, right and bottom, as shares of it."""
# Bars are drawn, not written: the letters of most fonts leave seams between them.
_PARTS: dict[str, Part] = {
    **{letter: (0, 1 - (eighths + 1) / 8, 1, 1) for eighths, letter in enumerate("▁▂▃▄▅▆▇█")},
    **{letter: (0, 0, 1 - (eighths + 1) / 8, 1) for eighths, letter in enumerate("▉▊▋▌▍▎▏")},
    "│": (0.46, 0, 0.54, 1),
    "─": (0, 0.48, 1, 0.52),
}


def tidy(svg: str) -> str:
    """The picture as every viewer shows it alike.

    It names no font of another host; double-width letters get the room of two; bars have no seams; no text
    begins or ends with blanks, which some viewers drop; and its names do not change with its content.
    """
    svg = re.sub(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", "", svg, flags=re.S)
    svg = re.sub(r"terminal-\d+-", "t-", svg)
    svg = svg.replace("font-family: Fira Code, monospace", f"font-family: {_FONTS}")
    svg = svg.replace("font-family: arial", "font-family: sans-serif")
    svg = svg.replace("font-variant-east-asian: full-width;", "white-space: pre;")
    svg = _TEXT.sub(_placed, svg)
    return re.sub(r"[ \t]+$", "", svg, flags=re.M)


def _placed(match: re.Match[str]) -> str:
    """Each stretch of like letters at its own place."""
    kind, x, y, rest, escaped = match.groups()
    text = html.unescape(escaped).replace("\xa0", " ").replace("\n", "")
    at, parts = float(x), []
    for (width, part, dots), letters in groupby(text, key=_sort):
        stretch = "".join(letters)
        if dots:
            parts.append(_dotted(kind, at, float(y) - _ABOVE, stretch))
        elif part:
            parts.append(_filled(kind, at, float(y) - _ABOVE, len(stretch), part))
        elif bare := stretch.strip():
            start = at + (len(stretch) - len(stretch.lstrip())) * _CELL
            length = cell_len(bare) * _CELL
            style = 'style="font-size:23px" ' if width == 2 else ""
            parts.append(
                f'<text class="{kind}" x="{start:.5g}" y="{y}" textLength="{length:.5g}" {style}{rest}>'
                f"{html.escape(bare).replace(' ', '&#160;')}</text>"
            )
        at += cell_len(stretch) * _CELL
    return "".join(parts)


def _sort(letter: str) -> tuple[int, Part | None, bool]:
    """What letters that are drawn alike have in common."""
    return cell_len(letter), _PARTS.get(letter), "\u2800" < letter <= "\u28ff"


def _dotted(kind: str, x: float, y: float, letters: str) -> str:
    """Braille as squares: the letters of most fonts are not as wide as a cell, and lines would not meet."""
    width, height = _CELL / 2, _LINE / 4
    squares = [
        f"M{x + (2 * cell + column + 0.2) * width:.5g} {y + (row + 0.25) * height:.5g}h3.6v3.6h-3.6z"
        for cell, letter in enumerate(letters)
        for (row, column), bit in _DOTS.items()
        if ord(letter) - 0x2800 & bit
    ]
    return f'<path class="{kind}" d="{"".join(squares)}"/>'


def _filled(kind: str, x: float, y: float, count: int, part: Part) -> str:
    """So many cells of which that part is filled; those that fill a cell's width are one."""
    left, top, right, bottom = part
    whole = (left, right) == (0, 1)
    return "".join(
        f'<rect class="{kind}" x="{x + (cell + left) * _CELL:.5g}" y="{y + top * _LINE:.5g}"'
        f' width="{((count if whole else right) - left) * _CELL:.4g}" height="{(bottom - top) * _LINE:.4g}"/>'
        for cell in range(1 if whole else count)
    )


async def main(names: Sequence[str]) -> None:
    """Make the pictures with these names, all of them without any."""
    known = {picture.name: picture for picture in PICTURES}
    if unknown := set(names) - set(known):
        sys.exit(f"no such picture: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    FOLDER.mkdir(exist_ok=True)
    installed()
    install()
    with tempfile.TemporaryDirectory() as name:
        for picture in [known[each] for each in names or known]:
            folder = tempfile.mkdtemp(dir=name)
            svg = tidy(await _draw(picture, Path(folder)))
            (FOLDER / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
            print(f"screenshots/{picture.name}.svg")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
