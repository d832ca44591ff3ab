"""``gpuready mark``: what a person says is recorded whole, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.cli.conftest import Inside, Program, lines

CHECK, ITEM = "13.1.1.1.s2", "13.1.1.1"


def state(inside: Inside, ref: str) -> dict[str, object]:
    document = inside.on("export", "--format", "json").json["board"]
    for checklist in document["checklists"]:
        for phase in checklist["phases"]:
            for item in phase["items"]:
                if item["ref"] == ref:
                    return dict(item)
                for check in item["checks"]:
                    if check["ref"] == ref:
                        return dict(check)
    raise AssertionError(ref)


@pytest.mark.parametrize(
    ("arguments", "verdict", "value", "unit"),
    [
        (["--value", "12"], "pass", 12, "Gbit/s"),
        (["--value", "9.4"], "fail", 9.4, "Gbit/s"),
        (["--value", "12.5 Gbit/s"], "pass", 12.5, "Gbit/s"),
        (["--value", "9500Mbps"], "fail", 9500, "Mbit/s"),
        (["--value", "11,000", "--unit", "Mbit/s"], "pass", 11000, "Mbit/s"),
        (["--value", "1e1"], "pass", 10.0, "Gbit/s"),
    ],
)
def test_a_value_is_judged(
    inside: Inside, arguments: list[str], verdict: str, value: float, unit: str
) -> None:
    answer = inside.on("mark", CHECK, *arguments, "--format", "json")
    assert answer.code == 0, answer.err
    check = answer.json["check"]
    assert (check["verdict"], check["value"], check["unit"]) == (verdict, value, unit)
    assert check["provenance"] == "entered" and check["by"] == "ana"
    assert answer.json["schema"] == "gpuready.mark/1"


@pytest.mark.parametrize(
    ("arguments", "verdict", "rest"),
    [
        (["--pass"], "pass", {}),
        (["--fail", "--reason", "one port at 1G"], "fail", {"reason": "one port at 1G"}),
        (["--na", "no peer"], "n/a", {"reason": "no peer"}),
        (["--attest", "iperf3 saw 23"], "pass", {"text": "iperf3 saw 23"}),
        (["--pass", "--link", "https://wiki.example/a?b"], "pass", {"link": "https://wiki.example/a?b"}),
    ],
)
def test_a_persons_word_is_attested(
    inside: Inside, arguments: list[str], verdict: str, rest: dict[str, str]
) -> None:
    assert inside.on("mark", CHECK, *arguments).code == 0
    check = state(inside, CHECK)
    assert check["verdict"] == verdict and check["provenance"] == "attested"
    assert {key: check[key] for key in rest} == rest


def test_evidence_is_kept(inside: Inside, home: Path) -> None:
    file = home / "smi\x1b.txt"
    file.write_bytes(b"GPU 0\x00")
    assert inside.on("mark", CHECK, "--pass", "--evidence", file).code == 0
    sha = hashlib.sha256(b"GPU 0\x00").hexdigest()
    assert state(inside, CHECK)["evidence"] == [sha]
    exported = inside.on("export", "--format", "json").json["evidence"]
    assert [(each["sha256"], each["name"]) for each in exported] == [(sha, "smi\x1b.txt")]


def test_an_item_is_owned_dated_and_noted_at_once(inside: Inside) -> None:
    answer = inside.on("mark", ITEM, "--owner", " 王  工 ", "--due", "2030-01-02", "--note", "第一行\n第二行")
    assert answer.code == 0
    item = state(inside, ITEM)
    assert (item["owner"], item["due"]) == ("王 工", "2030-01-02")
    assert [note["text"] for note in item["notes"]] == ["第一行\n第二行"]  # type: ignore[attr-defined]
    inside.on("mark", ITEM, "--owner", "", "--due", "")
    item = state(inside, ITEM)
    assert "owner" not in item and "due" not in item


def test_a_note_from_standard_input(gpuready: Program) -> None:
    answer = gpuready.on("mark", ITEM, "--note", "-", stdin="备注\n两行\n".encode())
    assert answer.code == 0
    assert "备注" in gpuready.on("history", ITEM).out


def test_waive_and_end_it(inside: Inside) -> None:
    given = ["--waive", "no peer here", "--approver", "chief", "--until", "+7d"]
    assert inside.on("mark", CHECK, *given).code == 0
    check = state(inside, CHECK)
    assert check["verdict"] == "waived"
    assert check["waiver"]["approver"] == "chief"  # type: ignore[index]
    assert inside.on("mark", CHECK, "--unwaive").code == 0
    assert state(inside, CHECK)["verdict"] == "manual"
    answer = inside.on("mark", CHECK, "--unwaive")
    assert answer.code == 2 and "no waiver" in answer.err


def test_override_and_lift_it(inside: Inside) -> None:
    assert inside.on("mark", ITEM, "--override", "done", "--reason", "seen by hand").code == 0
    assert (state(inside, ITEM)["status"], state(inside, ITEM)["derived"]) == ("done", "open")
    assert inside.on("mark", ITEM, "--override", "none").code == 0
    assert state(inside, ITEM)["status"] == "open"


def test_clear(inside: Inside) -> None:
    inside.on("mark", CHECK, "--pass")
    assert inside.on("mark", CHECK, "--clear").code == 0
    assert state(inside, CHECK)["verdict"] == "manual"


def test_a_value_that_no_figure_judges_stays_with_the_persons_word(inside: Inside) -> None:
    inside.on("mark", "13.1.4.4.s1", "--value", "99.9 %")
    assert state(inside, "13.1.4.4.s1")["verdict"] == "unknown"
    inside.on("mark", "13.1.4.4.s1", "--pass")
    check = state(inside, "13.1.4.4.s1")
    assert (check["verdict"], check["value"], check["provenance"]) == ("pass", 99.9, "attested")


BAD = [
    (["13.1.1.9.s1", "--pass"], "13.1.1"),
    (["nothing", "--pass"], "There is no nothing"),
    ([ITEM, "--pass"], "no check"),
    ([CHECK, "--owner", "bob"], "Give 13.1.1.1."),
    ([CHECK, "--value", "fast"], "no number"),
    ([CHECK, "--value", "1,2"], "no number"),
    ([CHECK, "--value", "nan"], "no number"),
    ([CHECK, "--value", "1e999"], "no number"),
    ([CHECK, "--value", ""], "empty"),
    ([CHECK, "--value", "10 GB/s"], "cannot be compared"),
    ([CHECK, "--value", "10 parsec"], "not known"),
    ([CHECK, "--value", "10", "--unit", "ms"], "cannot be compared"),
    ([CHECK, "--value", "10 Gbit/s", "--unit", "Mbit/s"], "Give the unit once"),
    (["13.1.1.1.s1", "--value", "1"], "takes no value"),
    ([CHECK, "--attest", " "], "attestation is empty"),
    ([CHECK, "--na", ""], "reason is empty"),
    ([CHECK, "--pass", "--link", "not a link"], "no link"),
    ([CHECK, "--pass", "--evidence", "missing.txt"], "missing.txt"),
    ([CHECK, "--clear"], "no mark"),
    ([CHECK, "--note", "  "], "note is empty"),
    ([CHECK, "--note", "x" * 70_000], "too long"),
    ([CHECK, "--pass", "--fail"], "only one of --pass, --fail"),
    ([CHECK, "--pass", "--unit", "ms"], "--unit goes only with --value"),
    ([CHECK, "--note", "x", "--evidence", "f"], "--evidence goes only with"),
    ([CHECK, "--waive", "x", "--until", "+1d"], "--waive also needs --approver"),
    ([CHECK, "--waive", "x", "--approver", "c", "--until", "2020-01-01"], "is past"),
    ([CHECK, "--waive", "x", "--approver", "c", "--until", "someday"], "is no day"),
    ([CHECK, "--waive", "x", "--approver", " ", "--until", "+1d"], "approver is empty"),
    ([ITEM, "--due", "someday"], "is no day"),
    ([ITEM, "--override", "done"], "reason is empty"),
    ([ITEM, "--override", "none"], "no override"),
    ([ITEM, "--override", "maybe"], "done, failed, open"),
    ([CHECK], "Say what to record"),
    ([], "REF is missing"),
    ([CHECK, "--pas"], "no option --pas"),
    # what comes first is right, what comes last is wrong: nothing of it is recorded
    ([ITEM, "--owner", "bob", "--due", "someday"], "is no day"),
    ([CHECK, "--pass", "--note", " "], "note is empty"),
]


@pytest.mark.parametrize(
    ("arguments", "word"), BAD, ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else ""
)
def test_a_slip_gets_one_sentence_and_changes_nothing(
    inside: Inside, arguments: list[str], word: str
) -> None:
    fresh = inside.on("mark", *arguments)
    assert not inside.session.exists(), "a slip must not make a session"
    assert inside.on("mark", CHECK + "", "--note", "here").code == 0
    before = inside.session.read_bytes()
    answer = inside.on("mark", *arguments)
    for each in (fresh, answer):
        assert each.code == 2 and each.out == ""
        assert len(lines(each.err)) == 1 and "Traceback" not in each.err
        assert word in each.err
    assert inside.session.read_bytes() == before
    assert sorted(each.name for each in inside.session.parent.glob("site*")) == ["site.gpuready"]


def test_slips_in_chinese(inside: Inside) -> None:
    for arguments in (
        ["13.9", "--pass"],
        [CHECK, "--value", "x"],
        [CHECK],
        [CHECK, "--pas"],
        [CHECK, "--owner"],
    ):
        answer = inside.on("mark", *arguments, "--lang", "zh")
        assert answer.code == 2 and any(letter >= "\u4e00" for letter in answer.err)
