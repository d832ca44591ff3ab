"""What the check of pod security says."""

MESSAGES = {
    "no_workloads": (
        "No workload namespace has a pod that runs or waits, so there is none to protect: run this again "
        "once workloads are deployed.",
        "没有任何工作负载命名空间中有运行或等待的 Pod，没有可保护的对象：请部署工作负载后重新运行。",
    ),
    "unprotected": (
        "Nothing refuses a privileged pod in these namespaces; label them "
        "pod-security.kubernetes.io/enforce=baseline after a server-side dry run: {names}.",
        "这些命名空间中没有任何规则拒绝特权 Pod；请先用服务端 dry-run 试过，再打上 "
        "pod-security.kubernetes.io/enforce=baseline 标签：{names}。",
    ),
    "only_warned": (
        "Of these, audit or warn labels only report and let the pod in: {names}.",
        "其中这些只有 audit 或 warn 标签，只报告而仍然放行：{names}。",
    ),
    "by_engine": (
        "Policies that refuse privileged pods ({policies}) protect {names}; try one with kubectl run "
        "--privileged --dry-run=server.",
        "拒绝特权 Pod 的策略（{policies}）保护着 {names}；可用 kubectl run --privileged --dry-run=server 验"
        "证。",
    ),
    "by_openshift": (
        "OpenShift's SecurityContextConstraints hold in every namespace; see which service accounts may "
        "use the privileged one.",
        "OpenShift 的 SecurityContextConstraints 在所有命名空间生效；请查看哪些服务账号可使用 privileged。",
    ),
    "default_in_file": (
        "The API server reads an admission configuration file, which may set a default for namespaces "
        "without a label: look up defaults.enforce in it, or set the labels.",
        "API server 使用了准入配置文件，其中可能为无标签的命名空间设了默认级别：请查看文件中的 "
        "defaults.enforce，或直接打标签。",
    ),
    "retired_policies": (
        "This server still has PodSecurityPolicies, which Kubernetes 1.25 removes, and whether they are "
        "enforced cannot be read: move to Pod Security Admission labels.",
        "此服务器仍有 PodSecurityPolicy（Kubernetes 1.25 已移除），是否生效无法读出：请迁移到 Pod Security "
        "Admission 标签。",
    ),
}
