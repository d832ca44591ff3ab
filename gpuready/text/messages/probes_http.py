"""What the HTTP client says, and with it every probe that asks over HTTP or TLS."""

MESSAGES = {
    "bad_url": (
        "{url} is not an address that can be asked: write http://HOST:PORT/PATH or https://..., in the "
        "target.",
        "{url} 不是可以访问的地址：请在目标中写成 http://主机:端口/路径 或 https://…。",
    ),
    "secret_in_url": (
        "The address {url} holds a user or password: take it out, and name username and password_env (or "
        "token_env) in the target's options instead.",
        "地址 {url} 中带有用户名或密码：请删去，改在目标选项中写 username 与 password_env（或 token_env）。",
    ),
    "bad_header": (
        "The target's option {option} is not a usable header: write header.NAME=VALUE on one line.",
        "目标选项 {option} 不是可用的请求头：请写成一行的 header.名称=值。",
    ),
    "no_secret_env": (
        "The environment variable {name}, which the target names for its secret, is not set here: export "
        "it and start again.",
        "目标所指的环境变量 {name}（存放密钥）在此处未设置：请导出该变量后重新启动。",
    ),
    "no_secret_file": (
        "The secret's file {path} cannot be read ({why}): correct the target's option or the file's "
        "permissions.",
        "密钥文件 {path} 无法读取（{why}）：请更正目标选项或文件权限。",
    ),
    "bad_secret": (
        "What {where} holds is empty or spans several lines, so it cannot be a token or password: put the "
        "bare secret there.",
        "{where} 的内容为空或有多行，不可能是令牌或密码：请只放密钥本身。",
    ),
    "bad_ca": (
        "The authorities' file {path} cannot be used ({why}): name a readable PEM file in the target's "
        "option ca.",
        "CA 文件 {path} 无法使用（{why}）：请在目标选项 ca 中写可读的 PEM 文件。",
    ),
    "bad_client_cert": (
        "The client certificate {path} cannot be used ({why}): client_cert and client_key must be a "
        "matching, unencrypted PEM pair that this user may read.",
        "客户端证书 {path} 无法使用（{why}）：client_cert 与 client_key 须是匹配、未加密且当前用户可读的 "
        "PEM。",
    ),
    "no_authorities": (
        "This machine has no certificate authorities to check against: install ca-certificates, or name "
        "the file in the target's option ca.",
        "本机没有可用于校验的 CA：请安装 ca-certificates，或在目标选项 ca 中指定文件。",
    ),
    "slow_name": (
        "The name {host} was not resolved within {seconds} s: check the name servers in /etc/resolv.conf.",
        "名称 {host} 在 {seconds} 秒内没有解析出来：请检查 /etc/resolv.conf 中的名称服务器。",
    ),
    "slow_connect": (
        "No TCP connection to {host}:{port} within {seconds} s: the host is down, or a firewall drops the "
        "packets.",
        "{seconds} 秒内未能与 {host}:{port} 建立 TCP 连接：主机已停，或防火墙丢弃了报文。",
    ),
    "slow_tls": (
        "{host}:{port} accepts connections but had not finished the TLS handshake after {seconds} s: "
        "check what listens there.",
        "{host}:{port} 接受连接，但 {seconds} 秒内未完成 TLS 握手：请检查该端口上是什么服务。",
    ),
    "slow_answer": (
        "{url} took the request and had not answered after {seconds} s: the service hangs or is overloaded.",
        "{url} 收到请求后 {seconds} 秒内没有应答：服务挂死或过载。",
    ),
    "slow_body": (
        "{url} began to answer but had not ended after {seconds} s and {size} KiB: an endless stream, or "
        "a link that stalls.",
        "{url} 开始应答，但 {seconds} 秒、{size} KiB 后仍未结束：是无尽的流，或链路停滞。",
    ),
    "untrusted": (
        "The certificate of {host}:{port} is not trusted ({why}): have it renewed or completed, or name "
        "its authority in the target's option ca.",
        "{host}:{port} 的证书不受信任（{why}）：请更换或补全证书，或在目标选项 ca 中指定其 CA。",
    ),
    "no_tls": (
        "{host}:{port} does not speak TLS ({why}): is the address http:// instead of https://?",
        "{host}:{port} 不是 TLS 服务（{why}）：地址是否应为 http:// 而非 https://？",
    ),
    "tls_refused": (
        "{host}:{port} and this machine could not agree on a TLS connection ({why}): see which versions "
        "the server offers.",
        "{host}:{port} 与本机未能谈成 TLS 连接（{why}）：请查看服务器提供哪些版本。",
    ),
    "wants_certificate": (
        "{host}:{port} wants a client certificate or rejects ours ({why}): name client_cert and "
        "client_key in the target's options.",
        "{host}:{port} 要求客户端证书或拒绝了我方证书（{why}）：请在目标选项中写 client_cert 与 client_key。",
    ),
    "no_name": (
        "The name {host} does not resolve here ({why}): check its spelling and the search domains in "
        "/etc/resolv.conf.",
        "名称 {host} 在此处无法解析（{why}）：请检查拼写与 /etc/resolv.conf 中的搜索域。",
    ),
    "refused": (
        "Nothing listens on {host}:{port} (connection refused): start the service or correct the address.",
        "{host}:{port} 无人监听（连接被拒）：请启动服务或更正地址。",
    ),
    "unreachable": (
        "{host}:{port} cannot be reached ({why}): check the route and the firewall.",
        "无法到达 {host}:{port}（{why}）：请检查路由与防火墙。",
    ),
    "no_proxy": (
        "The proxy for {url} cannot be reached ({why}): correct the target's option proxy.",
        "访问 {url} 所用的代理无法连接（{why}）：请更正目标选项 proxy。",
    ),
    "proxy_refuses": (
        "The proxy refuses to pass on to {url} ({why}): allow it there, or take the option proxy out of "
        "the target.",
        "代理拒绝转发到 {url}（{why}）：请在代理上放行，或去掉目标选项 proxy。",
    ),
    "closed": (
        "{host}:{port} closed the connection without an answer: see its log, and whether the port speaks "
        "HTTP.",
        "{host}:{port} 未作应答就关闭了连接：请查看其日志，并确认该端口是 HTTP 服务。",
    ),
    "no_http": (
        "{host}:{port} answers, but not in HTTP ({found}): correct the port.",
        "{host}:{port} 有应答，但不是 HTTP（{found}）：请更正端口。",
    ),
    "cut_off": (
        "The answer of {url} broke off before its end ({why}): the service or a proxy before it ended the "
        "connection.",
        "{url} 的应答中途断开（{why}）：服务或其前面的代理结束了连接。",
    ),
    "too_big": (
        "{url} sent more than {size} MiB and was stopped: this is not the answer that was asked for.",
        "{url} 发送超过 {size} MiB，已中止：这不是所要的应答。",
    ),
    "long_line": (
        "{url} sent a line of more than {size} KiB and was stopped: this is no stream of events.",
        "{url} 发来超过 {size} KiB 的一行，已中止：这不是事件流。",
    ),
    "many_redirects": (
        "{url} redirects more than {count} times: is it a loop? Name the final address in the target.",
        "{url} 重定向超过 {count} 次：是否成环？请在目标中写最终地址。",
    ),
    "bad_redirect": (
        "{url} redirects to {to}, which is not http or https, so it was not followed: correct the "
        "server's redirect.",
        "{url} 重定向到 {to}，不是 http 或 https，未予跟随：请更正服务器的重定向。",
    ),
    "no_rights": (
        "{url} lets nobody in without credentials, or not with these (HTTP {status}): name token_env, or "
        "username and password_env, in the target's options.",
        "{url} 需要凭据，或现有凭据无权访问（HTTP {status}）：请在目标选项中写 token_env，或 username 与 "
        "password_env。",
    ),
    "not_found": (
        "{url} does not exist there (HTTP {status}): correct the target's address, its path included.",
        "{url} 不存在（HTTP {status}）：请更正目标地址（含路径）。",
    ),
    "status": (
        "{url} answered with HTTP {status}, which says nothing of what was asked: see the service's log.",
        "{url} 返回 HTTP {status}，无从得知所问内容：请查看服务日志。",
    ),
    "no_json": (
        "{url} answered {status}, but not with JSON (it begins: {found}): another service, a login page "
        "or a proxy stands at this address.",
        "{url} 返回 {status}，但内容不是 JSON（开头为：{found}）：该地址上是别的服务、登录页或代理。",
    ),
    "no_object": (
        "{url} answered {status} with JSON, but not with an object (it begins: {found}): another service "
        "stands at this address.",
        "{url} 返回 {status}，JSON 却不是对象（开头为：{found}）：该地址上是别的服务。",
    ),
    "insecure": (
        "The certificate of {host} was not verified, because the target says insecure=true.",
        "目标设有 insecure=true，因此未校验 {host} 的证书。",
    ),
    "web_page": (
        "{url} answered 200 with a web page ({found}), which says nothing of its health: name the health "
        "path in the target's option health.",
        "{url} 返回 200，但内容是网页（{found}），看不出健康状况：请在目标选项 health 中写健康检查路径。",
    ),
    "ill": (
        "{path} is not well: {why}. If the service has other health paths, name them in the target's "
        "option health.",
        "{path} 不健康：{why}。若服务用别的健康路径，请写在目标选项 health 中。",
    ),
    "no_alpn": (
        "Plain http has no ALPN, so whether the server would speak HTTP/2 is not known.",
        "明文 http 没有 ALPN，无从得知服务器是否支持 HTTP/2。",
    ),
}
