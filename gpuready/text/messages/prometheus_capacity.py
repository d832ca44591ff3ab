"""What is said of load and capacity: trend, forecast, shortage, dimensions, jobs."""

MESSAGES = {
    "bad_signal": (
        "{found} is no load that can be followed: choose one of {known}.",
        "{found} 不是可跟踪的负载：请选择 {known} 之一。",
    ),
    "bad_capacity": (
        "{found} is no capacity: give it as a number in the unit of the load, such as 20000 tokens/s.",
        "{found} 不是有效的容量：请按负载的单位填写数字，例如 20000（token/s）。",
    ),
    "bad_days": (
        "{found} is no horizon: give days from 7 to 366.",
        "{found} 不是有效的预测跨度：请填写 7 到 366 之间的天数。",
    ),
    "bad_refused": (
        "{found} is no threshold for refused requests: give a percentage from 0 to {most}.",
        "{found} 不是有效的拒绝率阈值：请填写 0 到 {most} 之间的百分比。",
    ),
    "weeks": (
        "{signal}: {days} days of history; weekly peaks, oldest first: {weeks} {unit}.",
        "{signal}：有 {days} 天历史；各周峰值（由旧到新）：{weeks} {unit}。",
    ),
    "no_trend": (
        "A trend needs at least {days} days with samples: keep history longer.",
        "得出趋势至少需要 {days} 天的样本：请延长历史保留时间。",
    ),
    "trend": (
        "{signal}: {trend} % in 30 days; the daily peak in 30 days from now would be {ahead} {unit}.",
        "{signal}：每 30 天变化 {trend} %；按此趋势，30 天后的日峰值约为 {ahead} {unit}。",
    ),
    "meets": (
        "It meets the capacity of {capacity} in {days} days: order before that.",
        "将在 {days} 天后达到容量 {capacity}：请在此之前下单扩容。",
    ),
    "holds": (
        "It does not meet the capacity of {capacity} within {horizon} days.",
        "{horizon} 天内不会达到容量 {capacity}。",
    ),
    "too_short": (
        "{signal}: {known} days of history before the last {days} are too few to make a forecast from "
        "({least} are needed): choose a longer window or keep history longer.",
        "{signal}：最近 {days} 天之前只有 {known} 天历史，不足以做预测（至少需要 {least} 天）：请选更长的时"
        "间窗，或延长历史保留时间。",
    ),
    "back_test": (
        "{signal}: a forecast as of {days} days ago, made from {history} days (trend and weekday), against "
        "the daily peaks of {compared} days; on average {bias} % off (above 0: too high); saying the last "
        "week again gives {naive} %.",
        "{signal}：以 {days} 天前为起点、用之前 {history} 天（趋势加星期因子）所做的预测，与 {compared} 天"
        "的实际日峰值对比；平均偏差 {bias} %（正数为偏高）；直接沿用上一周的准确率为 {naive} %。",
    ),
    "naive_wins": (
        "The forecast is no better than saying the last week again ({naive} %): growth is not steady; take "
        "known launches as input.",
        "该预测并不优于直接沿用上一周（{naive} %）：增长不稳定；请把已知的上线计划作为输入。",
    ),
    "not_compared": (
        "Not compared: {left_out} days with next to no load, {missing} without samples.",
        "未参与比较：{left_out} 天几乎没有负载，{missing} 天没有样本。",
    ),
    "shortage": (
        "Demand over capacity",
        "需求超出容量",
    ),
    "short_pods": (
        "Pods found no GPU in {count} intervals, from {times}: raise quota or add nodes.",
        "有 {count} 段时间 Pod 等不到 GPU，始于 {times}：请提高配额或增加节点。",
    ),
    "short_refused": (
        "Requests were refused (429, 503) in {count} intervals, from {times}: raise maxReplicas or shed "
        "batch work first.",
        "有 {count} 段时间请求被拒绝（429、503），始于 {times}：请提高 maxReplicas，或先让出批处理负载。",
    ),
    "short_queue": (
        "Requests waited at the most replicas in {count} intervals, from {times}: raise maxReplicas with "
        "quota and nodes.",
        "有 {count} 段时间副本已达上限而请求仍在排队，始于 {times}：请同时提高 maxReplicas、配额与节点数。",
    ),
    "blind_pods": (
        "Whether pods found no GPU is not told: scrape kube-state-metrics with pod phases and resource "
        "requests.",
        "无法得知是否有 Pod 等不到 GPU：请采集 kube-state-metrics 的 Pod 阶段与资源请求指标。",
    ),
    "blind_refused": (
        "Whether requests were refused is not told: scrape a gateway that counts status codes.",
        "无法得知请求是否被拒绝：请采集按状态码计数的网关。",
    ),
    "blind_queue": (
        "Whether requests waited at the most replicas is not told: scrape the engines and "
        "kube-state-metrics' autoscalers.",
        "无法得知副本达上限时是否有请求排队：请采集推理引擎和 kube-state-metrics 的 HPA 指标。",
    ),
    "no_slo": (
        "Whether the SLO was missed in these intervals is not known: {why}",
        "无法得知这些时段内 SLO 是否被违反：{why}",
    ),
    "dimensions": (
        "Load is recorded as: {names}.",
        "已记录的负载维度：{names}。",
    ),
    "dimensions_missing": (
        "Not recorded: {names}; scrape the engines' own metrics.",
        "未记录：{names}；请采集推理引擎自身的指标。",
    ),
    "dimensions_short": (
        "Recorded for less than half of the last {window}: {names}; keep history longer.",
        "最近 {window} 中不到一半的时间有记录：{names}；请延长历史保留时间。",
    ),
    "no_load": (
        "No load of any engine is recorded here ({names}): scrape the engines' metrics.",
        "这里没有任何推理引擎的负载记录（{names}）：请采集引擎的指标。",
    ),
    "two_schedulers": (
        "Placed jobs are told by {one} and wanted jobs by {other}, which do not belong together: choose "
        "one scheduler by a selector.",
        "已放置的作业来自 {one}，提交的作业来自 {other}，两者无法相比：请用选择器限定一个调度器。",
    ),
    "jobs": (
        "{scheduled} of {submitted} jobs were placed ({exporter}; those that wait now count as wanted).",
        "{submitted} 个作业中已放置 {scheduled} 个（{exporter}；当前等待中的作业计入提交数）。",
    ),
}
