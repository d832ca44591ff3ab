"""The JSON Schema and the loader agree on what is wrong."""

from __future__ import annotations

import copy
import json
import tomllib
from typing import Any

import jsonschema
import pytest

from gpuready import places
from gpuready.checklist.build import ON, OPS, Place, build
from gpuready.checklist.load import SHIPPED
from gpuready.checklist.model import Kind
from gpuready.checklist.units import UNITS
from gpuready.text.fault import Fault
from tests.checklist.sample import BEYOND_SCHEMA, BROKEN, altered, document

SCHEMA = json.loads((places.shipped("checklists") / "checklist.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def builds(raw: dict[str, Any]) -> bool:
    try:
        build(raw, Place("x.toml"))
    except Fault:
        return False
    return True


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_both_know_the_same_words() -> None:
    defs = SCHEMA["$defs"]
    assert tuple(defs["unit"]["enum"]) == UNITS
    assert tuple(defs["criterion"]["properties"]["op"]["enum"]) == OPS
    assert tuple(defs["method"]["properties"]["on"]["enum"]) == ("", *ON)
    assert {each["required"][0] for each in defs["method"]["oneOf"]} == set(Kind)


def test_the_sample_passes_both() -> None:
    assert VALIDATOR.is_valid(document())
    assert builds(document())


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_checklists_pass(name: str) -> None:
    raw = tomllib.loads((places.shipped("checklists") / f"{name}.toml").read_text(encoding="utf-8"))
    assert [error.message for error in VALIDATOR.iter_errors(raw)] == []


@pytest.mark.parametrize("name", [name for name in BROKEN if name not in BEYOND_SCHEMA])
def test_both_refuse(name: str) -> None:
    raw = document(altered(*BROKEN[name][:2]))
    assert not builds(raw)
    assert not VALIDATOR.is_valid(raw)


@pytest.mark.parametrize("name", BEYOND_SCHEMA)
def test_what_only_the_loader_can_see(name: str) -> None:
    raw = document(altered(*BEYOND_SCHEMA[name][:2]))
    assert not builds(raw)
    assert VALIDATOR.is_valid(raw)


def _places(raw: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    found = [at] if at else []
    for key, value in inner:
        found += _places(value, (*at, key))
    return found


@pytest.mark.parametrize("at", _places(document()), ids=lambda at: ".".join(map(str, at)))
def test_both_agree_when_any_one_thing_is_left_out(at: tuple[Any, ...]) -> None:
    raw = copy.deepcopy(document())
    parent: Any = raw
    for key in at[:-1]:
        parent = parent[key]
    del parent[at[-1]]
    refused_alone = not builds(raw) and any(
        w in str(_fault(raw)) for w in ("needs names", "cannot be compared", "judged in")
    )
    assert builds(raw) == VALIDATOR.is_valid(raw) or refused_alone


def _fault(raw: dict[str, Any]) -> Fault:
    with pytest.raises(Fault) as caught:
        build(raw, Place("x.toml"))
    return caught.value
