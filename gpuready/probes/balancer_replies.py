"""Requests through a balancer: which path, which session, and which backend answered."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import Reply, fetch
from gpuready.probes.probe import Ask, NoData, Target
from gpuready.probes.together import together
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

HEADERS = ("X-Backend", "Server-ID", "X-Served-By", "X-Backend-Server")
"""Where a backend or the balancer usually tells who answered; option ``backend_header`` names another."""

COOKIES = ("SERVERID", "SRV", "SERVER_ID", "ROUTEID")
"""The usual names of a balancer's own cookie; option ``affinity`` names another."""

NO_BACKEND = frozenset({502, 503, 504})
"""The balancer's own words for: no backend that works."""

SESSION_HEADER = "X-Session-Id"
"""Sent with every request, for balancers that hash it; option ``session_header`` names another."""

ONE = 10.0  # seconds for one request
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def url_for(ask: Ask, path: str = "") -> str:
    """The URL to ask: the parameter ``path``, else the target's option ``path``, below its address."""
    return url_of(ask.target, path or str(ask.params.get("path") or "") or ask.target.options.get("path", ""))


def session(target: Target, number: int, cookies: Mapping[str, str] | None = None) -> dict[str, str]:
    """The headers of a request in that session."""
    name = target.options.get("session_header", SESSION_HEADER)
    if not _NAME.fullmatch(name):
        raise NoData("probes_http.bad_header", option="session_header")
    headers = {name: f"gpuready-{number}"}
    if cookies:
        headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in cookies.items())
    return headers


async def ask_once(target: Target, url: str, limit: float, headers: Mapping[str, str]) -> Reply:
    """One request on a connection of its own; redirects are answers."""
    return await fetch(url, limit=min(ONE, limit), headers=headers, target=target, redirects=0)


def cookies_of(reply: Reply) -> dict[str, str]:
    """The cookies that the reply sets; those it takes back are none."""
    several = getattr(reply.headers, "getall", None)
    found = {}
    for line in several("Set-Cookie", ()) if several else ():
        pair, _, attributes = line.partition(";")
        name, _, value = pair.strip().partition("=")
        gone = re.search(r"(?i)max-age\s*=\s*0*\s*(;|$)", attributes)
        if name and value and not gone:
            found[name] = value
    return found


def backend_of(reply: Reply, target: Target, cookies: Mapping[str, str] | None = None) -> str:
    """Who answered, by what the target's options name (``backend_header``, ``affinity``: a cookie,
    ``backend_body``: a JMESPath into the body, or ``text`` for a short body as a whole), else by the usual
    headers and cookies; empty when nobody tells.  `cookies` are those that were sent: a balancer repeats its
    own only when it changes."""
    options = target.options
    held = {**(cookies or {}), **cookies_of(reply)}
    found = ""
    if name := options.get("backend_header"):
        found = reply.headers.get(name, "")
    elif name := options.get("affinity"):
        found = held.get(name, "")
    elif where := options.get("backend_body"):
        found = _in_body(reply, where)
    else:
        told = (reply.headers.get(name, "") for name in HEADERS)
        found = next((each for each in (*told, *(held.get(name, "") for name in COOKIES)) if each), "")
    # nginx's $upstream_addr lists those it tried; the last one answered.
    tried = [part for part in re.split(r",\s*|\s+:\s+", found.strip()) if part]
    return redact(safe_line(tried[-1]))[:80] if tried else ""


def _in_body(reply: Reply, where: str) -> str:
    import jmespath
    from jmespath.exceptions import JMESPathError

    if where == "text":
        return reply.text.strip() if len(reply.body) <= 200 else ""
    try:
        found = jmespath.search(where, json.loads(reply.body))
    except JMESPathError as error:
        raise NoData(
            "probes_balancer.bad_path_in_body", path=where, why=safe_line(str(error))[:120]
        ) from None
    except (ValueError, RecursionError):
        return ""
    return str(found) if isinstance(found, str | int) else ""


def answered(reply: Reply) -> bool:
    """Whether somebody did what was asked."""
    return reply.status < 400


def proper(reply: Reply) -> Reply:
    """The first reply of many, unless the rest would prove nothing; `NoData` then.  Overload and missing
    backends are what is measured."""
    if answered(reply) or reply.status == 429 or reply.status >= 500:
        return reply
    if reply.status in (401, 403):
        return reply.must()
    fault = NoData("probes_balancer.bad_path", url=redact(reply.url), status=reply.status)
    raise fault.showing(reply.exchange)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Several requests at once: `each` is called with the numbers from 1 below `count`, by `at_once`
    workers, until it says False."""

    count: int
    at_once: int

    async def send(self, each: Callable[[int], Awaitable[bool]]) -> None:
        numbers = itertools.count(1)
        going = True

        async def work() -> None:
            nonlocal going
            while going and (number := next(numbers)) < self.count:
                if not await each(number):
                    going = False

        await together(*(work() for _ in range(min(self.at_once, max(1, self.count)))))


def whole(ask: Ask, name: str, least: int, most: int) -> int:
    """That parameter as a whole number, brought within the bounds."""
    given = ask.params.get(name, least)
    try:
        return max(least, min(int(float(str(given))), most))
    except (ValueError, OverflowError):
        raise NoData("probes_balancer.bad_number", name=name, given=safe_line(str(given))[:40]) from None
