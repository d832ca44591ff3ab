"""The role of the active checks, the command that prints it, and what the checklists ask of them."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint

import pytest
import yaml

from gpuready.checklist.load import load_all
from gpuready.cli.main import run
from gpuready.engine.registry import GROUP, load, misfits
from gpuready.kube.jobs import PROBES
from gpuready.kube.jobs.rights import active_rbac_yaml
from gpuready.probes.probe import Safety


def test_the_role_names_only_what_the_checks_do() -> None:
    role = yaml.safe_load(active_rbac_yaml())
    assert (role["kind"], role["metadata"]["name"]) == ("ClusterRole", "gpuready-active")
    rules = {(each["apiGroups"][0], each["resources"][0]): each["verbs"] for each in role["rules"]}
    assert rules == {
        ("", "persistentvolumeclaims"): ["create"],
        ("", "pods"): ["create", "list"],
        ("", "pods/log"): ["get"],
        ("", "services"): ["create"],
        ("batch", "jobs"): ["create", "delete", "list"],
        ("networking.k8s.io", "networkpolicies"): ["create"],
    }


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["targets", "kubernetes", "--rbac", "--active"]) == 0
    assert capsys.readouterr().out == active_rbac_yaml()
    assert run(["targets", "kubernetes", "--rbac", "--active", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["rbac"] == active_rbac_yaml()
    assert run(["targets", "kubernetes", "--active"]) == 2
    assert "--rbac" in capsys.readouterr().err


def test_the_checklists_ask_for_what_is_declared() -> None:
    known = load([EntryPoint("kube_jobs", "gpuready.kube.jobs:PROBES", GROUP)])
    assert not known.problems and len(known.probes) == len(PROBES)
    asked = set()
    for checklist in load_all():
        for check in checklist.checks():
            for method in check.methods:
                if method.kind == "active" and method.name in known.probes:
                    assert misfits(method, known) == [], check.ref
                    asked.add(method.name)
    assert asked == set(known.probes)


def test_none_runs_without_consent() -> None:
    assert all(each.safety is not Safety.READ and each.on == "kubernetes" for each in PROBES)
