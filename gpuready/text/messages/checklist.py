"""What the loader of checklists says."""

MESSAGES = {
    "broken": (
        "{path}:{line}: [{ref}] {what}",
        "{path}:{line}: [{ref}] {what}",
    ),
    "syntax": (
        "{path}: not valid TOML: {error}. Correct that place and load the file again.",
        "{path}：不是有效的 TOML：{error}。请改正该处后重新加载。",
    ),
    "unreadable": (
        "{path}: cannot be read ({error}). Check the path and its permissions.",
        "{path}：无法读取（{error}）。请检查路径和权限。",
    ),
    "same_id": (
        "{path}: the id {id!r} is taken by {other}; give this checklist another id.",
        "{path}：id {id!r} 已被 {other} 使用；请为本清单换一个 id。",
    ),
    "schema": (
        "schema = {found} is not known to this program; write schema = {known}, or update gpuready.",
        "schema = {found} 本程序不认识；请写 schema = {known}，或升级 gpuready。",
    ),
    "missing": (
        "{key} is missing or empty; add it.",
        "缺少 {key}，或其内容为空；请补上。",
    ),
    "not_table": (
        "{key} must be a table with en and zh, or with unit.",
        "{key} 必须是含有 en 和 zh（或 unit）的表。",
    ),
    "bad_ref": (
        "the ref may hold only letters, digits, '-' and '_' between dots.",
        "ref 只能由点号分隔的字母、数字、'-' 和 '_' 组成。",
    ),
    "twice": (
        "this ref is used twice; give every phase, item and check its own.",
        "该 ref 出现了两次；每个阶段、条目和检查都要有自己的 ref。",
    ),
    "unknown_need": (
        "needs names {need}, which is no item of this checklist.",
        "needs 中的 {need} 不是本清单的条目。",
    ),
    "decides": (
        'decides = {found!r} is not known; write "acceptance" or "steps".',
        'decides = {found!r} 无法识别；请写 "acceptance" 或 "steps"。',
    ),
    "nothing_decides": (
        'no check decides this item: add an acceptance check (.a1), or write decides = "steps".',
        '没有检查能决定该条目：请添加验收检查（.a1），或写 decides = "steps"。',
    ),
    "review": (
        "review_days = {found!r} must be a whole number of days, 1 or more.",
        "review_days = {found!r} 必须是不小于 1 的整数天数。",
    ),
    "no_hand": (
        "one method must be value or attest, so that a site without the systems can finish.",
        "至少要有一个 value 或 attest 方法，使没有相应系统的站点也能完成。",
    ),
    "one_kind": (
        "a method names exactly one of: {kinds}.",
        "一个方法必须且只能指明其一：{kinds}。",
    ),
    "unknown_key": (
        "a method has no key {key}.",
        "方法没有 {key} 这个键。",
    ),
    "unknown_target": (
        "on = {found!r} is no kind of target; use one of: {known}.",
        "on = {found!r} 不是目标类型；可用：{known}。",
    ),
    "unknown_unit": (
        "the unit {unit!r} is not known; use one of: {known}.",
        "单位 {unit!r} 无法识别；可用：{known}。",
    ),
    "unlike_units": (
        "the value is entered in {value!r} but judged in {figure!r}; give both the same kind of unit.",
        "录入单位 {value!r} 与判定单位 {figure!r} 不可比较；请使用同类单位。",
    ),
    "want": (
        "want needs field, op and value.",
        "want 需要 field、op 和 value。",
    ),
    "unknown_op": (
        "the operator {op!r} is not known; use one of: {known}.",
        "运算符 {op!r} 无法识别；可用：{known}。",
    ),
    "between": (
        "between needs value = [low, high] with low <= high.",
        "between 需要 value = [下限, 上限]，且下限不大于上限。",
    ),
    "in_list": (
        "in needs value = [ ... ] with at least one entry.",
        "in 需要至少含一项的 value = [ ... ]。",
    ),
    "not_number": (
        "{op} compares numbers (or versions and dates, with that unit), not {value!r}.",
        "{op} 只比较数字（或以 version、date 为单位的值），不能比较 {value!r}。",
    ),
    "needs": (
        "needs must be a list of refs.",
        "needs 必须是引用号的列表。",
    ),
    "with": (
        "with must be a table of parameters.",
        "with 必须是参数表。",
    ),
    "not_yes_no": (
        "{key} must be true or false.",
        "{key} 必须是 true 或 false。",
    ),
    "figure": (
        "value = {value!r} cannot be compared in the unit {unit!r}; give a number, a text, yes or no, "
        "a version or a day (as a text) that fits the unit.",
        "value = {value!r} 无法以单位 {unit!r} 比较；"
        "请给出与单位相符的数字、文本、true/false、版本或（文本形式的）日期。",
    ),
    "pattern": (
        "{value!r} is not a regular expression: {error}.",
        "{value!r} 不是有效的正则表达式：{error}。",
    ),
}
