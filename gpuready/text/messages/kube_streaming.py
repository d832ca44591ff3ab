"""What the check of streaming platforms says."""

MESSAGES = {
    "none": (
        "No broker of Kafka, Redpanda or Pulsar runs in this cluster: if the platform stands elsewhere, "
        "name it as a target of its own.",
        "集群中没有 Kafka、Redpanda 或 Pulsar 的 broker：若平台在集群之外，请把它单独设为目标。",
    ),
    "partitions": (
        "Whether partitions are fully replicated is not to be seen from Kubernetes: run kafka-topics.sh "
        "--describe --under-replicated-partitions, or watch the brokers' metrics.",
        "分区是否副本齐全从 Kubernetes 看不到：请运行 kafka-topics.sh --describe "
        "--under-replicated-partitions，或查看 broker 指标。",
    ),
    "not_ready": (
        "These Kafka clusters are not Ready; see their conditions: {names}.",
        "这些 Kafka 集群未就绪；请查看其条件：{names}。",
    ),
    "down": (
        "These brokers are not ready; see their logs and their disks: {names}.",
        "这些 broker 未就绪；请查看日志和磁盘：{names}。",
    ),
    "missing": (
        "{many} brokers that their StatefulSet wants do not exist.",
        "有 {many} 个 StatefulSet 期望的 broker 不存在。",
    ),
}
