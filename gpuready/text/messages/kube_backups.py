"""What the checks of backup ages and snapshots say."""

MESSAGES = {
    "no_schedule": (
        "No enabled Velero Schedule was found, so the age of backups is not known: create one, or run the "
        "drill for another product.",
        "未发现启用的 Velero Schedule，备份的新旧未知：请创建，或为其他备份产品做演练。",
    ),
    "never": (
        "No Completed backup covers the namespaces of these schedules yet: {names}; look at `velero backup "
        "get`.",
        "以下 Schedule 的命名空间尚无已完成的备份：{names}；请查看 `velero backup get`。",
    ),
    "worst": (
        "How old the newest backup got before the next one completed, by namespaces: {names}.",
        "各命名空间最新备份在下一次完成前的最大年龄：{names}。",
    ),
    "young": (
        "Too few Completed backups to tell how often they come: {names}; look again when three have been "
        "made by schedule.",
        "已完成的备份太少，尚看不出备份间隔：{names}；请待计划产生三次备份后再看。",
    ),
    "only_velero": (
        "Velero's backups alone were judged: etcd snapshots and replicated databases have an RPO of their "
        "own.",
        "仅评判了 Velero 备份：etcd 快照与数据库复制另有其 RPO。",
    ),
    "not_ready": (
        "Snapshots or volume backups that cannot be used: {names}; look at their events and at the CSI "
        "snapshot controller.",
        "不可用的快照或卷备份：{names}；请查看其事件与 CSI 快照控制器。",
    ),
    "by_schedule": (
        "Taken by schedule: {names}.",
        "按计划执行的有：{names}。",
    ),
    "nothing_scheduled": (
        "Nothing takes snapshots by schedule (looked for Velero, Longhorn, snapscheduler, VolSync and "
        "Kasten): create a schedule.",
        "没有按计划执行的快照（查找了 Velero、Longhorn、snapscheduler、VolSync、Kasten）：请创建计划。",
    ),
    "no_snapshot": (
        "There is no VolumeSnapshot and no volume backup of Velero to judge yet.",
        "尚无 VolumeSnapshot 或 Velero 卷备份可供评判。",
    ),
}
