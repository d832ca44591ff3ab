"""What is said of traffic between services and of traces."""

MESSAGES = {
    "outside": (
        "Called in the mesh, and telling of no request themselves: {names}; without a sidecar what they "
        "take is not encrypted, so add them to the mesh.",
        "在网格内被调用但自身未上报请求的服务：{names}；没有 sidecar 的服务其流量未加密，请将其加入网格。",
    ),
    "spans": (
        "span metrics",
        "span 指标",
    ),
    "no_services": (
        "Which services there are is not known, so no share can be told: name them by --target "
        "service=NAME=URL, by the parameter services, or scrape the mesh.",
        "不知道共有哪些服务，无法计算比例：请用 --target service=NAME=URL、参数 services 指定，或采集服务网"
        "格的指标。",
    ),
    "no_spans": (
        "No service sent a span in the last {window}: check the collector's span metrics, or send requests.",
        "最近 {window} 内没有任何服务发送 span：请检查采集器的 span 指标，或产生一些请求。",
    ),
    "not_traced": (
        "Without spans in the window: {names}; instrument them, or name them as their spans do.",
        "时间窗内没有 span 的服务：{names}；请为其接入追踪，或使名称与 span 中一致。",
    ),
    "from_parameter": (
        "All {count} services are those of the parameter services.",
        "全部 {count} 个服务来自参数 services。",
    ),
    "from_session": (
        "All {count} services are those that this session names.",
        "全部 {count} 个服务来自本会话的目标。",
    ),
    "from_mesh": (
        "All {count} services are those that the mesh saw called in the window; one without requests is "
        "not among them.",
        "全部 {count} 个服务为服务网格在时间窗内看到有请求的服务；没有请求的不在其中。",
    ),
}
