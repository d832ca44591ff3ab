"""Image registries: do they answer as registries do, with a certificate that an engine would accept?"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import Sequence
from pathlib import Path

from yarl import URL

from gpuready.checklist.model import Scalar
from gpuready.probes.engine_api import part
from gpuready.probes.http_auth import manner_of, parse, url_of
from gpuready.probes.http_client import Reply, fetch, step
from gpuready.probes.http_errors import Untrusted
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Outcome, Probe, Remark, Target
from gpuready.probes.tls_trust import context_of, is_insecure
from gpuready.text.safe import safe_line

CERTS = Path("/etc/docker/certs.d")  # where Docker and Podman look for a registry's own authority
_DAY = 86400.0


def _target(ask: Ask) -> Target:
    """The target with a scheme: like an engine, https where none is written."""
    target, address = ask.target, ask.target.address.strip()
    if "://" not in address:
        address = f"https://{address}"
    return Target(target.kind, target.name, address, target.options)


def _authority(url: URL) -> Path:
    """The file by which an engine trusts this registry's private authority."""
    port = "" if url.is_default_port() else f":{url.port}"
    return CERTS / f"{url.host}{port}" / "ca.crt"


def _steps(ask: Ask) -> Sequence[str]:
    target = _target(ask)
    try:
        url, proxy = url_of(target, "/v2/"), manner_of(target).proxy
    except NoData:
        return (f"GET {ask.target.address}/v2/",)
    at = parse(url)
    lines = [step(url, proxy=proxy)]
    if at.scheme == "https" and not is_insecure(target):
        lines.append(f"{step(url, proxy=proxy)} (if not trusted, and there is {_authority(at)}: with it)")
        lines.append(f"{step(url, proxy=proxy)} (if still not trusted: unverified, without credentials)")
        if not proxy:
            lines.append(f"TLS handshake with {at.host}:{at.port}")
    return *lines, step(url_of(target, "/api/v2.0/health"), proxy=proxy)


async def _health(ask: Ask) -> Measurement:
    target, remarks = _target(ask), list[Remark]()
    url = url_of(target, "/v2/")
    reply, trusted, why = await _asked(target, url, ask.limit / 4)
    fields: dict[str, Scalar] = {"status": reply.status, "reachable": _reachable(reply)}
    evidence = [reply.exchange]
    if parse(url).scheme == "http":
        fields["tls_valid"] = False
        remarks.append(("probes_container.registry_plain", {"url": url}))
    elif why:
        fields["tls_valid"] = False
        remarks.append(("probes_container.registry_untrusted", {"why": why, "path": _authority(parse(url))}))
    elif trusted is not None and not is_insecure(target):
        fields["tls_valid"] = True
        if (left := await _left(trusted, parse(url), ask.limit / 4)) is not None:
            fields["left"] = left
    if not fields["reachable"]:
        remarks.append(("probes_container.registry_down", {"url": url, "status": reply.status}))
    if reply.status == 401:
        fields["asks_for_login"] = True
    if trusted is not None or parse(url).scheme == "http":
        harbor, seen, said = await _harbor(trusted or target, ask.limit / 4)
        fields |= harbor
        evidence += seen
        remarks += said
    return Measurement(
        fields, "registry API", tuple(evidence), (*(reply.remarks if trusted else ()), *remarks)
    )


async def _asked(target: Target, url: str, limit: float) -> tuple[Reply, Target | None, str]:
    """The answer of /v2/, the target with which it was trusted, and why it was not."""
    try:
        return await fetch(url, limit=limit, target=target), target, ""
    except Untrusted as outcome:
        why = str(outcome.fields.get("why", ""))
    authority = _authority(parse(url))
    if authority.is_file() and "ca" not in target.options:
        with contextlib.suppress(Untrusted):
            private = Target(
                target.kind, target.name, target.address, {**target.options, "ca": str(authority)}
            )
            return await fetch(url, limit=limit, target=private), private, ""
    # Whether anything answers can be known all the same; credentials are for nobody who may be anybody.
    options = {k: v for k, v in target.options.items() if k == "proxy"} | {"insecure": "true"}
    anybody = Target(target.kind, target.name, target.address, options)
    return await fetch(url, limit=limit, target=anybody), None, why


def _reachable(reply: Reply) -> bool:
    """Yes for a registry's 200 or 401, no for a gateway or registry that is down.  `Broken` when what answers
    is no registry, `NoData` when the address or the rights are wrong."""
    header = {name.lower(): value for name, value in reply.headers.items()}
    marked = header.get("docker-distribution-api-version", "").startswith("registry/2")
    if reply.status == 401 and (
        marked or re.match(r"(?i)(bearer|basic)\b", header.get("www-authenticate", ""))
    ):
        return True
    if reply.status == 200:
        if not marked:
            reply.json()  # raises Broken for a web page
        return True
    if reply.status >= 500:
        return False
    if reply.status == 401:
        raise Broken("probes_container.registry_odd", url=reply.url).showing(reply.exchange)
    raise NoData("probes_container.registry_none", url=reply.url, status=reply.status).showing(reply.exchange)


async def _left(target: Target, url: URL, limit: float) -> float | None:
    """Days until the certificate expires; None where it cannot be read (a proxy stands between)."""
    if manner_of(target).proxy:
        return None
    context = await asyncio.to_thread(context_of, target)
    try:
        async with asyncio.timeout(limit):
            _, writer = await asyncio.open_connection(url.host, url.port, ssl=context)
    except (OSError, TimeoutError):
        return None
    certificate = writer.get_extra_info("peercert")
    writer.transport.abort()
    ends = part(certificate, "notAfter")
    return (ssl.cert_time_to_seconds(ends) - time.time()) / _DAY if isinstance(ends, str) else None


async def _harbor(target: Target, limit: float) -> tuple[dict[str, Scalar], list[Exchange], list[Remark]]:
    """What Harbor says of its components; nothing where it is not Harbor."""
    try:
        reply = await fetch(url_of(target, "/api/v2.0/health"), limit=limit, target=target, redirects=0)
        health = reply.table()
    except Outcome:
        return {}, [], []
    rows = health.get("components")
    if reply.status != 200 or "status" not in health or not isinstance(rows, list):
        return {}, [], []
    ill = [safe_line(str(part(row, "name"))) for row in rows if part(row, "status") != "healthy"]
    healthy = health["status"] == "healthy" and not ill
    fields: dict[str, Scalar] = {
        "harbor": True,
        "healthy": healthy,
        "unhealthy": len(ill),
        "components": ", ".join(ill),
    }
    remarks = (
        []
        if healthy
        else [("probes_container.harbor_ill", {"names": ", ".join(ill) or str(health["status"])})]
    )
    return fields, [reply.exchange], list[Remark](remarks)


HEALTH = Probe(
    name="registry.health",
    measure=_health,
    steps=_steps,
    fields={
        "reachable": "",
        "tls_valid": "",
        "status": "",
        "asks_for_login": "",
        "left": "d",
        "harbor": "",
        "healthy": "",
        "unhealthy": "count",
        "components": "",
    },
    on="registry",
    limit=20.0,
)
"""GET /v2/ of the registry, and Harbor's own health where it is Harbor.

``reachable``: it answered as a registry does, with 200 or with 401 and a challenge; no with 5xx.
``tls_valid``: its certificate is trusted by this system, by the target's option ``ca``, or by the file in
/etc/docker/certs.d by which an engine would trust it; no for plain http; left out with ``insecure=true``.
``left`` are the days until it expires, ``components`` those of Harbor that are not healthy.
"""

PROBES: tuple[Probe, ...] = (HEALTH,)
