"""One sampler process as the event loop sees it: lines in, samples and silences out."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time

from gpuready.live.facts import GpuSample, SourceName
from gpuready.live.launch import launch
from gpuready.live.source import Listener, Silence
from gpuready.live.wire import decode
from gpuready.text.safe import safe_line

LEAST_DEADLINE = 3.0  # seconds without a line after which a child is silent, or three intervals if longer
KILL_AFTER = 15.0  # seconds of silence
KILL_AFTER_START = 60.0  # without persistence mode the driver first wakes every GPU, one after the other
CALM = 30.0  # a child that lived this long starts the back-off anew
LONGEST_BACK_OFF = 30.0
LONGEST_LINE = 4 << 20
STUCK = "stuck"  # the detail of a hung child that outlives SIGKILL: the kernel holds it


class Child:
    """Listens to one sampler without ever waiting for it.

    It says each sample and each change into silence to the listener, on the event loop.  A child that is
    silent for `KILL_AFTER` is killed; while it refuses to die (a driver call that the kernel does not
    give up) nothing is started beside it, because the next one would only hang as well.
    """

    def __init__(
        self,
        source: SourceName,
        interval: float,
        listener: Listener,
        process: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self.source = source
        self._interval = interval
        self._listener = listener
        self._process = process
        self._deadline = max(3 * interval, LEAST_DEADLINE)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._begun = self._heard = self._loop.time()
        self._heard_at = time.time()
        self._spoke = False
        self._killed_at: float | None = None
        self._closed_at: float | None = None
        self._back_off = 1.0
        self._said: Silence | None = None
        self._line = bytearray()
        self._errors = bytearray()

    @property
    def pid(self) -> int | None:
        """The process that runs now, if one does."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Begin to listen to the process it was given, or to one that it starts."""
        if self._process is None:
            self._launch()
        else:
            self._attach(self._process)

    def end(self) -> None:
        """Stop listening and kill; does not wait."""
        if self._timer:
            self._timer.cancel()
        if self._process:
            self._detach(self._process)
            self._process.kill()

    def gone(self) -> bool:
        """Whether no process of it is left."""
        return self._process is None or self._process.poll() is not None

    # --- the process ------------------------------------------------------------------------------

    def _launch(self) -> None:
        try:
            process = launch(self.source, self._interval)
        except OSError as error:
            self._say(Silence(self.source, self._heard_at, "died", safe_line(str(error))))
            self._restart_later()
            return
        self._attach(process)

    def _attach(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._begun = self._heard = self._loop.time()
        self._spoke = False
        self._killed_at = self._closed_at = None
        self._line.clear()
        self._errors.clear()
        assert process.stdout and process.stderr  # launch asks for both
        for pipe, read in ((process.stdout, self._read), (process.stderr, self._read_errors)):
            os.set_blocking(pipe.fileno(), False)
            self._loop.add_reader(pipe.fileno(), read, pipe.fileno())
        self._watch_in(self._deadline)

    def _detach(self, process: subprocess.Popen[bytes]) -> None:
        for pipe in (process.stdout, process.stderr):
            if pipe and not pipe.closed:
                self._loop.remove_reader(pipe.fileno())
                pipe.close()

    def _restart_later(self) -> None:
        self._process = None
        if self._loop.time() - self._begun > CALM:
            self._back_off = 1.0
        self._timer = self._loop.call_later(self._back_off, self._launch)
        self._back_off = min(self._back_off * 2, LONGEST_BACK_OFF)

    # --- what it writes ---------------------------------------------------------------------------

    def _read(self, pipe: int) -> None:
        try:
            data = os.read(pipe, 1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:  # it ended, or soon will
            self._loop.remove_reader(pipe)
            if self._killed_at is None:
                self._closed_at = self._loop.time()
            self._watch_in(0.0)
            return
        self._line += data
        *lines, rest = self._line.split(b"\n")
        self._line = rest if len(rest) < LONGEST_LINE else bytearray()
        for line in lines:
            self._take(bytes(line))

    def _take(self, line: bytes) -> None:
        try:
            sample = decode(line)
        except ValueError:
            return  # not ours (a library that prints): were it all that comes, the deadline tells
        if isinstance(sample, GpuSample) is not (self.source == "gpu"):
            return
        self._heard = self._loop.time()
        self._heard_at = time.time()
        self._spoke = True
        self._said = None
        self._listener(sample)

    def _read_errors(self, pipe: int) -> None:
        try:
            data = os.read(pipe, 1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._errors += data
            del self._errors[:-4096]
        else:
            self._loop.remove_reader(pipe)

    # --- when it does not -------------------------------------------------------------------------

    def _watch_in(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._due = self._loop.time() + seconds
        self._timer = self._loop.call_at(self._due, self._watch)

    def _watch(self) -> None:
        process = self._process
        if process is None:
            return
        now = self._loop.time()
        if process.poll() is not None:
            self._ended(process)
        elif self._killed_at is not None:
            self._watch_the_dying(now - self._killed_at)
        elif self._closed_at is not None:
            if now - self._closed_at > 1.0:
                self._kill(process)
            self._watch_in(0.02)
        else:
            if now - self._due > 1.0:
                self._heard = now  # it was this loop that stood still (Ctrl-Z), so judge it anew
            self._watch_the_silent(process, now - self._heard)

    def _watch_the_silent(self, process: subprocess.Popen[bytes], silent: float) -> None:
        patience = KILL_AFTER if self._spoke else max(KILL_AFTER, KILL_AFTER_START)
        if silent >= patience:
            self._kill(process)
            self._watch_in(0.02)
        elif silent >= self._deadline:
            self._say(Silence(self.source, self._heard_at, "hung"))
            self._watch_in(patience - silent)
        else:
            self._watch_in(self._deadline - silent)

    def _watch_the_dying(self, dying: float) -> None:
        if dying > 1.0:
            self._say(Silence(self.source, self._heard_at, "hung", STUCK))
        self._watch_in(0.02 if dying < 1.0 else 1.0)

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        self._killed_at = self._loop.time()

    def _ended(self, process: subprocess.Popen[bytes]) -> None:
        if process.stderr and not process.stderr.closed:
            self._read_errors(process.stderr.fileno())
        self._detach(process)
        if self._killed_at is None or self._closed_at is not None:  # not killed for its silence
            self._say(Silence(self.source, self._heard_at, "died", self._last_words(process.returncode)))
        self._restart_later()

    def _last_words(self, code: int) -> str:
        lines = self._errors.decode("utf-8", "replace").strip().splitlines()
        if lines:
            return safe_line(lines[-1])[:300]
        if code < 0:
            try:
                return signal.Signals(-code).name
            except ValueError:
                return f"signal {-code}"
        return f"exit {code}"

    def _say(self, silence: Silence) -> None:
        if silence != self._said:
            self._said = silence
            self._listener(silence)
