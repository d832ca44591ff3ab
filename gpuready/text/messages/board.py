"""Words for verdicts, statuses and provenance, and what a filter or a date is told."""

MESSAGES = {
    "pass": ("pass", "通过"),
    "warn": ("warn", "警告"),
    "fail": ("fail", "不通过"),
    "error": ("error", "出错"),
    "unknown": ("unknown", "未知"),
    "n/a": ("n/a", "不适用"),
    "blocked": ("blocked", "受阻"),
    "waived": ("waived", "已豁免"),
    "manual": ("waits for a person", "待人工确认"),
    "stale": ("stale", "已过期"),
    "done": ("done", "完成"),
    "failed": ("failed", "失败"),
    "open": ("open", "未完成"),
    "measured": ("measured", "实测"),
    "computed": ("computed", "计算"),
    "entered": ("entered", "录入"),
    "attested": ("attested", "确认"),
    "filter_key": (
        "The filter has no key {key!r}. Use owner:, status:, due: or plain words.",
        "筛选没有 {key!r} 这个键。可用 owner:、status:、due: 或普通词语。",
    ),
    "filter_status": (
        "status:{found} is not known. Use one of: {known}.",
        "status:{found} 无法识别。可用：{known}。",
    ),
    "bad_day": (
        "{found!r} is no day. Write 2026-12-01, 12-01, fri, +7d, 2w, today or tomorrow.",
        "{found!r} 不是日期。请写 2026-12-01、12-01、fri、+7d、2w、today 或 tomorrow。",
    ),
}
