"""What the panel of a cluster shows, as facts.  Times are Unix times in seconds, 0 where none is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Saying = tuple[str, Mapping[str, object]]
Amounts = tuple[tuple[str, int], ...]
"""How many of each GPU resource (``nvidia.com/gpu``, ``nvidia.com/mig-1g.10gb``), by name."""

DRA = "DRA"
"""The kind under which devices of DRA drivers are counted, which have no resource of a name."""
PARTS = ("nodes", "devices", "pods", "engines", "events")
"""What the panel is made of; each may be missing for a reason of its own."""


@dataclass(frozen=True, slots=True)
class Gpus:
    """One kind of GPU on one node: how many it has, how many pods can get, how many are requested by pods
    that stand there (None while the pods cannot be read), and how many are set aside for a pod that waits
    for others to leave."""

    kind: str
    capacity: int
    allocatable: int
    requested: int | None = None
    nominated: int = 0

    @property
    def free(self) -> int | None:
        """None while it is not known what is requested."""
        return None if self.requested is None else max(0, self.allocatable - self.requested)

    @property
    def unhealthy(self) -> int:
        """Those that the device plugin does not offer."""
        return max(0, self.capacity - self.allocatable)

    @property
    def is_partition(self) -> bool:
        """Whether these are MIG instances rather than whole GPUs."""
        return "/mig-" in self.kind


@dataclass(frozen=True, slots=True)
class NodeFact:
    """One node.  `ready` is ``True``, ``False``, ``Unknown`` or empty (it has never said), with `reason`,
    `message` and `since` when that is so.  `pressures` are the other conditions that are bad now, `taints`
    read ``key=value:effect``, `gpus` each kind of GPU that it has."""

    name: str
    ready: str
    reason: str = ""
    message: str = ""
    since: float = 0.0
    pressures: tuple[str, ...] = ()
    product: str = ""
    gpus: tuple[Gpus, ...] = ()
    unschedulable: bool = False
    taints: tuple[str, ...] = ()
    zone: str = ""
    version: str = ""

    @property
    def is_ready(self) -> bool:
        return self.ready == "True"

    @property
    def state(self) -> str:
        """Empty where the scheduler may place pods here, else ``not_ready`` or ``cordoned``."""
        return "not_ready" if not self.is_ready else "cordoned" if self.unschedulable else ""

    @property
    def total(self) -> int:
        """GPUs that the node has, MIG instances included."""
        return sum(each.capacity for each in self.gpus)

    @property
    def free(self) -> int | None:
        """Those that a pod could get here now: none on a node that takes no pods; None while not known."""
        return free_of(self.gpus) if not self.state else 0


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that look alike to the scheduler: the same product, as many GPUs of each kind had, given and
    requested.  `state` is empty where they take pods, else ``cordoned`` or ``not_ready``."""

    product: str
    state: str
    gpus: tuple[Gpus, ...]
    count: int = 0

    @property
    def total(self) -> int:
        """GPUs of one node, MIG instances included."""
        return sum(each.capacity for each in self.gpus)

    @property
    def free(self) -> int | None:
        """Of them those that a pod could get now; None while it is not known."""
        return free_of(self.gpus) if not self.state else 0

    def has_room(self, asked: Amounts) -> bool | None:
        """Whether each of these nodes has that many free; None while it is not known."""
        free = {each.kind: each.free for each in self.gpus}
        if self.state or any(
            free.get(kind, 0) is not None and (free.get(kind) or 0) < n for kind, n in asked
        ):
            return False
        return None if any(free.get(kind, 0) is None for kind, _ in asked) else True


def free_of(gpus: Iterable[Gpus]) -> int | None:
    """How many of all kinds are free; None while it is not known."""
    known = [each.free for each in gpus]
    return None if None in known else sum(each or 0 for each in known)


def grouped(nodes: Iterable[NodeFact]) -> tuple[Group, ...]:
    """The nodes by what they look like."""
    counts = Counter((each.product, each.state, each.gpus) for each in nodes)
    return tuple(Group(*key, count) for key, count in counts.items())


@dataclass(frozen=True, slots=True)
class PodFact:
    """One pod that asks for GPUs, waits for a node, or fails.

    `state` is ``running``, ``pending``, ``failing`` (a container does not come up) or ``failed`` (over).
    `gpus` are what it requests, `claims` how many ResourceClaims it has, `nominated` the node that is being
    cleared for it.
    """

    namespace: str
    name: str
    state: str
    node: str = ""
    gpus: Amounts = ()
    claims: int = 0
    reason: str = ""
    message: str = ""
    since: float = 0.0
    nominated: str = ""

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def wants_gpu(self) -> bool:
        return bool(self.gpus or self.claims)

    @property
    def holds(self) -> bool:
        """Whether the GPUs that it requests are taken from its node."""
        return bool(self.node) and self.state != "failed"


@dataclass(frozen=True, slots=True)
class Engine:
    """A workload that serves models or asks for GPUs: `engine` is what it runs as far as it is known
    (``vLLM``), `ready` and `desired` are replicas.  `service` is the InferenceService it was made for."""

    kind: str
    namespace: str
    name: str
    ready: int
    desired: int
    engine: str = ""
    service: str = ""

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class WarningEvent:
    """An event of type Warning about `kind` `name`, seen `count` times, last at `last`."""

    namespace: str
    kind: str
    name: str
    reason: str
    message: str
    count: int
    last: float

    @property
    def about(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class ClusterSample:
    """The cluster as it is known at `at`.

    `groups` are the same nodes by what they look like.  `pods` are those of `PodFact`; `idle_pending` and
    `idle_failing` count pods without GPUs that wait or fail.  `warnings` are the newest, newest first, of
    `warning_count`.  `read` names the parts that have been read, `notes` says of a part why it is missing or
    may be out of date.
    """

    context: str
    version: str
    at: float
    nodes: tuple[NodeFact, ...] = ()
    groups: tuple[Group, ...] = ()
    pods: tuple[PodFact, ...] = ()
    pending: tuple[PodFact, ...] = ()
    failing: tuple[PodFact, ...] = ()
    idle_pending: int = 0
    idle_failing: int = 0
    engines: tuple[Engine, ...] = ()
    warnings: tuple[WarningEvent, ...] = ()
    warning_count: int = 0
    read: frozenset[str] = frozenset()
    notes: Mapping[str, Saying] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether all that can be read has been read."""
        return all(part in self.read or part in self.notes for part in PARTS)
