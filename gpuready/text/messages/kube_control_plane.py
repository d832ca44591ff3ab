"""What the checks of the control plane say."""

MESSAGES = {
    "hidden": (
        "None of the {nodes} nodes is labelled node-role.kubernetes.io/control-plane: a managed service "
        "hides them, so enter the number from the provider's statement, or label the nodes.",
        "{nodes} 个节点均无 node-role.kubernetes.io/control-plane 标签：托管服务看不到控制平面节点，请按云"
        "厂商的说明录入数量，或为节点补上标签。",
    ),
    "not_ready": (
        "Control-plane nodes not Ready: {names}; look at the kubelet there (journalctl -u kubelet).",
        "控制平面节点未 Ready：{names}；请在该节点查看 kubelet 日志（journalctl -u kubelet）。",
    ),
    "even": (
        "{count} control-plane nodes: an even number survives no more failures than one less, so add one.",
        "控制平面有 {count} 个节点：偶数个并不比少一个更能容错，请再加一个。",
    ),
    "one_zone": (
        "All Ready control-plane nodes are in the zone {zone}: spread them, or its loss stops the cluster.",
        "所有 Ready 的控制平面节点都在可用区 {zone}：请分散部署，否则该区故障会使集群停摆。",
    ),
    "readyz_untold": (
        "/readyz?verbose told nothing: allow get on the nonResourceURL /readyz, then run this again.",
        "/readyz?verbose 未给出结果：请授予对 nonResourceURL /readyz 的 get 权限后重试。",
    ),
    "readyz_failed": (
        "The API server is not ready, failed checks: {checks}; begin with the first.",
        "API server 未就绪，失败的检查：{checks}；请从第一项查起。",
    ),
    "etcd_unhealthy": (
        "etcd members not healthy or missing: {names}; ask each with etcdctl endpoint health --cluster.",
        "etcd 成员不健康或缺失：{names}；请用 etcdctl endpoint health --cluster 逐一确认。",
    ),
    "etcd_hidden": (
        "No etcd member shows in the cluster (external or managed): attach the output of etcdctl endpoint "
        "health --cluster.",
        "集群中看不到 etcd 成员（外部或托管）：请附上 etcdctl endpoint health --cluster 的输出。",
    ),
    "crash_looping": (
        "Crashing in a loop in kube-system: {names}; read kubectl -n kube-system logs POD --previous.",
        "kube-system 中反复崩溃：{names}；请查看 kubectl -n kube-system logs POD --previous。",
    ),
    "no_system_pods": (
        "No pod shows in kube-system, so none can be judged: check that the account may list pods there.",
        "kube-system 中看不到任何 Pod，无从判断：请确认该账号可列出其中的 Pod。",
    ),
}
