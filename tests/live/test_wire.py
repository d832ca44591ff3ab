"""Samples to JSON and back."""

from __future__ import annotations

import contextlib
import json
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpuready.live.facts import Gpu, GpuProcess, GpuSample, Link, NodeSample, Sample
from gpuready.live.wire import decode, encode, from_plain, to_plain

PLAIN_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**64 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    str: PLAIN_TEXT,
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    args = get_args(hint)
    if get_origin(hint) is tuple:
        if args[-1] is Ellipsis:
            return st.lists(values(args[0]), max_size=3).map(tuple)
        return st.tuples(*map(values, args))
    if NoneType in args:
        return st.none() | values(next(arg for arg in args if arg is not NoneType))
    return facts(hint) if is_dataclass(hint) or hint is Gpu else SCALARS[hint]


def names(fact: Any) -> tuple[str, ...]:
    return Gpu._fields if fact is Gpu else tuple(field.name for field in fields(fact))


def facts(fact: Any, **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(fact)
    return st.builds(fact, **({name: values(hints[name]) for name in names(fact)} | fixed))


AT = st.floats(0, 1e10)
SAMPLES: st.SearchStrategy[Sample] = facts(GpuSample, at=AT) | facts(NodeSample, at=AT)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(SAMPLES)
def test_round_trip(sample: Sample) -> None:
    assert decode(encode(sample)) == sample
    assert "null" not in encode(sample).replace('"null"', "")  # what is not known is not written
    assert "\n" not in encode(sample)


def test_all_that_may_be_unknown_may_be_left_out() -> None:
    for sample in (
        GpuSample(1.0, (Gpu(0),)),
        NodeSample(1.0, "n", links=(Link("e", True, None, None, None),)),
    ):
        assert decode(encode(sample)) == sample
    sample = GpuSample(1.0, (Gpu(0, processes=(GpuProcess(1, None, None, None, "C"),)),))
    assert decode(encode(sample)) == sample
    assert to_plain(GpuSample(1.0)) == {"source": "gpu", "at": 1.0, "gpus": []}
    assert set(Gpu._fields) - set(Gpu._field_defaults) == {"index"}
    for fact in (GpuSample, NodeSample):
        for field in fields(fact):
            assert field.default is not MISSING or field.name in ("at", "hostname")


def test_none_and_nothing_stay_apart() -> None:
    for processes in (None, ()):
        assert decode(encode(GpuSample(1.0, (Gpu(0, processes=processes),)))).gpus[0].processes == processes  # type: ignore[union-attr]


def test_a_newer_writer_is_understood() -> None:
    plain = to_plain(GpuSample(1.0, (Gpu(0, busy=3),)))
    plain["new"] = {"a": [1]}
    plain["gpus"][0]["newer"] = 4
    assert from_plain(plain) == GpuSample(1.0, (Gpu(0, busy=3),))


@pytest.mark.parametrize(
    "plain",
    [
        None,
        3,
        [],
        {},
        {"source": "gpu"},
        {"source": "disk", "at": 1},
        {"source": ["gpu"], "at": 1},
        {"source": "gpu", "at": "now"},
        {"source": "gpu", "at": True},
        {"source": "gpu", "at": -1},
        {"source": "gpu", "at": 1e300},
        {"source": "gpu", "at": 1, "gpus": {}},
        {"source": "gpu", "at": 1, "gpus": [3]},
        {"source": "gpu", "at": 1, "gpus": [{}]},
        {"source": "gpu", "at": 1, "gpus": [{"index": 1.5}]},
        {"source": "gpu", "at": 1, "gpus": [{"index": 0, "busy": "50"}]},
        {"source": "gpu", "at": 1, "gpus": [{"index": 0, "busy": 10**40}]},
        {"source": "gpu", "at": 1, "gpus": [{"index": 0, "mig": 1}]},
        {"source": "gpu", "at": 1, "gpus": [{"index": 0, "name": "x" * 5000}]},
        {"source": "gpu", "at": 1, "gpus": [{"index": 0, "processes": [{"pid": 1}]}]},
        {"source": "node", "at": 1},
        {"source": "node", "at": 1, "hostname": "n", "load": [1, 2]},
        {"source": "node", "at": 1, "hostname": "n", "cores": 3},
    ],
)
def test_garbage_raises_value_error(plain: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_plain(plain)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        "[" * 100_000,
        b"\xff\xfe",
        '{"source":"gpu","at":NaN}',
        '{"source":"gpu","at":Infinity}',
        "1" * 9999,
    ],
)
def test_lines_that_are_no_json(line: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(line)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["at", "gpus", "index"]), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(JSON)
def test_any_json_is_a_sample_or_a_value_error(plain: object) -> None:
    for source in ("gpu", "node"):
        with contextlib.suppress(ValueError):
            from_plain({"source": source, "hostname": "n", **plain} if isinstance(plain, dict) else plain)


def test_text_of_hosts_is_made_safe() -> None:
    line = json.dumps({"source": "node", "at": 1, "hostname": "a\x1b[2Jb\n\u202ec 节点"})
    sample = decode(line)
    assert isinstance(sample, NodeSample)
    assert sample.hostname == "a\u241b[2Jb \ufffdc 节点"
