"""What the checks of cert-manager say."""

MESSAGES = {
    "absent": (
        "cert-manager is not installed (no CRD, no Deployment): install it with its Helm chart.",
        "未安装 cert-manager（没有 CRD，也没有 Deployment）：请用其 Helm chart 安装。",
    ),
    "parts_missing": (
        "cert-manager parts that do not show: {names}; check what its chart deployed.",
        "未发现 cert-manager 的组件：{names}；请检查其 chart 部署了什么。",
    ),
    "not_running": (
        "cert-manager is not ready: {names}; read the log of its pods.",
        "cert-manager 未就绪：{names}；请查看其 Pod 日志。",
    ),
    "issuers_down": (
        "Issuers not Ready: {names}; read their status.conditions.",
        "未 Ready 的 Issuer：{names}；请查看其 status.conditions。",
    ),
    "no_issuer": (
        "cert-manager runs but has no Issuer or ClusterIssuer: create one, or it signs nothing.",
        "cert-manager 已运行，但没有 Issuer 或 ClusterIssuer：请创建，否则无法签发证书。",
    ),
    "none": (
        "cert-manager holds no Certificate, so no renewal can be judged: let it manage the certificates, "
        "or ask the hosts themselves.",
        "cert-manager 中没有 Certificate，无从判断续期：请交由它管理证书，或直接检查各主机名。",
    ),
    "not_installed": (
        "cert-manager is not installed: renewal is looked after elsewhere, so ask the hosts themselves or "
        "attest it.",
        "未安装 cert-manager：续期由别处负责，请直接检查各主机名或附证据确认。",
    ),
    "not_ready": (
        "Certificates not Ready: {names}; kubectl describe certificate names the cause.",
        "未 Ready 的证书：{names}；kubectl describe certificate 可查看原因。",
    ),
    "overdue": (
        "Renewal overdue: {names}; look at the newest CertificateRequest and its Order.",
        "续期逾期：{names}；请查看最新的 CertificateRequest 及其 Order。",
    ),
    "failed": (
        "Requests that failed: {names}; cmctl status certificate shows the issuer's answer.",
        "失败的申请：{names}；cmctl status certificate 可查看签发方的答复。",
    ),
    "untold": (
        "No renewalTime told for {names}: upgrade cert-manager, which tells it since 0.16.",
        "{names} 未给出 renewalTime：请升级 cert-manager（0.16 起提供）。",
    ),
}
