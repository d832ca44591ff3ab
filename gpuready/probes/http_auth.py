"""How a target wants to be asked over HTTP: headers, credentials by reference, proxy."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from yarl import URL

from gpuready.places import at_home
from gpuready.probes.probe import NoData, Target
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LONGEST = 16 * 1024  # bytes of a secret's file: whoever names /dev/zero gets an answer


@dataclass(frozen=True, slots=True)
class Manner:
    """`headers` go to the target's own host only.  `secret` are the names of those whose values must not be
    shown, in lower case."""

    headers: Mapping[str, str] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()
    proxy: str = ""


def url_of(target: Target, path: str = "") -> str:
    """The target's address with that path after its own.  HOST[:PORT] without a scheme is taken as http.
    `NoData` when it is not an http or https URL, or holds a password."""
    address = target.address.strip()
    if "://" not in address:
        address = f"http://{address}"
    url = parse(address)
    if path:
        try:
            more = URL(path if path.startswith("/") else f"/{path}")
            url = url.with_path(url.raw_path.rstrip("/") + more.raw_path, encoded=True).with_query(more.query)
        except ValueError:
            raise NoData("probes_http.bad_url", url=redact(address + path)) from None
    return str(url)


def parse(address: str) -> URL:
    """The address as a URL; `NoData` unless it is http or https, names a host and holds no credentials."""
    try:
        url = URL(address)
        port = url.port
    except ValueError:
        raise NoData("probes_http.bad_url", url=redact(safe_line(address))) from None
    if url.scheme not in ("http", "https") or not url.host or not port:
        raise NoData("probes_http.bad_url", url=redact(safe_line(address)))
    if url.password is not None or url.user is not None:
        raise NoData("probes_http.secret_in_url", url=redact(str(url.with_user(None))))
    return url.with_fragment(None)


def manner_of(target: Target) -> Manner:
    """Read the target's options: ``token_env`` or ``token_file`` (sent as Bearer), ``username`` with
    ``password_env`` or ``password_file`` (Basic), ``header.NAME=VALUE``, ``header_env.NAME=VARIABLE``,
    ``proxy`` (a URL; those of the environment are not used).  `NoData` when what they name is not there."""
    options = target.options
    headers: dict[str, str] = {}
    secret = {"authorization", "cookie", "proxy-authorization"}
    for option, value in options.items():
        kind, _, name = option.partition(".")
        if kind == "header_env":
            value = _variable(value)
            secret.add(name.lower())
        elif kind != "header":
            continue
        if not _NAME.fullmatch(name) or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
            raise NoData("probes_http.bad_header", option=safe_line(option))
        headers[name] = value
    if token := referred(options, "token"):
        headers["Authorization"] = f"Bearer {token}"
    elif name := options.get("username", ""):
        pair = f"{name}:{referred(options, 'password')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return Manner(headers, frozenset(secret), _proxy(options.get("proxy", "")))


def referred(options: Mapping[str, str], what: str) -> str:
    """The secret that ``WHAT_env`` or ``WHAT_file`` points to; empty when neither is set."""
    if name := options.get(f"{what}_env"):
        return _printable(_variable(name), name)
    if path := options.get(f"{what}_file"):
        try:
            with at_home(path).open("rb") as file:
                return _printable(file.read(_LONGEST).decode().strip(), path)
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not UTF-8"
            raise NoData("probes_http.no_secret_file", path=path, why=why) from None
    return ""


def _variable(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise NoData("probes_http.no_secret_env", name=safe_line(name))
    return value


def _printable(secret: str, where: str) -> str:
    """A secret with a line break would become a second header."""
    if not secret or not secret.isprintable():
        raise NoData("probes_http.bad_secret", where=where)
    return secret


def _proxy(address: str) -> str:
    if not address:
        return ""
    return str(parse(address if "://" in address else f"http://{address}"))
