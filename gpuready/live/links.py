"""Which network interfaces matter, and how fast they are."""

from __future__ import annotations

from pathlib import Path

_NET = Path("/sys/class/net")
# What container engines, clusters and tunnels add by the hundred.
_VIRTUAL = (
    *("br-", "cali", "cilium", "cni", "docker", "dummy", "erspan", "flannel", "gre", "ifb", "ip6tnl", "kube"),
    *("lo", "lxc", "nerdctl", "nodelocal", "podman", "sit", "tap", "tunl", "veth", "virbr", "vnet", "vxlan"),
)
_MOST = 16


def link_names() -> list[str]:
    """The interfaces with hardware behind them, bonds included; where there are none (inside a container)
    all that do not look virtual.  At most 16."""
    try:
        names = sorted(entry.name for entry in _NET.iterdir() if (entry / "address").exists())
    except OSError:
        return []
    real = [name for name in names if (_NET / name / "device").exists() or (_NET / name / "bonding").exists()]
    return (real or [name for name in names if not name.startswith(_VIRTUAL)])[:_MOST]


def link_speed(name: str) -> int | None:
    """The negotiated speed in Mbit/s; None when the link is down or has none (virtio says -1)."""
    try:
        speed = int((_NET / name / "speed").read_text())
    except (OSError, ValueError):
        return None
    return speed if speed > 0 else None


def link_up(name: str) -> bool:
    """Whether the interface can carry data; drivers that do not know (``unknown``) count as up."""
    try:
        with open(f"{_NET}/{name}/operstate", "rb", buffering=0) as file:  # noqa: PTH123 (hot)
            return file.read(16).strip() in (b"up", b"unknown")
    except OSError:
        return False
