"""What is said of service levels: availability, attainment, error budget, burn rates."""

MESSAGES = {
    "bad_target": (
        "{found} is no service level that can be judged: set slo (or target_percent) to a number from "
        "{least} to below 100, such as 99.9.",
        "{found} 不是可以判断的服务水平：请把 slo（或 target_percent）设为 {least} 到 100（不含）之间的数，"
        "例如 99.9。",
    ),
    "bad_latency": (
        "{found} is no latency objective: set slo_latency_ms (or latency_ms) to milliseconds, such as 500.",
        "{found} 不是有效的延迟目标：请把 slo_latency_ms（或 latency_ms）设为毫秒数，例如 500。",
    ),
    "bad_signal": (
        "{found} is not known here: choose one of {known}.",
        "未知的 {found}：请选择 {known} 之一。",
    ),
    "by_requests": (
        "Counted by requests: a time in which none arrived counts neither way; probe from outside "
        "(blackbox_exporter) to see it.",
        "按请求计算：没有请求到达的时段不计入；要看到它，请从外部探测（blackbox_exporter）。",
    ),
    "worst": (
        "The worst of {services} services is {service} ({value} %).",
        "{services} 个服务中最差的是 {service}（{value} %）。",
    ),
    "worst_up": (
        "By {metric}, the worst of {count}: {worst} ({value} %).",
        "依据 {metric}，{count} 个中最差的是 {worst}（{value} %）。",
    ),
    "mean_up": (
        "By {metric}, the mean of {count}; the worst is {worst} ({value} %).",
        "依据 {metric}，取 {count} 个的平均；最差的是 {worst}（{value} %）。",
    ),
    "gaps": (
        "No samples for up to {share} % of the time ({names}): that time may have been up or down, so only "
        "bounds are known; keep the exporter up, or keep history for the whole window.",
        "最多有 {share} % 的时间没有样本（{names}）：这段时间可能可用也可能不可用，因此只知道上下界；请保持"
        "导出器在线，或保留整个时间窗的历史。",
    ),
    "no_buckets": (
        "{signal} has no histogram from {exporter}, so the share of requests in time is not known; enable "
        "its histogram, or leave the latency objective out.",
        "{exporter} 没有给出 {signal} 的直方图，无法得知按时完成的请求占比；请启用直方图，或不设延迟目标。",
    ),
    "no_edge": (
        "{signal}: no bucket ends at {figure} ms, so the share of requests in time lies between bounds; "
        "its edges in ms are {edges}: choose one of them as the objective, or add the bucket.",
        "{signal}：没有以 {figure} ms 为上限的桶，按时完成的占比只有上下界；现有边界（ms）为 {edges}：请选"
        "用其中之一作为目标，或增加该桶。",
    ),
    "target": (
        "The service level set is {target} %.",
        "设定的服务水平为 {target} %。",
    ),
    "burning": (
        "Burn rate over {long} {slow}x ({service}), over {short} {fast}x; a rule is on where both reach it.",
        "燃烧速率：{long} 内 {slow}x（{service}），{short} 内 {fast}x；两者都达到阈值时规则才成立。",
    ),
    "page": (
        "The error budget burns at least {factor} times too fast over {long} and still over {short}: page "
        "somebody now.",
        "错误预算在 {long} 内燃烧速率达到 {factor} 倍以上，且最近 {short} 仍在继续：请立即呼叫值班。",
    ),
    "ticket": (
        "The error budget will not last the period ({long} and still {short}): open a ticket.",
        "按当前速度错误预算撑不到周期结束（{long}，且最近 {short} 仍在继续）：请开工单处理。",
    ),
    "window_unknown": (
        "The burn rate over {window} is not known: {why}",
        "{window} 的燃烧速率未知：{why}",
    ),
    "left_unknown": (
        "What is left of the error budget of {window} is not known: {why}",
        "{window} 的错误预算剩余未知：{why}",
    ),
    "no_burn": (
        "No burn rate is known: there are no requests to count.",
        "无法得知燃烧速率：没有可统计的请求。",
    ),
}
