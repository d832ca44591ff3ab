"""What the checks of the GPU Operator and the device plugin say."""

MESSAGES = {
    "absent": (
        "No GPU Operator is deployed (no Deployment runs the image gpu-operator): install it with Helm, or "
        "waive the line where the provider manages driver and plugin.",
        "未部署 GPU Operator（没有 Deployment 使用 gpu-operator 镜像）：请用 Helm 安装；若驱动与插件由云厂"
        "商托管，可申请豁免。",
    ),
    "no_version": (
        "{names} runs an image named by digest and carries no version label: enter the version from helm "
        "list.",
        "{names} 的镜像以 digest 指定且没有版本标签：请按 helm list 录入版本。",
    ),
    "old": (
        "Version {version} came out {months} months ago: plan an upgrade that supports this Kubernetes "
        "version.",
        "版本 {version} 发布于 {months} 个月前：请规划升级到支持当前 Kubernetes 版本的版本。",
    ),
    "not_running": (
        "The operator itself is not ready: {names}; read its log.",
        "Operator 本身未就绪：{names}；请查看其日志。",
    ),
    "no_gpu_node": (
        "No GPU node was found, so there is nothing a device plugin could serve.",
        "未发现 GPU 节点，设备插件无从服务。",
    ),
    "policy": (
        "Not ready by its own word: {names}; see which operand's pods wait in the operator's namespace.",
        "自报未就绪：{names}；请在 Operator 的命名空间中查看哪个组件的 Pod 在等待。",
    ),
    "no_policy": (
        "The GPU Operator's CRDs are there, but no ClusterPolicy or GPUCluster: create one, or nothing is "
        "deployed to the nodes.",
        "GPU Operator 的 CRD 已安装，但没有 ClusterPolicy 或 GPUCluster：请创建，否则不会向节点部署任何组"
        "件。",
    ),
    "no_operator": (
        "The GPU Operator is not installed, so it tells no state: attest how driver and plugin are kept up.",
        "未安装 GPU Operator，没有状态可读：请说明驱动与插件如何维护并附证据。",
    ),
    "plugin_unseen": (
        "Nodes that offer GPUs though no device plugin pod stands there (some node images carry it as a "
        "service): {names}; attest that it runs.",
        "以下节点提供了 GPU，但其上没有设备插件 Pod（部分节点镜像将其作为系统服务）：{names}；请附证据确认其"
        "在运行。",
    ),
    "plugin_missing": (
        "GPU nodes without a ready device plugin or DRA driver: {names}; look at its pods there.",
        "缺少就绪的设备插件或 DRA 驱动的 GPU 节点：{names}；请检查该节点上的相应 Pod。",
    ),
    "unhealthy": (
        "Devices that are there but not offered: {names}; look for Xid errors in the node's kernel log.",
        "存在但未提供的设备：{names}；请在该节点内核日志中排查 Xid 错误。",
    ),
}
