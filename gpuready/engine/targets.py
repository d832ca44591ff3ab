"""The targets of a session: written as ``KIND=ADDRESS``, kept as settings, secrets by reference only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gpuready.checklist.build import ON
from gpuready.kube.kubeconfig import IN_CLUSTER
from gpuready.places import at_home
from gpuready.probes.probe import Target
from gpuready.session.event import EventKind
from gpuready.session.state import SESSION
from gpuready.text.fault import Fault
from gpuready.text.redact import redact

if TYPE_CHECKING:
    from gpuready.session.event import Event
    from gpuready.session.store import Session

PREFIX = "target."
LOCAL = frozenset({"", "node", "gpu"})
"""What is asked of this node itself: such a target need not be named."""
KINDS = tuple(kind for kind in ON if kind not in LOCAL | {"session"})
"""The kinds of targets that a person names."""

_ALSO = {"kubeconfig": "kubernetes", "k8s": "kubernetes", "docker": "engine"}
_HTTP = frozenset({"prometheus", "grafana", "tracing", "identity", "logs"})
_PATHS = frozenset({"mount", "model"})
_NAMED = re.compile(r"([\w.-]+)=(.+)", re.S)
_OPTION = re.compile(r",(?=[A-Za-z][\w.-]*=)(?![^{]*\})")  # not within the braces of a selector
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[\w.-]+|[0-9A-Fa-f]*:[0-9A-Fa-f:]+)(?::(\d{1,5}))?")
_CONTAINER = re.compile(r"[A-Za-z0-9][\w.-]*")
_SECRET = re.compile(
    r"(?:^|[._-])(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|authorization|bearer"
    r"|credentials?|cookie)(?:$|[._-])",
    re.I,
)
_PASSWORD = re.compile(r"://[^/?#\s]*:[^/?#\s]*@")
_REFERENCE = re.compile(r".*_(?:env|file|path)")


def parse_target(text: str) -> Target:
    """The target that ``KIND=[NAME=]ADDRESS[,option=value...]`` means.

    ``peer=HOST[:PORT]``, ``service=chat=https://chat.example``, ``prometheus=URL``,
    ``engine=unix:///run/docker.sock``, ``kubeconfig=FILE[#CONTEXT]``, ``kubernetes=in-cluster``,
    ``mount=PATH``.  Without a name the address gives one.  `Fault` for an unknown kind, an address that is
    none, and for a secret's value: secrets are named (``token_env=NAME``, ``password_file=PATH``), never
    held.
    """
    kind, equals, rest = text.strip().partition("=")
    kind = _ALSO.get(kind, kind)
    if not equals or not rest.strip():
        raise Fault("engine.target_form", found=_shown(text))
    if kind in LOCAL or kind == "session":
        raise Fault("engine.target_local", kind=kind)
    if kind not in KINDS:
        raise Fault("engine.target_kind", kind=_shown(kind), known=" ".join(KINDS))
    address, *pairs = _OPTION.split(rest)
    options = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        options[key] = value.strip()
    name = ""
    if named := _NAMED.fullmatch(address):
        name, address = named.groups()
    return checked(Target(kind, name, address.strip(), options))


def checked(target: Target) -> Target:
    """The target with a whole address and a name; `Fault` for what it must not hold."""
    for key, value in target.options.items():
        if (_SECRET.search(key) and not _REFERENCE.fullmatch(key)) or _hides(f"{value}"):
            raise Fault("engine.target_secret", kind=target.kind, option=_shown(key))
    if _hides(target.address) or _PASSWORD.search(target.address):
        raise Fault("engine.target_secret_address", kind=target.kind)
    address = _address(target.kind, target.address)
    name = target.name or _name(target.kind, address)
    if not re.fullmatch(r"[\w./@:-]{1,100}", name):
        raise Fault("engine.target_name", found=_shown(name))
    return Target(target.kind, name, address, dict(target.options))


def targets_of(settings: Mapping[str, str]) -> tuple[Target, ...]:
    """The targets that a session's settings name, by kind and name.  What another version wrote and this one
    cannot read is passed over: it is asked nothing then, and so proves nothing."""
    found = []
    for key, value in settings.items():
        kind, _, name = key.removeprefix(PREFIX).partition(".")
        if not key.startswith(PREFIX) or kind not in KINDS or not name:
            continue
        try:
            raw = json.loads(value)
            options = {str(k): str(v) for k, v in dict(raw.get("options") or {}).items()}
            found.append(checked(Target(kind, name, str(raw["address"]), options)))
        except (ValueError, TypeError, KeyError, AttributeError, Fault):
            continue
    return tuple(sorted(found, key=lambda each: (KINDS.index(each.kind), each.name)))


def over(given: Iterable[Target], own: Iterable[Target]) -> tuple[Target, ...]:
    """The targets given for one call, and of the session's own those of other kinds: who names a Prometheus
    for one call wants that one asked, not both."""
    given = tuple(given)
    kinds = {target.kind for target in given}
    return given + tuple(target for target in own if target.kind not in kinds)


def of_session(path: Path) -> Target:
    """The session itself, for the probes that read it."""
    return Target("session", path.name, str(path))


def of_kind(site: Iterable[Target], kind: str) -> tuple[Target, ...]:
    """The targets of that kind.  ``engine`` means two things, told apart by the address: an inference server
    has a URL, a container engine a socket (which the container probes find in `Ask.site` themselves)."""
    return tuple(
        each
        for each in site
        if each.kind == kind and not (kind == "engine" and each.address.startswith("unix:"))
    )


def label(target: Target) -> str:
    """The target as people read it: its name, and its address where that says more."""
    return target.name if target.address in ("", target.name) else f"{target.name} ({target.address})"


async def add(session: Session, target: Target) -> Event:
    """Keep the target in the session; one of the same kind and name is replaced."""
    target = checked(target)
    value = {"address": target.address, "options": dict(target.options)}
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return await session.append(
        EventKind.SETTING, SESSION, {"key": f"{PREFIX}{target.kind}.{target.name}", "value": text}
    )


async def remove(session: Session, kind: str, name: str) -> Event:
    """Forget the target; `Fault` when the session knows none of that kind and name."""
    kind = _ALSO.get(kind, kind)
    key = f"{PREFIX}{kind}.{name}"
    if key not in session.state.settings:
        names = [t.name for t in targets_of(session.state.settings) if t.kind == kind]
        raise Fault("engine.target_unknown", kind=kind, name=_shown(name), known=", ".join(names) or "-")
    return await session.append(EventKind.SETTING, SESSION, {"key": key, "value": None})


def _address(kind: str, address: str) -> str:
    if kind in _PATHS or kind == "kubernetes":
        if kind == "kubernetes":
            path, mark, context = address.partition("#")
            if path == IN_CLUSTER:
                return path
            return str(at_home(path).absolute()) + mark + context
        return str(at_home(address.removeprefix("file://")).absolute())
    if kind == "container":
        if not _CONTAINER.fullmatch(address):
            raise Fault("engine.target_address", kind=kind, found=_shown(address), form="NAME")
        return address
    if address.startswith("unix:") and kind not in _HTTP | {"peer", "region"}:
        path = address.removeprefix("unix:").removeprefix("//")
        if not path.startswith("/"):
            raise Fault("engine.target_address", kind=kind, found=_shown(address), form="unix:///PATH")
        return "unix:///" + path.lstrip("/")
    if "://" in address:
        return _url(kind, address)
    plain = address.split("/", 1)[0] if kind in ("registry", "service", "balancer") else address
    match = _HOST.fullmatch(plain)
    if kind in _HTTP or kind == "engine" or match is None or int(match[1] or 1) not in range(1, 65536):
        form = "http(s)://HOST[:PORT]" if kind in _HTTP or kind == "engine" else "HOST[:PORT]"
        raise Fault("engine.target_address", kind=kind, found=_shown(address), form=form)
    return address


def _url(kind: str, address: str) -> str:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    good = bool(parts.hostname) and not any(c.isspace() for c in address)
    if kind in _HTTP | {"engine", "registry"}:
        good = good and parts.scheme in ("http", "https")
    if not good or parts.scheme == "file":
        raise Fault("engine.target_address", kind=kind, found=_shown(address), form="http(s)://HOST[:PORT]")
    return address


def _name(kind: str, address: str) -> str:
    """A name from the address: the host of a URL, the path, the context of a kubeconfig."""
    if kind == "kubernetes":
        path, _, context = address.partition("#")
        return re.sub(r"[^\w./@:-]+", "-", context or Path(path).name)[:100]
    text = address.removeprefix("unix://")
    if "://" in text:
        text = urlsplit(text).netloc.rpartition("@")[2]
    return re.sub(r"[^\w./@:-]+", "-", text)[:100] or kind


def _hides(text: str) -> bool:
    """Whether the text holds what redaction would take out of it."""
    return "***" not in text and "***" in redact(text)


def _shown(text: str) -> str:
    return redact(text)[:80]
