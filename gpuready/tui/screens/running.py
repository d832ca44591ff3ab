"""Measuring from the screen: what would run, the consent it needs, and the run itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.worker import Worker

from gpuready.session.board import CheckStanding, ItemStanding, PhaseStanding
from gpuready.text.fault import Fault
from gpuready.text.say import say

if TYPE_CHECKING:
    from gpuready.engine.plan import Plan
    from gpuready.engine.result import Progress, Result
    from gpuready.tui.screens.main import MainScreen

_PAINT = 0.5
"""Seconds between two paintings of a run: results may come faster than anybody reads."""


class Running:
    """One run at a time, of the row under the cursor or of its phase."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._worker: Worker[None] | None = None
        self._painted = 0.0
        self.progress = ""

    @property
    def busy(self) -> bool:
        return self._worker is not None and self._worker.is_running

    def run(self) -> None:
        """Measure the check, the item or the phase under the cursor."""
        self._begin(self._checks(self._screen.outline.standing()))

    def run_phase(self) -> None:
        """Measure the whole phase in which the cursor stands."""
        phase = self._screen.app.board.phase_of(self._screen.outline.ref)
        self._begin(self._checks(phase))

    def stop(self) -> None:
        """Stop what runs; what was measured until then is kept."""
        if not self.busy or self._worker is None:
            raise Fault("tui.nothing_runs")
        self._worker.cancel()

    def plan(self) -> None:
        """Show what running the row under the cursor would do, word for word, and do nothing."""
        checks, ref = self._checks(self._screen.outline.standing()), self._screen.outline.ref
        self._screen.run_worker(self._show_plan(checks, ref), group="plan", exclusive=True)

    async def _show_plan(self, checks: tuple[CheckStanding, ...], ref: str) -> None:
        from gpuready.engine.planned import plan_document, plan_text
        from gpuready.tui.draw.line import line, wrap
        from gpuready.tui.screens.reader import Reader

        plan = await self._plan(checks, allow_active=True)
        text = plan_text(plan_document(plan, ref))
        self._screen.app.push_screen(
            Reader(
                say("tui.title_plan", ref=ref),
                lambda width: [
                    line(f" {row}") for part in text.splitlines() for row in wrap(part, width - 2)
                ],
            )
        )

    def _checks(self, standing: object) -> tuple[CheckStanding, ...]:
        if isinstance(standing, CheckStanding):
            return (standing,)
        if isinstance(standing, ItemStanding):
            return standing.checks
        if isinstance(standing, PhaseStanding):
            return tuple(check for item in standing.items for check in item.checks)
        raise Fault("tui.choose_item")

    def _begin(self, checks: tuple[CheckStanding, ...]) -> None:
        if self.busy:
            raise Fault("tui.runs_already")
        self._worker = self._screen.run_worker(self._run(checks), group="run", exit_on_error=False)

    async def _plan(self, checks: tuple[CheckStanding, ...], *, allow_active: bool) -> Plan:
        from gpuready.engine.plan import make_plan
        from gpuready.engine.registry import installed
        from gpuready.engine.targets import of_session, targets_of

        session = self._screen.app.session
        # The probes bring their libraries along: that takes longer than a key may wait.
        registry = await asyncio.to_thread(installed)
        site = (*targets_of(session.state.settings), of_session(session.path))
        return await asyncio.to_thread(make_plan, checks, registry, site, allow_active=allow_active)

    async def _run(self, checks: tuple[CheckStanding, ...]) -> None:
        try:
            allow = False
            plan = await self._plan(checks, allow_active=True)
            if plan.asking:
                consent = await self._consent(plan)
                if consent is None:
                    return
                allow = consent
            if not allow:
                plan = await self._plan(checks, allow_active=False)
            await self._conduct(plan, allow)
        except Fault as fault:
            self._screen.tell(str(fault), "bad")
        finally:
            self.progress = ""
            self._screen.app.stand_again()

    async def _consent(self, plan: Plan) -> bool | None:
        """Whether what loads or changes something may run too; None: nothing at all."""
        from gpuready.tui.screens.consent import Consent

        answer = await self._screen.app.push_screen_wait(Consent(plan))
        return None if answer is None else answer

    async def _conduct(self, plan: Plan, allow: bool) -> None:
        from gpuready.engine.conduct import conduct

        app = self._screen.app
        running = sum(bool(each.steps) for each in plan.checks)
        if not running:
            raise Fault("tui.nothing_to_run")
        try:
            results = await conduct(plan, app.session, allow_active=allow, tell=self._heard)
        except asyncio.CancelledError:
            self._screen.tell(say("tui.run_stopped"), "warn")
            raise
        counts: dict[str, int] = {}
        for result in results:
            counts[result.verdict] = counts.get(result.verdict, 0) + 1
        said = "  ".join(f"{count} {say(f'board.{verdict}')}" for verdict, count in counts.items())
        self._screen.tell(say("tui.run_done", what=said))

    async def _heard(self, result: Result | None, progress: Progress) -> None:
        """Progress as it comes; painted a few times a second at most."""
        self.progress = say(
            "tui.run_progress",
            done=progress.done,
            total=progress.total,
            running=", ".join(progress.running[:3]),
            left=f"{progress.left:.0f}",
        )
        now = asyncio.get_running_loop().time()
        if now - self._painted >= _PAINT:
            self._painted = now
            if result is not None:
                self._screen.app.stand_again()
            else:
                self._screen.paint_foot()
