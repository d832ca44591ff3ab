"""One TLS endpoint: which version it agrees on, whether its chain and name hold, and for how long."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.generic_tcp import where_of
from gpuready.probes.network_address import Host
from gpuready.probes.network_names import Place
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Probe, Target
from gpuready.probes.tls_certificate import certificate
from gpuready.probes.tls_endpoint import NOT_TLS, endpoint_of, endpoint_place
from gpuready.probes.tls_handshake import Shaken, context_for, shake
from gpuready.probes.tls_trust import trust
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

_ONE = 8.0  # seconds for one handshake
_NAME_MISMATCH = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_TIME_IS_WRONG = frozenset({9, 10})  # not yet valid, expired: both are looked at after the name


def _whom(ask: Ask) -> Target:
    whom = where_of(ask)
    ca = str(ask.params.get("ca") or "")
    return Target(whom.kind, whom.name, whom.address, {**whom.options, "ca": ca}) if ca else whom


def _steps(ask: Ask) -> Sequence[str]:
    try:
        whom = _whom(ask)
        host = endpoint_of(whom)
    except NoData as fault:
        return (str(fault),)
    ca = whom.options.get("ca") or "this system's authorities"
    return (
        f"TLS handshake with {host}, reading its certificates without verifying them",
        f"TLS handshake with {host}, verifying the chain against {ca}",
        f"TLS handshake with {host}, verifying the name {host.name}",
    )


async def _tls(ask: Ask) -> Measurement:
    """`chain_valid` is left out when this machine has nobody to trust."""
    whom, deadline = _whom(ask), Deadline(ask)
    host, place = await endpoint_place(whom, deadline.left)
    seen = await _shake(place, host, context_for(target=whom), deadline)
    asked = f"TLS handshake with {host}"
    evidence = [Exchange(f"{asked}, without verifying", redact(seen.said))]
    if seen.error in NOT_TLS:
        fault = Broken("probes_http.no_tls", host=host.name, port=host.port, why=seen.error)
        raise fault.showing(*evidence)
    if not seen.version:
        key = "slow_tls" if seen.silent else "tls_refused"
        words = {"host": host.name, "port": host.port, "why": seen.error, "seconds": f"{_ONE:g}"}
        raise NoData(f"probes_http.{key}", **words).showing(*evidence)
    fields: dict[str, Scalar] = {"version": seen.version.removeprefix("TLSv"), "cipher": seen.cipher}
    if fields["version"] == "1":
        fields["version"] = "1.0"
    remarks: list[tuple[str, Mapping[str, object]]] = []
    if seen.chain:
        try:
            leaf = certificate(seen.chain[0])
        except ValueError:
            raise Broken("probes_tls.odd_certificate", host=host).showing(*evidence) from None
        fields |= {
            "left": leaf.left(datetime.now(UTC)),
            "expires": leaf.not_after.date().isoformat(),
            "subject": redact(leaf.subject),
            "issuer": redact(leaf.issuer),
        }
    try:
        chain = await _shake(place, host, _chain(whom), deadline)
        evidence.append(Exchange(f"{asked}, verifying the chain", redact(chain.said)))
        if chain.version or chain.code:
            fields["chain_valid"] = bool(chain.version)
        if chain.code:
            fields["why"] = chain.error
        if seen.chain:
            name = await _shake(place, host, _name(whom, seen.chain[0]), deadline)
            evidence.append(Exchange(f"{asked}, verifying the name", redact(name.said)))
            if name.version or name.code in _NAME_MISMATCH | _TIME_IS_WRONG:
                fields["name_matches"] = name.code not in _NAME_MISMATCH
    except NoData as fault:  # nobody here to trust, or no second connection: that is no fault of the server
        remarks.append((fault.key, fault.fields))
    return Measurement(fields, "TLS handshake", tuple(evidence), tuple(remarks))


async def _shake(place: Place, host: Host, context: ssl.SSLContext, deadline: Deadline) -> Shaken:
    where = {"host": host.name, "port": host.port}
    try:
        return await shake(place, host, context, min(_ONE, deadline.left))
    except ConnectionRefusedError:
        raise NoData("probes_http.refused", **where) from None
    except OSError as error:
        why = safe_line(error.strerror or str(error))
        raise NoData("probes_http.unreachable", **where, why=why) from None


def _chain(whom: Target) -> ssl.SSLContext:
    context = context_for(target=whom)
    context.verify_mode = ssl.CERT_REQUIRED
    trust(context, whom.options.get("ca", ""))
    return context


def _name(whom: Target, leaf: bytes) -> ssl.SSLContext:
    """Trusts the server's own certificate, so that only the name (or the time) can be wrong with it."""
    context = context_for(target=whom)
    context.verify_mode, context.check_hostname = ssl.CERT_REQUIRED, True
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=leaf)
    return context


TLS = Probe(
    name="tls",
    measure=_tls,
    steps=_steps,
    fields={
        "version": "version",
        "left": "d",
        "expires": "date",
        **dict.fromkeys(("chain_valid", "name_matches", "why", "cipher", "subject", "issuer"), ""),
    },
    params={"address": "", "ca": ""},
    limit=30,
)
"""`version` is the one agreed on with this machine (``1.3``); tls.endpoint tells which others it accepts."""
