"""What reading a cluster says."""

MESSAGES = {
    "no_kubeconfig": (
        "No cluster is described here (no KUBECONFIG, no ~/.kube/config, no service account of a pod): add "
        "one with gpuready targets add kubeconfig=FILE#CONTEXT.",
        "此处没有集群的访问配置（没有 KUBECONFIG、~/.kube/config，也没有 Pod 的服务账号）：请用 gpuready "
        "targets add kubeconfig=FILE#CONTEXT 添加。",
    ),
    "no_file": (
        "There is no kubeconfig {file}: put the target's path right, or copy the file there.",
        "找不到 kubeconfig {file}：请改正目标的路径，或将文件复制到该处。",
    ),
    "file_rights": (
        "{file} cannot be read ({error}): give this user the right to read it.",
        "无法读取 {file}（{error}）：请授予当前用户读取权限。",
    ),
    "bad_kubeconfig": (
        "{file} is no kubeconfig ({error}): kubectl config view --kubeconfig {file} shows what is wrong "
        "with it.",
        "{file} 不是有效的 kubeconfig（{error}）：可用 kubectl config view --kubeconfig {file} 查看问题。",
    ),
    "no_current_context": (
        "{file} names no current context: add one of its contexts to the target after a # (it has: {known}).",
        "{file} 未指定当前上下文：请在目标的 # 之后写明上下文（现有：{known}）。",
    ),
    "no_context": (
        "There is no context {context} in {file}, or no longer: choose one that it has ({known}).",
        "{file} 中没有上下文 {context}，或已被删除：请选择现有的上下文（{known}）。",
    ),
    "no_cluster": (
        "The context {context} in {file} names a cluster that has no entry or no server there: put it "
        "right with kubectl config set-cluster.",
        "{file} 中上下文 {context} 所指的集群没有条目或没有 server：请用 kubectl config set-cluster 修正。",
    ),
    "no_user": (
        "The context {context} in {file} names the user {user}, who has no entry there: put it right with "
        "kubectl config set-credentials.",
        "{file} 中上下文 {context} 所指的用户 {user} 没有条目：请用 kubectl config set-credentials 修正。",
    ),
    "not_in_cluster": (
        "gpuready does not run in a pod with a service account here (no {file} or no "
        "KUBERNETES_SERVICE_HOST): name a kubeconfig instead, or mount the account's token.",
        "gpuready 未在带有服务账号的 Pod 中运行（没有 {file} 或 KUBERNETES_SERVICE_HOST）：请改用 "
        "kubeconfig，或为 Pod 挂载服务账号令牌。",
    ),
    "plugin_missing": (
        "The kubeconfig's exec plugin {command} cannot be started ({error}): install it or put its path "
        "right. {hint}",
        "无法启动 kubeconfig 的 exec 插件 {command}（{error}）：请安装它或改正其路径。{hint}",
    ),
    "plugin_failed": (
        "The kubeconfig's exec plugin {command} ended with {code}, so there are no credentials: log in "
        "again as it asks ({said}).",
        "kubeconfig 的 exec 插件 {command} 以 {code} 退出，因此没有凭据：请按其提示重新登录（{said}）。",
    ),
    "plugin_slow": (
        "The kubeconfig's exec plugin {command} gave no credentials within {seconds} s and was stopped: "
        "run it by hand to see what it waits for.",
        "kubeconfig 的 exec 插件 {command} 在 {seconds} 秒内未给出凭据，已被停止：请手动运行以查看其在等待"
        "什么。",
    ),
    "plugin_interactive": (
        "The kubeconfig's exec plugin {command} wants a terminal to ask questions, which it cannot have "
        "here: log in with kubectl first, or use an account without it.",
        "kubeconfig 的 exec 插件 {command} 需要终端进行交互，此处无法提供：请先用 kubectl 登录，或改用其他"
        "账号。",
    ),
    "plugin_answer": (
        "The kubeconfig's exec plugin {command} printed no ExecCredential of the version that the "
        "kubeconfig names ({error}): bring the two to the same version.",
        "kubeconfig 的 exec 插件 {command} 未输出与 kubeconfig 版本一致的 ExecCredential（{error}）：请使两"
        "者版本一致。",
    ),
    "auth_provider": (
        "The kubeconfig logs in by the auth-provider {name}, which Kubernetes removed: write the user anew "
        "with an exec plugin.",
        "kubeconfig 使用的 auth-provider {name} 已被 Kubernetes 移除：请改用 exec 插件重新配置该用户。",
    ),
    "auth_failed": (
        "The kubeconfig's auth-provider {name} gave no token ({error}): log in again with kubectl.",
        "kubeconfig 的 auth-provider {name} 未给出令牌（{error}）：请用 kubectl 重新登录。",
    ),
    "bad_server": (
        "The server of the context {context} is no URL ({server}): put it right with kubectl config "
        "set-cluster --server=https://HOST:PORT.",
        "上下文 {context} 的 server 不是有效的 URL（{server}）：请用 kubectl config set-cluster "
        "--server=https://HOST:PORT 修正。",
    ),
    "bad_certificate": (
        "A certificate or key of the context {context} cannot be used ({error}): fetch the kubeconfig anew.",
        "上下文 {context} 的证书或密钥无法使用（{error}）：请重新获取 kubeconfig。",
    ),
    "bad_token": (
        "The kubeconfig's token holds blanks or line breaks, so it is none: fetch it anew.",
        "kubeconfig 中的令牌含有空白或换行，不是有效令牌：请重新获取。",
    ),
    "proxy_kind": (
        "The kubeconfig's proxy-url {proxy} is of a kind that cannot be used here: name an http:// or "
        "https:// proxy.",
        "kubeconfig 的 proxy-url {proxy} 属于此处不支持的类型：请使用 http:// 或 https:// 代理。",
    ),
    "impersonation": (
        "The kubeconfig acts as another user with several groups or extra fields, which cannot be sent "
        "here: use a user of its own.",
        "kubeconfig 以多个组或附加字段模拟其他用户，此处无法发送：请改用独立的用户。",
    ),
    "unreachable": (
        "The API server {server} cannot be reached ({error}): see that it runs, and that this node's "
        "network and firewall let it through.",
        "无法连接 API 服务器 {server}（{error}）：请确认其正在运行，且本机网络与防火墙允许访问。",
    ),
    "no_name": (
        "The name of the API server {server} is not known here: see to this node's DNS, or put the "
        "kubeconfig's server right.",
        "无法解析 API 服务器 {server} 的名称：请检查本机 DNS，或改正 kubeconfig 中的 server。",
    ),
    "untrusted": (
        "The certificate of the API server {server} is not trusted ({error}): put its CA into the "
        "kubeconfig as certificate-authority-data.",
        "API 服务器 {server} 的证书不受信任（{error}）：请将其 CA 写入 kubeconfig 的 "
        "certificate-authority-data。",
    ),
    "no_tls": (
        "No TLS connection with the API server {server} came about ({error}): see that the kubeconfig's "
        "server is the API's own port, and that nothing between speaks instead.",
        "无法与 API 服务器 {server} 建立 TLS 连接（{error}）：请确认 kubeconfig 的 server 为 API 端口，且中"
        "间没有其他设备代答。",
    ),
    "no_proxy": (
        "The proxy on the way to the API server {server} does not let it through ({error}): put proxy-url, "
        "HTTPS_PROXY or NO_PROXY right.",
        "通往 API 服务器 {server} 的代理不予放行（{error}）：请改正 proxy-url、HTTPS_PROXY 或 NO_PROXY。",
    ),
    "slow": (
        "The API server {server} did not answer {asked} within {seconds} s: see whether it or its etcd is "
        "overloaded.",
        "API 服务器 {server} 在 {seconds} 秒内未答复 {asked}：请检查其自身或 etcd 是否过载。",
    ),
    "late": (
        "The API server {server} did not tell all that this check needs within {seconds} s: try again, or "
        "give the check more time.",
        "API 服务器 {server} 未能在 {seconds} 秒内给出此项检查所需的全部数据：请重试，或给予更长时间。",
    ),
    "busy": (
        "The API server {server} refuses requests because it is busy (it asked to wait {seconds} s): look "
        "at its priority levels and at who asks so much.",
        "API 服务器 {server} 因繁忙拒绝请求（要求等待 {seconds} 秒）：请查看其优先级配置以及请求来源。",
    ),
    "unauthorized": (
        "The API server {server} does not accept the credentials of the context {context}, not even after "
        "they were read again: log in again or fetch the kubeconfig anew.",
        "API 服务器 {server} 不接受上下文 {context} 的凭据，重新读取后仍被拒绝：请重新登录或重新获取 "
        "kubeconfig。",
    ),
    "forbidden": (
        'The account may not {verb} {resource}: grant it apiGroups ["{group}"], resources ["{plural}"], '
        "verbs [{verbs}] cluster-wide (gpuready targets kubernetes --rbac prints the role; kubectl auth "
        "can-i {verb} {resource} -A tells when it holds).",
        '该账号无权 {verb} {resource}：请在集群范围授予 apiGroups ["{group}"]、resources ["{plural}"]、'
        "verbs [{verbs}]（gpuready targets kubernetes --rbac 可输出角色；kubectl auth can-i {verb} "
        "{resource} -A 可确认是否生效）。",
    ),
    "forbidden_path": (
        'The account may not read {path}: grant it nonResourceURLs ["{path}"], verbs ["get"] (gpuready '
        "targets kubernetes --rbac prints the role; kubectl auth can-i get {path} tells when it holds).",
        '该账号无权读取 {path}：请授予 nonResourceURLs ["{path}"]、verbs ["get"]（gpuready targets '
        "kubernetes --rbac 可输出角色；kubectl auth can-i get {path} 可确认是否生效）。",
    ),
    "refused": (
        "The API server could not answer {asked}: {error}; look at its logs and at kubectl get --raw "
        "/readyz?verbose.",
        "API 服务器无法答复 {asked}：{error}；请查看其日志以及 kubectl get --raw /readyz?verbose。",
    ),
    "not_kubernetes": (
        "What answers {asked} is no Kubernetes API: see that the kubeconfig's server is the API's own "
        "address and not a login page or another service.",
        "答复 {asked} 的并非 Kubernetes API：请确认 kubeconfig 的 server 是 API 地址，而非登录页面或其他服"
        "务。",
    ),
    "broken_json": (
        "The answer to {asked} is no whole JSON: see what stands between here and the API server.",
        "{asked} 的答复不是完整的 JSON：请检查本机与 API 服务器之间的设备。",
    ),
    "cut_off": (
        "The API server {server} broke off in the middle of its answer to {asked}: see whether it "
        "restarts, or what cuts connections on the way.",
        "API 服务器 {server} 在答复 {asked} 的中途断开：请检查其是否重启，或途中是否有设备切断连接。",
    ),
    "no_list": (
        "The answer to {asked} is no list of objects: see which API service answers there (kubectl get "
        "apiservices).",
        "{asked} 的答复不是对象列表：请查看由哪个 API 服务答复（kubectl get apiservices）。",
    ),
    "too_big": (
        "The answer to {asked} is larger than {size} MiB and was not read: see which objects are that large.",
        "{asked} 的答复超过 {size} MiB，未读取：请检查哪些对象如此之大。",
    ),
    "too_many": (
        "There are more than {count} objects of {resource}, which is more than is read: remove what is "
        "finished or forgotten.",
        "{resource} 的对象超过 {count} 个，超出读取上限：请清理已完成或遗留的对象。",
    ),
    "list_expired": (
        "The list of {resource} expired three times while it was read: the API server forgets too fast, or "
        "is too slow; try again, and look at its etcd.",
        "读取 {resource} 列表时三次过期：API 服务器保留的版本过短或过慢；请重试，并检查其 etcd。",
    ),
    "group_down": (
        "The API service of {group} does not answer, so whether there is {resource} is not known: see "
        "kubectl get apiservices and the pods behind it.",
        "{group} 的 API 服务没有应答，无法得知是否存在 {resource}：请查看 kubectl get apiservices 及其后端 "
        "Pod。",
    ),
    "no_discovery": (
        "The API server did not tell which resources it serves ({asked}): look at its logs.",
        "API 服务器未给出其提供的资源（{asked}）：请查看其日志。",
    ),
    "no_metadata": (
        "The API server gives no metadata of {resource} without their content, which is not read here: "
        "check them by hand.",
        "API 服务器无法只给出 {resource} 的元数据，而其内容不会在此读取：请手动检查。",
    ),
    "no_version": (
        'The API server did not tell its version: grant nonResourceURLs ["/version"], verbs ["get"].',
        'API 服务器未给出其版本：请授予 nonResourceURLs ["/version"]、verbs ["get"]。',
    ),
    "watch_silent": (
        "The API server {server} fell silent while {resource} were watched; what is shown may be out of "
        "date, and it is asked again.",
        "监视 {resource} 时 API 服务器 {server} 不再应答；所示内容可能已过时，正在重新请求。",
    ),
    "watch_ended": (
        "The API server {server} ends every watch of {resource} at once; what is shown may be out of date: "
        "see whether it is overloaded, or what cuts long requests on the way.",
        "API 服务器 {server} 立即结束对 {resource} 的监视；所示内容可能已过时：请检查其是否过载，或途中是否"
        "有设备切断长连接。",
    ),
    "targets_help": (
        "List the contexts that could be asked, as addresses of targets; with --rbac, print the role that "
        "reading a cluster needs.",
        "列出可用的上下文（即目标地址）；加 --rbac 则输出读取集群所需的角色。",
    ),
    "rbac_help": (
        "Print a read-only ClusterRole for all checks of a cluster, to be applied with kubectl apply -f - "
        "and bound to the account that gpuready uses.",
        "输出供所有集群检查使用的只读 ClusterRole，可用 kubectl apply -f - 应用，并绑定到 gpuready 使用的账"
        "号。",
    ),
    "no_contexts": (
        "No kubeconfig with a context was found: name one with gpuready targets add kubeconfig=FILE#CONTEXT.",
        "未找到带有上下文的 kubeconfig：请用 gpuready targets add kubeconfig=FILE#CONTEXT 指定。",
    ),
    "found_account": (
        "the service account of this pod ({place})",
        "此 Pod 的服务账号（{place}）",
    ),
    "insecure": (
        "The certificate of {server} was not verified: the kubeconfig turns that off.",
        "未校验 {server} 的证书：kubeconfig 关闭了校验。",
    ),
}
