"""What is said of services: probes, time-outs, connections."""

MESSAGES = {
    "probes": (
        "probes of the services (blackbox_exporter)",
        "对服务的探测（blackbox_exporter）",
    ),
    "probes_failed": (
        "Probes failed for: {names}; see why with the exporter's debug=true.",
        "探测失败：{names}；可在 blackbox_exporter 的请求中加 debug=true 查看原因。",
    ),
    "probes_stopped": (
        "No longer probed, so whether alive is not known: {names}; look at the probe job.",
        "已不再被探测，是否存活未知：{names}；请检查探测任务。",
    ),
    "timeouts": (
        "requests timed out or aborted",
        "超时或中止的请求",
    ),
    "timeouts_by": (
        "Given up, by what counted it: {counts}; of {requests} requests.",
        "各来源计数的超时或中止：{counts}；请求总数 {requests}。",
    ),
    "timeouts_strange": (
        "Up to {count} more were counted by targets that are scraped since the window began: whether they "
        "came within it is not known.",
        "时间窗开始后才被采集的目标另计有最多 {count} 次：无法确定是否发生在时间窗内。",
    ),
    "pool_unknown": (
        "Nothing waited, but whether any connection was in use is not told by {exporter}: scrape its other "
        "metrics too.",
        "没有等待，但 {exporter} 没有给出是否有连接在使用：请同时采集它的其他指标。",
    ),
    "pool_waits": (
        "Waited for a connection: {names}; make the pool larger or hold connections for less time.",
        "需要等待连接：{names}；请增大连接池，或缩短占用连接的时间。",
    ),
    "nodes_blind": (
        "{count} nodes of Kubernetes tell nothing of their CPUs: run node_exporter on all.",
        "有 {count} 个 Kubernetes 节点没有 CPU 数据：请在所有节点运行 node_exporter。",
    ),
    "evicted": ("pods evicted", "被驱逐的 Pod"),
    "throttled": (
        "CPU periods throttled",
        "CPU 限流周期占比",
    ),
    "cpu_worst": (
        "Throttled most: {names}; raise its CPU limit or remove it.",
        "被限流最多：{names}；请提高其 CPU 上限或去掉上限。",
    ),
    "cpu_nodes": (
        "Least busy node: {low} ({least} %), busiest: {high} ({most} %).",
        "最空闲的节点：{low}（{least} %），最忙：{high}（{most} %）。",
    ),
}
