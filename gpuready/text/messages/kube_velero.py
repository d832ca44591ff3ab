"""What the checks of Velero say."""

MESSAGES = {
    "silent": (
        "Velero has not looked at these locations for over an hour, so that Available is an old word: "
        "{names}; see whether its server runs.",
        "Velero 已超过一小时未检查这些存储位置，Available 只是旧状态：{names}；请检查 Velero 服务是否在运"
        "行。",
    ),
    "short_memory": (
        "Backups are kept for {kept} only, so the rest of the {window} is not known: keep them longer, or "
        "take the figure from Velero's metrics.",
        "备份只保留 {kept}，{window} 内其余情况未知：请延长保留期，或从 Velero 的指标取数。",
    ),
    "not_installed": (
        "Velero is not installed (schedules.velero.io is not served): install it, or attest what else "
        "backs up application data.",
        "未安装 Velero（API 未提供 schedules.velero.io）：请安装，或说明应用数据由什么备份。",
    ),
    "no_schedule": (
        "Velero is installed but has no Schedule: create one by `velero schedule create`.",
        "已安装 Velero，但没有 Schedule：请用 `velero schedule create` 创建。",
    ),
    "off": (
        "Schedules that make no backups (paused, or not validated): {names}.",
        "不产生备份的 Schedule（已暂停或未通过校验）：{names}。",
    ),
    "last_bad": (
        "Schedules whose last backup did not complete, or whose next one is overdue: {names}; see `velero "
        "backup describe` and the server's log.",
        "最近一次备份未完成或下一次已逾期的 Schedule：{names}；请查看 `velero backup describe` 与服务日志。",
    ),
    "unavailable": (
        "Backup storage locations that are not Available: {names}; check the bucket and its credentials.",
        "不可用（非 Available）的备份存储位置：{names}；请检查存储桶与凭据。",
    ),
    "no_location": (
        "Velero has no BackupStorageLocation: create one.",
        "Velero 没有 BackupStorageLocation：请创建。",
    ),
    "no_restore": (
        "No Velero restore has ended within {window}, so no share of successes is known: restore a backup "
        "as a test, or run the drill.",
        "{window} 内没有已结束的 Velero 恢复，成功率未知：请做一次恢复测试，或做演练。",
    ),
    "restores_bad": (
        "Restores that did not complete: {names}.",
        "未成功完成的恢复：{names}。",
    ),
    "no_backups_kept": (
        "Velero is not installed (backups.velero.io is not served), so no backups can be counted: enter "
        "the figure of the backup product in use.",
        "未安装 Velero（API 未提供 backups.velero.io），无备份可统计：请填入所用备份产品的数字。",
    ),
    "no_backup": (
        "No Velero backup has ended within {window}, so no share of successes is known: create a Schedule.",
        "{window} 内没有已结束的 Velero 备份，成功率未知：请创建 Schedule。",
    ),
    "backups_bad": (
        "Backups that did not complete: {names}.",
        "未成功完成的备份：{names}。",
    ),
    "no_location_kept": (
        "No BackupStorageLocation of Velero tells where backups are kept: install Velero, or show the "
        "replication otherwise.",
        "没有 Velero 的 BackupStorageLocation 说明备份存放处：请安装 Velero，或以其他方式证明跨区复制。",
    ),
    "regions": (
        "Completed backups lie in: {names}.",
        "已完成的备份位于：{names}。",
    ),
    "empty_location": (
        "Locations that hold no Completed backup and do not count: {names}.",
        "没有已完成备份、不计入的存储位置：{names}。",
    ),
    "no_region": (
        "Locations that do not tell their region: {names}; set spec.config.region.",
        "未写明区域的存储位置：{names}；请设置 spec.config.region。",
    ),
}
