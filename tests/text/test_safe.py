"""What may reach a terminal, and what may be kept as evidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuready.text.redact import LIMIT, redact
from gpuready.text.safe import safe, safe_line


@given(st.text())
def test_no_control_gets_through(text: str) -> None:
    shown = safe_line(text)
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert not set(shown) & set("\u202e\u202d\u2066\u2067\u2069\u200f\ufeff\u2028")
    assert all(c in "\n\t" or ord(c) >= 0x20 for c in safe(text))


def test_ordinary_text_stays() -> None:
    assert safe("机柜 7, 25 °C\tok\n") == "机柜 7, 25 °C\tok\n"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://ana:hunter22@host/x", "hunter22"),
        ("Authorization: Bearer abcdefgh12345", "abcdefgh12345"),
        ('{"password": "hunter22", "a": 1}', "hunter22"),
        ("API_KEY=hunter22 run", "hunter22"),
        ("tool --token hunter22 -v", "hunter22"),
        ("curl -H 'X-Auth-Token: hunter22'", "hunter22"),
        ("got eyJhbGciOi.eyJzdWIiOi.c2ln here", "eyJzdWIiOi"),
        ("hf_abcdefghijklmnop", "abcdefghijklmnop"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----", "MIIabc"),
    ],
)
def test_secrets_are_taken_out(text: str, secret: str) -> None:
    assert secret not in redact(text)
    assert "***" in redact(text)


def test_long_evidence_is_cut_in_the_middle() -> None:
    cut = redact("begin " + "x" * 100_000 + " end")
    assert len(cut) < LIMIT + 100
    assert cut.startswith("begin") and cut.endswith("end")
