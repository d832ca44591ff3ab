"""What the checks of quotas say."""

MESSAGES = {
    "no_workloads": (
        "No workload namespace has a pod that runs or waits, so there is nothing that a quota could bound: "
        "run this again once workloads are deployed.",
        "没有任何工作负载命名空间中有运行或等待的 Pod，配额无从谈起：请部署工作负载后重新运行。",
    ),
    "without": (
        "These workload namespaces have no ResourceQuota; create one with requests.nvidia.com/gpu, "
        "requests.cpu and requests.memory: {names}.",
        "这些工作负载命名空间没有 ResourceQuota；请创建一个，包含 requests.nvidia.com/gpu、requests.cpu 和 "
        "requests.memory：{names}。",
    ),
    "without_gpu": (
        "The ResourceQuotas of these namespaces leave GPUs unbounded; add requests.nvidia.com/gpu "
        "(extended resources take no limits. key): {names}.",
        "这些命名空间的 ResourceQuota 没有限制 GPU；请加上 requests.nvidia.com/gpu（扩展资源没有 limits. "
        "键）：{names}。",
    ),
    "at_limit": (
        "These quotas are used up, so the surge replica of the next rollout will be refused; raise them or "
        "free GPUs: {names}.",
        "这些配额已用满，下次滚动发布的额外副本会被拒绝；请提高配额或释放 GPU：{names}。",
    ),
    "outside": (
        "These quotas do not fit what is used; size them to peak use plus the surge of one rollout: {names}.",
        "这些配额与实际用量不符；请按峰值用量加一次滚动发布的余量设定：{names}。",
    ),
    "partial": (
        "Quotas with a scope hold for some pods only and are not taken for a bound on GPUs: {names}.",
        "带 scope 的配额只对部分 Pod 生效，不视为 GPU 上限：{names}。",
    ),
    "moment": (
        "Use was read at this moment; take the reading at the peak of the week.",
        "用量为此刻的读数；请在一周中的高峰时段读取。",
    ),
}
