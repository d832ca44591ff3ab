"""What the checks of service meshes say."""

MESSAGES = {
    "none": (
        "Neither Istio nor Linkerd is in this cluster: no istiod, no Linkerd control plane, no proxy in "
        "any pod.",
        "集群中既没有 Istio 也没有 Linkerd：没有 istiod、没有 Linkerd 控制面，也没有任何 Pod 带代理。",
    ),
    "products": (
        "Service mesh found: {names}.",
        "找到的服务网格：{names}。",
    ),
    "down": (
        "These parts of the control plane are not fully ready; see kubectl describe and their logs: {names}.",
        "控制面的这些部分未完全就绪；请查看 kubectl describe 和日志：{names}。",
    ),
    "elsewhere": (
        "Pods have proxies, but no control plane runs in this cluster (a managed or remote one), so "
        "whether it is ready cannot be read: see istioctl proxy-status.",
        "Pod 带有代理，但控制面不在本集群中（托管或远程），无法读出是否就绪：请查看 istioctl proxy-status。",
    ),
    "outside": (
        "These pods have no proxy though their namespace asks for one or others there have it, so their "
        "traffic is plain; restart them, or move those kept out on purpose (NCCL ranks): {names}.",
        "这些 Pod 所在命名空间要求注入或其他 Pod 已有代理，它们却没有，流量为明文；请重启，或把有意排除的（如"
        " NCCL rank）移到别处：{names}。",
    ),
    "nobody": (
        "{names} is installed, but no workload pod is in the mesh, so there is no traffic whose encryption "
        "could be judged: label a namespace and restart its pods.",
        "{names} 已安装，但没有工作负载 Pod 加入网格，没有可判断加密的流量：请为命名空间打标签并重启其中的 "
        "Pod。",
    ),
    "strict": (
        "Every meshed namespace demands mutual TLS ({names}).",
        "所有已加入网格的命名空间都要求双向 TLS（{names}）。",
    ),
    "not_strict": (
        "Not every meshed namespace demands mutual TLS; find the plain clients first, then set STRICT "
        "(Linkerd: all-authenticated) for the mesh.",
        "并非所有网格命名空间都要求双向 TLS；请先找出明文客户端，再为整个网格设置 "
        "STRICT（Linkerd：all-authenticated）。",
    ),
    "exceptions": (
        "Plain text is accepted by: {names}.",
        "接受明文的有：{names}。",
    ),
    "bare": (
        "No pod of these workload namespaces is in the mesh, so their traffic is plain: {names}.",
        "这些工作负载命名空间没有任何 Pod 加入网格，其流量为明文：{names}。",
    ),
    "no_services": (
        "No Service stands in front of an inference engine, so there is nothing to break a circuit for: "
        "deploy one, or attest how callers reach the engines.",
        "没有 Service 指向推理引擎，谈不上熔断：请部署 Service，或人工说明调用方如何访问引擎。",
    ),
    "no_way": (
        "No DestinationRule, BackendTrafficPolicy or Linkerd failure accrual is known here; a gateway or "
        "the callers may still break circuits: attest it.",
        "这里没有 DestinationRule、BackendTrafficPolicy 或 Linkerd failure accrual；熔断可能由网关或调用方"
        "实现：请人工确认。",
    ),
    "no_breaker": (
        "Nothing takes a failing replica of these services out of rotation; add outlierDetection, a "
        "circuitBreaker or failure accrual: {names}.",
        "没有任何机制把这些服务的故障副本摘除；请配置 outlierDetection、circuitBreaker 或 failure "
        "accrual：{names}。",
    ),
}
