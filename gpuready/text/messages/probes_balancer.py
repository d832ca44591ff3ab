"""What the probes of load balancers say."""

MESSAGES = {
    # --- what was asked for -------------------------------------------------------------------------
    "bad_number": (
        "{name} is not a usable number ({given}): correct it in the checklist or in the target's options.",
        "{name} 不是可用的数字（{given}）：请在清单或目标选项中更正。",
    ),
    "bad_path": (
        "{url} answers with HTTP {status}, which proves nothing of the balancer: name a path that answers "
        "200 in the target's option path (such as path=/health).",
        "{url} 返回 HTTP {status}，无法说明负载均衡的情况：请在目标选项 path 中写一个返回 200 的路径（如 "
        "path=/health）。",
    ),
    "bad_path_in_body": (
        "The target's option backend_body is no JMESPath ({path}: {why}): correct it.",
        "目标选项 backend_body 不是有效的 JMESPath（{path}：{why}）：请更正。",
    ),
    "bad_timeout": (
        "The target's option check_timeout is no time ({found}): write it as 2s or 500ms.",
        "目标选项 check_timeout 不是时间（{found}）：请写成 2s 或 500ms。",
    ),
    "limit_too_high": (
        "The target's option rate_limit ({limit} a second) cannot be exceeded from one node: enter a rate "
        "between 0 and {most}, or attest it with a load test.",
        "目标选项 rate_limit（每秒 {limit}）无法由单个节点超过：请填 0 到 {most} 之间的速率，或用压测结果人"
        "工确认。",
    ),
    # --- statistics ---------------------------------------------------------------------------------
    "no_stats": (
        "Nobody tells which backends of {target} are up: name its statistics in the option stats (HAProxy: "
        "stats=http://HOST:8404/stats;csv or stats=unix:///run/haproxy/admin.sock; else a page of metrics).",
        "无从得知 {target} 的哪些后端在线：请在选项 stats 中写统计地址（HAProxy：stats=http://主"
        "机:8404/stats;csv 或 stats=unix:///run/haproxy/admin.sock；其他：指标页面）。",
    ),
    "no_servers": (
        "{where} lists no backend: check the option backend, which restricts it to one proxy, and the "
        "balancer's configuration.",
        "{where} 没有列出任何后端：请检查只看某个代理的选项 backend，以及负载均衡的配置。",
    ),
    "stub_only": (
        "{where} is nginx's stub_status, which counts connections and knows no backends: attest their "
        "state from the error log, or name a page of metrics that lists upstream servers.",
        "{where} 是 nginx 的 stub_status，只统计连接，不含后端状态：请依据错误日志人工确认，或填写列出 "
        "upstream 服务器的指标页面。",
    ),
    "html_stats": (
        "{where} answers with a web page: for HAProxy append ;csv to the address, and look for a login or "
        "proxy in between.",
        "{where} 返回的是网页：HAProxy 请在地址后加 ;csv，并检查中间是否有登录页或代理。",
    ),
    "odd_stats": (
        "{where} answers neither as HAProxy's CSV nor as a page of metrics (it begins: {found}): correct "
        "the option stats.",
        "{where} 的应答既不是 HAProxy 的 CSV，也不是指标页面（开头为：{found}）：请更正选项 stats。",
    ),
    "cut_stats": (
        "{where} breaks off in mid-line, so servers are missing: ask again, and look at what stands in "
        "between.",
        "{where} 在行中间断开，缺少服务器：请重试，并检查中间的设备。",
    ),
    "no_backend_metrics": (
        "{where} has no metric of single backends (known are {known}): name the page of the balancer itself.",
        "{where} 没有单个后端的指标（已知的有 {known}）：请填写负载均衡自身的指标页面。",
    ),
    "no_socket": (
        "The balancer's socket {path} cannot be used ({why}): check that it runs, and let this user into "
        "the socket's group.",
        "无法使用负载均衡的套接字 {path}（{why}）：请确认其已启动，并把当前用户加入该套接字的属组。",
    ),
    "stats_unread": (
        "The balancer's statistics could not be used: {why}",
        "负载均衡的统计信息无法使用：{why}",
    ),
    "many_groups": (
        "The statistics tell of several groups of backends ({groups}), so they were not used: name the one "
        "behind this address in the option backend.",
        "统计中有多组后端（{groups}），因此未采用：请在选项 backend 中写此地址背后的那一组。",
    ),
    "and_more": (
        "{names} and {count} more",
        "{names} 等另有 {count} 个",
    ),
    "unchecked": (
        "{count} backends have no health check, so the balancer does not know whether they live ({names}): "
        "add check to their server lines.",
        "{count} 个后端没有健康检查，负载均衡并不知道它们是否存活（{names}）：请在 server 行加上 check。",
    ),
    "by_hand": (
        "{count} of those counted as down were taken out by hand ({names}): put them back when the work is "
        "done.",
        "计为 down 的后端中有 {count} 个是人工摘除的（{names}）：维护完成后请恢复。",
    ),
    "down": (
        "Down by the balancer's own checks: {names} ({why}). Ask their health path from the balancer's host.",
        "负载均衡自身检查判定为 down：{names}（{why}）。请在负载均衡主机上访问其健康检查路径。",
    ),
    # --- health -------------------------------------------------------------------------------------
    "no_backend": (
        "The balancer answers {status}: it lives and finds no backend that works, so look at those first.",
        "负载均衡返回 {status}：它本身存活，但找不到可用后端，请先检查后端。",
    ),
    "fails": (
        "The answer is HTTP {status}: see the log of the backend, or ask another path with the option path.",
        "应答为 HTTP {status}：请查看后端日志，或用选项 path 换一个路径。",
    ),
    "hops": (
        "One session was sent to several backends ({names}): set a cookie, stick table or hash in the "
        "balancer, or name the header that it hashes in the option session_header.",
        "同一会话被分到多个后端（{names}）：请在负载均衡中设置 cookie、stick-table 或 hash，或在选项 "
        "session_header 中写明它所哈希的请求头。",
    ),
    "no_identity": (
        "The replies do not tell which backend gave them: let the balancer add X-Backend, or name what "
        "tells it in the option backend_header, affinity (a cookie) or backend_body.",
        "应答中看不出由哪个后端给出：请让负载均衡加上 X-Backend，或用选项 backend_header、affinity（cookie "
        "名）或 backend_body 指明。",
    ),
    "too_few": (
        "Only {count} replies of one session told their backend, and below {least} it is chance: look for "
        "failing requests, then ask again.",
        "同一会话只有 {count} 个应答说明了后端，少于 {least} 个只是偶然：请检查失败的请求后重试。",
    ),
    "one_backend": (
        "Every session reached the same backend, so nothing shows that the balancer keeps one there: ask "
        "again while two are up; a hash by address shows only with statistics that tell the algorithm.",
        "所有会话都到了同一个后端，无法说明负载均衡保持了会话：请在至少两个后端在线时重试；按地址哈希只有在"
        "统计信息给出算法时才看得出。",
    ),
    "by_address": (
        "It hashes by the client's address: behind a NAT all clients share one backend.",
        "按客户端地址哈希：NAT 后面的客户端会全部落在同一个后端。",
    ),
    "only_cookie": (
        "Only a cookie tells the backend, and nothing shows that the balancer reads it: let it add "
        "X-Backend too.",
        "只有 cookie 说明后端，而无法证明负载均衡读取了它：请让它同时加上 X-Backend。",
    ),
    "no_timeout": (
        "The timeout of the health checks is not known here: name it as the balancer has it in the option "
        "check_timeout (such as 2s), and their path in check_path.",
        "此处不知道健康检查的超时：请把负载均衡中的设置写进选项 check_timeout（如 2s），路径写进 "
        "check_path。",
    ),
    "as_it_is": (
        "The slowest answer took {slowest} ms at the load of this moment, and the timeout is at least "
        "{margin} times that: measure again while the service is busy.",
        "以当前负载，最慢的应答为 {slowest} ms，超时不小于其 {margin} 倍：请在业务繁忙时再测一次。",
    ),
    "timeout_short": (
        "The timeout of {timeout} ms is too short for answers of {slowest} ms: raise it, or make the "
        "health path answer from a flag.",
        "超时 {timeout} ms 对 {slowest} ms 的应答过短：请调大，或让健康检查路径直接返回状态标志。",
    ),
    "timeout_unproved": (
        "The timeout would do for the answers that came, but requests failed (HTTP {status}), and those "
        "say nothing of the time it takes: name the health path in check_path and ask again.",
        "对已到的应答来说超时足够，但有请求失败（HTTP {status}），无从得知所需时间：请在 check_path 中写健"
        "康检查路径后重试。",
    ),
    "some_failed": (
        "{count} requests had no answer; the first: {why}",
        "{count} 个请求没有应答；第一个：{why}",
    ),
    # --- distribution -------------------------------------------------------------------------------
    "not_all": (
        "{sent} of {count} requests were sent: too many had no answer, or the time was over.",
        "共发出 {sent}/{count} 个请求：无应答的太多，或时间已到。",
    ),
    "failures": (
        "{count} requests failed ({statuses}; {unanswered} without an answer: {why}).",
        "{count} 个请求失败（{statuses}；{unanswered} 个无应答：{why}）。",
    ),
    "failures_no_backend": (
        "{count} requests failed ({statuses}; {unanswered} without an answer: {why}): with 502, 503 and "
        "504 the balancer found no backend that works.",
        "{count} 个请求失败（{statuses}；{unanswered} 个无应答：{why}）：502、503、504 表示负载均衡找不到可"
        "用后端。",
    ),
    "how_many": (
        "How many backends there should be is not known here: name the balancer's statistics in the option "
        "stats, or their number in the option backends.",
        "此处不知道应有几个后端：请在选项 stats 中写统计地址，或在选项 backends 中写数量。",
    ),
    "one_client": (
        "The balancer hashes ({algorithm}), so all requests of this one client belong on one backend: ask "
        "from several clients, or count by the statistics and attest it.",
        "负载均衡采用哈希（{algorithm}），单个客户端的请求本就落在一个后端：请从多个客户端测量，或依据统计"
        "人工确认。",
    ),
    "perhaps_hashed": (
        "All requests reached one backend: the others get nothing, or the balancer hashes by the client's "
        "address, which one client cannot tell apart.",
        "所有请求都到了一个后端：其他后端没有流量，或负载均衡按客户端地址哈希，单个客户端无法区分。",
    ),
    "more_seen": (
        "{seen} backends answered where {count} are told of: correct the option backends, or look for an "
        "instance that nobody knows.",
        "有 {seen} 个后端应答，而已知的是 {count} 个：请更正选项 backends，或查找未登记的实例。",
    ),
    "weights_unmatched": (
        "The backends have unequal weights, and the names in the replies are not those of the statistics: "
        "let X-Backend give the server's name.",
        "各后端权重不同，而应答中的名称与统计中的不一致：请让 X-Backend 给出 server 名。",
    ),
    "few_each": (
        "{count} requests are too few to judge shares: at least {least} must be due to each backend, so "
        "raise count.",
        "{count} 个请求不足以判断份额：每个后端至少应得 {least} 个，请增大 count。",
    ),
    "no_name": (
        "What tells the backend has {count} values in {sent} replies, so it is no backend's name: name "
        "another header, cookie or place in the target's options.",
        "标识后端的内容在 {sent} 个应答中有 {count} 种取值，不是后端名称：请在目标选项中改用别的响应"
        "头、cookie 或位置。",
    ),
    "some_untold": (
        "{count} replies do not tell their backend while others do: let every backend be named, cached and "
        "redirected answers included.",
        "{count} 个应答没有说明后端，其他的有：请让所有应答都带上后端名，包括缓存和重定向。",
    ),
    "others": (
        "The balancer counted {count} sessions while {sent} requests were sent from here: others use it "
        "too, so its counters prove nothing; let it add X-Backend.",
        "负载均衡计了 {count} 个会话，而此处只发出 {sent} 个请求：还有其他流量，计数不能作证；请让它加上 "
        "X-Backend。",
    ),
    "by_counters": (
        "The replies do not tell their backend, so the balancer's own counters were compared before and "
        "after.",
        "应答没有说明后端，因此比较了负载均衡自身前后的计数。",
    ),
    "unserved": (
        "Without any request: {names}. Check the firewall, the port and the weight of each.",
        "没有收到任何请求：{names}。请逐个检查防火墙、端口和权重。",
    ),
    # --- limit --------------------------------------------------------------------------------------
    "with_503": (
        "{count} requests were turned away with 503, which clients take for a breakdown and retry: set "
        "limit_req_status 429 (nginx) or deny_status 429 (HAProxy), or find the overload.",
        "{count} 个请求以 503 被拒，客户端会当作故障而重试：请设置 limit_req_status 429（nginx）或 "
        "deny_status 429（HAProxy），或查明过载。",
    ),
    "not_enforced": (
        "{rate} requests a second went through where the target tells of a limit of {limit} with a burst "
        "of {burst}: the limit is not in force on this path, or it is another; correct it, or the options "
        "rate_limit and rate_burst.",
        "每秒 {rate} 个请求全部通过，而目标写明限速 {limit}、突发 {burst}：限速在此路径上未生效或数值不同；"
        "请更正配置，或选项 rate_limit 与 rate_burst。",
    ),
    "no_limit_known": (
        "Nothing was rejected at {rate} requests a second, and the limit may be higher: name it in the "
        "option rate_limit (requests a second), or raise rate.",
        "每秒 {rate} 个请求时没有拒绝，限速可能更高：请在选项 rate_limit（每秒请求数）中写明，或增大 rate。",
    ),
    "not_exceeded": (
        "{rate} requests a second got through without rejection, too few above the limit of {limit} with a "
        "burst of {burst}: ask for more seconds; a limit that delays instead of rejecting looks like this "
        "too.",
        "每秒 {rate} 个请求未被拒绝，超出限速 {limit}（突发 {burst}）不够多：请延长时间；只延迟不拒绝的限速"
        "也是这种表现。",
    ),
}
