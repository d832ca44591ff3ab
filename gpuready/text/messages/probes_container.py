"""What the probes of container engines and image registries say."""

MESSAGES = {
    "no_engine": (
        "No container engine was found here (looked for {tried}): start Docker or Podman, or name its "
        "socket with --target engine=unix://PATH.",
        "此处未找到容器引擎（已查找 {tried}）：请启动 Docker 或 Podman，或用 --target engine=unix://路径 指"
        "定其套接字。",
    ),
    "remote_engine": (
        "DOCKER_HOST is {host}, and only unix sockets are asked: run gpuready on that machine, or name a "
        "local socket with --target engine=unix://PATH.",
        "DOCKER_HOST 为 {host}，而这里只访问 unix 套接字：请在那台机器上运行 gpuready，或用 --target "
        "engine=unix://路径 指定本机套接字。",
    ),
    "no_socket": (
        "There is no socket {socket}: start the engine (systemctl start docker) or correct the target's "
        "path.",
        "套接字 {socket} 不存在：请启动引擎（systemctl start docker），或更正目标中的路径。",
    ),
    "no_rights": (
        "The socket {socket} may not be opened by this user: join the docker group (it is as powerful as "
        "root) or run gpuready as root.",
        "当前用户无权打开套接字 {socket}：请加入 docker 组（权限等同 root），或以 root 运行 gpuready。",
    ),
    "not_running": (
        "Nobody listens on {socket}, so the engine has stopped and left its socket behind: see systemctl "
        "status docker and start it.",
        "{socket} 无人监听，引擎已停止而套接字残留：请查看 systemctl status docker 并启动它。",
    ),
    "unreachable": (
        "The socket {socket} could not be opened ({why}): check that the path names the engine's socket.",
        "无法打开套接字 {socket}（{why}）：请确认该路径是引擎的套接字。",
    ),
    "silent": (
        "The engine at {socket} accepted the connection but did not finish its answer within {seconds} s: "
        "it hangs or is overloaded, see journalctl -u docker.",
        "引擎 {socket} 接受了连接，但 {seconds} 秒内没有答完：引擎卡死或过载，请查看 journalctl -u docker。",
    ),
    "died": (
        "The engine at {socket} broke the connection while it was asked for {call}: see journalctl -u "
        "docker for why it stopped, then run this again.",
        "引擎 {socket} 在应答 {call} 时断开了连接：请从 journalctl -u docker 查明原因，然后重新运行。",
    ),
    "no_http": (
        "What listens on {socket} does not speak HTTP ({found}): it is not a container engine, correct the "
        "target's path.",
        "{socket} 上的程序不使用 HTTP（{found}）：它不是容器引擎，请更正目标中的路径。",
    ),
    "no_json": (
        "{socket} answered {call}, but not as the Docker Engine API does (it said: {found}): check that "
        "this is the engine's socket and not a proxy's.",
        "{socket} 应答了 {call}，但内容不符合 Docker Engine API（返回：{found}）：请确认这是引擎的套接字而"
        "非代理的。",
    ),
    "missing": (
        "The engine knows nothing at {call} ({message}): update the engine if its API is that old.",
        "引擎没有 {call}（{message}）：若其 API 过旧，请升级引擎。",
    ),
    "refused": (
        "The engine refused {call} with status {status}: {message}; put that right and run this again.",
        "引擎以状态 {status} 拒绝了 {call}：{message}；请先解决该问题再运行。",
    ),
    "no_container": (
        "The engine has no such container ({message}): correct the target to a name or id that docker ps -a "
        "shows.",
        "引擎中没有该容器（{message}）：请把目标改为 docker ps -a 中列出的名称或 ID。",
    ),
    "no_log": (
        "The log of container {name} cannot be read ({message}): use a log driver that can, such as local "
        "or json-file, or read the log where its driver sends it.",
        "无法读取容器 {name} 的日志（{message}）：请改用可读取的日志驱动（如 local 或 json-file），或到驱动"
        "写入的位置查看。",
    ),
    "podman": (
        "Podman {version} answers on this socket, so there is no Docker version to judge.",
        "该套接字由 Podman {version} 应答，因此没有 Docker 版本可判定。",
    ),
    "no_containerd_config": (
        "There is no {path}, so containerd runs with its defaults and knows no NVIDIA runtime: run "
        "nvidia-ctk runtime configure --runtime=containerd.",
        "没有 {path}，containerd 使用默认配置，不认识 NVIDIA 运行时：请执行 nvidia-ctk runtime configure "
        "--runtime=containerd。",
    ),
    "bad_containerd_config": (
        "{path} could not be read ({why}): run gpuready as root, or correct the file.",
        "无法读取 {path}（{why}）：请以 root 运行 gpuready，或修正该文件。",
    ),
    "cri_disabled": (
        "{path} disables the cri plugin, so a kubelet cannot use this containerd: remove cri from "
        "disabled_plugins and restart containerd.",
        "{path} 禁用了 cri 插件，kubelet 无法使用该 containerd：请从 disabled_plugins 中删去 cri 并重启 "
        "containerd。",
    ),
    "containerd_no_gpu": (
        "{path} names no NVIDIA runtime and there is no CDI specification of nvidia.com/gpu: run nvidia-ctk "
        "runtime configure --runtime=containerd, then restart containerd.",
        "{path} 中没有 NVIDIA 运行时，也没有 nvidia.com/gpu 的 CDI 规格：请执行 nvidia-ctk runtime "
        "configure --runtime=containerd 并重启 containerd。",
    ),
    "toolkit_broken": (
        "The NVIDIA Container Toolkit is there but does not run ({tools}): reinstall "
        "nvidia-container-toolkit.",
        "NVIDIA Container Toolkit 已存在但无法运行（{tools}）：请重新安装 nvidia-container-toolkit。",
    ),
    "toolkit_inside": (
        "gpuready runs inside a container and cannot see what is installed on the host: run it on the host.",
        "gpuready 运行在容器内，看不到主机上安装了什么：请在主机上运行。",
    ),
    "only_containerd": (
        "No Docker and no Podman here: whether the toolkit is registered was read from containerd's "
        "configuration.",
        "此处没有 Docker 和 Podman：Toolkit 是否注册取自 containerd 的配置。",
    ),
    "bad_image": (
        "“{image}” is not the name of an image: write it as NAME:TAG or NAME@sha256:DIGEST.",
        "“{image}”不是镜像名：请写成 名称:标签 或 名称@sha256:摘要。",
    ),
    "no_image": (
        "The image {image} is not on this machine, and gpuready never pulls: run docker pull {image}, or "
        "name a local image that has nvidia-smi with the option image of the engine's target.",
        "本机没有镜像 {image}，而 gpuready 从不自动拉取：请执行 docker pull {image}，或在引擎目标的 image "
        "选项中指定一个本地镜像。",
    ),
    "not_created": (
        "The engine would not create a container of {image} ({message}): put that right and run this again.",
        "引擎无法用 {image} 创建容器（{message}）：请先解决该问题再运行。",
    ),
    "hung": (
        "{what} in a container of {image} had not ended after {seconds} s and was removed: a hung driver "
        "does that, look for Xid messages in dmesg.",
        "容器（{image}）中的 {what} 在 {seconds} 秒后仍未结束，已被移除：驱动卡死时会这样，请在 dmesg 中查"
        "找 Xid。",
    ),
    "podman_gpus": (
        "Podman's socket ignores requests made as by --gpus: set the option gpus=cdi on the engine's "
        "target, with a specification from nvidia-ctk cdi generate.",
        "Podman 的套接字会忽略 --gpus 形式的请求：请在引擎目标上设置 gpus=cdi，并用 nvidia-ctk cdi generate "
        "生成规格。",
    ),
    "gpu_refused": (
        "The engine cannot give a container GPUs (docker run would exit with {code}): {message}; install "
        "nvidia-container-toolkit, run nvidia-ctk runtime configure --runtime=docker and restart docker.",
        "引擎无法为容器分配 GPU（docker run 会以 {code} 退出）：{message}；请安装 "
        "nvidia-container-toolkit，执行 nvidia-ctk runtime configure --runtime=docker 并重启 docker。",
    ),
    "start_refused": (
        "The engine could not start the container (docker run would exit with {code}): {message}; put that "
        "right and run this again.",
        "引擎无法启动容器（docker run 会以 {code} 退出）：{message}；请先解决该问题再运行。",
    ),
    "swept": (
        "Containers that a killed run had left behind were removed: {names}.",
        "已移除上次被强行终止的运行遗留的容器：{names}。",
    ),
    "no_host_gpus": (
        "nvidia-smi on this machine shows no GPU (exit {code}: {said}), so there is nothing to compare a "
        "container with: bring up the driver first.",
        "本机的 nvidia-smi 未列出任何 GPU（退出码 {code}：{said}），没有可与容器对照的数量：请先让驱动正常"
        "工作。",
    ),
    "no_smi": (
        "There is no nvidia-smi in a container of {image} (exit {code}: {message}): use an image that sets "
        "NVIDIA_DRIVER_CAPABILITIES to utility, such as nvidia/cuda.",
        "{image} 的容器里没有 nvidia-smi（退出码 {code}：{message}）：请使用 NVIDIA_DRIVER_CAPABILITIES 含 "
        "utility 的镜像，如 nvidia/cuda。",
    ),
    "odd_smi": (
        "nvidia-smi in the container listed no GPU and named no reason (exit {code}: {said}): run it there "
        "by hand with docker exec.",
        "容器内的 nvidia-smi 未列出 GPU，也没有给出原因（退出码 {code}：{said}）：请用 docker exec 手工执行"
        "查看。",
    ),
    "gpus_missing": (
        "A container that was given all GPUs does not see {uuids}: generate the CDI specification again "
        "(nvidia-ctk cdi generate) or restart the engine.",
        "分配了全部 GPU 的容器看不到 {uuids}：请重新生成 CDI 规格（nvidia-ctk cdi generate）或重启引擎。",
    ),
    "blind": (
        "Container {name} no longer sees its GPUs ({said}): restart it, and move to CDI so that systemctl "
        "daemon-reload cannot take them away.",
        "容器 {name} 已看不到 GPU（{said}）：请重启该容器，并改用 CDI，以免 systemctl daemon-reload 再次收"
        "走设备权限。",
    ),
    "not_started": (
        "Container {name} does not run (it is {state}): start it and run this again.",
        "容器 {name} 未在运行（状态 {state}）：请启动后重新运行。",
    ),
    "never_started": (
        "Container {name} was never started, so its end and its libraries cannot be judged: start it once.",
        "容器 {name} 从未启动过，无法判断其退出情况和依赖库：请先启动一次。",
    ),
    "never_stopped": (
        "The engine remembers no stop of container {name}: stop it once with docker stop at a quiet moment "
        "and run this again.",
        "引擎没有容器 {name} 的停止记录：请择空闲时用 docker stop 停一次，再重新运行。",
    ),
    "oom_exit": (
        "The last end with 137 was the kernel's for want of memory, not a stop that ran over {seconds} s: "
        "raise the memory limit.",
        "上次以 137 结束是内核因内存不足所杀，并非停止超过 {seconds} 秒：请调高内存上限。",
    ),
    "killed_exit": (
        "The container was killed at its last end (137): it does not handle SIGTERM within {seconds} s, or "
        "someone used docker kill.",
        "容器上次是被强杀的（137）：它没有在 {seconds} 秒内响应 SIGTERM，或有人用了 docker kill。",
    ),
    "state_error": (
        "The engine's error for container {name}: {message}; put that right and start it again.",
        "引擎对容器 {name} 报错：{message}；请解决后重新启动。",
    ),
    "slow_creation": (
        "{seconds} s passed between creation and start, which are not counted: they were spent waiting for "
        "other containers, or in the engine's hooks.",
        "从创建到启动经过 {seconds} 秒，未计入：可能在等待其他容器，或耗在引擎的钩子上。",
    ),
    "no_health_check": (
        "Container {name} has no health check, so nothing tells when it is ready: define HEALTHCHECK, or "
        "time the start with the drill container_start.",
        "容器 {name} 没有健康检查，无从得知何时就绪：请定义 HEALTHCHECK，或用演练 container_start 计时。",
    ),
    "start_forgotten": (
        "Container {name} is healthy, but the engine no longer remembers since when: restart it at a quiet "
        "moment and run this again within a few minutes.",
        "容器 {name} 是健康的，但引擎已不记得从何时起健康：请择空闲时重启它，并在几分钟内重新运行。",
    ),
    "not_healthy_yet": (
        "Container {name} is not healthy {seconds} s after its start: wait for it, or read its log with "
        "container.logs.",
        "容器 {name} 启动 {seconds} 秒后仍未健康：请等待，或用 container.logs 查看其日志。",
    ),
    "image_gone": (
        "The image of this container is no longer in the engine ({message}): recreate the container from an "
        "image that is, or judge that image by hand.",
        "该容器的镜像已不在引擎中（{message}）：请用现有镜像重建容器，或手工判断该镜像。",
    ),
    "libraries_from_log": (
        "Missing libraries were looked for in the last {lines} lines of the log; what the program never "
        "tried to load is not known.",
        "缺失的库是在日志最后 {lines} 行中查找的；程序从未尝试加载的库无从得知。",
    ),
    "empty_log": (
        "The log of container {name} is empty, which proves nothing: a container that failed before its "
        "first line has such a log, see docker inspect for its exit code and error.",
        "容器 {name} 的日志为空，不能说明任何问题：在打印第一行之前就失败的容器也是这样，请用 docker "
        "inspect 查看退出码和错误。",
    ),
    "cause_cuda_oom": (
        "Line {line}: GPU memory ran out ({said}); lower gpu_memory_utilization, the context length or the "
        "batch, or find who else holds the card with nvidia-smi.",
        "第 {line} 行：显存不足（{said}）；请调低 gpu_memory_utilization、上下文长度或批大小，或用 "
        "nvidia-smi 查看谁占着这张卡。",
    ),
    "cause_driver_old": (
        "Line {line}: the driver is too old for the image's CUDA ({said}); upgrade the driver or take an "
        "older image.",
        "第 {line} 行：驱动版本低于镜像所需的 CUDA（{said}）；请升级驱动或改用较旧的镜像。",
    ),
    "cause_driver_mismatch": (
        "Line {line}: the driver's library and its kernel module differ ({said}); reboot, or reload the "
        "module, after a driver upgrade.",
        "第 {line} 行：驱动库与内核模块版本不一致（{said}）；驱动升级后请重启或重新加载模块。",
    ),
    "cause_nvml_lost": (
        "Line {line}: the container lost its GPU ({said}); restart it, and if the host has lost the card "
        "too, look for Xid messages in dmesg.",
        "第 {line} 行：容器丢失了 GPU（{said}）；请重启容器，若主机也看不到该卡，请在 dmesg 中查找 Xid。",
    ),
    "cause_no_gpu": (
        "Line {line}: the container was given no GPU ({said}); install and register "
        "nvidia-container-toolkit, and start it with --gpus.",
        "第 {line} 行：容器没有分配到 GPU（{said}）；请安装并注册 nvidia-container-toolkit，并用 --gpus 启"
        "动。",
    ),
    "cause_kernel_image": (
        "Line {line}: the image was built without code for this GPU's architecture ({said}); take a build "
        "that supports its compute capability.",
        "第 {line} 行：镜像编译时未包含该 GPU 架构的代码（{said}）；请换用支持其计算能力的版本。",
    ),
    "cause_cuda_fault": (
        "Line {line}: a CUDA kernel or the card itself failed ({said}); look for Xid and ECC messages in "
        "dmesg, then try again with CUDA_LAUNCH_BLOCKING=1.",
        "第 {line} 行：CUDA 内核或显卡本身出错（{said}）；请在 dmesg 中查找 Xid 和 ECC 信息，再用 "
        "CUDA_LAUNCH_BLOCKING=1 重试。",
    ),
    "cause_nccl": (
        "Line {line}: NCCL failed ({said}); set NCCL_DEBUG=INFO, then NCCL_SOCKET_IFNAME if it took the "
        "wrong interface, and look at the rank that failed first.",
        "第 {line} 行：NCCL 出错（{said}）；请设 NCCL_DEBUG=INFO，若选错网卡再设 NCCL_SOCKET_IFNAME，并查看"
        "最先失败的 rank。",
    ),
    "cause_shm": (
        "Line {line}: shared memory is too small ({said}); start with a larger --shm-size or --ipc=host.",
        "第 {line} 行：共享内存太小（{said}）；请加大 --shm-size，或使用 --ipc=host。",
    ),
    "cause_missing_library": (
        "Line {line}: a library is missing ({said}); libcuda and libnvidia come from the host through the "
        "NVIDIA runtime, everything else belongs into the image.",
        "第 {line} 行：缺少库文件（{said}）；libcuda 和 libnvidia 由 NVIDIA 运行时从主机挂入，其余的应装进"
        "镜像。",
    ),
    "cause_exec_format": (
        "Line {line}: the image was built for another processor architecture ({said}); pull the one for "
        "this machine.",
        "第 {line} 行：镜像属于另一种处理器架构（{said}）；请拉取与本机相符的镜像。",
    ),
    "cause_no_program": (
        "Line {line}: the program to start is not in the image ({said}); correct the command or the "
        "entrypoint.",
        "第 {line} 行：镜像中没有要启动的程序（{said}）；请更正 command 或 entrypoint。",
    ),
    "cause_port_in_use": (
        "Line {line}: the port is taken ({said}); find its holder with ss -ltnp, or choose another port.",
        "第 {line} 行：端口已被占用（{said}）；请用 ss -ltnp 查找占用者，或换一个端口。",
    ),
    "cause_image_pull": (
        "Line {line}: the image could not be pulled ({said}); log in to the registry, or pin a digest that "
        "exists.",
        "第 {line} 行：镜像拉取失败（{said}）；请登录镜像仓库，或固定一个存在的 digest。",
    ),
    "cause_disk_full": (
        "Line {line}: the disk is full ({said}); see docker system df and df -h, and move caches to a data "
        "volume.",
        "第 {line} 行：磁盘已满（{said}）；请查看 docker system df 和 df -h，并把缓存移到数据卷。",
    ),
    "cause_host_oom": (
        "Line {line}: host memory ran out ({said}); raise the container's memory limit to its peak while "
        "loading.",
        "第 {line} 行：主机内存不足（{said}）；请把容器内存上限提高到加载时的峰值。",
    ),
    "cause_model_missing": (
        "Line {line}: the model could not be read ({said}); check its path, the mount, and the token for "
        "gated models.",
        "第 {line} 行：无法读取模型（{said}）；请检查路径、挂载，以及受限模型所需的令牌。",
    ),
    "cause_permission": (
        "Line {line}: rights are missing ({said}); check the owner of the mounted folders and the "
        "container's user.",
        "第 {line} 行：权限不足（{said}）；请检查挂载目录的属主和容器内的用户。",
    ),
    "cause_other": (
        "Line {line} is the first error, of no known kind: {said}; read the lines around it.",
        "第 {line} 行是第一个错误，不属于已知类型：{said}；请查看它前后的日志。",
    ),
    "registry_plain": (
        "{url} is plain http, so images and passwords travel unprotected: serve the registry over https.",
        "{url} 为明文 http，镜像和密码均无保护：请以 https 提供镜像仓库。",
    ),
    "registry_untrusted": (
        "The registry's certificate is not trusted ({why}): put its authority into {path}, or renew the "
        "certificate; whether it answers was asked without verification.",
        "镜像仓库的证书不受信任（{why}）：请把其 CA 放到 {path}，或更新证书；是否应答是在不校验证书的情况下"
        "查询的。",
    ),
    "registry_down": (
        "{url} answered with status {status}, so something stands there but the registry behind it does not "
        "serve: see its containers and the free space of its storage.",
        "{url} 返回状态 {status}，前端可达但后面的镜像仓库不提供服务：请检查其容器和存储剩余空间。",
    ),
    "registry_odd": (
        "{url} asks for a login without saying how, as no registry does: check that the address is the "
        "registry's and not a portal's.",
        "{url} 要求登录却未说明方式，镜像仓库不会这样：请确认地址是镜像仓库而非门户。",
    ),
    "registry_none": (
        "{url} answered with status {status}, which is not a registry's answer: correct the target's "
        "address (HOST[:PORT], without a path).",
        "{url} 返回状态 {status}，不是镜像仓库的应答：请更正目标地址（主机[:端口]，不带路径）。",
    ),
    "harbor_ill": (
        "Harbor reports unhealthy components ({names}): see docker compose ps in its folder and the free "
        "space of its data volume.",
        "Harbor 报告组件异常（{names}）：请在其安装目录执行 docker compose ps，并检查数据卷剩余空间。",
    ),
}
