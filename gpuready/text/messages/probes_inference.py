"""What the probes of inference engines say."""

MESSAGES = {
    "container_engine": (
        "{address} is the socket of a container engine: give the inference engine as an http or https URL.",
        "{address} 是容器引擎的套接字：请以 http 或 https URL 填写推理引擎。",
    ),
    "no_engine": (
        "{address} answers, but as none of the engines known here ({statuses}): give the address at "
        "which the engine itself serves /v1/models or /v2, not a web page or a gateway.",
        "{address} 有应答，但不属于已知的推理引擎（{statuses}）：请填写引擎自身提供 /v1/models 或 /v2 的"
        "地址，而非网页或网关。",
    ),
    "no_version": (
        "{engine} answers without telling its version: ask the engine directly rather than through a "
        "gateway, or read the version from its image.",
        "{engine} 有应答但未给出版本：请绕过网关直接访问引擎，或从其镜像读取版本。",
    ),
    "no_index": (
        "{address} keeps no index of its models (POST /v2/repository/index is not there): set the option "
        "model=NAME where one model is asked for, or count them by hand.",
        "{address} 不提供模型索引（没有 POST /v2/repository/index）：针对单个模型的测量请设选项 model=名"
        "称，数量请手工录入。",
    ),
    "odd_index": (
        "{address} answers /v2/repository/index with something other than a list of models: look at what "
        "stands between here and the server.",
        "{address} 对 /v2/repository/index 的应答不是模型列表：请检查此处与服务器之间的设备。",
    ),
    "engines_silent": (
        "Not all engines of this site could be asked ({engines}), so {count} is only the least number of "
        "models: bring them back, or take them out of the targets.",
        "本站点并非所有引擎都能访问（{engines}），{count} 仅为模型数的下限：请恢复这些引擎，或将其移出目标。",
    ),
    "adapters_count": (
        "{count} of the models are adapters (LoRA) on another model.",
        "其中 {count} 个是依附于其他模型的适配器（LoRA）。",
    ),
    "no_health": (
        "{address} has no {path}, the place where this kind of engine tells its health: check the "
        "address, and whether a gateway hides it.",
        "{address} 没有 {path}，即此类引擎报告健康的位置：请核对地址，并检查是否被网关隐藏。",
    ),
    "says_no": (
        "{path} answers {status}: the engine is starting, or has failed; its log tells which.",
        "{path} 返回 {status}：引擎正在启动或已出错，请查看其日志。",
    ),
    "web_page": (
        "{address} answers {path} with a web page, as a login or an error page does: give the engine's "
        "own address.",
        "{address} 对 {path} 返回网页（例如登录页或错误页）：请填写引擎自身的地址。",
    ),
    "no_text": (
        "A server of tensors ({engine}) has no common request for text: store a request whose answer is "
        "known, and set the option golden=FILE.",
        "张量服务（{engine}）没有通用的文本请求：请保存一个已知答案的请求，并设选项 golden=文件。",
    ),
    "no_model": (
        "{address} has no model ready: load one, or look in its log why it did not load.",
        "{address} 没有就绪的模型：请加载模型，或查看其日志中的失败原因。",
    ),
    "odd_answer": (
        "{path} answered, but not in its own protocol ({found}): look at what stands between here and "
        "the engine, and in its log.",
        "{path} 有应答，但不符合其协议（{found}）：请检查此处与引擎之间的设备以及引擎日志。",
    ),
    "size_told_by": (
        "The number of parameters is that which {by} tells.",
        "参数量取自 {by}。",
    ),
    "size_unknown": (
        "The name {model} does not tell the number of parameters: set the option parameters_billion.",
        "名称 {model} 看不出参数量：请设选项 parameters_billion。",
    ),
    "request_failed": (
        "The engine refused or failed the request with status {status}: its words are in the evidence, "
        "the reason is in its log.",
        "引擎以状态 {status} 拒绝或未能完成该请求：其答复见证据，原因见其日志。",
    ),
    "empty_text": (
        "{model} answered without any text, or stopped for an error: look in the engine's log, and at "
        "the chat template.",
        "{model} 的应答没有文本，或因错误中止：请查看引擎日志与对话模板。",
    ),
    "in_one_piece": (
        "{count} answers came in one piece, so there is nothing between the pieces to measure: turn off "
        "buffering on the way (nginx: proxy_buffering off), or ask for more tokens.",
        "有 {count} 个应答是一次性到达的，无法测量片段间隔：请关闭途中的缓冲（nginx：proxy_buffering "
        "off），或增加 tokens。",
    ),
    "no_target": (
        "No target is set to judge by: set the engine's options ttft_ms and itl_ms (95th percentiles, in "
        "ms).",
        "没有设定判定目标：请为引擎设选项 ttft_ms 与 itl_ms（95 分位，毫秒）。",
    ),
    "bad_figure": (
        "The option {option} is no number ({found}): correct it.",
        "选项 {option} 不是数字（{found}）：请更正。",
    ),
    "no_golden": (
        "No stored request is known: set the engine's option golden=FILE, a JSON file with path, "
        "request, and the shape and value of the right answer.",
        "没有已保存的请求：请为引擎设选项 golden=文件，即含 path、request 以及正确答案的 shape 与 value "
        "的 JSON 文件。",
    ),
    "bad_golden": (
        "The stored request cannot be used ({path}: {why}): correct the file that the option golden names.",
        "已保存的请求无法使用（{path}：{why}）：请更正选项 golden 所指的文件。",
    ),
    "golden_lacks": (
        "The stored request says nothing of the {name} of the answer: add it to the file.",
        "已保存的请求没有给出答案的 {name}：请补入该文件。",
    ),
    "differs": (
        "The answer differs from the stored one: {what}",
        "应答与保存的答案不同：{what}",
    ),
    "no_pid": (
        "There is no process {pid} here: correct the option pid, or measure on the node where the engine "
        "runs.",
        "此处没有进程 {pid}：请更正选项 pid，或在引擎所在节点上测量。",
    ),
    "stopped": (
        "The container {name} does not run: start it, or correct the option container.",
        "容器 {name} 未在运行：请启动它，或更正选项 container。",
    ),
    "elsewhere": (
        "{host} is not this machine: measure on the node where the engine runs.",
        "{host} 不是本机：请在引擎所在节点上测量。",
    ),
    "other_user": (
        "The process that listens at port {port} is another user's: run as root, or set the option pid.",
        "监听端口 {port} 的进程属于其他用户：请以 root 运行，或设选项 pid。",
    ),
    "nobody_listens": (
        "No process of this node listens at port {port}: set the option pid=PID or container=NAME.",
        "本节点没有进程监听端口 {port}：请设选项 pid=进程号 或 container=名称。",
    ),
    "in_container": (
        "Port {port} is published by a container: name it by the option container=NAME.",
        "端口 {port} 由容器发布：请用选项 container=名称 指定。",
    ),
    "no_words": (
        "Process {pid} shows no command line: run as root, or correct the option pid.",
        "进程 {pid} 不显示命令行：请以 root 运行，或更正选项 pid。",
    ),
    "no_sizes": (
        "Neither {source} nor the command line tells how the model is split: start the engine with its "
        "sizes as arguments (--tensor-parallel-size, --pipeline-parallel-size), or enter the value by "
        "hand.",
        "{source} 与命令行都没有说明模型如何切分：请以参数启动引擎（--tensor-parallel-size、"
        "--pipeline-parallel-size），或手工录入。",
    ),
    "sizes_elsewhere": (
        "The engine reads settings from a file ({file}), so what the command line leaves out is not known.",
        "引擎从文件读取设置（{file}），命令行未给出的项无法得知。",
    ),
    "gpus_by_option": (
        "The number of GPUs is that of the option gpus, not measured.",
        "GPU 数取自选项 gpus，并非测量所得。",
    ),
    "gpus_unknown": (
        "NVML sees none of the engine's processes on a GPU: measure outside of a container and as root, "
        "or set the option gpus.",
        "NVML 在 GPU 上看不到该引擎的任何进程：请在容器外以 root 测量，或设选项 gpus。",
    ),
    "many_nodes": (
        "The engine is spread over {nodes} nodes; what is seen here are the GPUs of this one only.",
        "该引擎分布在 {nodes} 个节点上，此处只能看到本节点的 GPU。",
    ),
    "slow_pairs": (
        "These GPUs of the engine reach each other only through the CPU: {pairs}. Choose GPUs under one "
        "switch or with NVLink (nvidia-smi topo -m).",
        "该引擎的下列 GPU 之间只能经 CPU 互通：{pairs}。请选用同一交换机下或有 NVLink 的 GPU（nvidia-smi "
        "topo -m）。",
    ),
    "no_workers": (
        "The command line does not tell the number of workers ({threads} threads run, most of them pools "
        "of libraries): start the engine with it as an argument (--workers, --api-server-count, "
        "--http-thread-count), or enter the value by hand.",
        "命令行没有给出工作进程数（共 {threads} 个线程，多为库的线程池）：请以参数启动引擎（--workers、"
        "--api-server-count、--http-thread-count），或手工录入。",
    ),
}
