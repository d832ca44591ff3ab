"""Secrets taken out of what is kept as evidence."""

from __future__ import annotations

import re

from gpuready.text.safe import safe

LIMIT = 4096
"""Characters of one piece of evidence."""

_NAMES = (
    r"(?:pass(?:word|wd)?|secret|token|api[_-]?key|access[_-]?key|authorization|credential|cookie"
    r"|private[_-]?key)"
)
_REST = r"[\w.-]{0,64}"  # of a name; without a bound one long word would cost its length squared
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s,;&}]+)"
_KEY_BLOCK = r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
_RULES = (
    # user:password@ in URLs
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"), "***"),
    # Authorization: Bearer xyz, "password": "xyz", TOKEN=xyz, --token xyz; yes and no are no secrets
    (
        re.compile(
            rf"(?i)({_NAMES}{_REST}[\"']?\s*[:=]\s*)(?!(?:true|false|null)\b)(?:(?:bearer|basic)\s+)?{_VALUE}"
        ),
        r"\1***",
    ),
    (re.compile(rf"(?i)(--[\w-]{{0,64}}?{_NAMES}[\w-]{{0,64}})\s+\S+"), r"\1 ***"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 ***"),
    # keys and tokens that tell themselves
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "***"),
    (re.compile(r"\b(?:gh[pousr]_|glpat-|hf_|sk-|xox[abp]-|AKIA)[\w-]{8,}"), "***"),
    (re.compile(_KEY_BLOCK, re.S), "***"),
)


def redact(text: str) -> str:
    """The text with secrets replaced by ``***``, no control characters, and at most `LIMIT` characters (the
    beginning and the end of what is longer)."""
    # Cut generously first: the rules need not read megabytes, and a secret cut in half must not escape.
    if len(text) > 4 * LIMIT:
        text = text[: 2 * LIMIT] + "\n[...]\n" + text[-2 * LIMIT :]
    for rule, instead in _RULES:
        text = rule.sub(instead, text)
    text = safe(text)
    if len(text) > LIMIT:
        text = text[: LIMIT * 3 // 4] + "\n[...]\n" + text[-LIMIT // 4 :]
    return text
