"""What is said of cost, idle GPUs, and of requests against use."""

MESSAGES = {
    "gpu_busy": (
        "GPU busy",
        "GPU 忙碌率",
    ),
    "cost": (
        "cost",
        "成本",
    ),
    "requests": (
        "requests against use",
        "请求量与使用量",
    ),
    "bad_idle": (
        "{found} is no threshold below which a GPU is idle: give a percentage above 0 and up to {most}.",
        "{found} 不是有效的空闲阈值：请填写大于 0、不超过 {most} 的百分比。",
    ),
    "bad_price": (
        "{found} is no price: set {option} of this Prometheus to what a GPU costs an hour, such as 2.5.",
        "{found} 不是有效的单价：请把该 Prometheus 的 {option} 设为每 GPU 小时的费用，例如 2.5。",
    ),
    "gpus_gone": (
        "{metric} has samples in the window, but none of a GPU now: check that the exporter is up.",
        "{metric} 在时间窗内有样本，但当前没有任何 GPU 的样本：请检查导出器是否在线。",
    ),
    "idle": (
        "Held and idle for {window}: {names}; ask the owners, or scale them to zero.",
        "已占用且 {window} 内空闲：{names}；请联系负责人，或把它们缩到零。",
    ),
    "unseen": (
        "{count} more GPUs are requested by running pods than the exporter sees held: those may be idle as "
        "well; run it on every GPU node.",
        "运行中的 Pod 申请的 GPU 比导出器看到被占用的多 {count} 块：这些也可能空闲；请在每个 GPU 节点上运行"
        "导出器。",
    ),
    "unmapped": (
        "{idle} GPUs are idle, but the exporter does not tell which pods hold GPUs: switch on the DCGM "
        "exporter's Kubernetes mapping (DCGM_EXPORTER_KUBERNETES=true).",
        "有 {idle} 块 GPU 空闲，但导出器没有给出 GPU 所属的 Pod：请打开 DCGM exporter 的 Kubernetes 映射"
        "（DCGM_EXPORTER_KUBERNETES=true）。",
    ),
    "hours": (
        "{idle} of {hours} GPU-hours were idle ({gpus} GPUs).",
        "{hours} 个 GPU 小时中有 {idle} 个空闲（共 {gpus} 块 GPU）。",
    ),
    "unwatched": (
        "{hours} GPU-hours were not watched and may have been idle or not: keep the exporters up on every "
        "node.",
        "有 {hours} 个 GPU 小时没有被监视，可能空闲也可能不空闲：请保持每个节点上的导出器在线。",
    ),
    "no_use": (
        "Workloads ask for CPU and memory, but what they use is not told: scrape the kubelets' cAdvisor.",
        "工作负载申请了 CPU 和内存，但没有使用量数据：请采集 kubelet 的 cAdvisor 指标。",
    ),
    "over_asked": (
        "Used less than 30 % of what they ask for over {window}: {names}; lower the requests to the P95 of "
        "use plus a fifth.",
        "{window} 内使用不到申请量的 30 %：{names}；请把申请量降到使用量的 P95 再加两成。",
    ),
    "gpu_unknown": (
        "Whether GPU workloads are idle is not known: {why}",
        "无法得知 GPU 工作负载是否空闲：{why}",
    ),
    "by_price": (
        "Cost is GPU hours at {price} each, the price stated by {option}: nothing here knows the invoice.",
        "成本按每 GPU 小时 {price}（由 {option} 给定）计算：这里并不知道实际账单。",
    ),
    "owners": (
        "Cost by namespace over {window}, dearest first: {names}.",
        "{window} 内各命名空间成本（从高到低）：{names}。",
    ),
    "nothing_costs": (
        "Cost is told, but every owner's is 0: set the prices (a GPU cost of 0 means that none is set).",
        "有成本数据，但各责任方都为 0：请配置价格（GPU 成本为 0 说明没有定价）。",
    ),
    "unowned": (
        "{share} % ({cost}) is nobody's: idle capacity that can be returned, or shared out by quota.",
        "有 {share} %（{cost}）没有归属：即可以退还或按配额分摊的空闲容量。",
    ),
    "no_period": (
        "{signal}: {metric} has samples for less than half of the {window} that ended {ago} ago, so two "
        "periods cannot be compared; keep history for twice the window.",
        "{signal}：{metric} 在 {ago} 前结束的 {window} 中有样本的时间不到一半，无法比较两个周期；请保留两倍"
        "时间窗的历史。",
    ),
    "not_used": (
        "No GPU was used in the {window} that ended {ago} ago, so there is no cost of a GPU hour used.",
        "在 {ago} 前结束的 {window} 内没有使用任何 GPU，无法得出每 GPU 使用小时的成本。",
    ),
    "cost_zero": (
        "The cost of the {window} before is 0: set the prices before costs are compared.",
        "上一个 {window} 的成本为 0：请先配置价格再比较成本。",
    ),
    "change": (
        "A GPU hour really used cost {new}, in the {window} before {old}; the whole cost {bill} against "
        "{before}.",
        "每 GPU 实际使用小时的成本为 {new}，上一个 {window} 为 {old}；总成本 {bill}，此前为 {before}。",
    ),
}
