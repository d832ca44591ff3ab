"""What the checks of storage say."""

MESSAGES = {
    "systems": (
        "Shared storage found: {names}.",
        "发现共享存储：{names}。",
    ),
    "no_system": (
        "No shared storage system was found (looked for CephCluster, CSI drivers and ReadWriteMany "
        "volumes): install a CSI driver with ReadWriteMany, such as CephFS through Rook.",
        "未发现共享存储系统（查找过 CephCluster、CSI 驱动与 ReadWriteMany 卷）：请安装支持 ReadWriteMany "
        "的 CSI 驱动，例如通过 Rook 使用 CephFS。",
    ),
    "unknown_drivers": (
        "CSI drivers not known here, and no ReadWriteMany volume of theirs: {names}; attest whether they "
        "share volumes between nodes.",
        "以下 CSI 驱动未被识别，也没有其 ReadWriteMany 卷：{names}；请附证据说明能否跨节点共享。",
    ),
    "unhealthy": (
        "Not healthy: {names}; begin with ceph health detail, or with the driver's node pods.",
        "不健康：{names}；请先查看 ceph health detail，或检查驱动在各节点上的 Pod。",
    ),
    "untold": (
        "No health told yet, or not lately: {names}; look at the log of rook-ceph-operator.",
        "尚未或近期未给出健康状态：{names}；请查看 rook-ceph-operator 的日志。",
    ),
    "removed": (
        "Needs a volume plugin that this Kubernetes version no longer has: {names}; move the data to a CSI "
        "driver.",
        "依赖当前 Kubernetes 版本已移除的卷插件：{names}；请将数据迁移到 CSI 驱动。",
    ),
    "bound": (
        "ReadWriteMany claims Bound: {names}.",
        "已 Bound 的 ReadWriteMany PVC：{names}。",
    ),
    "unbound": (
        "ReadWriteMany claims not Bound: {names}; kubectl describe pvc names the cause.",
        "未 Bound 的 ReadWriteMany PVC：{names}；kubectl describe pvc 可查看原因。",
    ),
    "wait_for_pod": (
        "Bound only once a pod uses them (WaitForFirstConsumer): {names}.",
        "要等有 Pod 使用时才会绑定（WaitForFirstConsumer）：{names}。",
    ),
    "node_local": (
        "ReadWriteMany claims on a path or disk of the node (hostPath, local), which shares nothing unless a "
        "shared file system is mounted there: {names}; run the test that writes from two nodes.",
        "位于节点自身路径或磁盘（hostPath、local）的 ReadWriteMany PVC，除非该处挂载了共享文件系统，否则并不"
        "共享：{names}；请运行从两个节点读写的测试。",
    ),
    "no_rwx": (
        "No claim asks for ReadWriteMany: create one for the models, or each replica pulls its own copy.",
        "没有 PVC 申请 ReadWriteMany：请为模型创建，否则每个副本都要各自拉取。",
    ),
    "no_class": (
        "There is no StorageClass: install a CSI driver and create one.",
        "没有 StorageClass：请安装 CSI 驱动并创建。",
    ),
    "default": (
        "Default StorageClass: {name}.",
        "默认 StorageClass：{name}。",
    ),
    "no_default": (
        "No StorageClass is the default: claims that name none stay Pending, so annotate one with "
        "storageclass.kubernetes.io/is-default-class=true.",
        "没有默认 StorageClass：未指定 class 的 PVC 会一直 Pending，请为其中一个加上注解 "
        "storageclass.kubernetes.io/is-default-class=true。",
    ),
    "many_defaults": (
        "Several default classes: {names}; the newest wins, so take the annotation from all but one.",
        "存在多个默认 class：{names}；最新的会生效，请只保留一个默认注解。",
    ),
    "provisioner_down": (
        "Provisioners that do not run: {names}; look at the controller pods of the driver.",
        "未运行的 provisioner：{names}；请检查该驱动的控制器 Pod。",
    ),
    "provisioner_unseen": (
        "Provisioners whose controller does not show (a managed service may run it): {names}; create a "
        "small claim to prove it.",
        "看不到控制器的 provisioner（可能由托管服务运行）：{names}；请创建一个小 PVC 验证。",
    ),
    "all_static": (
        "Every class is kubernetes.io/no-provisioner: nothing is provisioned dynamically.",
        "所有 class 都是 kubernetes.io/no-provisioner：没有动态供给。",
    ),
    "immediate": (
        "Node-local classes that bind at once: {names}; set volumeBindingMode to WaitForFirstConsumer.",
        "节点本地存储却立即绑定的 class：{names}；请将 volumeBindingMode 设为 WaitForFirstConsumer。",
    ),
    "nothing_shared": (
        "No ReadWriteMany claim is Bound, so no sharing can be seen: bind one, or run the test that writes "
        "from two nodes.",
        "没有已 Bound 的 ReadWriteMany PVC，看不到共享：请先绑定一个，或运行从两个节点读写的测试。",
    ),
    "unmounted": (
        "Bound, but mounted by no running pod: {names}.",
        "已 Bound 但没有运行中的 Pod 挂载：{names}。",
    ),
    "mounted": (
        "{name} is mounted by {pods} running pods on {nodes} nodes.",
        "{name} 被 {nodes} 个节点上的 {pods} 个运行中 Pod 挂载。",
    ),
    "one_node": (
        "All of them run on {node}: only two nodes show whether sharing really works.",
        "它们都在 {node} 上：只有跨两个节点才能看出共享是否真正可用。",
    ),
}
