"""Whom a network probe asks: host and port out of an address, and the default gateway where there is none."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from gpuready.probes.network_names import Place, look_up
from gpuready.probes.probe import NoData, Target
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

ROUTES = Path("/proc/net/route")
_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379, "grpc": 443, "tcp": 0}


@dataclass(frozen=True, slots=True)
class Host:
    """A name or an IP address, and a port; 0 where none was given."""

    name: str
    port: int = 0

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name and self.port else self.name
        return f"{name}:{self.port}" if self.port else name

    @property
    def is_address(self) -> bool:
        """Whether there is nothing to look up."""
        try:
            ipaddress.ip_address(self.name.partition("%")[0])
        except ValueError:
            return False
        return True


def host_of(target: Target) -> Host:
    """The host of the target's address: HOST, HOST:PORT, [IPv6]:PORT or a URL (then with its scheme's own
    port).  `NoData` when it is none of these."""
    address = target.address.strip()
    scheme, sep, rest = address.partition("://")
    port = _PORTS.get(scheme, -1) if sep else 0
    rest = re.split(r"[/?#]", rest if sep else address, maxsplit=1)[0].rpartition("@")[2]
    match = re.fullmatch(r"\[([0-9A-Fa-f:.]+(?:%\w+)?)\](?::(\d{1,5}))?|([^:\[\]\s]+)(?::(\d{1,5}))?", rest)
    if match:
        name, given = match[1] or match[3], match[2] or match[4]
    else:
        name, given = rest, None
        if not Host(name).is_address:  # a bare IPv6 address is the only one with several colons
            raise NoData("probes_network.bad_address", address=redact(safe_line(target.address)))
    port = int(given) if given else port
    if port < 0 or port > 65535 or name.startswith("-"):
        raise NoData("probes_network.bad_address", address=redact(safe_line(target.address)))
    return Host(name, port)


def gateway() -> Host:
    """The default gateway, from the kernel's own table; `NoData` when there is none (IPv4)."""
    try:
        rows = [line.split() for line in ROUTES.read_text().splitlines()[1:]]
    except OSError:
        rows = []
    ways = [row for row in rows if len(row) > 7 and row[1] == "00000000" and int(row[3], 16) & 2]
    if not ways:
        raise NoData("probes_network.no_peer")
    best = min(ways, key=lambda row: int(row[6]))
    return Host(socket.inet_ntoa(bytes.fromhex(best[2])[::-1]))


async def place_of(host: Host) -> Place:
    """The first address of the host; `NoData` when its name does not resolve.  The caller sets the limit."""
    try:
        return (await look_up(host.name, host.port))[0]
    except OSError as error:
        raise no_name(host, error) from None


def no_name(host: Host, error: OSError) -> NoData:
    return NoData("probes_network.no_name", host=host.name, why=safe_line(error.strerror or str(error)))


def is_here(place: Place) -> bool:
    """Whether the address is this machine's own: only to such an address can a socket be bound."""
    with socket.socket(place.family, socket.SOCK_DGRAM) as one:
        try:
            one.bind((place.address, 0))
        except OSError:
            return False
    return True
