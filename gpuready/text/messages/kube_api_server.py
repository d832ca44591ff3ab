"""What the checks of the API server's audit log and encryption say."""

MESSAGES = {
    "not_encrypted": (
        "{without} of {servers} API servers run without --encryption-provider-config, so Secrets lie in "
        "etcd as base64: put kms first in an EncryptionConfiguration.",
        "{servers} 个 API server 中有 {without} 个没有 --encryption-provider-config，Secret 以 base64 存于 "
        "etcd：请在 EncryptionConfiguration 中把 kms 放在首位。",
    ),
    "by_key_manager": (
        "The API server that answered stores objects encrypted by: {providers}.",
        "应答的 API server 以如下方式加密存储对象：{providers}。",
    ),
    "local_key": (
        "The API server stores objects encrypted by {providers}, whose key lies in a file beside etcd and "
        "guards only the backups: put a kms provider first.",
        "API server 以 {providers} 加密存储，密钥文件就在 etcd 旁边，只能保护备份：请把 kms 放在首位。",
    ),
    "identity": (
        "An encryption configuration is loaded, but identity stands first in it and objects are stored as "
        "they are: put a kms provider first and rewrite all Secrets.",
        "已加载加密配置，但首位是 identity，对象仍以明文存储：请把 kms 放在首位并重写所有 Secret。",
    ),
    "kms_checked": (
        "The API servers load an encryption configuration and check the health of its KMS plug-in.",
        "API server 加载了加密配置，并对其中的 KMS 插件做健康检查。",
    ),
    "provider_hidden": (
        "The API servers load an encryption configuration, but which provider stands first cannot be read: "
        "grant get on /metrics, or attest it with the first bytes of a Secret in etcd.",
        "API server 加载了加密配置，但无法读出首位的 provider：请授予 /metrics 的 get 权限，或附上 etcd 中"
        "某个 Secret 的开头字节作为证明。",
    ),
    "encryption_untold": (
        "Neither the API server's flags nor its metrics show how it encrypts what it stores (a managed "
        "control plane hides both): attest it with the provider's setting.",
        "API server 的启动参数和指标都没有显示存储加密方式（托管控制面会隐藏）：请附上云厂商的设置作为证明。",
    ),
    "no_audit": (
        "{without} of {servers} API servers lack --audit-policy-file or a place to write to "
        "(--audit-log-path or a webhook), so they keep no audit log: set both.",
        "{servers} 个 API server 中有 {without} 个缺少 --audit-policy-file 或输出位置（--audit-log-path 或 "
        "webhook），没有审计日志：请两者都设置。",
    ),
    "no_maxage": (
        "The audit log has no --audit-log-maxage; set one, and ship the file off the node.",
        "审计日志没有设置 --audit-log-maxage；请设置，并把文件转存到节点之外。",
    ),
    "audit_events": (
        "The API server that answered has written {many} audit events since it started; where they are "
        "kept is not to be seen from here.",
        "应答的 API server 自启动以来写了 {many} 条审计事件；存放位置在此看不到。",
    ),
    "no_audit_events": (
        "The API server that answered has written no audit event since it started: give it an audit "
        "policy, or switch on the provider's control-plane logs.",
        "应答的 API server 自启动以来没有写过审计事件：请配置审计策略，或开启云厂商的控制面日志。",
    ),
    "audit_untold": (
        "No kube-apiserver pod shows its flags and /metrics does not count audit events: attest the audit "
        "log by hand.",
        "没有 kube-apiserver Pod 显示启动参数，/metrics 也没有审计事件计数：请人工确认审计日志。",
    ),
}
