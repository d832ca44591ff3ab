"""Other programs, run without a shell, within a time and a size, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gpuready.probes.probe import Broken, Exchange, NoData
from gpuready.text.redact import redact

OUTPUT_LIMIT = 4 * 2**20  # bytes of stdout; a program that says more is stopped


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended: its exit code (negative: the signal), and what it said."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def exchange(self) -> Exchange:
        said = self.out + (f"\n[stderr] {self.err}" if self.err.strip() else "")
        return Exchange(f"$ {shlex.join(self.argv)}", redact(f"{said}\n[exit {self.code}]"))


async def run(argv: Sequence[str], *, limit: float, env: Mapping[str, str] | None = None) -> Done:
    """Run the program and return how it ended.

    `limit` in seconds.  `env` is added to a bare environment (PATH, HOME, LANG=C): what is in ours stays
    ours.  `NoData` when the program is not installed or the time is over, `Broken` when it says more than
    `OUTPUT_LIMIT`.  However it ends, cancellation included, its whole process group is gone afterwards.
    """
    if shutil.which(argv[0]) is None:
        raise NoData("probes.no_tool", tool=argv[0])
    bare = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/"), "LANG": "C"}
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        env=bare | dict(env or {}),
    )
    try:
        async with asyncio.timeout(limit):
            out, err = await asyncio.gather(_read(process.stdout, argv[0]), _read(process.stderr, argv[0]))
            code = await process.wait()
    except TimeoutError:
        raise NoData("probes.too_slow", what=argv[0], seconds=f"{limit:g}") from None
    finally:
        await _end(process)
    return Done(tuple(argv), code, out, err)


async def _read(stream: asyncio.StreamReader | None, name: str) -> str:
    assert stream is not None
    data = bytearray()
    while chunk := await stream.read(65536):
        data += chunk
        if len(data) > OUTPUT_LIMIT:
            raise Broken("probes.too_much", what=name, limit=OUTPUT_LIMIT // 2**20)
    return data.decode(errors="replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Gently first, so that a program can remove what it made; then by force."""
    for sign, patience in ((signal.SIGTERM, 0.5), (signal.SIGKILL, 0.5)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        if process.returncode is not None:
            continue  # the group may hold children that outlived it: the second round is theirs
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(process.wait()), patience)
    # What was not read to its end keeps its pipe open otherwise; asyncio has no public way to let go of it.
    process._transport.close()  # type: ignore[attr-defined]
