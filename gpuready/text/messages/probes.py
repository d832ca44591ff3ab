"""What the common parts of the probes say; each family has a module of its own beside this one."""

MESSAGES = {
    "no_tool": (
        "{tool} is not installed here: install it, or enter the value by hand.",
        "此处未安装 {tool}：请安装，或手工录入数值。",
    ),
    "too_slow": (
        "{what} gave no answer within {seconds} s.",
        "{what} 在 {seconds} 秒内没有应答。",
    ),
    "too_much": (
        "{what} said more than {limit} MiB and was stopped.",
        "{what} 的输出超过 {limit} MiB，已中止。",
    ),
}
