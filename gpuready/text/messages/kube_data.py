"""What the checks of data classes and encrypted volumes say."""

MESSAGES = {
    "no_workloads": (
        "There is neither a workload namespace nor a claim whose data could have a class: run this again "
        "once workloads are deployed.",
        "既没有工作负载命名空间，也没有存储声明，谈不上数据分级：请部署工作负载后重新运行。",
    ),
    "classes": (
        "Classes and how many namespaces and claims have them: {names}.",
        "各数据级别的命名空间与存储声明数：{names}。",
    ),
    "namespaces_without": (
        "These workload namespaces lack the label {label}; add it, and require it by an admission policy: "
        "{names}.",
        "这些工作负载命名空间缺少标签 {label}；请补上，并用准入策略强制要求：{names}。",
    ),
    "claims_without": (
        "These claims lack the label {label}, and so does their namespace: {names}.",
        "这些存储声明及其命名空间都缺少标签 {label}：{names}。",
    ),
    "no_classes": (
        "There is no StorageClass, so how volumes are encrypted cannot be read: attest the disks below "
        "(cryptsetup status NAME shows aes-xts-plain64).",
        "没有 StorageClass，无法读出存储卷的加密方式：请人工确认底层磁盘（cryptsetup status 名称 应显示 "
        "aes-xts-plain64）。",
    ),
    "encrypted": (
        "These classes encrypt their volumes: {names}.",
        "这些存储类会加密存储卷：{names}。",
    ),
    "plain": (
        "These classes say that they do not encrypt; make new ones with encryption on and move the data: "
        "{names}.",
        "这些存储类写明不加密；请新建启用加密的存储类并迁移数据：{names}。",
    ),
    "untold": (
        "These classes and volumes say nothing of encryption, which the account, the pool or dm-crypt "
        "may add; set the driver's parameter, or attest the disks: {names}.",
        "这些存储类与存储卷没有说明加密，可能由账号、存储池或 dm-crypt 提供；请设置驱动参数，或人工确认磁"
        "盘：{names}。",
    ),
}
