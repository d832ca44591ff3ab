"""The method that is chosen for a check, and why those before it are passed over."""

from __future__ import annotations

from gpuready.checklist.load import load_all
from gpuready.checklist.model import BY_HAND, Kind
from gpuready.engine.plan import here, make_plan
from gpuready.engine.planned import plan_document, plan_text
from gpuready.engine.registry import installed
from gpuready.probes.probe import Ask, Measurement, Safety, Target
from gpuready.text.say import set_language
from tests.engine.fakes import board, checklist, method, plan, probe, registry, standings

PEERS = (Target("peer", "a", "10.0.0.1"), Target("peer", "b", "10.0.0.2"))


async def never(ask: Ask) -> Measurement:
    raise AssertionError("a plan runs nothing")


def why(made: object) -> list[str]:
    return [each.key for each in made.checks[0].passed]  # type: ignore[attr-defined]


def test_the_first_method_that_applies_is_chosen() -> None:
    probes = [probe("a.first", never), probe("a.second", never)]
    made = plan([[method("a.first"), method("a.second")]], probes)
    (one,) = made.checks
    assert one.method and one.method.name == "a.first"
    assert [each.target for each in one.steps] == [here()]
    assert one.steps[0].calls == (f"ask {here().name}",)
    assert one.passed == ()


def test_why_each_method_before_it_does_not_apply() -> None:
    probes = [
        probe("a.peers", never, on="peer"),
        probe("a.load", never, safety=Safety.HEAVY),
        probe("a.unfit", never),
        probe("a.last", never),
    ]
    made = plan(
        [
            [
                method("m", kind="drill", want=[]),
                method("m", kind="query", want=[]),
                method("a.gone"),
                method("a.peers"),
                method("a.load", kind="active"),
                method("a.unfit", colour=1),
                method("a.last"),
            ]
        ],
        probes,
    )
    assert why(made) == [
        "engine.not_yet",
        "engine.not_built",
        "engine.not_built",
        "engine.no_target",
        "engine.not_allowed",
        "engine.unfit",
    ]
    assert made.checks[0].method and made.checks[0].method.name == "a.last"
    for lang in ("en", "zh"):
        set_language(lang)
        assert all("{" not in str(each) for each in made.checks[0].passed)


def test_what_is_asked_next_only_reads_and_is_shown() -> None:
    probes = [
        probe("a.load", never, safety=Safety.HEAVY),
        probe("a.read", never),
        probe("a.other", never, safety=Safety.LIGHT),
        probe("query.m", never),
    ]
    methods = [method("a.load", kind="active"), method("a.other", kind="active"), method("m", kind="query")]
    made = plan([[*methods, method("a.read")]], probes, allow_active=True)
    one = made.checks[0]
    assert one.method and one.method.name == "a.load"
    assert one.then and one.then.method and one.then.method.name == "m"
    assert one.then.then and one.then.then.method and one.then.then.method.name == "a.read"
    assert one.then.then.then is None
    text = plan_text(plan_document(made, "x"))
    assert "if that tells nothing: query m" in text and "ask " in text


def test_by_hand_when_nothing_else_applies() -> None:
    made = plan([[method("a.gone")]], [])
    (one,) = made.checks
    assert one.method and one.method.kind is Kind.ATTEST
    assert (one.steps, why(made)) == ((), ["engine.not_built"])


def test_a_step_for_each_target() -> None:
    made = plan([[method("a.rtt", on="peer")]], [probe("a.rtt", never)], *PEERS, Target("mount", "m", "/m"))
    assert [each.target.name for each in made.checks[0].steps] == ["a", "b"]
    assert made.checks[0].steps[0].ask.site == made.site


def test_a_probe_that_can_do_without_a_target_is_asked_of_this_node() -> None:
    alone = probe("a.rtt", never, on="peer", alone=True)
    assert [each.target for each in plan([[method("a.rtt")]], [alone]).checks[0].steps] == [here()]
    # Not where the checklist asks another kind of target: a gateway is no region.
    assert why(plan([[method("a.rtt", on="region")]], [alone])) == ["engine.no_target"]


def test_parameters_and_the_limit_they_give() -> None:
    asked = probe(
        "a.b", never, params={"seconds": 1, "size": "1G"}, limit_for=lambda p: float(str(p["seconds"]))
    )
    (step,) = plan([[method("a.b", seconds=60)]], [asked]).checks[0].steps
    assert step.ask.params == {"seconds": 60, "size": "1G"}
    assert step.ask.limit == 60.0
    broken = probe("a.b", never, limit=7.0, limit_for=lambda p: p["no"])
    assert plan([[method("a.b")]], [broken]).checks[0].steps[0].ask.limit == 7.0


def test_consent_is_asked_for_what_loads_whatever_the_checklist_calls_it() -> None:
    heavy = probe("a.load", never, safety=Safety.HEAVY)
    assert why(plan([[method("a.load")]], [heavy])) == ["engine.not_allowed"]
    allowed = plan([[method("a.load")]], [heavy], allow_active=True)
    assert allowed.asking == allowed.checks
    reading = plan([[method("a.b", kind="active")]], [probe("a.b", never)], allow_active=True)
    assert reading.checks[0].asks


def test_steps_that_cannot_be_told_do_not_spoil_a_plan() -> None:
    odd = probe("a.b", never)
    made = make_plan(
        standings(checklist([[method("a.b")]])),
        registry(type(odd)(odd.name, odd.measure, lambda ask: 1 / 0, odd.fields)),  # type: ignore[arg-type,return-value]
        (),
        allow_active=False,
    )
    assert "ZeroDivisionError" in made.checks[0].steps[0].calls[0]


def test_secrets_do_not_show_in_calls() -> None:
    odd = probe("a.b", never)
    telling = type(odd)(
        odd.name, odd.measure, lambda ask: ("curl -H 'Authorization: Bearer abcdefghijk'",), odd.fields
    )
    made = make_plan(standings(checklist([[method("a.b")]])), registry(telling), (), allow_active=False)
    assert "abcdefghijk" not in made.checks[0].steps[0].calls[0]


def test_the_plan_as_document_and_text() -> None:
    probes = [
        probe("a.rtt", never, privilege="root", lane="network"),
        probe("a.load", never, safety=Safety.HEAVY),
    ]
    made = plan(
        [[method("a.rtt", on="peer")], [method("a.load", kind="active")], []],
        probes,
        *PEERS,
        allow_active=True,
    )
    document = plan_document(made, "made-up")
    assert document["schema"] == "gpuready.plan/1"
    first, second, third = document["checks"]
    assert [each["target"] for each in first["steps"]] == ["a", "b"]
    assert first["steps"][0] | {"calls": []} == {
        "target": "a", "on": "peer", "calls": [], "limit": 5.0, "privilege": "root", "safety": "read-only",
        "lane": "network",
    }  # fmt: skip
    assert second["asks"] and not first["asks"]
    assert third["waits"] == "Waits for a person: Attach it."
    text = plan_text(document)
    for words in (
        "ask a",
        "needs root",
        "at most 5 s",
        "heavy load",
        "asks first",
        "3 checks: 2 would be run",
    ):
        assert words in text


def test_every_shipped_check_has_a_plan() -> None:
    for made in load_all():
        whole = make_plan(standings(made), installed(), (), allow_active=True)
        for each in whole.checks:
            assert each.steps or (each.method and each.method.kind in BY_HAND), each.check.ref
            automatic = [m for m in each.check.methods if m.kind not in BY_HAND]
            assert len(each.passed) + bool(each.steps) <= len(automatic)
    assert board(load_all()[0]).lists
