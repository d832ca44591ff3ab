"""The panels of what lies beyond this machine: watched while the session has such a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpuready.tui.screens.watching_kubernetes import WatchingKubernetes
from gpuready.tui.screens.watching_prometheus import WatchingPrometheus

if TYPE_CHECKING:
    from gpuready.tui.screens.main import MainScreen
    from gpuready.tui.widgets.cluster import ClusterPanel
    from gpuready.tui.widgets.signals import SignalsPanel

    Far = WatchingPrometheus | WatchingKubernetes


class Watching:
    """Starts and stops the watchers of the main screen, and hands on what keys ask of their panels."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._prometheus = WatchingPrometheus(screen)
        self._kubernetes = WatchingKubernetes(screen)
        self._all: tuple[Far, ...] = (self._prometheus, self._kubernetes)

    @property
    def panes(self) -> tuple[str, ...]:
        """The panes that there are beside those of this machine."""
        return tuple(each.pane for each in self._all if each.target)

    @property
    def panels(self) -> tuple[SignalsPanel | ClusterPanel, ...]:
        return tuple(each.panel for each in self._all)

    def settle(self) -> None:
        """Watch what the session's targets name now."""
        from gpuready.engine.targets import targets_of

        known = targets_of(self._screen.app.session.state.settings)
        changed = [each.settle(known) for each in self._all]
        if any(changed):
            self._screen.lay_out()

    async def stop(self) -> None:
        for each in self._all:
            await each.stop()

    def fit(self) -> None:
        """The panels have another size."""
        for each in self._all:
            each.fit()

    def choose(self, by: int) -> None:
        self._here().panel.choose(by)

    # ---- what keys do: in the pane that has the cursor, else in the first that can ---------------------

    def open(self) -> None:
        self._here().open()

    def window(self) -> None:
        self._here().window()

    def selector(self) -> None:
        self._here().selector()

    def copy(self) -> None:
        self._here().copy()

    def signals(self) -> None:
        self._prometheus.signals()

    def alerts(self) -> None:
        self._prometheus.alerts()

    def context(self) -> None:
        self._kubernetes.context()

    def _here(self) -> Far:
        chosen = [each for each in self._all if each.pane == self._screen.pane]
        return (chosen or [each for each in self._all if each.target] or list(self._all))[0]
