"""What a broken settings file is told."""

MESSAGES = {
    "unreadable": (
        "{path}: the settings cannot be read ({error}). Check its permissions, or remove it.",
        "{path}：无法读取设置（{error}）。请检查权限，或删除该文件。",
    ),
    "syntax": (
        "{path}: the settings are not valid TOML: {error}. Correct that place, or remove the file.",
        "{path}：设置不是有效的 TOML：{error}。请改正该处，或删除该文件。",
    ),
    "unknown": (
        "{path}: there is no setting {key!r}. Known are: {known}.",
        "{path}：没有名为 {key!r} 的设置。可用的有：{known}。",
    ),
    "type": (
        "{path}: {key} must be a {kind}. Correct it, or remove the line.",
        "{path}：{key} 的类型应为 {kind}。请改正或删除该行。",
    ),
    "choice": (
        "{path}: {key} = {found!r} is not known. Use one of: {known}.",
        "{path}：{key} = {found!r} 无法识别。可用：{known}。",
    ),
    "interval": (
        "{path}: interval = {found} must be between 0.2 and 60 seconds.",
        "{path}：interval = {found} 必须在 0.2 到 60 秒之间。",
    ),
    "no_action": (
        "{path}: keys.{action} names no action. Known are: {known}.",
        "{path}：keys.{action} 不是已知动作。可用的有：{known}。",
    ),
    "theme_broken": (
        "{path}: this theme is broken at {what}. Correct it, or remove the file.",
        "{path}：主题在 {what} 处有误。请改正或删除该文件。",
    ),
    "theme": (
        "{path}: the theme {found!r} is not known. Use one of: {known}.",
        "{path}：没有名为 {found!r} 的主题。可用：{known}。",
    ),
}
