"""What the checks of the network say."""

MESSAGES = {
    "no_nodes": (
        "The cluster lists no node at all: check that the context is the right one.",
        "集群没有列出任何节点：请确认 context 是否正确。",
    ),
    "plugins": (
        "CNI: {names}.",
        "CNI：{names}。",
    ),
    "no_plugin": (
        "No known CNI plugin runs as a DaemonSet (looked for Calico, Cilium, Flannel, OVN-Kubernetes, "
        "Antrea, Kube-OVN, the clouds' own): name the one in use by hand.",
        "没有以 DaemonSet 运行的已知 CNI 插件（查找过 "
        "Calico、Cilium、Flannel、OVN-Kubernetes、Antrea、Kube-OVN 及各云厂商自带的插件）：请手工说明所用插"
        "件。",
    ),
    "plugin_down": (
        "CNI pods not ready: {names}; read the log of those that wait.",
        "CNI 的 Pod 未就绪：{names}；请查看相应日志。",
    ),
    "cut_off": (
        "Nodes that report no pod network: {names}; look at the CNI pod there.",
        "报告网络不可用的节点：{names}；请检查该节点上的 CNI Pod。",
    ),
    "rdma": (
        "{count} nodes offer RDMA or SR-IOV devices to pods: {names}.",
        "{count} 个节点向 Pod 提供 RDMA 或 SR-IOV 设备：{names}。",
    ),
    "no_rdma": (
        "No node offers RDMA or SR-IOV devices to pods, so NCCL between nodes goes over TCP sockets.",
        "没有节点向 Pod 提供 RDMA 或 SR-IOV 设备，跨节点 NCCL 只能走 TCP socket。",
    ),
    "no_workload": (
        "No pod runs outside the system namespaces, so there is no traffic to rule yet.",
        "系统命名空间之外没有 Pod 在运行，尚无流量可管控。",
    ),
    "without_policy": (
        "Workload namespaces that no network policy reaches: {names}; begin with a default deny for each.",
        "没有任何网络策略覆盖的业务命名空间：{names}；请先为每个命名空间建立默认拒绝策略。",
    ),
    "unweighed": (
        "Cluster-wide policies whose selectors were not weighed: {names}; look by hand which namespaces "
        "they cover.",
        "未能判断选择器范围的集群级策略：{names}；请人工确认其覆盖哪些命名空间。",
    ),
    "no_default_deny": (
        "Workload namespaces that do not deny incoming traffic by default: {names} (a policy with "
        "podSelector {{}} for Ingress, and none that lets everybody in).",
        "未默认拒绝入站流量的业务命名空间：{names}（需要 podSelector 为 {{}} 的 Ingress 策略，且没有放行所"
        "有来源的策略）。",
    ),
    "enforcement_untold": (
        "Whether NetworkPolicy takes effect does not show ({names}): see that its pods are ready, and prove "
        "it with a connection that must be blocked.",
        "无法判断 NetworkPolicy 是否生效（{names}）：请确认其 Pod 就绪，并用一次应被拦截的连接来验证。",
    ),
    "enforced": (
        "The CNI enforces NetworkPolicy ({names}).",
        "CNI 会执行 NetworkPolicy（{names}）。",
    ),
    "not_enforced": (
        "The CNI does not enforce NetworkPolicy ({names}): policies are stored and ignored, so add an "
        "enforcer or change the CNI.",
        "CNI 不执行 NetworkPolicy（{names}）：策略只被保存而不生效，请增加执行组件或更换 CNI。",
    ),
    "no_class": (
        "No IngressClass, no GatewayClass and no Istio ingress gateway: install a controller, best one of "
        "the Gateway API.",
        "没有 IngressClass、GatewayClass 或 Istio 入口网关：请安装控制器，优先选择支持 Gateway API 的实现。",
    ),
    "controller_down": (
        "Controllers not ready or gone: {names}; read their pods' logs, or delete the class that nothing "
        "serves.",
        "未就绪或已不存在的控制器：{names}；请查看其 Pod 日志，或删除无人服务的 class。",
    ),
    "controller_unseen": (
        "The controllers of these classes run out of sight: {names}; check them where they run.",
        "以下 class 的控制器不在可见范围内：{names}；请在其运行之处确认。",
    ),
    "retired": (
        "The community's ingress-nginx was retired in March 2026 and gets no security fixes: move to a "
        "controller of the Gateway API.",
        "社区版 ingress-nginx 已于 2026 年 3 月退役，不再有安全修复：请迁移到支持 Gateway API 的控制器。",
    ),
    "single": (
        "Only one pod: {names}; run at least two, on two nodes.",
        "只有一个 Pod：{names}；请至少运行两个，并分布在两个节点上。",
    ),
}
