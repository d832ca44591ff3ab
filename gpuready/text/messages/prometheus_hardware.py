"""What is said of GPUs that fail or get worse, and of what to do with them."""

MESSAGES = {
    "gpus": (
        "GPUs in service",
        "在役 GPU",
    ),
    "followed": (
        "Followed over {window} for {gpus} GPUs: {names}.",
        "{window} 内对 {gpus} 块 GPU 跟踪了：{names}。",
    ),
    "worse": (
        "Get worse: {names}; look at these first.",
        "正在恶化：{names}；请优先检查。",
    ),
    "blind": (
        "Not everything is told: {why}",
        "有信息未给出：{why}",
    ),
    "sources": (
        "Read: {names}.",
        "已读取：{names}。",
    ),
    "service": (
        "{gpu}: {reasons}. Advised: {action}.",
        "{gpu}：{reasons}。建议：{action}。",
    ),
    "more": (
        "{count} more GPUs are due: narrow the selector to see them.",
        "另有 {count} 块 GPU 需要维护：请缩小选择器以查看。",
    ),
    "gpu_remap_failure": (
        "row remapping failed",
        "行重映射失败",
    ),
    "node_not_ready": (
        "node not ready",
        "节点未就绪",
    ),
    "gpu_remap_pending": (
        "row remapping pending",
        "行重映射待生效",
    ),
    "gpu_ecc_uncorrected": (
        "uncorrected ECC errors",
        "不可纠正 ECC 错误",
    ),
    "recovery": (
        "recovery action advised by the driver",
        "驱动建议的恢复操作",
    ),
    "rising": (
        "rising: {signals}",
        "上升：{signals}",
    ),
    "no_xids": (
        "No exporter tells of Xids here, which is not the same as none: add DCGM_EXP_XID_ERRORS_COUNT to "
        "the DCGM exporter's counters.",
        "这里没有导出器给出 Xid，但这不等于没有发生：请在 DCGM exporter 的计数器配置中加入 "
        "DCGM_EXP_XID_ERRORS_COUNT。",
    ),
    "do_replace": (
        "run the field diagnostic and return the card",
        "运行现场诊断并返修该卡",
    ),
    "do_support": (
        "collect nvidia-bug-report.sh and ask NVIDIA's support",
        "用 nvidia-bug-report.sh 收集信息并联系 NVIDIA 支持",
    ),
    "do_nvlink": (
        "check the NVLink or NVSwitch seating and cables, then reset",
        "检查 NVLink 或 NVSwitch 的安装与线缆，然后重置",
    ),
    "do_power": (
        "check the GPU's auxiliary power and seating",
        "检查 GPU 的辅助供电与安装",
    ),
    "do_reboot": (
        "drain and reboot the node",
        "排空并重启节点",
    ),
    "do_drain_reset": (
        "drain the node and reset the GPU",
        "排空节点并重置 GPU",
    ),
    "do_reset": (
        "drain what runs on it and reset the GPU (nvidia-smi --gpu-reset)",
        "停掉其上的负载并重置 GPU（nvidia-smi --gpu-reset）",
    ),
    "do_drain": (
        "drain peer-to-peer traffic from it",
        "停止其上的点对点通信",
    ),
    "do_watch": (
        "watch it, and plan its service",
        "持续观察并安排维护",
    ),
    "short_now": (
        "There are samples of GPUs in only {share} % of the last {window}: the period is not known.",
        "最近 {window} 中仅 {share} % 的时间有 GPU 样本：该周期无法判断。",
    ),
    "short_before": (
        "There are samples of GPUs in only {share} % of the {window} before: keep history for both periods.",
        "上一个 {window} 中仅 {share} % 的时间有 GPU 样本：请保留两个周期的历史。",
    ),
    "no_failures": (
        "There was no hardware failure in either {window}, so there is nothing that could have become "
        "fewer; attest it instead.",
        "两个 {window} 内都没有硬件故障，谈不上减少；请改为人工确认。",
    ),
    "incidents": (
        "{new} incidents in the last {window} ({hours} GPU-hours), {old} in the one before ({before} "
        "GPU-hours).",
        "最近 {window} 有 {new} 起故障（{hours} GPU 小时），上一周期有 {old} 起（{before} GPU 小时）。",
    ),
    "few": (
        "With {count} incidents in both periods together the change may be chance.",
        "两个周期合计只有 {count} 起故障，变化可能只是偶然。",
    ),
    "partly": (
        "There are samples for {share} % of one of the periods only; rates are by the GPU-hours that were "
        "seen.",
        "其中一个周期只有 {share} % 的时间有样本；故障率按看到的 GPU 小时计算。",
    ),
    "not_counted": (
        "Not told here, so not counted in either period: {names}.",
        "这里没有给出、两个周期都未计入：{names}。",
    ),
}
