"""Samples put into a running Prometheus at once, by remote write: no waiting for a scrape.

Prometheus takes five seconds to find its first target; a pushed sample is there when the call returns.
"""

from __future__ import annotations

import re
import struct
import time
from collections.abc import Iterable, Mapping

from tests.prometheus.real import Prometheus

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
"""The value by which Prometheus itself marks a series that its target no longer shows."""

_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}


def push(server: Prometheus, series: Mapping[str, float], at: float = 0.0) -> None:
    """Puts one sample of each series, `at` seconds from now; later than the series' last one.

    Raises:
        urllib.error.HTTPError: 400 for a sample out of order or older than the history (see `ahead`).
    """
    stamp = round((time.time() + at) * 1000)
    message = b"".join(_field(1, _series(name, value, stamp)) for name, value in series.items())
    headers = {
        "Content-Encoding": "snappy",
        "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }
    server.request("/api/v1/write", _snappy(message), headers)


def _series(series: str, value: float, stamp: int) -> bytes:
    name, _, rest = series.partition("{")
    labels = {key: _unescaped(text) for key, text in _LABEL.findall(rest)}
    named = sorted({**labels, "__name__": name.strip()}.items())
    sample = b"\x09" + _double(value) + b"\x10" + _varint(stamp)
    return b"".join(_field(1, _label(*one)) for one in named) + _field(2, sample)


def _double(value: float) -> bytes:
    # a NaN is written bit by bit: its payload tells the stale marker from a plain one
    return struct.pack("<d", value)


def _label(key: str, text: str) -> bytes:
    return _field(1, key.encode()) + _field(2, text.encode())


def _field(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _snappy(body: bytes) -> bytes:
    """The block format with literals only: valid, and nothing is compressed."""
    return _varint(len(body)) + b"".join(_literal(piece) for piece in _pieces(body, 65536))


def _literal(piece: bytes) -> bytes:
    return bytes([61 << 2]) + struct.pack("<H", len(piece) - 1) + piece


def _pieces(body: bytes, size: int) -> Iterable[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def _unescaped(text: str) -> str:
    return re.sub(r'\\[n"\\]', lambda found: _ESCAPES[found[0]], text)
