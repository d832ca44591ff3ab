"""The main screen: the checklists beside the live machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar

from textual import events, getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer

from gpuready.live.facts import GpuSample, NodeSample, Sample
from gpuready.live.source import Silence
from gpuready.session.query import Query, parse_query
from gpuready.text.fault import Fault
from gpuready.text.say import say
from gpuready.tui.acts import ACTS, binding
from gpuready.tui.draw.detail import detail_lines
from gpuready.tui.draw.gpu import wanted_height
from gpuready.tui.draw.line import Line, Span
from gpuready.tui.draw.top import footer_line, header_line, say_line, strip_line, tabs_line
from gpuready.tui.screens.running import Running
from gpuready.tui.screens.watching import Watching
from gpuready.tui.screens.writing import Writing
from gpuready.tui.widgets.cluster import ClusterPanel
from gpuready.tui.widgets.filterbar import FilterBar
from gpuready.tui.widgets.lineview import LineView
from gpuready.tui.widgets.panels import GpuPanel, NodePanel
from gpuready.tui.widgets.signals import SignalsPanel
from gpuready.tui.widgets.tree import ChecklistTree

if TYPE_CHECKING:
    from gpuready.tui.app import GpureadyApp

LOCAL = ("tree", "detail", "gpu", "node")
FAR = ("prometheus", "kubernetes")
"""The panes that are there when the session has a target of that kind."""
WIDE = 100
"""From this width on all panes are shown at once."""
_BEAT = 0.03
"""Seconds for which a sample waits for the other one, so that both are painted at once."""
_SETTLE = 0.12
"""Seconds that the cursor must rest before the detail is drawn: while a key is held nobody reads it."""


class Detail(LineView, can_focus=True):
    """What is known of the chosen row."""


class MainScreen(Screen[None]):
    """Tree, detail and panels; writes nothing itself (see `gpuready.tui.screens.writing`)."""

    AUTO_FOCUS = "#tree"
    BINDINGS: ClassVar = [binding(act) for act in ACTS]
    app: GpureadyApp

    outline = getters.query_one(ChecklistTree)
    detail = getters.query_one(Detail)
    gpu_panel = getters.query_one(GpuPanel)
    node_panel = getters.query_one(NodePanel)
    filter_bar = getters.query_one(FilterBar)

    def __init__(self) -> None:
        super().__init__()
        self.pane = "tree"
        self.zoomed = False
        self.current = 0
        self.query_text = ""
        self.writing = Writing(self)
        self.running = Running(self)
        self.watching = Watching(self)
        self._gpu_height: int | None = None
        self._arranged_for: Size | None = None
        self._curtain = ExitStack()
        self._beat: asyncio.TimerHandle | None = None
        self._counting: Timer | None = None
        self._told: Timer | None = None
        self._message: tuple[str, str] | None = None
        self._resting: Timer | None = None

    def compose(self) -> ComposeResult:
        yield LineView(id="top")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield ChecklistTree(id="tree")
                yield Detail(id="detail", pinned=1)
            with Vertical(id="right"):
                yield GpuPanel(id="gpu")
                yield NodePanel(id="node")
                yield SignalsPanel(id="prometheus")
                yield ClusterPanel(id="kubernetes")
        yield LineView(id="foot")
        yield FilterBar(id="filter-bar")

    def on_mount(self) -> None:
        # Nothing is shown until all is: three empty frames before the first whole one help nobody.
        self._curtain.enter_context(self.app.batch_update())
        for heard in (self.app.last_gpu, self.app.last_node):
            if heard is not None:
                self.hear(heard)
        self._arrange()
        self.call_after_refresh(self.repaint)

    async def on_unmount(self) -> None:
        await self.watching.stop()

    def on_resize(self) -> None:
        if self.app.size != self._arranged_for:
            self.lay_out()

    # ---- what is painted -------------------------------------------------------------------------

    def paint(self) -> None:
        """Everything that shows the session."""
        self._paint_top()
        self.outline.put(self.app.board.lists[self.current], self.query_in_force())
        self._paint_detail()
        self.paint_foot()

    def _paint_top(self) -> None:
        app, width = self.app, self.size.width
        remarks = [Span(f"  {say('tui.replay', what=app.source.label)}", "bad")] if app.source.label else []
        if app.temporary:
            remarks.append(Span(f"  {say('tui.not_recorded')}", "warn"))
        elif app.session.journal == "delete":
            remarks.append(Span(f"  {say('tui.network_file')}", "warn"))
        name, file = app.session.state.name, app.session.path.name
        header = header_line(app.board, name, "" if app.temporary else file, app.operator, remarks, width)
        self.query_one("#top", LineView).show([header, tabs_line(app.board, self.current, width)])

    def _paint_detail(self) -> None:
        if self.detail.display and self.detail.size.width:
            self.detail.show(
                detail_lines(
                    self.app.board, self.app.session.state, self.outline.ref, self.detail.size.width - 1
                )
            )

    def paint_foot(self) -> None:
        """The live strip, where one pane has the screen for itself, and below it the keys or a message."""
        width = self.size.width
        if self.running.progress:
            keys = say_line(self.running.progress, "accent", width)
        elif self._message:
            keys = say_line(*self._message, width)
        else:
            keys = footer_line(self.app.footer_keys(), width)
        lines = [self._strip(width)] if self.solo else []
        self.query_one("#foot", LineView).show(lines if self.filter_bar.open else [*lines, keys])

    def _strip(self, width: int) -> Line:
        silent = [panel.silence for panel in (self.gpu_panel, self.node_panel) if panel.silence]
        trouble = [Span(f" {each.source} {each.why} ", "bad") for each in silent]
        return strip_line(self.gpu_panel.sample, self.node_panel.sample, trouble, width)

    def hear(self, heard: Sample | Silence) -> None:
        """A live sample, or that a source is silent."""
        source = (
            heard.source if isinstance(heard, Silence) else "gpu" if isinstance(heard, GpuSample) else "node"
        )
        if source == "gpu":
            assert not isinstance(heard, NodeSample)
            self.gpu_panel.hear(heard)
            self._share_right()
        else:
            assert not isinstance(heard, GpuSample)
            self.node_panel.hear(heard)
        if self._beat is None:
            # Both samplers keep the same beat, a few ms apart: one painting serves both.
            self._beat = asyncio.get_running_loop().call_later(_BEAT, self._paint_live)

    def _paint_live(self) -> None:
        """The panels, those too that are silent: they say for how long."""
        self._beat = None
        if not self.is_mounted:
            return
        panels = (self.gpu_panel, self.node_panel)
        for panel in panels:
            panel.paint()
        if self.solo:
            self.paint_foot()
        # Where both are silent no sample comes that would let the seconds count.
        silent = any(panel.silence for panel in panels)
        if silent and self._counting is None:
            self._counting = self.set_interval(1.0, self._paint_live)
        elif not silent and self._counting is not None:
            self._counting.stop()
            self._counting = None

    def tell(self, text: str, tone: str = "good") -> None:
        """A sentence in the footer's place: 4 s for good news, 10 s for a fault."""
        if self._told:
            self._told.stop()
        self._message = (text, tone)
        self.paint_foot()
        self._told = self.set_timer(4 if tone == "good" else 10, self._hush)

    def _hush(self) -> None:
        self._message = None
        self.paint_foot()

    # ---- what is shown where ---------------------------------------------------------------------

    @property
    def solo(self) -> bool:
        """Whether one pane has the screen for itself."""
        return self.zoomed or self.app.size.width < WIDE

    @property
    def panes(self) -> tuple[str, ...]:
        """The panes that there are, in the order in which tab goes through them."""
        return (*LOCAL, *self.watching.panes)

    def lay_out(self) -> None:
        """Lay the screen out anew: there is another size, pane or target."""
        if self.pane not in self.panes:
            self.pane = "tree"
        self._arrange()
        self.call_after_refresh(self.repaint)

    def _arrange(self) -> None:
        self._arranged_for = self.app.size
        shown = {self.pane} if self.solo else set(self.panes)
        for name in (*LOCAL, *FAR):
            self.query_one(f"#{name}").display = name in shown
        self.query_one("#left").display = bool(shown & {"tree", "detail"})
        self.query_one("#right").display = bool(shown - {"tree", "detail"})
        self._fit_foot()
        self.set_class(self.solo, "-solo")
        self._share_right()
        focused = self.query_one(f"#{self.pane}")
        if self.focused is not focused and not self.filter_bar.open:
            self.set_focus(focused, scroll_visible=False)

    def _fit_foot(self) -> None:
        """One line for the strip, where it is shown, and one for the keys, where no filter is typed."""
        foot, lines = self.query_one("#foot"), self.solo + (not self.filter_bar.open)
        foot.display = lines > 0
        foot.styles.height = max(1, lines)

    def _share_right(self) -> None:
        """Give the GPUs the lines they need and the others the rest, but their share at least."""
        whole, others = self.app.size.height - 3, 1 + len(self.watching.panes)
        most = whole - whole * others // (others + 2)
        height = None if self.solo else min(wanted_height(self.gpu_panel.sample), most)
        if height != self._gpu_height:
            self._gpu_height = height
            self.gpu_panel.styles.height = height or "1fr"

    def _show(self, pane: str) -> None:
        self.pane = pane
        self.lay_out()

    def repaint(self) -> None:
        """Everything, the panels too: a pane that was out of sight has not been painted since."""
        self.paint()
        for panel in (self.gpu_panel, self.node_panel, *self.watching.panels):
            panel.paint()
        self.watching.fit()
        self._curtain.close()

    def on_descendant_focus(self) -> None:
        if self.focused is not None and self.focused.id in self.panes:
            self.pane = self.focused.id

    @on(ChecklistTree.Moved)
    def _moved(self) -> None:
        if self._resting:
            self._resting.stop()
        self._resting = self.set_timer(_SETTLE, self._rested)

    def _rested(self) -> None:
        self.detail.top = 0
        self._paint_detail()

    # ---- moving ----------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        if self.pane == "tree":
            self.outline.move(by)
        elif self.pane == "gpu":
            self.gpu_panel.choose(by)
        elif self.pane in FAR:
            self.watching.choose(by)
        else:
            self.query_one(f"#{self.pane}", LineView).scroll_lines(by)

    def action_page(self, direction: int) -> None:
        self.action_move(direction * max(1, self.query_one(f"#{self.pane}").size.height - 2))

    def action_fold(self) -> None:
        if self.pane == "tree":
            self.outline.fold()
            self._moved()

    def action_unfold(self) -> None:
        if self.pane == "tree":
            self.outline.unfold()

    def action_choose(self) -> None:
        if self.pane in FAR:
            self.do(self.watching.open)
        elif self.pane == "tree" and not self.outline.toggle():
            self._show("detail")

    def action_next_pane(self, by: int) -> None:
        self._show(self.panes[(self.panes.index(self.pane) + by) % len(self.panes)])

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self._show(self.pane)

    def action_back(self) -> None:
        if self.filter_bar.open or self.query_text:
            self._filter_by("")
            self._leave_filter()
        elif self.zoomed:
            self.action_zoom()
        elif self.pane != "tree":
            self._show("tree")

    def action_checklist(self, number: int) -> None:
        if 0 <= number < len(self.app.board.lists):
            self.current = number
            self._show("tree")

    def action_next_checklist(self) -> None:
        self.action_checklist((self.current + 1) % len(self.app.board.lists))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a filter is typed its letters are no commands, not even those that came before its line
        stood: a ``q`` in it must not quit."""
        return not self.filter_bar.open or action == "back"

    def on_key(self, event: events.Key) -> None:
        """Letters typed ahead of the filter's line, in one burst of a slow line."""
        if event.is_printable and event.character and self.filter_bar.open:
            self.filter_bar.type_ahead(event.character)

    # ---- filter ----------------------------------------------------------------------------------

    def query_in_force(self) -> Query | None:
        if not self.query_text:
            return None
        return parse_query(self.query_text, self.app.operator, self.app.board.at.date())

    def _filter_by(self, text: str) -> None:
        """Show what matches; `Fault` leaves what is shown as it is."""
        if text:
            parse_query(text, self.app.operator, self.app.board.at.date())
        self.query_text = text.strip()
        self.paint()

    def action_only(self, text: str) -> None:
        """Filter by that text, or show everything again if it is the filter already."""
        self._filter_by("" if self.query_text == text else text)

    def action_filter(self) -> None:
        self.filter_bar.ask(self.query_text)
        self._fit_foot()
        self.paint_foot()

    @on(FilterBar.Typed)
    def _filter_typed(self, message: FilterBar.Typed) -> None:
        try:
            self._filter_by(message.text)
        except Fault as fault:
            self.filter_bar.hint(str(fault), "bad")
        else:
            self.filter_bar.hint(say("tui.filter_hint"), "dim")

    @on(FilterBar.Kept)
    def _leave_filter(self) -> None:
        self.filter_bar.close()
        self._show("tree")

    # ---- writing and measuring: see gpuready.tui.screens.writing and .running ------------------------

    def do(self, deed: Callable[[], None]) -> None:
        """Carry out a deed of `Writing`; what it refuses is told."""
        try:
            deed()
        except Fault as fault:
            self.tell(str(fault), "bad")

    def action_measure(self, name: str) -> None:
        self.do(getattr(self.running, name))

    def action_targets(self) -> None:
        from gpuready.tui.screens.targets import Targets

        self.app.push_screen(Targets(self.app.session, self.app.stand_again))

    def action_watch(self, name: str) -> None:
        self.do(getattr(self.watching, name))

    def action_write(self, name: str) -> None:
        self.do(getattr(self.writing, name))
