"""What is said of series as such: whether exporters are scraped and how fresh their series are."""

MESSAGES = {
    "no_targets": (
        "Prometheus scrapes no target here, so nothing can be said to be missing: add scrape jobs, or "
        "choose a selector that matches the label set of up.",
        "Prometheus 在此范围内没有任何采集目标，无法判断缺少什么：请添加采集任务，或选择能匹配 up 标签的选"
        "择器。",
    ),
    "gpu": (
        "series of a GPU exporter",
        "GPU exporter 的时间序列",
    ),
    "gpu_exporter": (
        "GPU series come from: {exporter}.",
        "GPU 时间序列来自：{exporter}。",
    ),
    "no_exporter": (
        "{targets} targets are scraped, none of them a GPU exporter: deploy the DCGM exporter (port 9400) "
        "or nvidia_gpu_exporter (port 9835) and add it as a scrape job.",
        "已采集 {targets} 个目标，但没有 GPU exporter：请部署 DCGM exporter（端口 9400）或 "
        "nvidia_gpu_exporter（端口 9835），并加入采集任务。",
    ),
    "gpu_stale": (
        "GPU metrics are known ({exporter}) but have no sample in the last 5 minutes: look at the target's "
        "state and last error.",
        "已有 GPU 指标（{exporter}），但最近 5 分钟没有样本：请查看采集目标的状态和最近一次错误。",
    ),
    "gpus_missing": (
        "Without a fresh series of utilisation or memory: {names}; look at the exporter on their nodes.",
        "缺少新鲜的利用率或显存时间序列：{names}；请检查所在节点的 exporter。",
    ),
    "targets_down": (
        "GPU exporters that cannot be scraped: {names}; see the last error of these targets.",
        "无法采集的 GPU exporter：{names}；请查看这些目标的最近一次错误。",
    ),
    "nodes_missing": (
        "Nodes that offer nvidia.com/gpu and have no GPU series: {names}; let the exporter run there too.",
        "提供 nvidia.com/gpu 却没有 GPU 时间序列的节点：{names}；请在这些节点上也运行 exporter。",
    ),
    "known_from_series": (
        "GPUs are known from their series of the last {window} only: one that was never scraped is not "
        "counted; compare with nvidia-smi -L.",
        "GPU 清单仅来自最近 {window} 的时间序列：从未被采集的 GPU 不在其中；请与 nvidia-smi -L 核对。",
    ),
    "known_from_nodes": (
        "{nodes} nodes offer nvidia.com/gpu (kube-state-metrics); each was looked for among the series.",
        "有 {nodes} 个节点提供 nvidia.com/gpu（kube-state-metrics），已逐一在时间序列中核对。",
    ),
    "no_interval": (
        "The scrape interval could not be read from the targets of this API, so the age in scrapes is not "
        "known; ask the Prometheus that scrapes.",
        "无法从该 API 的采集目标读出采集间隔，因此不知道样本滞后几个采集周期；请改问执行采集的 Prometheus。",
    ),
    "services_without": (
        "{signal}: no series for {names}; expose it there, or relabel so that both carry the same job.",
        "{signal}：{names} 没有时间序列；请在其上暴露该指标，或用 relabel 让两者带有相同的 job 标签。",
    ),
    "signal_missing": (
        "Missing: {why}",
        "缺失：{why}",
    ),
    "stale": (
        "{signal}: {metric} is known but has no sample in the last 5 minutes; look at its target.",
        "{signal}：{metric} 存在，但最近 5 分钟没有样本；请检查其采集目标。",
    ),
    "no_signals": (
        "No signals are named to look for: give the parameter signals.",
        "没有指定要查找的信号：请给出参数 signals。",
    ),
    "unknown_signal": (
        "There is no signal named {name}: see gpuready signals for those there are.",
        "没有名为 {name} 的信号：可用的信号见 gpuready signals。",
    ),
}
