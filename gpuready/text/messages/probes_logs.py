"""What the probes of logs say."""

MESSAGES = {
    "no_store": (
        "{address} answers, but neither as Loki nor as Elasticsearch or OpenSearch ({statuses}): give "
        "the address of the store's API (Loki 3100, Elasticsearch 9200).",
        "{address} 有应答，但不是 Loki、Elasticsearch 或 OpenSearch（{statuses}）：请填写日志库 API 的地"
        "址（Loki 3100，Elasticsearch 9200）。",
    ),
    "odd_health": (
        "{address} tells a cluster health that is neither green, yellow nor red: look at what stands "
        "between here and the store.",
        "{address} 返回的集群健康不是 green、yellow 或 red：请检查此处与日志库之间的设备。",
    ),
    "odd_ready": (
        '{address} answers /ready with 200 and something other than "ready" ({found}): look at what '
        "stands between here and Loki.",
        "{address} 的 /ready 返回 200 但内容不是 “ready”（{found}）：请检查此处与 Loki 之间的设备。",
    ),
    "odd_answer": (
        "{address} answers a search with something other than its result: look at what stands between "
        "here and the store.",
        "{address} 对查询的应答不是查询结果：请检查此处与日志库之间的设备。",
    ),
    "yellow_alone": (
        "Yellow is right for a single node, which cannot hold copies; with it every log is in one place "
        "only.",
        "单节点无法存放副本，yellow 属正常；但所有日志只有一份。",
    ),
    "by_labels": (
        "The gateway does not pass /ready on, so the store was asked for its labels instead.",
        "网关不转发 /ready，因此改为查询其标签。",
    ),
    "no_lines": (
        "{source} is empty: let the program work for a moment, and check its log driver.",
        "{source} 为空：请让程序运行片刻，并检查其日志驱动。",
    ),
    "no_file": (
        "{path} cannot be used ({why}): correct the option, or allow this user to read and write it.",
        "无法使用 {path}（{why}）：请更正选项，或授予当前用户读写权限。",
    ),
    "fewer_lines": (
        "The log holds {lines} lines only, {count} were asked for.",
        "日志仅有 {lines} 行，要求 {count} 行。",
    ),
    "unparsed": (
        "The first line that is not JSON with time, level and message: {line}",
        "第一行不是含时间、级别与消息的 JSON：{line}",
    ),
    "no_logs": (
        "There is no container here, and no file is named: set the option files=PATH,PATH, or measure "
        "where the services run.",
        "此处没有容器，也没有指定文件：请设选项 files=路径,路径，或在服务所在处测量。",
    ),
    "strange_driver": (
        "The log driver of {name} is not known here ({how}): find out whether it bounds what it keeps on "
        "this node.",
        "{name} 的日志驱动未知（{how}）：请确认它是否限制在本节点保存的大小。",
    ),
    "unbounded": (
        "Nothing bounds the logs of {names}: make the containers again with --log-opt max-size=50m "
        "--log-opt max-file=5 (daemon.json holds for new ones only), or add a rule to /etc/logrotate.d.",
        "{names} 的日志没有上限：请以 --log-opt max-size=50m --log-opt max-file=5 重建容器（daemon.json "
        "只对新建容器生效），或在 /etc/logrotate.d 中添加规则。",
    ),
    "bad_write": (
        "The option write is {found}: it may be logger, file:/PATH or push.",
        "选项 write 为 {found}：只能是 logger、file:/路径 或 push。",
    ),
    "no_syslog": (
        "The line could not be given to syslog ({why}): start rsyslog or journald here, or set the "
        "option write=file:/PATH of a log that is gathered.",
        "无法将该行写入 syslog（{why}）：请在此启动 rsyslog 或 journald，或设选项 write=file:/路径，指向"
        "被采集的日志。",
    ),
    "pushed": (
        "The line was given to the store itself: this proves the store, not the way of the nodes' logs "
        "into it.",
        "该行直接写入日志库：只能证明日志库可用，不能证明节点日志的采集链路。",
    ),
    "not_found": (
        "The line did not arrive within {seconds} s: look whether the collector runs on this node and "
        "reads this log, and whether the option selector or index names where it writes.",
        "该行在 {seconds} 秒内没有到达：请检查本节点的采集器是否运行并读取该日志，以及选项 selector 或 "
        "index 是否指向其写入位置。",
    ),
    "no_trace": (
        "The line arrived, but cannot be found by its trace id: let the collector keep the whole line, "
        "or keep trace_id as structured metadata.",
        "该行已到达，但无法按 trace id 查到：请让采集器保留整行，或将 trace_id 存为结构化元数据。",
    ),
}
