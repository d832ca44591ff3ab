"""The web behind a TLS endpoint: what HTTPS answers, and where plain HTTP sends its visitors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yarl import URL

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_client import fetch, step
from gpuready.probes.http_errors import Untrusted
from gpuready.probes.network_address import Host
from gpuready.probes.probe import Ask, Exchange, NoData

Remarks = list[tuple[str, Mapping[str, object]]]


def _urls(ask: Ask, host: Host) -> tuple[str, str]:
    """The target's address as https and as http."""
    address = ask.target.address.strip()
    try:
        given = URL(address if "://" in address else f"https://{address}")
        secure = given.with_user(None).with_scheme("https").with_port(host.port).with_fragment(None)
        plain = secure.with_scheme("http").with_port(int(str(ask.params["http_port"])))
    except ValueError:
        raise NoData("probes_http.bad_url", url=host.name) from None
    return str(secure), str(plain)


def web_steps(ask: Ask, host: Host) -> Sequence[str]:
    """Both requests as a plan shows them."""
    return tuple(step(url) for url in _urls(ask, host))


async def http_status(
    ask: Ask, host: Host, deadline: Deadline, fields: dict[str, Scalar], remarks: Remarks
) -> Exchange:
    """Set ``http_status``, unless the certificate is not trusted: then credentials must not be sent, and a
    status without them would mislead."""
    url = _urls(ask, host)[0]
    try:
        reply = await fetch(url, limit=min(10.0, deadline.left), target=ask.target, redirects=0)
    except Untrusted as fault:
        return Exchange(step(url), str(fault))  # said already by chain_valid and name_matches
    fields["http_status"] = reply.status
    remarks.extend(reply.remarks)
    return reply.exchange


async def http_redirects(
    ask: Ask, host: Host, deadline: Deadline, fields: dict[str, Scalar], remarks: Remarks
) -> Exchange:
    """Set ``http_redirects``: whether the same address over plain HTTP leads to https.  Where nothing
    listens there is nothing to redirect, and the field is left out.  No credentials are sent."""
    url = URL(_urls(ask, host)[1])
    if url.port == host.port:
        raise NoData("probes_tls.no_plain_port", port=host.port)
    try:
        reply = await fetch(str(url), limit=min(10.0, deadline.left), redirects=0)
    except NoData as fault:
        if fault.key != "probes_http.refused":
            raise
        remarks.append(("probes_tls.no_plain_http", {"host": host.name, "port": url.port or 80}))
        return Exchange(step(str(url)), str(fault))
    to = reply.headers.get("Location", "")
    fields["http_redirects"] = 300 <= reply.status < 400 and to.lower().startswith("https://")
    if not fields["http_redirects"]:
        remarks.append(("probes_tls.no_redirect", {"url": str(url), "status": reply.status}))
    return reply.exchange
