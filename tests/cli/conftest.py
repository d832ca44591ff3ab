"""The command line in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gpuready.text.say import set_language

_SPEAKING = ("GPUREADY_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "GPUREADY_SESSION")


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Program:
    """Runs gpuready; `folder` is the home in which it runs."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.session = folder / "site.gpuready"
        self.environ = environ

    def __call__(self, *arguments: str | Path, stdin: bytes = b"", **environ: str) -> Answer:
        """In a process of its own, as an operator runs it."""
        done = subprocess.run(
            [sys.executable, "-m", "gpuready", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            env=self.environ | environ,
            cwd=self.folder,
            timeout=60,
            check=False,
        )
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())

    def on(self, *arguments: str | Path, stdin: bytes = b"") -> Answer:
        """The same on the test's session."""
        return self("--session", self.session, *arguments, stdin=stdin)


@dataclass
class Inside:
    """Runs the same command line inside the test's process: quicker, for what needs no process."""

    capsys: pytest.CaptureFixture[str]
    session: Path

    def __call__(self, *arguments: str | Path) -> Answer:
        from gpuready.cli.main import run

        code = run([str(each) for each in arguments])
        captured = self.capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    def on(self, *arguments: str | Path) -> Answer:
        return self("--session", self.session, *arguments)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in _SPEAKING:
        monkeypatch.delenv(name, raising=False)
    for name in ("DATA", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    # One cache for all tests: the checklists are read from JSON after the first.
    cache = Path(os.environ.get("GPUREADY_TEST_CACHE") or tmp_path.parent / "cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("GPUREADY_OPERATOR", "ana")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


@pytest.fixture
def gpuready(home: Path) -> Program:
    return Program(home, dict(os.environ))


@pytest.fixture
def inside(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    # What another test has left hanging in this process must not make the program end it.
    monkeypatch.setattr("gpuready.engine.run._late", set())
    yield Inside(capsys, home / "site.gpuready")
    set_language("en")


def lines(text: str) -> Sequence[str]:
    return text.strip().splitlines()
