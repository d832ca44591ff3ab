"""What the check of zero trust says."""

MESSAGES = {
    "no_tenants": (
        "No workload namespace has a pod that runs or waits, so there is no tenant to keep apart: run this "
        "again once workloads are deployed.",
        "没有任何工作负载命名空间中有运行或等待的 Pod，没有需要隔离的租户：请部署工作负载后重新运行。",
    ),
    "open": (
        "These tenants' namespaces have no default deny; add one, allow DNS first, then what is really "
        "used: {names}.",
        "这些租户命名空间没有默认拒绝；请加上，先放行 DNS，再放行确有需要的流量：{names}。",
    ),
    "not_enforced": (
        "The CNI plugin does not enforce NetworkPolicy, so every namespace is open whatever its policies "
        "say: change to Calico, Cilium or another that does.",
        "CNI 插件不执行 NetworkPolicy，无论策略怎么写所有命名空间都是敞开的：请换用 Calico、Cilium 等能执行"
        "的插件。",
    ),
    "enforcement_untold": (
        "Every tenant denies by default, but whether the CNI plugin enforces it cannot be read: prove it "
        "by a blocked connection.",
        "所有租户都默认拒绝，但无法读出 CNI 插件是否执行：请用一次被阻断的连接来证明。",
    ),
    "unweighed": (
        "Cluster-wide policies with selectors that are not weighed here may close these namespaces: prove "
        "it by a blocked connection ({names}).",
        "某些集群级策略的选择器在此无法判断，可能已封闭这些命名空间：请用一次被阻断的连接来证明（{names}）。",
    ),
    "anonymous": (
        "These bindings give rights to requests without any identity; only system:public-info-viewer "
        "belongs there: {names}.",
        "这些绑定把权限给了没有身份的请求；只有 system:public-info-viewer 应当如此：{names}。",
    ),
}
