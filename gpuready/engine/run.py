"""Runs a plan: at most so many steps at once, each within its time, stopped in under a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import replace

from gpuready.checklist.model import Method
from gpuready.checklist.verdict import Verdict
from gpuready.engine.causes import SLOW, group, is_common, waits_for
from gpuready.engine.judging import blocked, finding_of, plain
from gpuready.engine.plan import Plan, Planned, Step
from gpuready.engine.result import Finding, Progress, Result, Saying
from gpuready.engine.schedule import Job, Schedule, question
from gpuready.probes.probe import NoData, Outcome

JOBS = 8
"""Steps at once, unless a caller says otherwise."""
GRACE = 1.0
"""Seconds beyond its limit that a probe has to give up by itself."""
STOP = 0.8
"""Seconds that what was stopped has to clean up before nobody waits for it any more."""

_NOTHING = (Verdict.UNKNOWN, Verdict.BLOCKED)

Tell = Callable[[Result | None, Progress], Awaitable[None]]
"""Told each result as it comes, and (with None) whenever something starts."""

_abandoned: set[asyncio.Task[object]] = set()
_late: set[str] = set()


async def run(
    plan: Plan,
    *,
    jobs: int = JOBS,
    allow_active: bool = False,
    tell: Tell | None = None,
    grace: float = GRACE,
) -> tuple[Result, ...]:
    """Run the plan; the results in its order.

    Without `allow_active` nothing that needs consent is run, even where the plan holds it.  Each result is
    told as soon as all of its targets are known.  When this is cancelled, what runs is stopped, and within
    `STOP` seconds it ends; what still cleans up then can be waited for with `tidy`.
    """
    work = _Run(plan, jobs, allow_active, tell, grace)
    first = await work.go()
    if not work.silent:
        return first
    # What told nothing of any target gives way to the next method.
    known = len(plan.checks) - len(work.silent)

    async def tell_more(result: Result | None, progress: Progress) -> None:
        if tell:
            told = None if result is None else _instead(result, before[result.ref])
            await tell(told, replace(progress, done=known + progress.done, total=len(plan.checks)))

    before = {each.ref: each for each in work.silent}
    rest = Plan(tuple(each.planned.then for each in work.silent if each.planned.then), plan.site)
    more = await run(rest, jobs=jobs, allow_active=allow_active, tell=tell_more, grace=grace)
    told = {each.ref: _instead(each, before[each.ref]) for each in more}
    return tuple(told.get(each.ref, each) for each in first)


def _instead(result: Result, before: Result) -> Result:
    """The result of the next method, which also says why the one before it told nothing."""
    method, worst = before.planned.method, before.worst
    why: Saying = (
        "engine.before",
        {"method": f"{method.kind} {method.name}" if method else "-", "why": worst.reason if worst else "-"},
    )
    return replace(result, findings=tuple(replace(each, said=(*each.said, why)) for each in result.findings))


async def tidy(limit: float) -> int:
    """Wait for stopped probes that still clean up, at most that many seconds; how many are left then."""
    if _abandoned:
        await asyncio.wait(set(_abandoned), timeout=limit)
    return len(_abandoned)


def hung() -> frozenset[str]:
    """The probes that did not end in time since the program began: a thread of theirs may never end."""
    return frozenset(_late)


class _Run:
    def __init__(self, plan: Plan, jobs: int, allow_active: bool, tell: Tell | None, grace: float) -> None:
        self._plan = plan
        self._most = max(1, jobs)
        self._tell = tell
        self._grace = grace
        self._allow = allow_active
        self._open = {each.check.ref: each for each in plan.checks}
        self._answers: dict[
            Hashable, tuple[object, float]
        ] = {}  # by question: the answer, and how long it took
        self._results: dict[str, Result] = {}
        self.silent: list[Result] = []  # those that told nothing, where there is another method
        self._tasks: dict[asyncio.Task[tuple[object, float]], Job] = {}
        self._slow: dict[Hashable, set[str]] = {}  # by group: what already cost a time limit
        listed = self._jobs()
        self._schedule = Schedule(listed)
        self._clock = _Clock(listed, self._most)

    async def go(self) -> tuple[Result, ...]:
        try:
            for planned in self._plan.checks:
                if not self._runs(planned):
                    await self._settle(planned.check.ref)
            await self._work()
        finally:
            await _stop(self._tasks)
        return tuple(self._results[each.check.ref] for each in self._plan.checks)

    def _runs(self, planned: Planned) -> bool:
        return bool(planned.steps) and (self._allow or not planned.asks)

    def _jobs(self) -> list[Job]:
        """Each question once: two checks that read the same thing of the same target share one answer."""
        refs: dict[Hashable, list[str]] = {}
        steps: dict[Hashable, Step] = {}
        for planned in self._plan.checks:
            for step in planned.steps if self._runs(planned) else ():
                steps.setdefault(question(step), step)
                refs.setdefault(question(step), []).append(planned.check.ref)
        return [Job(number, step, tuple(refs[key])) for number, (key, step) in enumerate(steps.items())]

    async def _work(self) -> None:
        while True:
            while len(self._tasks) < self._most and (job := self._schedule.next()):
                self._tasks[asyncio.create_task(ask(job.step, self._grace))] = job
                self._clock.started(job)
            if not self._tasks:
                return
            await self._say(None)
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await self._ended(self._tasks.pop(task), *task.result())

    async def _ended(self, job: Job, answer: object, took: float) -> None:
        self._clock.ended(job, took)
        self._answers[question(job.step)] = (answer, took)
        common = isinstance(answer, Outcome) and (
            is_common(answer, job.step) or self._is_slow_again(job, answer, took)
        )
        in_doubt = isinstance(answer, NoData) and took >= SLOW
        self._schedule.ended(job, heard=not common and not in_doubt)
        dropped = self._schedule.drop(group(job.step)) if common else []
        if isinstance(answer, Outcome):
            for each in dropped:
                self._clock.dropped(each)
                self._answers[question(each.step)] = (_Blocked(answer, job.step), 0.0)
        for each in (job, *dropped):
            for ref in each.refs:
                await self._settle(ref)

    def _is_slow_again(self, job: Job, answer: Outcome, took: float) -> bool:
        """Whether the same cause cost a time limit in this group before."""
        key = group(job.step)
        if key is None or took < SLOW or not isinstance(answer, NoData):
            return False
        seen = self._slow.setdefault(key, set())
        again = answer.key in seen
        seen.add(answer.key)
        return again

    async def _settle(self, ref: str) -> None:
        """Tell the check's result if all its targets are known."""
        planned = self._open.get(ref)
        if planned is None:
            return
        steps = planned.steps if self._runs(planned) else ()
        if any(question(step) not in self._answers for step in steps):
            return
        del self._open[ref]
        findings = [
            _finding(step, planned.method, *self._answers[question(step)]) for step in steps if planned.method
        ]
        result = self._results[ref] = Result(planned, tuple(findings))
        if planned.then and findings and all(each.verdict in _NOTHING for each in findings):
            self.silent.append(result)
            await self._say(None)
        else:
            await self._say(result)

    async def _say(self, result: Result | None) -> None:
        if self._tell:
            await self._tell(result, self._progress())

    def _progress(self) -> Progress:
        running = tuple(ref for job in self._tasks.values() for ref in job.refs)
        total = len(self._plan.checks)
        return Progress(total - len(self._open) - len(self.silent), total, running, self._clock.left())


class _Clock:
    """Estimates the time left: what steps ask for themselves (a window of 60 s), and for the rest what the
    others took on average."""

    def __init__(self, jobs: Iterable[Job], most: int) -> None:
        self._own = {job.number: _window(job.step) for job in jobs}
        self._sum = sum(self._own.values())
        self._most = most
        self._spent = 0.0
        self._ended = 0
        self._began: dict[int, float] = {}

    def started(self, job: Job) -> None:
        self._began[job.number] = time.monotonic()

    def ended(self, job: Job, took: float) -> None:
        self._began.pop(job.number, None)
        self._spent += max(0.0, took - self._own[job.number])
        self._ended += 1
        self.dropped(job)

    def dropped(self, job: Job) -> None:
        self._sum -= self._own.pop(job.number)

    def left(self) -> float:
        """Seconds."""
        now = time.monotonic()
        mean = self._spent / self._ended if self._ended else 1.0
        longest = max((self._own[n] + mean - (now - began) for n, began in self._began.items()), default=0.0)
        return max(0.0, longest, (self._sum + mean * len(self._own)) / self._most)


class _Blocked:
    """The answer to a question that was not asked, because of what `step` found."""

    def __init__(self, cause: Outcome, step: Step) -> None:
        self.cause = cause
        self.step = step


def _finding(step: Step, method: Method, answer: object, took: float) -> Finding:
    if not isinstance(answer, _Blocked):
        return finding_of(answer, step, method, took)
    why: Saying = (answer.cause.key, plain(answer.cause.fields))
    return blocked(step, waits_for(answer.step), why)


def _window(step: Step) -> float:
    seconds = step.ask.params.get("seconds", 0.0)
    return min(float(seconds), step.ask.limit) if isinstance(seconds, int | float) else 0.0


async def ask(step: Step, grace: float) -> tuple[object, float]:
    """What the probe returned or raised, and how long it took in seconds; never later than its limit, the
    grace and `STOP`."""
    began = time.monotonic()
    inner = asyncio.create_task(_measure(step))
    try:
        await asyncio.wait({inner}, timeout=step.ask.limit + grace)
    except asyncio.CancelledError:
        _abandon(inner)
        raise
    answer: object
    if not inner.done():
        _abandon(inner)
        _late.add(step.probe.name)
        await asyncio.wait({inner}, timeout=STOP)  # what it started should be gone before the next starts
        answer = NoData("engine.deadline", probe=step.probe.name, seconds=f"{step.ask.limit:g}")
    elif inner.cancelled():
        answer = RuntimeError("it cancelled itself")
    else:
        answer = inner.result()
    return answer, time.monotonic() - began


async def _measure(step: Step) -> object:
    try:
        return await step.probe.measure(step.ask)
    except (Exception, SystemExit) as error:  # a probe that calls sys.exit must not end the program
        return error


def _abandon(task: asyncio.Task[object]) -> None:
    task.cancel()
    if not task.done():
        _abandoned.add(task)
        task.add_done_callback(_forget)


def _forget(task: asyncio.Task[object]) -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()  # seen: nobody is told twice


async def _stop(tasks: Iterable[asyncio.Task[tuple[object, float]]]) -> None:
    """Stop them, and give what they started `STOP` seconds to clean up."""
    running = list(tasks)
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running, timeout=STOP)
        await tidy(STOP)
