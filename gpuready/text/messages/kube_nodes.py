"""What the checks of nodes say."""

MESSAGES = {
    "none": (
        "The cluster lists no node at all: check that the context is the right one.",
        "集群没有列出任何节点：请确认 context 是否正确。",
    ),
    "not_ready": (
        "Not Ready: {names}; look at the kubelet there (journalctl -u kubelet).",
        "未 Ready：{names}；请在该节点查看 kubelet 日志（journalctl -u kubelet）。",
    ),
    "under_pressure": (
        "Under pressure: {names}; free what is short before the kubelet evicts pods.",
        "资源紧张：{names}；请在 kubelet 驱逐 Pod 之前释放相应资源。",
    ),
    "cordoned": (
        "Cordoned (SchedulingDisabled): {names}; ask who did it and until when.",
        "已被 cordon（SchedulingDisabled）：{names}；请确认是谁操作、到何时为止。",
    ),
    "no_gpu_node": (
        "No node offers a GPU, carries a GPU label or publishes a GPU by DRA: install the GPU Operator, or "
        "check that the GPU nodes have joined.",
        "没有节点提供 GPU、带有 GPU 标签或通过 DRA 发布 GPU：请安装 GPU Operator，或确认 GPU 节点已加入集"
        "群。",
    ),
    "unlabelled": (
        "GPU nodes without a product label: {names}; see gpu-feature-discovery and node-feature-discovery "
        "there.",
        "缺少型号标签的 GPU 节点：{names}；请检查该节点上的 gpu-feature-discovery 与 "
        "node-feature-discovery。",
    ),
    "untainted": (
        "GPU nodes without a taint: {names}; any pod may fill them (kubectl taint nodes NODE "
        "nvidia.com/gpu=present:NoSchedule).",
        "未设污点的 GPU 节点：{names}；任何 Pod 都可能占满它们（kubectl taint nodes NODE "
        "nvidia.com/gpu=present:NoSchedule）。",
    ),
    "locked_out": (
        "Waiting GPU pods that tolerate no GPU node's taint: {names}; give them the toleration.",
        "等待中的 GPU Pod 不容忍任何 GPU 节点的污点：{names}；请为其添加 toleration。",
    ),
    "without_devices": (
        "GPU nodes that offer no device: {names}; look at the driver and device plugin pods there.",
        "未提供任何设备的 GPU 节点：{names}；请检查该节点上的驱动与设备插件 Pod。",
    ),
    "mig_unsettled": (
        "MIG not settled: {names}; read the log of nvidia-mig-manager on the node.",
        "MIG 配置未生效：{names}；请查看该节点上 nvidia-mig-manager 的日志。",
    ),
    "mig_profiles": (
        "MIG profiles on offer: {names}.",
        "可用的 MIG 规格：{names}。",
    ),
    "shared": (
        "Cards shared by several pods: {names}; this splits time, not memory, so keep it within one tenant.",
        "多个 Pod 共享显卡：{names}；这只切分时间、不隔离显存，请限于同一租户。",
    ),
    "without_gpu": (
        "GPU nodes with nothing allocatable: {names}; look at the driver and device plugin pods there.",
        "没有可分配 GPU 的节点：{names}；请检查该节点上的驱动与设备插件 Pod。",
    ),
    "short": (
        "GPU nodes that offer fewer GPUs than they have: {names}; look for Xid errors or a lost card there.",
        "可分配 GPU 少于实际数量的节点：{names}；请在该节点排查 Xid 错误或掉卡。",
    ),
    "not_counted": (
        "No count label on {names}: held against the node's own capacity only, so a card that is wholly "
        "lost does not show.",
        "{names} 没有数量标签：只能与节点自身 capacity 对比，完全丢失的卡看不出来。",
    ),
    "by_dra": (
        "{count} nodes publish their GPUs as DRA devices (ResourceSlices); these were counted.",
        "{count} 个节点以 DRA 设备（ResourceSlice）发布 GPU；已按此计数。",
    ),
}
