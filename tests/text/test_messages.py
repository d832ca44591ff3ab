"""Every sentence that is said exists, in both languages, with the same fields."""

from __future__ import annotations

import ast
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest

import gpuready
from gpuready.checklist.verdict import Provenance, Status, Verdict
from gpuready.probes.probe import Safety
from gpuready.report.export import FORMS
from gpuready.session.event import EventKind
from gpuready.text import messages
from gpuready.text.say import say, set_language
from gpuready.tui.acts import ACTS, GROUPS

AREAS = [module.name for module in pkgutil.iter_modules(messages.__path__)]
SPEAKERS = ("say", "Fault", "NoData", "NotApplicable", "Broken")
PACKAGE = Path(gpuready.__file__).parent
KEY = re.compile(r"[a-z_]+\.[a-z0-9_/]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Sentences that are the same in both languages: figures, names and formats alone.
SAME = re.compile(r"^[\s{}\w.:=/%°+()\[\]\-，：、（）；。→]*$")


def sentences() -> Iterator[tuple[str, tuple[str, str]]]:
    for area in AREAS:
        for name, pair in import_module(f"gpuready.text.messages.{area}").MESSAGES.items():
            yield f"{area}.{name}", pair


def fields(sentence: str) -> set[str]:
    return {name.partition(".")[0] for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_with_the_same_fields(area: str) -> None:
    for key, (english, chinese) in sentences():
        if not key.startswith(area + "."):
            continue
        assert english.strip() and chinese.strip(), key
        assert fields(english) == fields(chinese), key
        assert CHINESE.search(chinese) or SAME.match(chinese), key
        assert not CHINESE.search(english.replace("中文", "")) or "今天" in chinese, key


def calls() -> Iterator[tuple[str, ast.Call]]:
    """(place, call) of each call that says or refuses something."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in SPEAKERS:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def literal_calls() -> Iterator[tuple[str, str, ast.Call]]:
    """(place, key, call) of those whose key is written out: all of it, or one of two by a condition."""
    for place, node in calls():
        first = node.args[0]
        for each in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
            if isinstance(each, ast.Constant) and "." in str(each.value):
                yield place, str(each.value), node


def test_what_is_said_is_written() -> None:
    known = {key for key, _ in sentences()}
    missing = sorted({f"{place}: {key}" for place, key, _ in literal_calls() if key not in known})
    assert not missing


def test_a_key_that_is_put_together_leads_somewhere() -> None:
    """``say(f"board.{verdict}")`` and the like: some sentence must fit."""
    known = [key for key, _ in sentences()]
    for place, node in calls():
        first = node.args[0]
        if isinstance(first, ast.JoinedStr):
            parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in first.values]
            assert any(re.fullmatch("".join(parts), key) for key in known), f"{place}: {ast.unparse(first)}"


def test_every_field_of_a_sentence_is_given() -> None:
    pairs = dict(sentences())
    wanting = [
        f"{place}: {key} lacks {', '.join(sorted(lacking))}"
        for place, key, node in literal_calls()
        if key in pairs and all(keyword.arg for keyword in node.keywords)
        if (lacking := fields(pairs[key][0]) - {keyword.arg for keyword in node.keywords})
    ]
    assert not wanting


EXPANDED = {
    "board": [*Verdict, *Status, *Provenance],
    "live": ["no_library", "no_driver", "version_mismatch", "no_permission", "no_gpu", "nvml", "hung_gpu",
             "hung_node"],
    "tui": [*(f"safety_{each.name.lower()}" for each in Safety), *(f"format_{form}" for form in FORMS)],
    "acts": [
        *(name for act in ACTS for name in (act.name, f"{act.name}_help")),
        *(f"group_{group}" for group in GROUPS),
    ],
    "deeds": ["reason", "approver", "note", "value"],
    "cli": [f"kind_{kind}" for kind in EventKind],
}  # fmt: skip


@pytest.mark.parametrize("area", EXPANDED)
def test_every_word_that_may_be_asked_for_is_there(area: str) -> None:
    known = {key for key, _ in sentences()}
    assert not [name for name in EXPANDED[area] if f"{area}.{name}" not in known]


def test_no_act_has_words_that_nobody_reads() -> None:
    assert {key for key, _ in sentences() if key.startswith("acts.")} == {
        f"acts.{name}" for name in EXPANDED["acts"]
    }


def test_every_act_has_its_words() -> None:
    for language in ("en", "zh"):
        set_language(language)
        for act in ACTS:
            assert act.label and act.help
        for group in GROUPS:
            assert say(f"acts.group_{group}")


def test_the_screen_says_no_more_than_it_shows() -> None:
    """A sentence that nothing uses is a sentence that nobody reads."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    unused = [
        key
        for key, _ in sentences()
        if key.startswith("tui.") and f'"{key}"' not in text and f"'{key}'" not in text
    ]
    made = ("tui.safety_", "tui.format_")  # f-strings make these
    assert not [key for key in unused if not key.startswith(made)]
