"""The panel of a cluster."""

MESSAGES = {
    "unread": (
        "Objects of {resource} that are not shaped as the API has them are left out ({count}): see what "
        "wrote them with kubectl get {resource} -o yaml.",
        "{resource} 中有 {count} 个对象不符合 API 的格式，未予显示：请用 kubectl get {resource} -o yaml 查看"
        "其来源。",
    ),
    # title
    "title_nodes": ("nodes {ready}/{all} ready", "节点 {ready}/{all} 就绪"),
    "title_gpus": ("GPUs {free}/{all} free", "GPU {free}/{all} 空闲"),
    "title_pending": ("{count} pending", "{count} 等待"),
    "short_nodes": ("{ready}/{all} ready", "{ready}/{all} 就绪"),
    "short_gpus": ("{free}/{all} free", "{free}/{all} 空闲"),
    "short_pending": ("{count} wait", "{count} 等待"),
    "by_free": ("by free GPUs", "按空闲 GPU"),
    "by_name": ("by name", "按名称"),
    "by_state": ("by trouble", "按异常"),
    "part_nodes": ("nodes", "节点"),
    "part_pods": ("pods", "Pod"),
    "part_devices": ("DRA devices", "DRA 设备"),
    "part_engines": ("engines", "推理引擎"),
    "part_events": ("warnings", "警告事件"),
    # map
    "free_of": ("{free}/{total} free", "{free}/{total} 空闲"),
    "no_gpu": ("no GPU", "无 GPU"),
    "cordoned": ("cordoned", "已封锁"),
    "not_ready": ("not ready", "未就绪"),
    "waiting": ("waiting for {asks}: {count}", "等待 {asks}：{count}"),
    "free_by_nodes": ("free×nodes", "空闲数×节点数"),
    "fits": ("nodes with room: {nodes}", "有空位的节点：{nodes}"),
    "fits_unknown": ("whether it fits is not known", "无法得知是否放得下"),
    "scattered": (
        "fits nowhere: free {free}, at most {most} on a node",
        "无处可放：共 {free} 个空闲，单节点最多 {most} 个",
    ),
    "too_few": ("fits nowhere: free {free} in all", "无处可放：总共仅 {free} 个空闲"),
    "more": ("{count} more: enter shows them, = filters", "另有 {count} 个：回车显示，= 筛选"),
    "more_filter": ("{count} more: = filters", "另有 {count} 个：= 筛选"),
    "claims": ("claims: {count}", "{count} 个资源声明"),
    "no_gpus": (
        "No node offers a GPU: see that the device plugin or DRA driver runs on the GPU nodes.",
        "没有节点提供 GPU：请确认 GPU 节点上的设备插件或 DRA 驱动正在运行。",
    ),
    # sections
    "trouble": ("nodes not ready or under pressure: {count}", "未就绪或有压力的节点：{count}"),
    "pods": ("GPU pods: {pending} pending, {failing} failing", "GPU Pod：{pending} 等待，{failing} 失败"),
    "pods_idle": (
        "  (others: {pending} pending, {failing} failing)",
        "（其他：{pending} 等待，{failing} 失败）",
    ),
    "engines": ("engines: {count}, short of replicas: {short}", "推理引擎：{count}，副本不足：{short}"),
    "warnings": ("warnings: {count}", "警告事件：{count}"),
    "shown": ("{count} shown, enter shows more", "显示 {count} 条，回车显示更多"),
    # one thing in full
    "state": ("state", "状态"),
    "cordoned_long": ("cordoned: no new pods are placed here", "已封锁：不再调度新的 Pod"),
    "pressure": ("pressure", "压力"),
    "product": ("product", "型号"),
    "taints": ("taints", "污点"),
    "zone": ("zone", "可用区"),
    "four": (
        "capacity {capacity}  allocatable {allocatable}  requested {requested}  free {free}",
        "总量 {capacity}  可分配 {allocatable}  已请求 {requested}  空闲 {free}",
    ),
    "legend": (
        "■ requested  ◇ set aside  □ free  - out of reach  ✗ unhealthy",
        "■ 已请求  ◇ 已预留  □ 空闲  - 不可用  ✗ 不健康",
    ),
    "pods_here": ("GPU pods here ({count})", "此处的 GPU Pod（{count}）"),
    "pods_of": ("its GPU pods ({count})", "其 GPU Pod（{count}）"),
    "warnings_here": ("warnings about this node ({count})", "关于此节点的警告（{count}）"),
    "checks_named": ("checks whose result names this node ({count})", "结果提到此节点的检查（{count}）"),
    "checks_nodes": ("checks that read the nodes ({count})", "读取节点的检查（{count}）"),
    "gone": ("It is no longer there.", "它已不存在。"),
    # what keys do
    "no_cluster": (
        "There is no cluster among the targets: C chooses a context of the kubeconfig, s adds a target.",
        "目标中没有集群：按 C 选择 kubeconfig 的上下文，按 s 添加目标。",
    ),
    "no_contexts": (
        "No kubeconfig with a context was found: set KUBECONFIG, or press s and add kubeconfig=FILE#CONTEXT.",
        "没有找到带上下文的 kubeconfig：请设置 KUBECONFIG，或按 s 以 kubeconfig=FILE#CONTEXT 添加。",
    ),
    "order_now": ("nodes {order}", "节点{order}"),
    "field_filter": (
        "Words that nodes, pods, engines and warnings must hold; empty for all",
        "节点、Pod、引擎和警告须含有的词；留空为全部",
    ),
    "field_context": ("Context", "上下文"),
    "context_now": ("context {context}", "上下文 {context}"),
    "not_here": ("The Kubernetes panel has no such thing.", "Kubernetes 面板没有此功能。"),
    "copied": ("on the clipboard (OSC 52): {text}", "已复制到剪贴板（OSC 52）：{text}"),
}
