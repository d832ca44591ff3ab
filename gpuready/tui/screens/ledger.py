"""The alerts that fired, judged one by one: the ledger behind accuracy and the share of false alerts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from gpuready.probes.probe import Outcome, Target
from gpuready.prometheus.alerts.judgement import judge_alert, judgements_of
from gpuready.prometheus.alerts.ledger import Episode, Period, fired
from gpuready.session.store import Session
from gpuready.text.fault import Fault
from gpuready.text.say import say
from gpuready.tui.draw.ledger import count_line, judged_word, matches, remark_lines, row, title_line
from gpuready.tui.draw.line import Line, line, wrap
from gpuready.tui.screens.dialog import Dialog, Field
from gpuready.tui.widgets.lineview import LineView

PERIODS = ("1d", "7d", "30d", "90d")


class _Rows(LineView, can_focus=True):
    """The rows; the screen has the keys."""


class Ledger(ModalScreen[None]):
    """Asks that Prometheus for the alerts of the period, and keeps in the session what is said of them."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,ctrl+b", "move(-10)", show=False),
        Binding("pagedown,ctrl+f", "move(10)", show=False),
        Binding("home,g", "move(-100000)", show=False),
        Binding("end,G", "move(100000)", show=False),
        Binding("t", "judge('true')", show=False),
        Binding("f", "judge('false')", show=False),
        Binding("u", "judge('')", show=False),
        Binding("slash", "filter", show=False),
        Binding("W", "period", show=False),
        Binding("r", "again", show=False),
        Binding("escape,q,A", "leave", show=False),
    ]

    def __init__(
        self, session: Session, target: Target, now: Callable[[], datetime], changed: Callable[[], None]
    ) -> None:
        super().__init__()
        self._session = session
        self._target = target
        self._now = now
        self._changed = changed
        self._since = PERIODS[2]
        self._seen: Period | None = None
        self._why = ""
        self._filter = ""
        self._said = ""
        self._at = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="chart-box"):
            yield _Rows(id="chart", pinned=2)

    def on_mount(self) -> None:
        self.query_one(_Rows).focus()
        self.call_after_refresh(self._paint)
        self.action_again()

    def on_resize(self) -> None:
        self.call_after_refresh(self._paint)

    def action_again(self) -> None:
        """Ask anew."""
        self._seen, self._why = None, ""
        self._paint()
        self.run_worker(self._ask(self._since), group="ledger", exclusive=True)

    async def _ask(self, since: str) -> None:
        try:
            self._seen = await fired(self._target, since)
        except (Outcome, Fault) as problem:
            self._why = str(problem)
        self._at = max(0, min(self._at, len(self._rows()) - 1))
        self._paint()

    def _rows(self) -> list[Episode]:
        """What the filter lets through: those of the period, then those that began before it."""
        every = (*self._seen.episodes, *self._seen.before) if self._seen else ()
        return [each for each in every if matches(each, self._filter)]

    def _paint(self) -> None:
        view = self.query_one(_Rows)
        width = view.size.width
        if not width:
            return
        judged, rows = judgements_of(self._session.state.settings), self._rows()
        keys, tone = (self._said, "good") if self._said else (say("prometheus_alerts.ledger_keys"), "dim")
        began = self._seen.episodes if self._seen else ()
        lines: list[Line] = [
            title_line(self._since, keys, tone, width),
            count_line(began, judged, width, self._filter),
        ]
        lines += self._nothing(rows, width)
        first, now = len(lines), self._now()
        lines += [
            row(each, judged.get(each.id), now, width, here=index == self._at)
            for index, each in enumerate(rows)
        ]
        if self._seen:
            lines += remark_lines(self._seen, width)
        view.show(lines)
        view.follow(first + self._at)

    def _nothing(self, rows: list[Episode], width: int) -> list[Line]:
        """Why there are no rows."""
        if rows:
            return []
        tone = "dim"
        if self._why:
            text, tone = self._why, "bad"
        elif self._seen is None:
            text = say("prometheus_alerts.ledger_looking")
        elif self._filter:
            text = say("prometheus_alerts.ledger_no_match", text=self._filter)
        else:
            text = say("prometheus_alerts.ledger_none")
        return [line((f" {each}", tone)) for each in wrap(text, width - 2)]

    def action_move(self, by: int) -> None:
        self._at = max(0, min(len(self._rows()) - 1, self._at + by))
        self._said = ""
        self._paint()

    def action_judge(self, word: str) -> None:
        """True, false, or (empty) neither; the cursor goes on to the next one."""
        rows = self._rows()
        if self._at < len(rows):
            verdict = {"true": True, "false": False}.get(word)
            self.run_worker(self._judge(rows[self._at], verdict), group="judging")
            if verdict is not None:
                self._at = min(len(rows) - 1, self._at + 1)

    async def _judge(self, episode: Episode, verdict: bool | None) -> None:
        await self._do(judge_alert(self._session, episode, verdict))
        if not self._said:
            self._said = f"{episode.name}: {judged_word(episode, verdict)}"
            self._changed()
        self._paint()

    async def _do(self, deed: Awaitable[object]) -> None:
        self._said = ""
        try:
            await deed
        except Fault as fault:
            self._said = str(fault)

    def action_filter(self) -> None:
        async def submit(answers: Mapping[str, str]) -> str:
            self._filter, self._at = answers["filter"].strip(), 0
            return ""

        field = Field("filter", say("prometheus_alerts.field_filter"), self._filter)
        dialog = Dialog(say("prometheus_alerts.filter_title"), [field], submit)
        self.app.push_screen(dialog, lambda _: self._paint())

    def action_period(self) -> None:
        """The next period."""
        self._since = PERIODS[(PERIODS.index(self._since) + 1) % len(PERIODS)]
        self.action_again()

    def action_leave(self) -> None:
        self.dismiss(None)
