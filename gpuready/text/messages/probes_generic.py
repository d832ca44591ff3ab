"""What the generic probes of operators' own checklists say."""

MESSAGES = {
    # --- what the checklist asks for ----------------------------------------------------------------
    "bad_argv": (
        'argv must be a list of words, the program first, such as ["systemctl", "is-active", "kubelet"], '
        "and not {found}: there is no shell to take a text apart.",
        'argv 必须是词的列表，程序在最前，如 ["systemctl", "is-active", "kubelet"]，而不是 {found}：这里没'
        "有 shell 来拆分文本。",
    ),
    "bad_stream": (
        "stream is {found}: write one of {known} in the checklist.",
        "stream 的值为 {found}：请在清单中写 {known} 之一。",
    ),
    "bad_regex": (
        "{regex} is no regular expression ({why}): correct it in the checklist.",
        "{regex} 不是有效的正则表达式（{why}）：请在清单中更正。",
    ),
    "slow_regex": (
        "The regular expression {regex} did not come to an end within {seconds} s or 1 GiB: avoid nested "
        "repetitions such as (a+)+.",
        "正则表达式 {regex} 在 {seconds} 秒或 1 GiB 内没有结束：请避免 (a+)+ 之类的嵌套重复。",
    ),
    "bad_json_path": (
        "{path} is no JMESPath that fits this answer ({why}): correct it in the checklist.",
        "{path} 不是适用于此应答的 JMESPath（{why}）：请在清单中更正。",
    ),
    "bad_lines": (
        "lines is no number ({found}): correct it in the checklist.",
        "lines 不是数字（{found}）：请在清单中更正。",
    ),
    "no_regex": (
        "There is nothing to count: name the regular expression in the parameter regex.",
        "没有要计数的内容：请在参数 regex 中写正则表达式。",
    ),
    "no_path": (
        'No file is named: write the parameter path in the checklist, or on = "mount" or "model" to take '
        "the target's.",
        '没有指明文件：请在清单中写参数 path，或用 on = "mount"、"model" 取目标的路径。',
    ),
    "no_address": (
        "Nobody is named to be asked: write the parameter url, address or name in the checklist, or on = "
        '"service" to ask the targets of that kind.',
        '没有指明询问对象：请在清单中写参数 url、address 或 name，或用 on = "service" 询问该类目标。',
    ),
    "no_port": (
        "{address} names no port: write HOST:PORT.",
        "{address} 没有端口：请写成 主机:端口。",
    ),
    # --- what was found -----------------------------------------------------------------------------
    "no_json": (
        "{source} does not give JSON (it begins: {found}): ask it for JSON, or use regex instead of json.",
        "{source} 给出的不是 JSON（开头为：{found}）：请让其输出 JSON，或改用 regex。",
    ),
    "nothing_there": (
        "{path} finds nothing in the answer: look at the evidence, and correct the path or the service.",
        "{path} 在应答中没有找到内容：请查看证据，更正路径或服务。",
    ),
    "no_scalar": (
        "{path} finds a {kind} where one value is needed: end it in a field, an index, or length(@).",
        "{path} 找到的是 {kind}，而需要单个值：请以字段、下标或 length(@) 结尾。",
    ),
    "no_number": (
        "{found} is no number, so it cannot be compared in {unit}: let regex pick out the number alone.",
        "{found} 不是数字，无法以 {unit} 比较：请用 regex 只取出数字。",
    ),
    "hidden": (
        "What was found looks like a secret, so it is neither kept nor compared: pick out another part.",
        "找到的内容像是密钥，因此不保存也不比较：请取其他部分。",
    ),
    "no_start": (
        "{program} cannot be started ({why}): check its interpreter and that it is built for this machine.",
        "无法启动 {program}（{why}）：请检查其解释器，以及是否为本机架构编译。",
    ),
    "failed": (
        "It ended with {code}, so no value was taken from what it printed; its last words: {said}",
        "它以 {code} 结束，因此没有从输出中取值；最后一行：{said}",
    ),
    "not_2xx": (
        "The status is {status}, so no value was taken from the body: see the service's log.",
        "状态为 {status}，因此没有从正文取值：请查看服务日志。",
    ),
    "no_file": (
        "{path} is no regular file, and only those are read: a pipe or device would never end.",
        "{path} 不是普通文件；只读取普通文件：管道或设备可能永不结束。",
    ),
    "unread": (
        "{path} cannot be looked at ({why}): give this user the right to read it, or run gpuready as one "
        "who has it.",
        "无法查看 {path}（{why}）：请授予当前用户读取权限，或以有权限的用户运行 gpuready。",
    ),
    "too_long": (
        "{path} is longer than {size} MiB, too long to be read as JSON here: extract the value with a "
        "command instead.",
        "{path} 超过 {size} MiB，无法在此按 JSON 读取：请改用 command 取值。",
    ),
    "head_only": (
        "Only the first {size} MiB of {path} were searched; what is further down is not known: use the "
        "probe log for its end.",
        "只搜索了 {path} 的前 {size} MiB，后面的内容未知：末尾请用探针 log。",
    ),
    "from_the_future": (
        "{path} was written {seconds} s in the future, so its age is not known: check both clocks.",
        "{path} 的写入时间在未来 {seconds} 秒，无法得知其时长：请检查两边的时钟。",
    ),
    "empty_log": (
        "{path} holds no line, which is no sign that nothing happened: name the rotated log, or let the "
        "service write.",
        "{path} 没有任何行，这不说明没有发生事情：请填写轮转后的日志，或待服务写入。",
    ),
    "fewer_lines": (
        "The log holds only {lines} lines, fewer than the {count} asked for: it may have been rotated "
        "lately.",
        "日志只有 {lines} 行，少于要求的 {count} 行：可能刚刚轮转过。",
    ),
}
