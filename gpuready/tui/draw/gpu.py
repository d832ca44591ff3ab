"""The GPU panel: two lines for each GPU, all fields of the chosen one, its processes below."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gpuready.live.facts import Gpu, GpuSample
from gpuready.live.reasons import reasons as reasons_of
from gpuready.live.words import of_lost, of_trouble
from gpuready.text.say import say
from gpuready.tui.draw.bars import DASH, bar, gib, history, number, rate
from gpuready.tui.draw.line import Line, Span, fit, line, spread, wrap

History = Callable[[int], Sequence[float | None]]
"""The recent utilisation of the GPU of that index, in %, oldest first."""


def gpu_lines(sample: GpuSample, past: History, width: int, height: int, chosen: int) -> list[Line]:
    """The whole panel for a screen of that size; `chosen` is the position of the GPU shown in full."""
    trouble = of_trouble(sample)
    if trouble is not None:
        return [
            _title(sample, width),
            *(line((f" {text}", "warn")) for text in wrap(trouble, width - 2)),
        ]
    tall = 2 if height >= 2 * len(sample.gpus) + 2 else 1
    lines = [_title(sample, width), _totals(sample, width)]
    every = height >= 8 * len(sample.gpus) + 2
    for position, gpu in enumerate(sample.gpus):
        lines += _summary(gpu, past(gpu.index), width, tall, position == chosen)
        if every:
            lines += fields(gpu, width)
    if not every and 0 <= chosen < len(sample.gpus):
        lines += [_rule(sample.gpus[chosen], width), *fields(sample.gpus[chosen], width)]
    for gpu in sample.gpus if every else sample.gpus[chosen : chosen + 1]:
        lines += processes(gpu, width)
    return lines


def wanted_height(sample: GpuSample | None) -> int:
    """The lines in which the panel says all it has to say of one chosen GPU."""
    if sample is None or not sample.gpus:
        return 6
    return 2 + 2 * len(sample.gpus) + 7 + 3


def _title(sample: GpuSample, width: int) -> Line:
    names = sorted({gpu.name for gpu in sample.gpus if gpu.name})
    what = f" {len(sample.gpus)} × {' / '.join(names)}" if names else ""
    versions = f"{say('tui.driver')} {sample.driver}  CUDA {sample.cuda or DASH} " if sample.driver else ""
    return spread(
        [Span(" GPU", "title"), Span(fit(what, max(0, width - 5)).rstrip())],
        [Span(versions, "dim")],
        width,
        "bar",
    )


def _totals(sample: GpuSample, width: int) -> Line:
    def total(field: str) -> float | None:
        known = [getattr(gpu, field) for gpu in sample.gpus if getattr(gpu, field) is not None]
        return sum(known) if known else None

    busy = [gpu.busy for gpu in sample.gpus if gpu.busy is not None]
    heat = [gpu.temperature for gpu in sample.gpus if gpu.temperature is not None]
    mean = sum(busy) / len(busy) if busy else None
    power, limit = total("power"), total("power_limit")
    text = say(
        "tui.gpu_totals",
        busy=number(mean, "%"),
        used=gib(total("memory_used"), 0),
        total=gib(total("memory_total"), 0),
        power=number(power and power / 1000, "", 1),
        limit=number(limit and limit / 1000, "", 1),
        heat=number(max(heat) if heat else None, "°"),
    )
    return line((fit(text, width), "dim"))


def _summary(gpu: Gpu, past: Sequence[float | None], width: int, tall: int, chosen: bool) -> list[Line]:
    ground = "faint" if chosen else ""
    mark = Span(f"{'›' if chosen else ' '}{gpu.index:>2} ", "strong")
    if gpu.lost:
        lost = line(mark, (fit(say("tui.gpu_lost", word=gpu.lost), width - 4), "bad"), ground=ground)
        return [lost, Line()][:tall]
    room = max(4, min(30, (width - 46) // 2))
    share = (
        100 * gpu.memory_used / gpu.memory_total if gpu.memory_used is not None and gpu.memory_total else None
    )
    hot = (
        gpu.temperature is not None
        and gpu.temperature_slowdown is not None
        and (gpu.temperature >= gpu.temperature_slowdown)
    )
    first = [
        mark,
        Span(number(gpu.busy, "%").rjust(4) + " "),
        Span(bar(gpu.busy, room), "accent"),
        Span(f" {gib(gpu.memory_used)}/{gib(gpu.memory_total)}G".rjust(13) + " "),
        Span(bar(share, room), "accent"),
        Span(number(gpu.temperature, "°").rjust(5), "bad" if hot else ""),
        Span(f" {number(gpu.power)}/{number(gpu.power_limit)}W".rjust(10)),
    ]
    notes = list(remarks(gpu))
    if tall == 1:  # no room for words here: they stand in full below when this GPU is chosen
        grave = [Span(" !", note.tone) for note in notes if note.tone in ("bad", "warn")]
        return [spread(first, grave[:1], width, ground)]
    clocks = f"  {number(gpu.sm_clock)}/{number(gpu.memory_clock)} MHz  "
    # What is wrong is said in full before what was is drawn.
    wrong = sum(Line((note,)).width for note in notes if note.tone in ("bad", "warn"))
    room = min(max(12, min(60, width - 38)), max(0, width - 4 - len(clocks) - wrong))
    second = [
        Span(" " * 4),
        Span(history(past, room), "good"),
        Span(clocks, "dim"),
        *notes,
    ]
    return [spread(first, [], width, ground), spread(second, [], width, ground)]


def remarks(gpu: Gpu) -> list[Span]:
    """What is out of the ordinary, gravest first, each in a word or two; clock-event reasons come last."""
    found: list[Span] = []

    def add(text: str, tone: str) -> None:
        found.append(Span(text + " ", tone))

    if gpu.recovery:
        add(say("tui.recovery", action=gpu.recovery), "bad")
    if gpu.ecc_uncorrected:
        add(say("tui.ecc_bad", count=gpu.ecc_uncorrected), "bad")
    if gpu.remap_failed:
        add(say("tui.remap_failed"), "bad")
    elif gpu.remap_pending:
        add(say("tui.remap_pending"), "warn")
    if gpu.nvlink_total and gpu.nvlink_active is not None and gpu.nvlink_active < gpu.nvlink_total:
        add(f"NVLink {gpu.nvlink_active}/{gpu.nvlink_total}", "bad")
    if gpu.mig:
        add(f"MIG {number(gpu.mig_instances)}", "accent")
    if pcie_is_down(gpu):
        add(f"PCIe gen{number(gpu.pcie_gen)} x{number(gpu.pcie_width)}", "warn")
    tones = {"bad": "bad", "warn": "warn", "quiet": "dim"}
    for reason in reasons_of(gpu.reasons):
        add(say(reason.key), tones[reason.severity])
    return found


def pcie_is_down(gpu: Gpu) -> bool:
    """Whether the link is narrower or slower than it can be while the GPU works: idle GPUs train it down
    by themselves, so at rest nothing is said."""
    if not gpu.busy:
        return False
    pairs = ((gpu.pcie_gen, gpu.pcie_gen_max), (gpu.pcie_width, gpu.pcie_width_max))
    return any(now is not None and top is not None and now < top for now, top in pairs)


def _rule(gpu: Gpu, width: int) -> Line:
    name = f" GPU {gpu.index}  {gpu.name or DASH}  {gpu.bus_id or DASH} "
    return line(
        ("─" + fit(name, min(width - 1, len(name))), "dim"), ("─" * max(0, width - len(name) - 1), "rule")
    )


def _yes(value: bool | None) -> str:
    return DASH if value is None else say("tui.on" if value else "tui.off")


def fields(gpu: Gpu, width: int) -> list[Line]:
    """Every field of one GPU; a dash for what it does not support."""
    if lost := of_lost(gpu):
        return [line((f" {text}", "bad")) for text in wrap(lost, width - 2)]
    words = [say(reason.key) for reason in reasons_of(gpu.reasons)]
    reasons = DASH if gpu.reasons is None else ", ".join(words) or say("tui.none")
    remap = DASH
    if gpu.remap_pending is not None or gpu.remap_failed is not None:
        remap = say(
            "tui.remap_failed"
            if gpu.remap_failed
            else "tui.remap_pending"
            if gpu.remap_pending
            else "tui.none"
        )
    pending = gpu.mig_pending is not None and gpu.mig_pending is not gpu.mig
    state = DASH if gpu.pstate is None else f"P{gpu.pstate}"
    planned = f" → {_yes(gpu.mig_pending)}" if pending else ""
    parts = (
        (
            f"SM {number(gpu.sm_clock)}/{number(gpu.sm_clock_max)} MHz",
            f"mem {number(gpu.memory_clock)}/{number(gpu.memory_clock_max)} MHz",
            state,
            f"{say('tui.fan')} {number(gpu.fan, '%')}",
        ),
        (f"{say('tui.clock_events')} {reasons}",),
        (
            f"{say('tui.temperature')} {number(gpu.temperature)}/{number(gpu.temperature_slowdown)} °C",
            f"{say('tui.hbm')} {number(gpu.memory_temperature)} °C",
            f"{say('tui.reserved')} {gib(gpu.memory_reserved)}G",
        ),
        (
            f"PCIe gen {number(gpu.pcie_gen)}/{number(gpu.pcie_gen_max)}",
            f"x{number(gpu.pcie_width)}/{number(gpu.pcie_width_max)}",
            f"rx {rate(gpu.pcie_rx)}/s  tx {rate(gpu.pcie_tx)}/s",
            f"{say('tui.replays')} {number(gpu.pcie_replays)}",
        ),
        (
            f"ECC {_yes(gpu.ecc_mode)}",
            f"{say('tui.corrected')} {number(gpu.ecc_corrected)}",
            f"{say('tui.uncorrected')} {number(gpu.ecc_uncorrected)}",
            f"{say('tui.remap')} {remap}",
        ),
        (
            f"NVLink {number(gpu.nvlink_active)}/{number(gpu.nvlink_total)}",
            f"MIG {_yes(gpu.mig)}{planned} ({number(gpu.mig_instances)})",
            f"{say('tui.persistence')} {_yes(gpu.persistence)}",
            f"{say('tui.compute')} {_compute(gpu.compute_mode)}",
        ),
    )
    return [line(" ", fit("  ".join(part), width - 1)) for part in parts]


def _compute(mode: int | None) -> str:
    names = {0: "Default", 1: "Exclusive_Thread", 2: "Prohibited", 3: "Exclusive_Process"}
    return DASH if mode is None else names.get(mode, str(mode))


def processes(gpu: Gpu, width: int) -> list[Line]:
    """The processes on one GPU, the largest first; one line that says so when there are none."""
    if gpu.lost:
        return []
    if gpu.processes is None:
        return [line((fit(f" {say('tui.gpu_processes')} {DASH}", width), "dim"))]
    if not gpu.processes:
        return [line((fit(f" {say('tui.no_gpu_process')}", width), "dim"))]
    lines = [line((fit(f" {'PID':>8} {'USER':<10} {'':1} {'GiB':>6}  {say('tui.process')}", width), "dim"))]
    for each in sorted(gpu.processes, key=lambda p: -(p.memory or 0)):
        memory, name = gib(each.memory), each.name or DASH
        text = f" {each.pid:>8} {fit(each.user or DASH, 10)} {each.kind} {memory:>6}  {name}"
        lines.append(line(fit(text, width)))
    return lines
