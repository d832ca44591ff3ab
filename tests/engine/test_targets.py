"""Targets: how they are written, what they must not hold, how a session keeps them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuready.engine.targets import (
    KINDS,
    add,
    checked,
    of_kind,
    over,
    parse_target,
    remove,
    targets_of,
)
from gpuready.probes.probe import Target
from gpuready.session.store import Session
from gpuready.text.fault import Fault


@pytest.mark.parametrize(
    ("text", "kind", "name", "address"),
    [
        ("prometheus=http://mon:9090", "prometheus", "mon:9090", "http://mon:9090"),
        ("peer=node2", "peer", "node2", "node2"),
        ("peer=10.0.0.9:5201", "peer", "10.0.0.9:5201", "10.0.0.9:5201"),
        ("peer=[fe80::1]:22", "peer", "fe80::1-:22", "[fe80::1]:22"),
        ("service=chat=https://chat.example/v1?a=b", "service", "chat", "https://chat.example/v1?a=b"),
        ("service=https://chat.example/?a=b", "service", "chat.example", "https://chat.example/?a=b"),
        ("engine=unix:///run/docker.sock", "engine", "/run/docker.sock", "unix:///run/docker.sock"),
        ("engine=http://127.0.0.1:8000", "engine", "127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("kubeconfig=/etc/k.yaml#prod", "kubernetes", "prod", "/etc/k.yaml#prod"),
        ("mount=/data/models", "mount", "/data/models", "/data/models"),
        ("registry=harbor.example", "registry", "harbor.example", "harbor.example"),
        ("redis=cache=rediss://cache:6380", "redis", "cache", "rediss://cache:6380"),
        ("container=vllm-1", "container", "vllm-1", "vllm-1"),
        ("region=tokyo=tokyo.example:443", "region", "tokyo", "tokyo.example:443"),
    ],
)
def test_targets_as_the_help_writes_them(text: str, kind: str, name: str, address: str) -> None:
    target = parse_target(text)
    assert (target.kind, target.address) == (kind, address)
    assert target.name.strip("-") == name.strip("-")


def test_options_follow_with_commas() -> None:
    target = parse_target(
        "service=chat=https://c.example/a,b,token_env=CHAT,ttft_ms=500,header.X-Scope-OrgID=a"
    )
    assert target.address == "https://c.example/a,b"
    assert target.options == {"token_env": "CHAT", "ttft_ms": "500", "header.X-Scope-OrgID": "a"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "target_form"),
        ("peer", "target_form"),
        ("peer=", "target_form"),
        ("node=here", "target_local"),
        ("toaster=x", "target_kind"),
        ("prometheus=mon:9090", "target_address"),
        ("prometheus=file:///etc/passwd", "target_address"),
        ("service=file:///etc/passwd", "target_address"),
        ("grafana=ftp://x", "target_address"),
        ("peer=two words", "target_address"),
        ("peer=host:99999", "target_address"),
        ("peer=host:0", "target_address"),
        ("engine=unix://relative", "target_address"),
        ("container=-rm", "target_address"),
        ("prometheus=http://[::1", "target_address"),
    ],
)
def test_what_is_no_target_is_told(text: str, key: str) -> None:
    with pytest.raises(Fault) as told:
        parse_target(text)
    assert told.value.key == f"engine.{key}"
    assert str(told.value)


@pytest.mark.parametrize(
    "text",
    [
        "service=x=https://a.example,token=abcdef",
        "service=x=https://a.example,password=hunter2",
        "service=x=https://a.example,api_key=abc",
        "service=x=https://a.example,header.Authorization=abc",
        "service=x=https://a.example,header.Cookie=abc",
        "service=x=https://a.example,note=Bearer abcdefghijkl",
        "service=x=https://a.example,note=hf_abcdefghijklmnop",
        "service=x=https://me:secret@a.example",
        "prometheus=http://me:secret@mon:9090",
        "service=x=https://a.example/?token=abcdef",
        "redis=redis://:hunter2@cache:6379",
    ],
)
def test_a_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Fault) as told:
        parse_target(text)
    assert told.value.key in ("engine.target_secret", "engine.target_secret_address")
    assert not any(word in str(told.value) for word in ("hunter2", "abcdef", "me:secret"))


@pytest.mark.parametrize(
    "option", ["token_env=A", "password_file=/run/p", "tokens=16", "client_key=/etc/k.pem"]
)
def test_a_reference_is_no_secret(option: str) -> None:
    key, _, value = option.partition("=")
    assert parse_target(f"service=x=https://a.example,{option}").options == {key: value}


def test_those_given_replace_the_sessions_of_their_kind() -> None:
    own = (parse_target("peer=a"), parse_target("peer=b"), parse_target("mount=/d"))
    assert [each.name for each in over([parse_target("peer=c")], own)] == ["c", "/d"]


def test_container_engines_and_inference_engines_are_told_apart() -> None:
    site = (parse_target("engine=unix:///run/d.sock"), parse_target("engine=http://127.0.0.1:8000"))
    assert [each.address for each in of_kind(site, "engine")] == ["http://127.0.0.1:8000"]


async def test_a_session_keeps_them(tmp_path: Path) -> None:
    async with await Session.open(tmp_path / "s.gpuready", actor="ana") as session:
        one = parse_target("service=chat=https://chat.example,token_env=CHAT")
        await add(session, one)
        await add(session, parse_target("peer=node2"))
        assert targets_of(session.state.settings) == (parse_target("peer=node2"), one)
        await add(session, parse_target("service=chat=https://new.example"))
        await remove(session, "peer", "node2")
        assert [each.address for each in targets_of(session.state.settings)] == ["https://new.example"]
        with pytest.raises(Fault, match="knows no peer called node2"):
            await remove(session, "peer", "node2")
    async with await Session.open(tmp_path / "s.gpuready", actor="ana", read_only=True) as again:
        assert [each.name for each in targets_of(again.state.settings)] == ["chat"]


@given(
    st.dictionaries(st.sampled_from(["target.peer.x", "target.peer.", "target.bad.x", "other"]), st.text())
)
def test_settings_of_another_version_are_passed_over(settings: dict[str, str]) -> None:
    targets_of(settings)
    secret = json.dumps({"address": "https://a", "options": {"token": "abc"}})
    assert targets_of({"target.service.x": secret}) == ()


@given(st.sampled_from(KINDS), st.text(max_size=60))
def test_any_text_is_a_target_or_a_fault(kind: str, text: str) -> None:
    try:
        target = parse_target(f"{kind}={text}")
    except Fault as fault:
        assert str(fault)
        return
    assert checked(target) == target


def test_a_name_must_be_plain() -> None:
    with pytest.raises(Fault, match="cannot be a target's name"):
        checked(Target("peer", "a b", "a"))


def test_a_selector_keeps_its_commas_within_braces() -> None:
    target = parse_target('prometheus=http://prom:9090,selector={namespace="chat",pod=~"a.*"},slo=99.9')
    assert target.address == "http://prom:9090"
    assert target.options == {"selector": '{namespace="chat",pod=~"a.*"}', "slo": "99.9"}
