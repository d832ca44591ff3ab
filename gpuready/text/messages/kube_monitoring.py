"""What the checks of monitoring in a cluster say."""

MESSAGES = {
    "absent": (
        "{what} was not found by image among the Deployments and StatefulSets: install it, or mark this "
        "line by hand where it runs elsewhere.",
        "在 Deployment 与 StatefulSet 中按镜像未找到 {what}：请安装；若部署在别处，请人工标记此项。",
    ),
    "down": (
        "{what} has no ready replica: {names}.",
        "{what} 没有就绪副本：{names}。",
    ),
    "no_prometheus": (
        "No Prometheus or PrometheusAgent object of the operator exists, so nothing loads monitors and "
        "rules: create one.",
        "没有 Prometheus 或 PrometheusAgent 对象，监控与规则无处加载：请创建。",
    ),
    "prometheus_down": (
        "Not Available, so what they select is not loaded: {names}.",
        "不可用（Available 非 True），其选择的内容未加载：{names}。",
    ),
    "no_rules": (
        "No PrometheusRule with a rule in it is selected by a Prometheus that is Available: compare its "
        "labels with ruleSelector.",
        "没有含规则的 PrometheusRule 被可用（Available）的 Prometheus 选中：请核对其标签与 ruleSelector。",
    ),
    "no_monitor": (
        "No ServiceMonitor and no PodMonitor exists, so none can be said to match.",
        "没有 ServiceMonitor 或 PodMonitor，无从判断是否匹配。",
    ),
    "unmatched": (
        "Monitors that no Prometheus selects or that find nothing to scrape: {names}; compare their labels "
        "with serviceMonitorSelector and podMonitorSelector, their selector with the services.",
        "未被任何 Prometheus 选中或找不到抓取对象的监控：{names}；请核对其标签与 serviceMonitorSelector、"
        "podMonitorSelector，以及其 selector 与 Service。",
    ),
    "no_gpu_node": (
        "No node with a GPU was found, so no exporter is needed yet: look at the labels and the device "
        "plugin first.",
        "未发现带 GPU 的节点，尚谈不上导出器：请先检查节点标签与设备插件。",
    ),
    "no_exporter": (
        "No GPU exporter runs (looked for dcgm-exporter, nvidia_gpu_exporter and AMD's "
        "device-metrics-exporter): deploy it by the GPU Operator.",
        "没有运行 GPU 导出器（查找了 dcgm-exporter、nvidia_gpu_exporter、AMD device-metrics-exporter）："
        "请通过 GPU Operator 部署。",
    ),
    "nodes_missing": (
        "GPU nodes without a ready exporter: {names}.",
        "没有就绪导出器的 GPU 节点：{names}。",
    ),
    "not_scraped": (
        "No ServiceMonitor or PodMonitor that a Prometheus selects finds the exporter: compare the labels, "
        "or make sure by the Prometheus side that it is scraped.",
        "没有被 Prometheus 选中的 ServiceMonitor 或 PodMonitor 指向该导出器：请核对标签，或在 Prometheus 侧确"
        "认已被抓取。",
    ),
}
