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


def literal_keys() -> Iterator[tuple[str, str]]:
    """(file, key) of each literal first argument of what says or refuses something."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            first = node.args[0]
            if name in ("say", "Fault", "NoData", "NotApplicable", "Broken") and isinstance(
                first, ast.Constant
            ):
                yield str(path.relative_to(PACKAGE)), str(first.value)


def test_what_is_said_is_written() -> None:
    known = {key for key, _ in sentences()}
    missing = sorted({f"{file}: {key}" for file, key in literal_keys() if key not in known})
    assert not missing


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
