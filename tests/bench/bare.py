"""The yardstick of the start: a Textual app with a tree of 500 nodes and nothing else."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widgets import Tree


class Bare(App[None]):
    BINDINGS: ClassVar = [("q", "quit", "quit")]

    def compose(self) -> ComposeResult:
        tree: Tree[None] = Tree("root")
        tree.root.expand()
        for number in range(50):
            branch = tree.root.add(f"branch {number}", expand=True)
            for leaf in range(9):
                branch.add_leaf(f"leaf {number}.{leaf}")
        yield tree


if __name__ == "__main__":
    Bare().run()
