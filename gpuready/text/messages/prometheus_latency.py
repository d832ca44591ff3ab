"""What is said of latencies, their targets and their jitter."""

MESSAGES = {
    "jitter_part": (
        "Of {exporters} not all tell how steady their latency is, so only what varies least is known; choose "
        "one by a selector.",
        "{exporters} 中并非都能给出延迟的稳定性，因此只知道抖动的下限；请用选择器选定其一。",
    ),
    "waiting": (
        "{count} wait still, on average, and a histogram knows only who was placed: these may wait longer.",
        "平均还有 {count} 个在等待，而直方图只包含已调度的：它们的等待可能更长。",
    ),
    "waiting_unknown": (
        "How many wait still is not told here, and a histogram knows only who was placed: scrape the "
        "scheduler's pending metrics too.",
        "这里没有给出还有多少在等待，而直方图只包含已调度的：请同时采集调度器的 pending 指标。",
    ),
    "bad_metric": (
        "{found} (parameter {param}) is no metric name: write it as Prometheus lists it.",
        "{found}（参数 {param}）不是有效的指标名：请按 Prometheus 中列出的名称填写。",
    ),
    "no_unit": (
        "The name of {metric} does not tell its unit: it has to end in _seconds, _milliseconds, _ms or _us.",
        "{metric} 的名称没有表明单位：名称须以 _seconds、_milliseconds、_ms 或 _us 结尾。",
    ),
    "no_target": (
        "No target is stated: set the option ttft_ms or itl_ms (milliseconds, 95th percentile) on the "
        "engine or on this Prometheus.",
        "没有设定目标值：请在引擎或本 Prometheus 目标上设置选项 ttft_ms 或 itl_ms（毫秒，第 95 百分位）。",
    ),
    "bad_target": (
        "{option} is {found}, which is no number of milliseconds above 0: correct it.",
        "{option} 的值 {found} 不是大于 0 的毫秒数：请更正。",
    ),
    "one_target": (
        "No target is stated by {option}, so that latency was not judged.",
        "未用 {option} 设定目标值，因此没有判断该项延迟。",
    ),
    "target_met": (
        "{signal}: P95 {value} ms, target {target} ms.",
        "{signal}：P95 为 {value} ms，目标 {target} ms。",
    ),
    "target_missed": (
        "{signal}: P95 {value} ms is over the target of {target} ms.",
        "{signal}：P95 为 {value} ms，超过目标 {target} ms。",
    ),
    "target_open": (
        "{signal}: the target of {target} ms lies within the bucket of P95 ({value} ms is an estimate); "
        "state a target at a bucket edge, or give the histogram one there.",
        "{signal}：目标 {target} ms 落在 P95 所在的桶内（{value} ms 只是估计）；请把目标设在桶边界上，或为"
        "直方图增加该边界。",
    ),
    "few_pieces": (
        "Requests came in only {found} of the {pieces} pieces of the window; at least {least} are needed "
        "to tell how P95 varies: choose a longer window or send a steady load.",
        "时间窗的 {pieces} 段中只有 {found} 段有请求；至少需要 {least} 段才能判断 P95 的波动：请选更长的时"
        "间窗，或施加稳定负载。",
    ),
    "pieces": (
        "P95 of {signal} in {pieces} pieces of {length}: {values} {unit}.",
        "{signal} 的 P95，共 {pieces} 段、每段 {length}：{values} {unit}。",
    ),
    "jitter_bounds": (
        "P95 is estimated within buckets, so its variation lies between {low} % and {high} %; finer "
        "buckets would tell.",
        "P95 是桶内估计值，因此其波动在 {low} % 与 {high} % 之间；更细的桶才能确定。",
    ),
    "bad_pieces": (
        "The parameter pieces is {found}: it has to be a whole number from {least} to {most}.",
        "参数 pieces 为 {found}：须为 {least} 到 {most} 的整数。",
    ),
    "processing": (
        "processing latency, event to result",
        "从事件到结果的处理延迟",
    ),
    "which_processing": (
        "No processing latency is known here: name the histogram that is observed where results are "
        "written, by the parameter metric (for example pipeline_latency_seconds).",
        "这里没有已知的处理延迟指标：请用参数 metric 指定在写出结果处观测的直方图（例如 "
        "pipeline_latency_seconds）。",
    ),
    "operator_time": (
        "Flink's latency markers bypass the operators' own work: the true latency is at least this.",
        "Flink 的延迟标记不经过算子自身的处理：真实延迟不低于此值。",
    ),
}
