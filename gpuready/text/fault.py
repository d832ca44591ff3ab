"""The one kind of error that an operator is meant to read."""

from __future__ import annotations

from gpuready.text.say import say


class Fault(Exception):
    """Something the operator can put right: one sentence that names the place and the remedy.

    It carries a key of `gpuready.text.messages` and its fields, so that it is said in the language in
    force when it is shown.  The command line prints it on stderr and exits with 2; the screen shows it.
    """

    def __init__(self, key: str, /, **fields: object) -> None:
        super().__init__(key)
        self.key = key
        self.fields = fields

    def __str__(self) -> str:
        return say(self.key, **self.fields)
