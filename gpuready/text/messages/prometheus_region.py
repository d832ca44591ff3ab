"""What is said of regions: round trips and replication."""

MESSAGES = {
    "cut_off": (
        "PostgreSQL tells a lag of 0 when it is cut off; at worst {seconds} s passed without a replayed "
        "transaction (pg_replication_last_replay_seconds).",
        "PostgreSQL 副本断开时仍显示延迟 0；最长 {seconds} s 没有重放任何事务"
        "（pg_replication_last_replay_seconds）。",
    ),
    "rtt": (
        "round trip between regions (blackbox_exporter)",
        "区域间往返时延（blackbox_exporter）",
    ),
    "which_probes": (
        "Which probes are of other regions is not known: name them by --target region=NAME=ADDRESS, or "
        "give a selector that matches their series.",
        "不知道哪些探测指向其他区域：请用 --target region=NAME=ADDRESS 指定，或给出能匹配其时间序列的选择"
        "器。",
    ),
    "no_answer": (
        "No probe of another region was answered in this window ({names}): look at the probes' targets and "
        "at probe_success.",
        "该时间窗内没有任何跨区域探测得到应答（{names}）：请检查探测目标和 probe_success。",
    ),
    "slowest": (
        "Slowest: {name} ({how}).",
        "最慢：{name}（{how}）。",
    ),
    "unmeasured": (
        "Not measured: {names}; a region that does not answer may be any time away, so let a probe reach it.",
        "未测得：{names}；不应答的区域时延未知，请让探测能到达该区域。",
    ),
    "worst_replica": (
        "Furthest behind: {name} ({value} s).",
        "落后最多：{name}（{value} s）。",
    ),
    "stopped": (
        "No longer told of: {names}; a replica that stopped has no lag to show, so look at it.",
        "已不再上报：{names}；停止的副本不会显示延迟，请检查。",
    ),
}
