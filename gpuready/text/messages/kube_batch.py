"""What the checks of job schedulers and tenants say."""

MESSAGES = {
    "none": (
        "No job scheduler runs here (looked for Volcano, YuniKorn, Kueue and KAI Scheduler): two jobs of "
        "many GPUs can each hold half and wait for ever.",
        "没有运行作业调度器（已查找 Volcano、YuniKorn、Kueue 和 KAI Scheduler）：两个多卡作业可能各占一半而"
        "永远互等。",
    ),
    "found": (
        "Job scheduler found: {products}.",
        "找到的作业调度器：{products}。",
    ),
    "down": (
        "These parts of the job scheduler are not fully ready; see kubectl describe and their logs: {names}.",
        "作业调度器的这些部分未完全就绪；请查看 kubectl describe 和日志：{names}。",
    ),
    "closed": (
        "These queues take no jobs: {names}.",
        "这些队列不接受作业：{names}。",
    ),
    "placed_by": (
        "GPU pods by the scheduler that places them (two on the same nodes race for the same cards): "
        "{names}.",
        "按调度器统计的 GPU Pod（两个调度器共用节点会争抢同一批卡）：{names}。",
    ),
    "yunikorn": (
        "YuniKorn keeps its queues to itself: read their states at /ws/v1/partition/default/queues.",
        "YuniKorn 的队列不在 Kubernetes 对象中：请从 /ws/v1/partition/default/queues 读取其状态。",
    ),
    "no_tenants": (
        "No workload namespace has a pod that asks for a GPU, so there is no tenant to bound: run this "
        "again once workloads are deployed.",
        "没有工作负载命名空间中的 Pod 申请 GPU，没有需要限额的租户：请部署工作负载后重新运行。",
    ),
    "by_queue": (
        "A queue with a GPU quota bounds these tenants, as far as their pods go through it: {names}.",
        "这些租户由带 GPU 配额的队列限制，前提是其 Pod 都经过队列：{names}。",
    ),
    "without_quota": (
        "Nothing bounds the GPUs of these tenants; add requests.nvidia.com/gpu to a ResourceQuota or give "
        "them a queue: {names}.",
        "这些租户的 GPU 没有任何上限；请在 ResourceQuota 中加上 requests.nvidia.com/gpu，或为其建立队"
        "列：{names}。",
    ),
}
