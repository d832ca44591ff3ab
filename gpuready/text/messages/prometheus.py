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
    "worst_replica": (
        "Quantiles of summaries cannot be added up: the worst replica's is shown.",
        "summary 的分位数无法汇总：显示最差副本的值。",
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
        "{what}: there are samples in only {share} % of the last {window}, which proves nothing of it; choose "
        "a shorter window or wait.",
        "{what}：最近 {window} 中仅 {share} % 的时间有样本，不足以判断；请选更短的时间窗，或等待数据积累。",
    ),
    "partly": (
        "{what}: there are samples in {share} % of the last {window}.",
        "{what}：最近 {window} 中有 {share} % 的时间有样本。",
    ),
}
