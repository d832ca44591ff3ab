"""What the checks of autoscaling in a cluster say."""

MESSAGES = {
    "no_hpa": (
        "No HorizontalPodAutoscaler and no KEDA ScaledObject stands in a workload namespace: create one "
        "for each engine.",
        "业务命名空间中没有 HorizontalPodAutoscaler，也没有 KEDA ScaledObject：请为每个引擎创建。",
    ),
    "untold": (
        "The HPA controller or KEDA does not say that these read their metrics: {names}; look again in a "
        "minute, whether their targets are scaled to zero, or whether kube-controller-manager runs.",
        "HPA 控制器或 KEDA 未说明以下对象能读到指标：{names}；请一分钟后再看，或检查目标是否已缩到零、"
        "kube-controller-manager 是否在运行。",
    ),
    "unreadable": (
        "Autoscalers that cannot read their metrics: {names}; check metrics-server, the metrics adapter or "
        "KEDA, and that the pods have requests.",
        "读不到指标的自动扩缩容对象：{names}；请检查 metrics-server、指标适配器或 KEDA，以及 Pod 是否"
        "设置了 requests。",
    ),
    "metrics_api_down": (
        "Metrics APIs that are registered but not Available: {names}; bring their adapter back.",
        "已注册但不可用（Available 非 True）的指标 API：{names}；请恢复其适配器。",
    ),
    "no_vpa_installed": (
        "The Vertical Pod Autoscaler is not installed (verticalpodautoscalers.autoscaling.k8s.io is not "
        "served).",
        "未安装 Vertical Pod Autoscaler（API 未提供 verticalpodautoscalers.autoscaling.k8s.io）。",
    ),
    "no_vpa": (
        "No VerticalPodAutoscaler stands in a workload namespace: create one, in mode Off at first.",
        "业务命名空间中没有 VerticalPodAutoscaler：请创建，可先用 Off 模式。",
    ),
    "no_recommendation": (
        "VPAs without a recommendation: {names}; look whether vpa-recommender runs and pods match.",
        "没有推荐值的 VPA：{names}；请检查 vpa-recommender 是否运行、目标 Pod 是否匹配。",
    ),
    "conflict": (
        "A VPA and an HPA work on the same resource of the same target: {names}; let the HPA scale by "
        "another metric, or set the VPA to Off.",
        "VPA 与 HPA 作用于同一目标的同一资源：{names}；请让 HPA 改用其他指标，或将 VPA 设为 Off。",
    ),
    "nothing_adjusts": (
        "No VerticalPodAutoscaler stands in a workload namespace: install the VPA and create some, or "
        "attest what else adjusts resource settings.",
        "业务命名空间中没有 VerticalPodAutoscaler：请安装 VPA 并创建对象，或说明由什么自动调整资源配置。",
    ),
    "only_recommend": (
        "These VPAs adjust nothing (mode Off, or no recommendation yet): {names}.",
        "以下 VPA 未做任何调整（Off 模式，或尚无推荐值）：{names}。",
    ),
    "no_node_autoscaler": (
        "No Cluster Autoscaler and no Karpenter was found (looked for their Deployments, NodePools and the "
        "ConfigMap kube-system/cluster-autoscaler-status): install one, or waive this for a fixed fleet.",
        "未发现 Cluster Autoscaler 或 Karpenter（查找了其 Deployment、NodePool 以及 ConfigMap "
        "kube-system/cluster-autoscaler-status）：请安装，或对固定规模的集群豁免此项。",
    ),
    "status_unread": (
        "The ConfigMap kube-system/cluster-autoscaler-status could not be read: allow the account get on it "
        "to know the state of each node group.",
        "无法读取 ConfigMap kube-system/cluster-autoscaler-status：请授予该账号 get 权限，以获知各节点组"
        "状态。",
    ),
    "status_absent": (
        "The Cluster Autoscaler runs, but there is no ConfigMap kube-system/cluster-autoscaler-status, so "
        "its word on the node groups is not known: look for it in the autoscaler's own namespace, or read "
        "its log.",
        "Cluster Autoscaler 在运行，但没有 ConfigMap kube-system/cluster-autoscaler-status，无法得知各节点组"
        "状态：请在其所在命名空间中查找，或查看其日志。",
    ),
    "status_unclear": (
        "The ConfigMap kube-system/cluster-autoscaler-status is not written as the Cluster Autoscaler "
        "writes it: look at it by kubectl.",
        "ConfigMap kube-system/cluster-autoscaler-status 的内容不是 Cluster Autoscaler 的写法：请用 kubectl "
        "查看。",
    ),
    "node_autoscaler": (
        "What adds and removes nodes here: {names}.",
        "本集群的节点扩缩容组件：{names}。",
    ),
    "node_trouble": (
        "Not healthy: {names}.",
        "状态异常：{names}。",
    ),
    "backoff": (
        "Node groups whose last scale-up failed and that are in backoff: {names}; look at quota and "
        "capacity of the provider.",
        "上次扩容失败、处于退避（Backoff）的节点组：{names}；请检查云厂商的配额与库存。",
    ),
    "no_engine": (
        "No inference engine runs in this cluster, so none can be seen to scale: deploy one first.",
        "集群中没有正在运行的推理引擎，无从观察扩缩容：请先部署。",
    ),
    "no_autoscaler_on_engine": (
        "No HPA and no ScaledObject scales an engine ({names}): create one.",
        "没有 HPA 或 ScaledObject 作用于推理引擎（{names}）：请创建。",
    ),
    "own_autoscaler": (
        "These engines are scaled by Knative or Ray, whose history the API does not keep: {names}; run the "
        "drill.",
        "以下引擎由 Knative 或 Ray 扩缩容，API 不保留其历史：{names}；请做演练。",
    ),
    "inactive": (
        "Autoscalers of engines that do not scale now: {names}.",
        "当前不起作用的引擎自动扩缩容对象：{names}。",
    ),
    "without_autoscaler": (
        "Engines that nothing scales: {names}.",
        "没有自动扩缩容的引擎：{names}。",
    ),
    "no_up": (
        "The events of the cluster (kept for about an hour) show no scale-up of an engine by load (last "
        "scaled: {last}): put load on and look again within the hour, or run the drill.",
        "集群事件（约保留一小时）中没有引擎因负载扩容的记录（上次扩缩容：{last}）：请加载后一小时内再看，或做演练。",
    ),
    "no_down": (
        "The events of the cluster (kept for about an hour) show no scale-down of an engine by load (last "
        "scaled: {last}): take the load off and look again within the hour, or run the drill.",
        "集群事件（约保留一小时）中没有引擎因负载缩容的记录（上次扩缩容：{last}）：请撤去负载后一小时内再看，或做演练。",
    ),
    "scaled": (
        "Scaled: {names}.",
        "扩缩容记录：{names}。",
    ),
    "still_waiting": (
        "New replicas that are not Ready yet: {names}.",
        "尚未就绪的新副本：{names}。",
    ),
    "restarted": (
        "Replicas that have restarted since, so that their first Ready is not known: {names}.",
        "扩容后曾重启、首次就绪时间未知的副本：{names}。",
    ),
    "no_scale_up": (
        "The events of the cluster (kept for about an hour) show no scale-up of an engine that still has "
        "its new pods: put load on and look again within the hour, or run the drill.",
        "集群事件（约保留一小时）中没有仍保留新 Pod 的引擎扩容记录：请加载后一小时内再看，或做演练。",
    ),
}
