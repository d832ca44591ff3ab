"""What is said of alert rules, of the alerts that fired, and of those who judge them."""

MESSAGES = {
    "too_long": (
        "{window} is too long a period for a list of alerts: choose at most {longest}d.",
        "{window} 作为告警清单的周期过长：请最多选择 {longest}d。",
    ),
    "too_many": (
        "More than {most} alerts began in this period, more than anybody judges one by one: choose a "
        "shorter "
        "one, or select some by their labels.",
        "该周期内开始的告警超过 {most} 条，无法逐条判断：请缩短周期，或按标签筛选。",
    ),
    "short": (
        "Prometheus has samples in only {share} % of the last {window}, so what fired in the rest is not "
        "known: choose a shorter period, or keep samples longer (--storage.tsdb.retention.time).",
        "最近 {window} 中 Prometheus 只有 {share} % 的时间有样本，其余时间触发过什么无从得知：请缩短周期，"
        "或延长保留时间（--storage.tsdb.retention.time）。",
    ),
    "partly": (
        "Prometheus has samples in {share} % of the last {window}; what fired in the rest is not known.",
        "最近 {window} 中 Prometheus 有 {share} % 的时间有样本；其余时间触发过什么无从得知。",
    ),
    "none_fired": (
        "No alert fired in the last {window}, which proves neither good nor bad alerts: choose a longer "
        "period, "
        "and see that rules are loaded and the selector matches.",
        "最近 {window} 内没有告警触发，这既不说明告警准确也不说明不准确：请选更长的周期，并确认规则已加载、"
        "选择器匹配。",
    ),
    "none_began": (
        "No alert began in the last {window}; {count} that began earlier cannot be counted: choose a "
        "longer "
        "period.",
        "最近 {window} 内没有新开始的告警；{count} 条更早开始的告警无法计入：请选更长的周期。",
    ),
    "none_judged": (
        "None of the {count} alerts of the last {window} is judged yet: press A on the screen, or use "
        "gpuready alerts judge.",
        "最近 {window} 的 {count} 条告警都还没有判断：请在界面按 A，或使用 gpuready alerts judge。",
    ),
    "no_session": (
        "{count} alerts fired in the last {window}, but no session is open that holds judgements: name one "
        "with --session.",
        "最近 {window} 触发了 {count} 条告警，但没有打开保存判断的会话：请用 --session 指定。",
    ),
    "waiting": (
        "{waiting} of {count} alerts wait for a judgement: press A on the screen, or use gpuready alerts "
        "judge.",
        "{count} 条告警中有 {waiting} 条尚待判断：请在界面按 A，或使用 gpuready alerts judge。",
    ),
    "before": (
        "{count} alerts that began before the period are not counted.",
        "{count} 条在周期之前开始的告警未计入。",
    ),
    "none_critical": (
        "No critical alert fired in the last {window}, so there was nothing to repair: choose a longer "
        "period, "
        "and see that rules carry a label severity (critical, page or error).",
        "最近 {window} 内没有严重告警触发，无从计算修复时间：请选更长的周期，并确认规则带有 severity 标签"
        "（critical、page 或 error）。",
    ),
    "none_true": (
        "All critical alerts of the last {window} were judged false, so nothing was repaired: choose a "
        "longer "
        "period.",
        "最近 {window} 的严重告警都被判为误报，没有修复可言：请选更长的周期。",
    ),
    "none_over": (
        "{count} critical alerts fire still and none has ended: ask again when they have.",
        "{count} 条严重告警仍在触发，尚无一条结束：请在其结束后再测。",
    ),
    "still": (
        "{count} critical alerts fire still; {counted} of them already longer than the mean are counted "
        "with "
        "their time so far.",
        "{count} 条严重告警仍在触发；其中 {counted} 条已超过均值，按目前时长计入。",
    ),
    "repair_judged": (
        "Counted are the {count} critical alerts that were judged true; {waiting} wait for a judgement.",
        "只计入 {count} 条判为真实的严重告警；另有 {waiting} 条尚待判断。",
    ),
    "repair_unjudged": (
        "No critical alert is judged true yet, so all {count} that are not judged false are counted.",
        "尚无严重告警被判为真实，因此计入全部 {count} 条未判为误报的告警。",
    ),
    "longest": (
        "The longest: {name}, {minutes} min.",
        "最长的一条：{name}，{minutes} 分钟。",
    ),
    "repair_is": (
        "It is the time that alerts fired, without the time before (for:), and says nothing of when "
        "service was "
        "back.",
        "这是告警处于触发状态的时间，不含之前的 for: 等待，也不等于服务恢复的时间。",
    ),
    "no_start": (
        "{name} fired already when the period began, so it cannot be judged here: choose a longer period.",
        "{name} 在周期开始时已在触发，无法在此判断：请选更长的周期。",
    ),
    "unknown_id": (
        "There is no alert {id} in the last {since}: gpuready alerts lists them with their ids.",
        "最近 {since} 内没有告警 {id}：gpuready alerts 会列出各告警及其编号。",
    ),
    "ambiguous_id": (
        "{id} fits several alerts ({found}): write more of it.",
        "{id} 对应多条告警（{found}）：请多写几位。",
    ),
    "no_rules": (
        "Prometheus evaluates no rule at all: name files in rule_files and reload it, or name the "
        "ruler's address "
        "as the target.",
        "Prometheus 没有评估任何规则：请在 rule_files 中指定规则文件并重新加载，或以 ruler 的地址作为目标。",
    ),
    "no_rules_api": (
        "{address} does not list rules as Prometheus does: name Prometheus or its ruler as the target.",
        "{address} 不能像 Prometheus 那样列出规则：请以 Prometheus 或其 ruler 作为目标。",
    ),
    "bad_about": (
        "{found} is nothing that rules can be looked up by: use one of {known}.",
        "{found} 不是可查的规则类别：请使用 {known} 之一。",
    ),
    "sick": (
        "{count} rules are not counted, as their last evaluation failed or never was: {names}; the "
        "reason is on "
        "the rules page of Prometheus ({error}).",
        "{count} 条规则未计入，因为最近一次评估失败或从未评估：{names}；原因见 Prometheus 的 Rules 页面"
        "（{error}）。",
    ),
    "dead": (
        "{count} alert rules are not counted, as none of their metrics has a series now: {names}; see "
        "whether "
        "the metrics were renamed.",
        "{count} 条告警规则未计入，因为其指标目前都没有序列：{names}；请检查指标是否已改名。",
    ),
    "partly_dead": (
        "These alert rules look at metrics that have no series now, which for counters of rare errors "
        "may be "
        "right: {names}.",
        "这些告警规则涉及目前没有序列的指标（对罕见错误的计数器可能正常）：{names}。",
    ),
    "found": ("Counted: {names}.", "计入的规则：{names}。"),
    "no_ruler": (
        "Only Prometheus was asked; where Loki's ruler evaluates rules on logs, name it as a target "
        "logs=URL, or "
        "as the option ruler=URL.",
        "只查询了 Prometheus；如果由 Loki ruler 评估日志规则，请以目标 logs=URL 或选项 ruler=URL 指定。",
    ),
    "ruler_failed": (
        "The ruler {address} was asked too, and gave no rules: {why}",
        "也查询了 ruler {address}，但没有得到规则：{why}",
    ),
    "records_only": (
        "{count} recording rules look for anomalies ({names}), but no alert is built on them.",
        "{count} 条记录规则用于异常检测（{names}），但没有基于它们的告警。",
    ),
    "no_sli": (
        "{names} are no signals that gpuready knows: correct the parameter slis.",
        "{names} 不是 gpuready 已知的信号：请更正参数 slis。",
    ),
    "missing": (
        "Without a live alert rule: {names}.",
        "没有生效的告警规则：{names}。",
    ),
    "no_baseline": (
        "The session does not tell whether the baseline is current: settle {ref} first.",
        "会话中没有基线是否有效的记录：请先完成 {ref}。",
    ),
    "baseline_old": (
        "The baseline of {ref} is from {day}, more than {days} days ago: take it anew.",
        "{ref} 的基线取自 {day}，已超过 {days} 天：请重新测量。",
    ),
    "baseline_is": (
        "The baseline is that of {ref}, settled on {day}.",
        "基线取自 {ref}，确认于 {day}。",
    ),
    "no_services": (
        "No critical service is named, so how many have a rule cannot be said: name them as targets "
        "(service=NAME=URL), or with the option services=NAME,NAME of the target prometheus.",
        "没有指定关键服务，无法判断多少有规则：请将其添加为目标（service=NAME=URL），或在 prometheus "
        "目标上用"
        "选项 services=NAME,NAME 指定。",
    ),
    "names_differ": (
        "None of these names stands in any label that the rules select ({names}), so the services go by "
        "others "
        "there: name them as their labels do, with the option services=.",
        "规则所选序列的标签中没有这些名称（{names}），说明服务在其中另有名称：请用选项 services= 按标签中的"
        "名称指定。",
    ),
    "unbounded": (
        "{count} alert rules select series whose services were not read, as there are too many: narrow "
        "them with "
        "a selector.",
        "{count} 条告警规则所选序列过多，未读取其服务：请用选择器缩小范围。",
    ),
    "receiver_unseen": (
        "Whether these alerts reach a person was not asked: amtool config routes test shows the receiver.",
        "未检查这些告警是否送达到人：可用 amtool config routes test 查看接收方。",
    ),
    "no_alerts": (
        "There is no alert rule that could be late: load some into Prometheus.",
        "没有告警规则，谈不上延迟：请在 Prometheus 中加载告警规则。",
    ),
    "no_grave": (
        "No alert rule has a label severity of {wanted}, so all {count} are looked at.",
        "没有 severity 为 {wanted} 的告警规则，因此查看全部 {count} 条。",
    ),
    "no_interval": (
        "The server does not tell how often it evaluates rules, so the bound is not known.",
        "服务器没有给出规则的评估间隔，因此上限未知。",
    ),
    "no_scrape_interval": (
        "The server does not tell how often it scrapes (api/v1/targets), so the bound is not known.",
        "服务器没有给出抓取间隔（api/v1/targets），因此上限未知。",
    ),
    "no_alertmanager": (
        "Prometheus sends to no Alertmanager, so no alert arrives through it: name one under alerting in "
        "its "
        "configuration, or as the option alertmanager=URL of the target.",
        "Prometheus 没有连接任何 Alertmanager，告警无法经由它送达：请在其配置的 alerting 中指定，"
        "或在目标上用选项 "
        "alertmanager=URL 指定。",
    ),
    "alertmanager_failed": (
        "The Alertmanager {address} did not tell its group_wait: {why}",
        "Alertmanager {address} 没有给出 group_wait：{why}",
    ),
    "delay_is": (
        "The slowest: {name}, at most {scrape} s scrape + {interval} s evaluation + {lasting} s for + "
        "{wait} s "
        "group_wait.",
        "最慢的规则：{name}，最多为抓取 {scrape} s + 评估 {interval} s + for {lasting} s + group_wait "
        "{wait} s。",
    ),
    "delay_least": (
        "{name} alone waits {lasting} s (for:) before anything is sent.",
        "仅 {name} 的 for: 就要等待 {lasting} s，之后才会发送。",
    ),
    "delay_more": (
        "On top comes what a range such as [5m] in an expression smooths, and for an alert that joins a "
        "group "
        "already firing the group_interval ({interval} s).",
        "此外还有表达式中 [5m] 之类窗口的平滑，以及加入已触发分组的告警要等的 group_interval（{interval} "
        "s）。",
    ),
    "ledger_title": ("Alerts of the last {since}", "最近 {since} 的告警"),
    "ledger_count": (
        "{count} alerts, {waiting} to judge, {true} true, {false} false",
        "{count} 条告警，待判断 {waiting}，真实 {true}，误报 {false}",
    ),
    "ledger_keys": (
        "t true  f false  u take back  / filter  W period  esc close",
        "t 真实  f 误报  u 撤回  / 过滤  W 周期  esc 关闭",
    ),
    "ledger_looking": ("Asking Prometheus...", "正在查询 Prometheus…"),
    "ledger_none": (
        "No alert fired in this period.",
        "该周期内没有告警触发。",
    ),
    "ledger_no_match": ("No alert matches {text}.", "没有告警匹配 {text}。"),
    "filter_title": (
        "Show the alerts that hold all of these words",
        "只显示包含全部词语的告警",
    ),
    "field_filter": (
        "Words of name, severity or labels, such as critical gpu=3; empty shows all",
        "名称、级别或标签中的词，例如 critical gpu=3；留空显示全部",
    ),
    "is_true": ("true", "真实"),
    "is_false": ("false", "误报"),
    "is_waiting": ("open", "待判断"),
    "firing": ("firing", "触发中"),
    "over": ("ended", "已结束"),
    "judged": ("{name} ({id}): judged {verdict}.", "{name}（{id}）：判为{verdict}。"),
    "taken_back": ("{name} ({id}): judgement taken back.", "{name}（{id}）：判断已撤回。"),
    "as_before": ("{name} ({id}) was judged so already.", "{name}（{id}）此前已如此判断。"),
    "no_target": (
        "There is no Prometheus among the targets: add one with gpuready targets add prometheus=URL.",
        "目标中没有 Prometheus：请用 gpuready targets add prometheus=URL 添加。",
    ),
    "help": (
        "Which alerts fired, and whether they were right: judged by you, one by one, for accuracy and "
        "the share "
        "of false alerts.",
        "哪些告警触发过、是否准确：由你逐条判断，用于计算告警准确率与误报占比。",
    ),
    "list_help": ("List the alerts of a period, newest first.", "列出某一周期的告警，最新的在前。"),
    "judge_help": (
        "Keep in the session whether an alert was true: something was wrong and somebody had to act. ID "
        "as the "
        "list shows it, or its beginning; unknown takes the judgement back.",
        "在会话中记录某条告警是否真实：确有问题且需要人处理。ID 取自列表，可只写开头；unknown 撤回判断。",
    ),
    "since_help": ("The period until now, like 7d or 30d.", "到目前为止的周期，例如 7d 或 30d。"),
    "not_asked": (
        "Nothing was judged, as not every Prometheus could be asked: {why}",
        "未记录判断，因为并非所有 Prometheus 都能查询：{why}",
    ),
    "id_meta": ("ID", "ID"),
    "verdict_meta": ("VERDICT", "VERDICT"),
}
