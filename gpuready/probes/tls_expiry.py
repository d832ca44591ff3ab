"""How long a server's certificates still hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.network_address import Host
from gpuready.probes.network_names import Place
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Probe, Target
from gpuready.probes.tls_certificate import Certificate, certificate
from gpuready.probes.tls_endpoint import NOT_TLS, OLD, endpoint_of, endpoint_place
from gpuready.probes.tls_handshake import Shaken, can_offer, context_for, shake
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line


def _steps(ask: Ask) -> Sequence[str]:
    try:
        host = endpoint_of(ask.target)
    except NoData as fault:
        return (str(fault),)
    return (
        f"TLS handshake with {host}, reading its certificates without verifying them",
        f"TLS handshake with {host}, offering TLSv1 and TLSv1.1 (only if it refuses newer ones)",
    )


async def certificates(place: Place, host: Host, target: Target, deadline: Deadline) -> list[Certificate]:
    """What the server sends, leaf first.  `NoData` when it is not there or refuses, `Broken` when it does
    not speak TLS or sends what is no certificate."""
    shaken = Shaken()
    for versions in ((), OLD):
        if versions and not all(can_offer(version) for version in versions):
            break
        try:
            shaken = await shake(place, host, context_for(*versions, target=target), min(8.0, deadline.left))
        except ConnectionRefusedError:
            raise NoData("probes_http.refused", host=host.name, port=host.port) from None
        except OSError as error:
            why = safe_line(error.strerror or str(error))
            raise NoData("probes_http.unreachable", host=host.name, port=host.port, why=why) from None
        if shaken.chain or shaken.silent or shaken.error in NOT_TLS:
            break
    if shaken.error in NOT_TLS:
        raise Broken("probes_http.no_tls", host=host.name, port=host.port, why=shaken.error)
    if shaken.silent:
        raise NoData("probes_http.slow_tls", host=host.name, port=host.port, seconds="8")
    if not shaken.chain:
        raise NoData("probes_http.tls_refused", host=host.name, port=host.port, why=shaken.error or "-")
    try:
        return [certificate(der) for der in shaken.chain]
    except ValueError:
        raise Broken("probes_tls.odd_certificate", host=host) from None


async def _expiry(ask: Ask) -> Measurement:
    deadline = Deadline(ask)
    host, place = await endpoint_place(ask.target, deadline.left)
    chain = await certificates(place, host, ask.target, deadline)
    now, leaf, above = datetime.now(UTC), chain[0], [each for each in chain[1:] if not each.own]
    fields: dict[str, Scalar] = {
        "left": leaf.left(now),
        "expires": leaf.not_after.date().isoformat(),
        "age": (now - leaf.not_before).total_seconds() / 86400,
        "subject": redact(leaf.subject),
        "issuer": redact(leaf.issuer),
        "certificates": len(chain),
    }
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if leaf.own:
        remarks.append(("probes_tls.self_signed", {"host": host}))
    if above:
        first = min(above, key=lambda each: each.not_after)
        fields["chain_left"] = first.left(now)
        if first.not_after < leaf.not_after:
            said = {"name": redact(first.subject), "day": first.not_after.date().isoformat()}
            remarks.append(("probes_tls.chain_first", said))
    if now < leaf.not_before:
        remarks.append(("probes_tls.not_yet", {"day": leaf.not_before.date().isoformat()}))
    lines = [f"{each.subject} (by {each.issuer}): {each.not_before} to {each.not_after}" for each in chain]
    shown = Exchange(f"TLS handshake with {host}, reading its certificates", redact("\n".join(lines)))
    return Measurement(fields, "TLS handshake", (shown,), tuple(remarks))


EXPIRY = Probe(
    name="tls.expiry",
    measure=_expiry,
    steps=_steps,
    fields={
        **dict.fromkeys(("left", "chain_left", "age"), "d"),
        "expires": "date",
        "certificates": "count",
        "subject": "",
        "issuer": "",
    },
    on="service",
    limit=25.0,
)
"""`left` is the server's own certificate (negative once expired), `chain_left` the first to expire of the
intermediates that it sends; roots among them do not count, since clients have their own."""
