"""What the check of API gateways says."""

MESSAGES = {
    "none": (
        "There is neither a Gateway nor an Ingress in this cluster, so no route can be followed: if "
        "callers come in another way, attest it.",
        "集群中既没有 Gateway 也没有 Ingress，无路由可查：若调用方经由其他途径访问，请人工确认。",
    ),
    "tells_nothing": (
        "Only Istio's own Gateway objects are here, which have no status: see istioctl proxy-status and "
        "curl each public route.",
        "这里只有 Istio 自己的 Gateway 对象，它没有状态字段：请查看 istioctl proxy-status 并逐一访问公开路"
        "由。",
    ),
    "not_programmed": (
        "These gateways are not programmed; see their conditions with kubectl describe gateway: {names}.",
        "这些网关未生效（Programmed 不为 True）；请用 kubectl describe gateway 查看条件：{names}。",
    ),
    "no_routes": (
        "No route leads to a Service or InferencePool here, so nothing can be said of what stands behind the "
        "gateway: create the routes, or attest where callers are sent.",
        "没有通往 Service 或 InferencePool 的路由，无法判断网关背后有什么：请创建路由，或人工说明请求去向。",
    ),
    "refused": (
        "These routes are not accepted or lead to what cannot be resolved (a wrong port, a missing "
        "ReferenceGrant): {names}.",
        "这些路由未被接受或目标无法解析（端口错误、缺少 ReferenceGrant）：{names}。",
    ),
    "empty": (
        "No ready pod stands behind these routes, so they answer 503; compare the Service's selector with "
        "the pods' labels: {names}.",
        "这些路由背后没有就绪的 Pod，会返回 503；请对照 Service 的选择器与 Pod 标签：{names}。",
    ),
    "retired": (
        "The community's ingress-nginx is installed, which was retired in March 2026: plan the move to a "
        "Gateway API controller.",
        "仍装有社区版 ingress-nginx，它已于 2026 年 3 月退役：请规划迁移到 Gateway API 控制器。",
    ),
    "unaddressed": (
        "No address stands in the status of these Ingresses; see whether their controller runs: {names}.",
        "这些 Ingress 的状态中没有地址；请确认其控制器在运行：{names}。",
    ),
}
