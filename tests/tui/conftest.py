"""The application under Textual's pilot: a real session on a real file, and a source that the test feeds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import textual._wait
from textual import events
from textual._context import visible_screen_stack
from textual.keys import _character_to_key
from textual.pilot import Pilot

from gpuready.checklist.load import load_all
from gpuready.checklist.model import Check, Checklist, Item
from gpuready.live.facts import Sample
from gpuready.live.source import Listener, Silence
from gpuready.session.store import Session
from gpuready.settings import load_settings
from gpuready.text.say import Language
from gpuready.tui.app import GpureadyApp
from gpuready.tui.draw.line import Line
from gpuready.tui.widgets.lineview import LineView

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""The moment at which a test that needs one takes place: a Tuesday."""

ERASE = "\x7f"

Holds = Callable[[str], bool]


@cache
def checklists() -> tuple[Checklist, ...]:
    return tuple(load_all())


def check(ref: str) -> Check:
    return next(each for lists in checklists() for each in lists.checks() if each.ref == ref)


def item(ref: str) -> Item:
    return next(each for lists in checklists() for each in lists.items() if each.ref == ref)


class Fed:
    """A source that says what the test says."""

    def __init__(self, label: str = "") -> None:
        self.label = label
        self.stopped = False
        self._listener: Listener | None = None

    def start(self, listener: Listener) -> None:
        self._listener = listener

    def say(self, *heard: Sample | Silence) -> None:
        assert self._listener is not None
        for each in heard:
            self._listener(each)

    async def stop(self) -> None:
        self.stopped = True


class Clock:
    """The wall clock of a test: `now` is what the screen and the session take for this moment."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def time_ns(self) -> int:
        return int(self.now.timestamp() * 1e9)


class Seat:
    """One operator before one screen."""

    def __init__(self, app: GpureadyApp, pilot: Pilot[int], session: Session, source: Fed) -> None:
        self.app = app
        self.pilot = pilot
        self.session = session
        self.source = source

    @property
    def lines(self) -> list[str]:
        """What the screen shows, line by line, in the cells of a terminal."""
        screen = self.app.screen
        # As the app does before it paints: else what stands behind a dialog is there or not by chance.
        visible_screen_stack.set(self.app._background_screens)
        return [strip.text for strip in screen._compositor.render_strips(self.app.size)]

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)

    @property
    def ref(self) -> str:
        """Where the cursor of the tree stands."""
        return self.app.front.outline.ref

    @property
    def detail(self) -> str:
        """What the detail tells, as one text: where its lines are broken does not matter."""
        return " ".join(" ".join(line.text for line in self.app.front.detail.lines).split())

    def panel(self, name: str) -> str:
        """What the panel of that name (gpu, node) shows, as one text."""
        lines = self.app.front.query_one(f"#{name}", LineView).lines
        return " ".join(" ".join(line.text for line in lines).split())

    @property
    def dialog(self) -> str:
        """The same of a dialog that stands before the rest; empty without one."""
        if len(self.app.screen_stack) == 1:
            return ""
        left = min((line.find("╭") for line in self.lines if "╭" in line), default=0)
        right = max(line.rfind("╮") for line in self.lines)
        return " ".join(" ".join(line[left:right].replace("│", " ") for line in self.lines).split())

    def row(self, part: str) -> str:
        """The one line that shows that text."""
        found = [line.rstrip() for line in self.lines if part in line]
        assert len(found) == 1, f"{part!r} is on {len(found)} lines of\n{self.text}"
        return found[0]

    def tree_row(self, ref: str) -> Line:
        """The row of that item or check in the tree, with its tones."""
        rows = self.app.front.outline._rows
        at = next(index for index, each in enumerate(rows) if each.ref == ref)
        return self.app.front.outline.lines[at + 1]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type that text, all of it in one burst as a slow line delivers it."""
        driver = self.app._driver
        assert driver is not None
        for sign in text:
            key = events.Key("backspace" if sign == ERASE else _character_to_key(sign), sign)
            key.set_sender(self.app)
            driver.send_message(key)
        await self.pilot.pause()

    async def until(self, holds: str | Holds, seconds: float = 8.0) -> str:
        """Wait until the screen shows the text (or satisfies the test); the screen."""
        test = holds if callable(holds) else lambda text: holds in text
        latest = time.monotonic() + seconds
        while not test(self.text):
            if time.monotonic() > latest:
                raise AssertionError(f"waited for {holds!r}; the screen shows:\n{self.text}")
            await self.pilot.pause()
            await asyncio.sleep(0.005)
        return self.text

    async def gone(self, part: str) -> str:
        """Wait until the screen does not show that text; the screen."""
        return await self.until(lambda text: part not in text)

    async def at_rest(self) -> str:
        """The screen once it has not changed for a tenth of a second."""
        picture, same = self.text, 0
        while same < 4:
            await asyncio.sleep(0.025)
            now = self.text
            picture, same = (picture, same + 1) if now == picture else (now, 0)
        return picture

    async def go(self, ref: str) -> None:
        """Put the cursor on that ref, and wait until the detail tells of it."""
        front = self.app.front
        front.current = next(
            index
            for index, each in enumerate(self.app.board.lists)
            if ref == each.checklist.ref or ref.startswith(each.checklist.ref + ".")
        )
        front.paint()
        front.outline.go(ref)
        front.paint()
        await self.pilot.pause()

    async def hear(self, *heard: Sample | Silence) -> None:
        """Let the source say that, and the panels show it."""
        self.source.say(*heard)
        await self.until(lambda _: self.app.front._beat is None)

    async def resize(self, columns: int, rows: int) -> None:
        await self.pilot.resize_terminal(columns, rows)
        top = self.app.front.query_one("#top", LineView)
        # Not the size alone: what was painted for the old one would still stand there, cropped.
        await self.until(
            lambda _: len(self.lines) == rows and [line.width for line in top.lines] == [columns] * 2
        )


Sit = Callable[..., "asyncio.Future[Seat]"]


@asynccontextmanager
async def seated(
    path: Path,
    *,
    columns: int = 120,
    rows: int = 40,
    language: Language = "en",
    operator: str = "ana",
    keys: Mapping[str, str] | None = None,
    label: str = "",
    temporary: bool = False,
    clock: Clock | None = None,
) -> AsyncIterator[Seat]:
    """The application on that session file."""
    settings = replace(
        load_settings(path.parent / "none.toml"), language=language, operator=operator, keys=dict(keys or {})
    )
    async with await Session.open(path, actor=operator) as session:
        source = Fed(label)
        now = (lambda: datetime.now().astimezone()) if clock is None else (lambda: clock.now)
        app = GpureadyApp(session, checklists(), source, settings, temporary=temporary, now=now)
        source.start(app.hear)
        async with app.run_test(size=(columns, rows)) as pilot:
            seat = Seat(app, pilot, session, source)
            await seat.until("13.1.1.1")
            yield seat


@pytest.fixture(scope="session", autouse=True)
def _probes_known() -> None:
    """As a second and a half after the start: what the screen says of a method does not depend on when."""
    from gpuready.engine.registry import install

    install()


@pytest.fixture(scope="session", autouse=True)
def _short_breaths() -> Iterator[None]:
    """Textual's pilot takes the program for idle after 20 ms of rest, twice for each key: most of the time
    of these tests.  A quarter of it is enough, as what is asserted is waited for."""
    was = textual._wait.SLEEP_GRANULARITY, textual._wait.SLEEP_IDLE
    textual._wait.SLEEP_GRANULARITY, textual._wait.SLEEP_IDLE = 0.005, 0.0005
    yield
    textual._wait.SLEEP_GRANULARITY, textual._wait.SLEEP_IDLE = was


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "site.gpuready"


@pytest.fixture
async def seat(file: Path) -> AsyncIterator[Seat]:
    """A fresh session at 120x40 in English."""
    async with seated(file) as seat:
        yield seat


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """A wall clock that stands until the test moves it, for the screen and for the session's events."""
    clock = Clock(NOON)
    monkeypatch.setattr("gpuready.session.store.time", SimpleNamespace(time_ns=clock.time_ns))
    yield clock
