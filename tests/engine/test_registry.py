"""Probes by entry point, as another package would bring them; checklists checked against them."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from gpuready.checklist import catalogue
from gpuready.checklist.load import load_all
from gpuready.engine import registry as registry_module
from gpuready.engine.registry import GROUP, installed, load, misfits, problems_of, validate
from gpuready.probes.probe import Safety
from gpuready.text.fault import Fault
from tests.engine.fakes import checklist, method, probe, registry

MODULE = """
from gpuready.probes.probe import Measurement, Probe

async def measure(ask):
    return Measurement({"value": 1}, "package")

PROBES = (Probe("acme.rack", measure, lambda ask: ("look",), {"value": "count"}),)
TWICE = (Probe("acme.rack", measure, lambda ask: (), {"value": "count"}),)
NONE = 7
MIXED = (3, Probe("acme.unit", measure, lambda ask: (), {"value": "furlong"}),
         Probe("acme.limit", measure, lambda ask: (), {"value": ""}, limit=0))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package on sys.path with its own dist-info, as pip would have left it."""
    (tmp_path / "acme_probes.py").write_text(MODULE)
    (tmp_path / "acme_broken.py").write_text("1 / 0\n")
    (tmp_path / "acme_needs.py").write_text("import acme_is_not_here\n")
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{GROUP}]\nacme = acme_probes:PROBES\nacme2 = acme_probes:TWICE\nbroken = acme_broken:PROBES\n"
        "gone = acme_gone:PROBES\nnone = acme_probes:NONE\nmixed = acme_probes:MIXED\n"
        "attr = acme_probes:NO_SUCH\nneeds = acme_needs:PROBES\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("acme_probes", "acme_broken", "acme_needs"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "acme"


def test_a_package_brings_probes_by_entry_point(package: str) -> None:
    found = load(entry_points(group=GROUP))
    assert "acme.rack" in found.probes
    assert "session.audit" in found.probes or "session" not in {p.name for p in entry_points(group=GROUP)}


def test_broken_entry_points_are_problems_and_never_fatal(package: str) -> None:
    found = load(entry_points(group=GROUP))
    by_name = {each.where: each.key for each in found.problems}
    assert by_name["broken"] == "engine.entry_broken"
    assert by_name["gone"] == "engine.entry_missing"
    assert by_name["needs"] == "engine.entry_missing"
    assert by_name["none"] == "engine.entry_kind"
    assert by_name["attr"] == "engine.entry_broken"
    assert by_name["acme2"] == "engine.probe_twice"
    keys = [each.key for each in found.problems if each.where == "mixed"]
    assert keys == ["engine.entry_kind", "engine.probe_unit", "engine.probe_shape"]
    assert all(str(each) for each in found.problems)


def test_an_own_probe_is_not_shadowed_by_another_package() -> None:
    points = [
        EntryPoint("a", "tests.engine.shadow:PROBES", GROUP),
        EntryPoint("session", "gpuready.engine.own:PROBES", GROUP),
    ]
    sys.modules["tests.engine.shadow"] = type(sys)("tests.engine.shadow")
    sys.modules["tests.engine.shadow"].PROBES = (probe("session.audit"),)  # type: ignore[attr-defined]
    try:
        found = load(points)
    finally:
        del sys.modules["tests.engine.shadow"]
    assert found.probes["session.audit"].measure.__module__ == "gpuready.engine.own"
    assert [each.key for each in found.problems] == ["engine.probe_twice"]


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        (method("no.such"), "engine.unknown_probe"),
        (method("a.b", colour=1), "engine.unknown_param"),
        (method("a.b", count="three"), "engine.param_kind"),
        (method("a.b", count=True), "engine.param_kind"),
        (method("a.b", want={"field": "size", "op": "==", "value": 1}), "engine.unknown_field"),
        (method("a.b", want={"field": "value", "op": "<", "value": 1, "unit": "ms"}), "engine.unlike_units"),
        (method("a.b", want=[]), "engine.no_want"),
        (method("a.active"), "engine.not_read"),
    ],
)
def test_what_a_probe_does_not_declare_is_named_with_the_ref(asked: dict[str, object], key: str) -> None:
    known = registry(probe("a.b", params={"count": 20}), probe("a.active", safety=Safety.LIGHT))
    made = checklist([[asked]])
    assert [(each.where, each.key) for each in problems_of(made, known)] == [("1.1.1.a1", key)]
    with pytest.raises(Fault, match=r"1\.1\.1\.a1: "):
        validate(made, known)


def test_what_a_probe_declares_is_no_problem() -> None:
    known = registry(probe("a.b", params={"count": 20, "names": ()}, fields={"value": "s"}))
    made = checklist(
        [
            [
                method(
                    "a.b",
                    count=2.5,
                    names=["x"],
                    want={"field": "value", "op": "<", "value": 1, "unit": "ms"},
                )
            ]
        ]
    )
    assert problems_of(made, known) == []
    validate(made, known)


def test_a_generic_probe_takes_its_unit_from_the_caller() -> None:
    known = registry(probe("command", params={"unit": ""}, fields={"value": ""}))
    made = checklist([[method("command", want={"field": "value", "op": "<", "value": 1, "unit": "GB"})]])
    assert problems_of(made, known) == []
    wrong = checklist(
        [[method("command", unit="ms", want={"field": "value", "op": "<", "value": 1, "unit": "GB"})]]
    )
    assert [each.key for each in problems_of(wrong, known)] == ["engine.unlike_units"]


def test_the_shipped_checklists_ask_only_for_what_is_declared() -> None:
    known = installed()
    assert known.problems == ()
    assert [f"{each.where}: {each}" for made in load_all() for each in problems_of(made, known)] == []


def test_queries_and_reads_of_kubernetes_have_probes_of_their_own_name() -> None:
    known = registry(probe("m"), probe("query.m"), probe("kube.m"))
    found = [
        known.get(checklist([[method("m", kind=kind)]]).phases[0].items[0].checks[0].methods[0])
        for kind in ("probe", "query", "kube")
    ]
    assert [each.name for each in found if each] == ["m", "query.m", "kube.m"]


def test_the_catalogue_knows_the_probes_once_they_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    known = registry(probe("a.b"))
    monkeypatch.setattr(registry_module, "installed", lambda: known)
    catalogue.register(None)  # a test of the screen may have installed the real ones
    good, bad, drill = (
        checklist([[method("a.b"), method("a.c"), method("m", kind="drill", want=[])]])
        .phases[0]
        .items[0]
        .checks[0]
        .methods[:3]
    )
    assert not catalogue.available(good)
    try:
        registry_module.install()
        assert catalogue.available(good)
        assert not catalogue.available(bad)
        assert not catalogue.available(drill)
    finally:
        catalogue.register(None)
    assert not catalogue.available(good)


def test_other_kinds_ask_nothing_of_probes() -> None:
    made = checklist([[method("signal", kind="drill", want=[])]])
    assert misfits(made.phases[0].items[0].checks[0].methods[0], registry()) == []
