"""A page parsed piece by piece is what it is parsed whole; what is no page is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gpuready.kube.pages import page_of
from gpuready.kube.request import Answer, Question
from gpuready.probes.probe import Broken


def page(body: str | bytes, kind: str = "application/json") -> dict[str, Any]:
    raw = body.encode() if isinstance(body, str) else body
    return page_of(Answer(200, kind, raw, Question("/api/v1/pods")), lambda each: each)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "PodList", "metadata": {"continue": "x"}, "items": []},
        {"items": [{}], "kind": "PodList"},
        {"items": None},
        {"items": [{"a": [1, {"b": '},] " '}]}, {"é": "中"}], "metadata": {"items": [1]}, "n": 1.5e3},
    ],
)
def test_it_is_the_same_as_parsed_whole(data: dict[str, Any], indent: int | None) -> None:
    for ascii_ in (True, False):
        text = json.dumps(data, indent=indent, ensure_ascii=ascii_)
        assert page(text) == data and page(f" {text}\r\n") == data


def test_each_item_goes_through_what_is_given() -> None:
    body = json.dumps({"items": [{"n": 1}, {"n": 2}]}).encode()
    assert page_of(Answer(200, "", body, Question("/")), lambda each: each["n"])["items"] == [1, 2]


@pytest.mark.parametrize(
    "body",
    ["", "{", '{"items": [{}', '{"items": [{}]', '{"items": [{},]}', '{"items": [1]}', '{"items": [{}]} x',
     '{"a" 1}', "{1: 2}", '{"a": 1,}', "[]", "null", "<html>", b"\xff\xfe", b'{"a": "\xff"}', "{" * 100_000],
)  # fmt: skip
def test_what_is_no_page_is_broken(body: str | bytes) -> None:
    with pytest.raises(Broken):
        page(body)


def test_a_login_page_is_none_whatever_it_begins_with() -> None:
    with pytest.raises(Broken):
        page('{"items": []}', "text/html")
