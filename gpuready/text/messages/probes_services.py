"""What the probes of the services around the engines say."""

MESSAGES = {
    "no_prometheus": (
        "{address} answers, but not as Prometheus' API does: give the address below which /api/v1/query "
        "is found.",
        "{address} 有应答，但不是 Prometheus API：请填写其下可访问 /api/v1/query 的地址。",
    ),
    "query_refused": (
        "Prometheus refused the query: {error}",
        "Prometheus 拒绝了该查询：{error}",
    ),
    "by_query": (
        "There is no /-/ready at this address, so a query was asked instead.",
        "该地址没有 /-/ready，因此改用查询判断。",
    ),
    "size_limit": (
        "A size limit of {size} may remove samples earlier than the time that is set.",
        "大小上限 {size} 可能使样本早于设定时间被清除。",
    ),
    "no_retention": (
        "How long samples are kept is not told here (no time limit is set, or this is not Prometheus "
        "itself): look at the flag --storage.tsdb.retention.time, or at the settings of the long-term "
        "store.",
        "此处未给出样本保留时间（未设时间上限，或并非 Prometheus 本身）：请查看参数 "
        "--storage.tsdb.retention.time 或长期存储的设置。",
    ),
    "no_samples": (
        'There are no samples of "up", so their age is not known: let it scrape something.',
        "没有 “up” 的样本，无法得知其年龄：请先让其采集目标。",
    ),
    "all_empty": (
        "None of {count} range queries had a result, so none was timed: set the option queries to those "
        "of your dashboards, with ; between them.",
        "{count} 个区间查询均无结果，未计时：请将选项 queries 设为你的仪表盘所用查询，以 ; 分隔。",
    ),
    "plain_queries": (
        "Plain queries were timed, which every Prometheus can answer: set the option queries to those of "
        "your dashboards.",
        "计时使用的是任何 Prometheus 都能回答的简单查询：请将选项 queries 设为你的仪表盘所用查询。",
    ),
    "no_grafana": (
        "{address} answers, but not as Grafana's API does: give Grafana's own address.",
        "{address} 有应答，但不是 Grafana API：请填写 Grafana 自身的地址。",
    ),
    "no_grafana_named": (
        "No Grafana is among the targets: add it (grafana=URL).",
        "目标中没有 Grafana：请添加（grafana=URL）。",
    ),
    "no_nodes_named": (
        "It is not known which machines there are: add them as node targets, or set the option "
        "nodes=NAME,NAME of this Prometheus.",
        "尚不知道有哪些机器：请添加 node 目标，或为该 Prometheus 设选项 nodes=名称,名称。",
    ),
    "nodes_missing": (
        "No node_exporter of these machines is scraped: {names}. Install it there, or add them to "
        "Prometheus' scrape_configs.",
        "下列机器的 node_exporter 未被采集：{names}。请在其上安装，或加入 Prometheus 的 scrape_configs。",
    ),
    "names_differ": (
        "There are exporters enough, but none goes by these names: {names}. Set the option nodes to the "
        "names that Prometheus has (nodename or instance of node_uname_info).",
        "exporter 数量足够，但没有一个使用这些名称：{names}。请将选项 nodes 设为 Prometheus 中的名称（"
        "node_uname_info 的 nodename 或 instance）。",
    ),
    "dashboards_missing": (
        "No dashboard's title, tag or folder holds: {names}.",
        "没有仪表盘的标题、标签或文件夹包含：{names}。",
    ),
    "panels_unseen": (
        "Dashboards are counted, not looked at: open them and see whether their panels show data.",
        "只统计了仪表盘数量，未查看内容：请打开确认各面板有数据。",
    ),
    "no_tracing": (
        "{address} answers neither as Jaeger, Tempo, Zipkin nor Elastic APM: give the address of its "
        "query API (Jaeger 16686, Tempo 3200, Zipkin 9411, APM 8200).",
        "{address} 不是 Jaeger、Tempo、Zipkin 或 Elastic APM：请填写其查询 API 的地址（Jaeger 16686、"
        "Tempo 3200、Zipkin 9411、APM 8200）。",
    ),
    "no_recent_traces": (
        "{listed} services are listed, but none sent a trace recently: send a request through one, and "
        "look at its exporter's endpoint.",
        "列有 {listed} 个服务，但近期均无追踪数据：请向其中一个发起请求，并检查其导出端点。",
    ),
    "many_services": (
        "Only the first {most} services were asked for recent traces.",
        "仅查询了前 {most} 个服务的近期追踪。",
    ),
    "no_oidc": (
        "{address} answers, but without issuer and keys as OpenID Connect asks: give the issuer's own URL.",
        "{address} 有应答，但缺少 OpenID Connect 要求的 issuer 与密钥：请填写签发者自身的 URL。",
    ),
    "other_issuer": (
        "The provider calls itself {found}, clients are told {want}: both must agree to the letter, a "
        "slash at the end included.",
        "身份提供方自称 {found}，而客户端配置为 {want}：两者必须逐字一致，包括末尾斜杠。",
    ),
    "another_kind": (
        'The service {name} is a {kind} by its option "is".',
        "按选项 “is”，服务 {name} 属于 {kind}。",
    ),
    "no_mlflow": (
        "{address} has no MLflow registry (/api/2.0/mlflow is not there): give the address of the "
        "tracking server, or set the option is=KIND where the service is another one.",
        "{address} 没有 MLflow 注册表（不存在 /api/2.0/mlflow）：请填写 tracking server 的地址；若是其他"
        "服务，请设选项 is=类别。",
    ),
    "odd_mlflow": (
        "{address} answers the search for models with something other than a list: look at what stands "
        "between here and MLflow.",
        "{address} 对模型查询的应答不是列表：请检查此处与 MLflow 之间的设备。",
    ),
    "no_kafka_address": (
        "{address} is no address of a Kafka broker: give HOST:PORT or kafka://HOST:PORT (option tls=true "
        "for TLS), or set the option is=KIND where the service is another one.",
        "{address} 不是 Kafka broker 地址：请写成 主机:端口 或 kafka://主机:端口（TLS 用选项 tls=true）；"
        "若是其他服务，请设选项 is=类别。",
    ),
    "kafka_unreachable": (
        "The broker at {place} cannot be reached ({why}): check the address, its listeners and the firewall.",
        "无法连接 {place} 上的 broker（{why}）：请检查地址、其 listeners 与防火墙。",
    ),
    "kafka_silent": (
        "The broker at {place} does not answer in time: a listener that expects TLS is silent too "
        "(option tls=true), else look in its log.",
        "{place} 上的 broker 未及时应答：要求 TLS 的监听器也会如此（选项 tls=true），否则请查看其日志。",
    ),
    "kafka_closed": (
        "The broker at {place} closed the connection: listeners with SASL or TLS do that; name a plain "
        "one for monitoring, or set the option tls=true.",
        "{place} 上的 broker 断开了连接：启用 SASL 或 TLS 的监听器会如此；请指定供监控用的明文监听器，或"
        "设选项 tls=true。",
    ),
    "kafka_versions": (
        "The broker at {place} knows none of the versions of Metadata that are spoken here (it has "
        "{found}): count by kafka-topics.sh --describe --under-replicated-partitions.",
        "{place} 上的 broker 不支持此处所用的 Metadata 版本（其范围 {found}）：请用 kafka-topics.sh "
        "--describe --under-replicated-partitions 统计。",
    ),
    "no_kafka": (
        "What listens at {place} does not speak Kafka's protocol: check the port.",
        "{place} 上的程序不是 Kafka 协议：请核对端口。",
    ),
    "no_topics": (
        "The broker shows no topic at all, so nothing is known of replication: let this client describe "
        "topics, or create one.",
        "broker 未显示任何 topic，无法得知副本情况：请允许该客户端查看 topic，或先创建一个。",
    ),
    "topics_refused": (
        "{count} topics could not be described (no rights, or an error of the broker).",
        "有 {count} 个 topic 无法查看（无权限或 broker 出错）。",
    ),
    "under_replicated": (
        "Fewer replicas are in sync than there should be: {names}. Look at the brokers that are missing.",
        "同步副本少于应有数量：{names}。请检查缺失的 broker。",
    ),
}
