"""The node panel: CPU, memory, pressure, disks, links, top processes."""

from __future__ import annotations

from gpuready.live.facts import Link, NodeSample, Pressure
from gpuready.text.say import say
from gpuready.tui.draw.bars import DASH, bar, gib, history, number, rate
from gpuready.tui.draw.line import Line, Span, fit, line, spread


def node_lines(sample: NodeSample, width: int, height: int) -> list[Line]:
    """The whole panel for a screen of that size; what does not fit is left out from the bottom up."""
    lines = [_title(sample, width), _cpu(sample, width), *_cores(sample, width), _memory(sample, width)]
    lines += [_pressure(sample, width), _io(sample, width)]
    room = max(0, height - len(lines))
    links = sorted(sample.links, key=lambda link: (-(link.received or 0) - (link.sent or 0), link.name))
    up = [link for link in links if link.up]
    # Half of what is left for processes; disks and links share the rest, one of each at least.
    shown_links = up[: max(1, min(len(up), room // 4))]
    lines += [_link(link, width) for link in shown_links]
    lines += [_disk_line(sample, index, width) for index in range(min(len(sample.disks), max(1, room // 4)))]
    return lines + _processes(sample, width, height - len(lines))


def _title(sample: NodeSample, width: int) -> Line:
    up = f"{say('tui.up')} {_span(sample.uptime)} "
    name = [
        Span(f" {say('tui.node')} ", "title"),
        Span(f"{sample.hostname}  ", "strong"),
        Span(sample.kernel or "", "dim"),
    ]
    return spread(name, [Span(up, "dim")], width, "bar")


def _span(seconds: float | None) -> str:
    if seconds is None:
        return DASH
    days, rest = divmod(int(seconds), 86400)
    return f"{days}d {rest // 3600}h" if days else f"{rest // 3600}h {rest % 3600 // 60}m"


def _cpu(sample: NodeSample, width: int) -> Line:
    load = " ".join(f"{value:.2f}" for value in sample.load) if sample.load else DASH
    text = f"  iowait {number(sample.iowait, '%', 1)}  {say('tui.load')} {load}"
    return spread([*_share("CPU", sample.cpu), Span(text)], [], width)


def _share(name: str, share: float | None) -> list[Span]:
    return [Span(f" {fit(name, 5)}"), Span(number(share, "%").rjust(4) + " "), Span(bar(share, 12), "accent")]


def _cores(sample: NodeSample, width: int) -> list[Line]:
    """One sign for each core; many cores take several lines, up to three, and then share signs (the
    busiest of those that share one is shown)."""
    room = width - 8
    cores = list(sample.cores)
    if not cores or room < 8:
        return []
    per_sign = -(-len(cores) // (room * 3))
    peaks = [max(cores[i : i + per_sign]) for i in range(0, len(cores), per_sign)]
    count = say("tui.cores", count=len(cores), physical=number(sample.cores_physical))
    lines = []
    for start in range(0, len(peaks), room):
        signs = history(peaks[start : start + room], len(peaks[start : start + room]))
        tail = f"  {count}" if start == 0 and len(signs) + len(count) + 10 < width else ""
        lines.append(line("       ", (signs, "good"), (tail, "dim")))
    return lines


def _memory(sample: NodeSample, width: int) -> Line:
    total, free = sample.memory_total, sample.memory_available
    used = total - free if total is not None and free is not None else None
    share = 100 * used / total if used is not None and total else None
    swap = f"{gib(sample.swap_used)}/{gib(sample.swap_total)}G"
    text = f"  {gib(used)}/{gib(total)}G  {say('tui.swap')} {swap}"
    return spread([*_share(say("tui.memory"), share), Span(text)], [], width)


def _pressure(sample: NodeSample, width: int) -> Line:
    def both(name: str, value: Pressure | None) -> list[Span]:
        some, full = (value.some, value.full) if value else (None, None)
        tone = "warn" if (some or 0) >= 10 else ""
        return [Span(f"  {name} "), Span(f"{number(some, '', 1)}/{number(full, '', 1)}", tone)]

    spans = [Span(" PSI  ")]
    for name, value in (
        ("cpu", sample.pressure_cpu), (say("tui.psi_memory"), sample.pressure_memory),
        ("io", sample.pressure_io),
    ):  # fmt: skip
        spans += both(name, value)
    return spread([*spans, Span(f"  {say('tui.psi_hint')}", "dim")], [], width)


def _io(sample: NodeSample, width: int) -> Line:
    text = (
        f"   {say('tui.read')} {rate(sample.disk_read)}/s  {say('tui.written')} {rate(sample.disk_written)}/s"
    )
    return spread([Span(f" {fit(say('tui.disk'), 5)}"), Span(text)], [], width)


def _link(link: Link, width: int) -> Line:
    speed = (
        DASH if link.speed is None else f"{link.speed / 1000:g}G" if link.speed >= 1000 else f"{link.speed}M"
    )
    text = f"   {fit(link.name, 12)} {speed:>5}  rx {rate(link.received)}/s  tx {rate(link.sent)}/s"
    return spread([Span(f" {fit(say('tui.net'), 5)}"), Span(text)], [], width)


def _disk_line(sample: NodeSample, index: int, width: int) -> Line:
    disk = sample.disks[index]
    share = 100 * disk.used / disk.total if disk.total else None
    size = f" {gib(disk.used, 0)}/{gib(disk.total, 0)}G "
    tone = "bad" if (share or 0) >= 95 else "warn" if (share or 0) >= 85 else "accent"
    left = [Span(f" {fit('fs', 5)}"), Span(number(share, "%").rjust(4) + " "), Span(bar(share, 12), tone)]
    return spread([*left, Span(size), Span(f"{disk.mount} ", "strong"), Span(disk.kind, "dim")], [], width)


def _processes(sample: NodeSample, width: int, room: int) -> list[Line]:
    if room < 2 or not sample.processes:
        return []
    head = f" {'PID':>8} {'USER':<10} {'CPU%':>6} {'GiB':>6}  {say('tui.process')}"
    lines = [line((fit(head, width), "dim"))]
    for each in sample.processes[: room - 1]:
        text = (
            f" {each.pid:>8} {fit(each.user or DASH, 10)} {each.cpu:>6.1f} {gib(each.memory):>6}  {each.name}"
        )
        lines.append(line(fit(text, width)))
    return lines
