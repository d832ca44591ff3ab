"""What the probes of storage say."""

MESSAGES = {
    "hangs": (
        "{path} did not answer within {seconds} s: a mount whose server is gone does that, see mount and "
        "dmesg.",
        "{path} 在 {seconds} 秒内没有响应：服务端已失联的挂载会这样，请查看 mount 和 dmesg。",
    ),
    "bad_size": (
        "“{size}” is no size between 1M and 1T: write it as 8G.",
        "“{size}”不是 1M 到 1T 之间的大小：请写成 8G 这样的形式。",
    ),
    "no_folder": (
        "There is no folder {path}: mount it, or correct the target's path.",
        "没有目录 {path}：请挂载，或更正目标中的路径。",
    ),
    "no_mount": (
        "What {path} is mounted from could not be read, so nothing tells whether it is a disk: run this on "
        "the host itself.",
        "无法得知 {path} 挂载自何处，不能判断它是不是磁盘：请在主机上运行。",
    ),
    "memory": (
        "{path} is memory ({kind}) and no disk: name a folder on the data disk.",
        "{path} 位于内存（{kind}）而非磁盘：请指定数据盘上的目录。",
    ),
    "no_direct": (
        "{path} ({kind}) cannot do direct I/O, so a figure would be the page cache's: measure the file "
        "system below it, or enter the value by hand.",
        "{path}（{kind}）不支持直接 I/O，测得的会是页缓存的速度：请测其下层文件系统，或手工录入数值。",
    ),
    "no_rights": (
        "No file can be created in {path} ({why}): run gpuready as a user who may write there, or name a "
        "folder that is writable.",
        "无法在 {path} 中创建文件（{why}）：请以有写权限的用户运行 gpuready，或指定可写的目录。",
    ),
    "no_file": (
        "The test file could not be created in {path}: {why}.",
        "无法在 {path} 中创建测试文件：{why}。",
    ),
    "no_space": (
        "{path} has {free} GiB free and the test keeps clear of a full disk, so it needs {needed} GiB: make "
        "room, or ask for a smaller size.",
        "{path} 剩余 {free} GiB，为避免写满磁盘，测试需要 {needed} GiB：请腾出空间，或减小测试大小。",
    ),
    "full": (
        "{path} ran full, or into a quota, while it was written: make room, or ask for a smaller size.",
        "{path} 在写入时空间耗尽或超出配额：请腾出空间，或减小测试大小。",
    ),
    "failed": (
        "fio could not {way}: {why}; see dmesg where it is an I/O error, and install the engine where it is "
        "missing.",
        "fio 执行 {way} 失败：{why}；若是 I/O 错误请查看 dmesg，若缺少 I/O 引擎请安装。",
    ),
    "odd_fio": (
        "fio ended without figures for {way}: check that the fio on PATH is the real one, version 3 or "
        "newer.",
        "fio 结束但没有给出 {way} 的数据：请确认 PATH 上的 fio 是正版程序且版本不低于 3。",
    ),
    "swept": (
        "Files that a killed run had left behind were removed: {names}.",
        "已删除上次被强行终止的运行遗留的文件：{names}。",
    ),
    "overlay": (
        "{point} is an overlay, so what was measured is the disk that its upper layer lies on ({source}), "
        "not a data mount.",
        "{point} 是 overlay，测得的是其上层所在的磁盘（{source}），而不是数据挂载。",
    ),
    "served": (
        "{source} is served ({kind}): the figure includes the network, and the server may have answered "
        "from its own memory.",
        "{source} 由服务端提供（{kind}）：数值包含网络开销，且服务端可能用自身缓存应答。",
    ),
    "unsure": (
        "Neither the kernel nor {kind} tells whether direct I/O passed the cache: trust the read figure "
        "only with a file larger than memory.",
        "内核和 {kind} 都不说明直接 I/O 是否绕过了缓存：仅当文件大于内存时才可信任读取数值。",
    ),
    "cached": (
        "Only {share} of what fio {way}s came to the device, the rest stayed in a cache, so there is no "
        "figure for {way}: ask for a file larger than memory.",
        "fio 的 {way} 数据只有 {share} 到达设备，其余停留在缓存中，因此没有 {way} 的数值：请使用大于内存的"
        "文件。",
    ),
    "no_source": (
        "There is no source folder {path}: name it with the option source of the mount's target.",
        "没有源目录 {path}：请在挂载目标的 source 选项中指定。",
    ),
    "no_manifest": (
        "Without the option source the sums are read from {path}, and that cannot be used ({why}): set "
        "source=FOLDER or manifest=FILE on the mount's target.",
        "未设 source 选项时从 {path} 读取校验和，但该文件不可用（{why}）：请在挂载目标上设置 source=目录 或 "
        "manifest=文件。",
    ),
    "same_folder": (
        "{path} is both the source and the restored folder, so it would be compared with itself: name the "
        "other one.",
        "{path} 既是源目录又是恢复目录，等于与自身比较：请改正其中一个。",
    ),
    "nothing_compared": (
        "No file of {path} could be compared (changed in the source since: {changed}): compare with a "
        "manifest that was made at backup time.",
        "{path} 中没有可比较的文件（源端其后有改动：{changed} 个）：请与备份时生成的清单比较。",
    ),
    "out_of_time": (
        "{done} of {chosen} files were compared before the time ran out: the verdict is about those only.",
        "时间用尽前比较了 {chosen} 个文件中的 {done} 个：结论只针对这些文件。",
    ),
    "changed_since": (
        "{count} files were written in {source} after their copies and were left out: a manifest made at "
        "backup time would cover them.",
        "{source} 中有 {count} 个文件在备份之后被改写，未参与比较：用备份时生成的清单可以覆盖它们。",
    ),
}
