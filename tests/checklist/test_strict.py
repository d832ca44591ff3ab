"""Types that TOML allows and a checklist does not: a sentence, never a traceback, and the schema agrees."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpuready import places
from gpuready.checklist.build import Place, build
from gpuready.checklist.load import load
from gpuready.text.fault import Fault
from gpuready.text.say import set_language
from tests.checklist.sample import SAMPLE, altered, document

VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((places.shipped("checklists") / "checklist.schema.json").read_text(encoding="utf-8"))
)
NEEDS = 'needs = ["9.1.1"]'
SECOND = 'ref = "9.1.2"'
PROBE = 'probe = "gpu.devices"'
WANT = 'want = { field = "missing", op = "==", value = 0, unit = "count" }'
# What only the loader can see: it takes two places, or is beyond JSON.
BEYOND = ("needs names", "judged in", "used twice", "regular expression", "low <= high")

# name: (what is changed, into what, the ref, a word, the header at whose line it is told)
TYPES: dict[str, tuple[str, str, str, str, str]] = {
    "needs is a number": (NEEDS, "needs = 5", "9.1.2", "list of refs", SECOND),
    "needs holds a list": (NEEDS, 'needs = [["9.1.1"]]', "9.1.2", "list of refs", SECOND),
    "needs is a text": (NEEDS, 'needs = "9.1.1"', "9.1.2", "list of refs", SECOND),
    "needs names a check": (NEEDS, 'needs = ["9.1.1.s1"]', "9.1.2", "no item", SECOND),
    "need is unknown": (NEEDS, 'needs = ["9.9"]', "9.1.2", "9.9", SECOND),
    "want is a number": (WANT, "want = 5", "9.1.1.s1", "field, op", PROBE),
    "field is a number": ('field = "missing"', "field = 5", "9.1.1.s1", "field, op", PROBE),
    "with is a text": ("with = { count = 20 }", 'with = "x"', "9.1.1.s1", "with", PROBE),
    "figure is nan": ("value = 0, ", "value = nan, ", "9.1.1.s1", "nan", PROBE),
    "figure is a table": ("value = 0, ", "value = { a = 1 }, ", "9.1.1.s1", "compared", PROBE),
    "figure is a list": ("value = 0, ", "value = [0], ", "9.1.1.s1", "compared", PROBE),
    "version is none": ('value = "1.2"', 'value = "new"', "9.1.3.s1", "new", 'value = { unit = "version" }'),
    "ordered is a text": ('ref = "9"\n', 'ref = "9"\nordered = "no"\n', "9", "ordered", ""),
    "head without id": ('id = "own"\n', "", "9", "id", ""),
    "head without scope": ('scope.en = "One rack"\nscope.zh = "一个机柜"\n', "", "9", "scope.en", ""),
    "ask in Chinese only": ('en = "Enter it", ', "", "9.1.2.a1", "value.en", "value = {"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    set_language("en")


@pytest.mark.parametrize("name", TYPES)
def test_a_wrong_type_is_told_where_it_is(name: str, tmp_path: Path) -> None:
    old, new, ref, word, beside = TYPES[name]
    text = altered(old, new)
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Fault) as caught:
        load(path)
    assert f"[{ref}]" in str(caught.value) and word in str(caught.value)
    line = caught.value.fields["line"]
    assert isinstance(line, int)
    if beside:
        assert text.splitlines()[line].startswith(beside), line
    else:
        assert line == 1


@pytest.mark.parametrize("text", ["a = " + "[" * 5000 + "]" * 5000, "a = " + "9" * 5000])
def test_what_python_does_not_take(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(Fault) as caught:
        load(path)
    assert caught.value.key == "checklist.syntax"


def _places(raw: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    return ([at] if at else []) + [found for key, value in inner for found in _places(value, (*at, key))]


scalars = (
    st.booleans()
    | st.integers(-3, 3)
    | st.floats().filter(lambda f: not f.is_integer())
    | st.sampled_from(["", "x", "9.1.1", "ms"])
)
values = (
    scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.sampled_from(["en", "zh", "op"]), scalars)
)


@given(st.sampled_from(_places(document())), values)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_value_anywhere_breaks_the_loader_and_the_schema_agrees(at: tuple[Any, ...], value: Any) -> None:
    raw = copy.deepcopy(document())
    parent: Any = raw
    for key in at[:-1]:
        parent = parent[key]
    parent[at[-1]] = value
    told = ""
    try:
        build(raw, Place("x.toml", SAMPLE))
    except Fault as fault:
        told = str(fault)
    if value == value and value not in (float("inf"), float("-inf")):
        beyond = any(word in told for word in BEYOND)
        assert VALIDATOR.is_valid(raw) == (not told) or beyond, told
