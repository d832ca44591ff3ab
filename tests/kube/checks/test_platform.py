"""Gateways, federation, streaming, batch schedulers, tenants, remediation, vulnerability reports."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import batch, federation, gateway, remediation, streaming, vulnerabilities
from tests.kube.memory import Memory, judged
from tests.kube.objects import condition, custom, daemonset, deployment, merge, namespace, node, pod, pod_spec

(GATEWAY,) = gateway.CHECKS
(FEDERATION,) = federation.CHECKS
(STREAMING,) = streaming.CHECKS
SCHEDULER, TENANTS = batch.CHECKS
(REMEDIATION,) = remediation.CHECKS
(VULNERABILITIES,) = vulnerabilities.CHECKS
GW = "gateway.networking.k8s.io"
GATEWAYS = f"gateways.{GW}"


def public(programmed: bool = True) -> dict[str, Any]:
    told = condition("Programmed", programmed, "" if programmed else "AddressNotAssigned")
    return custom(f"{GW}/v1", "Gateway", "public", "edge", status={"conditions": [told]})


def route(to: str = "chat", resolved: bool = True, kind: str = "Service") -> dict[str, Any]:
    told = [condition("Accepted"), condition("ResolvedRefs", resolved, "" if resolved else "RefNotPermitted")]
    return custom(
        f"{GW}/v1",
        "HTTPRoute",
        "chat",
        "prod",
        spec={"parentRefs": [{"name": "public"}], "rules": [{"backendRefs": [{"kind": kind, "name": to}]}]},
        status={"parents": [{"conditions": told}]},
    )


async def test_a_gateway_without_routes_proves_nothing_behind_it() -> None:
    found = await judged(GATEWAY, Memory({GATEWAYS: [public()]}))
    assert found.verdict is Verdict.UNKNOWN
    assert "No route leads to" in found.said
    elsewhere = route(kind="Backend")
    found = await judged(GATEWAY, Memory({GATEWAYS: [public()], f"httproutes.{GW}": [elsewhere]}))
    assert found.verdict is Verdict.UNKNOWN
    edited = merge(public(), {"metadata": {"generation": 3}})
    edited["status"]["conditions"][0]["observedGeneration"] = 2
    objects = {GATEWAYS: [edited], f"httproutes.{GW}": [route()]}
    assert (await judged(GATEWAY, Memory(objects)))["not_programmed"] == 1, "it was said of an older spec"


def endpoints(ready: bool = True) -> dict[str, Any]:
    made = custom(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "chat-x",
        "prod",
        labels={"kubernetes.io/service-name": "chat"},
    )
    return made | {"endpoints": [{"addresses": ["10.0.0.9"], "conditions": {"ready": ready}}]}


def edge(*routes: dict[str, Any], door: dict[str, Any] | None = None, ready: bool = True) -> Memory:
    return Memory(
        {
            f"gateways.{GW}": [door or public()],
            f"httproutes.{GW}": routes or [route()],
            "endpointslices.discovery.k8s.io": [endpoints(ready)],
        }
    )


async def test_a_programmed_gateway_with_a_ready_pod_behind_each_route() -> None:
    assert (await judged(GATEWAY, edge())).verdict is Verdict.PASS
    found = await judged(GATEWAY, edge(door=public(programmed=False)))
    assert found.verdict is Verdict.FAIL
    assert "edge/public (AddressNotAssigned" in found.said
    found = await judged(GATEWAY, edge(ready=False))
    assert found.verdict is Verdict.FAIL
    assert "prod/chat -> chat" in found.said
    found = await judged(GATEWAY, edge(route(resolved=False)))
    assert "prod/chat (RefNotPermitted)" in found.said


async def test_a_route_to_an_inference_pool_leads_to_its_pods() -> None:
    pool = custom(
        "inference.networking.k8s.io/v1",
        "InferencePool",
        "chat",
        "prod",
        spec={"selector": {"matchLabels": {"app": "chat"}}},
    )
    cluster = edge(route(kind="InferencePool"))
    objects = {**cluster.objects, "inferencepools.inference.networking.k8s.io": [pool]}
    assert (await judged(GATEWAY, Memory(objects))).verdict is Verdict.FAIL
    ready = pod("chat-1", "prod", node="n1", labels={"app": "chat"})
    assert (await judged(GATEWAY, Memory({**objects, "pods": [ready]}))).verdict is Verdict.PASS


async def test_an_ingress_is_followed_too_and_the_retired_controller_is_told() -> None:
    backend = {"service": {"name": "chat", "port": {"number": 80}}}
    paths = {"http": {"paths": [{"path": "/", "backend": backend}]}}
    ingress = custom("networking.k8s.io/v1", "Ingress", "chat", "prod", spec={"rules": [paths]})
    ingress["status"] = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    old = custom("networking.k8s.io/v1", "IngressClass", "nginx", spec={"controller": "k8s.io/ingress-nginx"})
    objects = {
        "ingresses.networking.k8s.io": [ingress],
        "ingressclasses.networking.k8s.io": [old],
        "endpointslices.discovery.k8s.io": [endpoints()],
    }
    found = await judged(GATEWAY, Memory(objects))
    assert found.verdict is Verdict.PASS
    assert "retired in March 2026" in found.said
    bare = merge(ingress, {"status": None})
    found = await judged(GATEWAY, Memory({**objects, "ingresses.networking.k8s.io": [bare]}))
    assert found.verdict is Verdict.UNKNOWN, "some controllers never write the address"


async def test_no_gateway_and_no_right_are_unknown() -> None:
    assert (await judged(GATEWAY, Memory())).verdict is Verdict.UNKNOWN
    objects = {"gateways.networking.istio.io": [custom("networking.istio.io/v1", "Gateway", "g", "a")]}
    assert (await judged(GATEWAY, Memory(objects))).verdict is Verdict.UNKNOWN
    assert (
        await judged(GATEWAY, Memory(forbidden={"ingresses.networking.k8s.io"}))
    ).verdict is Verdict.UNKNOWN


KARMADA = "clusters.cluster.karmada.io"


def member(name: str, ready: bool = True, region: str = "") -> dict[str, Any]:
    told = condition("Ready", ready, "" if ready else "ClusterNotReachable")
    spec = {"region": region} if region else {}
    return custom("cluster.karmada.io/v1alpha1", "Cluster", name, spec=spec, status={"conditions": [told]})


async def test_two_ready_members_pass_and_one_that_dropped_out_is_named() -> None:
    found = await judged(
        FEDERATION, Memory({KARMADA: [member("eu", region="eu"), member("us", region="us")]})
    )
    assert (found.verdict, found["regions"]) == (Verdict.PASS, 2)
    together = [member("a", region="eu"), member("b", region="eu")]
    assert (await judged(FEDERATION, Memory({KARMADA: together}))).verdict is Verdict.UNKNOWN
    assert (await judged(FEDERATION, Memory({KARMADA: together[:1]}))).verdict is Verdict.FAIL
    found = await judged(FEDERATION, Memory({KARMADA: [member("eu"), member("us", ready=False)]}))
    assert found.verdict is Verdict.FAIL
    assert "us (ClusterNotReachable" in found.said
    assert (await judged(FEDERATION, Memory({KARMADA: [member("eu")]}))).verdict is Verdict.FAIL


async def test_members_of_other_hubs() -> None:
    both = [condition("ManagedClusterJoined"), condition("ManagedClusterConditionAvailable")]
    ocm = [
        custom("cluster.open-cluster-management.io/v1", "ManagedCluster", name, status={"conditions": both})
        for name in ("a", "b")
    ]
    resource = "managedclusters.cluster.open-cluster-management.io"
    assert (await judged(FEDERATION, Memory({resource: ocm}))).verdict is Verdict.PASS
    fleet = [
        custom(
            "fleet.cattle.io/v1alpha1",
            "Cluster",
            name,
            "fleet-default",
            status={"conditions": [condition("Ready")], "agent": {"lastSeen": seen}},
        )
        for name, seen in (("a", "2026-11-24T11:59:00Z"), ("b", "2026-11-24T08:00:00Z"))
    ]
    found = await judged(FEDERATION, Memory({"clusters.fleet.cattle.io": fleet}))
    assert found.verdict is Verdict.FAIL
    assert "fleet-default/b (agent not seen for 4 h)" in found.said


async def test_a_cluster_that_is_no_hub_tells_nothing() -> None:
    assert (await judged(FEDERATION, Memory())).verdict is Verdict.UNKNOWN
    assert (
        await judged(FEDERATION, Memory({"kubefedclusters.core.kubefed.io": []}))
    ).verdict is Verdict.UNKNOWN
    assert (await judged(FEDERATION, Memory({KARMADA: []}, forbidden={KARMADA}))).verdict is Verdict.UNKNOWN


def broker(name: str, ready: bool = True) -> dict[str, Any]:
    labels = {"strimzi.io/broker-role": "true", "strimzi.io/cluster": "events"}
    return pod(name, "kafka", node="n1", labels=labels, ready=ready)


def kafka(ready: bool = True) -> dict[str, Any]:
    return custom(
        "kafka.strimzi.io/v1", "Kafka", "events", "kafka", status={"conditions": [condition("Ready", ready)]}
    )


async def test_brokers_by_strimzi_and_by_image() -> None:
    resource = "kafkas.kafka.strimzi.io"
    found = await judged(STREAMING, Memory({resource: [kafka()], "pods": [broker("b-0"), broker("b-1")]}))
    assert (found.verdict, found["ready"]) == (Verdict.UNKNOWN, 2), "of their partitions it shows nothing"
    assert "--under-replicated-partitions" in found.said
    found = await judged(
        STREAMING, Memory({resource: [kafka()], "pods": [broker("b-0"), broker("b-1", False)]})
    )
    assert found.verdict is Verdict.FAIL
    assert "kafka/b-1" in found.said
    found = await judged(STREAMING, Memory({resource: [kafka(False)], "pods": [broker("b-0")]}))
    assert "kafka/events" in found.said
    owner = {"kind": "StatefulSet", "name": "pulsar-broker", "controller": True}
    image = pod_spec(image="apachepulsar/pulsar-all:4.0.1")
    pulsar = pod(
        "pulsar-broker-0", "pulsar", node="n1", spec=image, owner=owner, labels={"component": "broker"}
    )
    bookie = pod(
        "pulsar-bookie-0", "pulsar", node="n1", spec=image, owner=owner, labels={"component": "bookie"}
    )
    found = await judged(STREAMING, Memory({"pods": [pulsar, bookie]}))
    assert (found.verdict, found["ready"]) == (Verdict.UNKNOWN, 1)


async def test_no_broker_here_is_no_failure() -> None:
    assert (await judged(STREAMING, Memory({"pods": [pod("a", node="n1")]}))).verdict is Verdict.UNKNOWN
    assert (await judged(STREAMING, Memory(forbidden={"pods"}))).verdict is Verdict.UNKNOWN


def part(name: str, image: str, ready: int = 1) -> dict[str, Any]:
    return deployment(name, "batch-system", replicas=1, ready=ready, spec=pod_spec(image=image))


VOLCANO = [
    part("volcano-scheduler", "docker.io/volcanosh/vc-scheduler:v1.12.0"),
    part("volcano-controllers", "docker.io/volcanosh/vc-controller-manager:v1.12.0"),
]


def queue(state: str = "Open", **spec: Any) -> dict[str, Any]:
    return custom("scheduling.volcano.sh/v1beta1", "Queue", "team-a", spec=spec, status={"state": state})


async def test_volcano_with_an_open_queue() -> None:
    resource = "queues.scheduling.volcano.sh"
    found = await judged(SCHEDULER, Memory({"deployments.apps": VOLCANO, resource: [queue()]}))
    assert found.verdict is Verdict.PASS
    found = await judged(SCHEDULER, Memory({"deployments.apps": VOLCANO, resource: [queue("Closed")]}))
    assert found.verdict is Verdict.FAIL
    assert "team-a (Closed)" in found.said
    broken = [part("volcano-scheduler", "volcanosh/vc-scheduler:v1.12.0", ready=0)]
    found = await judged(SCHEDULER, Memory({"deployments.apps": broken, resource: [queue()]}))
    assert found.verdict is Verdict.FAIL
    assert "batch-system/volcano-scheduler 0/1" in found.said


async def test_kueue_kai_and_yunikorn() -> None:
    kueue = part("kueue-controller-manager", "registry.k8s.io/kueue/kueue:v0.14.2")
    active = custom(
        "kueue.x-k8s.io/v1beta2", "ClusterQueue", "gpus", status={"conditions": [condition("Active")]}
    )
    cluster = Memory({"deployments.apps": [kueue], "clusterqueues.kueue.x-k8s.io": [active]})
    assert (await judged(SCHEDULER, cluster)).verdict is Verdict.PASS
    kai = part("kai-scheduler-default", "ghcr.io/kai-scheduler/kai-scheduler/scheduler:v0.9.3")
    root = custom("scheduling.run.ai/v2", "Queue", "root")
    cluster = Memory({"deployments.apps": [kai], "queues.scheduling.run.ai": [root]})
    assert (await judged(SCHEDULER, cluster)).verdict is Verdict.PASS
    yunikorn = part("yunikorn-scheduler", "apache/yunikorn:scheduler-1.6.3")
    found = await judged(SCHEDULER, Memory({"deployments.apps": [yunikorn]}))
    assert found.verdict is Verdict.UNKNOWN
    assert "/ws/v1/partition" in found.said


async def test_no_job_scheduler_fails_and_says_what_was_looked_for() -> None:
    found = await judged(SCHEDULER, Memory({"pods": [pod("a", "team", node="n1", gpus=8)]}))
    assert found.verdict is Verdict.FAIL
    assert "Kueue" in found.said
    assert (await judged(SCHEDULER, Memory(forbidden={"deployments.apps"}))).verdict is Verdict.UNKNOWN


async def test_tenants_are_bounded_by_quotas_or_queues() -> None:
    pods = [pod("a", "team-a", node="n1", gpus=8), pod("b", "team-b", node="n1", gpus=1)]
    hard = {"requests.nvidia.com/gpu": "8"}
    quotas = [
        custom("v1", "ResourceQuota", "gpus", name, spec={"hard": hard}) for name in ("team-a", "team-b")
    ]
    assert (await judged(TENANTS, Memory({"pods": pods, "resourcequotas": quotas}))).verdict is Verdict.PASS
    found = await judged(TENANTS, Memory({"pods": pods, "resourcequotas": quotas[:1]}))
    assert found.verdict is Verdict.FAIL
    assert "team-b" in found.said
    other = [custom("v1", "ResourceQuota", "mig", name, spec={"hard": {"requests.nvidia.com/mig-1g.10gb": 1}})
             for name in ("team-a", "team-b")]  # fmt: skip
    found = await judged(TENANTS, Memory({"pods": pods, "resourcequotas": other}))
    assert found["without_quota"] == 2, "it bounds what they do not ask for"
    flavor = {"name": "h100", "resources": [{"name": "nvidia.com/gpu", "nominalQuota": 8}]}
    kueue = custom(
        "kueue.x-k8s.io/v1beta2", "ClusterQueue", "gpus", spec={"resourceGroups": [{"flavors": [flavor]}]}
    )
    local = custom("kueue.x-k8s.io/v1beta2", "LocalQueue", "jobs", "team-b", spec={"clusterQueue": "gpus"})
    objects = {
        "pods": pods,
        "resourcequotas": quotas[:1],
        "clusterqueues.kueue.x-k8s.io": [kueue],
        "localqueues.kueue.x-k8s.io": [local],
    }
    found = await judged(TENANTS, Memory(objects))
    assert (found.verdict, found["by_queue"]) == (Verdict.PASS, 1)


async def test_tenants_in_queues_of_volcano_kai_and_yunikorn() -> None:
    labelled = pod("a", "team", node="n1", gpus=1, labels={"kai.scheduler/queue": "team"})
    limited = custom(
        "scheduling.run.ai/v2", "Queue", "team", spec={"resources": {"gpu": {"quota": 8, "limit": -1}}}
    )
    objects: dict[str, Any] = {"pods": [labelled], "queues.scheduling.run.ai": [limited]}
    assert (await judged(TENANTS, Memory(objects))).verdict is Verdict.PASS
    free = merge(limited, {"spec": {"resources": {"gpu": {"quota": -1, "limit": -1}}}})
    assert (
        await judged(TENANTS, Memory({**objects, "queues.scheduling.run.ai": [free]}))
    ).verdict is Verdict.FAIL
    group = custom("scheduling.volcano.sh/v1beta1", "PodGroup", "job", "team", spec={"queue": "team-a"})
    objects = {
        "pods": [pod("a", "team", node="n1", gpus=1)],
        "podgroups.scheduling.volcano.sh": [group],
        "queues.scheduling.volcano.sh": [queue(capability={"nvidia.com/gpu": 8})],
    }
    assert (await judged(TENANTS, Memory(objects))).verdict is Verdict.PASS
    quota = {"metadata": {"annotations": {"yunikorn.apache.org/namespace.quota": '{"nvidia.com/gpu": "8"}'}}}
    objects = {"pods": objects["pods"], "namespaces": [merge(namespace("team"), quota)]}
    assert (await judged(TENANTS, Memory(objects))).verdict is Verdict.PASS


async def test_no_tenant_and_no_right_prove_nothing() -> None:
    assert (await judged(TENANTS, Memory({"pods": [pod("a", "web", node="n1")]}))).verdict is Verdict.UNKNOWN
    assert (await judged(TENANTS, Memory(forbidden={"pods"}))).verdict is Verdict.UNKNOWN


BARE = merge(node("n1"), {"spec": {"providerID": None}})
CLOUD = merge(node("n1"), {"spec": {"providerID": "aws:///eu-1a/i-0123"}})
DETECTOR = daemonset("gpu-health-monitor", "nvsentinel")


def actor(*args: str) -> dict[str, Any]:
    return deployment(
        "fault-quarantine", "nvsentinel", replicas=1, spec=pod_spec(command=["fault-quarantine", *args])
    )


async def test_something_detects_and_something_acts() -> None:
    objects: dict[str, Any] = {"nodes": [BARE], "daemonsets.apps": [DETECTOR], "deployments.apps": [actor()]}
    assert (await judged(REMEDIATION, Memory(objects))).verdict is Verdict.PASS
    found = await judged(REMEDIATION, Memory({**objects, "deployments.apps": [actor("--dry-run=true")]}))
    assert found.verdict is Verdict.FAIL
    assert "nvsentinel/fault-quarantine" in found.said
    found = await judged(REMEDIATION, Memory({"nodes": [BARE], "daemonsets.apps": [DETECTOR]}))
    assert found.verdict is Verdict.FAIL, "a detector alone only reports"
    assert "NodeHealthCheck" in found.said
    down = daemonset("gpu-health-monitor", "nvsentinel", desired=3, ready=2)
    found = await judged(REMEDIATION, Memory({**objects, "daemonsets.apps": [down]}))
    assert found.verdict is Verdict.FAIL
    assert "nvsentinel/gpu-health-monitor 2/3" in found.said


async def test_conditions_on_nodes_show_a_detector_that_is_no_pod() -> None:
    told = merge(BARE, {})
    deadlock = condition("KernelDeadlock", False) | {"lastHeartbeatTime": "2026-11-24T11:57:00Z"}
    told["status"] = {"conditions": [condition("Ready"), deadlock]}
    found = await judged(REMEDIATION, Memory({"nodes": [told], "deployments.apps": [actor()]}))
    assert found.verdict is Verdict.PASS
    assert "no GPU monitor" in found.said
    deadlock["lastHeartbeatTime"] = "2026-10-01T00:00:00Z"
    found = await judged(REMEDIATION, Memory({"nodes": [told], "deployments.apps": [actor()]}))
    assert found.verdict is Verdict.UNKNOWN, "what wrote it may be gone"
    assert "KernelDeadlock" in found.said


async def test_a_health_check_of_no_machine_or_one_that_is_stopped_handles_nothing() -> None:
    api = ("machine.openshift.io/v1beta1", "MachineHealthCheck", "machine-api-termination-handler")
    idle = custom(*api, "openshift-machine-api", status={"expectedMachines": 0, "currentHealthy": 0})
    stopped = custom(
        "remediation.medik8s.io/v1alpha1", "NodeHealthCheck", "nhc", spec={"pauseRequests": ["upgrade"]}
    )
    at_work = merge(idle, {"status": {"expectedMachines": 3, "currentHealthy": 3}})
    for resource, one, verdict in (
        ("machinehealthchecks.machine.openshift.io", idle, Verdict.FAIL),
        ("nodehealthchecks.remediation.medik8s.io", stopped, Verdict.FAIL),
        ("machinehealthchecks.machine.openshift.io", at_work, Verdict.PASS),
    ):
        found = await judged(
            REMEDIATION, Memory({"nodes": [BARE], "daemonsets.apps": [DETECTOR], resource: [one]})
        )
        assert found.verdict is verdict


async def test_a_cloud_that_repairs_from_outside_leaves_it_open() -> None:
    found = await judged(REMEDIATION, Memory({"nodes": [CLOUD]}))
    assert found.verdict is Verdict.UNKNOWN
    assert "auto-repair" in found.said
    assert (
        await judged(REMEDIATION, Memory({"nodes": [BARE]}, forbidden={"daemonsets.apps"}))
    ).verdict is Verdict.UNKNOWN


REPORTS = "vulnerabilityreports.aquasecurity.github.io"
RUNS = pod("engine", "chat", node="n1", spec=pod_spec(image="vllm/vllm-openai:v0.11.0"))


def report(
    critical: int = 0, high: int = 0, at: str = "2026-11-24T02:00:00Z", tag: str = "v0.11.0"
) -> dict[str, Any]:
    made = custom("aquasecurity.github.io/v1alpha1", "VulnerabilityReport", "replicaset-engine", "chat")
    return made | {
        "report": {
            "artifact": {"repository": "vllm/vllm-openai", "tag": tag},
            "registry": {"server": "index.docker.io"},
            "summary": {"criticalCount": critical, "highCount": high},
            "updateTimestamp": at,
        }
    }


async def test_findings_in_running_images() -> None:
    assert (
        await judged(VULNERABILITIES, Memory({REPORTS: [report()], "pods": [RUNS]}))
    ).verdict is Verdict.PASS
    found = await judged(VULNERABILITIES, Memory({REPORTS: [report(2, 5)], "pods": [RUNS]}))
    assert found.verdict is Verdict.FAIL
    assert "vllm/vllm-openai:v0.11.0 (2/5)" in found.said
    old = report(9, 9, tag="v0.8.0")
    assert (
        await judged(VULNERABILITIES, Memory({REPORTS: [report(), old], "pods": [RUNS]}))
    ).verdict is Verdict.PASS


async def test_images_of_sidecars_run_too_and_a_digest_is_no_other_digest() -> None:
    sidecar = {"name": "proxy", "image": "vllm/proxy:v1", "restartPolicy": "Always"}
    with_sidecar = merge(RUNS, {"spec": {"initContainers": [sidecar]}})
    found = await judged(VULNERABILITIES, Memory({REPORTS: [report()], "pods": [with_sidecar]}))
    assert found.verdict is Verdict.UNKNOWN
    assert "vllm/proxy:v1" in found.said
    image = "vllm/vllm-openai@sha256:" + "a" * 64
    pinned = pod("engine", "chat", node="n1", spec=pod_spec(image=image))
    for digest, verdict in (("a", Verdict.PASS), ("b", Verdict.UNKNOWN)):
        one = report()
        one["report"]["artifact"] = {"repository": "vllm/vllm-openai", "digest": "sha256:" + digest * 64}
        assert (await judged(VULNERABILITIES, Memory({REPORTS: [one], "pods": [pinned]}))).verdict is verdict


async def test_an_image_without_a_fresh_report_leaves_zero_open() -> None:
    for reports, pods in (
        ([report(at="2026-01-01T00:00:00Z")], [RUNS]),
        ([report()], [RUNS, pod("b", "chat", node="n1")]),
    ):
        found = await judged(VULNERABILITIES, Memory({REPORTS: reports, "pods": pods}))
        assert found.verdict is Verdict.UNKNOWN
    found = await judged(
        VULNERABILITIES, Memory({REPORTS: [report(1)], "pods": [RUNS, pod("b", "chat", node="n1")]})
    )
    assert found.verdict is Verdict.FAIL, "what was found is there, whatever else was not looked at"


async def test_no_operator_no_report_and_no_right_are_unknown() -> None:
    assert (await judged(VULNERABILITIES, Memory())).verdict is Verdict.UNKNOWN
    assert (await judged(VULNERABILITIES, Memory({REPORTS: []}))).verdict is Verdict.UNKNOWN
    assert (
        await judged(VULNERABILITIES, Memory({REPORTS: [report()]}, forbidden={"pods"}))
    ).verdict is Verdict.UNKNOWN
