"""What a TLS endpoint offers, refuses and proves, by real handshakes."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.network_address import Host, host_of, place_of
from gpuready.probes.network_names import Place
from gpuready.probes.probe import Ask, Exchange, Measurement, NoData, Outcome, Probe, Target
from gpuready.probes.tls_certificate import certificate
from gpuready.probes.tls_handshake import VERSIONS, Shaken, can_offer, context_for, shake
from gpuready.probes.tls_trust import trust
from gpuready.probes.tls_web import http_redirects, http_status, web_steps
from gpuready.text.redact import redact

OLD = ("TLSv1", "TLSv1.1")
FIELD_OF = {"TLSv1": "tls10", "TLSv1.1": "tls11", "TLSv1.2": "tls12", "TLSv1.3": "tls13"}
NOT_TLS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "RECORD_LAYER_FAILURE",
        "PACKET_LENGTH_TOO_LONG",
        "UNEXPECTED_MESSAGE",
    }
)
_ONE = 8.0  # seconds for one handshake
_NAME_MISMATCH = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_TIME_IS_WRONG = frozenset({9, 10})  # not yet valid, expired: both are looked at after the name

Remarks = list[tuple[str, Mapping[str, object]]]


def endpoint_of(target: Target) -> Host:
    """Host and port, 443 where none is given."""
    host = host_of(target)
    return host if host.port else Host(host.name, 443)


async def endpoint_place(target: Target, limit: float) -> tuple[Host, Place]:
    """The endpoint and its address; `NoData` when its name does not resolve within `limit` seconds."""
    host = endpoint_of(target)
    try:
        async with asyncio.timeout(limit):
            return host, await place_of(host)
    except TimeoutError:
        raise NoData("probes_network.slow_name", host=host.name, seconds=f"{limit:g}") from None


def _offered() -> tuple[str, ...]:
    """The versions that can be tried from here."""
    return tuple(version for version in VERSIONS if version not in OLD or can_offer(version))


def _steps(ask: Ask) -> Sequence[str]:
    try:
        host = endpoint_of(ask.target)
        web = web_steps(ask, host)
    except NoData as fault:
        return (str(fault),)
    ca = ask.target.options.get("ca") or "this system's authorities"
    return (
        *(f"TLS handshake with {host}, offering {version} alone" for version in _offered()),
        f"TLS handshake with {host}, verifying the chain against {ca}",
        f"TLS handshake with {host}, verifying the name {host.name}",
        *web,
    )


async def _endpoint(ask: Ask) -> Measurement:
    deadline = Deadline(ask)
    host, place = await endpoint_place(ask.target, deadline.left)
    shaken = await _offers(place, host, ask.target, deadline)
    fields: dict[str, Scalar] = {}
    remarks: Remarks = []
    evidence = [_shown(host, f"offering {version} alone", each) for version, each in shaken.items()]
    if plain := next((each for each in shaken.values() if each.error in NOT_TLS), None):
        remarks.append(("probes_tls.not_tls", {"host": host, "why": plain.error}))
        return Measurement({"tls13": False, "tls12": False}, "TLS handshake", tuple(evidence), tuple(remarks))
    for version, each in shaken.items():
        if each.version or each.refused:
            fields[FIELD_OF[version]] = bool(each.version)
        else:
            said = {"host": host, "version": version, "why": each.error}
            remarks.append(("probes_tls.undecided", said))
    agreed = [version for version, each in shaken.items() if each.version]
    if not agreed:
        # Whoever refuses everything refuses us (no such name, no client certificate), not the old versions.
        why = shaken["TLSv1.3"].error
        raise NoData("probes_tls.refuses_all", host=host, why=why).showing(*evidence)
    for version in OLD:
        if version not in shaken:
            remarks.append(("probes_tls.cannot_offer", {"version": version}))
    old = [fields.get(FIELD_OF[version]) for version in OLD]
    if True in old or None not in old:
        fields["old_accepted"] = True in old
    best = shaken[agreed[-1]]
    fields |= {"version": best.version, "cipher": best.cipher}
    try:
        chain = await shake(place, host, _verifying(best.version, ask.target), min(_ONE, deadline.left))
        evidence.append(_shown(host, "verifying the chain", chain))
        if chain.version or chain.code:
            fields["chain_valid"] = bool(chain.version)
        if chain.code:
            fields["chain_error"] = chain.error
    except NoData as fault:  # nobody here to trust: that is no fault of the server
        remarks.append((fault.key, fault.fields))
    if best.chain:
        fields["certificates"] = len(best.chain)
        with contextlib.suppress(ValueError):
            fields["left"] = certificate(best.chain[0]).left(datetime.now(UTC))
        name = await shake(place, host, _naming(best, ask.target), min(_ONE, deadline.left))
        evidence.append(_shown(host, f"verifying the name {host.name}", name))
        if name.version or name.code in _NAME_MISMATCH | _TIME_IS_WRONG:
            fields["name_matches"] = name.code not in _NAME_MISMATCH
    if fields.get("chain_valid") is False or fields.get("name_matches") is False:
        fields["subject"] = _subject(best.chain)
    for ask_web in (http_status, http_redirects):
        try:
            evidence.append(await ask_web(ask, host, deadline, fields, remarks))
        except Outcome as fault:
            remarks.append((fault.key, fault.fields))
            evidence.extend(fault.evidence)
            if fault.key == "probes_http.wants_certificate":
                _forget(fields, shaken)
    return Measurement(fields, "TLS handshake", tuple(evidence), tuple(remarks))


async def _offers(place: Place, host: Host, target: Target, deadline: Deadline) -> dict[str, Shaken]:
    """A handshake with each version alone, oldest first.  `NoData` when there is no connection, or the
    server answers none of them."""
    shaken = {}
    for version in _offered():
        try:
            shaken[version] = await shake(
                place, host, context_for(version, target=target), min(_ONE, deadline.left)
            )
        except ConnectionRefusedError:
            raise NoData("probes_http.refused", host=host.name, port=host.port) from None
        except OSError as error:
            why = redact(error.strerror or str(error))
            raise NoData("probes_http.unreachable", host=host.name, port=host.port, why=why) from None
        if len(shaken) == 2 and all(each.silent for each in shaken.values()):
            raise NoData("probes_http.slow_tls", host=host.name, port=host.port, seconds=f"{_ONE:g}")
    return shaken


def _forget(fields: dict[str, Scalar], shaken: Mapping[str, Shaken]) -> None:
    """Take out what was refused for want of a client certificate: up to TLS 1.2 such a server breaks off the
    handshake itself, which looks as if it had refused the version."""
    for version, each in shaken.items():
        if not each.version and "PROTOCOL" not in each.error:
            fields.pop(FIELD_OF[version], None)
            if version in OLD and fields.get("old_accepted") is False:
                del fields["old_accepted"]


def _verifying(version: str, target: Target) -> ssl.SSLContext:
    context = context_for(version, target=target)
    context.verify_mode = ssl.CERT_REQUIRED
    trust(context, target.options.get("ca", ""))
    return context


def _naming(best: Shaken, target: Target) -> ssl.SSLContext:
    """Trusts the server's own certificate, so that nothing but the name can be wrong with it, and its time,
    which OpenSSL looks at last."""
    context = context_for(best.version, target=target)
    context.verify_mode, context.check_hostname = ssl.CERT_REQUIRED, True
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=best.chain[0])
    return context


def _subject(chain: Sequence[bytes]) -> str:
    try:
        return redact(certificate(chain[0]).subject) if chain else ""
    except ValueError:
        return ""


def _shown(host: Host, how: str, shaken: Shaken) -> Exchange:
    return Exchange(f"TLS handshake with {host}, {how}", redact(shaken.said))


ENDPOINT = Probe(
    name="tls.endpoint",
    measure=_endpoint,
    steps=_steps,
    fields={
        **dict.fromkeys((*FIELD_OF.values(), "old_accepted", "chain_valid", "name_matches"), ""),
        **dict.fromkeys(("version", "cipher", "chain_error", "subject", "http_status", "http_redirects"), ""),
        "certificates": "count",
        "left": "d",
    },
    params={"http_port": 80},
    on="service",
    limit=60.0,
)
"""The chain is verified against the target's ``ca`` or this system's authorities, whatever ``insecure`` says.
A version that this machine's OpenSSL cannot offer is left out, and with it `old_accepted`."""
