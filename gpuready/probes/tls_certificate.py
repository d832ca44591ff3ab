"""What a certificate says of its time, read from its DER form: Python decodes only those that it trusts, and
the others are the ones that matter here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_SEQUENCE, _CONTEXT_0 = 0x30, 0xA0
_NAME_CN = bytes.fromhex("0603550403")  # the object identifier of commonName


@dataclass(frozen=True, slots=True)
class Certificate:
    """`subject` and `issuer` are the common names, empty where there are none."""

    not_before: datetime
    not_after: datetime
    subject: str
    issuer: str
    own: bool  # issued by itself: a root, or self-signed

    def left(self, now: datetime) -> float:
        """Days until it expires; negative when it has."""
        return (self.not_after - now).total_seconds() / 86400


def certificate(der: bytes) -> Certificate:
    """Decode; ValueError when it is no X.509 certificate.  Source: RFC 5280, section 4.1."""
    try:
        whole = next(_parts(der))[1]
        parts = list(_parts(next(_parts(whole))[1]))
        if parts[0][0] == _CONTEXT_0:  # the version, left out in version 1
            del parts[0]
        _, _, issuer, validity, subject = (part for _, part in parts[:5])
        begin, end = _parts(validity)
    except (StopIteration, IndexError) as error:
        raise ValueError("not an X.509 certificate") from error
    return Certificate(
        _time(*begin), _time(*end), _common_name(subject), _common_name(issuer), subject == issuer
    )


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element in turn."""
    at = 0
    while at < len(data):
        tag, size, at = data[at], data[at + 1], at + 2
        if size & 0x80:
            more = size & 0x7F
            size, at = int.from_bytes(data[at : at + more]), at + more
        if at + size > len(data):
            raise ValueError("not an X.509 certificate")
        yield tag, data[at : at + size]
        at += size


def _time(tag: int, value: bytes) -> datetime:
    text = value.decode("ascii")
    if tag == 0x17:  # UTCTime: two digits of the year, 50 to 99 are of the last century
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    if not re.fullmatch(r"\d{14}Z", text):
        raise ValueError("not an X.509 certificate")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _common_name(name: bytes) -> str:
    at = name.rfind(_NAME_CN)
    if at < 0:
        return ""
    return next(_parts(name[at + len(_NAME_CN) :]))[1].decode(errors="replace")
