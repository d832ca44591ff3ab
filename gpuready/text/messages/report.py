"""What reports say, and what a broken import is told."""

MESSAGES = {
    # words
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "nobody": ("nobody", "无人"),
    "untitled": ("GPU cluster readiness", "GPU 集群就绪情况"),
    "owner": ("owner {owner}", "负责人 {owner}"),
    "due": ("due {day}", "截止 {day}"),
    "due_past": ("due {day} (overdue)", "截止 {day}（已逾期）"),
    "early": (
        "ahead of order: an earlier phase is not done",
        "超前进行：前面的阶段尚未完成",
    ),
    "needs": ("needs {refs} first", "须先完成 {refs}"),
    "steps_decide": ("its steps decide", "由步骤决定"),
    "progress": ("{done} of {total} items done", "条目完成 {done}/{total}"),
    "more_failed": ("{count} failed", "失败 {count}"),
    "more_overdue": ("{count} overdue", "逾期 {count}"),
    "as_of": ("As of {at}, by {by}, gpuready {version}.", "截至 {at}，由 {by} 导出，gpuready {version}。"),
    "filtered": ("Only what matches: {query}", "仅含符合筛选的内容：{query}"),
    "figure": ("figure: {figure}", "指标：{figure}"),
    "value_figure": ("{value}; figure: {figure}", "{value}；指标：{figure}"),
    "known": ("{how} by {by}, {at}", "{how}，{by}，{at}"),
    "evidence": ("evidence: {name} (sha256 {sha})", "证据：{name}（sha256 {sha}）"),
    "waiver": (
        "waived until {until}, approved by {approver}: {reason} (recorded by {by}, {at})",
        "豁免至 {until}，批准人 {approver}：{reason}（{by} 记录，{at}）",
    ),
    "waiver_over": (
        "waiver ended on {until}, approved by {approver}: {reason} (recorded by {by}, {at})",
        "豁免已于 {until} 到期，批准人 {approver}：{reason}（{by} 记录，{at}）",
    ),
    "override": (
        "set to {status} by {by}, {at}: {reason}. The checks say: {derived}",
        "{by} 于 {at} 覆盖为“{status}”：{reason}。检查结果为：{derived}",
    ),
    "disagrees": ("They disagree.", "两者不一致。"),
    "rival": (
        'conflict in {field}: {by} wrote "{value}" on {at}, and neither had seen the other\'s',
        "{field} 有冲突：{by} 于 {at} 写入“{value}”，双方互不知情",
    ),
    "note": ("note by {by}, {at}:", "备注，{by}，{at}："),
    "name": ("the session's name", "会话名称"),
    # status
    "head_checklist": ("checklist", "清单"),
    "head_done": ("done", "完成"),
    "head_failed": ("failed", "失败"),
    "head_open": ("open", "未完"),
    "head_overdue": ("overdue", "逾期"),
    "head_stale": ("stale", "过期"),
    "head_items": ("items", "条目"),
    "head_checks": ("checks settled", "已定检查"),
    "all": ("all", "合计"),
    "failed_items": ("Failed", "失败的条目"),
    "overdue_items": ("Overdue", "逾期的条目"),
    # import
    "unreadable": (
        "{path}: cannot be read ({error}). Check the path and its permissions.",
        "{path}：无法读取（{error}）。请检查路径和权限。",
    ),
    "not_text": (
        "{path}: not UTF-8 text, so neither JSON nor TOML. Export again with: gpuready export --format json.",
        "{path}：不是 UTF-8 文本，既非 JSON 也非 TOML。请用 gpuready export --format json 重新导出。",
    ),
    "syntax": (
        "{path}: not valid {kind}: {error}. Export again, or correct that place.",
        "{path}：不是有效的 {kind}：{error}。请重新导出，或改正该处。",
    ),
    "not_ours": (
        "{path}: no gpuready session export (schema is {found}). Give a file made by: gpuready export.",
        "{path}：不是 gpuready 的会话导出（schema 为 {found}）。请使用 gpuready export 生成的文件。",
    ),
    "newer": (
        "{path}: written in {found}, and this program reads {known}. Update gpuready.",
        "{path}：格式为 {found}，本程序只读 {known}。请升级 gpuready。",
    ),
    "broken": (
        "{path}: {place}: {what} Take an unaltered export.",
        "{path}：{place}：{what}请使用未改动过的导出文件。",
    ),
    "not_empty": (
        "{path}: this session already holds {count} events. Import into a new file, or use gpuready merge.",
        "{path}：该会话已有 {count} 个事件。请导入到新文件，或使用 gpuready merge。",
    ),
    "exists": (
        "{path} exists already and is left as it is. Choose another name, or give --force.",
        "{path} 已存在，未作改动。请换一个文件名，或使用 --force。",
    ),
    "cannot_write": (
        "{path}: cannot be written ({error}). Check the folder, its permissions and the free space.",
        "{path}：无法写入（{error}）。请检查所在目录、权限和剩余空间。",
    ),
    "no_table": ("a table is missing here.", "此处应为表。"),
    "no_list": ("a list is missing here.", "此处应为列表。"),
    "no_text": ("a text is missing here.", "此处应为文本。"),
    "no_size": ("a whole number, 0 or more, is missing here.", "此处应为不小于 0 的整数。"),
    "two_forms": (
        "{name} or {name}_json must be there, and only one of them.",
        "必须有且只有 {name} 与 {name}_json 之一。",
    ),
    "bad_json": ("not valid JSON: {error}.", "不是有效的 JSON：{error}。"),
    "bad_base64": ("not valid base64.", "不是有效的 base64。"),
    "bad_hash": (
        "the contents do not match their hash: they were altered.",
        "内容与其散列不符：已被改动。",
    ),
}
