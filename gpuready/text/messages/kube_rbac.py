"""What the checks of roles and bindings say."""

MESSAGES = {
    "not_served": (
        "The API server does not serve rbac.authorization.k8s.io: switch RBAC on with "
        "--authorization-mode=Node,RBAC.",
        "API server 没有提供 rbac.authorization.k8s.io：请用 --authorization-mode=Node,RBAC 启用 RBAC。",
    ),
    "no_bindings": (
        "The API server serves RBAC but shows no binding at all, though Kubernetes makes some itself: see "
        "whether this account is shown everything.",
        "API server 提供 RBAC 却没有显示任何绑定，而 Kubernetes 自身就会创建一些：请确认当前账号能看到全部"
        "对象。",
    ),
    "no_accounts": (
        "The API server shows no service account, though every namespace has one, so none can be called "
        "missing: see whether this account is shown everything.",
        "API server 没有显示任何服务账号，而每个命名空间都有一个，因此无法判断缺失：请确认当前账号能看到全"
        "部对象。",
    ),
    "modes": (
        "The API server's authorisers: {names}.",
        "API server 的授权方式：{names}。",
    ),
    "modes_untold": (
        "Which authorisers decide cannot be read: no kube-apiserver pod shows its --authorization-mode and "
        "/metrics does not count decisions; grant get on /metrics, or attest it.",
        "无法读出由哪些授权方式裁决：没有 kube-apiserver Pod 显示 --authorization-mode，/metrics 也没有裁决"
        "计数；请授予 /metrics 的 get 权限，或人工确认。",
    ),
    "open_admin": (
        "These grants give admin rights to nobody in particular; delete them and bind named groups: {names}.",
        "这些授权把管理员权限给了不特定的主体；请删除并改为绑定指名的组：{names}。",
    ),
    "admins": (
        "Holders of cluster-admin or the same rights; put a name and a reason to each: {names}.",
        "持有 cluster-admin 或同等权限的主体，请逐一确认其归属和理由：{names}。",
    ),
    "wildcards": (
        "These roles allow every verb on every resource; replace them by the verbs that the audit log "
        "shows: {names}.",
        "这些角色允许对所有资源执行所有操作；请按审计日志中的实际操作收窄：{names}。",
    ),
    "extra_admins": (
        "These hold cluster-admin besides system:masters and kubeadm:cluster-admins; take it away, or name "
        "them in the parameter admins: {names}.",
        "除 system:masters 和 kubeadm:cluster-admins 外，这些主体也持有 cluster-admin；请收回，或在参数 "
        "admins 中列出：{names}。",
    ),
    "default_accounts": (
        "Rights of a default service account go to every pod of its namespace that names no other; give "
        "each workload its own: {names}.",
        "default 服务账号的权限会落到该命名空间中所有未指定账号的 Pod；请为每个工作负载建立自己的账"
        "号：{names}。",
    ),
    "secret_readers": (
        "These roles show every Secret in their scope and are not counted; narrow them by resourceNames: "
        "{names}.",
        "这些角色可读取其范围内的全部 Secret，不计入；请用 resourceNames 收窄：{names}。",
    ),
    "subjects": (
        "Roles by subject: {names}.",
        "各主体的角色：{names}。",
    ),
    "stranger_allowed": (
        "Somebody whom nobody knows may change things by {names}; take these grants away.",
        "任何陌生人都可借由 {names} 进行更改；请取消这些授权。",
    ),
    "others_decide": (
        "Besides RBAC {names} decide, and may allow what RBAC does not; try kubectl auth can-i delete "
        "nodes --as nobody-at-all.",
        "除 RBAC 外还有 {names} 参与裁决，可能放行 RBAC 未允许的操作；请试 kubectl auth can-i delete nodes "
        "--as nobody-at-all。",
    ),
    "gone": (
        "These bindings name service accounts that no longer exist, and whoever creates one of that name "
        "inherits the rights; delete them: {names}.",
        "这些绑定指向已不存在的服务账号，谁建同名账号谁就继承权限；请删除：{names}。",
    ),
    "look_up": (
        "Kubernetes does not know whether people and groups still exist; look them up in the identity "
        "provider: {names}.",
        "Kubernetes 不知道用户和组是否还存在；请在身份系统中逐一核对：{names}。",
    ),
}
