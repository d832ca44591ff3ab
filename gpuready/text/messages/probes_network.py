"""What the probes of the network say."""

MESSAGES = {
    "bad_address": (
        "{address} names no host: write HOST, HOST:PORT or a URL in the target.",
        "{address} 不是主机地址：请在目标中写 主机、主机:端口 或 URL。",
    ),
    "no_peer": (
        "No peer is configured and this machine has no default gateway either: add one with --target "
        "peer=HOST.",
        "未配置对端，本机也没有默认网关：请用 --target peer=主机 添加。",
    ),
    "gateway_asked": (
        "No peers are configured: the default gateway {address} was asked; add the peers with --target "
        "peer=HOST.",
        "未配置对端：测的是默认网关 {address}；请用 --target peer=主机 添加对端。",
    ),
    "own_address": (
        "{address} is this machine's own address: no wire was measured.",
        "{address} 是本机地址：并未经过网线。",
    ),
    "resolver_hangs": (
        "{count} earlier name look-ups still hang: check the name servers in /etc/resolv.conf.",
        "此前有 {count} 次名称解析仍挂起：请检查 /etc/resolv.conf 中的名称服务器。",
    ),
    "slow_name": (
        "The name {host} was not resolved within {seconds} s: check the name servers in /etc/resolv.conf.",
        "名称 {host} 在 {seconds} 秒内未能解析：请检查 /etc/resolv.conf 中的名称服务器。",
    ),
    "no_name": (
        "The name {host} does not resolve here ({why}): check its spelling and the search domains in "
        "/etc/resolv.conf.",
        "名称 {host} 在此处无法解析（{why}）：请检查拼写与 /etc/resolv.conf 中的搜索域。",
    ),
    "nothing_to_resolve": (
        "{address} is an address, so no name was looked up: name the service as its clients do.",
        "{address} 是 IP 地址，没有名称可解析：请按客户端所用的名称填写服务。",
    ),
    "from_hosts": (
        "{host} stands in {path}: no name server was asked.",
        "{host} 写在 {path} 中：并未询问名称服务器。",
    ),
    "not_all": (
        "Time was over after {done} of {count}: the figures are those of the ones made.",
        "时间用尽，只完成 {count} 次中的 {done} 次：数值按已完成的计算。",
    ),
    "no_icmp": (
        "This user may not send ICMP and ping is not installed: name a TCP port that answers (HOST:PORT), "
        "or install iputils-ping.",
        "当前用户不能发送 ICMP，且未安装 ping：请写一个有应答的 TCP 端口（主机:端口），或安装 iputils-ping。",
    ),
    "no_echo": (
        "{host} answered no ICMP echo, which many firewalls drop: name a TCP port that answers (HOST:PORT).",
        "{host} 没有应答 ICMP（很多防火墙会丢弃）：请写一个有应答的 TCP 端口（主机:端口）。",
    ),
    "no_connection": (
        "{host}:{port} accepted no connection within a second, each time: the host is down or a firewall "
        "drops the packets.",
        "{host}:{port} 每次都在一秒内未接受连接：主机已停，或防火墙丢弃了报文。",
    ),
    "refused": (
        "{host} refuses connections on port {port}: name a port on which something listens.",
        "{host} 的端口 {port} 拒绝连接：请写一个有服务监听的端口。",
    ),
    "no_way": (
        "No packet could be sent to {host} ({why}): check routes and firewall here.",
        "无法向 {host} 发送报文（{why}）：请检查本机路由与防火墙。",
    ),
    "lost": (
        "{lost} of {sent} round trips got no answer within a second and count as 1000 ms.",
        "{sent} 次往返中有 {lost} 次一秒内无应答，按 1000 ms 计。",
    ),
    "no_route": (
        "The kernel has no route to {host} ({why}).",
        "内核没有到 {host} 的路由（{why}）。",
    ),
    "no_expectation": (
        "Which way the traffic should take is not known: set route=IFACE or via=GATEWAY in the region's "
        "target.",
        "不知道流量应走哪条路：请在区域目标中设置 route=网卡 或 via=网关。",
    ),
    "odd_ip": (
        "ip route get did not answer in JSON (it begins: {found}): install a current iproute2.",
        "ip route get 的输出不是 JSON（开头为：{found}）：请安装较新的 iproute2。",
    ),
    "no_iperf": (
        "iperf3 could not measure against {host}:{port} ({why}): run iperf3 -s there and open the port.",
        "iperf3 无法对 {host}:{port} 测速（{why}）：请在对端运行 iperf3 -s 并放通端口。",
    ),
    "iperf_busy": (
        "The iperf3 server on {host}:{port} is busy with another test: run it again later.",
        "{host}:{port} 上的 iperf3 正忙于另一测试：请稍后重试。",
    ),
    "odd_iperf": (
        "iperf3 against {host}:{port} gave no report ({found}): see that it is iperf3 on both ends.",
        "对 {host}:{port} 的 iperf3 没有给出报告（{found}）：请确认两端都是 iperf3。",
    ),
    "no_rate": (
        "iperf3 reports no rate received by the other end: try again, and see its version on both ends.",
        "iperf3 没有报告接收端速率：请重试，并核对两端版本。",
    ),
    "slow_phases": (
        "Slow above their budget: {phases}.",
        "超出预算的阶段：{phases}。",
    ),
    "some_failed": (
        "{failed} requests failed; the first: {why}",
        "有 {failed} 个请求失败；第一个：{why}",
    ),
}
