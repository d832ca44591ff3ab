"""Service meshes, and the zero trust that rests on them."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import mesh, zero_trust
from gpuready.kube.read.rbac import CLUSTER_BINDINGS
from tests.kube.memory import Memory, judged
from tests.kube.objects import custom, daemonset, deployment, merge, namespace, node, pod, pod_spec, service

CONTROL_PLANE, MTLS, RESILIENCE = mesh.CHECKS
(POSTURE,) = zero_trust.CHECKS
POLICIES = "peerauthentications.security.istio.io"
ISTIOD = deployment("istiod", "istio-system", replicas=2, labels={"app": "istiod"})


def meshed(name: str, home: str = "chat", proxy: str = "istio-proxy", env: Any = None) -> dict[str, Any]:
    spec = pod_spec()
    sidecar = {
        "name": proxy,
        "image": "registry.example/proxy:1",
        "restartPolicy": "Always",
        "env": env or [],
    }
    return pod(name, home, node="n1", spec={**spec, "initContainers": [sidecar]})


def policy(home: str, mode: str, **spec: Any) -> dict[str, Any]:
    return custom(
        "security.istio.io/v1", "PeerAuthentication", "default", home, spec={"mtls": {"mode": mode}, **spec}
    )


def istio(*policies: dict[str, Any], pods: list[dict[str, Any]] | None = None) -> Memory:
    return Memory(
        {
            "deployments.apps": [ISTIOD],
            "pods": [meshed("chat-1")] if pods is None else pods,
            "namespaces": [namespace("chat", {"istio-injection": "enabled"})],
            POLICIES: policies,
        }
    )


async def test_a_mesh_with_a_ready_control_plane_and_pods_in_it() -> None:
    found = await judged(CONTROL_PLANE, istio(pods=[meshed("chat-1"), pod("old", "chat", node="n1")]))
    assert found.verdict is Verdict.PASS
    assert (found["meshed_pods"], found["pods_outside"]) == (1, 1)
    assert "chat/old" in found.said, "it was started before injection was switched on"


async def test_ambient_pods_are_in_the_mesh_without_a_sidecar() -> None:
    ambient = merge(
        pod("a", "chat", node="n1"),
        {"metadata": {"annotations": {"ambient.istio.io/redirection": "enabled"}}},
    )
    assert (await judged(CONTROL_PLANE, istio(pods=[ambient]))).verdict is Verdict.PASS


async def test_no_mesh_an_idle_mesh_and_a_broken_one_fail() -> None:
    found = await judged(CONTROL_PLANE, Memory({"pods": [pod("a", "chat", node="n1")]}))
    assert found.verdict is Verdict.FAIL
    assert "Neither Istio nor Linkerd" in found.said
    assert (await judged(CONTROL_PLANE, istio(pods=[]))).verdict is Verdict.FAIL
    broken = Memory(
        {
            "deployments.apps": [
                deployment("istiod", "istio-system", replicas=2, ready=1, labels={"app": "istiod"})
            ],
            "pods": [meshed("chat-1")],
        }
    )
    found = await judged(CONTROL_PLANE, broken)
    assert found.verdict is Verdict.FAIL
    assert "istio-system/istiod 1/2" in found.said


async def test_a_control_plane_elsewhere_and_missing_rights_are_unknown() -> None:
    found = await judged(CONTROL_PLANE, Memory({"pods": [meshed("chat-1")]}))
    assert found.verdict is Verdict.UNKNOWN
    for probe in (CONTROL_PLANE, MTLS):
        assert (await judged(probe, Memory(forbidden={"pods"}))).verdict is Verdict.UNKNOWN


async def test_strict_for_the_whole_mesh_passes_and_each_exception_is_named() -> None:
    strict = policy("istio-system", "STRICT")
    assert (await judged(MTLS, istio(strict))).verdict is Verdict.PASS
    found = await judged(MTLS, istio())
    assert found.verdict is Verdict.FAIL, "a mesh without a policy is PERMISSIVE"
    assert "chat (PERMISSIVE)" in found.said
    found = await judged(MTLS, istio(strict, policy("chat", "PERMISSIVE")))
    assert found.verdict is Verdict.FAIL
    one = policy("chat", "DISABLE", selector={"matchLabels": {"app": "metrics"}})
    found = await judged(MTLS, istio(strict, one))
    assert (found["strict"], found["exceptions"]) == (True, 1)
    assert "chat/default (DISABLE)" in found.said
    port = policy("chat", "STRICT", portLevelMtls={"8080": {"mode": "PERMISSIVE"}})
    found = await judged(MTLS, istio(strict, port))
    assert "chat/default (port 8080)" in found.said


async def test_a_namespace_outside_the_mesh_talks_in_plain_text() -> None:
    pods = [meshed("chat-1"), pod("embed", "embed", node="n1")]
    found = await judged(MTLS, istio(policy("istio-system", "STRICT"), pods=pods))
    assert found.verdict is Verdict.FAIL
    assert "embed" in found.said


async def test_a_pod_or_a_port_past_the_proxy_is_an_exception() -> None:
    strict = policy("istio-system", "STRICT")
    late = istio(strict, pods=[meshed("chat-1"), pod("late", "chat", node="n1")])
    bypass = {"metadata": {"annotations": {"traffic.sidecar.istio.io/excludeInboundPorts": "8080"}}}
    past = istio(strict, pods=[merge(meshed("chat-1"), bypass)])
    by_pod_label = istio(strict, pods=[meshed("chat-1"), pod("late", "chat", node="n1")])
    by_pod_label.objects = {**by_pod_label.objects, "namespaces": [namespace("chat")]}
    for cluster, said in (
        (late, "chat/late"),
        (past, "chat/chat-1 (port 8080)"),
        (by_pod_label, "chat/late"),
    ):
        found = await judged(MTLS, cluster)
        assert found.verdict is Verdict.FAIL
        assert said in found.said


async def test_of_two_policies_for_a_namespace_the_oldest_counts() -> None:
    old = merge(
        policy("istio-system", "PERMISSIVE"), {"metadata": {"creationTimestamp": "2025-01-01T00:00:00Z"}}
    )
    new = merge(policy("istio-system", "STRICT"), {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}})
    for both in ((old, new), (new, old)):
        assert (await judged(MTLS, istio(*both))).verdict is Verdict.FAIL


async def test_linkerd_is_strict_by_the_policy_of_its_proxies() -> None:
    plane = deployment(
        "linkerd-destination", "linkerd", labels={"linkerd.io/control-plane-component": "destination"}
    )
    for told, verdict in (("all-authenticated", Verdict.PASS), ("all-unauthenticated", Verdict.FAIL)):
        env = [{"name": "LINKERD2_PROXY_INBOUND_DEFAULT_POLICY", "value": told}]
        pods = [meshed("chat-1", proxy="linkerd-proxy", env=env)]
        found = await judged(MTLS, Memory({"deployments.apps": [plane], "pods": pods}))
        assert found.verdict is verdict
    assert "chat/chat-1 (all-unauthenticated)" in found.said


async def test_a_mesh_in_which_nobody_is_proves_no_encryption() -> None:
    assert (await judged(MTLS, istio(policy("istio-system", "STRICT"), pods=[]))).verdict is Verdict.UNKNOWN


ENGINE = deployment(
    "chat",
    "prod",
    replicas=2,
    labels={"app": "chat"},
    spec=pod_spec(gpus=1, image="vllm/vllm-openai:v0.11.0"),
)
SERVICE = service("chat", "prod", selector={"app": "chat"})
RULES = "destinationrules.networking.istio.io"


def rule(host: str, home: str = "prod", **traffic: Any) -> dict[str, Any]:
    spec = {"host": host, "trafficPolicy": traffic or {"outlierDetection": {"consecutive5xxErrors": 5}}}
    return custom("networking.istio.io/v1", "DestinationRule", "chat", home, spec=spec)


async def test_a_rule_breaks_the_circuit_for_its_host_only() -> None:
    base = {"deployments.apps": [ENGINE], "services": [SERVICE]}
    for host, verdict in (
        ("chat", Verdict.PASS),
        ("chat.prod.svc.cluster.local", Verdict.PASS),
        ("*.prod.svc.cluster.local", Verdict.PASS),
        ("other", Verdict.FAIL),
    ):
        found = await judged(RESILIENCE, Memory({**base, RULES: [rule(host)]}))
        assert found.verdict is verdict
    assert "prod/chat" in found.said
    tls = rule("chat", tls={"mode": "ISTIO_MUTUAL"})
    assert (await judged(RESILIENCE, Memory({**base, RULES: [tls]}))).verdict is Verdict.FAIL


async def test_linkerd_and_envoy_gateway_break_circuits_too() -> None:
    noted = merge(
        SERVICE, {"metadata": {"annotations": {"balancer.linkerd.io/failure-accrual": "consecutive"}}}
    )
    cluster = Memory({"deployments.apps": [ENGINE], "services": [noted]})
    assert (await judged(RESILIENCE, cluster)).verdict is Verdict.PASS
    to_gateway = {
        "targetRefs": [{"kind": "Gateway", "name": "public"}],
        "circuitBreaker": {"maxConnections": 64},
    }
    breaker = custom("gateway.envoyproxy.io/v1alpha1", "BackendTrafficPolicy", "cb", "prod", spec=to_gateway)
    route = custom(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        "chat",
        "prod",
        spec={
            "parentRefs": [{"name": "public"}],
            "rules": [{"backendRefs": [{"name": "chat", "port": 8000}]}],
        },
    )
    objects = {
        "deployments.apps": [ENGINE],
        "services": [SERVICE],
        "backendtrafficpolicies.gateway.envoyproxy.io": [breaker],
        "httproutes.gateway.networking.k8s.io": [route],
    }
    assert (await judged(RESILIENCE, Memory(objects))).verdict is Verdict.PASS


async def test_without_engines_or_any_known_way_resilience_is_unknown() -> None:
    assert (await judged(RESILIENCE, Memory({RULES: []}))).verdict is Verdict.UNKNOWN
    cluster = Memory({"deployments.apps": [ENGINE], "services": [SERVICE]})
    assert (await judged(RESILIENCE, cluster)).verdict is Verdict.UNKNOWN
    assert (await judged(RESILIENCE, Memory(forbidden={"services"}))).verdict is Verdict.UNKNOWN


DENY = custom(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    "default-deny",
    "chat",
    spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
)


def anonymous(role: str) -> dict[str, Any]:
    made = custom("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", f"b-{role}")
    who = {"kind": "Group", "name": "system:unauthenticated"}
    return made | {"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [who]}


def trusted(**changes: Any) -> Memory:
    objects: dict[str, Any] = {
        "deployments.apps": [ISTIOD],
        "pods": [meshed("chat-1")],
        "namespaces": [namespace("chat")],
        "nodes": [node("n1")],
        "daemonsets.apps": [daemonset("cilium", "kube-system")],
        "networkpolicies.networking.k8s.io": [DENY],
        POLICIES: [policy("istio-system", "STRICT")],
        CLUSTER_BINDINGS: [anonymous("system:public-info-viewer")],
        **changes.pop("objects", {}),
    }
    return Memory(objects, **changes)


async def test_zero_trust_needs_all_three() -> None:
    assert (await judged(POSTURE, trusted())).verdict is Verdict.PASS
    found = await judged(POSTURE, trusted(objects={"networkpolicies.networking.k8s.io": []}))
    assert (found.verdict, found["tenant_namespaces_open"]) == (Verdict.FAIL, 1)
    found = await judged(POSTURE, trusted(objects={POLICIES: []}))
    assert (found.verdict, found["mtls_strict"]) == (Verdict.FAIL, False)
    loose = [anonymous("system:public-info-viewer"), anonymous("view")]
    found = await judged(POSTURE, trusted(objects={CLUSTER_BINDINGS: loose}))
    assert (found.verdict, found["anonymous_bindings"]) == (Verdict.FAIL, 1)
    assert "b-view (view)" in found.said


async def test_policies_that_nobody_enforces_close_nothing() -> None:
    found = await judged(
        POSTURE, trusted(objects={"daemonsets.apps": [daemonset("kube-flannel-ds", "kube-flannel")]})
    )
    assert (found.verdict, found["tenant_namespaces_open"]) == (Verdict.FAIL, 1)
    found = await judged(POSTURE, trusted(objects={"daemonsets.apps": []}))
    assert found.verdict is Verdict.UNKNOWN, "which plugin it is cannot be read"


async def test_zero_trust_without_tenants_or_rights_is_unknown() -> None:
    assert (await judged(POSTURE, trusted(objects={"pods": []}))).verdict is Verdict.UNKNOWN
    assert (await judged(POSTURE, trusted(objects={CLUSTER_BINDINGS: []}))).verdict is Verdict.UNKNOWN
    assert (await judged(POSTURE, trusted(forbidden={CLUSTER_BINDINGS}))).verdict is Verdict.UNKNOWN
