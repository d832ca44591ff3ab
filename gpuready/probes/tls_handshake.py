"""Handshakes with a server, each with just what it is to be asked."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import warnings
from dataclasses import dataclass
from typing import Any

from gpuready.probes.network_address import Host
from gpuready.probes.network_names import Place
from gpuready.probes.probe import Target
from gpuready.probes.tls_trust import identify
from gpuready.text.safe import safe_line

VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
_ON_THE_WIRE = {"TLSv1": b"\x03\x01", "TLSv1.1": b"\x03\x02"}


@dataclass(frozen=True, slots=True)
class Shaken:
    """How a handshake ended.

    `version` and `cipher` are what was agreed, empty when nothing was; `chain` what the server sent, leaf
    first, in DER.  `error` is OpenSSL's or the network's reason, `code` OpenSSL's number where the
    certificate was the reason.  `refused` is true when the server said no: neither its silence nor a failure
    on our side is that.
    """

    version: str = ""
    cipher: str = ""
    alpn: str = ""
    chain: tuple[bytes, ...] = ()
    error: str = ""
    code: int = 0
    refused: bool = False
    silent: bool = False

    @property
    def said(self) -> str:
        """For evidence."""
        return " ".join(filter(None, (self.version, self.cipher, self.alpn))) or self.error


def context_for(*versions: str, target: Target | None = None) -> ssl.SSLContext:
    """A context that offers just these versions (or OpenSSL's own choice), with every cipher that it has
    for the old ones, and verifies nothing; with the client certificate that the target names.  ValueError
    when this OpenSSL was built without them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if versions:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the old ones are asked for on purpose
            context.minimum_version, context.maximum_version = VERSIONS[versions[0]], VERSIONS[versions[-1]]
        if versions[-1] in _ON_THE_WIRE:
            # At the usual level OpenSSL 3 itself refuses them, which would look as if the server had.
            context.set_ciphers("ALL:@SECLEVEL=0")
    if target:
        identify(context, target.options.get("client_cert", ""), target.options.get("client_key", ""))
    return context


def can_offer(version: str) -> bool:
    """Whether this OpenSSL really offers the old version: read from the greeting that it would send."""
    out = ssl.MemoryBIO()
    try:
        context_for(version).wrap_bio(ssl.MemoryBIO(), out).do_handshake()
    except ssl.SSLWantReadError:
        greeting = out.read()
        return greeting[9:11] == _ON_THE_WIRE[version]  # after both headers: client_version
    except (ssl.SSLError, ValueError):
        return False
    return False


async def shake(place: Place, host: Host, context: ssl.SSLContext, limit: float) -> Shaken:
    """Connect, shake hands, and close.  `limit` in seconds, for each of the two.  Raises OSError when there
    is no connection.

    By hand over a plain socket: then nothing of a broken handshake stays behind in the event loop.
    """
    loop = asyncio.get_running_loop()
    with socket.socket(place.family, socket.SOCK_STREAM) as one:
        one.setblocking(False)
        try:
            async with asyncio.timeout(limit):
                await loop.sock_connect(one, (place.address, place.port))
        except TimeoutError:
            raise OSError(f"> {limit:g} s") from None
        heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(heard, said, server_hostname=host.name.rstrip("."))
        try:
            async with asyncio.timeout(limit):
                await _talk(one, tls, heard, said)
            return _agreed(tls)
        except TimeoutError:
            return Shaken(error=f"> {limit:g} s", silent=True)
        except ssl.SSLCertVerificationError as error:
            return Shaken(error=safe_line(error.verify_message), code=error.verify_code)
        except ssl.SSLError as error:
            reason = error.reason or safe_line(str(error))
            # The server says no by an alert, by a version that was not offered, or by hanging up.
            no = "ALERT" in reason or reason in ("UNSUPPORTED_PROTOCOL", "UNEXPECTED_EOF_WHILE_READING")
            return Shaken(error=reason, refused=no)
        except OSError as error:  # hanging up is how some say no
            return Shaken(error=safe_line(error.strerror or str(error)), refused=True)


async def _talk(one: socket.socket, tls: ssl.SSLObject, heard: ssl.MemoryBIO, said: ssl.MemoryBIO) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            tls.do_handshake()
            return
        except ssl.SSLWantReadError:
            await loop.sock_sendall(one, said.read())
            if data := await loop.sock_recv(one, 65536):
                heard.write(data)
            else:
                heard.write_eof()
        finally:
            if said.pending:  # the last words: Finished, or why we break off
                with contextlib.suppress(OSError):
                    one.send(said.read())


def _agreed(tls: Any) -> Shaken:
    # Public only since Python 3.13; the same method underneath is there since 3.10.
    chain: list[bytes] = []
    with contextlib.suppress(AttributeError, ValueError):
        if hasattr(tls, "get_unverified_chain"):
            chain = list(tls.get_unverified_chain() or ())
        else:
            chain = [each.public_bytes(2) for each in tls._sslobj.get_unverified_chain() or ()]  # 2: DER
    if not chain and (leaf := tls.getpeercert(binary_form=True)):
        chain = [leaf]
    cipher = tls.cipher()
    return Shaken(
        tls.version() or "", cipher[0] if cipher else "", tls.selected_alpn_protocol() or "", tuple(chain)
    )
