"""The table of signals, read from TOML: what is shipped, and what an operator adds or puts before it."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gpuready.checklist.model import Words
from gpuready.checklist.units import UNITS
from gpuready.places import own_signals
from gpuready.prometheus.signal import FOLDS, Signal, Table, Way
from gpuready.text.fault import Fault

SHIPPED = Path(__file__).parent / "signals"
BETTER = ("", "higher", "lower")

_SIGNAL = {"en", "zh", "unit", "group", "better", "quantiles", "fold", "labels", "low", "high", "from"}
_WAY = {"exporter", "needs", "each", "expr", "histogram", "summary", "cannot", "scale", "traffic"}
_FORMS = ("each", "expr", "histogram", "summary", "cannot")


@functools.cache
def signals() -> Table:
    """All signals: the shipped ones, and those of the operator's ``signals`` folder.  A signal there that is
    shipped too has its ways put before the shipped ones.  `Fault` names file and signal of a mistake."""
    table = read(sorted(SHIPPED.glob("*.toml")))
    for own in read(sorted(own_signals().glob("*.toml")), known=table).values():
        table[own.id] = own
    return table


def read(files: Iterable[Path], known: Table | None = None) -> dict[str, Signal]:
    """The signals of these files by id.  What is in `known` need only give what it adds."""
    found: dict[str, Signal] = {}
    for path in files:
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Fault("prometheus.bad_table", path=path, what=str(error)) from None
        for name, each in raw.items():
            if name in found:
                raise _fault(path, name, "it is there twice")
            found[name] = _signal(path, name, each, (known or {}).get(name))
    return found


def _signal(path: Path, name: str, raw: Any, known: Signal | None) -> Signal:
    if not isinstance(raw, dict):
        raise _fault(path, name, "a table is due")
    if stray := sorted(set(raw) - _SIGNAL):
        raise _fault(path, name, f"unknown: {stray[0]}")
    given = raw.get("from", [])
    if not isinstance(given, list) or not given:
        raise _fault(path, name, "from is missing")
    ways = tuple(_way(path, name, each) for each in given)
    if known is not None:
        return replace(known, ways=(*ways, *known.ways))
    try:
        signal = Signal(
            id=name,
            words=Words(str(raw["en"]), str(raw["zh"])),
            unit=str(raw["unit"]),
            group=str(raw["group"]),
            better=str(raw.get("better", "")),
            quantiles=bool(raw.get("quantiles", False)),
            fold=str(raw.get("fold", "avg")),
            labels=tuple(map(str, raw.get("labels", ()))),
            low=_number(raw.get("low")),
            high=_number(raw.get("high")),
            ways=ways,
        )
    except KeyError as error:
        raise _fault(path, name, f"{error.args[0]} is missing") from None
    except (TypeError, ValueError) as error:
        raise _fault(path, name, str(error)) from None
    if signal.unit not in UNITS or signal.better not in BETTER or signal.fold not in FOLDS:
        raise _fault(path, name, f"unit {signal.unit!r}, better {signal.better!r} or fold {signal.fold!r}")
    return signal


def _way(path: Path, name: str, raw: Any) -> Way:
    if not isinstance(raw, dict) or (stray := sorted(set(raw) - _WAY)):
        raise _fault(path, name, f"from: unknown: {stray[0]}" if isinstance(raw, dict) else "from: tables")
    forms = [form for form in _FORMS if form in raw]
    if len(forms) != 1 or "exporter" not in raw or not raw.get("needs"):
        raise _fault(path, name, f"from: exporter, needs and one of {', '.join(_FORMS)}")
    texts: dict[str, Any] = {form: " ".join(str(raw[form]).split()) for form in forms if form != "cannot"}
    if isinstance(cannot := raw.get("cannot"), Mapping):
        texts["cannot"] = Words(str(cannot.get("en", "")), str(cannot.get("zh", "")))
    return Way(
        exporter=str(raw["exporter"]),
        needs=tuple(map(str, raw["needs"])),
        scale=float(raw.get("scale", 1.0)),
        traffic=" ".join(str(raw.get("traffic", "")).split()),
        **texts,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _fault(path: Path, name: str, what: str) -> Fault:
    return Fault("prometheus.bad_signal", path=path, signal=name, what=what)
