"""Is what an engine serves named with its version, and is it what should be served?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from gpuready.checklist.model import Scalar
from gpuready.places import at_home
from gpuready.probes.deadline import Deadline
from gpuready.probes.inference_identity import SPEAKS_V2, Card, identify, steps
from gpuready.probes.inference_models import ready_models
from gpuready.probes.model_sums import compare
from gpuready.probes.probe import Ask, Measurement, NoData, Probe, Remark
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

# What marks one state of a model's weights: -v2, :3, @main is none; a date, a commit, /3/ as a folder.
# The 3.1 of Llama-3.1-8B names a family: its weights were replaced under that name.
_MARK = re.compile(
    r"(?:^|[-_.@:/])(?:v\d+(?:\.\d+)*|r\d+|\d{4}-?(?:0[1-9]|1[0-2])-?(?:[0-2]\d|3[01])|[0-9a-f]{12,64})(?=$|[-_.@:/])"
    r"|[@:]\d+(?:\.\d+)*$|/\d+/?$",
    re.I,
)


def is_versioned(card: Card, pattern: str = "") -> bool:
    """Whether the engine's entry tells a version: its own field, or a mark in its name or root; `pattern`
    is the site's own way of naming."""
    if pattern:
        return any(re.search(pattern, text) for text in (card.name, card.root, card.version) if text)
    return bool(card.version) or any(_MARK.search(text) for text in (card.name, card.root) if text)


def _steps(ask: Ask) -> Sequence[str]:
    asked = list(steps(ask, ("POST", "/v2/repository/index")))
    if sums := ask.target.options.get("sums"):
        path, folder = _sums(ask, sums)
        asked.append(f"READ {path}, SHA-256 of the files that it lists in {folder}")
    return asked


def _sums(ask: Ask, name: str) -> tuple[Path, Path]:
    """The list of sums, and the folder from which its names start."""
    path = at_home(name)
    return path, at_home(ask.target.options.get("folder") or path.parent)


async def _version(ask: Ask) -> Measurement:
    """`as_expected` compares with the option ``expect`` (names, or NAME:VERSION, with commas between);
    `config_matches` with the options ``expect.FIELD=VALUE`` (a field of the engine's settings or of its
    entry for the model) and ``sums=FILE`` (the output of sha256sum; ``folder`` is where the files are).
    Each is left out where nothing is set to compare with."""
    options = ask.target.options
    pattern = options.get("version_pattern", "")
    try:
        re.compile(pattern)
    except re.error as error:
        raise NoData("probes_model.bad_pattern", pattern=safe_line(pattern), why=error) from None
    time = Deadline(ask)
    who = await identify(ask.target, time.left)
    try:
        cards, shown = await ready_models(ask.target, who, time.left)
    except NoData:
        if who.kind in SPEAKS_V2:
            raise
        cards, shown = who.cards, ()
    cards = tuple(card for card in cards if card.ready is not False)
    if not cards:
        raise NoData("probes_model.none_served", address=ask.target.address).showing(*who.evidence, *shown)
    plain = [card.name for card in cards if not is_versioned(card, pattern)]
    fields: dict[str, Scalar] = {
        "models": len(cards),
        "unversioned": len(plain),
        "served": ", ".join(_label(card) for card in cards[:20]),
    }
    remarks: list[Remark] = []
    if plain:
        remarks.append(("probes_model.unversioned", {"names": ", ".join(plain[:5])}))
    if expected := {name.strip() for name in options.get("expect", "").split(",") if name.strip()}:
        extra, missing = _differ(cards, expected)
        fields["as_expected"] = not extra and not missing
        if extra or missing:
            words = {"missing": ", ".join(missing) or "-", "extra": ", ".join(extra) or "-"}
            remarks.append(("probes_model.not_expected", words))
    else:
        remarks.append(("probes_model.nothing_expected", {}))
    evidence = [*who.evidence[:2], *shown[:2]]
    compared: list[bool | None] = []
    if wanted := {n.removeprefix("expect."): v for n, v in options.items() if n.startswith("expect.")}:
        agreed, said = _settings(wanted, cards, who.info)
        compared.append(agreed)
        remarks += said
    if name := options.get("sums"):
        sums, folder = _sums(ask, name)
        agreed, remark, exchange = await compare(sums, folder, time.left)
        compared.append(agreed)
        remarks += [remark] if remark else []
        evidence.append(exchange)
    if not compared:
        remarks.append(("probes_model.no_config", {}))
    elif False in compared or None not in compared:
        fields["config_matches"] = False not in compared  # half compared agrees only when it differs
    return Measurement(fields, "the engine's own list of models", tuple(evidence), tuple(remarks))


def _label(card: Card) -> str:
    return f"{card.name}:{card.version}" if card.version else card.name


def _differ(cards: Sequence[Card], expected: set[str]) -> tuple[list[str], list[str]]:
    """What is served and not expected, and the reverse.  An expected name without a version is met by any."""
    extra = [_label(card) for card in cards if not {card.name, _label(card)} & expected]
    served = {name for card in cards for name in (card.name, _label(card))}
    return extra, sorted(expected - served)


def _settings(
    wanted: Mapping[str, str], cards: Sequence[Card], info: Mapping[str, object]
) -> tuple[bool | None, list[Remark]]:
    """Whether the engine tells those values, and what to say if not; None when it does not tell them all."""
    differing: list[Remark] = []
    untold: list[Remark] = []
    for name, value in wanted.items():
        places: list[Mapping[str, object]] = [card.raw for card in cards if card.raw and name in card.raw]
        places += [info] if name in info else []
        if not places:
            untold.append(("probes_model.field_untold", {"field": safe_line(name)}))
        for place in places:
            if str(place[name]).lower() != value.lower():
                words = {"field": safe_line(name), "want": safe_line(value)}
                found = redact(safe_line(str(place[name])[:80]))
                differing.append(("probes_model.field_differs", {**words, "found": found}))
    return (False if differing else None if untold else True), differing + untold


VERSION = Probe(
    name="model.version",
    measure=_version,
    steps=_steps,
    fields={
        "unversioned": "count",
        "models": "count",
        "served": "",
        "as_expected": "",
        "config_matches": "",
    },
    on="engine",
    limit=60,
)
