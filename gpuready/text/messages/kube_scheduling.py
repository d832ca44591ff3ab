"""What the checks of placement, priority, latency and fragmentation say."""

MESSAGES = {
    "model_untold": (
        "Some GPU nodes carry no label of their GPU model, so whether engines may land on another one is not "
        "known: let GPU feature discovery label them.",
        "部分 GPU 节点没有 GPU 型号标签，无法判断引擎会不会落到其他型号：请用 GPU feature discovery 打标签。",
    ),
    "spot_untold": (
        "No label tells whether these nodes are Spot instances, and engines stand on nothing else: {names}; "
        "label them node.kubernetes.io/lifecycle=spot or normal.",
        "以下节点没有标签说明是否为 Spot 实例，而引擎只运行在它们上面：{names}；请打标签 "
        "node.kubernetes.io/lifecycle=spot 或 normal。",
    ),
    "no_rule_needed": (
        "Each engine has one replica and no rule: nothing needs to be spread yet, and nothing is set; add "
        "topologySpreadConstraints before the second replica.",
        "每个引擎只有一个副本且没有规则：目前无需分散，也未设置任何规则；增加副本前请配置 "
        "topologySpreadConstraints。",
    ),
    "no_engines": (
        "No inference engine with replicas was found in this cluster, so its placement cannot be judged: "
        "deploy one and run this again.",
        "集群中没有找到正在运行的推理引擎，无法判断其调度：请部署后重新运行。",
    ),
    "not_spread": (
        "Nothing keeps the replicas of these engines apart; add topologySpreadConstraints on "
        "kubernetes.io/hostname or a podAntiAffinity: {names}.",
        "没有任何规则让这些引擎的副本分散；请加上基于 kubernetes.io/hostname 的 topologySpreadConstraints "
        "或 podAntiAffinity：{names}。",
    ),
    "any_model": (
        "These engines may land on any of the GPU models {models}; require one by nodeAffinity on "
        "nvidia.com/gpu.product: {names}.",
        "这些引擎可能被调度到 {models} 中任意型号的 GPU；请用 nvidia.com/gpu.product 的 nodeAffinity 限"
        "定：{names}。",
    ),
    "one_model": (
        "The nodes are labelled with no more than one GPU model ({model}), so no engine needs a rule for it.",
        "节点标签中至多只有一种 GPU 型号（{model}），引擎无需为此设置规则。",
    ),
    "no_gpu_nodes": (
        "None of the {nodes} nodes offers or is labelled with a GPU: see the device plugin and feature "
        "discovery first.",
        "{nodes} 个节点都没有提供 GPU，也没有 GPU 标签：请先检查 device plugin 和特性发现。",
    ),
    "only_gpu_nodes": (
        "All {nodes} nodes have GPUs, so CPU work has nowhere else to go and a taint would only lock it out.",
        "全部 {nodes} 个节点都有 GPU，CPU 负载没有别处可去，加污点只会把它挡在门外。",
    ),
    "untainted": (
        "These GPU nodes take any pod; taint them with nvidia.com/gpu=present:NoSchedule: {names}.",
        "这些 GPU 节点可接受任意 Pod；请打上污点 nvidia.com/gpu=present:NoSchedule：{names}。",
    ),
    "cpu_pods": (
        "These pods ask for no GPU and occupy GPU nodes; move them, and restart them once the nodes are "
        "tainted: {names}.",
        "这些 Pod 不申请 GPU 却占用 GPU 节点；请迁走，打污点后还需重启它们：{names}。",
    ),
    "classes": (
        "Priority classes besides the built-in ones: {names}.",
        "内置之外的优先级类：{names}。",
    ),
    "without_class": (
        "These engines run at the default priority 0 and wait behind batch jobs after a node loss; set "
        "priorityClassName: {names}.",
        "这些引擎以默认优先级 0 运行，节点故障后会排在批处理作业之后；请设置 priorityClassName：{names}。",
    ),
    "preempts": (
        "Higher priorities may take from lower ones by: {ways}.",
        "高优先级可通过以下方式抢占低优先级：{ways}。",
    ),
    "never": (
        "Nothing lets a higher priority take from a lower one; give serving a class above batch with "
        "preemptionPolicy PreemptLowerPriority.",
        "没有任何设置允许高优先级抢占低优先级；请为在线服务设一个高于批处理的类，preemptionPolicy 为 "
        "PreemptLowerPriority。",
    ),
    "no_recent": (
        "No pod that still exists was created and scheduled in the last {hours} h, so there is no latency "
        "to measure: run this again after a rollout, or scrape the scheduler's metrics.",
        "最近 {hours} 小时内没有仍存在的新建 Pod，无法测量调度延迟：请在一次发布后重新运行，或采集调度器指"
        "标。",
    ),
    "measured": (
        "Creation to PodScheduled of {pods} pods of the last {hours} h, in whole seconds as the API keeps "
        "them; pods already deleted are missing.",
        "统计最近 {hours} 小时内 {pods} 个 Pod 从创建到 PodScheduled 的时间，API 只保留整秒；已删除的 Pod "
        "不在其中。",
    ),
    "slowest": (
        "The slowest: {names}.",
        "最慢的：{names}。",
    ),
    "no_requests": (
        "No pod asks for a GPU, so there is no commonest request to set the free GPUs against: run this "
        "again once engines are deployed.",
        "没有 Pod 申请 GPU，无法以最常见的请求衡量空闲 GPU：请部署引擎后重新运行。",
    ),
    "no_gpus": (
        "No schedulable, ready node offers a GPU: see the device plugin, and which nodes are cordoned.",
        "没有可调度且就绪的节点提供 GPU：请检查 device plugin，以及哪些节点被 cordon。",
    ),
    "commonest": (
        "The commonest request is {size} x {resource}; {free} of {all} are free, {stranded} of them where "
        "it does not fit.",
        "最常见的请求是 {size} x {resource}；{all} 个中空闲 {free} 个，其中 {stranded} 个所在节点放不下该请"
        "求。",
    ),
    "stranded": (
        "Stranded GPUs by node: {names}; pack GPUs with scoringStrategy MostAllocated, or keep small "
        "requests on nodes of their own.",
        "各节点的零散 GPU：{names}；请用 scoringStrategy MostAllocated 紧凑放置，或让小请求使用专门的节点。",
    ),
    "left_aside": (
        "Cordoned or not ready, and left aside with all their GPUs: {names}.",
        "以下节点被 cordon 或未就绪，其 GPU 不计入：{names}。",
    ),
    "no_spot": (
        "No node is labelled as Spot or preemptible and no node comes from a cloud, so the line does not "
        "apply.",
        "没有节点带 Spot 或可抢占标签，也没有来自云厂商的节点，本项不适用。",
    ),
    "spot_none_now": (
        "No node is labelled as Spot or preemptible at this moment; a pool scaled to zero would not show.",
        "此刻没有节点带 Spot 或可抢占标签；缩容到零的节点池不会显示。",
    ),
    "spot_nodes": (
        "{nodes} Spot nodes hold {gpus} of {all} GPUs; {workloads} workloads run there.",
        "{nodes} 个 Spot 节点拥有 {all} 个 GPU 中的 {gpus} 个；其上运行 {workloads} 个工作负载。",
    ),
    "only_spot": (
        "All replicas of these engines stand on Spot nodes; keep a baseline on demand: {names}.",
        "这些引擎的全部副本都在 Spot 节点上；请在按需节点上保留基线副本：{names}。",
    ),
}
