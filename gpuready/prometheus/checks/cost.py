"""What the cluster costs, whose cost it is, and whether it fell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from gpuready.probes.duration import seconds_of, window_text
from gpuready.probes.probe import Ask, NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus import expression
from gpuready.prometheus.check import check
from gpuready.prometheus.look import ENOUGH, MOMENTS, Look, selector_asked, window_asked
from gpuready.prometheus.read import pods
from gpuready.prometheus.read.busy import GPU, MEANS, scale_of
from gpuready.prometheus.read.raw import NAMES
from gpuready.prometheus.table import signals
from gpuready.text.say import say

PRICE = "gpu_hour_price"
"""The option of the target by which an operator states what a GPU costs an hour."""
_STEP = "5m"


def _used(metric: str) -> str:
    """How many GPUs were busy on average, one that is half busy for a half."""
    return f"avg_over_time((sum(avg by ({GPU}) ({metric}{{$sel}})))[$window:{_STEP}])"


def _there(metric: str) -> str:
    """How many GPUs there were on average."""
    return f"avg_over_time((count(group by ({GPU}) ({metric}{{$sel}})))[$window:{_STEP}])"


@dataclass(frozen=True, slots=True)
class _Period:
    """One period: the cost an hour, and how many GPUs were busy in it on average."""

    cost: float
    used: float

    @property
    def per_used_hour(self) -> float:
        return self.cost / self.used


def price_of(look: Look) -> float | None:
    """What a GPU costs an hour by the operator's word; None where they gave none, `NoData` for no number."""
    text = look.ask.target.options.get(PRICE, "")
    if not text:
        return None
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not 0 < price < 1e6:
        raise NoData("prometheus_cost.bad_price", found=text[:40], option=PRICE)
    return price


async def _by_owner(look: Look) -> Seen:
    """Cost of the window by namespace: as OpenCost tells it, else GPU hours times the operator's price."""
    hours = look.window / 3600
    said: list[Remark] = []
    fields: dict[str, float] = {}
    try:
        way = await look.way("cost_by_owner")
        owners = {name: value * hours for name, value in (await look.things("cost_by_owner")).items()}
        said += await look.covered(way.needs[0], say("prometheus_cost.cost"), look.window)
        whole = await _whole(look, hours)
    except NoData as outcome:
        price = price_of(look)
        if price is None or outcome.key not in ("prometheus.no_metric", "prometheus.no_samples"):
            raise
        gpu_hours = (await look.query(pods.GPU_HOURS)).by("exported_namespace", "namespace")
        if not gpu_hours:
            raise NoData(
                "prometheus.no_samples",
                signal=say("prometheus_cost.cost"),
                window=window_text(look.window),
                metric=pods.REQUESTS,
            ) from None
        said += await look.covered(pods.REQUESTS, say("prometheus_cost.cost"), look.window)
        owners = {name: value * price for name, value in gpu_hours.items()}
        said.append(("prometheus_cost.by_price", {"price": f"{price:g}", "option": PRICE}))
        whole = await _allocatable_cost(look, price, hours)
    paying = {name: value for name, value in owners.items() if value > 0}
    total = sum(paying.values())
    fields |= {"value": len(paying), "total": total}
    if paying:
        said.append(("prometheus_cost.owners", {"names": _costs(paying), "window": window_text(look.window)}))
    else:
        said.append(("prometheus_cost.nothing_costs", {}))
    if whole is not None and whole > 0:
        fields["unowned"] = max(0.0, 100 * (1 - total / whole))
        unowned = {"share": f"{fields['unowned']:.3g}", "cost": f"{max(0.0, whole - total):.4g}"}
        said.append(("prometheus_cost.unowned", unowned))
    return Seen(fields, tuple(said))


async def _whole(look: Look, hours: float) -> float | None:
    """What all nodes cost in the window; None where it is not told."""
    try:
        return (await look.read("cost_rate")).value * hours
    except NoData:
        return None


async def _allocatable_cost(look: Look, price: float, hours: float) -> float | None:
    gpus = (await look.query(pods.ALLOCATABLE)).value
    return None if gpus is None else gpus * price * hours


def _costs(owners: dict[str, float]) -> str:
    dear = sorted(owners, key=lambda name: (-owners[name], name))
    more = f" (+{len(dear) - 10})" if len(dear) > 10 else ""
    return ", ".join(f"{name} {owners[name]:.4g}" for name in dear[:10]) + more


async def _change(look: Look) -> Seen:
    """The cost of a GPU hour really used, this period against the one before."""
    names = await look.names()
    metrics = [raw.needs[0] for raw in MEANS if raw.fits(names)]
    if not metrics:
        wanted = ", ".join(raw.needs[0] for raw in MEANS)
        raise NoData("prometheus.no_metric", signal=say("prometheus_cost.gpu_busy"), wanted=wanted[:300])
    said: list[Remark] = []
    new, price = await _period(look, metrics, look.now)
    old, _ = await _period(look, metrics, look.now - look.window)
    if price is not None:
        said.append(("prometheus_cost.by_price", {"price": f"{price:g}", "option": PRICE}))
    if old.per_used_hour <= 0:
        raise NoData("prometheus_cost.cost_zero", window=window_text(look.window))
    words = {"new": f"{new.per_used_hour:.4g}", "old": f"{old.per_used_hour:.4g}"}
    hours = look.window / 3600
    bills = {"bill": f"{new.cost * hours:.4g}", "before": f"{old.cost * hours:.4g}"}
    said.append(("prometheus_cost.change", words | bills | {"window": window_text(look.window)}))
    fields = {
        "value": 100 * (1 - new.per_used_hour / old.per_used_hour),
        "cost_per_used_hour": new.per_used_hour,
        "cost": new.cost * hours,
        "before": old.cost * hours,
    }
    return Seen(fields, tuple(said))


async def _period(look: Look, metrics: list[str], end: float) -> tuple[_Period, float | None]:
    """The period of the window's length that ended then, and the price if that had to be taken."""
    metric, used = "", None
    for metric in metrics:
        used = (await look.query(_used(metric), at=end)).value
        if used is not None:
            break
    when = {"signal": say("prometheus_cost.gpu_busy"), "window": window_text(look.window)}
    if used is None:
        raise NoData("prometheus_cost.no_period", ago=_ago(look, end), metric=metric, **when)
    await _covered(look, metric, end)
    used *= scale_of(metric) / 100
    if used < 0.01:
        raise NoData("prometheus_cost.not_used", ago=_ago(look, end), window=window_text(look.window))
    rate, price = await _rate(look, metric, end)
    return _Period(rate, used), price


async def _rate(look: Look, metric: str, end: float) -> tuple[float, float | None]:
    """The cost an hour in that period, and the price by which it was told."""
    price = price_of(look)
    try:
        way = await look.way("cost_rate")
    except NoData:
        if price is None:
            raise
    else:
        query = expression.one(look.signal("cost_rate"), way, look.window, look.selector)
        rate = (await look.query(query, at=end)).value
        if rate is not None:
            await _covered(look, way.needs[0], end)
            return rate * way.scale, None
        if price is None:
            words = {"signal": say("prometheus_cost.cost"), "window": window_text(look.window)}
            raise NoData("prometheus_cost.no_period", ago=_ago(look, end), metric=way.needs[0], **words)
    gpus = (await look.query(_there(metric), at=end)).value
    if gpus is None or price is None:
        raise NoData("prometheus_cost.not_used", ago=_ago(look, end), window=window_text(look.window))
    return gpus * price, price


async def _covered(look: Look, metric: str, end: float) -> None:
    """`NoData` where the metric has samples for less than half of the period that ended then."""
    query = expression.fill(f"count({metric}{{$sel}})", look.window, look.selector)
    answer = await look.range(query, look.window, look.window / MOMENTS, end=end)
    share = sum(len(series.points) for series in answer.series[:1]) / (MOMENTS + 1)
    if share < ENOUGH:
        words = {"signal": say("prometheus_cost.cost"), "window": window_text(look.window)}
        raise NoData("prometheus_cost.no_period", ago=_ago(look, end), metric=metric, **words)


def _ago(look: Look, end: float) -> str:
    return window_text(look.now - end) if look.now - end >= 1 else "0s"


def _rate_lines(ask: Ask) -> Iterable[str]:
    """The queries that are asked for both periods."""
    window = seconds_of(window_asked(ask))
    signal = signals()["cost_rate"]
    for way in (each for each in signal.ways if each.cannot is None):
        yield f"  [cost_rate, {way.exporter}] {expression.one(signal, way, window, selector_asked(ask))}"


CHECKS = (
    check(
        "cost_by_owner",
        _by_owner,
        asks=("cost_by_owner", "cost_rate"),
        queries=(pods.GPU_HOURS, pods.ALLOCATABLE),
        fields={"value": "count", "total": "currency", "unowned": "%"},
        params={"window": "30d"},
        limit=60.0,
    ),
    check(
        "cost_change",
        _change,
        queries=tuple(query(raw.needs[0]) for raw in MEANS for query in (_used, _there)),
        calls=(NAMES,),
        fields={
            "value": "%",
            "cost_per_used_hour": "currency",
            "cost": "currency",
            "before": "currency",
        },
        params={"window": "30d"},
        limit=120.0,
        more=_rate_lines,
    ),
)
