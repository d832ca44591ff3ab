"""Which service is which: a session has many, and most questions concern one kind."""

from __future__ import annotations

from gpuready.probes.probe import NotApplicable, Target
from gpuready.text.safe import safe_line


def another_kind(target: Target, own: str) -> NotApplicable | None:
    """What to raise when the service's option ``is`` says that it is another kind of service."""
    kind = target.options.get("is", "")
    if kind and kind != own:
        return NotApplicable(
            "probes_services.another_kind", name=safe_line(target.name), kind=safe_line(kind)
        )
    return None
