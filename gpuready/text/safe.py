"""Text from files, hosts and people, made harmless for a terminal."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls, DEL, and the marks that reorder or hide text (bidi, zero width, tags): what a
# terminal would obey instead of show.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)  # the control's own picture: ESC reads as one small sign
    return "\ufffd"


def safe(text: str) -> str:
    """The text with every control and every reordering mark replaced by a visible sign; tabs and line
    feeds stay."""
    return _HOSTILE.sub(_visible, unicodedata.normalize("NFC", text))


def safe_line(text: str) -> str:
    """The same on one line: tabs and line feeds become single spaces."""
    return safe(" ".join(text.split("\n")).replace("\t", " "))
