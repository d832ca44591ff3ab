"""What the checks of a cluster say of pods that do not start, wait, or fail."""

MESSAGES = {
    "no_gpu_pods": (
        "No pod asks for a GPU, so none could be starved of one: run this again under the usual work.",
        "没有 Pod 申请 GPU，谈不上争抢：请在平常负载下重新运行。",
    ),
    "no_pods": (
        "The API server lists no pod at all, so nothing can be concluded: see whether this is the right "
        "cluster, or whether the nodes have joined it.",
        "API server 没有列出任何 Pod，因此无法得出结论：请确认连接的集群是否正确、节点是否已加入。",
    ),
    "no_logs": (
        "No pod fails and none with a GPU runs, so there is no start log to read: run this again once an "
        "engine has been started.",
        "没有失败的 Pod，也没有正在运行的 GPU Pod，因此没有启动日志可读：请在引擎启动后重新运行。",
    ),
    "blocked_gpu": (
        "No node has as many GPUs free as these pods ask for; see who holds them, whether allocatable has "
        "dropped below capacity, or add nodes: {names}.",
        "没有节点能满足这些 Pod 请求的空闲 GPU 数；请查看 GPU 被谁占用、allocatable 是否低于 capacity，或增"
        "加节点：{names}。",
    ),
    "blocked_room": (
        "CPU, memory or pod slots are short for these pods; lower their requests or make room on the "
        "nodes: {names}.",
        "这些 Pod 所需的 CPU、内存或 Pod 名额不足；请调低 requests 或在节点上腾出资源：{names}。",
    ),
    "blocked_volume": (
        "These pods wait for a volume; see kubectl describe pvc, and whether the StorageClass and the zone "
        "fit: {names}.",
        "这些 Pod 在等待存储卷；请查看 kubectl describe pvc，以及 StorageClass 和可用区是否匹配：{names}。",
    ),
    "blocked_taint": (
        "Every node that would do has a taint that these pods do not tolerate; add the toleration: {names}.",
        "合适的节点都带有这些 Pod 不容忍的污点；请补上 toleration：{names}。",
    ),
    "blocked_affinity": (
        "No node fits the selector, the affinity or the spread rule of these pods; compare them with the "
        "nodes' labels: {names}.",
        "没有节点符合这些 Pod 的选择器、亲和性或分布约束；请与节点标签对照：{names}。",
    ),
    "blocked_scheduler": (
        "No scheduler has looked at these pods; start the one that spec.schedulerName names, or correct "
        "the name: {names}.",
        "没有调度器处理这些 Pod；请启动 spec.schedulerName 指定的调度器，或更正名称：{names}。",
    ),
    "blocked_quota": (
        "A quota or a LimitRange refuses these pods; free some of it, have it raised, or add the missing "
        "requests: {names}.",
        "配额或 LimitRange 拒绝了这些 Pod；请释放或申请提高配额，或补上缺少的 requests：{names}。",
    ),
    "blocked_refused": (
        "The API server refuses to create these pods; the reason names the admission rule to satisfy: "
        "{names}.",
        "API server 拒绝创建这些 Pod；原因中写明了需要满足的准入规则：{names}。",
    ),
    "blocked_setting": (
        "These containers cannot be created, mostly for a missing Secret, ConfigMap or key: {names}.",
        "这些容器无法创建，多半是缺少 Secret、ConfigMap 或其中的键：{names}。",
    ),
    "blocked_memory": (
        "These containers were killed at their memory limit; raise it to the peak while the model loads: "
        "{names}.",
        "这些容器因达到内存上限被杀；请把上限提到加载模型时的峰值：{names}。",
    ),
    "blocked_other": (
        "The scheduler finds no place for these pods, for the reason it gives: {names}.",
        "调度器无法放置这些 Pod，原因如其所述：{names}。",
    ),
    "gated": (
        "These pods are held back by a scheduling gate (a job queue such as Kueue) and are not counted; "
        "see their place in the queue: {names}.",
        "这些 Pod 被调度门控（如 Kueue 作业队列）暂缓，不计入；请查看其排队情况：{names}。",
    ),
    "waits_for_gpu": (
        "These pods wait for GPUs that others hold; raise their priority, free GPUs or add nodes: {names}.",
        "这些 Pod 在等待被其他负载占用的 GPU；请提高其优先级、释放 GPU 或增加节点：{names}。",
    ),
    "evicted": (
        "These pods were evicted because their node ran short; set memory and ephemeral-storage requests "
        "equal to the limits: {names}.",
        "这些 Pod 因节点资源不足被驱逐；请让内存和 ephemeral-storage 的 requests 等于 limits：{names}。",
    ),
    "preempted": (
        "These pods were preempted by ones of higher priority, which is by design and not counted: {names}.",
        "这些 Pod 被更高优先级的 Pod 抢占，属预期行为，不计入：{names}。",
    ),
    "pull_errors": (
        "These images cannot be pulled; check the name, the tag and imagePullSecrets: {names}.",
        "这些镜像无法拉取；请检查名称、标签和 imagePullSecrets：{names}。",
    ),
    "image_lacks": (
        "These containers do not start from their image: wrong architecture, missing program or missing "
        "library (libcuda comes from the host by the NVIDIA runtime): {names}.",
        "这些容器无法从镜像启动：架构不符、缺少程序或缺少库（libcuda 由 NVIDIA 运行时从主机挂入）：{names}。",
    ),
    "failing_read": (
        "The logs of {read} of {of} failing pods were read, of the run before the last restart where there "
        "is one.",
        "共 {of} 个失败的 Pod，已读取其中 {read} 个的日志；重启过的读取重启前那一次。",
    ),
    "newest_read": (
        "No pod fails: the logs of the {read} GPU pods that started last were read.",
        "没有失败的 Pod：已读取最近启动的 {read} 个 GPU Pod 的日志。",
    ),
    "first_error": (
        "The first error in the log of {pod}, container {container}:",
        "{pod} 的容器 {container} 日志中的第一个错误：",
    ),
    "more_errors": (
        "{many} more pods have errors in their logs: put these right first and run this again.",
        "另有 {many} 个 Pod 的日志中有错误：请先解决以上问题再重新运行。",
    ),
    "silent": (
        "These pods fail, but nothing in their logs was recognised as the cause; read them with kubectl "
        "logs --previous, and look at the image first where a log is empty: {names}.",
        "这些 Pod 失败了，但日志中没有识别出原因；请用 kubectl logs --previous 查看，日志为空时先查镜"
        "像：{names}。",
    ),
    "unread": (
        "The logs of {many} pods could not be read, so none of them is cleared: {why}",
        "有 {many} 个 Pod 的日志无法读取，不能视为无错误：{why}",
    ),
    "cause_no_gpu": (
        "Line {line}: the container was given no GPU ({said}); ask for nvidia.com/gpu in its limits, and "
        "set runtimeClassName: nvidia where the NVIDIA runtime is not the default.",
        "第 {line} 行：容器没有分配到 GPU（{said}）；请在 limits 中申请 nvidia.com/gpu，若 NVIDIA 运行时不"
        "是默认运行时，再设 runtimeClassName: nvidia。",
    ),
    "cause_shm": (
        "Line {line}: shared memory is too small ({said}); mount an emptyDir with medium: Memory on "
        "/dev/shm.",
        "第 {line} 行：共享内存太小（{said}）；请把 medium: Memory 的 emptyDir 挂载到 /dev/shm。",
    ),
}
