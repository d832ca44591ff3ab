"""What the engine itself costs: 500 read-only checks of 20 ms each, against the ideal for the concurrency.

Run alone with ``python -m tests.engine.bench``, or called by the bench of the whole program.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from gpuready.engine.conduct import conduct
from gpuready.engine.run import run
from gpuready.probes.probe import Target
from gpuready.session.store import Session
from tests.engine.fakes import Gauge, method, plan, probe

COUNT, DELAY, JOBS = 500, 0.02, 8


async def times_the_ideal(*, record: bool, targets: int = 0) -> float:
    """How many times the ideal the run takes; with `record` each result is kept in a session, with `targets`
    the questions go to so many services instead of this node."""
    asked = probe("a.b", Gauge(DELAY), params={"n": 0})
    site = [Target("service", f"s{n}", f"http://s{n}") for n in range(targets)]
    methods = [[method("a.b", on="service" if targets else "", n=n)] for n in range(COUNT // max(1, targets))]
    made = plan(methods, [asked], *site)
    with tempfile.TemporaryDirectory() as folder:
        session = await Session.open(Path(folder) / "s.gpuready", actor="bench")
        began = time.perf_counter()
        if record:
            await conduct(made, session, jobs=JOBS)
        else:
            await run(made, jobs=JOBS)
        took = time.perf_counter() - began
        await session.close()
    return took / (COUNT * DELAY / JOBS)


async def longest_pause() -> float:
    """The longest time in ms for which the event loop answers nobody while 500 checks run and are recorded:
    what a key press may have to wait."""
    gaps: list[float] = []
    task = asyncio.create_task(times_the_ideal(record=True))
    last = time.perf_counter()
    while not task.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
    return max(gaps) * 1000


async def main() -> None:
    print(f"{COUNT} checks of {DELAY * 1000:.0f} ms, {JOBS} at once, times the ideal:")
    print(f"  on this node            {await times_the_ideal(record=False):.2f}")
    print(f"  on this node, recorded  {await times_the_ideal(record=True):.2f}")
    print(f"  on 50 services          {await times_the_ideal(record=False, targets=50):.2f}")
    print(f"  longest pause of the event loop: {await longest_pause():.0f} ms")


if __name__ == "__main__":
    asyncio.run(main())
