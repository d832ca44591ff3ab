"""The five checklists against the coverage table: nothing missing, nothing invented, every figure there."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready import places
from gpuready.checklist.load import SHIPPED, load
from gpuready.checklist.model import BY_HAND, Check, Checklist, Kind, Words

COVERAGE = Path(__file__).parent.parent / "data" / "coverage.tsv"
SIGNS = "≥<≤>"


def rows() -> list[dict[str, str]]:
    with COVERAGE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.fixture(scope="module")
def checklists() -> tuple[Checklist, ...]:
    return tuple(load(places.shipped("checklists") / f"{name}.toml") for name in SHIPPED)


@pytest.fixture(scope="module")
def checks(checklists: tuple[Checklist, ...]) -> dict[str, Check]:
    return {check.ref: check for each in checklists for check in each.checks()}


def test_all_286_refs_once_and_in_order(checklists: tuple[Checklist, ...]) -> None:
    refs = [check.ref for each in checklists for check in each.checks()]
    assert refs == [row["ref"] for row in rows()]
    assert len(refs) == len(set(refs)) == 286
    items = [item.ref for each in checklists for item in each.items()]
    assert len(items) == len(set(items)) == 59


def test_refs_say_where_they_belong(checklists: tuple[Checklist, ...]) -> None:
    for checklist in checklists:
        for phase in checklist.phases:
            assert phase.ref.startswith(checklist.ref + ".")
            for item in phase.items:
                assert item.ref.startswith(phase.ref + ".")
                assert all(check.ref.rpartition(".")[0] == item.ref for check in item.checks)
                assert item.decided_by_steps == checklist.ref.startswith(("13.4", "13.5"))


# What the table measures otherwise, and a pod can settle as well: fio on a StorageClass, CUDA on each node.
MEASURED_IN_PODS_TOO = {"13.2.1.4.a1", "13.2.1.2.a2"}


def test_methods_follow_the_table(checks: dict[str, Check]) -> None:
    wrong = []
    for row in rows():
        kinds = row["kinds"].split(">")
        found = [str(method.kind) for method in checks[row["ref"]].methods]
        more = found[len(kinds) :]
        if row["ref"] in MEASURED_IN_PODS_TOO and more:
            assert more.pop(0) == "active"
        fallback = not more or (len(more) == 1 and more[0] in BY_HAND)
        if found[: len(kinds)] != kinds or not fallback:
            wrong.append((row["ref"], kinds, found))
    assert wrong == []


def test_every_figure_and_sign_stands_in_both_languages(checks: dict[str, Check]) -> None:
    missing = []
    for row in rows():
        source, words = row["source_zh"], checks[row["ref"]].words
        for lang, text in (("en", words.en), ("zh", words.zh)):
            for figure in _figures(source, lang):
                pattern = rf"(?<![\d.]){re.escape(figure)}(?!\d)"
                missing += [] if re.search(pattern, text) else [(row["ref"], lang, figure)]
            missing += [(row["ref"], lang, sign) for sign in SIGNS if sign in source and sign not in text]
    assert missing == []


def _figures(source: str, lang: str) -> Iterator[str]:
    for figure in re.findall(r"\d+(?:\.\d+)*", source):
        # 100万 is one million, and English says it so.
        yield "1" if figure == "100" and "100万" in source and lang == "en" else figure


def test_code_of_the_source_is_kept_letter_for_letter(checks: dict[str, Check]) -> None:
    missing = []
    for row in rows():
        words = checks[row["ref"]].words
        for code in re.findall(r"`[^`]+`", row["source_zh"]):
            missing += [(row["ref"], code) for text in (words.en, words.zh) if code not in text]
    assert missing == []


def test_both_languages_are_filled_and_differ(checks: dict[str, Check]) -> None:
    for check in checks.values():
        texts: list[Words] = [check.words, check.why, check.how, check.fix]
        texts += [check.modern] if check.modern else []
        texts += [method.ask for method in check.methods if method.ask]
        for words in texts:
            assert words.en.strip() and words.zh.strip(), check.ref
        for words in (check.why, check.fix):
            assert re.search(r"[\u4e00-\u9fff]", words.zh), (check.ref, words.zh)
            assert not re.search(r"[\u4e00-\u9fff]", words.en), (check.ref, words.en)


def test_what_a_person_is_asked_for_is_said(checks: dict[str, Check]) -> None:
    silent = [c.ref for c in checks.values() for m in c.methods if m.kind in BY_HAND and m.ask is None]
    assert silent == []


def test_a_value_is_judged_wherever_the_source_has_a_figure(checks: dict[str, Check]) -> None:
    values = [(c.ref, m) for c in checks.values() for m in c.methods if m.kind is Kind.VALUE]
    sources = {row["ref"]: row["source_zh"] for row in rows()}
    assert [ref for ref, m in values if not m.want and re.search(r"\d", sources[ref])] == []
    assert [(ref, w.field) for ref, m in values for w in m.want if w.field != "value"] == []


def test_nothing_of_the_source_is_copied_sentence_by_sentence(checks: dict[str, Check]) -> None:
    copied = [
        r["ref"] for r in rows() if len(r["source_zh"]) > 24 and checks[r["ref"]].words.zh == r["source_zh"]
    ]
    assert copied == []


def test_needs_form_no_circle(checklists: tuple[Checklist, ...]) -> None:
    for checklist in checklists:
        needs = {item.ref: item.needs for item in checklist.items()}
        for ref in needs:
            seen, todo = set(), list(needs[ref])
            while todo:
                each = todo.pop()
                assert each != ref, f"{ref} needs itself"
                if each not in seen:
                    seen.add(each)
                    todo += needs[each]
