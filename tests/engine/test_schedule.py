"""What may run beside what, whatever the jobs are."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gpuready.engine.causes import group
from gpuready.engine.plan import Step
from gpuready.engine.schedule import Job, Schedule
from gpuready.probes.probe import Ask, Safety, Target
from tests.engine.fakes import probe

TARGETS = [Target(name="here"), Target("peer", "a", "a"), Target("peer", "b", "b")]


@st.composite
def jobs(draw: st.DrawFn) -> list[Job]:
    made = []
    for number in range(draw(st.integers(0, 30))):
        one = probe(
            f"a.{number}",
            lane=draw(st.sampled_from(["", "disk", "network"])),
            safety=draw(st.sampled_from(list(Safety))),
        )
        target = draw(
            st.sampled_from([Target(name="here"), Target("peer", "a", "a"), Target("peer", "b", "b")])
        )
        made.append(Job(number, Step(one, Ask(target), ()), (str(number),)))
    return made


@given(jobs(), st.integers(1, 9), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_every_job_runs_once_and_never_beside_what_it_disturbs(
    listed: list[Job], most: int, random: object
) -> None:
    schedule = Schedule(listed)
    running: list[Job] = []
    ran: list[int] = []
    heard: set[object] = set()
    while True:
        while len(running) < most and (job := schedule.next()):
            running.append(job)
            ran.append(job.number)
            lanes = [each.probe.lane for each in running if each.probe.lane]
            assert len(lanes) == len(set(lanes))
            assert len(running) == 1 or not any(each.heavy for each in running)
            unheard = [group(each.step) for each in running if group(each.step) not in heard | {None}]
            assert len(unheard) == len(set(unheard))
        if not running:
            break
        done = running.pop(random.randrange(len(running)))  # type: ignore[attr-defined]
        answers = random.random() < 0.7  # type: ignore[attr-defined]
        schedule.ended(done, heard=answers)
        if answers:
            heard.add(group(done.step))
    assert sorted(ran) == [each.number for each in listed]
    assert len(schedule) == 0 and schedule.waiting() == []


def test_the_gentle_come_first() -> None:
    safeties = [Safety.HEAVY, Safety.CHANGES, Safety.LIGHT, Safety.READ]
    listed = [
        Job(n, Step(probe(f"a.{n}", safety=safety), Ask(Target(name="here")), ()), ())
        for n, safety in enumerate(safeties)
    ]
    schedule = Schedule(listed)
    order = []
    while job := schedule.next():
        order.append(job.probe.safety)
        schedule.ended(job, heard=True)
    assert order[0] is Safety.READ and order[-1] is Safety.HEAVY


def test_a_group_can_be_dropped() -> None:
    a, b = Target("peer", "a", "a"), Target("peer", "b", "b")
    listed = [Job(n, Step(probe(f"x.{n}"), Ask(t), ()), ()) for n, t in enumerate([a, b, a, a])]
    schedule = Schedule(listed)
    first = schedule.next()
    assert first is not None
    schedule.ended(first, heard=False)
    assert [each.number for each in schedule.drop(group(first.step))] == [2, 3]
    rest = schedule.next()
    assert rest is not None and rest.number == 1 and schedule.next() is None
