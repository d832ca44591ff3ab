"""The Kubernetes panel: watched while the session has such a target, and what keys ask of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from gpuready.text.fault import Fault
from gpuready.text.say import say
from gpuready.tui.widgets.cluster import ClusterPanel

if TYPE_CHECKING:
    from gpuready.kube.panel.facts import ClusterSample, NodeFact
    from gpuready.kube.panel.watch import Watcher
    from gpuready.live.source import Unheard
    from gpuready.probes.probe import Target
    from gpuready.session.board import Board, CheckStanding
    from gpuready.tui.draw.line import Line
    from gpuready.tui.screens.main import MainScreen

_KIND = "kubernetes"


class WatchingKubernetes:
    """See `gpuready.tui.screens.watching.Watching`."""

    pane = "kubernetes"

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self.target: Target | None = None
        self._watcher: Watcher | None = None

    @property
    def panel(self) -> ClusterPanel:
        return self._screen.query_one("#kubernetes", ClusterPanel)

    def settle(self, known: Sequence[Target]) -> bool:
        """Watch what the session's targets name now; whether that is something else than before."""
        target = next((each for each in known if each.kind == _KIND), None)
        if target == self.target:
            return False
        self.target = target
        self.panel.forget()
        self._screen.run_worker(self._watch(target), group="cluster", exclusive=True)
        return True

    async def _watch(self, target: Target | None) -> None:
        """Stop watching what was watched, and watch that."""
        await self.stop()
        if target is None:
            return
        # The client takes a quarter of a second to import: keys need not wait for it.
        await asyncio.to_thread(_imported)
        from gpuready.kube.panel.watch import Watcher

        def hear(heard: ClusterSample | Unheard) -> None:
            # One that is being stopped tells of another cluster.
            if self._watcher is watcher and self._screen.is_mounted:
                self.panel.hear(heard)

        self._watcher = watcher = Watcher(target, hear)
        watcher.start()

    async def stop(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher:
            await watcher.stop()

    def fit(self) -> None:
        """Nothing to ask anew: what is drawn goes by the size."""

    # ---- what keys do ----------------------------------------------------------------------------

    def open(self) -> None:
        """Unfold what can be; read about the rest."""
        self._have()
        if not self.panel.fold() and self.panel.chosen:
            self._read()

    def _read(self) -> None:
        from gpuready.tui.draw.clusterparts import node_lines, thing_lines
        from gpuready.tui.screens.reader import Reader

        sample, node, key = self.panel.heard, self.panel.node, self.panel.chosen
        if sample is None:
            return
        title = key.partition(":")[2]
        if node is None:
            self._screen.app.push_screen(Reader(title, lambda width: thing_lines(sample, key, width)))
            return
        named, others = checks_of(self._screen.app.board, node)

        def draw(width: int) -> list[Line]:
            return node_lines(node, sample, named, others, width)

        self._screen.app.push_screen(Reader(title, draw))

    def window(self) -> None:
        """The next order of the nodes."""
        self._have()
        order = self.panel.next_order()
        self._screen.tell(say("cluster.order_now", order=say(f"cluster.by_{order}")))

    def selector(self) -> None:
        """Ask for words that what is shown must hold."""
        from gpuready.tui.screens.dialog import Dialog, Field

        self._have()

        async def submit(answers: Mapping[str, str]) -> str:
            self.panel.filter_by(answers["filter"])
            return answers["filter"]

        field = Field("filter", say("cluster.field_filter"), " ".join(self.panel.look.words))
        self._screen.writing.ask(Dialog(say("acts.selector_help"), [field], submit))

    def copy(self) -> None:
        """The command that shows the chosen thing, to the clipboard of the operator's own terminal."""
        self._have()
        command = described(self.panel.chosen, self.panel.heard.context if self.panel.heard else "")
        if command:
            self._screen.app.copy_to_clipboard(command)
            self._screen.tell(say("cluster.copied", text=command))

    def context(self) -> None:
        """Ask for another context of the kubeconfigs, to be watched and probed from now on."""
        from gpuready.engine.targets import add, parse_target, remove
        from gpuready.kube.kubeconfig import choices
        from gpuready.tui.screens.dialog import Dialog, Field

        old, session = self.target, self._screen.app.session
        found = choices([old.address] if old else [])
        if not found:
            raise Fault("cluster.no_contexts")

        async def submit(answers: Mapping[str, str]) -> str:
            new = parse_target(f"{_KIND}={answers['context']}")
            if old is not None and new.address != old.address:
                await remove(session, _KIND, old.name)
            await add(session, new)
            return say("cluster.context_now", context=new.name)

        words = tuple((address, context_words(address)) for address in found)
        now = old.address if old else found[0]
        field = Field("context", say("cluster.field_context"), now, words)
        self._screen.writing.ask(Dialog(say("acts.context_help"), [field], submit))

    def _have(self) -> None:
        if self.target is None:
            raise Fault("cluster.no_cluster")


def _imported() -> None:
    from gpuready.kube.panel import watch  # noqa: F401
    from gpuready.kube.settings import ready  # noqa: F401


def context_words(address: str) -> str:
    """A context as it is chosen: its name first, then the file that has it."""
    path, mark, context = address.partition("#")
    return f"{context}  ({path})" if mark else path


def checks_of(board: Board, node: NodeFact) -> tuple[list[CheckStanding], list[CheckStanding]]:
    """The checks whose last result names the node, and the others that are settled by reading nodes."""
    from gpuready.checklist.model import Kind
    from gpuready.engine.registry import probe_name
    from gpuready.kube import checks
    from gpuready.kube.check import DECLARED

    assert checks.PROBES  # they have declared what they read
    whole = re.compile(rf"(?<![\w.-]){re.escape(node.name)}(?![\w-]|\.\w)")
    named, others = [], []
    for each in standings(board):
        mark = each.known.mark
        texts = (mark.reason, mark.text, *(str(fields) for _, fields in mark.said)) if mark else ()
        methods = [method for method in each.check.methods if method.kind is Kind.KUBE]
        if any(whole.search(text) for text in texts):
            named.append(each)
        elif any("nodes" in DECLARED.get(probe_name(method), ()) for method in methods):
            others.append(each)
    return named, others


def standings(board: Board) -> Iterable[CheckStanding]:
    """All checks of all checklists."""
    return (check for item in board.items() for check in item.checks)


def described(key: str, context: str) -> str:
    """The kubectl command that describes what the row of that key names; empty for what has none."""
    sort, _, name = key.partition(":")
    where = f"kubectl --context {context} describe" if context else "kubectl describe"
    if sort == "node":
        return f"{where} node {name}"
    if sort == "pod":
        namespace, _, pod = name.partition("/")
        return f"{where} pod -n {namespace} {pod}"
    if sort == "engine":
        kind, namespace, workload = name.split("/", 2)
        return f"{where} {kind.lower()} -n {namespace} {workload}"
    return ""
