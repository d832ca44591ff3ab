"""What the check of vulnerability reports says."""

MESSAGES = {
    "not_installed": (
        "trivy-operator is not installed (no VulnerabilityReport is served): install it, or import a "
        "Trivy, Grype or SARIF file.",
        "未安装 trivy-operator（没有 VulnerabilityReport 资源）：请安装，或导入 Trivy、Grype 或 SARIF 文件。",
    ),
    "no_reports": (
        "trivy-operator is installed but has no report yet: see its scan jobs, and raise scanJobTimeout "
        "and trivy.timeout for big images.",
        "已安装 trivy-operator 但还没有报告：请查看其扫描作业，大镜像需调高 scanJobTimeout 和 "
        "trivy.timeout。",
    ),
    "worst": (
        "{images} running images have findings (critical/high), the worst first: {names}.",
        "{images} 个运行中的镜像有问题（严重/高危），最严重的在前：{names}。",
    ),
    "stale": (
        "{many} reports are older than {days} days and count as missing: see whether the scan jobs still "
        "run.",
        "{many} 份报告已超过 {days} 天，视为缺失：请确认扫描作业是否仍在运行。",
    ),
    "missing": (
        "These running images have no fresh report, so a zero proves nothing for them: {names}.",
        "这些运行中的镜像没有近期报告，零发现不能说明问题：{names}。",
    ),
}
