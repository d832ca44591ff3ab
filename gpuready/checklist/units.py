"""Units of measurements and figures: which can be compared, and how one converts into another."""

from __future__ import annotations

# dimension -> unit -> how many of the dimension's base unit it is
_DIMENSIONS: dict[str, dict[str, float]] = {
    "time": {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0},
    "share": {"ratio": 1.0, "%": 0.01},
    "size": {
        "B": 1.0,
        **{f"{p}B": 1000.0**n for n, p in enumerate(("k", "M", "G", "T", "P"), 1)},
        **{f"{p}iB": 1024.0**n for n, p in enumerate(("K", "M", "G", "T", "P"), 1)},
    },
    "byte rate": {
        "B/s": 1.0,
        **{f"{p}B/s": 1000.0**n for n, p in enumerate(("k", "M", "G", "T"), 1)},
        **{f"{p}iB/s": 1024.0**n for n, p in enumerate(("K", "M", "G", "T"), 1)},
    },
    "bit rate": {"bit/s": 1.0, **{f"{p}bit/s": 1000.0**n for n, p in enumerate(("k", "M", "G", "T"), 1)}},
    "count": {"count": 1.0},
    "times": {"x": 1.0},
    "event rate": {"1/s": 1.0, "1/min": 1 / 60, "1/h": 1 / 3600},
    "temperature": {"C": 1.0},
    "power": {"W": 1.0, "kW": 1000.0},
    "frequency": {"MHz": 1e6, "GHz": 1e9},
    "money": {"currency": 1.0},
    "version": {"version": 1.0},
    "date": {"date": 1.0},
    "nothing": {"": 1.0},
}
_DIMENSION_OF = {unit: dim for dim, units in _DIMENSIONS.items() for unit in units}

UNITS: tuple[str, ...] = tuple(_DIMENSION_OF)


def dimension(unit: str) -> str:
    """What the unit measures; KeyError for an unknown unit."""
    return _DIMENSION_OF[unit]


def comparable(one: str, other: str) -> bool:
    """Whether a value in one unit can be set against a figure in the other."""
    return dimension(one) == dimension(other)


def convert(value: float, unit: str, into: str) -> float:
    """The value, given in `unit`, in the unit `into`; ValueError when the two measure unlike things."""
    if not comparable(unit, into):
        raise ValueError(f"{unit!r} measures {dimension(unit)}, {into!r} measures {dimension(into)}")
    units = _DIMENSIONS[dimension(unit)]
    return value * units[unit] / units[into]
