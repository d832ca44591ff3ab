"""What an operator can do on the main screen: one declaration gives the key, the palette entry, the footer
and the help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.binding import Binding

from gpuready import places
from gpuready.text.fault import Fault
from gpuready.text.say import say


@dataclass(frozen=True, slots=True)
class Act:
    """`keys` are its default keys; `group` the chapter of the help.  `footer` acts are named on the last
    line, in this order.  `does` is the action of the main screen (or ``app.`` the app's); empty: the name's.
    """

    name: str
    keys: str
    group: str
    footer: bool = False
    does: str = ""

    @property
    def action(self) -> str:
        return self.does or self.name

    @property
    def label(self) -> str:
        """Two words at most."""
        return say(f"acts.{self.name}")

    @property
    def help(self) -> str:
        return say(f"acts.{self.name}_help")


ACTS: tuple[Act, ...] = (
    Act("up", "up,k", "move", does="move(-1)"),
    Act("down", "down,j", "move", does="move(1)"),
    Act("fold", "left,h", "move"),
    Act("unfold", "right,l", "move"),
    Act("choose", "enter", "move"),
    Act("page_up", "pageup,ctrl+b", "move", does="page(-1)"),
    Act("page_down", "pagedown,ctrl+f", "move", does="page(1)"),
    Act("top", "home,g", "move", does="move(-100000)"),
    Act("bottom", "end,G", "move", does="move(100000)"),
    Act("checklist_1", "1", "move", does="checklist(0)"),
    Act("checklist_2", "2", "move", does="checklist(1)"),
    Act("checklist_3", "3", "move", does="checklist(2)"),
    Act("checklist_4", "4", "move", does="checklist(3)"),
    Act("checklist_5", "5", "move", does="checklist(4)"),
    Act("next_checklist", "right_square_bracket", "move"),
    Act("next_pane", "tab", "move", footer=True, does="next_pane(1)"),
    Act("previous_pane", "shift+tab", "move", does="next_pane(-1)"),
    Act("zoom", "z", "move", footer=True),
    Act("back", "escape", "move"),
    Act("mark", "space", "write", footer=True, does="write('mark')"),
    Act("value", "v", "write", footer=True, does="write('value')"),
    Act("attest", "a", "write", footer=True, does="write('attest')"),
    Act("note", "n", "write", footer=True, does="write('note')"),
    Act("owner", "o", "write", footer=True, does="write('owner')"),
    Act("due", "d", "write", footer=True, does="write('due')"),
    Act("waive", "w", "write", does="write('waive')"),
    Act("undo", "u", "write", does="write('undo')"),
    Act("redo", "U", "write", does="write('redo')"),
    Act("run", "r", "measure", footer=True, does="measure('run')"),
    Act("run_phase", "R", "measure", does="measure('run_phase')"),
    Act("stop", "x", "measure", does="measure('stop')"),
    Act("plan", "p", "measure", does="measure('plan')"),
    Act("targets", "s", "measure", does="targets"),
    Act("signals", "S", "look", does="watch('signals')"),
    Act("alerts", "A", "look", does="watch('alerts')"),
    Act("window", "W", "look", does="watch('window')"),
    Act("selector", "equals_sign", "look", does="watch('selector')"),
    Act("context", "C", "look", does="watch('context')"),
    Act("copy", "y", "look", does="watch('copy')"),
    Act("history", "H", "look", does="write('history')"),
    Act("filter", "slash", "look", footer=True),
    Act("mine", "m", "look", does="only('owner:me')"),
    Act("only_open", "i", "look", does="only('status:open')"),
    Act("only_failed", "f", "look", does="only('status:fail')"),
    Act("only_overdue", "D", "look", does="only('status:overdue')"),
    Act("export", "e", "other", does="write('export')"),
    Act("language", "L", "other", does="app.language"),
    Act("theme", "T", "other", does="app.next_theme"),
    Act("palette", "colon,ctrl+p", "other", does="app.command_palette"),
    Act("redraw", "ctrl+l", "other", does="app.redraw"),
    Act("help", "question_mark,f1", "other", footer=True, does="write('help')"),
    Act("quit", "q,ctrl+q,ctrl+c", "other", footer=True, does="app.quit"),
)
GROUPS = ("move", "measure", "write", "look", "other")


def bindings(own: Mapping[str, str]) -> dict[Act, str]:
    """Each act with its keys: the operator's own where the settings name some.

    `Fault` for an act that does not exist.
    """
    known = {act.name for act in ACTS}
    for name in own:
        if name not in known:
            path = places.settings_file()
            raise Fault("settings.no_action", path=path, action=name, known=", ".join(sorted(known)))
    return {act: own.get(act.name, act.keys) for act in ACTS}


def binding(act: Act) -> Binding:
    """The act with its default keys; its id is what the settings name to give it others.

    With priority: keys that come in one burst of a slow line are then carried out one after the other, and
    what follows ``/`` or ``n`` is text, not commands.
    """
    return Binding(act.keys, act.action, act.name, show=False, priority=True, id=act.name)


def key_text(keys: str) -> str:
    """The keys as people write them: the first one of several is enough for a footer."""
    names = {
        "slash": "/", "question_mark": "?", "colon": ":", "space": "space", "escape": "esc", "pageup": "PgUp",
        "pagedown": "PgDn", "shift+tab": "shift-tab", "ctrl+p": "^p", "ctrl+q": "^q", "ctrl+b": "^b",
        "ctrl+f": "^f", "equals_sign": "=", "right_square_bracket": "]", "ctrl+c": "^c", "ctrl+l": "^l",
    }  # fmt: skip
    return " ".join(names.get(key.strip(), key.strip()) for key in keys.split(","))
