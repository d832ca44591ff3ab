"""What goes wrong over HTTP, as outcomes that say what to do."""

from __future__ import annotations

import ssl

import aiohttp
from yarl import URL

from gpuready.probes.http_phases import Stage, Watch
from gpuready.probes.probe import Broken, Exchange, NoData, Outcome
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

_SILENT = {
    Stage.RESOLVE: "probes_http.slow_name",
    Stage.CONNECT: "probes_http.slow_connect",
    Stage.TLS: "probes_http.slow_tls",
    Stage.ANSWER: "probes_http.slow_answer",
    Stage.BODY: "probes_http.slow_body",
}


class Untrusted(NoData):
    """The certificate was not trusted; ``fields["why"]`` holds OpenSSL's words."""


class BadStatus(NoData):
    """An HTTP status other than those that mean an answer; ``fields["status"]`` holds it."""

    @classmethod
    def of(cls, status: int, url: str, shown: Exchange) -> BadStatus:
        key = "no_rights" if status in (401, 403) else "not_found" if status == 404 else "status"
        fault = cls(f"probes_http.{key}", url=redact(url), status=status)
        fault.showing(shown)
        return fault


def outcome_of(error: Exception, at: URL, watch: Watch, limit: float) -> Outcome:
    """The outcome for an exception of aiohttp or of the deadline; `limit` in seconds."""
    where: dict[str, object] = {"host": at.host or "", "port": at.port or 0}
    what: dict[str, object] = {"url": redact(str(at))}
    if isinstance(error, TimeoutError):
        size = f"{watch.received / 1024:.3g}"
        return NoData(_SILENT[watch.stage], **where, **what, seconds=f"{limit:g}", size=size)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", "") or str(error.certificate_error)
        return Untrusted("probes_http.untrusted", **where, why=safe_line(why))
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return NoData("probes_http.proxy_refuses", **what, why=f"{error.status} {safe_line(error.message)}")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return NoData("probes_http.no_proxy", **what, why=_why(error.os_error))
    if handshake := _ssl_error(error):
        return _tls(handshake, where)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return NoData("probes_http.no_name", **where, why=_why(error.os_error))
    if isinstance(error, aiohttp.ClientConnectorError):
        key = "refused" if isinstance(error.os_error, ConnectionRefusedError) else "unreachable"
        return NoData(f"probes_http.{key}", **where, why=_why(error.os_error))
    if isinstance(error, aiohttp.ClientResponseError):
        found = redact(safe_line(error.message))[:120]
        return Broken("probes_http.no_http", **where, found=found)
    if isinstance(error, aiohttp.ClientPayloadError) or watch.stage is Stage.BODY:
        return Broken("probes_http.cut_off", **what, why=redact(safe_line(str(error)))[:120])
    return NoData("probes_http.closed", **where)


def _ssl_error(error: Exception) -> ssl.SSLError | None:
    """The TLS error inside: of the handshake, or of a peer that wants a certificate and says so later."""
    seen: BaseException | None = error
    while seen is not None:
        for each in (getattr(seen, "os_error", None), seen):  # the outer one knows no reason
            if isinstance(each, ssl.SSLError):
                return each
        seen = seen.__cause__ or seen.__context__
    return None


def _tls(error: ssl.SSLError, where: dict[str, object]) -> Outcome:
    reason = error.reason or _why(error)
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
        return Broken("probes_http.no_tls", **where, why=reason)
    if "CERTIFICATE" in reason:
        return NoData("probes_http.wants_certificate", **where, why=reason)
    return NoData("probes_http.tls_refused", **where, why=reason)


def _why(error: OSError) -> str:
    # OSError of several failed addresses has no errno, only a text.
    return safe_line(error.strerror or str(error) or type(error).__name__)
