"""Measuring from the screen: the plan, the consent it needs, the run, and what is probed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from gpuready.checklist.model import Scalar
from gpuready.engine.discover import Found
from gpuready.engine.registry import Registry
from gpuready.engine.targets import add, parse_target, targets_of
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe, Safety, Target
from gpuready.session.event import EventKind
from gpuready.session.store import Session
from gpuready.text.fault import Fault
from tests.tui.conftest import Seat, item, seated

ITEM = "13.1.1.1"
INVENTORY, RATE, DISK, DEVICES, RTT = (f"{ITEM}.{tail}" for tail in ("s1", "s2", "s3", "a1", "a2"))


class Bench:
    """The probes of one item, made up: each answers at once, but for those that wait for `release`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.release = asyncio.Event()
        self.bandwidth = 9.4
        self.registry = Registry(
            {
                each.name: each
                for each in (
                    self._probe("gpu.inventory", {"cuda_supported": ("", True)}),
                    self._probe("gpu.devices", {"missing": ("count", 0), "answering": ("count", 8)}),
                    self._probe("network.rtt", {"p95": ("ms", 0.2)}, on="peer", params={"count": 20}),
                    Probe(
                        "network.bandwidth",
                        self._bandwidth,
                        lambda ask: (f"iperf3 -c {ask.target.address}",),
                        {"rate": "Gbit/s"},
                        {"seconds": 10, "streams": 4},
                        on="peer",
                        safety=Safety.HEAVY,
                        limit=40.0,
                    ),
                )
            }
        )

    def _probe(
        self,
        name: str,
        answers: dict[str, tuple[str, Scalar]],
        *,
        on: str = "",
        params: dict[str, object] | None = None,
    ) -> Probe:
        async def measure(ask: Ask) -> Measurement:
            self.asked.append(name)
            if name == "gpu.devices":
                await self.release.wait()
            fields = {field: value for field, (_, value) in answers.items()}
            return Measurement(fields, f"source of {name}", (Exchange(f"ask {name}", "answered"),))

        units = {field: unit for field, (unit, _) in answers.items()}
        return Probe(name, measure, lambda ask: (f"call {name}",), units, params or {}, on=on)

    async def _bandwidth(self, ask: Ask) -> Measurement:
        self.asked.append("network.bandwidth")
        if ask.target.name == "mute":
            raise NoData("probes_generic.refused", what="mute")
        return Measurement({"rate": self.bandwidth}, "iperf3")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench()
    bench.release.set()
    monkeypatch.setattr("gpuready.engine.registry.installed", lambda: bench.registry)
    return bench


async def peer(seat: Seat, text: str = "peer=node2=10.0.0.2") -> None:
    await add(seat.session, parse_target(text))
    seat.app.stand_again()


def marks(session: Session) -> list[str]:
    """The checks of the item that have a mark."""
    return [ref for ref in (INVENTORY, RATE, DISK, DEVICES, RTT) if session.state.check(ref).mark]


# --- running ----------------------------------------------------------------------------------------------


async def test_what_only_reads_runs_at_once(seat: Seat, bench: Bench) -> None:
    await seat.go(DEVICES)
    await seat.press("r")
    await seat.until("measured: 1 pass")
    assert "✓ a1" in seat.tree_row(DEVICES).text
    assert "measured by ana, moments ago" in seat.detail and "source of gpu.devices" in seat.detail
    assert bench.asked == ["gpu.devices"]


async def test_an_item_runs_all_its_checks(seat: Seat, bench: Bench) -> None:
    await seat.go(ITEM)
    await seat.press("r")
    await seat.until("measured: ")
    assert marks(seat.session) == [INVENTORY, DEVICES]  # no peer is known, and nothing may be loaded
    assert len(seat.app.screen_stack) == 1  # nothing was left to ask about


async def test_a_phase_runs_from_any_row_of_it(seat: Seat, bench: Bench) -> None:
    await seat.go("13.1.1.4.s3")
    await seat.press("R")
    await seat.until("measured: ")
    assert INVENTORY in marks(seat.session)


async def test_nothing_to_run_says_what_to_do(seat: Seat, bench: Bench) -> None:
    await seat.go(RTT)
    await seat.press("r")
    await seat.until("nothing here can be measured now; p tells why, s names what to probe")
    assert not bench.asked


async def test_nothing_runs_that_could_be_stopped(seat: Seat) -> None:
    await seat.press("x")
    await seat.until("nothing is running")


async def test_a_run_shows_its_progress_and_stops(seat: Seat, bench: Bench) -> None:
    bench.release.clear()
    await seat.go(ITEM)
    await seat.press("r")
    await seat.until("measuring ")
    await seat.until(lambda _: bool(seat.session.state.check(INVENTORY).mark))
    await seat.press("r")  # one at a time
    assert bench.asked.count("gpu.devices") == 1
    await seat.press("x")
    await seat.until("stopped; what was measured is kept")
    assert marks(seat.session) == [INVENTORY]
    bench.release.set()
    await seat.press("r")
    await seat.until("measured: ")


async def test_leaving_in_the_middle_of_a_run(file: Path, bench: Bench) -> None:
    bench.release.clear()
    async with seated(file) as seat:
        await seat.go(ITEM)
        await seat.press("r")
        await seat.until("measuring ")
        await seat.press("q")
    async with await Session.open(file, actor="bo") as after:
        assert DEVICES not in marks(after)


# --- consent ----------------------------------------------------------------------------------------------


async def consent(seat: Seat) -> str:
    await seat.press("r")
    return await seat.until("y run all of it")


async def test_what_loads_the_link_asks_first_and_shows_what_it_does(seat: Seat, bench: Bench) -> None:
    await peer(seat)
    await seat.go(RATE)
    text = await consent(seat)
    assert "1 of these checks write, load or start something" in text
    assert "iperf3 -c 10.0.0.2" in text and "heavy load on node2, at most 40 s" in text
    assert not bench.asked
    await seat.press("y")
    await seat.until("measured: 1 fail")
    assert "9.4 Gbit/s" in seat.tree_row(RATE).text and "✗ s2" in seat.tree_row(RATE).text


@pytest.mark.parametrize("key", ["escape", "n", "q"])
async def test_without_consent_nothing_runs(seat: Seat, bench: Bench, key: str) -> None:
    await peer(seat)
    await seat.go(ITEM)
    await consent(seat)
    await seat.press(key)
    await seat.gone("y run all of it")
    await seat.until("space mark")
    assert not bench.asked and not marks(seat.session) and seat.app.is_running


@pytest.mark.parametrize("key", ["enter", "r"])
async def test_no_key_of_habit_gives_consent(seat: Seat, bench: Bench, key: str) -> None:
    await peer(seat)
    await seat.go(ITEM)
    await consent(seat)
    await seat.press("space", "tab", key)
    await seat.until("measured: ")
    assert "network.bandwidth" not in bench.asked
    assert marks(seat.session) == [INVENTORY, DEVICES, RTT]


async def test_the_consent_fits_a_small_screen_in_chinese(file: Path, bench: Bench) -> None:
    async with seated(file, columns=80, rows=24, language="zh") as seat:
        await peer(seat)
        await seat.go(RATE)
        await seat.press("r")
        text = await seat.until("y 全部执行")
        assert "iperf3 -c 10.0.0.2" in text and "node2 上：重负载，最多 40 秒" in text
        await seat.press("escape")
        await seat.gone("y 全部执行")


async def test_a_fall_from_pass_to_fail_is_told(seat: Seat, bench: Bench) -> None:
    await peer(seat)
    await seat.go(RATE)
    bench.bandwidth = 25.0
    await consent(seat)
    await seat.press("y")
    await seat.until("measured: 1 pass")
    bench.bandwidth = 1.5
    await consent(seat)
    await seat.press("y")
    await seat.until("measured: 1 fail")
    assert "earlier ✓ 25 Gbit/s" in seat.detail and ", fails since " in seat.detail


async def test_of_two_targets_each_has_its_line(seat: Seat, bench: Bench) -> None:
    await peer(seat)
    await peer(seat, "peer=mute=10.0.0.3")
    await seat.go(RATE)
    await consent(seat)
    bench.bandwidth = 25.0
    await seat.press("y")
    await seat.until("measured: ")
    assert "1 of 2 pass" in seat.detail
    assert "✓ node2" in seat.detail and "? mute" in seat.detail


# --- the plan ---------------------------------------------------------------------------------------------


async def test_the_plan_tells_every_step_and_does_none(seat: Seat, bench: Bench) -> None:
    await peer(seat)
    await seat.go(ITEM)
    await seat.press("p")
    text = await seat.until(f"What running {ITEM} would do")
    assert "iperf3 -c 10.0.0.2" in text and "call gpu.inventory" in text
    await seat.press("escape")
    await seat.gone("What running")
    assert not bench.asked and not marks(seat.session)


async def test_the_plan_is_of_the_row_on_which_it_was_asked(
    seat: Seat, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first plan waits for the probes: the cursor may have gone on by then."""

    def slow() -> Registry:
        time.sleep(0.3)
        return bench.registry

    monkeypatch.setattr("gpuready.engine.registry.installed", slow)
    await seat.go(DEVICES)
    await seat.press("p", "up", "up")
    text = await seat.until("What running ")
    assert f"What running {DEVICES} would do" in text


# --- what is probed ---------------------------------------------------------------------------------------


def targets(seat: Seat) -> list[str]:
    return [f"{each.kind}={each.name}" for each in targets_of(seat.session.state.settings)]


async def test_a_target_is_added_and_taken_away(seat: Seat) -> None:
    await seat.press("s")
    await seat.until("No target yet")
    await seat.press("a")
    await seat.until("KIND=ADDRESS")
    await seat.type("peer")
    await seat.press("enter")
    await seat.until(lambda _: "peer=HOST" in seat.dialog or "KIND" in seat.dialog)
    assert not targets(seat)
    await seat.type("=node2")
    await seat.press("enter")
    await seat.gone("KIND=ADDRESS")
    await seat.until("peer        node2")
    assert targets(seat) == ["peer=node2"]
    await seat.press("d")
    await seat.until("No target yet")
    assert not targets(seat)
    await seat.press("escape")
    await seat.until(lambda _: len(seat.app.screen_stack) == 1)


async def test_a_secret_is_no_part_of_a_target(seat: Seat) -> None:
    await seat.press("s", "a")
    await seat.until("KIND=ADDRESS")
    await seat.type("service=http://ana:hunter2@chat.example")
    await seat.press("enter")
    await seat.until(lambda _: "secret" in seat.dialog or "password" in seat.dialog)
    assert not targets(seat)


async def test_what_is_found_is_proposed_and_only_taken_by_hand(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    prometheus = Target("prometheus", "localhost", "http://localhost:9090")
    found: tuple[Found, ...] = (
        Found(prometheus, "engine.entry_kind", {"point": "it"}),
        Found(None, "engine.entry_kind", {"point": "a device"}),
    )

    async def discover() -> tuple[Found, ...]:
        return found

    monkeypatch.setattr("gpuready.tui.screens.targets.discover", discover)
    await seat.press("s", "f")
    await seat.until("found here, not added")
    assert not targets(seat)
    await seat.press("enter")
    await seat.gone("found here, not added")
    assert targets(seat) == ["prometheus=localhost"]

    found = ()
    await seat.press("d")
    await seat.until("No target yet")
    await seat.press("f")
    await seat.until("Nothing found on this node")


async def test_the_same_target_is_taken_away_once(seat: Seat) -> None:
    """Two quick presses: the second finds nothing any more, and that is no crash."""
    await peer(seat)
    await peer(seat, "peer=node3=10.0.0.3")
    await seat.press("s")
    await seat.until("node3")
    await seat.type("dd")
    await seat.until(lambda _: len(targets(seat)) < 2)
    await seat.pilot.pause()
    assert seat.app.is_running and seat.app._exception is None


async def refuse(*_: object) -> None:
    """Any fault that is short enough to be whole on the screen."""
    raise Fault("tui.no_path")


async def test_a_target_that_cannot_be_taken_away_says_so(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpuready.tui.screens.targets.remove", refuse)
    await peer(seat)
    await seat.press("s")
    await seat.until("node2")
    await seat.press("d")
    await seat.until("Name the file to write.")
    assert seat.app._exception is None and "node2" in seat.text
    await seat.press("j")
    await seat.until("d remove")  # the next key puts the keys in its place


async def test_what_cannot_be_kept_is_told_and_stays_proposed(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def discover() -> tuple[Found, ...]:
        return (Found(Target("peer", "node9", "node9"), "engine.entry_kind", {"point": "it"}),)

    monkeypatch.setattr("gpuready.tui.screens.targets.discover", discover)
    monkeypatch.setattr("gpuready.tui.screens.targets.add", refuse)
    await seat.press("s", "f")
    await seat.until("found here, not added")
    await seat.press("enter")
    await seat.until("Name the file to write.")
    assert "found here, not added" in seat.text and not targets(seat)


async def test_the_chosen_target_is_in_sight_however_many_there_are(file: Path) -> None:
    async with await Session.open(file, actor="ana") as session:
        for number in range(40):
            await add(session, parse_target(f"peer=n{number:02}=10.0.0.{number + 1}"))
    async with seated(file, columns=80, rows=24) as seat:
        await seat.press("s")
        await seat.until("n00")
        await seat.type("j" * 39)
        await seat.until("n39")
        await seat.type("k" * 39)
        await seat.until("n00")


async def test_a_target_of_another_program_is_shown(seat: Seat, file: Path) -> None:
    await seat.until(lambda _: bool(seat.session.state.adopted))
    async with await Session.open(file, actor="bo") as other:
        await add(other, parse_target("mount=data=/data"))
        await other.append(EventKind.OWNER, item(ITEM).ref, {"owner": "bo"})
    await seat.until(lambda _: "mount=data" in targets(seat))
    await seat.press("s")
    await seat.until("/data")
