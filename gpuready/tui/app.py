"""The application: puts session, live source and screens together, and nothing more."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from textual.app import App
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.driver import Driver

from gpuready.checklist.load import SHIPPED
from gpuready.checklist.model import Checklist
from gpuready.live.facts import GpuSample, NodeSample, Sample
from gpuready.live.source import Silence, Source
from gpuready.session.board import Board, stand
from gpuready.session.store import Session
from gpuready.settings import Settings
from gpuready.text.fault import Fault
from gpuready.text.say import say, set_language
from gpuready.tui.acts import ACTS, Act, bindings, key_text
from gpuready.tui.driver import ThriftyDriver
from gpuready.tui.screens.main import MainScreen
from gpuready.tui.themes import load_theme, theme_names

_POLL = 0.5
"""Seconds between two looks for what other programs wrote."""
_PROBES = 1.5
"""Seconds after the start at which the probes are loaded, beside everything else."""
_RESTAND = 60.0
"""Seconds after which ages, due dates and reviews are looked at again."""


def _now() -> datetime:
    return datetime.now().astimezone()


class Commands(Provider):
    """Every act in the palette."""

    async def discover(self) -> Hits:
        for act in ACTS:
            yield DiscoveryHit(act.help, self._runner(act), text=act.help, help=act.label)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for act in ACTS:
            text = f"{act.label}: {act.help}"
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), self._runner(act), text=text)

    def _runner(self, act: Act):  # type: ignore[no-untyped-def]
        screen = self.screen
        return lambda: screen.run_action(act.action)


class GpureadyApp(App[int]):
    """One session on screen.  `temporary` when nothing of it is kept (the demo)."""

    COMMANDS: ClassVar = {Commands}
    ENABLE_COMMAND_PALETTE = True
    CSS_PATH = (
        "screens/main.tcss"  # the first screen is made by the app itself, which then does not read its styles
    )
    TITLE = "gpuready"

    def __init__(
        self,
        session: Session,
        checklists: Sequence[Checklist],
        source: Source,
        settings: Settings,
        *,
        temporary: bool = False,
        driver_class: type[Driver] | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        """`now` tells the moment and by its time zone the day.

        `Fault` for a theme or a key in the settings that does not exist.
        """
        super().__init__(driver_class=driver_class)
        set_language(settings.language)
        self.session = session
        self.checklists = tuple(checklists)
        self.source = source
        self.settings = settings
        self.operator = settings.operator
        self.temporary = temporary
        self.now = now
        self.keys = bindings(settings.keys)
        self.board: Board = self._board()
        self.last_gpu: GpuSample | Silence | None = None
        self.last_node: NodeSample | Silence | None = None
        self.register_theme(load_theme(settings.theme))
        self.theme = settings.theme
        self.set_keymap(dict(settings.keys))

    def get_default_screen(self) -> MainScreen:
        return MainScreen()

    @property
    def front(self) -> MainScreen:
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def on_mount(self) -> None:
        self.set_interval(_RESTAND, self.stand_again)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters of a filter are no commands of the app either (see `MainScreen.check_action`)."""
        screen = self.screen_stack[-1] if self._running and self.screen_stack else None
        return not (isinstance(screen, MainScreen) and screen.is_mounted and screen.filter_bar.open)

    def hear(self, heard: Sample | Silence) -> None:
        """What the source says.  It may speak before the screen stands: then that is shown at first."""
        if isinstance(heard, NodeSample) or (isinstance(heard, Silence) and heard.source == "node"):
            self.last_node = heard
        else:
            self.last_gpu = heard
        if self.is_running and self.screen_stack and self.front.is_mounted:
            self.front.hear(heard)

    def on_ready(self) -> None:
        gc.freeze()  # see `gpuready.cli.screen`
        gc.enable()
        # Nobody waits for it, and it takes longer than the first picture may.
        self.set_timer(_POLL, lambda: self.run_worker(self._keep(), group="watch"))
        self.set_timer(_POLL, self.front.watching.settle)
        self.set_timer(_PROBES, lambda: self.run_worker(self._know_probes(), group="probes"))

    def on_resize(self) -> None:
        self._forget()

    def action_redraw(self) -> None:
        """Paint everything anew, whatever somebody else has written on the terminal."""
        self._forget()
        self.screen.refresh(layout=True)

    def _forget(self) -> None:
        # A terminal that changes its size moves or clears what it shows: nothing of it is known any more.
        if isinstance(self._driver, ThriftyDriver):
            self._driver.forget()

    async def on_unmount(self) -> None:
        await self.source.stop()

    def footer_keys(self) -> list[tuple[str, str]]:
        return [(key_text(keys.split(",")[0]), act.label) for act, keys in self.keys.items() if act.footer]

    def stand_again(self) -> None:
        """Derive where everything stands, and show it."""
        self.board = self._board()
        self.front.watching.settle()
        self.front.paint()

    def _board(self) -> Board:
        return stand(self.checklists, self.session.state, self.now())

    async def _know_probes(self) -> None:
        """Learn which methods can be carried out: in a thread, since the probes bring libraries along.

        What an operator's own checklist asks of a probe that does not offer it is told at once.
        """
        from gpuready.engine.registry import install, installed, problems_of

        registry = await asyncio.to_thread(installed)
        install()
        self.front.paint()
        own = (each for each in self.checklists if each.id not in SHIPPED)
        for problem in (found for each in own for found in problems_of(each, registry)):
            self.front.tell(str(problem.fault()), "bad")
            return

    async def _keep(self) -> None:
        """Put the checklists in use into the file, then look for what other programs write."""
        try:
            for checklist in self.checklists:
                await self.session.adopt(checklist)
        except Fault as fault:
            self.front.tell(str(fault), "bad")
        while True:
            await asyncio.sleep(_POLL)
            if not self.session.touched():
                continue
            try:
                changed = await self.session.poll()
            except Fault as fault:
                self.front.tell(str(fault), "bad")
                continue
            if changed:
                self.stand_again()
                refs = ", ".join(sorted(filter(None, changed))[:4])
                if refs:
                    self.front.tell(say("tui.others", refs=refs))

    def action_language(self) -> None:
        from gpuready.text.say import language

        set_language("en" if language() == "zh" else "zh")
        self.front.repaint()
        self.front.tell(say("tui.language_now"))

    def action_next_theme(self) -> None:
        names = theme_names()
        name = names[(names.index(self.theme) + 1) % len(names)]
        try:
            self.register_theme(load_theme(name))
        except Fault as fault:
            self.front.tell(str(fault), "bad")
            return
        self.theme = name
        self.front.tell(say("tui.theme_now", name=self.theme))
