"""What is said of caches."""

MESSAGES = {
    "latency": (
        "cache latency",
        "缓存延迟",
    ),
    "no_such_cache": (
        "There is no cache called {found}: the parameter cache is one of {known}, or empty for all of them.",
        "没有名为 {found} 的缓存：参数 cache 可为 {known} 之一，留空表示全部。",
    ),
    "caches": (
        "Hit ratios: {caches}; the lowest is judged.",
        "命中率：{caches}；以最低者为准。",
    ),
    "by_ping": (
        "By the PING of each scrape ({count} of them, redis_exporter); the slowest server is {name}.",
        "依据每次采集时的 PING（共 {count} 次，redis_exporter）；最慢的服务器是 {name}。",
    ),
    "unanswered": (
        "Did not answer for more than 1 % of the window: {names}; an answer that never came took any time.",
        "超过 1 % 的时间没有应答：{names}；从未到达的应答耗时未知。",
    ),
    "by_server": (
        "Measured inside the server since its start or CONFIG RESETSTAT, without the network; the slowest "
        "command is {name}.",
        "为服务器内部自启动或 CONFIG RESETSTAT 以来的测量值，不含网络；最慢的命令是 {name}。",
    ),
    "few_pings": (
        "Only {count} PINGs were measured in the last {window}, and P99 needs at least {least}: choose a "
        "longer window or scrape more often.",
        "最近 {window} 内只有 {count} 次 PING，而 P99 至少需要 {least} 次：请选更长的时间窗，或提高采集频"
        "率。",
    ),
}
