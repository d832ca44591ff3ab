"""Who refuses privileged pods in the workload namespaces."""

from __future__ import annotations

from typing import Any

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import pod_security
from tests.kube.memory import Judged, Memory, judged
from tests.kube.objects import custom, namespace, pod, pod_spec

(LABELS,) = pod_security.CHECKS
POD = pod("engine", "chat", node="n1", gpus=1)
ENFORCE = "pod-security.kubernetes.io/enforce"


async def looked(
    labels: dict[str, str] | None = None, objects: dict[str, list[dict[str, Any]]] | None = None
) -> Judged:
    known = {"namespaces": [namespace("chat", labels), namespace("kube-system")], "pods": [POD]}
    return await judged(LABELS, Memory({**known, **(objects or {})}))


@pytest.mark.parametrize(
    ("labels", "verdict"),
    [
        ({ENFORCE: "restricted"}, Verdict.PASS),
        ({ENFORCE: "baseline"}, Verdict.PASS),
        ({ENFORCE: "privileged"}, Verdict.FAIL),
        ({"pod-security.kubernetes.io/warn": "baseline"}, Verdict.FAIL),
        ({}, Verdict.FAIL),
    ],
)
async def test_what_the_label_enforces(labels: dict[str, str], verdict: Verdict) -> None:
    found = await looked(labels)
    assert found.verdict is verdict
    if verdict is Verdict.FAIL:
        assert "chat" in found.said


def kyverno(action: str, **rule: Any) -> dict[str, Any]:
    told = {
        "name": "baseline",
        "match": {"any": [{"resources": {"kinds": ["Pod"]}}]},
        "validate": {"podSecurity": {"level": "baseline", "version": "latest"}},
        **rule,
    }
    return custom(
        "kyverno.io/v1",
        "ClusterPolicy",
        "podsecurity",
        spec={"validationFailureAction": action, "rules": [told]},
    )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"validationFailureActionOverrides": [{"action": "Audit", "namespaces": ["ch*"]}]}, {}),
        ({"admission": False}, {}),
        ({}, {"exclude": {"any": [{"resources": {"namespaceSelector": {"matchLabels": {"team": "llm"}}}}]}}),
        ({}, {"preconditions": {"all": [{"key": "{{ request.operation }}", "operator": "Equals"}]}}),
        (
            {},
            {
                "validate": {
                    "podSecurity": {
                        "level": "baseline",
                        "exclude": [{"controlName": "Privileged Containers"}],
                    }
                }
            },
        ),
        ({}, {"validate": {"message": "not privileged, please", "pattern": {"spec": {"hostPID": False}}}}),
    ],
)
async def test_a_kyverno_rule_with_a_way_around_it_protects_nobody(change: Any, rule: Any) -> None:
    policy = kyverno("Enforce", **rule)
    policy["spec"] |= change
    found = await looked({"team": "llm"}, {"clusterpolicies.kyverno.io": [policy]})
    assert found.verdict is Verdict.FAIL


async def test_kyverno_in_place_of_labels() -> None:
    policies = "clusterpolicies.kyverno.io"
    found = await looked(objects={policies: [kyverno("Enforce")]})
    assert found.verdict is Verdict.PASS
    assert "Kyverno podsecurity" in found.said
    assert (await looked(objects={policies: [kyverno("Audit")]})).verdict is Verdict.FAIL
    spared = {"any": [{"resources": {"namespaces": ["ch*"]}}]}
    assert (await looked(objects={policies: [kyverno("Enforce", exclude=spared)]})).verdict is Verdict.FAIL
    some = {"any": [{"resources": {"kinds": ["Pod"], "selector": {"matchLabels": {"a": "b"}}}}]}
    assert (await looked(objects={policies: [kyverno("Enforce", match=some)]})).verdict is Verdict.FAIL
    images = {"pattern": {"spec": {"containers": [{"image": "registry.example/*"}]}}}
    assert (await looked(objects={policies: [kyverno("Enforce", validate=images)]})).verdict is Verdict.FAIL


async def test_gatekeeper_in_place_of_labels() -> None:
    constraints = "k8spspprivilegedcontainer.constraints.gatekeeper.sh"
    for spec, verdict in (
        ({"match": {"excludedNamespaces": ["kube-system"]}}, Verdict.PASS),
        ({"enforcementAction": "dryrun"}, Verdict.FAIL),
        ({"match": {"excludedNamespaces": ["chat"]}}, Verdict.FAIL),
    ):
        made = custom("constraints.gatekeeper.sh/v1beta1", "K8sPSPPrivilegedContainer", "psp", spec=spec)
        assert (await looked(objects={constraints: [made]})).verdict is verdict


async def test_an_admission_policy_of_kubernetes_itself() -> None:
    policy = custom(
        "admissionregistration.k8s.io/v1",
        "ValidatingAdmissionPolicy",
        "no-privileged",
        spec={
            "matchConstraints": {"resourceRules": [{"apiGroups": [""], "resources": ["pods"]}]},
            "validations": [
                {"expression": "!object.spec.containers.exists(c, c.securityContext.privileged)"}
            ],
        },
    )
    beyond = {
        "matchExpressions": [
            {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]}
        ]
    }
    for actions, verdict in ((["Deny"], Verdict.PASS), (["Audit"], Verdict.FAIL)):
        binding = custom(
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicyBinding",
            "all",
            spec={
                "policyName": "no-privileged",
                "validationActions": actions,
                "matchResources": {"namespaceSelector": beyond},
            },
        )
        group = "admissionregistration.k8s.io"
        found = await looked(
            objects={
                f"validatingadmissionpolicies.{group}": [policy],
                f"validatingadmissionpolicybindings.{group}": [binding],
            }
        )
        assert found.verdict is verdict


async def test_a_default_in_the_api_servers_own_file_leaves_it_open() -> None:
    command = ["kube-apiserver", "--admission-control-config-file=/etc/kubernetes/admission.yaml"]
    server = pod("kube-apiserver-cp1", "kube-system", node="cp1", spec=pod_spec(command=command))
    found = await looked(objects={"pods": [POD, server]})
    assert found.verdict is Verdict.UNKNOWN
    assert "admission configuration file" in found.said
    found = await looked({ENFORCE: "privileged"}, {"pods": [POD, server]})
    assert found.verdict is Verdict.FAIL, "a label outweighs the default"


async def test_openshift_refuses_by_its_own_constraints() -> None:
    found = await looked(objects={"securitycontextconstraints.security.openshift.io": []})
    assert found.verdict is Verdict.PASS
    assert "SecurityContextConstraints" in found.said


async def test_no_workload_and_no_right_prove_nothing() -> None:
    assert (await looked(objects={"pods": []})).verdict is Verdict.UNKNOWN
    for forbidden in ("namespaces", "pods"):
        cluster = Memory({"namespaces": [namespace("chat")], "pods": [POD]}, forbidden={forbidden})
        assert (await judged(LABELS, cluster)).verdict is Verdict.UNKNOWN
