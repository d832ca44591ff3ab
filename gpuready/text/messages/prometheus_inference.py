"""What is said of inference engines: batches, queues, models."""

MESSAGES = {
    "batch_mean": (
        "{exporter} tells the mean batch, not the largest one: look at max_batch_size in the model's "
        "configuration too.",
        "{exporter} 只能给出平均批大小，而非最大值：请同时查看模型配置中的 max_batch_size。",
    ),
    "nameless": (
        "{count} servers of TGI do not tell which model they serve, so there may be as many more.",
        "{count} 个 TGI 服务未给出模型名称，实际模型数可能更多。",
    ),
    "models": (
        "models served",
        "正在服务的模型",
    ),
    "which_models": (
        "Served now: {names}.",
        "当前正在服务：{names}。",
    ),
    "largest": (
        "Largest batch: {model} ({value}).",
        "批最大的模型：{model}（{value}）。",
    ),
    "limit_unknown": (
        "Requests waiting: {queue}, GPUs busy: {busy} %, KV cache: {cache} %; whether the batch holds "
        "requests back needs both the queue and the GPUs' use: scrape the engine and a GPU exporter.",
        "等待请求 {queue}，GPU 忙碌 {busy} %，KV cache {cache} %；判断是否受批大小限制需要同时知道队列和 "
        "GPU 利用率：请采集引擎和 GPU exporter。",
    ),
    "no_queue": (
        "Hardly a request waits ({queue} on average): there is no more demand; raise client concurrency, "
        "or accept that the GPUs have little to do.",
        "几乎没有请求在等待（平均 {queue}）：没有更多需求；请加大客户端并发，或接受 GPU 本来就闲。",
    ),
    "gpu_full": (
        "Requests wait ({queue} on average) and the GPUs are busy ({busy} %): the batch is not what "
        "limits, more replicas are needed.",
        "有请求等待（平均 {queue}）且 GPU 已忙（{busy} %）：瓶颈不是批大小，需要增加副本。",
    ),
    "cache_full": (
        "Requests wait ({queue} on average) while the GPUs have time ({busy} %), and the KV cache is full "
        "({cache} %): cut the maximum length or free memory.",
        "有请求等待（平均 {queue}）而 GPU 有空闲（{busy} %），KV cache 已满（{cache} %）：请减小最大长度或"
        "腾出显存。",
    ),
    "batch_capped": (
        "Requests wait ({queue} on average) while the GPUs have time ({busy} %; KV cache {cache} %): raise "
        "the batch limit (vLLM: --max-num-seqs; Triton: dynamic_batching).",
        "有请求等待（平均 {queue}）而 GPU 有空闲（{busy} %；KV cache {cache} %）：请提高批上限"
        "（vLLM：--max-num-seqs；Triton：dynamic_batching）。",
    ),
    "no_queue_metric": (
        "{targets} targets are scraped, none of them tells of an engine's queue: add the engine's /metrics "
        "as a scrape job.",
        "已采集 {targets} 个目标，但没有引擎队列的指标：请把引擎的 /metrics 加入采集任务。",
    ),
    "queue_unused": (
        "No request is known to have come in the last {window}, so an empty queue does not prove that it "
        "drains: send load, or choose a longer window.",
        "最近 {window} 内未见任何请求，空队列不能证明队列能排空：请施加负载，或选更长的时间窗。",
    ),
}
