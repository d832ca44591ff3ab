"""Which methods this program can carry out.

The checklists know no probe: the floor that does tells this one with `register`.  Until it has, only what a
person can do by hand counts as available.
"""

from __future__ import annotations

from collections.abc import Callable

from gpuready.checklist.model import BY_HAND, Method

_also: Callable[[Method], bool] | None = None


def register(also: Callable[[Method], bool] | None) -> None:
    """Let `also` say which methods besides those by hand can be carried out; None forgets it."""
    global _also  # one program, one catalogue: what is installed does not differ by caller
    _also = also


def available(method: Method) -> bool:
    """Whether the method can be carried out by this program.

    Whether it applies at a site (is there such a target, may it run) is for the plan to say.
    """
    return method.kind in BY_HAND or (_also is not None and _also(method))
