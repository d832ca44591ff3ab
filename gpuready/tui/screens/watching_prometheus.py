"""The Prometheus panel: watched while the session has such a target, and what keys ask of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gpuready.text.fault import Fault
from gpuready.text.say import say
from gpuready.tui.widgets.signals import SignalsPanel

if TYPE_CHECKING:
    from gpuready.live.source import Unheard
    from gpuready.probes.probe import Target
    from gpuready.prometheus.panel.chart import Chart, Charts, View
    from gpuready.prometheus.panel.watch import Watcher
    from gpuready.tui.screens.chart import ChartScreen
    from gpuready.tui.screens.main import MainScreen


class WatchingPrometheus:
    """See `gpuready.tui.screens.watching.Watching`."""

    pane = "prometheus"

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self.target: Target | None = None
        self._watcher: Watcher | None = None
        self._chart: ChartScreen | None = None
        self._view: View | None = None

    @property
    def panel(self) -> SignalsPanel:
        return self._screen.query_one("#prometheus", SignalsPanel)

    def settle(self, known: Sequence[Target]) -> bool:
        """Watch what the session's targets name now; whether that is something else than before."""
        target = next((each for each in known if each.kind == "prometheus"), None)
        if target == self.target:
            return False
        if self._watcher:
            self._screen.run_worker(self._watcher.stop(), group="watchers")
        self._watcher, self.target = None, target
        if target is not None:
            from gpuready.prometheus.panel.chart import View
            from gpuready.prometheus.panel.watch import Watcher

            chosen = self._screen.app.settings.signals or View().signals
            selector = target.options.get("selector", "")
            self._view = self._view or View(signals=chosen, selector=selector)
            self.panel.keep(None)

            def hear(heard: Charts | Unheard) -> None:
                if self._watcher is watcher:  # one that is being stopped tells of another Prometheus
                    self._hear(heard)

            self._watcher = watcher = Watcher(target, self._view, hear)
            watcher.start()
        return True

    async def stop(self) -> None:
        if self._watcher:
            await self._watcher.stop()

    def fit(self) -> None:
        """Ask for as many points as the panel is wide."""
        if self._watcher and self._view and not self._chart and self.panel.size.width:
            self._look(dataclasses.replace(self._view, columns=max(20, self.panel.size.width - 46)))

    def _look(self, view: View) -> None:
        self._view = view
        if self._watcher:
            self._watcher.look(view)

    def _hear(self, heard: Charts | Unheard) -> None:
        from gpuready.live.source import Unheard

        if self._chart is not None:
            self._chart.hear(heard)
        # What is heard while a chart is open is that chart's; silence is the panel's too.
        if self._screen.is_mounted and (self._chart is None or isinstance(heard, Unheard)):
            self.panel.hear(heard)

    # ---- what keys do ----------------------------------------------------------------------------

    def open(self) -> None:
        """The chosen signal on the whole screen."""
        from gpuready.prometheus.table import signals
        from gpuready.tui.screens.chart import ChartScreen

        view, watcher, chart = self._have()
        if chart is None or chart.signal.id not in view.signals:
            return

        def back(last: View | None) -> None:
            self._chart = None
            self._look(dataclasses.replace(view, window=last.window if last else view.window))

        self._chart = ChartScreen(view, chart.signal.id, lambda name: signals()[name].quantiles, watcher.look)
        self._screen.app.push_screen(self._chart, back)

    def window(self) -> None:
        """The next window."""
        from gpuready.probes.duration import window_text
        from gpuready.prometheus.panel.chart import WINDOWS

        view, _, _ = self._have()
        longer = [each for each in WINDOWS if each > view.window]
        self._look(dataclasses.replace(view, window=longer[0] if longer else WINDOWS[0]))
        assert self._view is not None
        self._screen.tell(say("tui.window_now", window=window_text(self._view.window)))

    def selector(self) -> None:
        """Ask for label matchers."""
        from gpuready.prometheus.expression import matchers
        from gpuready.tui.screens.dialog import Dialog, Field

        view, _, _ = self._have()

        async def submit(answers: Mapping[str, str]) -> str:
            given = matchers(answers["selector"])
            self._look(dataclasses.replace(view, selector=given))
            return f"{{{given}}}"

        field = Field("selector", say("tui.field_selector"), view.selector)
        self._screen.writing.ask(Dialog(say("acts.selector_help"), [field], submit))

    def signals(self) -> None:
        """Let the operator choose the signals to show."""
        self._have()
        self._screen.run_worker(self._choose_signals(), group="signals", exclusive=True)

    async def _choose_signals(self) -> None:
        from gpuready.probes.probe import Outcome
        from gpuready.prometheus.signal import pick
        from gpuready.prometheus.table import signals
        from gpuready.tui.screens.signals import SignalsScreen

        view, watcher, _ = self._have()
        try:
            names = await watcher.source.names(limit=5.0)
        except Outcome as outcome:
            self._screen.tell(str(outcome), "bad")
            return
        found = {each.id: pick(each, names) for each in signals().values()}
        ways = {name: way.exporter for name, way in found.items() if way and way.cannot is None}

        def chosen(ids: tuple[str, ...] | None) -> None:
            if ids and self._view:
                self._look(dataclasses.replace(self._view, signals=ids))

        self._screen.app.push_screen(SignalsScreen(list(signals().values()), ways, view.signals), chosen)

    def alerts(self) -> None:
        """What fired, to be judged."""
        from gpuready.tui.screens.ledger import Ledger

        self._have()
        assert self.target is not None
        app = self._screen.app
        app.push_screen(Ledger(app.session, self.target, app.now, app.stand_again))

    def copy(self) -> None:
        """The query behind the chosen signal, to the clipboard of the operator's own terminal."""
        _, _, chart = self._have()
        if chart is not None and chart.query:
            self._screen.app.copy_to_clipboard(chart.query)
            self._screen.tell(say("tui.copied"))

    def _have(self) -> tuple[View, Watcher, Chart | None]:
        if self._watcher is None or self._view is None:
            raise Fault("tui.no_panel")
        return self._view, self._watcher, self.panel.chart
