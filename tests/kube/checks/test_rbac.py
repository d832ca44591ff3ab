"""Grants, over-wide rights, strangers, and accounts that are gone."""

from __future__ import annotations

from typing import Any

from gpuready.checklist.verdict import Verdict
from gpuready.kube.checks import rbac
from gpuready.kube.read.rbac import BINDINGS, CLUSTER_BINDINGS, CLUSTER_ROLES
from tests.kube.memory import Memory, judged
from tests.kube.objects import custom, pod, pod_spec

GRANTS, OVER_WIDE, SUBJECTS, STALE = rbac.CHECKS
RBAC = "rbac.authorization.k8s.io/v1"
DEFAULT = {"kubernetes.io/bootstrapping": "rbac-defaults"}


def role(name: str, verbs: list[str], resources: list[str], labels: Any = None) -> dict[str, Any]:
    rule = {"apiGroups": ["*"], "resources": resources, "verbs": verbs}
    return custom(RBAC, "ClusterRole", name, labels=labels) | {"rules": [rule]}


def bound(
    name: str,
    to: str,
    kind: str,
    subject: str,
    *,
    namespace: str | None = None,
    home: str = "",
    labels: Any = None,
) -> dict[str, Any]:
    who = {"kind": kind, "name": subject, **({"namespace": home} if home else {})}
    made = custom(RBAC, "RoleBinding" if namespace else "ClusterRoleBinding", name, namespace, labels=labels)
    return made | {"roleRef": {"kind": "ClusterRole", "name": to}, "subjects": [who]}


def server(*flags: str) -> dict[str, Any]:
    spec = pod_spec(command=["kube-apiserver", *flags])
    return pod(
        "kube-apiserver-cp1", "kube-system", node="cp1", spec=spec, labels={"component": "kube-apiserver"}
    )


SERVER = server("--authorization-mode=Node,RBAC")
ADMIN = role("cluster-admin", ["*"], ["*"], DEFAULT)
MASTERS = bound("cluster-admin", "cluster-admin", "Group", "system:masters", labels=DEFAULT)


def cluster(*bindings: dict[str, Any], roles: tuple[dict[str, Any], ...] = (), **more: Any) -> Memory:
    wide = [each for each in bindings if each["kind"] == "ClusterRoleBinding"]
    narrow = [each for each in bindings if each["kind"] == "RoleBinding"]
    objects: dict[str, Any] = {
        CLUSTER_BINDINGS: [MASTERS, *wide],
        BINDINGS: narrow,
        CLUSTER_ROLES: [ADMIN, *roles],
        "pods": more.pop("pods", [SERVER]),
        "serviceaccounts": [custom("v1", "ServiceAccount", "default", "prod")],
    }
    return Memory(objects, **more)


async def test_rbac_on_and_no_admin_grant_left_open() -> None:
    found = await judged(GRANTS, cluster(bound("ops", "cluster-admin", "Group", "platform")))
    assert found.verdict is Verdict.PASS
    assert "Group platform (ops)" in found.said
    for kind, name, home in (
        ("Group", "system:authenticated", ""),
        ("Group", "system:serviceaccounts:prod", ""),
        ("ServiceAccount", "default", "prod"),
    ):
        found = await judged(GRANTS, cluster(bound("open", "cluster-admin", kind, name, home=home)))
        assert found.verdict is Verdict.FAIL
        assert name in found.said


async def test_a_role_as_wide_as_cluster_admin_counts_like_it() -> None:
    wide = role("super", ["*"], ["*"])
    found = await judged(GRANTS, cluster(bound("x", "super", "Group", "system:authenticated"), roles=(wide,)))
    assert found.verdict is Verdict.FAIL


async def test_a_server_that_allows_everything_and_one_that_does_not_tell() -> None:
    found = await judged(GRANTS, cluster(pods=[server("--authorization-mode=AlwaysAllow,RBAC")]))
    assert found.verdict is Verdict.FAIL
    found = await judged(GRANTS, cluster(pods=[]))
    assert found.verdict is Verdict.UNKNOWN
    text = 'apiserver_authorization_decisions_total{decision="allowed",name="rbac",type="RBAC"} 12\n'
    found = await judged(GRANTS, cluster(pods=[], texts={"/metrics": text}))
    assert found.verdict is Verdict.PASS, "the API server's own count of decisions tells it too"


async def test_without_rights_or_bindings_nothing_is_known() -> None:
    for probe in rbac.CHECKS:
        assert (await judged(probe, cluster(forbidden={CLUSTER_BINDINGS}))).verdict is Verdict.UNKNOWN
        assert (await judged(probe, Memory({"pods": [SERVER]}))).verdict is Verdict.UNKNOWN


async def test_least_privilege() -> None:
    viewer = role("viewer", ["get", "list"], ["pods"])
    found = await judged(OVER_WIDE, cluster(bound("v", "viewer", "Group", "devs"), roles=(viewer,)))
    assert found.verdict is Verdict.PASS
    wild = role("operator", ["*"], ["*"])
    assert (await judged(OVER_WIDE, cluster(roles=(wild,))))["wildcards"] == 1
    found = await judged(
        OVER_WIDE, cluster(bound("ci", "cluster-admin", "ServiceAccount", "ci", home="build"))
    )
    assert found.verdict is Verdict.FAIL
    assert "ServiceAccount build/ci (ci)" in found.said
    found = await judged(
        OVER_WIDE, cluster(bound("ops", "cluster-admin", "Group", "ops")), admins=["Group ops"]
    )
    assert found.verdict is Verdict.PASS, "the operator allowed it"
    found = await judged(
        OVER_WIDE, cluster(bound("d", "view", "ServiceAccount", "default", namespace="prod", home="prod"))
    )
    assert found.verdict is Verdict.FAIL
    assert found["default_accounts_bound"] == 1
    pods = bound("all", "view", "Group", "system:serviceaccounts:prod", namespace="prod")
    found = await judged(OVER_WIDE, cluster(pods))
    assert found["default_accounts_bound"] == 1, "the namespace's default account is one of the group"
    secrets = role("backup", ["get", "list"], ["secrets"])
    found = await judged(OVER_WIDE, cluster(roles=(secrets,)))
    assert found.verdict is Verdict.PASS
    assert "backup" in found.said


async def test_a_stranger_is_denied_where_rbac_alone_decides() -> None:
    team = bound("team", "edit", "Group", "team", namespace="prod")
    found = await judged(SUBJECTS, cluster(team))
    assert found.verdict is Verdict.PASS
    assert "Group team: edit in prod" in found.said
    edit = role("edit-all", ["create", "delete"], ["nodes"])
    loose = bound("loose", "edit-all", "Group", "system:authenticated")
    found = await judged(SUBJECTS, cluster(team, loose, roles=(edit,)))
    assert found.verdict is Verdict.FAIL
    hooked = server("--authorization-mode=Node,RBAC,Webhook")
    found = await judged(SUBJECTS, cluster(team, pods=[hooked]))
    assert found.verdict is Verdict.UNKNOWN, "a webhook may allow what RBAC does not"
    assert "Webhook" in found.said
    basic = role("basic", ["create"], ["selfsubjectaccessreviews"])
    harmless = bound("basic", "basic", "Group", "system:authenticated")
    assert (await judged(SUBJECTS, cluster(team, harmless, roles=(basic,)))).verdict is Verdict.PASS


async def test_accounts_that_are_gone_and_people_to_look_up() -> None:
    here = bound("here", "view", "ServiceAccount", "default", namespace="prod", home="prod")
    assert (await judged(STALE, cluster(here))).verdict is Verdict.PASS
    found = await judged(STALE, cluster(here, bound("p", "view", "User", "li@example.com")))
    assert found.verdict is Verdict.UNKNOWN, "whether she is still here was not looked up"
    assert "User li@example.com" in found.said
    gone = bound("old", "edit", "ServiceAccount", "ci", namespace="prod", home="prod")
    found = await judged(STALE, cluster(gone))
    assert found.verdict is Verdict.FAIL
    assert "ServiceAccount prod/ci (prod/old)" in found.said
    internal = bound(
        "system:controller:x", "x", "ServiceAccount", "x-controller", home="kube-system", labels=DEFAULT
    )
    assert (await judged(STALE, cluster(internal))).verdict is Verdict.PASS


async def test_a_server_without_rbac_at_all_fails_and_proves_nothing_else() -> None:
    missing = {CLUSTER_BINDINGS, BINDINGS, CLUSTER_ROLES}
    found = await judged(GRANTS, Memory({"pods": [SERVER]}, missing=missing))
    assert found.verdict is Verdict.FAIL
    assert "--authorization-mode=Node,RBAC" in found.said
    for probe in (OVER_WIDE, SUBJECTS, STALE):
        assert (await judged(probe, Memory(missing=missing))).verdict is Verdict.UNKNOWN
