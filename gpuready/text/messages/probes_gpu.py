"""What the probes of GPUs say."""

MESSAGES = {
    # NVML does not start (GpuSample.trouble), does not answer, or speaks nonsense
    "no_library": (
        "No NVIDIA driver library (libnvidia-ml.so.1) here: install the driver, or in a container start it "
        "with --gpus all.",
        "本机没有 NVIDIA 驱动库（libnvidia-ml.so.1）：请安装驱动；容器须以 --gpus all 启动。",
    ),
    "no_driver": (
        "The NVIDIA kernel driver is not loaded: run `sudo modprobe nvidia`, and if that fails look in "
        "`sudo dmesg | grep NVRM`.",
        "NVIDIA 内核驱动未加载：请运行 `sudo modprobe nvidia`；若失败，请查看 `sudo dmesg | grep NVRM`。",
    ),
    "version_mismatch": (
        "The NVIDIA library and the loaded kernel driver have different versions (the driver was updated "
        "under a running system): reboot, or unload and load the nvidia modules.",
        "NVIDIA 库与已加载的内核驱动版本不一致（系统运行期间更新过驱动）：请重启，或卸载后重新加载 nvidia "
        "模块。",
    ),
    "no_permission": (
        "This user may not talk to the NVIDIA driver: check the rights of /dev/nvidia* (groups video and "
        "render), or run as root.",
        "当前用户无权访问 NVIDIA 驱动：请检查 /dev/nvidia* 的权限（video、render 组），或以 root 运行。",
    ),
    "no_gpu": (
        "The NVIDIA driver runs but sees no GPU: check `lspci -d 10de:`, `sudo dmesg | grep NVRM` and the "
        "power cables, and in a container its --gpus option.",
        "NVIDIA 驱动在运行，但看不到 GPU：请检查 `lspci -d 10de:`、`sudo dmesg | grep NVRM` 与供电线，容器"
        "内还须检查 --gpus 选项。",
    ),
    "nvml": (
        'NVML does not start and says "{detail}": see `nvidia-smi` and `sudo dmesg | grep NVRM`; in a '
        "container, restart it.",
        "NVML 无法启动，报告“{detail}”：请查看 `nvidia-smi` 和 `sudo dmesg | grep NVRM`；容器内请重启容器。",
    ),
    "hung": (
        "NVML does not answer within {seconds} s: the driver hangs, so look for Xid lines in `sudo dmesg`, "
        "then drain the node and restart it.",
        "NVML 在 {seconds} 秒内没有应答：驱动已挂起，请在 `sudo dmesg` 中查找 Xid，然后排空并重启该节点。",
    ),
    "died": (
        "The process that asks NVML ended with {code} ({words}): run the command of the evidence to see "
        "why, and check the driver with `nvidia-smi`.",
        "读取 NVML 的子进程以 {code} 退出（{words}）：请运行证据中的命令查看原因，并用 `nvidia-smi` 检查驱"
        "动。",
    ),
    "nonsense": (
        "The process that asks NVML gave no readable answer ({error}): see the evidence, and report it as "
        "an error of gpuready.",
        "读取 NVML 的子进程给出的结果无法解析（{error}）：请查看证据，并作为 gpuready 的缺陷上报。",
    ),
    "some_lost": (
        "GPUs that do not answer: {count}; look for Xid 79 in `sudo dmesg`, then drain the node and restart "
        "it (these figures are of the others).",
        "有 {count} 块 GPU 不响应：请在 `sudo dmesg` 中查找 Xid 79，然后排空并重启该节点（此处数据仅来自其"
        "余 GPU）。",
    ),
    "silent": (
        "GPU {index} ({bus}) does not answer ({why}): look for Xid 79 in `sudo dmesg`, then drain the node "
        "and restart it.",
        "GPU {index}（{bus}）不响应（{why}）：请在 `sudo dmesg` 中查找 Xid 79，然后排空并重启该节点。",
    ),
    # gpu.inventory and gpu.driver
    "bad_cuda": (
        "{given} is no CUDA version: set the parameter cuda to one such as 12.4, or leave it empty.",
        "{given} 不是 CUDA 版本：请将参数 cuda 设为如 12.4 的形式，或留空。",
    ),
    "mixed": (
        "Different models in one node ({models}): tensor parallelism goes at the pace and with the memory "
        "of the smallest, so keep each engine to GPUs of one model.",
        "同一节点内 GPU 型号不一（{models}）：张量并行受最慢、显存最小者限制，请让每个推理引擎只用同一型号"
        "的 GPU。",
    ),
    "no_cuda": (
        "The driver does not say which CUDA it supports: see the head of `nvidia-smi`.",
        "驱动未报告其支持的 CUDA 版本：请查看 `nvidia-smi` 的表头。",
    ),
    "cuda_unasked": (
        "The driver supports CUDA up to {cuda}, but no engine with a CUDA runtime is to be seen to compare "
        "with: set the parameter cuda to the engine's version, or measure while it runs.",
        "驱动最高支持 CUDA {cuda}，但没有看到加载了 CUDA 运行库的推理引擎可供比较：请将参数 cuda 设为引擎的"
        "版本，或在引擎运行时测量。",
    ),
    "cuda_of_process": (
        "Compared with CUDA {cuda}, which {where} has loaded: set the parameter cuda to compare with "
        "another.",
        "比较对象为 {where} 所加载的 CUDA {cuda}：如需与其他版本比较，请设参数 cuda。",
    ),
    "cuda_major_only": (
        "{where} tells only CUDA's major version {cuda}, which the driver has too, so that support is not "
        "proved: set the parameter cuda to the exact version.",
        "{where} 只能看出 CUDA 主版本 {cuda}，与驱动的主版本相同，无法断定是否支持：请将参数 cuda 设为确切"
        "版本。",
    ),
    "cuda_minor": (
        "The driver supports CUDA {driver} and the engine brings {needs} of the same major version: most of "
        "it runs by minor-version compatibility, but kernels compiled from PTX do not, so update the "
        "driver.",
        "驱动支持 CUDA {driver}，引擎使用同一主版本的 {needs}：次版本兼容下多数功能可用，但由 PTX 即时编译"
        "的内核会失败，请升级驱动。",
    ),
    "branch_unlisted": (
        "Driver branch R{branch} is none that NVIDIA still maintains: change to a production or long-term "
        "branch.",
        "驱动分支 R{branch} 已不在 NVIDIA 维护之列：请改用生产分支或长期支持分支。",
    ),
    "branch_over": (
        "NVIDIA has mended driver branch R{branch} only until {until}: plan the change to a newer long-term "
        "branch.",
        "驱动分支 R{branch} 的维护已于 {until} 结束：请计划升级到更新的长期支持分支。",
    ),
    "b200": (
        "Driver {driver} is older than 570.133.20, the first one for B200: update it.",
        "驱动 {driver} 低于 B200 所需的 570.133.20：请升级。",
    ),
    # gpu.devices
    "no_gpu_here": (
        "Nothing shows that this node has an NVIDIA GPU: run this on the GPU node, or check "
        "`lspci -d 10de:`. {why}",
        "没有迹象表明本节点装有 NVIDIA GPU：请在 GPU 节点上运行，或检查 `lspci -d 10de:`。{why}",
    ),
    "no_bus": (
        "The PCI bus is not to be seen here (/sys/bus/pci/devices), so GPUs that NVML does not know cannot "
        "be missed: run this on the host.",
        "此处看不到 PCI 总线（/sys/bus/pci/devices），NVML 未识别的 GPU 无从发现：请在宿主机上运行。",
    ),
    "in_container": (
        "GPUs on the bus that this container was not given: {count}; run this on the host to know whether "
        "they are sound.",
        "总线上有 {count} 块 GPU 未分配给本容器：请在宿主机上运行以确认其是否正常。",
    ),
    "missing": (
        "On the PCI bus but silent in NVML: {ids}; look for Xid 79 and NVRM in `sudo dmesg`, then drain the "
        "node, switch its power off and on, and have the card looked at if it stays away.",
        "PCI 总线上可见但 NVML 无应答：{ids}；请在 `sudo dmesg` 中查找 Xid 79 与 NVRM，然后排空节点并断电重"
        "启，仍不恢复则检修该卡。",
    ),
    "passed_through": (
        "GPUs given to virtual machines (vfio-pci) and left out here: {count}; measure them in their "
        "virtual machines.",
        "有 {count} 块 GPU 已直通给虚拟机（vfio-pci），此处不计：请在虚拟机内测量。",
    ),
    # gpu.modes
    "persistence_off": (
        "Persistence mode is off on GPU {gpus}, so the first request after a pause waits for the driver: "
        "enable nvidia-persistenced, or `sudo nvidia-smi -pm 1`.",
        "GPU {gpus} 未开启持久模式，空闲后的首个请求须等待驱动初始化：请启用 nvidia-persistenced，或运行 "
        "`sudo nvidia-smi -pm 1`。",
    ),
    "mig_pending": (
        "The MIG mode of GPU {gpus} changes only at its next reset: stop what runs there, then `sudo "
        "nvidia-smi --gpu-reset -i ID` or reboot.",
        "GPU {gpus} 的 MIG 模式须复位后才会生效：请停止其上的程序，再运行 `sudo nvidia-smi --gpu-reset -i "
        "ID` 或重启。",
    ),
    "no_mig": (
        "These GPUs have no MIG: they can be used only as a whole.",
        "这些 GPU 不支持 MIG：只能整卡使用。",
    ),
    "mig_empty": (
        "GPU {gpus} is in MIG mode without an instance, so nothing can run there: create one with `sudo "
        "nvidia-smi mig -cgi PROFILE -C`, or switch MIG off.",
        "GPU {gpus} 处于 MIG 模式但没有实例，无法运行任何程序：请用 `sudo nvidia-smi mig -cgi 规格 -C` 创建"
        "，或关闭 MIG。",
    ),
    "compute_modes": (
        "Compute modes that differ, or forbid computing ({modes}): set them with `sudo nvidia-smi -c "
        "DEFAULT`, unless they are meant so.",
        "计算模式不一致或禁止计算（{modes}）：若非有意，请用 `sudo nvidia-smi -c DEFAULT` 统一。",
    ),
    # gpu.memory and gpu.weights
    "memory_unknown": (
        "Not every GPU tells how full its memory is (one in MIG mode does so only as root, a GB10 shares "
        "the host's): run as root, or look at node.memory.",
        "并非每块 GPU 都报告显存用量（MIG 模式下需 root，GB10 与主机共用内存）：请以 root 运行，或查看 "
        "node.memory。",
    ),
    "no_trend": (
        "{seconds} s are too short to tell a leak from load: set the parameter window to {least} s or more.",
        "{seconds} 秒过短，无法区分泄漏与负载变化：请将参数 window 设为 {least} 秒以上。",
    ),
    "processes_hidden": (
        "Who holds the memory of GPU {gpus} is not told: run as root (in MIG mode and in virtual machines "
        "the driver may keep it back).",
        "无法得知 GPU {gpus} 的显存由谁占用：请以 root 运行（MIG 模式与虚拟机中驱动可能不予报告）。",
    ),
    "holders_in_container": (
        "A container does not see the host's processes, so who holds GPU memory is not judged: run this on "
        "the host, or start the container with --pid=host.",
        "容器内看不到宿主机进程，因此不判断显存由谁占用：请在宿主机上运行，或以 --pid=host 启动容器。",
    ),
    "unheld": (
        "GPU {index}: {size} of memory in use that no process holds; look for the remains of a crashed "
        "process (`sudo fuser -v /dev/nvidia*`), and reset the GPU if nobody is there.",
        "GPU {index}：有 {size} 显存在用但不属于任何进程；请查找崩溃进程的残留（`sudo fuser -v "
        "/dev/nvidia*`），若无进程则复位该 GPU。",
    ),
    "nameless": (
        "Processes without a name on the GPUs (PID {pids}): find out whose they are, with `ps -p PID`, in "
        "the containers and on the host.",
        "GPU 上有无法辨认的进程（PID {pids}）：请在容器内与宿主机上用 `ps -p PID` 查明归属。",
    ),
    "growing": (
        "GPU {index}: memory grew by {size} and did so in every part of the window; watch it longer under "
        "the same load, and look for a leak (cache without a bound, graphs, fragmentation).",
        "GPU {index}：显存增长 {size}，且窗口各段持续上升；请在相同负载下延长观察，并排查泄漏（无上限的缓存"
        "、CUDA 图、碎片）。",
    ),
    "weights_dropped": (
        "PID {pids} let GPU memory go or ended within the window: look in the engine's log for a restart, a "
        "sleep mode or an unloaded model.",
        "PID {pids} 在窗口内释放了显存或已退出：请在引擎日志中查找重启、休眠模式或模型卸载。",
    ),
    "no_weights": (
        "No process held {least} MiB of GPU memory or more: start the engine and load the model, or set the "
        "parameter least_mib for a small model.",
        "没有进程占用 {least} MiB 以上显存：请启动引擎并加载模型；小模型请设参数 least_mib。",
    ),
    # gpu.oom
    "oom_unread": (
        "Neither the kernel's log nor an engine's log could be read: run as root, or name them by the "
        "parameters kernel_log and log.",
        "内核日志与引擎日志均无法读取：请以 root 运行，或用参数 kernel_log 与 log 指定。",
    ),
    "oom_kills": (
        "The kernel killed {count} processes for want of host memory ({victims}): lower what they take, or "
        "raise the memory or the cgroup's limit.",
        "因主机内存不足，内核杀死了 {count} 个进程（{victims}）：请降低其内存占用，或增加内存、放宽 cgroup "
        "限制。",
    ),
    "xid31": (
        "Xid 31 (GPU memory page fault) {count} times: a program reached for GPU memory that is not its "
        "own, so look in the engine's log and run it with compute-sanitizer.",
        "出现 {count} 次 Xid 31（GPU 内存页错误）：程序访问了不属于它的显存，请查看引擎日志并用 "
        "compute-sanitizer 排查。",
    ),
    "cuda_oom": (
        "CUDA ran out of memory {count} times in the engines' logs: lower gpu-memory-utilization, batch "
        "size or context length, or spread the model over more GPUs.",
        "引擎日志中有 {count} 次 CUDA 显存不足：请降低 gpu-memory-utilization、批大小或上下文长度，或将模型"
        "分布到更多 GPU。",
    ),
    "no_engine_log": (
        "No engine's log was found, and CUDA's out-of-memory stands nowhere else: name it by the parameter "
        "log.",
        "未找到引擎日志，而 CUDA 显存不足只会记录在那里：请用参数 log 指定。",
    ),
    "log_not_found": (
        "Where PID {pids} writes its log is not to be seen: run as root, or name the log by the parameter "
        "log.",
        "看不到 PID {pids} 的日志写往何处：请以 root 运行，或用参数 log 指定日志。",
    ),
    # gpu.topology
    "one_gpu": (
        "This node has one GPU, so there are no ways between GPUs.",
        "本节点只有一块 GPU，不存在 GPU 间互联。",
    ),
    "no_pairs": (
        "NVML names no two GPUs that answer, so that nothing is known of the ways between them: bring the "
        "lost ones back first.",
        "NVML 中没有两块可应答的 GPU，无法得知其互联：请先恢复失联的 GPU。",
    ),
    "slow_pairs": (
        "{count} of {pairs} pairs of GPUs meet only across the processors' link (SYS), without NVLink: keep "
        "tensor parallelism within one socket.",
        "{pairs} 对 GPU 中有 {count} 对只能跨 CPU 互联（SYS）且无 NVLink：请将张量并行限制在同一 CPU 插槽内"
        "。",
    ),
    "some_linked": (
        "{count} of {pairs} pairs of GPUs are joined by NVLink: give an engine only GPUs that are "
        "(`nvidia-smi topo -m`), and check bridges and links.",
        "{pairs} 对 GPU 中有 {count} 对由 NVLink 相连：请只把相连的 GPU 分给同一引擎（`nvidia-smi topo -m`"
        "），并检查桥接器与链路。",
    ),
    # gpu.activity
    "no_busy": (
        "No GPU tells how busy it is (in MIG mode none does): read DCGM's profiling metrics instead "
        "(DCGM_FI_PROF_GR_ENGINE_ACTIVE).",
        "没有 GPU 报告利用率（MIG 模式下均不报告）：请改看 DCGM 的剖析指标（DCGM_FI_PROF_GR_ENGINE_ACTIVE）"
        "。",
    ),
    "idle": (
        "The GPUs had no work, so nothing is said of whether they wait for data: measure under load.",
        "GPU 没有负载，无法判断是否在等数据：请在有负载时测量。",
    ),
    "no_host": (
        "The GPUs are not busy, but /proc/stat could not be read to say whether the host holds them up: run "
        "this on the host.",
        "GPU 未满载，但无法读取 /proc/stat 判断是否受主机拖累：请在宿主机上运行。",
    ),
    "data_bound": (
        "The GPUs are {busy} % busy while the host is the narrow place ({narrow}): give preprocessing more "
        "cores, faster storage or larger batches.",
        "GPU 利用率仅 {busy} %，瓶颈在主机（{narrow}）：请为预处理增加 CPU 核、使用更快的存储或加大批次。",
    ),
    "not_fed": (
        "The GPUs are {busy} % busy and the host is not the narrow place: there may simply be few requests, "
        "so look at the queue of the engine and at batch sizes.",
        "GPU 利用率为 {busy} %，且瓶颈不在主机：可能只是请求少，请查看引擎队列与批大小。",
    ),
    # gpu.health: memory
    "unanswered": (
        "NVML did not answer all questions ({what}): run as root for what lacks permission, and see `sudo "
        "dmesg | grep NVRM` for the rest.",
        "NVML 有未答的问题（{what}）：权限不足者请以 root 运行，其余请查看 `sudo dmesg | grep NVRM`。",
    ),
    "ecc": (
        "Uncorrected ECC errors on GPU {gpus} ({count} since the driver was loaded): drain it and reset it, "
        "and have it replaced if they come again.",
        "GPU {gpus} 出现不可纠正的 ECC 错误（自驱动加载以来 {count} 次）：请排空并复位，再次出现则更换。",
    ),
    "ecc_corrected": (
        "More than {limit} corrected ECC errors on GPU {gpus} since the driver was loaded: run `dcgmi diag "
        "-r 3` there and plan its replacement.",
        "GPU {gpus} 自驱动加载以来可纠正 ECC 错误超过 {limit} 次：请运行 `dcgmi diag -r 3` 并计划更换。",
    ),
    "ecc_off": (
        "ECC is off on GPU {gpus}, so its memory errors go unseen: switch it on with `sudo nvidia-smi -e 1` "
        "and reset the GPU.",
        "GPU {gpus} 未开启 ECC，显存错误无从发现：请运行 `sudo nvidia-smi -e 1` 并复位 GPU。",
    ),
    "sram_threshold": (
        "GPU {gpus} has passed its limit of SRAM errors: have it replaced (RMA).",
        "GPU {gpus} 的 SRAM 错误已超过阈值：请更换（RMA）。",
    ),
    "remap_pending": (
        "Rows of the memory of GPU {gpus} wait to be remapped: drain it and reset it.",
        "GPU {gpus} 有显存行等待重映射：请排空并复位。",
    ),
    "remap_failed": (
        "Remapping a memory row failed on GPU {gpus}: have it replaced (RMA).",
        "GPU {gpus} 显存行重映射失败：请更换（RMA）。",
    ),
    "remap_many": (
        "More than {limit} memory rows of GPU {gpus} were remapped for uncorrectable errors: have it "
        "replaced.",
        "GPU {gpus} 因不可纠正错误而重映射的显存行超过 {limit}：请更换。",
    ),
    "retired": (
        "More than {limit} memory pages of GPU {gpus} were retired: plan its replacement.",
        "GPU {gpus} 停用的显存页超过 {limit}：请计划更换。",
    ),
    "retired_pending": (
        "Memory pages of GPU {gpus} wait to be retired: drain it, then unload and load the driver or reboot.",
        "GPU {gpus} 有显存页等待停用：请排空，然后重新加载驱动或重启。",
    ),
    "recovery_reset": (
        "The driver asks to reset GPU {gpus}: drain it, then `sudo nvidia-smi --gpu-reset -i ID`.",
        "驱动要求复位 GPU {gpus}：请排空后运行 `sudo nvidia-smi --gpu-reset -i ID`。",
    ),
    "recovery_reboot": (
        "The driver asks to reboot the node for GPU {gpus}: drain the node and reboot it.",
        "驱动要求为 GPU {gpus} 重启节点：请排空后重启。",
    ),
    "recovery_drain_p2p": (
        "The driver asks to drain GPU {gpus} of work that uses peers (NVLink): stop multi-GPU engines "
        "there, then reset it.",
        "驱动要求 GPU {gpus} 停止使用对等互联（NVLink）：请停止其上的多卡引擎，再复位。",
    ),
    "recovery_drain_reset": (
        "The driver asks to take new work off GPU {gpus} and to reset it then: drain it, then `sudo "
        "nvidia-smi --gpu-reset -i ID`.",
        "驱动要求 GPU {gpus} 不再接新任务并随后复位：请排空后运行 `sudo nvidia-smi --gpu-reset -i ID`。",
    ),
    "recovery_other": (
        "The driver asks for a recovery of GPU {gpus} that this program does not know: see `nvidia-smi -q` "
        "(GPU Recovery Action).",
        "驱动要求对 GPU {gpus} 执行本程序不识别的恢复动作：请查看 `nvidia-smi -q`（GPU Recovery Action）。",
    ),
    # gpu.health: clocks and heat
    "slowed": (
        "GPU {gpus} is slowed by its hardware most of the time ({why}): check cooling, air flow, power "
        "cables and power supplies.",
        "GPU {gpus} 大部分时间被硬件降频（{why}）：请检查散热、风道、供电线与电源。",
    ),
    "sw_thermal": (
        "The driver holds GPU {gpus} back most of the time because it is warm: check cooling and the "
        "temperature of the air that comes in.",
        "GPU {gpus} 大部分时间因温度偏高被驱动降频：请检查散热与进风温度。",
    ),
    "too_hot": (
        "GPU {gpus} has reached the temperature at which it slows itself down: check fans, air flow and "
        "heat sink.",
        "GPU {gpus} 已达到自身的降频温度：请检查风扇、风道与散热器。",
    ),
    # gpu.health: links
    "pcie_degraded": (
        "GPU {gpus} works over PCIe gen {gen} x{width} where gen {gen_max} x{width_max} is possible: reseat "
        "the card, check riser and BIOS, and look for AER errors in `sudo dmesg`.",
        "GPU {gpus} 的 PCIe 为 gen {gen} x{width}，本可达 gen {gen_max} x{width_max}：请重新插卡，检查转接"
        "板与 BIOS，并在 `sudo dmesg` 中查找 AER 错误。",
    ),
    "pcie_idle": (
        "The PCIe link of GPU {gpus} was not judged, as a GPU at rest lowers it: measure under load.",
        "未判断 GPU {gpus} 的 PCIe 链路，因为空闲时链路会降速：请在有负载时测量。",
    ),
    "no_bridge": (
        "No NVLink is active on the whole node, as on cards without a bridge: fit bridges if the GPUs are "
        "meant to be joined, and on machines with NVSwitch check nvidia-fabricmanager.",
        "整个节点没有活动的 NVLink，与未装桥接器的情形相同：若应互联请安装桥接器；带 NVSwitch 的机器请检查 "
        "nvidia-fabricmanager。",
    ),
    "nvlink_inactive": (
        "NVLinks that are there and not active: {count} (GPU {gpus}); look for Xid 74 in `sudo dmesg`, then "
        "drain and reset the GPU.",
        "有 {count} 条 NVLink 未激活（GPU {gpus}）：请在 `sudo dmesg` 中查找 Xid 74，然后排空并复位 GPU。",
    ),
    "nvlink_unrecovered": (
        "An NVLink of GPU {gpus} did not recover from an error: drain it, reset it, and have it looked at "
        "if that repeats.",
        "GPU {gpus} 有 NVLink 出错后未能恢复：请排空并复位，反复出现则检修。",
    ),
    "nvlink_errors": (
        "NVLink errors that were recovered: {count} since the driver was loaded (GPU {gpus}); watch whether "
        "they grow, and if so reseat or replace.",
        "自驱动加载以来有 {count} 次已恢复的 NVLink 错误（GPU {gpus}）：请观察是否增长，若增长则重新插接或"
        "更换。",
    ),
    "fabric_apart": (
        "GPU {gpus} is not joined to the NVSwitch fabric, so CUDA does not start there: check `systemctl "
        "status nvidia-fabricmanager` and that its version is the driver's.",
        "GPU {gpus} 未加入 NVSwitch 互联，CUDA 无法在其上启动：请检查 `systemctl status "
        "nvidia-fabricmanager`，其版本须与驱动一致。",
    ),
    "fabric_unhealthy": (
        "The NVSwitch fabric of GPU {gpus} is degraded: see `nvidia-smi -q` (Fabric) and the log of "
        "nvidia-fabricmanager.",
        "GPU {gpus} 所在的 NVSwitch 互联已降级：请查看 `nvidia-smi -q`（Fabric）与 nvidia-fabricmanager 的"
        "日志。",
    ),
    # gpu.health: firmware
    "vbios_differs": (
        "GPUs of one model with different VBIOS ({versions}): bring them to one version.",
        "同型号 GPU 的 VBIOS 版本不一（{versions}）：请统一版本。",
    ),
    "inforom_differs": (
        "GPUs of one model with different InfoROM ({versions}): bring them to one version at the next "
        "maintenance.",
        "同型号 GPU 的 InfoROM 版本不一（{versions}）：请在下次维护时统一。",
    ),
    "inforom_corrupt": (
        "The InfoROM of GPU {gpus} is corrupt: have it replaced (RMA), as its counts of errors are not to "
        "be trusted.",
        "GPU {gpus} 的 InfoROM 已损坏：其错误计数不可信，请更换（RMA）。",
    ),
    # Xid
    "xid_reset": (
        "Xid {code} ({name}) {count} times on {where}: drain the GPU, then `sudo nvidia-smi --gpu-reset -i "
        "ID`.",
        "{where} 出现 {count} 次 Xid {code}（{name}）：请排空后运行 `sudo nvidia-smi --gpu-reset -i ID`。",
    ),
    "xid_restart": (
        "Xid {code} ({name}) {count} times on {where}: drain the node and restart it, and have the card "
        "looked at if that repeats.",
        "{where} 出现 {count} 次 Xid {code}（{name}）：请排空并重启节点，反复出现则检修该卡。",
    ),
    "xid_mechanicals": (
        "Xid {code} ({name}) {count} times on {where}: switch the node off and check power cables and the "
        "seat of the card.",
        "{where} 出现 {count} 次 Xid {code}（{name}）：请关机检查供电线与插卡。",
    ),
    "xid_ecc": (
        "Xid {code} ({name}) {count} times on {where}: drain the GPU and reset it, and have it replaced if "
        "rows cannot be remapped or it comes again.",
        "{where} 出现 {count} 次 Xid {code}（{name}）：请排空并复位；若无法重映射或再次出现则更换。",
    ),
    "xid_nvlink": (
        "Xid {code} ({name}) {count} times on {where}: drain and reset the GPUs that share this link, and "
        "check bridge, cables and nvidia-fabricmanager if it comes again.",
        "{where} 出现 {count} 次 Xid {code}（{name}）：请排空并复位该链路两端的 GPU；再次出现则检查桥接器、"
        "线缆与 nvidia-fabricmanager。",
    ),
    "xid_contact_support": (
        "Xid {code} ({name}) {count} times on {where}: drain the node, save `sudo nvidia-bug-report.sh` and "
        "ask NVIDIA's or the vendor's support.",
        "{where} 出现 {count} 次 Xid {code}（{name}）：请排空节点，保存 `sudo nvidia-bug-report.sh` 的输出"
        "并联系 NVIDIA 或厂商支持。",
    ),
    "sxid": (
        "A fatal error of an NVSwitch, SXid {code}, {count} times on {where}: drain the node, restart it, "
        "and look in the log of nvidia-fabricmanager.",
        "{where} 出现 {count} 次 NVSwitch 致命错误 SXid {code}：请排空并重启节点，并查看 "
        "nvidia-fabricmanager 的日志。",
    ),
    "xid_disputed": (
        "Xid {code} ({name}) {count} times: NVIDIA's catalogue says to reset the GPU, its device plugin "
        "takes it for the application's fault; reset the GPU if restarting the engine does not help.",
        "出现 {count} 次 Xid {code}（{name}）：NVIDIA 目录要求复位 GPU，其设备插件则视为应用错误；若重启引"
        "擎无效，请复位 GPU。",
    ),
    "xid_repeated": (
        "Xid {code} ({name}) {count} times: the GPU is not to blame, so look in the engine's log for what "
        "the program does.",
        "出现 {count} 次 Xid {code}（{name}）：并非 GPU 故障，请查看引擎日志排查程序。",
    ),
    "xid_154": (
        "Xid 154 says that the driver wants a recovery of a GPU: see GPU Recovery Action in `nvidia-smi -q`.",
        "Xid 154 表示驱动要求恢复某块 GPU：请查看 `nvidia-smi -q` 中的 GPU Recovery Action。",
    ),
    "no_nvrm": (
        "Nothing shows that an NVIDIA driver has written into {log}, so that no Xid there proves nothing: "
        "look at the log of the GPU node itself.",
        "没有迹象表明 NVIDIA 驱动曾写入 {log}，其中没有 Xid 不能说明问题：请查看 GPU 节点自身的日志。",
    ),
}
