"""Every check that the API of a cluster can settle, one module per area."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from gpuready.probes.probe import Probe


def _collect() -> tuple[Probe, ...]:
    """The checks of all modules of this folder, by module."""
    names = sorted(each.name for each in pkgutil.iter_modules(__path__))
    return tuple(each for name in names for each in import_module(f"{__name__}.{name}").CHECKS)


PROBES: tuple[Probe, ...] = _collect()
