"""Which methods this version can carry out."""

from __future__ import annotations

from gpuready.checklist.model import BY_HAND, Method


def available(method: Method) -> bool:
    """Whether the method can be used here and now.

    No probe has been built in yet, so these are the two by which a person settles a check; the others are
    declared in the checklists and shown as not available yet.
    """
    return method.kind in BY_HAND
