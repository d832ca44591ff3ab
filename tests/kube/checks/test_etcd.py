"""The newest etcd snapshot."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import etcd
from tests.kube.memory import Memory, judged
from tests.kube.objects import custom

(BACKUP,) = etcd.CHECKS
FILES = "etcdsnapshotfiles.k3s.cattle.io"
SAVE = "etcdctl --endpoints=https://127.0.0.1:2379 snapshot save /backup/etcd-$(date +%F).db"


def cronjob(name: str, *, last: str = "", command: str = SAVE, **more: Any) -> dict[str, Any]:
    container = {"name": "save", "image": "etcd:3.5", "command": ["/bin/sh", "-c", command]}
    spec = {
        "schedule": "0 2 * * *",
        "jobTemplate": {"spec": {"template": {"spec": {"containers": [container]}}}},
        **more,
    }
    status = {"lastScheduleTime": last, "lastSuccessfulTime": last} if last else {}
    job = custom("batch/v1", "CronJob", name, "kube-system", spec=spec, status=status)
    job["metadata"]["creationTimestamp"] = "2026-11-20T12:00:00Z"
    return job


def file(name: str, at: str, **status: Any) -> dict[str, Any]:
    told = {"creationTime": at, "readyToUse": True, "size": "42Mi"} | status
    return custom("k3s.cattle.io/v1", "ETCDSnapshotFile", name, status=told)


def jobs(*each: dict[str, Any]) -> Memory:
    return Memory({"cronjobs.batch": list(each)})


async def test_a_snapshot_of_last_night_passes_both_lines() -> None:
    for ref in ("13.2.1.1.s2", "13.2.3.4.s1"):
        found = await judged(BACKUP, jobs(cronjob("save", last="2026-11-24T02:00:00Z")), ref)
        assert found.verdict is Verdict.PASS
        assert found["newest_age"] == found["age"] == 10
        assert "CronJob kube-system/save" in found.said


async def test_an_old_snapshot_fails() -> None:
    stale = cronjob("save", last="2026-11-22T02:00:00Z", suspend=True)
    found = await judged(BACKUP, jobs(stale))
    assert found.verdict is Verdict.FAIL
    assert "Suspended" in found.said


async def test_one_that_never_succeeded_fails_once_it_is_overdue() -> None:
    found = await judged(BACKUP, jobs(cronjob("save")))
    assert found.verdict is Verdict.FAIL
    assert found["newest_age"] == 96
    young = cronjob("save")
    young["metadata"]["creationTimestamp"] = "2026-11-24T09:00:00Z"
    found = await judged(BACKUP, jobs(young))
    assert found.verdict is Verdict.UNKNOWN, "it is three hours old: nothing proves a backup"


async def test_other_jobs_are_none() -> None:
    other = cronjob("report", last="2026-11-24T02:00:00Z", command="etcdctl defrag")
    assert (await judged(BACKUP, jobs(other))).verdict is Verdict.UNKNOWN
    assert (await judged(BACKUP, Memory())).verdict is Verdict.UNKNOWN
    assert (await judged(BACKUP, Memory(forbidden={"cronjobs.batch"}))).verdict is Verdict.UNKNOWN


async def test_a_job_is_known_by_its_name() -> None:
    found = await judged(BACKUP, jobs(cronjob("etcd-backup", last="2026-11-24T02:00:00Z", command="/run.sh")))
    assert found.verdict is Verdict.PASS


async def test_the_etcd_of_an_application_and_a_clean_up_are_no_backup_of_the_cluster() -> None:
    last = "2026-11-24T02:00:00Z"
    own = cronjob("milvus-etcd-backup", last=last)
    own["metadata"]["namespace"] = "milvus"
    clean = cronjob("etcd-backup-cleanup", last=last, command="find /backup -mtime +7 -delete")
    assert (await judged(BACKUP, jobs(own, clean))).verdict is Verdict.UNKNOWN
    placed = cronjob("save", last=last)
    placed["metadata"]["namespace"] = "backups"
    pods = placed["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    pods["nodeSelector"] = {"node-role.kubernetes.io/control-plane": ""}
    assert (await judged(BACKUP, jobs(placed))).verdict is Verdict.PASS


async def test_the_snapshots_of_k3s_count_unless_they_failed() -> None:
    good, bad = (
        file("a", "2026-11-24T00:00:00Z"),
        file("b", "2026-11-24T11:00:00Z", error={"message": "no space"}),
    )
    found = await judged(BACKUP, Memory({FILES: [good, bad]}))
    assert found.verdict is Verdict.PASS
    assert found["age"] == 12
    assert "failed: b" in found.said
    assert (await judged(BACKUP, Memory({FILES: [bad]}))).verdict is Verdict.UNKNOWN
