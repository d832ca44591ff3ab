"""What the checks of inference engines in a cluster say."""

MESSAGES = {
    "found": (
        "Engines in the cluster: {names}.",
        "集群中的推理引擎：{names}。",
    ),
    "nothing": (
        "No pod or workload runs a known inference engine (looked for vLLM, SGLang, TensorRT-LLM, Triton, "
        "TGI, NIM, Ray Serve, KServe and others by image, command, label and port): deploy one.",
        "没有任何 Pod 或工作负载运行已知的推理引擎（按镜像、命令、标签和端口查找了 vLLM、SGLang、"
        "TensorRT-LLM、Triton、TGI、NIM、Ray Serve、KServe 等）：请先部署。",
    ),
    "none_runs": (
        "No inference engine runs in this cluster, so there are no replicas to count: deploy one, or scale "
        "it up from zero.",
        "集群中没有正在运行的推理引擎，无副本可统计：请先部署，或将其从零扩容。",
    ),
    "parked": (
        "Scaled to zero and not counted: {names}.",
        "已缩容到零，未计入：{names}。",
    ),
    "few_replicas": (
        "Engines with fewer than two ready replicas: {names}; raise their replicas.",
        "就绪副本少于两个的引擎：{names}；请增加副本数。",
    ),
    "few_nodes": (
        "Engines whose ready replicas stand on fewer than two nodes: {names}; spread them by pod "
        "anti-affinity or topologySpreadConstraints on kubernetes.io/hostname.",
        "就绪副本所在节点少于两个的引擎：{names}；请用 Pod 反亲和或基于 kubernetes.io/hostname 的 "
        "topologySpreadConstraints 分散部署。",
    ),
    "no_budget": (
        "Engines that no PodDisruptionBudget covers: {names}; a drain may take all replicas at once.",
        "没有 PodDisruptionBudget 覆盖的引擎：{names}；节点排空时可能同时失去全部副本。",
    ),
    "unavailable": (
        "Engines with fewer ready replicas than wanted: {names}; look at their pods' events and logs.",
        "就绪副本少于期望值的引擎：{names}；请查看其 Pod 的事件与日志。",
    ),
    "no_probe": (
        "Engines without a readinessProbe: {names}; their pods are Ready without having answered, so give "
        "them one (vLLM, SGLang and TGI: /health, Triton and KServe: /v2/health/ready).",
        "没有 readinessProbe 的引擎：{names}；其 Pod 未经应答即为 Ready，请配置探针（vLLM、SGLang、TGI 用 "
        "/health，Triton、KServe 用 /v2/health/ready）。",
    ),
}
