"""What the check of federated clusters says."""

MESSAGES = {
    "no_hub": (
        "This cluster is no hub of Karmada, Open Cluster Management or Rancher Fleet: name the hub's "
        "kubeconfig as the target, or attest how the clusters are governed.",
        "本集群不是 Karmada、Open Cluster Management 或 Rancher Fleet 的中心：请把中心集群的 kubeconfig 设"
        "为目标，或人工说明各集群如何统一管理。",
    ),
    "retired": (
        "Only KubeFed is here, which was archived in 2023 and tells nothing reliable: move to Karmada, "
        "Open Cluster Management or Fleet.",
        "这里只有 KubeFed，它已于 2023 年归档，结果不可靠：请迁移到 Karmada、Open Cluster Management 或 "
        "Fleet。",
    ),
    "members": (
        "{members} members under {products}.",
        "{products} 管理着 {members} 个成员集群。",
    ),
    "no_members": (
        "The hub's resources are installed, but no cluster has joined.",
        "已安装中心端资源，但没有集群加入。",
    ),
    "not_ready": (
        "These members are not ready; look for an expired credential, an unreachable API endpoint or a "
        "dead agent: {names}.",
        "这些成员集群未就绪；请检查凭证过期、API 端点不可达或 agent 停止：{names}。",
    ),
    "one_region": (
        "All members are in one region ({region}), which a regional outage takes down together.",
        "所有成员都在同一区域（{region}），区域故障会使它们同时失效。",
    ),
}
