"""What is said of the GPUs' use and memory."""

MESSAGES = {
    "memory": (
        "GPU memory used",
        "显存使用率",
    ),
    "least_full": (
        "Least memory in use (median): {gpu} ({value} %).",
        "显存使用最少（中位数）：{gpu}（{value} %）。",
    ),
    "one_gpu": (
        "There is one GPU only in this selection, so nothing is spread: widen the selector to all that "
        "serve the same model.",
        "当前选择只有一块 GPU，谈不上均衡：请把选择器放宽到服务同一模型的全部 GPU。",
    ),
    "no_load": (
        "The GPUs did nothing ({value} % over {window}): an even spread of no load proves nothing; measure "
        "under load.",
        "GPU 几乎空闲（{window} 内平均 {value} %）：没有负载时的均衡说明不了问题；请在有负载时测量。",
    ),
    "between_nodes": (
        "Between nodes: {low} {least} %, {high} {most} %.",
        "节点之间：{low} {least} %，{high} {most} %。",
    ),
    "between_gpus": (
        "Between GPUs: {low} {least} %, {high} {most} %.",
        "各 GPU 之间：{low} {least} %，{high} {most} %。",
    ),
    "unseen": (
        "Their exporter could not be scraped for a part of the window, so what they did then is not known: "
        "{names}.",
        "其 exporter 在部分时间内无法采集，这段时间的情况未知：{names}。",
    ),
    "engine_restarts": (
        "engine restarts",
        "引擎重启",
    ),
    "oom": (
        "kernel OOM kills",
        "内核 OOM 终止次数",
    ),
    "oom_host": (
        "{count} OOM kills on: {names}; raise the memory limit or lower what runs there.",
        "发生 {count} 次 OOM 终止，位于：{names}；请提高内存上限或减少其上的负载。",
    ),
    "oom_containers": (
        "Containers were killed for lack of memory in: {names}.",
        "有容器因内存不足被终止，所在命名空间：{names}。",
    ),
    "oom_suspects": (
        "{count} events that may be GPU OOM ({names}): read the engine's log for CUDA out of memory to tell.",
        "{count} 个可能是 GPU OOM 的事件（{names}）：请在引擎日志中查找 CUDA out of memory 以确认。",
    ),
    "oom_gpu_blind": (
        "No counter here would show a GPU OOM (engine failures or Xid events), so only the host's are "
        "known; scrape the engine's metrics.",
        "这里没有能反映 GPU OOM 的计数器（引擎失败数或 Xid 事件），只知道主机的情况；请采集引擎的指标。",
    ),
    "oom_nodes_blind": (
        "{count} nodes of Kubernetes tell no OOM kills: run node_exporter with its vmstat collector on all.",
        "有 {count} 个 Kubernetes 节点没有 OOM 终止计数：请在所有节点运行带 vmstat 采集器的 node_exporter。",
    ),
    "oom_host_blind": (
        "No counter here shows OOM kills of the host: scrape node_exporter with its vmstat collector.",
        "这里没有主机 OOM 终止的计数器：请采集启用 vmstat 采集器的 node_exporter。",
    ),
}
