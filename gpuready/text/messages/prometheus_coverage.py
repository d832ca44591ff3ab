"""What is said of what is watched and what is not."""

MESSAGES = {
    "nodes": (
        "nodes",
        "节点",
    ),
    "gpus": (
        "GPUs",
        "GPU",
    ),
    "engines": (
        "engines",
        "推理引擎",
    ),
    "services": (
        "services",
        "服务",
    ),
    "namespaces": (
        "namespaces",
        "命名空间",
    ),
    "nothing_known": (
        "Nothing is known that should be watched: name peers, services and engines as targets, or scrape "
        "kube-state-metrics.",
        "不知道应当监视什么：请把对端、服务和推理引擎登记为目标，或采集 kube-state-metrics。",
    ),
    "bad_gpus": (
        "{found} is no number of GPUs: set the option gpus of this Prometheus to how many there are, such "
        "as 16.",
        "{found} 不是有效的 GPU 数量：请把该 Prometheus 的 gpus 选项设为实际数量，例如 16。",
    ),
    "missing": (
        "Not watched (no target up, or no fresh series), {what}: {names}.",
        "未被监视（没有在线的采集目标或没有新样本）的{what}：{names}。",
    ),
    "no_nodes": (
        "Which nodes there are is not known: scrape kube-state-metrics, name the peers as targets, or set "
        "nodes=a;b on this Prometheus.",
        "不知道有哪些节点：请采集 kube-state-metrics、把对端登记为目标，或在该 Prometheus 上设置 nodes=a;b。",
    ),
    "no_gpus": (
        "How many GPUs there are is not known: scrape kube-state-metrics, or set gpus=N on this Prometheus.",
        "不知道有多少 GPU：请采集 kube-state-metrics，或在该 Prometheus 上设置 gpus=N。",
    ),
    "part_gpus": (
        "{count} GPUs are watched, but not how many there are: set gpus=N on this Prometheus, or scrape "
        "kube-state-metrics.",
        "有 {count} 块 GPU 被监视，但不知道总数：请在该 Prometheus 上设置 gpus=N，或采集 "
        "kube-state-metrics。",
    ),
    "no_engines": (
        "No inference engine is named as a target (engine=URL), so their coverage is not known.",
        "没有登记推理引擎目标（engine=URL），无法得知其覆盖率。",
    ),
    "no_services": (
        "No service is named as a target (service=NAME=URL), so their coverage is not known.",
        "没有登记服务目标（service=NAME=URL），无法得知其覆盖率。",
    ),
    "no_namespaces": (
        "Which namespaces run workloads is not known: scrape kube-state-metrics.",
        "不知道哪些命名空间有工作负载：请采集 kube-state-metrics。",
    ),
}
