"""What the probes of the node say."""

MESSAGES = {
    "bad_number": (
        "{name} is {given}: set it to a number from {least} to {most}.",
        "{name} 为 {given}：请设为 {least} 至 {most} 之间的数值。",
    ),
    "bad_window": (
        'The window is {given}: set it to a length of time from {least} s to 6 h, such as 30, "30s" or '
        '"15m".',
        "窗口为 {given}：请设为 {least} 秒至 6 小时之间的时长，例如 30、“30s”或“15m”。",
    ),
    "no_stat": (
        "{path} cannot be read or does not move: run this on the host, or correct the parameter root.",
        "{path} 无法读取或没有变化：请在宿主机上运行，或更正参数 root。",
    ),
    # node.sysctl and node.limits
    "bad_key": (
        '"{name}" is no key of sysctl: set the parameter key to one such as vm.swappiness.',
        "“{name}”不是 sysctl 键：请将参数 key 设为如 vm.swappiness 的形式。",
    ),
    "no_key": (
        "This kernel has no readable {name} ({path}): check the key with `sysctl -a`, or load the module "
        "that brings it.",
        "内核中没有可读的 {name}（{path}）：请用 `sysctl -a` 核对，或加载提供它的模块。",
    ),
    "swappiness_0": (
        "vm.swappiness is 0, so the kernel swaps only when it is nearly out of memory and kills earlier: 1 "
        "is the safer value.",
        "vm.swappiness 为 0，内核只在内存将尽时才换出，更容易触发 OOM：设为 1 更稳妥。",
    ),
    "no_swap": (
        "No swap is in use, so swappiness has no effect at present: set it all the same for when swap is "
        "switched on.",
        "当前未启用交换区，swappiness 暂不起作用：仍请设好，以备启用交换区。",
    ),
    "bad_pid": (
        "{pid} is no PID: set the parameter pid to a number, or leave it 0 for gpuready itself.",
        "{pid} 不是 PID：请将参数 pid 设为数字，或留 0 表示 gpuready 自身。",
    ),
    "no_limits": (
        "{path} cannot be read: check that the process runs, and run as root for another user's.",
        "{path} 无法读取：请确认该进程在运行；其他用户的进程须以 root 读取。",
    ),
    "odd_limits": (
        "{path} holds none of the limits of Linux: correct the parameter root.",
        "{path} 中没有 Linux 的资源限制：请更正参数 root。",
    ),
    "own_limits": (
        "These are the limits of gpuready itself: set the parameter pid to the engine's PID, as services "
        "and containers have their own.",
        "这是 gpuready 自身的限制：服务与容器各有其限制，请将参数 pid 设为引擎的 PID。",
    ),
    "unlimited": (
        "Without a limit (shown as 9223372036854775807): {names}; nothing to do unless you want one.",
        "无限制（显示为 9223372036854775807）：{names}；如不需限制则无须处理。",
    ),
    # node.cpu and node.memory
    "one_core": (
        "One core is {core} % busy while the mean is {mean} %: one thread holds the rest up, so look at "
        "`top -H` and raise the number of workers.",
        "单核占用 {core} %，而平均仅 {mean} %：瓶颈在单个线程，请查看 `top -H` 并增加工作进程。",
    ),
    "steal": (
        "The hypervisor takes {steal} % of the processors' time: ask for dedicated cores.",
        "虚拟化层占去 {steal} % 的 CPU 时间：请申请独占核。",
    ),
    "cpu_quota": (
        "This process may use only {cores} cores (cgroup), while the figures are of the whole machine: "
        "judge the load of the container by its own.",
        "本进程限用 {cores} 核（cgroup），而数据为整机：容器负载请以其自身配额判断。",
    ),
    "memory_limit": (
        "This process may use only {limit} (cgroup), while the figures are of the whole machine: run this "
        "on the host, or look at the container's own.",
        "本进程限用 {limit}（cgroup），而数据为整机：请在宿主机上运行，或查看容器自身用量。",
    ),
    # node.timesync
    "no_adjtimex": (
        "The kernel does not tell the state of its clock ({error}): allow adjtimex in the container's "
        "seccomp profile, or run this on the host.",
        "内核未给出时钟状态（{error}）：请在容器 seccomp 配置中允许 adjtimex，或在宿主机上运行。",
    ),
    "bad_chrony": (
        "{address} is no address of chronyd: set the parameter chrony to HOST[:PORT] or the path of its "
        "socket.",
        "{address} 不是 chronyd 地址：请将参数 chrony 设为 主机[:端口] 或其套接字路径。",
    ),
    "not_synchronised": (
        "Nobody keeps this clock (daemon: {daemon}): install and start chrony, and check that it reaches "
        "its servers (`chronyc sources`).",
        "时钟未同步（守护进程：{daemon}）：请安装并启动 chrony，并确认其能连到时间服务器（`chronyc sources`"
        "）。",
    ),
    "own_clock": (
        "chronyd follows its own clock only (local stratum), so nothing is known of how far off it is: give "
        "it a server (`chronyc sources`).",
        "chronyd 仅以自身时钟为参考（local stratum），无法得知偏差：请为其配置上游服务器（`chronyc "
        "sources`）。",
    ),
    "no_offset": (
        "The clock is kept, but by how much it is off is not told: install chronyc (package chrony), or set "
        "the parameter chrony.",
        "时钟已同步，但偏差未知：请安装 chronyc（软件包 chrony），或设参数 chrony。",
    ),
    "no_chrony": (
        "chronyd did not answer chronyc ({words}): check `systemctl status chrony` and the parameter chrony.",
        "chronyd 未应答 chronyc（{words}）：请检查 `systemctl status chrony` 与参数 chrony。",
    ),
    # node.link and node.rdma
    "no_net": (
        "{path} cannot be read: run this on the host, or correct the parameter root.",
        "{path} 无法读取：请在宿主机上运行，或更正参数 root。",
    ),
    "no_such_nic": (
        "There is no such network interface: {names}; correct the parameter names (`ip link`).",
        "没有这样的网卡：{names}；请更正参数 names（`ip link`）。",
    ),
    "no_nic": (
        "{path} shows no interface with hardware behind it (a container shows only virtual ones): run this "
        "on the host, or name one by the parameter names.",
        "{path} 中没有物理网卡（容器内只有虚拟网卡）：请在宿主机上运行，或用参数 names 指定。",
    ),
    "unlike_speeds": (
        "The links differ in speed, and {name} is the slowest with {speed} Gbit/s: check cable, transceiver "
        "and the port of the switch.",
        "各链路速率不一，最慢的 {name} 为 {speed} Gbit/s：请检查线缆、光模块与交换机端口。",
    ),
    "no_speed": (
        "The speed of {names} is not told (virtual cards know none): measure on the host, or measure the "
        "bandwidth itself.",
        "{names} 未报告速率（虚拟网卡没有速率）：请在宿主机上测量，或直接测量带宽。",
    ),
    "half_duplex": (
        "{names} runs half duplex: set both ends to automatic negotiation.",
        "{names} 为半双工：请将两端设为自动协商。",
    ),
    "link_errors": (
        "Errors since the interface came up: {names} (in the window: {new}); if they grow, change cable or "
        "transceiver (`ethtool -S`).",
        "网卡启动以来的错误数：{names}（窗口内新增 {new}）；若仍在增长，请更换线缆或光模块（`ethtool -S`）。",
    ),
    "rdma_unseen": (
        "Neither {path} nor the PCI bus is to be seen, so nothing is known of RDMA: run this on the host.",
        "看不到 {path} 与 PCI 总线，无法得知 RDMA 状况：请在宿主机上运行。",
    ),
    "rdma_no_driver": (
        "RDMA adapters on the bus without a driver that shows their ports: {ids}; load mlx5_ib (`sudo "
        "modprobe mlx5_ib`) or install DOCA-OFED.",
        "总线上有 RDMA 网卡但驱动未提供端口：{ids}；请加载 mlx5_ib（`sudo modprobe mlx5_ib`）或安装 "
        "DOCA-OFED。",
    ),
    "no_rdma": (
        "The PCI bus shows no RDMA adapter on this node.",
        "PCI 总线上没有 RDMA 网卡。",
    ),
    "link_downed": (
        "RDMA links have gone down since their counters began: {ports}; if that grows, change cable or "
        "transceiver.",
        "计数以来 RDMA 链路曾中断：{ports}；若仍在增长，请更换线缆或光模块。",
    ),
    "rdma_inactive": (
        "RDMA ports that are not active: {ports}; check cable and switch, and for InfiniBand the subnet "
        "manager (`sminfo`).",
        "RDMA 端口未激活：{ports}；请检查线缆与交换机，InfiniBand 还须检查子网管理器（`sminfo`）。",
    ),
    # node.disks
    "read_only": (
        "Read-only against what /etc/fstab says: {places}; look for errors in `sudo dmesg`, save the data, "
        "then check the file system (fsck, xfs_repair).",
        "与 /etc/fstab 不符的只读挂载：{places}；请查看 `sudo dmesg` 中的错误，备份数据后检查文件系统（fsck"
        "、xfs_repair）。",
    ),
    "disk_full": (
        "{place} is {share} % full: delete old images, logs and models there, or make it larger.",
        "{place} 已用 {share} %：请清理旧镜像、日志与模型，或扩容。",
    ),
    # the kernel's log
    "no_kernel_log": (
        "The kernel's log cannot be read, so nothing is known of errors: run as root or join the group adm, "
        "or name a log by a parameter. {tried}",
        "无法读取内核日志，错误情况未知：请以 root 运行或加入 adm 组，或用参数指定日志。{tried}",
    ),
    "log_undated": (
        "The lines of {log} carry no time, so all of them count: write it with `dmesg -T` or `journalctl -k "
        "-o short-iso`.",
        "{log} 的各行没有时间，因此全部计入：请用 `dmesg -T` 或 `journalctl -k -o short-iso` 导出。",
    ),
    "log_short": (
        "{log} reaches back only {hours} h, less than was asked for, so that none found is not none: keep "
        "the journal on disk (Storage=persistent).",
        "{log} 只回溯 {hours} 小时，短于所问时段，未发现不等于没有：请让 journal 落盘（Storage=persistent）"
        "。",
    ),
    "log_empty": (
        "{log} is empty: check that the kernel's log is still written there.",
        "{log} 为空：请检查内核日志是否仍写往那里。",
    ),
    "journal_empty": (
        "The journal shows no line of the kernel to this user: run as root, or join the group "
        "systemd-journal.",
        "当前用户看不到 journal 中的内核日志：请以 root 运行，或加入 systemd-journal 组。",
    ),
    "log_no_file": (
        "{log} is no plain file: name a log file.",
        "{log} 不是普通文件：请指定日志文件。",
    ),
    "log_binary": (
        "{log} is no text: name a plain log, unpacked.",
        "{log} 不是文本：请指定未压缩的文本日志。",
    ),
    "log_unreadable": (
        "{log} cannot be read ({error}): check the path, and run as root or join the group adm.",
        "{log} 无法读取（{error}）：请检查路径，并以 root 运行或加入 adm 组。",
    ),
    # node.kernel_log
    "hung_tasks": (
        "Tasks that hung for minutes: {count} ({example}); look at storage and NFS first, then at the GPU "
        "driver.",
        "有 {count} 条任务挂起记录（{example}）：请先检查存储与 NFS，再检查 GPU 驱动。",
    ),
    "lockups": (
        "Processors that did not come back: {count} ({example}); update kernel and firmware, and check the "
        "host of a virtual machine for overload.",
        "有 {count} 条 CPU 锁死记录（{example}）：请更新内核与固件；虚拟机还须检查宿主机是否过载。",
    ),
    "oom_kills": (
        "Processes that the kernel killed for want of memory: {count} ({example}); lower what they take, or "
        "raise memory or the cgroup's limit.",
        "有 {count} 条因内存不足被内核杀死的记录（{example}）：请降低内存占用，或增加内存、放宽 cgroup 限制"
        "。",
    ),
    "disk_errors": (
        "Errors of disks or file systems: {count} ({example}); save the data, then see `smartctl -a` or "
        "`nvme smart-log`.",
        "有 {count} 条磁盘或文件系统错误（{example}）：请备份数据，并查看 `smartctl -a` 或 `nvme smart-log`"
        "。",
    ),
    "read_only_remounts": (
        "File systems that turned read-only: {count} ({example}); save the data, check the disk, then run "
        "fsck.",
        "有 {count} 条文件系统转为只读的记录（{example}）：请备份数据、检查磁盘，再运行 fsck。",
    ),
    "machine_checks": (
        "Machine checks: {count} ({example}); see `ras-mc-ctl --errors` and the BMC's event log, and have "
        "memory or processor replaced.",
        "有 {count} 条硬件错误（MCE）记录（{example}）：请查看 `ras-mc-ctl --errors` 与 BMC 事件日志，并更"
        "换内存或处理器。",
    ),
    "pcie_errors": (
        "Uncorrected PCIe errors: {count} ({example}); reseat the card that the line names and check its "
        "riser.",
        "有 {count} 条不可纠正的 PCIe 错误（{example}）：请重新插接所指的卡并检查转接板。",
    ),
    "rdma_errors": (
        "Errors of RDMA adapters: {count} ({example}); check slot power, the transceiver's temperature and "
        "the firmware.",
        "有 {count} 条 RDMA 网卡错误（{example}）：请检查插槽供电、光模块温度与固件。",
    ),
    "nccl_crashes": (
        "Crashes within NCCL: {count} ({example}); update NCCL, and check that all ranks use the same "
        "version.",
        "有 {count} 条 NCCL 内崩溃记录（{example}）：请升级 NCCL，并确认各进程版本一致。",
    ),
}
