"""Recordings of a machine: made, read, and played again as if it were live.

A recording is JSON Lines, gzip when its name ends in ``.gz``.  The first line is the header::

    {"gpuready": "recording", "schema": 1, "made": "2026-11-24T08:30:00+00:00", "host": "...", "note": "..."}

and every other line one sample as `gpuready.live.wire` writes it.  A recording whose writer was killed ends
in half a line; it reads up to the last whole one.

The demo that comes with the package (`demo_path`) is of pretend GPUs, and its note says so.  It is made in
a checkout, as root (for a process table of its own), by::

    tests/nvml/record_demo.sh gpuready/live/demo.jsonl.gz

which builds the pretend NVML of ``tests/nvml``, starts stand-ins named like the processes of an inference
node in name spaces of their own (so the host is ``demo-node``), and there does what these would do::

    LD_LIBRARY_PATH=FOLDER_OF_THE_PRETEND_NVML PRETEND_NVML=demo PRETEND_NVML_PIDS=... \\
        gpuready record demo.jsonl.gz --seconds 120 --note "synthetic: 8 pretend H100s"
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from gpuready.live.facts import Sample
from gpuready.live.source import Silence, Source
from gpuready.live.wire import decode, encode, parse
from gpuready.text.fault import Fault
from gpuready.text.safe import safe_line

SCHEMA = 1
_LONGEST_LINE = 4 << 20
_FLUSH = 10.0  # seconds of work that a power cut may cost


@dataclass(frozen=True, slots=True)
class Header:
    """What a recording says of itself; `made` is an ISO time."""

    made: str
    host: str
    note: str


def demo_path() -> Path:
    """The recording that comes with the package: 120 s of 8 pretend H100s."""
    return Path(str(files("gpuready.live").joinpath("demo.jsonl.gz")))


# --- reading ----------------------------------------------------------------------------------------


def read_header(path: Path) -> Header:
    """The header of that file; Fault when it is no recording."""
    for _, line in _lines(path):
        return _header(path, line)
    raise Fault("live.not_recording", path=path)


def read_samples(path: Path) -> Iterator[Sample]:
    """The samples of that file, one after the other as they are asked for.

    Fault ``live.bad_recording`` (with the line's number) at the first line that is no sample,
    ``live.empty_recording`` at the end of a file without any.
    """
    empty = True
    for number, line in _lines(path):
        if number == 1:
            _header(path, line)
            continue
        try:
            sample = decode(line)
        except ValueError as error:
            if not line.endswith(b"\n"):
                break  # the writer was killed
            raise Fault(
                "live.bad_recording", path=path, line=number, what=safe_line(str(error))[:200]
            ) from None
        empty = False
        yield sample
    if empty:
        raise Fault("live.empty_recording", path=path)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            while line := file.readline(_LONGEST_LINE):
                number += 1
                yield number, line
    except EOFError:
        return  # gzip cut short: the writer was killed
    except (gzip.BadGzipFile, zlib.error) as error:
        if number == 0:
            raise Fault("live.not_recording", path=path) from None
        raise Fault("live.bad_recording", path=path, line=number + 1, what=str(error)) from None
    except OSError as error:
        raise Fault("live.no_recording", path=path, error=error.strerror or error) from None


def _header(path: Path, line: bytes) -> Header:
    try:
        plain = parse(line)
    except ValueError:
        plain = None
    if not isinstance(plain, dict) or plain.get("gpuready") != "recording":
        raise Fault("live.not_recording", path=path)
    schema = plain.get("schema")
    if type(schema) is not int or schema < 1:
        raise Fault("live.not_recording", path=path)
    if schema > SCHEMA:
        raise Fault("live.newer_recording", path=path, schema=schema, known=SCHEMA)
    made, host, note = (safe_line(str(plain.get(key) or ""))[:200] for key in ("made", "host", "note"))
    return Header(made, host, note)


# --- writing ----------------------------------------------------------------------------------------


class Writer:
    """Writes a recording line by line; a context manager.  Fault when the file cannot be written."""

    def __init__(
        self, path: Path, *, host: str | None = None, note: str = "", overwrite: bool = False
    ) -> None:
        self.path = path
        self.count = 0
        self._flushed = time.monotonic()
        header = {
            "gpuready": "recording",
            "schema": SCHEMA,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "host": socket.gethostname() if host is None else host,
            "note": note,
        }
        try:
            self._raw = path.open("wb" if overwrite else "xb")
        except FileExistsError:
            raise Fault("live.recording_exists", path=path) from None
        except OSError as error:
            raise Fault("live.cannot_record", path=path, error=error.strerror or error) from None
        self._file: IO[bytes] | gzip.GzipFile = self._raw
        if path.suffix == ".gz":
            self._file = gzip.GzipFile(filename="", mode="wb", fileobj=self._raw, mtime=0)
        self._put(json.dumps(header))

    def write(self, sample: Sample) -> None:
        """Append that sample."""
        self._put(encode(sample))
        self.count += 1

    def close(self) -> None:
        """Finish the file."""
        try:
            self._file.close()
            self._raw.close()
        except OSError as error:
            raise Fault("live.cannot_record", path=self.path, error=error.strerror or error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _put(self, line: str) -> None:
        try:
            self._file.write(line.encode() + b"\n")
            if time.monotonic() - self._flushed > _FLUSH:
                self._flushed = time.monotonic()
                self._file.flush()
        except OSError as error:
            raise Fault("live.cannot_record", path=self.path, error=error.strerror or error) from None


async def record(
    source: Source,
    path: Path,
    *,
    seconds: float,
    host: str | None = None,
    note: str = "",
    overwrite: bool = False,
    heard: Callable[[Sample | Silence], None] | None = None,
) -> int:
    """Record that source for so many seconds, then stop it; the number of samples.

    `heard` is called with all that comes, for a progress display.  Cancelling ends the recording early
    with a good file.  Fault when the file cannot be written.
    """
    failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    with Writer(path, host=host, note=note, overwrite=overwrite) as writer:

        def listen(what: Sample | Silence) -> None:
            if failed.done():
                return
            if not isinstance(what, Silence):
                try:
                    writer.write(what)
                except Fault as fault:
                    failed.set_exception(fault)
                    return
            if heard:
                heard(what)

        source.start(listen)
        try:
            await asyncio.wait_for(failed, seconds)
        except TimeoutError:
            pass
        finally:
            failed.cancel()
            await source.stop()
        return writer.count
