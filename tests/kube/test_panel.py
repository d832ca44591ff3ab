"""The panel's watcher against a served cluster: what it counts, how it keeps up, and what it says when it
cannot know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import yaml

from gpuready.kube import checks
from gpuready.kube import watch as watching
from gpuready.kube.check import DECLARED
from gpuready.kube.look import Obj
from gpuready.kube.panel import reduce, watch
from gpuready.kube.panel.facts import ClusterSample, NodeFact, grouped
from gpuready.kube.panel.tally import Nodes, Pods
from gpuready.kube.panel.watch import Watcher
from gpuready.kube.rights import rbac_yaml
from gpuready.live.source import Unheard
from tests.kube import objects
from tests.kube.apiserver import Api, Object
from tests.kube.asking import target
from tests.kube.crowd import Churn, fill

GPU = "nvidia.com/gpu"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "EVERY", 0.05)
    monkeypatch.setattr(watching, "_BREATH", 0.01)


class Ear:
    """What a watcher tells: `all` of it, and the last sample."""

    def __init__(self) -> None:
        self.all: list[ClusterSample | Unheard] = []
        self.times: list[float] = []
        self._news = asyncio.Event()

    def __call__(self, heard: ClusterSample | Unheard) -> None:
        self.all.append(heard)
        self.times.append(time.monotonic())
        self._news.set()

    @property
    def last(self) -> ClusterSample | Unheard | None:
        return self.all[-1] if self.all else None

    async def until(self, holds: Callable[[ClusterSample], object], seconds: float = 15.0) -> ClusterSample:
        """Wait for a sample that satisfies the test."""
        try:
            async with asyncio.timeout(seconds):
                while not (isinstance(self.last, ClusterSample) and holds(self.last)):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"the last that was heard is {self.last}") from None
        assert isinstance(self.last, ClusterSample)
        return self.last

    async def silence(self, seconds: float = 15.0) -> Unheard:
        async with asyncio.timeout(seconds):
            while not isinstance(self.last, Unheard):
                self._news.clear()
                await self._news.wait()
        return self.last


@asynccontextmanager
async def heard(cluster: Api, interval: float = 0.05) -> AsyncIterator[Ear]:
    ear = Ear()
    watcher = Watcher(target(cluster), ear, interval)
    watcher.start()
    try:
        yield ear
    finally:
        await watcher.stop()


def node(sample: ClusterSample, name: str) -> NodeFact:
    return next(each for each in sample.nodes if each.name == name)


def four(fact: NodeFact) -> tuple[int, int, int | None, int | None]:
    """Capacity, allocatable, requested and free."""
    (gpus,) = fact.gpus
    return gpus.capacity, gpus.allocatable, gpus.requested, gpus.free


async def test_gpus_by_node_follow_pods_that_come_fail_and_go(cluster: Api) -> None:
    cluster.put(objects.node("a", 8, allocatable=7))
    first = objects.pod("one", "chat", node="a", gpus=4)
    cluster.put(first)
    async with heard(cluster) as ear:
        sample = await ear.until(lambda s: s.is_complete)
        assert four(node(sample, "a")) == (8, 7, 4, 3) and node(sample, "a").gpus[0].unhealthy == 1
        cluster.put(objects.pod("two", "chat", node="a", gpus=2))
        await ear.until(lambda s: four(node(s, "a"))[2:] == (6, 1))
        cluster.patch(first, {"status": {"phase": "Failed", "reason": "Evicted"}})
        sample = await ear.until(lambda s: four(node(s, "a"))[2:] == (2, 5))
        assert [(pod.title, pod.reason) for pod in sample.failing] == [("chat/one", "Evicted")]
        cluster.remove(first)
        sample = await ear.until(lambda s: not s.failing)
        assert four(node(sample, "a"))[2:] == (2, 5)


async def test_what_is_told_of_the_cluster(cluster: Api) -> None:
    cluster.put(objects.node("a", 8, taints=[], unschedulable=True, pressure=["DiskPressure"]))
    cluster.put(objects.node("b", 0, ready=False))
    async with heard(cluster) as ear:
        sample = await ear.until(lambda s: s.is_complete)
    assert sample.context == "test" and sample.version.count(".") == 2
    a, b = node(sample, "a"), node(sample, "b")
    assert a.state == "cordoned" and a.pressures == ("DiskPressure",) and a.product == "NVIDIA-H100-80GB-HBM3"
    assert a.free == 0 and four(a)[3] == 8  # they are free, but no pod can get them
    assert (b.state, b.reason, b.gpus) == ("not_ready", "KubeletNotReady", ()) and b.since > 0
    assert sum(group.count for group in sample.groups) == 2


async def test_pending_pods_say_why_and_what_is_set_aside_for_them(cluster: Api) -> None:
    cluster.put(objects.node("a", 8))
    waits = objects.pod("big", "train", gpus=8)
    waits["status"]["nominatedNodeName"] = "a"
    cluster.put(waits)
    cluster.put(objects.pod("image", "chat", node="a", gpus=1, phase="Pending", waiting="ImagePullBackOff"))
    cluster.put(objects.pod("web", "chat"))
    async with heard(cluster) as ear:
        sample = await ear.until(lambda s: s.is_complete)
        pending = {pod.title: pod for pod in sample.pending}
        assert (
            pending["train/big"].reason == "Unschedulable" and "Insufficient" in pending["train/big"].message
        )
        assert pending["chat/image"].reason == "ImagePullBackOff"
        assert sample.idle_pending == 1 and "chat/web" not in pending
        assert (node(sample, "a").gpus[0].nominated, four(node(sample, "a"))[2:]) == (8, (1, 7))
        cluster.remove(waits)
        await ear.until(lambda s: node(s, "a").gpus[0].nominated == 0 and len(s.pending) == 1)


async def test_engines_and_their_replicas(cluster: Api) -> None:
    vllm = objects.pod_spec(image="vllm/vllm-openai:v0.9.1", gpus=1)
    cluster.put(objects.deployment("chat", "llm", replicas=3, ready=1, spec=vllm))
    cluster.put(objects.statefulset("trainer", "ml", replicas=2, gpus=4))
    cluster.put(objects.deployment("web", "llm", replicas=2))
    async with heard(cluster) as ear:
        sample = await ear.until(lambda s: s.is_complete)
        found = [(each.title, each.engine, each.ready, each.desired) for each in sample.engines]
        assert found == [("llm/chat", "vLLM 0.9.1", 1, 3), ("ml/trainer", "", 2, 2)]
        cluster.put(objects.deployment("chat", "llm", replicas=3, ready=3, spec=vllm))
        await ear.until(lambda s: all(each.ready == each.desired for each in s.engines))


async def test_an_inference_service_counts_until_its_workload_is_there(cluster: Api) -> None:
    cluster.put(objects.crd("serving.kserve.io", "InferenceService", "inferenceservices", ("v1beta1",)))
    made = objects.custom("serving.kserve.io/v1beta1", "InferenceService", "llama", "llm")
    cluster.put(made)
    async with heard(cluster) as ear:
        sample = await ear.until(lambda s: s.is_complete)
        assert [(each.kind, each.ready, each.desired) for each in sample.engines] == [
            ("InferenceService", 0, 1)
        ]
        labels = {"serving.kserve.io/inferenceservice": "llama", "component": "predictor"}
        cluster.put(objects.deployment("llama-predictor", "llm", replicas=2, gpus=1, labels=labels))
        sample = await ear.until(lambda s: [each.kind for each in s.engines] == ["Deployment"])
        assert sample.engines[0].desired == 2


async def test_devices_of_dra_drivers_and_the_claims_that_hold_them(cluster: Api) -> None:
    cluster.put(objects.node("a", 0))
    names = [f"gpu-{number}" for number in range(4)]
    devices: list[Object] = [{"name": name, "attributes": {"type": {"string": "gpu"}}} for name in names]
    devices[3]["taints"] = [{"key": "ecc", "effect": "NoSchedule"}]
    pool = {"name": "a", "generation": 2, "resourceSliceCount": 1}
    spec = {"driver": "gpu.nvidia.com", "nodeName": "a", "pool": pool, "devices": devices}
    cluster.put(objects.custom("resource.k8s.io/v1", "ResourceSlice", "a-gpus", spec=spec))
    old = {**spec, "pool": {**pool, "generation": 1}, "devices": [{"name": "gpu-9"}]}
    cluster.put(objects.custom("resource.k8s.io/v1", "ResourceSlice", "a-old", spec=old))
    async with heard(cluster) as ear:
        sample = await ear.until(lambda s: s.is_complete)
        assert node(sample, "a").gpus[0].kind == "DRA" and four(node(sample, "a")) == (4, 3, 0, 3)
        results = [
            {"request": "r", "driver": "gpu.nvidia.com", "pool": "a", "device": device}
            for device in ("gpu-0", "gpu-1-mig-9-0-1", "gpu-1-mig-9-1-1")
        ]
        held = {"allocation": {"devices": {"results": results}}}
        claim = objects.custom("resource.k8s.io/v1", "ResourceClaim", "c", "chat", spec={}, status=held)
        cluster.put(claim)
        await ear.until(lambda s: four(node(s, "a")) == (4, 3, 2, 1))
        cluster.remove(claim)
        await ear.until(lambda s: four(node(s, "a")) == (4, 3, 0, 3))


async def test_warnings_newest_first(cluster: Api) -> None:
    cluster.put(objects.event("old", reason="BackOff", last="2026-01-01T00:00:00Z"))
    cluster.put(objects.event("new", reason="FailedMount", count=7, last="2026-02-01T00:00:00Z"))
    cluster.put(objects.event("fine", type="Normal"))
    async with heard(cluster) as ear:
        sample = await ear.until(lambda s: s.is_complete)
    told = [(each.reason, each.about, each.count) for each in sample.warnings]
    assert told == [("FailedMount", "Pod default/new", 7), ("BackOff", "Pod default/old", 1)]
    assert sample.warning_count == 2


async def test_what_may_not_be_listed_is_said_and_the_rest_works(cluster: Api) -> None:
    cluster.put(objects.node("a", 8))
    cluster.put(objects.pod("one", "chat", node="a", gpus=4))
    cluster.allow([{"apiGroups": [""], "resources": ["nodes", "events"], "verbs": ["get", "list", "watch"]}])
    async with heard(cluster) as ear:
        sample = await ear.until(lambda s: s.is_complete)
    assert {part: key for part, (key, _) in sample.notes.items()} == dict.fromkeys(
        ("pods", "engines", "devices"), "kube.forbidden"
    )
    # What pods request is not known: nothing may look free.
    assert four(node(sample, "a")) == (8, 8, None, None) and node(sample, "a").free is None
    assert sample.groups[0].has_room(((GPU, 1),)) is None


async def test_the_printed_role_is_enough(cluster: Api) -> None:
    cluster.put(objects.node("a", 8))
    assert checks.PROBES
    manifest = yaml.safe_load(rbac_yaml(read for reads in DECLARED.values() for read in reads))
    cluster.allow(manifest["rules"])
    async with heard(cluster) as ear:
        sample = await ear.until(lambda s: s.is_complete)
    assert not sample.notes and sample.version


async def test_no_pod_is_read_yet_nothing_looks_free(cluster: Api) -> None:
    cluster.put(objects.node("a", 8))
    slow = cluster.fault("GET", "/pods", hangs=True)
    async with heard(cluster) as ear:
        sample = await ear.until(lambda s: "nodes" in s.read)
        assert "pods" not in sample.read and node(sample, "a").free is None
        slow.remove()


async def test_a_cluster_that_goes_silent_is_told_and_heard_again(cluster: Api) -> None:
    cluster.put(objects.node("a", 8))
    async with heard(cluster) as ear:
        await ear.until(lambda s: s.is_complete)
        fault = cluster.fault("GET", "", status=503)
        cluster.drop_watches()
        silent = await ear.silence()
        assert silent.why[0] == "kube.refused" and 0 < silent.again <= watch.LONGEST_PAUSE
        fault.remove()
        cluster.put(objects.node("b", 8))
        await ear.until(lambda s: len(s.nodes) == 2 and not s.notes, 40.0)


async def test_no_such_cluster(cluster: Api) -> None:
    cluster.write_kubeconfig(cluster.kubeconfig, context="other")
    ear = Ear()
    watcher = Watcher(target(cluster, "gone"), ear, 0.05)
    watcher.start()
    assert (await ear.silence()).why[0] == "kube.no_context"
    await watcher.stop()


async def test_an_object_of_another_shape_is_left_out_and_said(cluster: Api) -> None:
    cluster.put(objects.node("a", 8))
    cluster.put(objects.node("bad", 8))

    def node_fact(obj: Obj) -> NodeFact:
        if obj["metadata"]["name"] == "bad":
            raise TypeError
        return reduce.node(obj)

    ear = Ear()
    watcher = Watcher(target(cluster), ear, 0.05)
    watcher._node_part._fact_of = node_fact
    watcher.start()
    sample = await ear.until(lambda s: s.is_complete)
    await watcher.stop()
    assert [each.name for each in sample.nodes] == ["a"]
    assert sample.notes["nodes"] == ("cluster.unread", {"count": 1, "resource": "nodes"})


async def test_two_hundred_changes_a_second_are_kept_up_with(cluster: Api) -> None:
    """What was counted step by step is what a count from scratch comes to; and twice a second is enough."""
    if cluster.real:
        pytest.skip("the crowd is put into the served API")
    fill(cluster, 200, 2000)
    async with heard(cluster, interval=0.5) as ear:
        await ear.until(lambda s: s.is_complete)
        ear.all.clear()
        ear.times.clear()
        churn = Churn(cluster, 200)
        churn.start()
        async with asyncio.timeout(20):
            while churn.made < 600:  # noqa: ASYNC110 - another thread makes them
                await asyncio.sleep(0.05)
        churn.stop()
        gaps = [later - earlier for earlier, later in zip(ear.times, ear.times[1:], strict=False)]
        assert len(ear.times) >= 3 and min(gaps) >= 0.45
        want = counted(cluster)
        pods = [fact for obj in cluster.list("v1", "Pod") if (fact := reduce.pod(obj))]
        sample = await ear.until(lambda s: requests(s) == want and len(s.pods) == len(pods))
    assert sorted(sample.groups, key=str) == sorted(grouped(sample.nodes), key=str)
    assert {pod.title for pod in sample.pending} == {p.title for p in pods if p.state == "pending" and p.gpus}


def requests(sample: ClusterSample) -> dict[str, int]:
    held = {each.name: sum(gpus.requested or 0 for gpus in each.gpus) for each in sample.nodes}
    return {name: count for name, count in held.items() if count}


def counted(cluster: Api) -> dict[str, int]:
    """The GPUs that pods hold on each node, counted from the objects."""
    held: dict[str, int] = {}
    for obj in cluster.list("v1", "Pod"):
        name, phase = obj["spec"].get("nodeName"), obj["status"]["phase"]
        asked = sum(int(c["resources"].get("limits", {}).get(GPU, 0)) for c in obj["spec"]["containers"])
        if name and asked and phase not in ("Succeeded", "Failed"):
            held[name] = held.get(name, 0) + asked
    return held


async def test_stopping_closes_every_watch(cluster: Api) -> None:
    async with heard(cluster) as ear:
        await ear.until(lambda s: s.is_complete)
    async with asyncio.timeout(10):
        while cluster.watchers():  # noqa: ASYNC110 - the other side of a socket
            await asyncio.sleep(0.01)


def test_a_node_that_comes_again_under_its_name_is_one_node() -> None:
    nodes = Nodes()
    pods = Pods(nodes)
    nodes.know_pods(True)
    fact = reduce.node(objects.node("a", 8))
    nodes.put("1", fact)
    pods.put("p", reduce.pod(objects.pod("one", "chat", node="a", gpus=8)))
    nodes.put("2", reduce.node(objects.node("a", 4)))
    nodes.put("1", None)
    assert not nodes.count(9)
    assert [four(each) for each in nodes.all()] == [(4, 4, 8, 0)]
    nodes.put("2", None)
    assert not nodes.count(9)
    assert nodes.all() == () and nodes.groups() == ()


@pytest.mark.parametrize(
    "pod, want",
    [
        (objects.pod("a", node="n", gpus=0), None),
        (objects.pod("a", node="n", gpus=1, phase="Succeeded"), None),
        (objects.pod("a", node="n", gpus=1), ("running", "")),
        (objects.pod("a", node="n", waiting="CrashLoopBackOff"), ("failing", "CrashLoopBackOff")),
        (objects.pod("a", node="n", gpus=1, phase="Failed", terminated="OOMKilled"), ("failed", "OOMKilled")),
        (objects.pod("a", node="n", gpus=1, phase="Pending"), ("pending", "ContainerCreating")),
        (objects.pod("a", gpus=1), ("pending", "Unschedulable")),
        (objects.pod("a", node="n", gpus=1, restarts=3), ("running", "")),
    ],
)
def test_the_state_of_a_pod(pod: dict[str, object], want: tuple[str, str] | None) -> None:
    fact = reduce.pod(pod)
    assert (fact and (fact.state, fact.reason)) == want
