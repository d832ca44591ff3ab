"""What is said of the machine, of its samplers and of recordings."""

MESSAGES = {
    # why there are no GPUs (GpuSample.trouble)
    "no_library": (
        "No NVIDIA driver library (libnvidia-ml.so.1) here: install the driver (for example the package "
        "nvidia-driver-580; in a container, start it with --gpus all), or look at another machine.",
        "本机没有 NVIDIA 驱动库（libnvidia-ml.so.1）：请安装驱动（例如软件包 nvidia-driver-580；"
        "容器须以 --gpus all 启动），或查看其他机器。",
    ),
    "no_driver": (
        "The NVIDIA kernel driver is not loaded: run `sudo modprobe nvidia`; if that fails, look in "
        "`sudo dmesg | grep NVRM`.",
        "NVIDIA 内核驱动未加载：请运行 `sudo modprobe nvidia`；若失败，请查看 `sudo dmesg | grep NVRM`。",
    ),
    "version_mismatch": (
        "The NVIDIA library and the loaded kernel driver have different versions (the driver was updated "
        "under a running system): reboot, or unload and load the nvidia modules.",
        "NVIDIA 库与已加载的内核驱动版本不一致（系统运行期间更新过驱动）：请重启，"
        "或卸载后重新加载 nvidia 模块。",
    ),
    "no_permission": (
        "This user may not talk to the NVIDIA driver: check the rights of /dev/nvidia* (groups video and "
        "render), or run as root.",
        "当前用户无权访问 NVIDIA 驱动：请检查 /dev/nvidia* 的权限（video、render 组），或以 root 运行。",
    ),
    "no_gpu": (
        "The NVIDIA driver runs but sees no GPU: check `lspci -d 10de:` and `sudo dmesg | grep -i nvrm`, "
        "power cables, and in a container its --gpus option.",
        "NVIDIA 驱动在运行，但看不到 GPU：请检查 `lspci -d 10de:`、`sudo dmesg | grep -i nvrm`、供电线，"
        "以及容器的 --gpus 选项。",
    ),
    "nvml": (
        'NVML does not start and says "{detail}": see `nvidia-smi` and `sudo dmesg | grep NVRM`; in a '
        "container, restart it.",
        "NVML 无法启动，报告“{detail}”：请查看 `nvidia-smi` 和 `sudo dmesg | grep NVRM`；容器内请重启容器。",
    ),
    "lost": (
        "GPU {index} no longer answers ({detail}): look for Xid 79 in `sudo dmesg`, then drain the node and "
        "restart it.",
        "GPU {index} 不再响应（{detail}）：请在 `sudo dmesg` 中查找 Xid 79，然后排空并重启该节点。",
    ),
    # why a source is silent (Silence)
    "hung_gpu": (
        "The NVIDIA driver has not answered for {seconds} s: look for Xid lines in `sudo dmesg`. Everything "
        "else goes on; the reader is killed after 15 s and tries again.",
        "NVIDIA 驱动已 {seconds} 秒没有响应：请在 `sudo dmesg` 中查找 Xid。其余部分照常工作；"
        "读取进程 15 秒后会被终止并重试。",
    ),
    "hung_node": (
        "This machine's figures have not come for {seconds} s: it is overloaded or a file in /proc hangs; "
        "see `top` and `sudo dmesg`. The reader is killed after 15 s and tries again.",
        "本机数据已 {seconds} 秒没有更新：机器过载，或 /proc 中有文件卡住；请查看 `top` 和 `sudo dmesg`。"
        "读取进程 15 秒后会被终止并重试。",
    ),
    "stuck": (
        "Silent for {seconds} s, and its reader cannot be killed: the kernel holds it in a driver call. "
        "Save the output of `sudo nvidia-bug-report.sh` and restart the node.",
        "已 {seconds} 秒没有响应，且其读取进程无法终止：内核卡在驱动调用中。"
        "请保存 `sudo nvidia-bug-report.sh` 的输出，然后重启节点。",
    ),
    "died": (
        "The reader of the {source} figures ended ({detail}) and is started again. If this repeats, run "
        "`python -m gpuready.live.sampler {source}` to see why.",
        "{source} 数据的读取进程已退出（{detail}），正在重新启动。若反复出现，请运行 "
        "`python -m gpuready.live.sampler {source}` 查看原因。",
    ),
    "ended": (
        "The recording is over; open it again to see it from its beginning.",
        "录像已播放完毕；重新打开可从头观看。",
    ),
    # recordings
    "no_recording": (
        "{path}: cannot be read ({error}). Check the path and its permissions.",
        "{path}：无法读取（{error}）。请检查路径和权限。",
    ),
    "not_recording": (
        "{path} is not a recording of gpuready. Make one with `gpuready record FILE`.",
        "{path} 不是 gpuready 的录像。可用 `gpuready record 文件` 录制。",
    ),
    "newer_recording": (
        "{path} was recorded by a newer gpuready (schema {schema}, this one reads {known}): update gpuready.",
        "{path} 由更新版本的 gpuready 录制（格式 {schema}，本程序只读 {known}）：请升级 gpuready。",
    ),
    "bad_recording": (
        "{path}:{line}: this line is no sample ({what}). Delete that line, or record again.",
        "{path}:{line}：该行不是采样数据（{what}）。请删除该行，或重新录制。",
    ),
    "empty_recording": (
        "{path} holds no sample. Record again, for a few seconds at least.",
        "{path} 中没有任何采样。请重新录制，至少几秒钟。",
    ),
    "recording_exists": (
        "{path} exists already and is left as it is. Choose another name, or allow to overwrite it.",
        "{path} 已存在，未作改动。请换一个文件名，或允许覆盖。",
    ),
    "cannot_record": (
        "{path}: cannot be written ({error}). Check the folder, its permissions and the free space.",
        "{path}：无法写入（{error}）。请检查所在目录、权限和剩余空间。",
    ),
    # clock-event reasons, as short as nvidia-smi's
    "reason_idle": ("idle", "空闲"),
    "reason_app_clocks": ("app clocks", "应用时钟"),
    "reason_sw_power_cap": ("SW power cap", "软件功率限制"),
    "reason_hw_slowdown": ("HW slowdown", "硬件降频"),
    "reason_sync_boost": ("sync boost", "同步加速"),
    "reason_sw_thermal": ("SW thermal", "软件温控降频"),
    "reason_hw_thermal": ("HW thermal", "硬件过热降频"),
    "reason_hw_power_brake": ("HW power brake", "硬件功率制动"),
    "reason_display": ("display", "显示时钟"),
    "reason_board_limit": ("board limit", "板卡限制"),
    "reason_reliability": ("reliability", "可靠性限制"),
    "reason_other": ("other", "其他"),
}
