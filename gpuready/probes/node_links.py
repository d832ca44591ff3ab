"""Network interfaces and RDMA ports: what they negotiated, and what went wrong on them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.probes.gpu_nvml import columns
from gpuready.probes.node_files import in_time, names_in, number, number_of, root_of, text_of, within
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, NotApplicable, Probe, Remark
from gpuready.text.redact import redact

_MOST = 64  # interfaces or ports
_NAME = re.compile(r"[\w.@-]{1,32}")


@dataclass(frozen=True, slots=True)
class Nic:
    """One interface with hardware behind it: speed in bit/s as negotiated, counters since it came up."""

    name: str
    up: bool
    speed: float | None
    duplex: str | None
    errors: int | None
    dropped: int | None
    carrier_changes: int | None


def _nics(root: Path, only: tuple[str, ...]) -> tuple[Nic, ...] | None:
    folder = root / "sys/class/net"
    names = names_in(folder)
    if names is None:
        return None
    wanted = only or tuple(name for name in names if _real(folder / name))
    return tuple(_nic(folder / name) for name in wanted[:_MOST] if name in names)


def _real(path: Path) -> bool:
    """Whether there is hardware behind it; bonds count, their members too."""
    return (path / "device").exists() or (path / "bonding").exists()


def _nic(path: Path) -> Nic:
    speed = number_of(path / "speed")  # Mbit/s; -1 or an error where there is none
    counters = [number_of(path / "statistics" / name) for name in ("rx_errors", "tx_errors")]
    drops = [number_of(path / "statistics" / name) for name in ("rx_dropped", "tx_dropped")]
    return Nic(
        path.name,
        text_of(path / "operstate", 32) == "up" or number_of(path / "carrier") == 1,
        None if speed is None or speed <= 0 else speed * 1e6,
        text_of(path / "duplex", 32),
        _total(counters),
        _total(drops),
        number_of(path / "carrier_changes"),
    )


def _total(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


async def _link(ask: Ask) -> Measurement:
    root, only = root_of(ask), _only(ask)
    seconds = number(ask, "seconds", most=600)
    where = str(root / "sys/class/net")
    before = await in_time(ask, lambda: _nics(root, only), where)
    if before is None:
        raise NoData("probes_node.no_net", path=where)
    if missing := sorted(set(only) - {nic.name for nic in before}):
        raise NoData("probes_node.no_such_nic", names=", ".join(missing))
    if not before:
        raise NoData("probes_node.no_nic", path=where)
    await asyncio.sleep(min(seconds, within(ask)))
    nics = await in_time(ask, lambda: _nics(root, only), where) or ()
    up = [nic for nic in nics if nic.up]
    down = [nic.name for nic in nics if not nic.up]
    fields: dict[str, Scalar] = {"links": len(nics), "up": len(up), "down": len(down), "seconds": seconds}
    remarks: list[Remark] = []
    speeds = {nic.name: nic.speed for nic in up if nic.speed is not None}
    if speeds and len(speeds) == len(up):
        fields |= {"speed_min": min(speeds.values()), "speed_max": max(speeds.values())}
        slowest = min(speeds, key=lambda name: speeds[name])
        if fields["speed_min"] != fields["speed_max"]:
            remarks.append(("probes_node.unlike_speeds", {"name": slowest, "speed": _gbit(speeds[slowest])}))
    elif up:
        remarks.append(("probes_node.no_speed", {"names": ", ".join(n.name for n in up if n.speed is None)}))
    if half := [nic.name for nic in up if nic.duplex == "half"]:
        remarks.append(("probes_node.half_duplex", {"names": ", ".join(half)}))
    for label in ("errors", "dropped", "carrier_changes"):
        _count(label, before, nics, fields)
    if fields.get("errors"):
        noisy = ", ".join(f"{nic.name} {nic.errors}" for nic in nics if nic.errors)
        remarks.append(("probes_node.link_errors", {"names": noisy, "new": fields.get("new_errors", 0)}))
    rows = [(n.name, "up" if n.up else "down", _gbit(n.speed), n.duplex, n.errors, n.dropped) for n in nics]
    table = columns(("interface", "state", "Gbit/s", "duplex", "errors", "dropped"), rows)
    return Measurement(fields, "/sys/class/net", (Exchange(f"read {where}", redact(table)),), tuple(remarks))


def _count(label: str, before: tuple[Nic, ...], after: tuple[Nic, ...], fields: dict[str, Scalar]) -> None:
    """The sum over all interfaces since they came up, and what came new in the window."""
    old = {nic.name: getattr(nic, label) for nic in before}
    now = {nic.name: getattr(nic, label) for nic in after}
    if now and None not in now.values():
        fields[label] = sum(now.values())
        if old.keys() == now.keys() and None not in old.values() and label == "errors":
            fields["new_errors"] = sum(max(now[name] - old[name], 0) for name in now)


def _only(ask: Ask) -> tuple[str, ...]:
    """The interfaces asked for: ``eth0`` or ``eth0,eth1`` or a list."""
    given = ask.params.get("names") or ()
    words = given.split(",") if isinstance(given, str) else [str(one) for one in given]  # type: ignore[attr-defined]
    names = tuple(word.strip() for word in words if word.strip())
    for name in names:
        if not _NAME.fullmatch(name):
            raise NoData("probes_node.no_such_nic", names=name)
    return names


def _gbit(speed: float | None) -> str | None:
    return None if speed is None else f"{speed / 1e9:g}"


def _link_steps(ask: Ask) -> tuple[str, ...]:
    folder = root_of(ask) / "sys/class/net"
    which = f"{{{','.join(only)}}}" if len(only := _only(ask)) > 1 else (*only, "*")[0]
    files = "{operstate,carrier,speed,duplex,carrier_changes,statistics/*}"
    return (f"read {folder}/{which}/{files} twice, {number(ask, 'seconds', most=600):g} s apart",)


# --- node.rdma ------------------------------------------------------------------------------------------

_MELLANOX = "0x15b3"
_NETWORK, _INFINIBAND = "0x0200", "0x0207"


@dataclass(frozen=True, slots=True)
class Port:
    """One RDMA port: rate in bit/s; `downed` is how often its link went down since the counters began."""

    name: str
    state: str
    physical: str
    layer: str
    rate: float | None
    downed: int | None

    @property
    def active(self) -> bool:
        return self.state == "ACTIVE" and self.physical in ("LinkUp", "")

    @property
    def disabled(self) -> bool:
        return self.physical == "Disabled"


def _ports(root: Path) -> tuple[Port, ...] | None:
    folder = root / "sys/class/infiniband"
    devices = names_in(folder)
    if devices is None:
        return None
    found = []
    for device in devices:
        for port in names_in(folder / device / "ports") or ():
            path = folder / device / "ports" / port
            rate = re.match(r"([\d.]+) Gb/sec", text_of(path / "rate", 64) or "")
            found.append(
                Port(
                    f"{device}/{port}",
                    (text_of(path / "state", 64) or "?").rpartition(": ")[2],  # "4: ACTIVE"
                    (text_of(path / "phys_state", 64) or "").rpartition(": ")[2],
                    text_of(path / "link_layer", 64) or "?",
                    float(rate[1]) * 1e9 if rate else None,
                    number_of(path / "counters/link_downed"),
                )
            )
    return tuple(found[:_MOST])


def _adapters(root: Path) -> tuple[str, ...] | None:
    """Bus ids of the PCI devices that can do RDMA: InfiniBand controllers, and NVIDIA's (Mellanox's)
    network cards; None when there is no PCI bus to be seen."""
    folder = root / "sys/bus/pci/devices"
    names = names_in(folder)
    if names is None:
        return None
    found = []
    for name in names:
        kind = text_of(folder / name / "class", 16) or ""
        mellanox = text_of(folder / name / "vendor", 16) == _MELLANOX and kind.startswith(_NETWORK)
        if kind.startswith(_INFINIBAND) or mellanox:
            found.append(name)
    return tuple(found)


async def _rdma(ask: Ask) -> Measurement:
    root = root_of(ask)
    where = str(root / "sys/class/infiniband")
    ports = await in_time(ask, lambda: _ports(root), where)
    if not ports:
        adapters = await in_time(ask, lambda: _adapters(root), str(root / "sys/bus/pci/devices"))
        if adapters is None:
            raise NoData("probes_node.rdma_unseen", path=where)
        if adapters:
            raise NoData("probes_node.rdma_no_driver", ids=", ".join(adapters))
        raise NotApplicable("probes_node.no_rdma")
    active = [port for port in ports if port.active]
    inactive = [port for port in ports if not port.active and not port.disabled]
    fields: dict[str, Scalar] = {
        "ports": len(ports),
        "active": len(active),
        "inactive": len(inactive),
        "disabled": len(ports) - len(active) - len(inactive),
    }
    remarks: list[Remark] = []
    rates = [port.rate for port in active if port.rate is not None]
    if rates and len(rates) == len(active):
        fields |= {"rate_min": min(rates), "rate_max": max(rates)}
        if min(rates) != max(rates):
            slow = next(port for port in active if port.rate == min(rates))
            remarks.append(("probes_node.unlike_speeds", {"name": slow.name, "speed": _gbit(slow.rate)}))
    downs = [port.downed for port in ports if not port.disabled]
    if downs and None not in downs:
        fields["link_downed"] = sum(count or 0 for count in downs)
        if flaps := [f"{port.name} {port.downed}" for port in ports if port.downed]:
            remarks.append(("probes_node.link_downed", {"ports": ", ".join(flaps)}))
    if inactive:
        listed = ", ".join(f"{port.name} {port.state}/{port.physical}" for port in inactive)
        remarks.append(("probes_node.rdma_inactive", {"ports": listed}))
    rows = [(p.name, p.state, p.physical, p.layer, _gbit(p.rate), p.downed) for p in ports]
    table = columns(("port", "state", "physical", "layer", "Gbit/s", "link downed"), rows)
    seen = Exchange(f"read {where}/*/ports/*", redact(table))
    return Measurement(fields, "/sys/class/infiniband", (seen,), tuple(remarks))


def _rdma_steps(ask: Ask) -> tuple[str, ...]:
    root = root_of(ask)
    files = "{state,phys_state,link_layer,rate,counters/link_downed}"
    return (
        f"read {root / 'sys/class/infiniband'}/*/ports/*/{files}",
        f"read {root / 'sys/bus/pci/devices'}/*/{{vendor,class}}",
    )


PROBES = (
    Probe(
        "node.link",
        _link,
        _link_steps,
        fields={
            "links": "count", "up": "count", "down": "count", "speed_min": "bit/s", "speed_max": "bit/s",
            "errors": "count", "new_errors": "count", "dropped": "count", "carrier_changes": "count",
            "seconds": "s",
        },
        params={"names": "", "seconds": 2, "root": "/"},
    ),
    Probe(
        "node.rdma",
        _rdma,
        _rdma_steps,
        fields={
            "ports": "count", "active": "count", "inactive": "count", "disabled": "count",
            "rate_min": "bit/s", "rate_max": "bit/s", "link_downed": "count",
        },
        params={"root": "/"},
    ),
)  # fmt: skip
