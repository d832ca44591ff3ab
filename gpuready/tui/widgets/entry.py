"""Where text is typed: each key is carried out in its turn, however many come in one burst."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Input

from gpuready.text.safe import safe_line

if TYPE_CHECKING:
    from textual.widget import Widget as _Base
else:
    _Base = object  # a widget's own classes of components and styles must come from its other base


class InOrder(_Base):
    """Carries out the keys that are bound to this widget itself as they come.

    Textual lets a bound key climb to the app and come back from there, while the letters behind it are
    taken at once: out of "backspace 5", sent together by a slow line, it makes "5 backspace".
    """

    async def on_key(self, event: events.Key) -> None:
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)
            return


class Entry(InOrder, Input):
    """One line, in which a colleague's text and a pasted one are harmless too.

    Its cursor does not blink: that would cost 2.5 kB/s over SSH.
    """

    def validate_value(self, value: str) -> str:
        return safe_line(value)

    def on_mount(self) -> None:
        self.cursor_blink = False
