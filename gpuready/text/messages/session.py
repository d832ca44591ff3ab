"""What the session's file and its events say."""

MESSAGES = {
    "missing": (
        "{path}: there is no such session. Check the path, or start one there by opening it with gpuready.",
        "{path}：没有这个会话文件。请检查路径，或用 gpuready 打开该路径来新建。",
    ),
    "empty": (
        "{path}: the file is empty. Start a session there by opening it with gpuready, or name another file.",
        "{path}：文件是空的。请用 gpuready 打开它来新建会话，或指定其他文件。",
    ),
    "no_folder": (
        "{path}: the folder {folder} does not exist. Create it, or correct the path.",
        "{path}：文件夹 {folder} 不存在。请先创建它，或改正路径。",
    ),
    "is_directory": (
        "{path}: this is a folder, not a session file. Name a file in it.",
        "{path}：这是文件夹，不是会话文件。请指定其中的文件。",
    ),
    "not_file": (
        "{path}: this is a device, a pipe or a socket, not a session file. Name a regular file.",
        "{path}：这是设备、管道或套接字，不是会话文件。请指定普通文件。",
    ),
    "unreadable": (
        "{path}: cannot be opened ({error}). Check the path and its permissions.",
        "{path}：无法打开（{error}）。请检查路径和权限。",
    ),
    "not_sqlite": (
        "{path}: this is no session file (it is not SQLite). Name another file; this one was left as it is.",
        "{path}：这不是会话文件（不是 SQLite 格式）。请指定其他文件；该文件未作任何改动。",
    ),
    "not_ours": (
        "{path}: this SQLite file belongs to another program. Name another file; this one was left as it is.",
        "{path}：这个 SQLite 文件属于其他程序。请指定其他文件；该文件未作任何改动。",
    ),
    "corrupt": (
        "{path}: the session is damaged or cut short ({error}). Restore it from a backup or an export; "
        "it was left as it is.",
        "{path}：会话文件已损坏或不完整（{error}）。请从备份或导出文件恢复；该文件未作任何改动。",
    ),
    "newer": (
        "{path}: a newer gpuready wrote this session (format {found}; here: {known}). Update gpuready.",
        "{path}：该会话由更新版本的 gpuready 写成（格式 {found}，本程序支持到 {known}）。请升级 gpuready。",
    ),
    "older": (
        "{path}: an older gpuready wrote this session (format {found}, not {known}). Open it once "
        "for writing, or open a copy, to bring it up to date.",
        "{path}：该会话由较旧版本的 gpuready 写成（格式 {found}，现为 {known}）。请以可写方式打开一次，"
        "或打开其副本，以完成升级。",
    ),
    "read_only": (
        "{path}: the session cannot be written. Give yourself write permission (chmod u+w), or open a copy.",
        "{path}：会话文件不可写。请授予写权限（chmod u+w），或打开其副本。",
    ),
    "folder_read_only": (
        "{path}: the folder {folder} cannot be written, and a session keeps its log beside it. "
        "Give yourself write permission there, or use a session elsewhere.",
        "{path}：文件夹 {folder} 不可写，而会话需要在旁边保存日志。请授予该文件夹写权限，或把会话放在别处。",
    ),
    "opened_to_read": (
        "{path}: the session was opened for reading only. Open it without the read-only option to write.",
        "{path}：会话以只读方式打开。如需写入，请去掉只读选项后重新打开。",
    ),
    "full": (
        "{path}: the disk is full, and the change was not saved. Make room there and do it again.",
        "{path}：磁盘已满，更改没有保存。请腾出空间后重做。",
    ),
    "locked": (
        "{path}: {holder} holds the session's lock, so nothing could be saved. End that program, or wait "
        "and try again.",
        "{path}：{holder} 占用了会话的锁，因此无法保存。请结束该程序，或稍后重试。",
    ),
    "someone": (
        "another program",
        "其他程序",
    ),
    "moved": (
        "{path}: the file was removed or replaced while it was open, and the change was not saved. "
        "Put it back, or open the session again.",
        "{path}：文件在打开期间被移除或替换，更改没有保存。请放回原文件，或重新打开会话。",
    ),
    "closed": (
        "{path}: the session is closed already. Open it again.",
        "{path}：会话已经关闭。请重新打开。",
    ),
    "too_big": (
        "The text is too long ({kib} KiB; at most {limit} KiB). Attach it as evidence instead.",
        "文本过长（{kib} KiB，最多 {limit} KiB）。请改为作为证据附上。",
    ),
    "evidence_unreadable": (
        "{path}: cannot be attached ({error}). Check the path and its permissions.",
        "{path}：无法附上（{error}）。请检查路径和权限。",
    ),
    "evidence_not_file": (
        "{path}: this is no regular file, so it cannot be attached. Name a file.",
        "{path}：不是普通文件，无法附上。请指定文件。",
    ),
    "evidence_big": (
        "{name}: {mib} MiB is too much to attach (at most {limit} MiB). Save it as a file and attach that.",
        "{name}：{mib} MiB 过大，无法附上（最多 {limit} MiB）。请先存为文件再附上。",
    ),
    "event_broken": (
        "The event {event} cannot be read ({key} is missing or wrong). Export it again where it came from.",
        "事件 {event} 无法读取（{key} 缺失或有误）。请在来源处重新导出。",
    ),
    "tampered": (
        "The event {event} was altered after it was recorded, so nothing was merged. Get an unaltered copy.",
        "事件 {event} 在记录之后被改动，因此没有导入任何内容。请取得未改动的副本。",
    ),
    "tampered_evidence": (
        "The evidence {name} ({sha}) does not match its hash, so it cannot be used. Get an unaltered copy.",
        "证据 {name}（{sha}）与其哈希不符，无法使用。请取得未改动的副本。",
    ),
    "audit_altered": (
        "{replica} #{seq}: event {event} was altered after it was recorded.",
        "{replica} #{seq}：事件 {event} 在记录之后被改动。",
    ),
    "audit_gap": (
        "{replica} #{seq}: the events {detail} before event {event} are missing.",
        "{replica} #{seq}：事件 {event} 之前缺少编号 {detail} 的事件。",
    ),
    "audit_link": (
        "{replica} #{seq}: event {event} does not follow the event before it; one of them was replaced.",
        "{replica} #{seq}：事件 {event} 与其前一事件不衔接，其中之一被替换过。",
    ),
    "audit_fork": (
        "{replica} #{seq}: event {event} has the same number as {detail}; the file was restored or copied "
        "and written on in both places.",
        "{replica} #{seq}：事件 {event} 与 {detail} 编号相同；该文件曾被恢复或复制，并在两处继续写入。",
    ),
    "audit_missing": (
        "{replica} #{seq}: event {event} names the event {detail}, which is not there.",
        "{replica} #{seq}：事件 {event} 所指的事件 {detail} 不存在。",
    ),
}
