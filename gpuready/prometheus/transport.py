"""The HTTP below the Prometheus client: trust and credentials of the target, bounded in time and size."""

from __future__ import annotations

import io
import socket
import ssl
import time
import warnings
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    HTTPError,
    InsecureRequestWarning,
    MaxRetryError,
    NameResolutionError,
    ProtocolError,
    ReadTimeoutError,
)
from urllib3.util.retry import Retry

from gpuready.probes.probe import Broken, NoData, Outcome
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

# Said beside every finding instead; on standard error it would be written across the screen.
warnings.simplefilter("ignore", InsecureRequestWarning)

FAILURES = (requests.RequestException, HTTPError, OSError)
"""What the libraries raise when something is wrong with the connection or the answer."""
SIZE_LIMIT = 16 * 2**20
"""Bytes of one unpacked answer: a range of many series may be large, an endless stream is none."""

_CHUNK = 64 * 1024
RETRY = Retry(
    total=2,
    connect=1,
    read=0,
    status=2,
    status_forcelist=(429, 502, 504),
    allowed_methods=("GET",),
    backoff_factor=0.2,
    backoff_jitter=0.3,
    # What a server asks for may be longer than anybody waits; the next refresh comes anyway.
    respect_retry_after_header=False,
    raise_on_status=False,
)
"""What is asked again at once, with back-off and jitter.  An answer that never came is not: its deadline is
spent."""


class TooLate(Exception):
    """The answer had not ended when its time was up."""


class TooBig(Exception):
    """The answer was larger than `SIZE_LIMIT`."""


class Adapter(HTTPAdapter):
    """Connections that trust what the target trusts: its context, not the library's bundle."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__(max_retries=RETRY, pool_maxsize=8)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: the context says it all."""

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host, _ = super().build_connection_pool_key_attributes(request, verify, None)
        return host, {"ssl_context": self._context} if host["scheme"] == "https" else {}


class Session(requests.Session):
    """A session whose every answer is read whole, within its time and size.

    `received` counts the bytes of bodies as they came over the wire; `seconds` is what one request may take.
    It follows no redirect: credentials are for the target alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.seconds = 30.0
        self.received = 0
        self.requests = 0

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["allow_redirects"] = False
        return super().request(method, url, *args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        until = time.monotonic() + self.seconds
        kwargs |= {"stream": True, "timeout": self.seconds}
        self.requests += 1
        response = super().send(request, **kwargs)
        body = bytearray()
        try:
            for chunk in response.raw.stream(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > SIZE_LIMIT:
                    raise TooBig
                if time.monotonic() > until:
                    raise TooLate
            self.received += response.raw.tell()
        except BaseException:
            response.close()  # half of an answer is left in it: this connection serves no other
            raise
        response.raw.release_conn()
        response.raw = io.BytesIO(bytes(body))  # from here on it is read like any other
        return response


def outcome_of(error: Exception, url: str, seconds: float) -> Outcome:
    """The outcome for an exception of the client; `seconds` is what the request might have taken."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    where: dict[str, object] = {"host": parts.hostname or "", "port": port}
    what: dict[str, object] = {"url": redact(url.split("?")[0]), "seconds": f"{seconds:g}"}
    if isinstance(error, TooBig):
        return Broken("probes_http.too_big", **what, size=f"{SIZE_LIMIT / 2**20:g}")
    if isinstance(error, requests.exceptions.ProxyError):
        return NoData("probes_http.no_proxy", **what, why=_words(error))
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return NoData("probes_http.slow_connect", **where, **what)
    if isinstance(error, TooLate | ReadTimeoutError | requests.exceptions.Timeout):
        return NoData("probes_http.slow_answer", **where, **what)
    if isinstance(error, HTTPError | requests.exceptions.ContentDecodingError):  # while the body was read
        return Broken("probes_http.cut_off", **what, why=_words(error))
    cause = _cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return NoData("probes_http.untrusted", **where, why=safe_line(cause.verify_message))
    if isinstance(cause, ssl.SSLError):
        reason = cause.reason or str(cause)
        if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
            return Broken("probes_http.no_tls", **where, why=reason)
        key = "wants_certificate" if "CERTIFICATE" in reason else "tls_refused"
        return NoData(f"probes_http.{key}", **where, why=safe_line(reason))
    if isinstance(cause, NameResolutionError | socket.gaierror):
        return NoData("probes_http.no_name", **where, why=_words(cause))
    if isinstance(cause, ConnectionRefusedError):
        return NoData("probes_http.refused", **where)
    if isinstance(cause, ProtocolError | ConnectionResetError):
        return NoData("probes_http.closed", **where)
    if isinstance(cause, OSError) and not isinstance(cause, requests.RequestException):
        return NoData("probes_http.unreachable", **where, why=safe_line(cause.strerror or str(cause))[:120])
    return Broken("probes_http.no_http", **where, found=_words(error))


def _cause(error: BaseException) -> BaseException:
    """What lies at the bottom: the client wraps each failure several times."""
    seen: BaseException = error
    for _ in range(8):
        inner: object = seen.reason if isinstance(seen, MaxRetryError) else seen.__cause__ or seen.__context__
        if inner is None and seen.args and isinstance(seen.args[-1], BaseException):
            inner = seen.args[-1]
        if not isinstance(inner, BaseException) or isinstance(seen, ssl.SSLError | NameResolutionError):
            break
        seen = inner
    return seen


def _words(error: BaseException) -> str:
    return redact(safe_line(str(error)))[:120]
