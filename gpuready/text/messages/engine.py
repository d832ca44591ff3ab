"""What the engine says: of targets, selectors and plans, and why a verdict is what it is."""

MESSAGES = {
    # Entry points and checklists against each other.
    "problem": ("{where}: {what}", "{where}：{what}"),
    "entry_missing": (
        "The module {module} is not there, so its probes cannot be used; install the package that holds it.",
        "找不到模块 {module}，其中的探针无法使用；请安装含有该模块的软件包。",
    ),
    "entry_broken": (
        "{point} cannot be loaded ({error}); mend or remove the package that declares it.",
        "{point} 无法加载（{error}）；请修复或卸载声明它的软件包。",
    ),
    "entry_kind": (
        "{point} is no tuple of Probe(...); declare PROBES = (Probe(...), ...).",
        "{point} 不是由 Probe(...) 组成的元组；请声明 PROBES = (Probe(...), ...)。",
    ),
    "probe_twice": (
        "There is already a probe called {probe}; give this one another name.",
        "已有名为 {probe} 的探针；请换一个名字。",
    ),
    "probe_unit": (
        "{probe} declares the unit {unit!r}, which is not known; use one of gpuready.checklist.units.",
        "{probe} 声明的单位 {unit!r} 无法识别；请使用 gpuready.checklist.units 中的单位。",
    ),
    "probe_shape": (
        "{probe} needs an async function and a time limit above 0 s.",
        "{probe} 需要一个异步函数和大于 0 秒的时限。",
    ),
    "unknown_probe": (
        "No probe is called {probe}; list them with: gpuready probe --list.",
        "没有名为 {probe} 的探针；可用 gpuready probe --list 列出。",
    ),
    "unknown_param": (
        "{probe} has no parameter {param}; it has: {known}.",
        "{probe} 没有参数 {param}；可用参数：{known}。",
    ),
    "unknown_field": (
        "{probe} does not measure {field}; it measures: {known}.",
        "{probe} 不测量 {field}；可用字段：{known}。",
    ),
    "unlike_units": (
        "{probe} measures {field} in {unit!r}, which cannot be compared with a figure in {figure!r}.",
        "{probe} 的 {field} 以 {unit!r} 为单位，无法与单位为 {figure!r} 的指标比较。",
    ),
    "no_want": (
        "{probe} is asked without any figure, so nothing could ever pass; add want.",
        "调用 {probe} 时没有给出指标，永远无法判定通过；请补上 want。",
    ),
    "not_read": (
        "{probe} is not read-only ({safety}), so it must be asked with active = instead of probe =.",
        "{probe} 不是只读探针（{safety}），应写成 active = 而不是 probe =。",
    ),
    # Targets.
    "target_form": (
        "{found!r} is no target; write KIND=ADDRESS, like peer=node2 or service=chat=https://chat.example.",
        "{found!r} 不是目标；请写成 KIND=ADDRESS，例如 peer=node2 或 service=chat=https://chat.example。",
    ),
    "target_local": (
        "{kind!r} is this node itself and need not be named; leave that target out.",
        "{kind!r} 就是本节点，无需指明；请去掉该目标。",
    ),
    "target_kind": (
        "{kind} is no kind of target; use one of: {known} kubeconfig.",
        "{kind} 不是目标类型；可用：{known} kubeconfig。",
    ),
    "target_secret": (
        "The option {option} of this {kind} target looks like a secret, which a session never holds; name "
        "where it is kept instead, with {option}_env=VARIABLE or {option}_file=PATH.",
        "{kind} 目标的选项 {option} 看起来是密钥，会话中从不保存密钥；请改为指明其存放处："
        "{option}_env=变量名 或 {option}_file=路径。",
    ),
    "target_secret_address": (
        "The address of this {kind} target holds a password or a token; leave it out and name where it is "
        "kept, with password_env=VARIABLE or token_file=PATH.",
        "{kind} 目标的地址中含有密码或令牌；请去掉，改用 "
        "password_env=变量名 或 token_file=路径 指明其存放处。",
    ),
    "target_address": (
        "{found!r} is no address of a {kind}; write {form}.",
        "{found!r} 不是 {kind} 的地址；请写成 {form}。",
    ),
    "target_name": (
        "{found!r} cannot be a target's name; use letters, digits and . _ - / : @ only.",
        "{found!r} 不能作为目标名称；只能使用字母、数字和 . _ - / : @。",
    ),
    "target_unknown": (
        "The session knows no {kind} called {name}; it knows: {known}.",
        "会话中没有名为 {name} 的 {kind}；已有：{known}。",
    ),
    # Selectors.
    "select_empty": (
        "Nothing is selected; name a checklist, a ref, or all.",
        "没有选择任何内容；请给出清单、引用号或 all。",
    ),
    "select_near": (
        "Nothing is called {found}. Did you mean {near}?",
        "没有 {found}。是否指 {near}？",
    ),
    "select_nothing": (
        "{found!r} selects no check; name all, a checklist ({known}), a ref like 13.1.1, or a filter like "
        "status:fail.",
        "{found!r} 没有选中任何检查；请给出 all、清单（{known}）、13.1.1 这样的引用号，"
        "或 status:fail 这样的筛选。",
    ),
    # Why a method does not apply.
    "not_yet": (
        "methods of the kind {kind} are not available yet",
        "{kind} 类方法尚不可用",
    ),
    "not_built": (
        "the probe {probe} is not installed",
        "探针 {probe} 未安装",
    ),
    "unfit": (
        "the probe cannot do what is asked of it: {what}",
        "该探针无法按要求测量：{what}",
    ),
    "no_target": (
        "no {kind} is known here: gpuready targets find, or gpuready targets add {kind}=ADDRESS",
        "尚无 {kind} 目标：gpuready targets find，或 gpuready targets add {kind}=地址",
    ),
    "not_allowed": (
        "{probe} is not read-only ({safety}) and was not allowed: --allow active",
        "{probe} 不是只读探针（{safety}），未获许可：--allow active",
    ),
    "no_steps": (
        "The calls cannot be told beforehand ({error}).",
        "无法预先列出调用（{error}）。",
    ),
    # Why a verdict is what it is.
    "met": ("Measured: {what}.", "实测：{what}。"),
    "unmet": ("Not met: {what}.", "未达标：{what}。"),
    "else": ("if that tells nothing:", "若无结果则："),
    "before": ("({method} told nothing: {why})", "（{method} 没有结果：{why}）"),
    "lies_between": (
        "The true value lies between {low} and {high}: whether the figure ({figure}) holds cannot be told.",
        "真实值在 {low} 与 {high} 之间，无法判断是否满足指标（{figure}）。",
    ),
    "lies_above": (
        "The true value is at least {low}, so whether the figure ({figure}) holds cannot be told.",
        "真实值至少为 {low}，无法判断是否满足指标（{figure}）。",
    ),
    "lies_below": (
        "The true value is at most {high}, so whether the figure ({figure}) holds cannot be told.",
        "真实值至多为 {high}，无法判断是否满足指标（{figure}）。",
    ),
    "not_known": (
        "Could not be determined: {what}.",
        "无法确定：{what}。",
    ),
    "no_figure": (
        "There is no figure to judge it by.",
        "没有可供判定的指标。",
    ),
    "by_hand": (
        "Waits for a person: {ask}.",
        "等待人工：{ask}。",
    ),
    "by_hand_plain": (
        "Waits for a person: no method applies here.",
        "等待人工：此处没有适用的方法。",
    ),
    "because": ("({what}.)", "（{what}。）"),
    "not_run": (
        "Planned, not run.",
        "已计划，未执行。",
    ),
    "blocked": (
        "Not tried: it waits for {what}.",
        "未尝试：等待 {what}。",
    ),
    "the_engine": ("the container engine", "容器引擎"),
    "deadline": (
        "{probe} did not end within its {seconds} s and was stopped; look whether what it asks hangs.",
        "{probe} 未在 {seconds} 秒内结束，已被中止；请检查其访问的对象是否挂起。",
    ),
    "crash": (
        "The probe {probe} broke ({error}); its traceback is kept as evidence, please report it.",
        "探针 {probe} 出错（{error}）；堆栈已存为证据，请反馈。",
    ),
    "no_measurement": (
        "The probe {probe} answered with {found} instead of a measurement; please report it.",
        "探针 {probe} 返回的是 {found} 而不是测量结果；请反馈。",
    ),
    "stray_field": (
        "The probe {probe} measured {field}, which it does not declare; please report it.",
        "探针 {probe} 返回了未声明的字段 {field}；请反馈。",
    ),
    "odd_field": (
        "The probe {probe} gave no plain value for {field}; please report it.",
        "探针 {probe} 的字段 {field} 不是普通数值；请反馈。",
    ),
    # The session's own probes.
    "session_slow": (
        "The session {path} could not be read within {seconds} s; look which program holds its lock.",
        "会话 {path} 未能在 {seconds} 秒内读完；请检查哪个程序占用了锁。",
    ),
    "session_unread": (
        "The session could not be read: {why}",
        "无法读取会话：{why}",
    ),
    "session_empty": (
        "The session {path} holds no events yet, so there is no chain to verify.",
        "会话 {path} 尚无事件，没有可校验的链。",
    ),
    "never_exported": (
        "The session {path} was never exported; make a report with: gpuready export --format md.",
        "会话 {path} 从未导出；请用 gpuready export --format md 生成报告。",
    ),
    # Results and plans for people.
    "known": ("Known since {at}, {how} by {by}.", "自 {at} 起已知（{how}，{by}）。"),
    "found_nothing": ("(Measuring it now brought no data: {why})", "（此次测量没有数据：{why}）"),
    "waived": ("Waived until {until} by {approver}: {reason}.", "已豁免至 {until}（{approver}）：{reason}。"),
    "no_reason": ("No reason was given.", "未给出理由。"),
    "all_targets": ("All {total} targets pass. {reason}", "{total} 个目标全部通过。{reason}"),
    "some_targets": (
        "{good} of {total} targets pass; {verdict}: {names}. {reason}",
        "{total} 个目标中 {good} 个通过；{verdict}：{names}。{reason}",
    ),
    "regressed": (
        "Regressed since {since}; it last passed at {good}.",
        "自 {since} 起退步；上次通过：{good}。",
    ),
    "cause": ("{count} checks wait for {what}: {why}", "{count} 个检查在等待 {what}：{why}"),
    "summary": ("{total} checks: {counts}", "共 {total} 个检查：{counts}"),
    "stopped": (
        "The run was stopped; these are the results until then.",
        "运行被中止；以上是截至当时的结果。",
    ),
    "asks_first": ("asks first", "需先许可"),
    "at_most": ("at most {seconds} s", "最多 {seconds} 秒"),
    "needs": ("needs {what}", "需要 {what}"),
    "plan_summary": (
        "{total} checks: {running} would be run, {asking} of them ask first; the others wait for a person.",
        "共 {total} 个检查：将执行 {running} 个，其中 {asking} 个需先许可；其余等待人工。",
    ),
    # What was found on this node.
    "found_service": ("{what} answers at {place}", "{what} 在 {place} 应答"),
    "found_socket": ("{what} answers at {place}", "{what} 在 {place} 应答"),
    "found_kubeconfig": ("a kubeconfig at {place}", "{place} 处有 kubeconfig"),
    "found_mount": ("{what} on {place}", "{place} 上的 {what}"),
    "found_gpus": (
        "{count} NVIDIA GPUs on the PCI bus ({names}); they need no target",
        "PCI 总线上有 {count} 个 NVIDIA GPU（{names}）；无需设为目标",
    ),
    "found_rdma": (
        "{count} RDMA devices ({names}); they need no target",
        "{count} 个 RDMA 设备（{names}）；无需设为目标",
    ),
    "export_ahead": (
        "The newest export is dated {at}, which is in the future; set the clocks right and export again.",
        "最近一次导出的时间为 {at}，在当前时间之后；请校准时钟并重新导出。",
    ),
    "param_kind": (
        "{probe} cannot take {value} for its parameter {param}; give the same kind of value as its default.",
        "{probe} 的参数 {param} 不能是 {value}；请使用与默认值同类的值。",
    ),
    "param_json": (
        '--with needs a JSON object like {{"count": 20}}: {error}.',
        '--with 需要 {{"count": 20}} 这样的 JSON 对象：{error}。',
    ),
    "which_target": (
        "{probe} is asked of a {kind}, and none is known; name one with --target {kind}=ADDRESS.",
        "{probe} 需要 {kind} 目标，但目前没有；请用 --target {kind}=地址 指定。",
    ),
    "needs_allow": (
        "{probe} is not read-only ({safety}); look at what it does with --dry-run and allow it with "
        "--allow active.",
        "{probe} 不是只读探针（{safety}）；请用 --dry-run 查看其操作，并用 --allow active 允许。",
    ),
    "dry_format": (
        "--dry-run shows the plan as text or json; leave out --format {form}.",
        "--dry-run 只以 text 或 json 显示计划；请去掉 --format {form}。",
    ),
    "tidying": (
        "Stopped; waiting for what runs to clean up (again Ctrl-C: do not wait).",
        "已中止；正在等待清理（再按 Ctrl-C 则不再等待）。",
    ),
    "progress": ("{done}/{total}  {running}  {left} s left", "{done}/{total}  {running}  剩余 {left} 秒"),
    # The command line.
    "selector": ("SELECTOR", "选择"),
    "target_meta": ("KIND=ADDRESS", "类型=地址"),
    "probe_meta": ("PROBE", "探针"),
    "selector_text": (
        "SELECTOR: all, a checklist (small, 13.1), the ref of a phase, an item or a check, several of these "
        "with commas between, or a filter like 'owner:me status:open'.",
        "选择：all、清单（small、13.1）、阶段、条目或检查的引用号，"
        "可用逗号分隔多个；或筛选，如 'owner:me status:open'。",
    ),
    "plan_help": (
        "Show what a check would run: the method chosen and why, every command and call word for word, its "
        "target, time limit, privilege and safety class. Nothing is run.",
        "显示检查将执行的内容：所选方法及理由，每条命令和调用的原文、目标、时限、所需权限和安全级别。不执行任何操作。",
    ),
    "check_help": (
        "Measure checks and record the results. Exit code 0 when nothing failed, 1 when something did, 3 "
        "when with --strict something could not be determined.",
        "执行检查并记录结果。退出码：0 无失败，1 有失败，3 表示在 --strict 下有无法确定的检查。",
    ),
    "probe_help": (
        "Run one probe by itself and print what it measured.",
        "单独运行一个探针并输出测量结果。",
    ),
    "targets_help": (
        "The targets of this session: list, find, add, remove.",
        "本会话的目标：列出、查找、添加、移除。",
    ),
    "targets_list_help": ("List the targets of this session.", "列出本会话的目标。"),
    "targets_find_help": (
        "Find what is on this node (sockets, kubeconfig, services on usual ports, data mounts, GPUs). "
        "Nothing is added.",
        "查找本节点上的目标（套接字、kubeconfig、常用端口上的服务、数据挂载点、GPU）。不会添加任何目标。",
    ),
    "targets_add_help": (
        "Add targets: KIND=[NAME=]ADDRESS[,option=value...], like peer=node2, prometheus=http://mon:9090 or "
        "service=chat=https://chat.example,token_env=CHAT_TOKEN.",
        "添加目标：类型=[名称=]地址[,选项=值...]，如 peer=node2、prometheus=http://mon:9090 或 "
        "service=chat=https://chat.example,token_env=CHAT_TOKEN。",
    ),
    "targets_remove_help": ("Forget a target.", "移除一个目标。"),
    "kind_meta": ("KIND", "类型"),
    "name_meta": ("NAME", "名称"),
    "option_target": (
        "Ask this target, in place of the session's own of that kind; can be given several times.",
        "使用此目标，代替会话中同类的目标；可多次给出。",
    ),
    "option_allow": (
        "Allow what writes, loads or starts something.",
        "允许写入、加载或启动类的操作。",
    ),
    "option_strict": (
        "Exit code 3 when something could not be determined.",
        "有无法确定的检查时退出码为 3。",
    ),
    "option_exit": (
        "Exit codes: plain, or those of Nagios (0 ok, 1 warning, 2 critical, 3 unknown).",
        "退出码：plain，或 Nagios 的约定（0 正常，1 警告，2 严重，3 未知）。",
    ),
    "option_jobs": ("How many run at once.", "同时执行的数量。"),
    "option_dry": ("Show the plan and run nothing.", "只显示计划，不执行。"),
    "option_no_record": ("Do not record the results in the session.", "不把结果记入会话。"),
    "option_output": (
        "Write to this file, whole or not at all; what was there is replaced.",
        "写入此文件（要么完整写入，要么不写）；已有内容会被替换。",
    ),
    "option_with": ("Parameters as a JSON object.", "以 JSON 对象给出的参数。"),
    "option_list": ("List the probes that are installed.", "列出已安装的探针。"),
    "target_added": ("{kind} {name} added: {address}", "已添加 {kind} {name}：{address}"),
    "target_removed": ("{kind} {name} removed", "已移除 {kind} {name}"),
    "no_targets": (
        "The session knows no targets yet; find some with: gpuready targets find.",
        "会话中还没有目标；可用 gpuready targets find 查找。",
    ),
    "none_found": (
        "Nothing was found on this node; add what is elsewhere with: gpuready targets add.",
        "本节点上没有找到目标；其他位置的目标请用 gpuready targets add 添加。",
    ),
    "is_known": ("known", "已有"),
    "add_with": ("add: gpuready targets add {text}", "添加：gpuready targets add {text}"),
}
