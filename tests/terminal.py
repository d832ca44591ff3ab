"""A real program on a real pty, its screen as a terminal would show it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import psutil
import pyte

KEYS = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "enter": "\r", "esc": "\x1b",
    "tab": "\t", "space": " ", "ctrl+s": "\x13", "backspace": "\x7f", "pagedown": "\x1b[6~",
    "pageup": "\x1b[5~",
}  # fmt: skip
# What the emulator below does not know and would draw as text.
_FOREIGN = re.compile(
    rb"\x1b\[[<>=][0-9;:]*[A-Za-z]|\x1b\[\?[0-9;]*\$p|\x1b\[\?[0-9;]*u|\x1b[P_^X][^\x1b]*\x1b\\"
)
_SYNC_QUERY = re.compile(rb"\x1b\[\?2026\$p")
_CUT = re.compile(rb"\x1b(?:\[[0-9;:<>=?$ ]*|[P_^X][^\x1b]*\x1b?)?$")


class Terminal:
    """Runs `argv` on a pty of that size.

    Use it as a context manager: at its end the whole process group is gone.  `log` holds what arrived as
    (seconds since the start, bytes).
    """

    def __init__(
        self, argv: Sequence[str], *, columns: int = 120, rows: int = 40, env: Mapping[str, str] | None = None
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._carry = b""
        self.log: list[tuple[float, bytes]] = []
        self._emulated = 0
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self._slave = slave
        clean = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        bare = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            list(argv),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=clean | bare | dict(env or {}),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        for process in self.tree():
            with contextlib.suppress(psutil.Error):
                process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)

    def tree(self) -> list[psutil.Process]:
        """The program and all its children."""
        with contextlib.suppress(psutil.Error):
            program = psutil.Process(self.process.pid)
            return [program, *program.children(recursive=True)]
        return []

    def read(self, timeout: float) -> bool:
        """Take in what arrives within `timeout` seconds; False when nothing did."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, timeout))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:
            data = b""
        if not data:
            return False
        self.log.append((time.perf_counter() - self.started, data))
        if _SYNC_QUERY.search(data):
            os.write(self._master, b"\x1b[?2026;2$y")  # as a current terminal answers
        return True

    def emulate(self) -> None:
        """Bring the screen up to what has arrived."""
        while self._emulated < len(self.log):
            self.emulate_one()

    def emulate_one(self) -> float:
        """Paint the next chunk that arrived; when it did."""
        at, data = self.log[self._emulated]
        self._emulated += 1
        data = _FOREIGN.sub(b"", self._carry + data)
        cut = _CUT.search(data)
        self._carry = data[cut.start() :] if cut else b""
        self._stream.feed(data[: len(data) - len(self._carry)])
        return at

    @property
    def pending(self) -> bool:
        return self._emulated < len(self.log)

    def text(self) -> str:
        self.emulate()
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait_for(self, what: str | Callable[[str], bool], timeout: float = 20.0) -> str:
        """Read until the screen shows the text (or satisfies the test); the screen.

        AssertionError with the screen when it does not within `timeout` seconds.
        """
        holds = what if callable(what) else lambda text: what in text
        latest = time.perf_counter() + timeout
        while not holds(self.text()):
            left = latest - time.perf_counter()
            if left <= 0 or (
                not self.read(min(left, 0.2)) and self.process.poll() is not None and not self.read(0)
            ):
                raise AssertionError(f"waited for {what!r}; the screen shows:\n{self.text()}")
        return self.text()

    def send(self, *keys: str) -> None:
        """Press keys: names of `KEYS`, or texts typed as they are."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def resize(self, columns: int, rows: int) -> None:
        """Another size, as when a window is dragged: what stood there is gone."""
        self.emulate()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)
        self.screen.reset()
        os.killpg(self.process.pid, signal.SIGWINCH)

    def raw(self, since: int = 0) -> bytes:
        return b"".join(data for _, data in self.log[since:])

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def wait(self, timeout: float = 10.0) -> int:
        """Read until the program has ended; its exit code."""
        latest = time.perf_counter() + timeout
        while self.process.poll() is None:
            assert time.perf_counter() < latest, f"still running; the screen shows:\n{self.text()}"
            self.read(0.05)
        while self.read(0.05):
            pass
        return self.process.returncode

    def cpu(self) -> float:
        """CPU seconds that the program and its children have taken."""
        total = 0.0
        for process in self.tree():
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        return total

    def memory(self) -> int:
        """Proportional set size of all of them, in bytes."""
        total = 0
        for process in self.tree():
            with contextlib.suppress(psutil.Error):
                total += process.memory_full_info().pss
        return total
