"""What an operator is told when a mark, a value, a waiver or another deed cannot be recorded."""

MESSAGES = {
    "unknown_ref": (
        "There is no {ref} in these checklists. List the refs with: gpuready checklist show.",
        "清单中没有 {ref}。可用 gpuready checklist show 列出所有引用号。",
    ),
    "unknown_ref_near": (
        "There is no {ref} in these checklists. Did you mean {near}?",
        "清单中没有 {ref}。是否指 {near}？",
    ),
    "not_check": (
        "{ref} is no check, and only a check can be marked or waived. Give one of its checks: {near}.",
        "{ref} 不是检查，只有检查才能标记或豁免。请指定其中一个检查：{near}。",
    ),
    "not_item": (
        "{ref} is no item, and only an item has an owner, a due date and an override. Give {near}.",
        "{ref} 不是条目，只有条目才有负责人、截止日期和覆盖状态。请使用 {near}。",
    ),
    "empty": (
        "{what} is empty. Write it in a few words.",
        "{what}为空。请用几个字写明。",
    ),
    "reason": ("The reason", "理由"),
    "approver": ("The approver", "批准人"),
    "note": ("The note", "备注"),
    "value": ("The value", "数值"),
    "attestation": ("The attestation", "确认说明"),
    "verdict": (
        "A person cannot give the verdict {found!r}. Use one of: {known}.",
        "人工不能给出判定 {found!r}。可用：{known}。",
    ),
    "no_value": (
        "{ref} takes no value. Say instead whether it passes, or attest it with evidence.",
        "{ref} 不接受数值。请改为标记通过或不通过，或附证据确认。",
    ),
    "not_number": (
        "{found!r} is no number. Write it like 12.3, 1,000 or 12.3 {unit}.",
        "{found!r} 不是数字。请写成 12.3、1,000 或 12.3 {unit} 的形式。",
    ),
    "not_yes_no": (
        "{found!r} is neither yes nor no. Write yes or no.",
        "{found!r} 既不是“是”也不是“否”。请写 yes 或 no。",
    ),
    "not_version": (
        "{found!r} is no version. Write it like 1.2.3.",
        "{found!r} 不是版本号。请写成 1.2.3 的形式。",
    ),
    "not_date": (
        "{found!r} is no date. Write it like 2026-12-01.",
        "{found!r} 不是日期。请写成 2026-12-01 的形式。",
    ),
    "unknown_unit": (
        "The unit {found!r} is not known. For {ref} use one of: {known}.",
        "单位 {found!r} 无法识别。{ref} 可用：{known}。",
    ),
    "unlike_unit": (
        "{found!r} cannot be compared with the figure of {ref}, which is in {unit!r}. Use one of: {known}.",
        "{found!r} 无法与 {ref} 的指标（单位 {unit!r}）比较。可用：{known}。",
    ),
    "two_units": (
        "The value says {one!r} and the unit says {other!r}. Give the unit once.",
        "数值中的单位是 {one!r}，另给的单位是 {other!r}。单位只写一次即可。",
    ),
    "no_unit": ("none", "无单位"),
    "bad_link": (
        "{found!r} is no link. Write it whole, like https://wiki.example/page.",
        "{found!r} 不是链接。请写完整地址，如 https://wiki.example/page。",
    ),
    "bad_evidence": (
        "{found!r} names no evidence kept in this session. Attach the file first.",
        "{found!r} 在本会话中没有对应的证据。请先附上文件。",
    ),
    "nothing_to_clear": (
        "{ref} carries no mark, so there is none to clear.",
        "{ref} 没有标记，无需清除。",
    ),
    "nothing_waived": (
        "{ref} carries no waiver, so there is none to end.",
        "{ref} 没有豁免，无需结束。",
    ),
    "not_overridden": (
        "{ref} carries no override, so there is none to lift.",
        "{ref} 没有覆盖状态，无需取消。",
    ),
    "until_past": (
        "The waiver's last day {day} is past. Give a day from {today} on.",
        "豁免的最后一天 {day} 已过。请给出 {today} 或之后的日期。",
    ),
}
