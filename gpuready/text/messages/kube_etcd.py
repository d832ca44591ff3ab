"""What the check of etcd backups says."""

MESSAGES = {
    "none": (
        "The cluster takes no etcd snapshot that shows (no CronJob with etcdctl snapshot save, no "
        "ETCDSnapshotFile): if a timer on the nodes or the provider takes them, attest it with evidence.",
        "集群中看不到 etcd 快照（没有执行 etcdctl snapshot save 的 CronJob，也没有 ETCDSnapshotFile）：若由"
        "节点定时任务或云厂商完成，请附证据确认。",
    ),
    "newest": (
        "The newest etcd snapshot is {age} old ({name}).",
        "最新的 etcd 快照距今 {age}（{name}）。",
    ),
    "never": (
        "No etcd snapshot has succeeded yet: {names}; read the log of its last job.",
        "尚无成功的 etcd 快照：{names}；请查看其最近一次任务的日志。",
    ),
    "suspended": (
        "Suspended, so no new snapshot follows: {names}; set spec.suspend to false.",
        "已暂停，不会再有新快照：{names}；请将 spec.suspend 设为 false。",
    ),
    "failed": (
        "Snapshots that failed: {names}; see their status.error.",
        "失败的快照：{names}；详见其 status.error。",
    ),
    "only_job": (
        "A job that succeeded is no restore: check the file with etcdutl snapshot status, and that it lies "
        "outside the cluster.",
        "任务成功不等于可恢复：请用 etcdutl snapshot status 校验文件，并确认它存放在集群之外。",
    ),
}
