"""How many of the requests each backend got, against what it should have got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gpuready.probes.balancer_stats import Server
from gpuready.probes.probe import Remark

_LEAST = 10  # requests that a backend should get, below which a share is chance
BY_CONTENT = frozenset({"source", "uri", "url_param", "hdr", "rdp-cookie", "hash"})
"""Algorithms with which one client's requests for one URL belong on one backend."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The backends that should get requests: their share by name, or only their number (0: not known)."""

    shares: Mapping[str, float]
    count: int
    algorithm: str = ""


@dataclass(frozen=True, slots=True)
class Shares:
    """`unserved` and `within` are None where they cannot be known, and `remarks` say why."""

    unserved: int | None
    within: bool | None
    missing: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


def expected_of(servers: Sequence[Server], told: int) -> Expected:
    """What the statistics say of the servers that work, else the number that the operator told."""
    working = [each for each in servers if each.works]
    if not working:
        return Expected({}, told)
    weights = [each.weight for each in working]
    known = [weight for weight in weights if weight is not None]
    total = sum(known) if len(known) == len(working) else 0.0
    shares = {e.name: (e.weight or 0) / total if total else 1 / len(working) for e in working}
    algorithms = {each.algorithm for each in working}
    return Expected(shares, len(working), algorithms.pop() if len(algorithms) == 1 else "")


def named(counts: Mapping[str, int], servers: Sequence[Server]) -> dict[str, int]:
    """The counts by the names that the statistics use, where a backend tells its address or group too."""
    by_any: dict[str, str] = {}
    for server in servers:
        by_any |= {str(server): server.name, server.name: server.name}
        if server.address:
            by_any[server.address] = server.name
    found: Counter[str] = Counter()
    for name, count in counts.items():
        found[by_any.get(name, name)] += count
    return dict(found)


def shares_of(counts: Mapping[str, int], expected: Expected, tolerance: float) -> Shares:
    """Judge the counts; `tolerance` in percent of a backend's fair share."""
    served = {name for name, count in counts.items() if count}
    if not expected.count:
        return Shares(None, None, remarks=(("probes_balancer.how_many", {}),))
    if len(served) == 1 < expected.count and expected.algorithm in BY_CONTENT:
        remark = ("probes_balancer.one_client", {"algorithm": expected.algorithm})
        return Shares(None, None, remarks=(remark,))
    by_name = bool(expected.shares) and served <= set(expected.shares)
    missing = tuple(sorted(set(expected.shares) - served)) if by_name else ()
    unserved = len(missing) if by_name else max(0, expected.count - len(served))
    remarks: list[Remark] = []
    if unserved and len(served) == 1:
        remarks.append(("probes_balancer.perhaps_hashed", {}))
    if not by_name and len(served) > expected.count:
        remarks.append(("probes_balancer.more_seen", {"seen": len(served), "count": expected.count}))
        return Shares(None, None, remarks=tuple(remarks))
    total = sum(counts.values())
    fair = expected.shares if by_name else dict.fromkeys(served, 1 / expected.count)
    if not by_name and len(set(expected.shares.values())) > 1:
        remarks.append(("probes_balancer.weights_unmatched", {}))
        return Shares(unserved, None, missing, tuple(remarks))
    if total * min(fair.values(), default=0) < _LEAST:
        remarks.append(("probes_balancer.few_each", {"count": total, "least": _LEAST}))
        return Shares(unserved, False if unserved else None, missing, tuple(remarks))
    most = tolerance / 100
    within = all(abs(counts.get(n, 0) - total * share) <= total * share * most for n, share in fair.items())
    return Shares(unserved, within and not unserved, missing, tuple(remarks))
