"""The CNI, network policies and whether they are enforced, ingress and gateway controllers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import networking
from tests.kube.memory import Memory, judged
from tests.kube.objects import condition, custom, daemonset, deployment, merge, namespace, node, pod, pod_spec

CNI, POLICIES, ISOLATION, INGRESS = networking.CHECKS
KUBERNETES = "networkpolicies.networking.k8s.io"
CILIUM, CILIUM_WIDE = "ciliumnetworkpolicies.cilium.io", "ciliumclusterwidenetworkpolicies.cilium.io"
CALICO, CALICO_WIDE = "networkpolicies.crd.projectcalico.org", "globalnetworkpolicies.crd.projectcalico.org"
CLUSTER = "clusternetworkpolicies.policy.networking.k8s.io"
INGRESS_CLASSES = "ingressclasses.networking.k8s.io"
GATEWAY_CLASSES = "gatewayclasses.gateway.networking.k8s.io"
FLANNEL = {"flannel.alpha.coreos.com/backend-type": "vxlan"}


def cni(name: str, desired: int = 2, ready: int | None = None, **spec: Any) -> dict[str, Any]:
    one = daemonset(name, "kube-system", desired=desired, ready=ready)
    one["spec"]["template"]["spec"]["containers"][0] |= spec
    return one


def site(*policies: dict[str, Any], kind: str = KUBERNETES, cnis: list[Any] | None = None) -> Memory:
    """Two workload namespaces and a system one, under some policies."""
    return Memory(
        {
            "nodes": [node("n1"), node("n2")],
            "namespaces": [namespace("prod"), namespace("lab", {"team": "lab"}), namespace("kube-system")],
            "pods": [
                pod("chat", "prod", node="n1"),
                pod("train", "lab", node="n2"),
                pod("done", "old", node="n2", phase="Succeeded"),
                pod("coredns", "kube-system", node="n1"),
            ],
            "daemonsets.apps": [cni("cilium")] if cnis is None else cnis,
            kind: list(policies),
        }
    )


def policy(where: str, **spec: Any) -> dict[str, Any]:
    given = {"podSelector": {}, "policyTypes": ["Ingress"]} | spec
    return custom("networking.k8s.io/v1", "NetworkPolicy", "default", where, spec=given)


def wide(**spec: Any) -> dict[str, Any]:
    return custom("any/v1", "Wide", "wide", spec=spec)


async def test_a_ready_cni_passes_and_the_lack_of_rdma_is_told() -> None:
    for name in ("cilium", "calico-node", "kube-flannel-ds", "rke2-canal", "aws-node", "ovnkube-node"):
        found = await judged(CNI, site(cnis=[cni(name)]))
        assert found.verdict is Verdict.PASS, name
        assert "NCCL" in found.said


async def test_a_cni_that_misses_nodes_fails() -> None:
    found = await judged(CNI, site(cnis=[cni("calico-node", 5, 3)]))
    assert found.verdict is Verdict.FAIL
    assert found["nodes_not_ready"] == 2
    assert "kube-system/calico-node 3/5" in found.said


async def test_nodes_that_say_that_they_have_no_network_are_named() -> None:
    down = node("n1", ready=False)
    down["status"]["conditions"][-1]["message"] = (
        "container runtime network not ready: cni plugin not initialized"
    )
    lost = node("n2")
    lost["status"]["conditions"].append(condition("NetworkUnavailable", True, "NoRouteCreated"))
    cluster = site()
    cluster.objects = {**cluster.objects, "nodes": [down, lost]}
    found = await judged(CNI, cluster)
    assert found.verdict is Verdict.FAIL
    assert "n1, n2" in found.said


async def test_no_known_cni_is_unknown_while_nodes_are_ready_and_fails_while_none_is() -> None:
    found = await judged(CNI, site(cnis=[cni("fluent-bit")]))
    assert found.verdict is Verdict.UNKNOWN, "something connects their pods, or they would not be Ready"
    assert "Calico, Cilium, Flannel" in found.said
    bare = site(cnis=[])
    bare.objects = {**bare.objects, "nodes": [node("n1", ready=False)]}
    assert (await judged(CNI, bare)).verdict is Verdict.FAIL


async def test_flannel_within_k3s_is_told_by_its_nodes() -> None:
    cluster = site(policy("prod"), policy("lab"), cnis=[])
    nodes = [merge(each, {"metadata": {"annotations": FLANNEL}}) for each in cluster.objects["nodes"]]
    cluster.objects = {**cluster.objects, "nodes": nodes}
    assert (await judged(CNI, cluster)).verdict is Verdict.PASS
    found = await judged(ISOLATION, cluster)
    assert found.verdict is Verdict.UNKNOWN, "its policy controller does not show"
    assert "cni_enforces" not in found.fields


async def test_rdma_resources_are_listed() -> None:
    cluster = site()
    fast = {"rdma/hca_shared_devices_a": "63"}
    nodes = [merge(node("n1"), {"status": {"allocatable": fast}}), node("n2")]
    cluster.objects = {**cluster.objects, "nodes": nodes}
    found = await judged(CNI, cluster)
    assert found["rdma_nodes"] == 1
    assert "rdma/hca_shared_devices_a" in found.said


async def test_namespaces_without_a_policy_are_named_and_the_systems_own_is_not() -> None:
    found = await judged(POLICIES, site(policy("prod")))
    assert found.verdict is Verdict.FAIL
    assert found["namespaces"] == 2
    assert "reaches: lab;" in found.said
    assert (await judged(POLICIES, site(policy("prod"), policy("lab")))).verdict is Verdict.PASS


async def test_policies_of_cilium_and_calico_count() -> None:
    for kind in (CILIUM, CALICO):
        assert (
            await judged(POLICIES, site(policy("prod"), policy("lab"), kind=kind))
        ).verdict is Verdict.PASS


async def test_nothing_to_rule_and_no_right_are_unknown() -> None:
    for check in (POLICIES, ISOLATION):
        assert (await judged(check, Memory({"nodes": [node("n1")]}))).verdict is Verdict.UNKNOWN
        for denied in ("pods", KUBERNETES, "namespaces"):
            cluster = site(policy("prod"), policy("lab"))
            cluster.forbidden = {denied}
            assert (await judged(check, cluster)).verdict is Verdict.UNKNOWN, denied


async def test_default_deny_everywhere_under_an_enforcing_cni_passes() -> None:
    found = await judged(ISOLATION, site(policy("prod"), policy("lab")))
    assert found.verdict is Verdict.PASS
    assert found["cni_enforces"] is True


@pytest.mark.parametrize(
    "spec",
    [
        {"podSelector": {"matchLabels": {"app": "chat"}}},
        {"policyTypes": ["Egress"]},
        {"ingress": [{}]},
        {"ingress": [{"from": [{"namespaceSelector": {}}]}]},
        {"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]},
    ],
)
async def test_what_leaves_pods_open_is_no_default_deny(spec: dict[str, Any]) -> None:
    found = await judged(ISOLATION, site(policy("prod", **spec), policy("lab")))
    assert found.verdict is Verdict.FAIL
    assert "by default: prod (" in found.said


async def test_exceptions_leave_the_default_deny_as_it_is() -> None:
    rules = [
        {"from": [{"podSelector": {}}]},
        {"from": [{"namespaceSelector": {}}], "ports": [{"port": 8000}]},
    ]
    assert (
        await judged(ISOLATION, site(policy("prod", ingress=rules), policy("lab")))
    ).verdict is Verdict.PASS


async def test_a_second_policy_that_opens_undoes_the_first() -> None:
    found = await judged(ISOLATION, site(policy("prod"), policy("prod", ingress=[{}]), policy("lab")))
    assert found["namespaces_without_default_deny"] == 1


@pytest.mark.parametrize(
    ("sets", "does"),
    [
        ([cni("kube-flannel-ds")], False),
        ([cni("kube-flannel-ds"), cni("calico-node")], None),  # only its own interfaces, if it has them
        ([cni("kube-flannel-ds"), cni("kube-network-policies")], True),
        ([cni("kube-flannel-ds"), cni("kube-network-policies", ready=1)], None),
        ([cni("kube-flannel-ds"), cni("kube-network-policies", 1)], False),  # on one node of two
        ([cni("kube-flannel-ds"), cni("kube-router", args=["--run-router=false", "--run-firewall"])], True),
        ([cni("calico-node", ready=1)], None),
        ([cni("azure-cns"), cni("cilium")], True),
        ([cni("azure-cns"), cni("calico-node")], True),
        ([cni("azure-cns", 2), cni("cilium", 1)], False),
        ([cni("aws-node"), cni("calico-node")], True),
        ([cni("canal")], True),
        ([cni("aws-node", args=["--enable-network-policy=true"])], True),
        ([cni("aws-node", args=["--enable-network-policy=false"])], False),
        ([cni("azure-cns")], False),
        ([cni("azure-cns"), cni("azure-npm")], True),
        ([cni("kube-router", args=["--run-firewall=true"])], True),
    ],
)
async def test_which_cnis_enforce(sets: list[Any], does: bool | None) -> None:
    found = await judged(ISOLATION, site(policy("prod"), policy("lab"), cnis=sets))
    assert found.fields.get("cni_enforces") is does
    wanted = {True: Verdict.PASS, False: Verdict.FAIL, None: Verdict.UNKNOWN}[does]
    assert found.verdict is wanted


@pytest.mark.parametrize("name", ["aws-node", "kube-router", "terway-eniip", "kindnet", "something-new"])
async def test_where_enforcement_does_not_show_it_is_unknown(name: str) -> None:
    found = await judged(ISOLATION, site(policy("prod"), policy("lab"), cnis=[cni(name)]))
    assert found.verdict is Verdict.UNKNOWN
    assert "must be blocked" in found.said


def cilium(**spec: Any) -> dict[str, Any]:
    return wide(**({"endpointSelector": {}, "ingress": [{}]} | spec))


@pytest.mark.parametrize(
    ("spec", "closed"),
    [
        ({}, 2),
        ({"ingress": [{"fromEntities": ["all"]}]}, 0),
        ({"ingress": [{"fromEndpoints": [{}]}]}, 0),
        ({"ingress": [{"fromEndpoints": [{"matchLabels": {"app": "gateway"}}]}]}, 2),
        ({"enableDefaultDeny": {"ingress": False}}, 0),
        ({"ingress": None, "egress": [{}]}, 0),
        ({"endpointSelector": {"matchLabels": {"k8s:io.kubernetes.pod.namespace": "lab"}}}, 1),
        ({"endpointSelector": {"matchLabels": {"io.cilium.k8s.namespace.labels.team": "lab"}}}, 1),
    ],
)
async def test_cluster_wide_policies_of_cilium(spec: dict[str, Any], closed: int) -> None:
    found = await judged(ISOLATION, site(cilium(**spec), kind=CILIUM_WIDE))
    assert found["namespaces_without_default_deny"] == 2 - closed


NOT_SYSTEM = 'has(projectcalico.org/name) && projectcalico.org/name not in {"kube-system", "calico-system"}'


@pytest.mark.parametrize(
    ("spec", "closed"),
    [
        ({"types": ["Ingress", "Egress"]}, 2),
        ({"selector": "all()", "types": ["Ingress"], "namespaceSelector": NOT_SYSTEM}, 2),
        ({"types": ["Ingress"], "namespaceSelector": "team == 'lab'"}, 1),
        ({"types": ["Egress"]}, 0),
        ({"types": ["Ingress"], "ingress": [{"action": "Allow"}]}, 0),
        ({"types": ["Ingress"], "ingress": [{"action": "Allow", "source": {"selector": "app == 'gw'"}}]}, 2),
    ],
)
async def test_global_policies_of_calico(spec: dict[str, Any], closed: int) -> None:
    found = await judged(ISOLATION, site(wide(**spec), kind=CALICO_WIDE))
    assert found["namespaces_without_default_deny"] == 2 - closed


async def test_a_cluster_network_policy_that_denies_all_closes_what_it_is_about() -> None:
    deny = {"action": "Deny", "from": [{"namespaces": {}}]}
    everywhere = wide(tier="Baseline", subject={"namespaces": {}}, ingress=[deny])
    assert (await judged(ISOLATION, site(everywhere, kind=CLUSTER))).verdict is Verdict.PASS
    some = wide(tier="Admin", subject={"namespaces": {"matchLabels": {"team": "lab"}}}, ingress=[deny])
    assert (await judged(ISOLATION, site(some, kind=CLUSTER)))["namespaces_without_default_deny"] == 1


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        (CILIUM_WIDE, {"endpointSelector": {"matchLabels": {"app": "chat"}}, "ingress": [{}]}),
        (CALICO_WIDE, {"selector": "app == 'chat'", "types": ["Ingress"]}),
        (CALICO_WIDE, {"types": ["Ingress"], "namespaceSelector": "team == 'lab' || tier == 'x'"}),
        (
            CLUSTER,
            {"subject": {"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}}}},
        ),
    ],
)
async def test_what_cannot_be_weighed_is_unknown_and_named(kind: str, spec: dict[str, Any]) -> None:
    for check in (POLICIES, ISOLATION):
        found = await judged(check, site(wide(**spec), kind=kind))
        assert found.verdict is Verdict.UNKNOWN
        assert "not weighed: wide" in found.said


def ingress_class(name: str, controller: str) -> dict[str, Any]:
    return custom("networking.k8s.io/v1", "IngressClass", name, spec={"controller": controller})


def gateway_class(name: str, controller: str, accepted: bool | str = True) -> dict[str, Any]:
    status = {"conditions": [condition("Accepted", accepted, "Accepted")]}
    return custom("gateway.networking.k8s.io/v1", "GatewayClass", name, spec={"controllerName": controller},
                  status=status)  # fmt: skip


def runs(name: str, image: str, **state: Any) -> dict[str, Any]:
    return deployment(name, name, spec=pod_spec(image=image), **{"replicas": 2, **state})


def doors(classes: Sequence[Any] = (), gateways: list[Any] | None = None, *workloads: Any) -> Memory:
    objects: dict[str, Any] = {INGRESS_CLASSES: classes, "deployments.apps": list(workloads)}
    return Memory(objects if gateways is None else objects | {GATEWAY_CLASSES: gateways})


async def test_a_gateway_whose_controller_is_ready_passes() -> None:
    ready = runs("envoy-gateway", "docker.io/envoyproxy/gateway:v1.6.0")
    gateways = [gateway_class("eg", "gateway.envoyproxy.io/gatewayclass-controller")]
    assert (await judged(INGRESS, doors([], gateways, ready))).verdict is Verdict.PASS


async def test_the_retired_ingress_nginx_passes_with_a_remark_and_a_vendors_has_none() -> None:
    old = runs("ingress-nginx", "registry.k8s.io/ingress-nginx/controller:v1.13.0", replicas=1)
    found = await judged(INGRESS, doors([ingress_class("nginx", "k8s.io/ingress-nginx")], None, old))
    assert found.verdict is Verdict.PASS
    assert "retired in March 2026" in found.said
    assert "Only one pod" in found.said
    vendor = runs("nginx", "nginx/nginx-ingress:5.2.0")
    found = await judged(
        INGRESS, doors([ingress_class("nginx", "nginx.org/ingress-controller")], None, vendor)
    )
    assert found.verdict is Verdict.PASS
    assert "retired" not in found.said


async def test_a_controller_that_is_down_or_gone_is_named() -> None:
    classes = [ingress_class("traefik", "traefik.io/ingress-controller")]
    found = await judged(INGRESS, doors(classes, None, runs("traefik", "traefik:v3.5", ready=1)))
    assert found.verdict is Verdict.FAIL
    assert "traefik/traefik 1/2" in found.said
    gone = await judged(INGRESS, doors(classes))
    assert gone.verdict is Verdict.FAIL
    assert "traefik (traefik.io/ingress-controller)" in gone.said


async def test_a_gateway_class_that_nobody_accepted_fails() -> None:
    waiting = [gateway_class("x", "example.com/gateway", "Unknown")]
    found = await judged(INGRESS, doors([], waiting))
    assert found.verdict is Verdict.FAIL
    assert "GatewayClass x" in found.said


async def test_a_controller_out_of_sight_is_unknown_unless_it_has_answered() -> None:
    assert (await judged(INGRESS, doors([ingress_class("x", "example.com/x")]))).verdict is Verdict.UNKNOWN
    cloud = [gateway_class("gke-l7", "networking.gke.io/gateway")]
    assert (await judged(INGRESS, doors([], cloud))).verdict is Verdict.PASS
    left_over = [gateway_class("eg", "gateway.envoyproxy.io/gatewayclass-controller")]
    found = await judged(INGRESS, doors([], left_over))
    assert found.verdict is Verdict.UNKNOWN, "it was accepted once, by a controller that is not here"


async def test_istio_as_it_was_before_the_gateway_api_counts() -> None:
    gateway = deployment(
        "istio-ingressgateway", "istio-system", labels={"istio": "ingressgateway"}, replicas=2
    )
    assert (await judged(INGRESS, doors([], None, gateway))).verdict is Verdict.PASS


async def test_no_class_at_all_fails_and_no_right_is_unknown() -> None:
    found = await judged(INGRESS, doors())
    assert found.verdict is Verdict.FAIL
    assert found["classes"] == 0
    denied = doors()
    denied.forbidden = {INGRESS_CLASSES}
    assert (await judged(INGRESS, denied)).verdict is Verdict.UNKNOWN
