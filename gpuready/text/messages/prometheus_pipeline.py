"""What is said of data pipelines."""

MESSAGES = {
    "quality": (
        "data-quality checks",
        "数据质量检查",
    ),
    "no_lag": (
        "{targets} targets are scraped, none of them tells a consumer's lag: add kafka_exporter or the "
        "brokers' metrics. {why}",
        "已采集 {targets} 个目标，但没有消费延迟指标：请添加 kafka_exporter 或 broker 的指标。{why}",
    ),
    "worst_lag": (
        "Furthest behind: {name} ({value} records).",
        "积压最多：{name}（{value} 条记录）。",
    ),
    "freshness": (
        "A dead producer has lag 0: watch the age of the newest record at the end of the pipeline as well.",
        "生产者停止时积压为 0：还应监控管道末端最新记录的时间。",
    ),
    "which_quality": (
        "Which metric the data-quality checks write is not known: name it by the parameter metric, and by "
        "label the label that holds the pipeline.",
        "不知道数据质量检查写入哪个指标：请用参数 metric 指定该指标，并用 label 指定表示管道的标签。",
    ),
    "which_pipelines": (
        "Which pipelines there are is not known, so no share can be told: name them by the parameter "
        "pipelines, or scrape kafka_exporter.",
        "不知道共有哪些管道，无法计算比例：请用参数 pipelines 指定，或采集 kafka_exporter。",
    ),
    "all_pipelines": (
        "{count} pipelines were looked at.",
        "共核对 {count} 个管道。",
    ),
    "unchecked": (
        "Without a data-quality check in the window: {names}; begin with those that feed billing and "
        "features.",
        "时间窗内没有数据质量检查：{names}；请先补计费和特征相关的管道。",
    ),
    "not_dated": (
        "{metric} holds no time, so when each check ran is not known: let it write the time of its last "
        "run (..._timestamp_seconds).",
        "{metric} 不含时间，因此不知道各检查何时运行过：请让检查写出最近一次运行的时间"
        "（..._timestamp_seconds）。",
    ),
}
