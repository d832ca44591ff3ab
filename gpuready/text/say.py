"""Every sentence gpuready speaks, looked up by key in the operator's language.

A key is ``area.name``; each area is one module of `gpuready.text.messages`, read when first needed,
with a pair (English, Chinese) for each name.  A name without both fails the tests.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

_current: Language = "en"


def language() -> Language:
    """The language in which `say` answers."""
    return _current


def set_language(lang: Language) -> None:
    """Switch the language of all that is said from now on."""
    global _current  # one operator, one language: the screen switches it live
    _current = lang


def language_of_environment(environ: os._Environ[str] | dict[str, str] = os.environ) -> Language:
    """Chinese where GPUREADY_LANG, LC_ALL, LC_MESSAGES or LANG (the first that is set) asks for it."""
    for name in ("GPUREADY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def say(key: str, /, **fields: object) -> str:
    """The sentence of that key, with its ``{fields}`` filled in.  An unknown key raises KeyError."""
    area, _, name = key.partition(".")
    pair: tuple[str, str] = import_module(f"gpuready.text.messages.{area}").MESSAGES[name]
    sentence = pair[LANGUAGES.index(_current)]
    return sentence.format(**fields) if fields else sentence
