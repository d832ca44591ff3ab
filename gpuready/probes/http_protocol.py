"""Which HTTP a server speaks and which it offers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import manner_of, parse, url_of
from gpuready.probes.http_client import fetch, step
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Probe
from gpuready.probes.tls_endpoint import endpoint_place
from gpuready.probes.tls_handshake import context_for, shake
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line


def _steps(ask: Ask) -> Sequence[str]:
    try:
        url = parse(url_of(ask.target))
        lines = [step(str(url), proxy=manner_of(ask.target).proxy)]
    except NoData as fault:
        return (str(fault),)
    if url.scheme == "https":
        lines.append(f"TLS handshake with {url.host}:{url.port}, offering h2 and http/1.1 by ALPN")
    return tuple(lines)


async def _protocol(ask: Ask) -> Measurement:
    deadline, url = Deadline(ask), url_of(ask.target)
    reply = await fetch(url, limit=min(10.0, deadline.left), target=ask.target, redirects=0)
    alt = safe_line(reply.headers.get("Alt-Svc", ""))
    fields: dict[str, Scalar] = {
        "version": reply.version,
        "status": reply.status,
        "h3_advertised": re.search(r"(?:^|[\s,])h3(?:-\d+)?\s*=", alt) is not None,
    }
    if alt:
        fields["alt_svc"] = redact(alt)
    if "Server" in reply.headers:
        fields["server"] = redact(safe_line(reply.headers["Server"]))
    evidence, remarks = [reply.exchange], list[tuple[str, Mapping[str, object]]](reply.remarks)
    if parse(url).scheme == "https":
        host, place = await endpoint_place(ask.target, deadline.left)
        context = context_for(target=ask.target)
        context.set_alpn_protocols(["h2", "http/1.1"])
        try:
            shaken = await shake(place, host, context, min(8.0, deadline.left))
        except OSError as error:
            why = safe_line(error.strerror or str(error))
            raise NoData("probes_http.unreachable", host=host.name, port=host.port, why=why) from None
        evidence.append(Exchange(f"TLS handshake with {host}, offering h2 and http/1.1", redact(shaken.said)))
        if shaken.version:
            fields["h2"] = shaken.alpn == "h2"
    else:  # without TLS there is no ALPN, and h2c upgrades are not tried
        remarks.append(("probes_http.no_alpn", {}))
    return Measurement(fields, "HTTP", tuple(evidence), tuple(remarks))


PROTOCOL = Probe(
    name="http.protocol",
    measure=_protocol,
    steps=_steps,
    fields=dict.fromkeys(("version", "status", "h2", "h3_advertised", "alt_svc", "server"), ""),
    on="service",
    limit=25.0,
)
"""`version` is that of the answer to a request over HTTP/1.1; `h2` what was agreed by ALPN; HTTP/3 is only
read from Alt-Svc, not spoken."""
