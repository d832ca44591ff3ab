"""What the probes of Redis say."""

MESSAGES = {
    "bad_address": (
        "{address} is no address of a Redis: give HOST[:PORT], redis://HOST:PORT, rediss://HOST:PORT "
        "(TLS) or unix:///PATH.",
        "{address} 不是 Redis 地址：请写成 主机[:端口]、redis://主机:端口、rediss://主机:端口（TLS）或 "
        "unix:///路径。",
    ),
    "secret_in_address": (
        "The address of this Redis holds a user or password: take it out and name it by the options "
        "username and password_env or password_file.",
        "该 Redis 地址中含有用户名或密码：请删去，改用选项 username 与 password_env 或 password_file 引用。",
    ),
    "no_connection": (
        "{place} cannot be reached ({why}): check address and port, that redis-server runs there (`ss "
        "-ltn`), its bind setting and the firewall.",
        "无法连接 {place}（{why}）：请检查地址与端口、redis-server 是否在运行（`ss -ltn`）、其 bind 设置"
        "以及防火墙。",
    ),
    "no_tls": (
        "{place} does not complete TLS ({why}): check that this port speaks TLS (tls-port), or name its "
        "authority by the option ca.",
        "与 {place} 的 TLS 握手未成功（{why}）：请确认该端口启用了 TLS（tls-port），或用选项 ca 指定其 CA。",
    ),
    "silent": (
        "{place} accepted the connection but did not answer {command} within {seconds} s: look for a "
        "slow command (SLOWLOG GET), swapping, or a stopped process.",
        "{place} 接受了连接，但 {seconds} 秒内未应答 {command}：请查看慢命令（SLOWLOG GET）、是否在用交换"
        "区、进程是否已停住。",
    ),
    "closed": (
        "{place} closed the connection at {command}: look for maxclients, for a port that expects TLS, "
        "and in the log of the server.",
        "{place} 在执行 {command} 时断开了连接：请检查 maxclients、该端口是否要求 TLS，并查看服务端日志。",
    ),
    "no_redis": (
        "What listens at {place} does not speak Redis' language (it said: {found}): check the address.",
        "{place} 上的程序不按 Redis 协议应答（返回：{found}）：请核对地址。",
    ),
    "too_much": (
        "{place} sent more than {limit} MiB for one answer and was cut off.",
        "{place} 的单次应答超过 {limit} MiB，已中止。",
    ),
    "no_password": (
        "{place} asks for a password: name it by the option password_env or password_file (and username "
        "where ACLs are in use).",
        "{place} 需要密码：请用选项 password_env 或 password_file 引用（启用 ACL 时另设 username）。",
    ),
    "wrong_password": (
        "{place} does not accept this user and password ({message}): correct what the options username "
        "and password_env or password_file name.",
        "{place} 不接受该用户名或密码（{message}）：请更正选项 username 与 password_env 或 password_file。",
    ),
    "no_rights": (
        "The user may not run this on {place} ({message}): allow it the ACL category @read with +info "
        "+ping +cluster|info +cluster|nodes +dbsize.",
        "该用户在 {place} 上无权执行（{message}）：请授予 ACL @read 以及 +info +ping +cluster|info "
        "+cluster|nodes +dbsize。",
    ),
    "loading": (
        "{place} still loads its data into memory: measure again when it has finished (INFO persistence "
        "shows loading_eta_seconds).",
        "{place} 仍在将数据载入内存：请在完成后重新测量（INFO persistence 中的 loading_eta_seconds）。",
    ),
    "no_master": (
        "{place} is a replica that has lost its master: bring the link back (INFO replication) or ask "
        "the master.",
        "{place} 是与主节点失联的副本：请恢复复制链路（INFO replication）或改测主节点。",
    ),
    "protected": (
        "{place} is in protected mode and answers only on loopback: set a password and bind, or measure "
        "from that machine.",
        "{place} 处于保护模式，仅应答本机连接：请设置密码与 bind，或在该机上测量。",
    ),
    "refused": (
        "{place} refused the command: {message}",
        "{place} 拒绝了该命令：{message}",
    ),
    "never_asked": (
        "{place} counts neither hits nor misses since its start or the last CONFIG RESETSTAT: nobody "
        "uses it as a cache yet.",
        "{place} 自启动或上次 CONFIG RESETSTAT 以来没有命中也没有未命中：尚无程序把它当缓存使用。",
    ),
    "no_cluster": (
        "{place} runs alone (cluster_enabled:0): start its nodes with cluster-enabled yes and join them "
        "by redis-cli --cluster create, or waive this for a single instance.",
        "{place} 为单实例运行（cluster_enabled:0）：请以 cluster-enabled yes 启动各节点并用 redis-cli "
        "--cluster create 组建，或对单实例豁免此项。",
    ),
    "not_followed": (
        "The keys of each master were not counted, as that would send the password to addresses that the "
        "cluster names: set the option follow=true to allow it.",
        "未统计各主节点的键数，因为那会把密码发往集群自报的地址：如允许，请设选项 follow=true。",
    ),
    "member_silent": (
        "These masters did not tell their number of keys, so the spread of keys is not known: {places}.",
        "下列主节点未返回键数，因此键的分布未知：{places}。",
    ),
    "child_died": (
        "The process that measures ended with {code} and no figures: see the evidence, and report it as "
        "an error of gpuready.",
        "测量子进程以 {code} 结束且没有给出数据：请查看证据，并作为 gpuready 的缺陷上报。",
    ),
}
