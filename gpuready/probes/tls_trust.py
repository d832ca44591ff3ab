"""Whom we trust on a TLS connection, and as whom we come: contexts made from a target's options."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from gpuready.probes.probe import NoData, Target
from gpuready.text.safe import safe_line

# Where distributions keep their authorities; looked at only where OpenSSL's own default is empty, as it
# is for a Python that was built with another prefix.
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)

handshake_begins: ContextVar[Callable[[], None] | None] = ContextVar("handshake_begins", default=None)
"""Called when a `Context` starts a handshake: the moment at which the TCP connection stands, which no
public hook of aiohttp or asyncio tells."""


class Context(ssl.SSLContext):
    """A client's context that says when the handshake begins."""

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        if tell := handshake_begins.get():
            tell()
        return super().wrap_bio(*args, **kwargs)


def is_insecure(target: Target) -> bool:
    """Whether the target's owner has waived the verification of its certificate (``insecure=true``)."""
    return target.options.get("insecure", "").lower() in ("true", "yes", "1")


def context_of(target: Target) -> Context:
    """The context for the target: ``ca`` names the file of the authorities (else this system's),
    ``client_cert`` and ``client_key`` ours, ``insecure=true`` turns verification off.

    `NoData` when a file cannot be used, or when there is no authority at all to trust: then nothing could
    be verified, and a failure would be ours.  Blocks for some milliseconds at its first call.
    """
    options = target.options
    return _context(
        options.get("ca", ""),
        options.get("client_cert", ""),
        options.get("client_key", ""),
        is_insecure(target),
    )


@lru_cache(maxsize=32)
def _context(ca: str, cert: str, key: str, insecure: bool) -> Context:
    context = Context(ssl.PROTOCOL_TLS_CLIENT)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        trust(context, ca)
    identify(context, cert, key)
    return context


def trust(context: ssl.SSLContext, ca: str = "") -> None:
    """Let the context trust the authorities of the file `ca`, or those of this system when it is empty.
    `NoData` as in `context_of`."""
    if ca:
        try:
            context.load_verify_locations(ca)
        except OSError as error:
            raise NoData("probes_http.bad_ca", path=ca, why=_why(error)) from None
        return
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and any(Path(paths.capath).iterdir())):
        context.set_default_verify_paths()
        return
    for bundle in BUNDLES:
        if Path(bundle).is_file():
            context.load_verify_locations(bundle)
            return
    raise NoData("probes_http.no_authorities")


def identify(context: ssl.SSLContext, cert: str, key: str) -> None:
    """Let the context come with the client certificate of these files, where one is named.  `NoData` when
    they cannot be used."""
    if not cert:
        return
    try:
        context.load_cert_chain(cert, key or None, password=_no_password)
    except (OSError, ValueError) as error:
        raise NoData("probes_http.bad_client_cert", path=cert, why=_why(error)) from None


def _no_password() -> str:
    """Instead of OpenSSL's own question on the terminal, which would hang the screen."""
    raise ValueError("the key is encrypted")


def _why(error: Exception) -> str:
    return safe_line(str(getattr(error, "strerror", None) or error))
