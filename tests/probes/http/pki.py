"""Certificates of every kind, made with openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """A certificate, with those above it where there are any, and its key."""

    cert: Path
    key: Path


@dataclass(frozen=True)
class Pki:
    """An authority and what it issued: for this machine, expired, for another name, through an intermediate
    that is sent or forgotten; and one that nobody issued.  `client` is for clients."""

    ca: Path
    good: Pair
    expired: Pair
    other_name: Pair
    expired_other_name: Pair
    chained: Pair
    unchained: Pair
    self_signed: Pair
    client: Pair


_HERE = "subjectAltName=DNS:localhost,IP:127.0.0.1"
_NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def make(folder: Path) -> Pki:
    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    def issue(name: str, by: str, days: int, extension: str) -> Pair:
        openssl("req", *_NEW_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / f"{name}.ext").write_text(extension + "\n")
        issuer = ["-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial"]
        out = ["-extfile", f"{name}.ext", "-days", str(days), "-out", f"{name}.pem"]
        openssl("x509", "-req", "-in", f"{name}.csr", *issuer, *out)
        return Pair(folder / f"{name}.pem", folder / f"{name}.key")

    openssl(
        "req", "-x509", *_NEW_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca", "-days", "365"
    )
    between = issue("between", "ca", 20, "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign")
    unchained = issue("unchained", "between", 90, _HERE)
    chained = folder / "chained.pem"
    chained.write_text(unchained.cert.read_text() + between.cert.read_text())
    openssl(
        *["req", "-x509", *_NEW_KEY, "-keyout", "self.key", "-out", "self.pem", "-subj", "/CN=self"],
        *["-addext", _HERE, "-days", "30"],
    )
    return Pki(
        ca=folder / "ca.pem",
        good=issue("good", "ca", 30, _HERE),
        expired=issue("expired", "ca", -1, _HERE),
        other_name=issue("other", "ca", 30, "subjectAltName=DNS:other.example"),
        expired_other_name=issue("late", "ca", -1, "subjectAltName=DNS:other.example"),
        chained=Pair(chained, unchained.key),
        unchained=unchained,
        self_signed=Pair(folder / "self.pem", folder / "self.key"),
        client=issue("client", "ca", 30, "extendedKeyUsage=clientAuth"),
    )
