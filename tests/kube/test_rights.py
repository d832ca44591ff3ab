"""What an account may do, the role that lets it, and that the role is enough."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from gpuready.checklist.verdict import Verdict
from gpuready.cli.main import run
from gpuready.kube import checks
from gpuready.kube.access import connected
from gpuready.kube.check import DECLARED
from gpuready.kube.discovery import resource_at
from gpuready.kube.rights import may, rbac_yaml
from gpuready.probes.probe import Ask, Measurement, NoData, Outcome, Probe
from tests.kube import objects
from tests.kube.apiserver import Api
from tests.kube.asking import look, target

READS = ("nodes", "pods", "deployments.apps", "secrets", "pods/log", "/readyz?verbose", "things.example.com")


def _rules(text: str) -> list[dict[str, list[str]]]:
    role = yaml.safe_load(text)
    assert (role["apiVersion"], role["kind"]) == ("rbac.authorization.k8s.io/v1", "ClusterRole")
    rules: list[dict[str, list[str]]] = role["rules"]
    return rules


def test_the_role_reads_and_nothing_else() -> None:
    rules = _rules(rbac_yaml(READS))
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch"}
    resources = {(group, name) for rule in rules for group in rule.get("apiGroups", ())
                 for name in rule["resources"]}  # fmt: skip
    assert resources == {
        ("", "nodes"), ("", "pods"), ("apps", "deployments"), ("", "pods/log"), ("example.com", "things")
    }  # fmt: skip
    paths = [path for rule in rules for path in rule.get("nonResourceURLs", ())]
    assert {"/readyz", "/livez", "/version", "/metrics"} <= set(paths)
    assert not any("*" in name for rule in rules for name in rule.get("resources", ()))


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("/readyz?verbose", None),
        ("/apis/apps/v1", None),
        ("/api/v1/nodes/n1", ("", "nodes")),
        ("/api/v1/namespaces/kube-system", ("", "namespaces")),
        ("/api/v1/namespaces/kube-system/configmaps/x", ("", "configmaps")),
        ("/apis/apps/v1/namespaces/a/deployments/d/scale", ("apps", "deployments/scale")),
        ("/api/v1/namespaces/{ns}/services/{name}/proxy/metrics?x=y", ("", "services/proxy")),
    ],
)
def test_what_a_path_is_about(path: str, about: tuple[str, str] | None) -> None:
    assert resource_at(path) == about
    rules = _rules(rbac_yaml([path]))
    named = [
        (rule["apiGroups"][0], rule["resources"], rule["verbs"]) for rule in rules if "resources" in rule
    ]
    assert named == ([(about[0], [about[1]], ["get"])] if about else [])


async def test_one_object_that_may_not_be_read_names_its_resource(cluster: Api) -> None:
    cluster.allow([])
    path = "/api/v1/namespaces/kube-system/configmaps/x"
    async with look(cluster, path) as seen:
        with pytest.raises(NoData) as raised:
            await seen.text(path)
    assert 'resources ["configmaps"], verbs ["get"]' in str(raised.value)


def test_the_role_of_all_checks_never_names_secrets() -> None:
    text = rbac_yaml(read for reads in DECLARED.values() for read in reads)
    assert all("secrets" not in rule.get("resources", ()) for rule in _rules(text))


async def test_the_role_is_enough(cluster: Api) -> None:
    cluster.put_all([objects.node("n1"), objects.pod("p", "default"), objects.deployment("d")])
    cluster.allow(_rules(rbac_yaml(READS)))
    async with look(cluster, *READS) as seen:
        for resource in ("nodes", "pods", "deployments.apps"):
            assert len(await seen.list(resource)) >= 1
        await seen.text("/readyz?verbose")
        await seen.logs("default", "p")


async def test_what_is_surely_not_allowed_is_known_without_trying(cluster: Api) -> None:
    cluster.allow([{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["nodes"]}])
    async with connected(target(cluster)) as connection:
        assert (await may(connection, "list", "", "nodes"))[0] is None
        assert (await may(connection, "list", "", "pods"))[0] is False
        assert (await may(connection, "watch", "", "nodes"))[0] is False
    assert len(cluster.requested("POST", "selfsubjectrulesreviews")) == 1


async def test_a_rule_for_one_name_lets_nobody_list(cluster: Api) -> None:
    cluster.allow([{"verbs": ["*"], "apiGroups": [""], "resources": ["nodes"], "resourceNames": ["n1"]}])
    async with connected(target(cluster)) as connection:
        assert (await may(connection, "list", "", "nodes"))[0] is False


@pytest.mark.parametrize("allowed", [True, False])
async def test_what_the_rules_do_not_tell_is_asked_singly(cluster: Api, allowed: bool) -> None:
    told = {"kind": "SelfSubjectRulesReview", "status": {"resourceRules": [], "incomplete": True}}
    cluster.fault("POST", "selfsubjectrulesreviews", body=json.dumps(told))
    if not allowed:
        cluster.allow([])
    async with connected(target(cluster)) as connection:
        assert (await may(connection, "list", "apps", "deployments"))[0] is allowed
    assert cluster.requested("POST", "selfsubjectaccessreviews")


async def test_where_nothing_is_told_trying_tells(cluster: Api) -> None:
    cluster.fault("POST", "selfsubject", status=404)
    cluster.put(objects.node("n1"))
    async with look(cluster, "nodes") as seen:
        assert len(await seen.list("nodes")) == 1


@pytest.mark.parametrize("probe", checks.PROBES, ids=lambda probe: probe.name)
async def test_an_account_without_rights_gets_no_pass_from_any_check(cluster: Api, probe: Probe) -> None:
    cluster.allow([], defaults=False)
    cluster.put_all([objects.node("n1"), objects.pod("p", "default")])
    try:
        found = await probe.measure(Ask(target(cluster), dict(probe.params), probe.limit))
    except Outcome as outcome:
        assert outcome.verdict is Verdict.UNKNOWN, f"{outcome}"
        assert "grant" in str(outcome) or outcome.key.startswith("kube."), f"{outcome}"
    else:
        assert isinstance(found, Measurement) and not found.fields, f"{probe.name}: {dict(found.fields)}"


def test_the_command_prints_the_role(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["targets", "kubernetes", "--rbac"]) == 0
    assert _rules(capsys.readouterr().out)


def test_the_command_lists_the_contexts(
    cluster: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = cluster.write_kubeconfig(tmp_path / "config", extra_contexts=["b"])
    monkeypatch.setenv("KUBECONFIG", str(path))
    assert run(["--session", str(tmp_path / "s.gpuready"), "targets", "kubernetes"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{path}#test", f"{path}#b"]
