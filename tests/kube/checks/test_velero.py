"""Velero's schedules, backups, restores and locations; and snapshots, judged by the shipped figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks.backups import CHECKS as BACKUPS
from gpuready.kube.checks.velero import CHECKS
from tests.kube.memory import NOW, Memory, judged

SCHEDULES, RESTORES, SUCCESS, LOCATIONS = CHECKS
AGE, SNAPSHOTS = BACKUPS


def ago(**ago: float) -> str:
    return (NOW - timedelta(**ago)).isoformat().replace("+00:00", "Z")


def schedule(name: str = "daily", phase: str = "Enabled", *only: str, **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "velero"},
        "spec": {"schedule": "@daily", "template": {"includedNamespaces": list(only)}, **spec},
        "status": {"phase": phase},
    }


def run(
    name: str,
    phase: str = "Completed",
    *,
    minutes: float = 60,
    took: float = 2,
    schedule: str = "daily",
    **spec: Any,
) -> dict[str, Any]:
    """A backup or restore that began so many minutes ago."""
    done = {"completionTimestamp": ago(minutes=minutes - took)} if phase != "InProgress" else {}
    return {
        "metadata": {
            "name": name,
            "namespace": "velero",
            "labels": {"velero.io/schedule-name": schedule},
        },
        "spec": {"storageLocation": "default", **spec},
        "status": {"phase": phase, "startTimestamp": ago(minutes=minutes), **done},
    }


def location(name: str = "default", phase: str = "Available", **config: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "velero"},
        "spec": {"provider": "aws", "objectStorage": {"bucket": name}, "config": config},
        "status": {"phase": phase},
    }


def velero(**objects: Any) -> Memory:
    return Memory(
        {
            "schedules.velero.io": objects.get("schedules", [schedule()]),
            "backups.velero.io": objects.get("backups", [run("b1")]),
            "restores.velero.io": objects.get("restores", []),
            "backupstoragelocations.velero.io": objects.get("locations", [location()]),
        }
    )


async def test_an_enabled_schedule_whose_last_backup_completed_passes() -> None:
    backups = [run("b0", "Failed", minutes=300), run("b1"), run("b2", "InProgress", minutes=1)]
    found = await judged(SCHEDULES, velero(backups=backups))
    assert found.verdict is Verdict.PASS
    assert found["enabled"] == 1


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        (velero(backups=[run("b1"), run("b2", "PartiallyFailed", minutes=5)]), "b2 (PartiallyFailed)"),
        (velero(backups=[]), "daily (no backup)"),
        (velero(locations=[location(phase="Unavailable")]), "default (Unavailable)"),
        (velero(schedules=[schedule(paused=True)]), "daily (Enabled)"),
        (velero(schedules=[]), "no Schedule"),
        (Memory(), "not installed"),
    ],
)
async def test_what_is_wrong_with_the_schedules_fails_and_is_named(cluster: Memory, said: str) -> None:
    found = await judged(SCHEDULES, cluster)
    assert found.verdict is Verdict.FAIL
    assert said in found.said


@pytest.mark.parametrize(
    ("cron", "hours", "late"),
    [
        ("@daily", 35, False),
        ("@daily", 37, True),
        ("CRON_TZ=Europe/Berlin 0 2 * * *", 37, True),
        ("@every 1h30m", 4, True),
        ("*/15 * * * *", 1, False),
        ("0 */6 * * *", 8, False),
        ("0 */6 * * *", 10, True),
        ("0 3 * * 0", 24 * 8, False),
        ("0 3 * * 0", 24 * 11, True),
        ("0 3 1 * *", 24 * 40, False),
    ],
)
async def test_a_backup_that_does_not_come_is_named(cron: str, hours: float, late: bool) -> None:
    cluster = velero(schedules=[schedule(schedule=cron)], backups=[run("b1", minutes=60 * hours)])
    found = await judged(SCHEDULES, cluster)
    assert found.verdict is (Verdict.FAIL if late else Verdict.PASS)
    assert ("b1" in found.said) is late


async def test_a_location_that_velero_has_not_looked_at_is_unknown() -> None:
    old = location()
    old["status"]["lastValidationTime"] = ago(hours=5)
    found = await judged(SCHEDULES, velero(locations=[old]))
    assert found.verdict is Verdict.UNKNOWN
    assert "server" in found.said


async def test_backups_that_are_soon_deleted_do_not_tell_of_the_whole_period() -> None:
    short = run("b1")
    short["status"]["expiration"] = ago(minutes=60 - 60 * 24)
    found = await judged(SUCCESS, velero(backups=[short]))
    assert found.verdict is Verdict.UNKNOWN
    assert "24 h" in found.said
    assert (await judged(SUCCESS, velero(backups=[short, run("b2", "Failed")]))).verdict is Verdict.FAIL


async def test_schedules_without_a_location_to_look_at_are_unknown() -> None:
    assert (await judged(SCHEDULES, velero(locations=[]))).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("probe", [*CHECKS, *BACKUPS], ids=lambda probe: probe.name)
async def test_no_right_to_read_is_unknown(probe: Any) -> None:
    sight = velero(restores=[run("r")])
    sight.forbidden = set(sight.objects)
    assert (await judged(probe, sight)).verdict is Verdict.UNKNOWN


async def test_restores_count_within_the_period_only() -> None:
    old = run("old", "Failed", minutes=60 * 24 * 200)
    found = await judged(RESTORES, velero(restores=[run("r1"), old, run("r2", "InProgress")]))
    assert (found.verdict, found["restores"]) == (Verdict.PASS, 1)
    found = await judged(RESTORES, velero(restores=[run("r1"), run("r2", "PartiallyFailed")]))
    assert (found.verdict, found["success_ratio"]) == (Verdict.FAIL, 50)
    assert "r2 (PartiallyFailed)" in found.said
    assert (await judged(RESTORES, velero(restores=[old]))).verdict is Verdict.UNKNOWN


async def test_the_share_of_completed_backups_is_judged() -> None:
    assert (await judged(SUCCESS, velero())).verdict is Verdict.PASS
    found = await judged(SUCCESS, velero(backups=[run("b1"), run("b2", "Failed")]))
    assert (found.verdict, found["success_ratio"]) == (Verdict.FAIL, 50)
    assert (await judged(SUCCESS, velero(backups=[]))).verdict is Verdict.UNKNOWN
    assert (await judged(SUCCESS, Memory())).verdict is Verdict.UNKNOWN


async def test_two_regions_with_backups_pass_and_an_empty_location_does_not_count() -> None:
    two = [location(region="eu-west-1"), location("far", region="us-east-1")]
    both = [run("b1"), run("b2", storageLocation="far")]
    assert (await judged(LOCATIONS, velero(locations=two, backups=both))).verdict is Verdict.PASS
    found = await judged(LOCATIONS, velero(locations=two))
    assert (found.verdict, found["regions"]) == (Verdict.FAIL, 1)
    assert "far" in found.said


async def test_a_location_that_tells_no_region_leaves_it_open() -> None:
    two = [location(region="eu-west-1"), location("far")]
    both = [run("b1"), run("b2", storageLocation="far")]
    assert (await judged(LOCATIONS, velero(locations=two, backups=both))).verdict is Verdict.UNKNOWN
    assert (await judged(LOCATIONS, velero(locations=[location()]))).verdict is Verdict.FAIL
    assert (await judged(LOCATIONS, velero(locations=[]))).verdict is Verdict.UNKNOWN


async def test_the_age_that_the_newest_backup_reached_is_judged() -> None:
    often = {at: run(f"b{at}", minutes=at, took=1) for at in range(5, 60 * 24, 10)}
    found = await judged(AGE, velero(backups=[*often.values()]))
    assert found.verdict is Verdict.PASS
    assert found["worst_age"] == pytest.approx(11)  # ten minutes between, one to complete
    gap = [each for at, each in often.items() if not 100 < at < 160]
    found = await judged(AGE, velero(backups=gap))
    assert found.verdict is Verdict.FAIL


async def test_a_failed_backup_makes_nothing_younger_and_a_wider_one_does() -> None:
    own = [schedule("own", "Enabled", "ai")]
    late = [run("b1", minutes=30), run("b2", "Failed", minutes=5)]
    assert (await judged(AGE, velero(schedules=own, backups=late))).verdict is Verdict.FAIL
    wide = [run("b0", minutes=18), run("b1", minutes=12, includedNamespaces=["ai"]), run("b2", minutes=6)]
    assert (await judged(AGE, velero(schedules=own, backups=wide))).verdict is Verdict.PASS
    other = [run("b2", minutes=6, includedNamespaces=["web"])]
    assert (await judged(AGE, velero(schedules=own, backups=other))).verdict is Verdict.UNKNOWN


async def test_one_young_backup_does_not_tell_how_old_it_will_get() -> None:
    found = await judged(AGE, velero(backups=[run("b1", minutes=5)]))
    assert found.verdict is Verdict.UNKNOWN
    assert "Too few" in found.said


async def test_no_schedule_or_no_backup_has_no_age() -> None:
    assert (await judged(AGE, velero(schedules=[]))).verdict is Verdict.UNKNOWN
    assert (await judged(AGE, velero(backups=[]))).verdict is Verdict.UNKNOWN


def snapshot(*, ready: bool = True, minutes: float = 60, **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "s", "namespace": "ai", "creationTimestamp": ago(minutes=minutes)},
        "status": {"readyToUse": ready, "creationTime": ago(minutes=minutes), **status},
    }


def storage(*snapshots: Any, **more: Any) -> Memory:
    return Memory({"volumesnapshots.snapshot.storage.k8s.io": snapshots, **more})


LONGHORN = {"recurringjobs.longhorn.io": [{"metadata": {"name": "j"}, "spec": {"task": "snapshot"}}]}


async def test_scheduled_snapshots_that_can_be_used_pass() -> None:
    found = await judged(SNAPSHOTS, storage(snapshot(), snapshot(ready=False, minutes=5), **LONGHORN))
    assert found.verdict is Verdict.PASS
    assert found["newest_age"] == pytest.approx(1 / 12)
    upload = {"metadata": {"name": "u", "namespace": "velero"}, "status": {"phase": "Completed"}}
    moved = Memory({"schedules.velero.io": [schedule()], "datauploads.velero.io": [upload]})
    assert (await judged(SNAPSHOTS, moved)).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "bad",
    [snapshot(ready=False), snapshot(ready=False, minutes=1, error={"message": "x"})],
)
async def test_a_snapshot_that_cannot_be_used_fails_and_is_named(bad: Any) -> None:
    found = await judged(SNAPSHOTS, storage(bad, **LONGHORN))
    assert found.verdict is Verdict.FAIL
    assert "ai/s" in found.said


async def test_nothing_scheduled_fails_and_nothing_taken_is_unknown() -> None:
    assert (await judged(SNAPSHOTS, storage(snapshot()))).verdict is Verdict.FAIL
    assert (await judged(SNAPSHOTS, storage(**LONGHORN))).verdict is Verdict.UNKNOWN
