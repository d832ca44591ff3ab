"""What the check of traffic splits says."""

MESSAGES = {
    "no_engine": (
        "No inference engine was found in this cluster, so there is no traffic to split between versions: "
        "deploy one first.",
        "集群中未发现推理引擎，没有可在版本间分流的流量：请先部署。",
    ),
    "splits": (
        "Traffic split by weight: {names}.",
        "按权重分流：{names}。",
    ),
    "resting": (
        "Set up to split, with all traffic on one side now: {names}.",
        "已配置分流，当前流量全在一侧：{names}。",
    ),
    "not_engines": (
        "These splits lead to Services whose pods are no engines, so whether model versions are behind them "
        "is not known: {names}.",
        "这些分流通往的 Service 背后不是引擎 Pod，无法判断其后是否为模型版本：{names}。",
    ),
    "nothing": (
        "No route splits traffic in the engines' namespaces ({homes}): looked for HTTPRoute, GRPCRoute, "
        "AIGatewayRoute, VirtualService, InferenceService canary, Argo Rollout and Flagger Canary.",
        "引擎所在命名空间（{homes}）没有分流路由：查找了 HTTPRoute、GRPCRoute、AIGatewayRoute、"
        "VirtualService、InferenceService 金丝雀、Argo Rollout、Flagger Canary。",
    ),
    "elsewhere": (
        "Splits of other traffic, not counted: {names}.",
        "其他流量的分流，未计入：{names}。",
    ),
}
