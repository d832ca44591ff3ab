"""GPUs that DRA drivers publish as devices, and those of them that ResourceClaims hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gpuready.kube.look import Obj
from gpuready.kube.panel.facts import DRA, Gpus
from gpuready.kube.panel.tally import Nodes
from gpuready.kube.read.gpus import claimed, devices
from gpuready.kube.read.quantity import pieces

_PARTITION = "-mig-"  # between a GPU's name and that of a MIG instance on it


@dataclass(frozen=True, slots=True)
class Slice:
    """What one ResourceSlice tells: the whole GPUs of a node, named ``DRIVER/POOL/DEVICE``."""

    node: str
    pool: str
    generation: int
    gpus: frozenset[str]
    tainted: frozenset[str]


def slice_fact(obj: Obj) -> Slice | None:
    """A ResourceSlice with GPUs of one node; None for any other."""
    spec = obj.get("spec") or {}
    pool = spec.get("pool") or {}
    for node, found in devices([obj]).items():
        name, generation = f"{spec.get('driver')}/{pool.get('name')}", pieces(pool.get("generation", 0))
        return Slice(node, name, generation, found.gpus, found.tainted & found.gpus)
    return None


def claim_fact(obj: Obj) -> frozenset[str] | None:
    """The GPUs that a ResourceClaim holds, whole or a part of them; None for none."""
    return frozenset(name.partition(_PARTITION)[0] for name in claimed([obj])) or None


class Devices:
    """The devices of all nodes.  A node whose device plugin counts the same GPUs is not counted twice: see
    `Nodes.offer`."""

    def __init__(self) -> None:
        self._slices: dict[str, Slice] = {}
        self._claims: dict[str, frozenset[str]] = {}
        self._uses: Counter[str] = Counter()
        self._node_of: dict[str, str] = {}
        self._current: dict[str, list[Slice]] = {}
        self._stale = False
        self._known = False
        self._dirty: set[str] = set()

    def put_slice(self, uid: str, fact: Slice | None) -> None:
        old = self._slices.pop(uid, None)
        if fact is not None:
            self._slices[uid] = fact
        self._dirty |= {each.node for each in (old, fact) if each is not None}
        self._stale = True

    def put_claim(self, uid: str, fact: frozenset[str] | None) -> None:
        self._use(self._claims.pop(uid, frozenset()), -1)
        if fact is not None:
            self._claims[uid] = fact
            self._use(fact, 1)

    def _use(self, names: frozenset[str], sign: int) -> None:
        for name in names:
            self._uses[name] += sign
            if not self._uses[name]:
                del self._uses[name]
            if node := self._node_of.get(name):
                self._dirty.add(node)

    def settle(self, nodes: Nodes, *, claims_known: bool) -> None:
        """Tell the nodes what has changed since the last time."""
        if self._stale:
            newest: Counter[str] = Counter()
            for each in self._slices.values():
                newest[each.pool] = max(newest[each.pool], each.generation)
            current = [each for each in self._slices.values() if each.generation == newest[each.pool]]
            self._current = {each.node: [] for each in current}
            for each in current:
                self._current[each.node].append(each)
            self._node_of = {name: each.node for each in current for name in each.gpus}
            self._stale = False
        if claims_known != self._known:
            self._known = claims_known
            self._dirty |= self._current.keys()
        for node in self._dirty:
            nodes.offer(node, self._gpus(self._current.get(node, [])))
        self._dirty.clear()

    def _gpus(self, mine: list[Slice]) -> Gpus | None:
        gpus = {name for each in mine for name in each.gpus}
        if not gpus:
            return None
        usable = gpus - {name for each in mine for name in each.tainted}
        held = sum(name in self._uses for name in usable) if self._known else None
        return Gpus(DRA, len(gpus), len(usable), held)
