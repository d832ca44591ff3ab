"""What is said of Prometheus: the connection, the signals, the checks and the panel."""

MESSAGES = {
    "bad_window": (
        "{found} is no window: write it as Prometheus does, like 5m, 1h or 30d.",
        "{found} 不是有效的时间窗：请按 Prometheus 的写法，例如 5m、1h 或 30d。",
    ),
    "bad_selector": (
        '{found} is no selector: write label matchers like namespace="chat",pod=~"vllm.*".',
        '{found} 不是有效的选择器：请写标签匹配，例如 namespace="chat",pod=~"vllm.*"。',
    ),
    "bad_table": (
        "The table of signals {path} cannot be read: {what}",
        "信号表 {path} 无法读取：{what}",
    ),
    "bad_signal": (
        "{path}: the signal {signal} is not usable: {what}.",
        "{path}：信号 {signal} 不可用：{what}。",
    ),
    "no_metric": (
        "{signal}: no exporter for it is scraped; looked for: {wanted}.",
        "{signal}：没有采集到相应的指标；已查找：{wanted}。",
    ),
    "cannot": (
        "{signal} cannot be read from {exporter}: {what}",
        "{signal} 无法由 {exporter} 得出：{what}",
    ),
    "not_each": (
        "{signal} is not told for each one by {exporter}, only as a whole.",
        "{exporter} 只给出 {signal} 的总体值，没有逐个的值。",
    ),
    "no_traffic": (
        "{signal}: there were no requests in the last {window}, so there is nothing to judge; send some, or "
        "choose a longer window.",
        "{signal}：最近 {window} 内没有请求，无从判断；请产生一些请求，或选更长的时间窗。",
    ),
    "no_samples": (
        "{signal}: {metric} is known but has no usable sample in the last {window} here; check that its "
        "target is up and that the selector matches it.",
        "{signal}：{metric} 存在，但最近 {window} 内没有可用样本；请检查其采集目标是否在线、选择器是否匹配。",
    ),
    "parts": (
        "Told by several exporters, all of which count: {parts}.",
        "由多个 exporter 提供，全部计入：{parts}。",
    ),
    "worst_replica": (
        "Quantiles of summaries cannot be added up: the worst replica's, at its worst moment, is shown.",
        "summary 的分位数无法汇总：显示最差副本在最差时刻的值。",
    ),
    "in_bucket": (
        "An estimate: the true value lies between the bucket edges {low} and {high} {unit}.",
        "估计值：真实值位于桶边界 {low} 与 {high} {unit} 之间。",
    ),
    "last_bucket": (
        "It lies in the last bucket: the true value is at least {low} {unit}.",
        "落在最后一个桶：真实值至少为 {low} {unit}。",
    ),
    "least_gpu": ("Least busy: {gpu} ({value} %).", "最空闲：{gpu}（{value} %）。"),
    "short": (
        "{what}: there are samples in only {share} % of the last {window}, which proves nothing of it; "
        "choose a shorter window or wait.",
        "{what}：最近 {window} 中仅 {share} % 的时间有样本，不足以判断；请选更短的时间窗，或等待数据积累。",
    ),
    "partly": (
        "{what}: there are samples in {share} % of the last {window}.",
        "{what}：最近 {window} 中有 {share} % 的时间有样本。",
    ),
    "no_service": (
        "{address} names no service of the cluster: with via, write http://SERVICE.NAMESPACE:PORT.",
        "{address} 不是集群内的服务地址：使用 via 时请写成 http://服务.命名空间:端口。",
    ),
    "signals_help": (
        "List the signals that checks and panels read; with --target prometheus=URL: which of them this site "
        "has, through which exporter and expression, and their values now.",
        "列出检查和面板所读取的信号；加 --target prometheus=URL 时，列出该站点有哪些信号、来自哪个 exporter、"
        "用什么表达式，以及当前值。",
    ),
    "signals_only": ("[GROUP|SIGNAL]...", "[分组|信号]..."),
    "signals_window": ("How far back values look, like 5m, 1h or 30d.", "取值的时间窗，例如 5m、1h 或 30d。"),
    "signals_selector": (
        'Label matchers that every metric must fit, like namespace="chat".',
        '每个指标都须符合的标签匹配，例如 namespace="chat"。',
    ),
    "signals_quantile": ("The quantile of latencies, 0 to 1.", "延迟的分位数，0 到 1。"),
    "signals_unknown": (
        "There is no signal and no group {name}; gpuready signals lists them.",
        "没有名为 {name} 的信号或分组；可用 gpuready signals 列出。",
    ),
    "signals_own": (
        "Own tables: {path}/*.toml; what is there comes before what is shipped.",
        "自己的信号表：{path}/*.toml；其中的内容优先于自带的。",
    ),
    "signals_have": ("{have} of {all} signals have a value here.", "此处 {all} 个信号中有 {have} 个有值。"),
}
