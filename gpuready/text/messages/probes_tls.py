"""What the probes of TLS say."""

MESSAGES = {
    "not_tls": (
        "{host} answers, but not in TLS ({why}): what goes there travels in the clear.",
        "{host} 有应答，但不是 TLS（{why}）：流量以明文传输。",
    ),
    "undecided": (
        "A handshake with {version} alone ended without {host} agreeing or refusing ({why}), so whether "
        "it accepts that version is not known: run it from another machine.",
        "仅用 {version} 与 {host} 握手，既未谈成也未被拒绝（{why}），无从得知它是否接受该版本：请换一台机"
        "器运行。",
    ),
    "cannot_offer": (
        "This machine's OpenSSL cannot offer {version}, so whether the server still accepts it is not "
        "known: run it from another machine.",
        "本机 OpenSSL 无法发起 {version}，因此不知道服务器是否仍接受它：请换一台机器运行。",
    ),
    "refuses_all": (
        "{host} refuses every TLS version that was offered ({why}): it may know this name or client not; "
        "name client_cert, or the host by its proper name.",
        "{host} 拒绝所有 TLS 版本（{why}）：可能不认得该域名或客户端；请设置 client_cert，或用正确的主机名。",
    ),
    "no_plain_port": (
        "Plain HTTP was not asked, because the endpoint itself is on port {port}.",
        "端点本身就在端口 {port} 上，因此未测试明文 HTTP。",
    ),
    "no_plain_http": (
        "Nothing listens on {host}:{port}, so there is no plain HTTP to redirect: nothing can go out in "
        "the clear there.",
        "{host}:{port} 无人监听，没有需要重定向的明文 HTTP：那里不会有明文流量。",
    ),
    "no_redirect": (
        "{url} answers with HTTP {status} instead of a redirect to https.",
        "{url} 返回 HTTP {status}，没有重定向到 https。",
    ),
    "odd_certificate": (
        "{host} sent a certificate that cannot be read: look at it with openssl s_client -showcerts.",
        "{host} 发来无法解析的证书：请用 openssl s_client -showcerts 查看。",
    ),
    "self_signed": (
        "The certificate of {host} is signed by itself: its time says nothing of whether clients trust it.",
        "{host} 的证书是自签名的：有效期不代表客户端会信任它。",
    ),
    "chain_first": (
        "The intermediate certificate {name} expires first, on {day}: have the whole chain renewed.",
        "中间证书 {name} 先到期（{day}）：请更换整条证书链。",
    ),
    "not_yet": (
        "The certificate holds only from {day} on: compare the clocks.",
        "证书从 {day} 起才生效：请核对时钟。",
    ),
}
