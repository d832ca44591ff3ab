"""What the check of remediation controllers says."""

MESSAGES = {
    "stale_conditions": (
        "Nodes carry conditions of a fault detector that nothing has renewed within the hour: {names}; see "
        "whether the detector still runs.",
        "节点上有故障检测器写入的状态，但一小时内未更新：{names}；请确认检测器是否仍在运行。",
    ),
    "no_nodes": (
        "The API server lists no node, so there is nothing to repair: see whether this is the right cluster.",
        "API server 没有列出任何节点，没有可修复的对象：请确认连接的集群是否正确。",
    ),
    "found": (
        "Found and ready: {names}.",
        "已找到且就绪：{names}。",
    ),
    "down": (
        "These do not run on all nodes or with all replicas that they should; see kubectl describe: {names}.",
        "这些没有在全部节点上或以全部副本运行；请查看 kubectl describe：{names}。",
    ),
    "dry_run": (
        "These run dry and act on nothing, so they are not counted; switch --dry-run off once a week of "
        "findings looks right: {names}.",
        "这些以 dry-run 运行，不会采取动作，不计入；观察一周无误后请关闭 --dry-run：{names}。",
    ),
    "no_gpu_condition": (
        "None of the conditions that detectors write on nodes is about GPUs ({names}); "
        "node-problem-detector has no GPU monitor unless you add one.",
        "检测器写入节点的条件中没有关于 GPU 的（{names}）；node-problem-detector 默认没有 GPU 监测，需自行"
        "添加。",
    ),
    "managed": (
        "The nodes come from a cloud that can repair them from outside, which is not to be seen here: "
        "attest the node pool's auto-repair setting.",
        "节点来自云厂商，其可能从外部自动修复节点，这里看不到：请人工确认节点池的自动修复设置。",
    ),
    "looked_for": (
        "Looked for node-problem-detector, NVSentinel, cloud agents, NodeHealthCheck and "
        "MachineHealthCheck, draino and medik8s; install what is missing and run it dry first.",
        "已查找 node-problem-detector、NVSentinel、云厂商 "
        "agent、NodeHealthCheck、MachineHealthCheck、draino 和 medik8s；请安装缺少的部分，先以 dry-run 运"
        "行。",
    ),
}
