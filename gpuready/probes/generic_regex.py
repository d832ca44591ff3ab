"""Regular expressions from checklists, run in a child process: one that never ends would hold up everything
here, since Python's engine neither yields nor stops."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from gpuready.probes.probe import Broken, NoData
from gpuready.text.safe import safe_line

LONGEST = 2000
"""Characters of what matched that are kept."""

_MEMORY = 2**30  # bytes of address space for the child


@dataclass(frozen=True, slots=True)
class Search:
    """`found` is the first group of the first match, or all of it; `count` how many pieces match; `last` is
    the last of those."""

    matched: bool
    found: str = ""
    count: int = 0
    last: str = ""


async def search(pattern: str, pieces: Sequence[str], limit: float) -> Search:
    """Look for the pattern in each of the pieces; ``^`` and ``$`` mean lines.  `limit` in seconds.

    `Broken` when it is no regular expression, `NoData` when it does not come to an end.
    """
    argv = [sys.executable, "-P", "-m", __name__]
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(limit):
            out, _ = await process.communicate(json.dumps([pattern, list(pieces)]).encode())
    except TimeoutError:
        raise NoData("probes_generic.slow_regex", regex=_shown(pattern), seconds=f"{limit:.3g}") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    try:
        said = json.loads(out)
    except ValueError:  # it ran out of memory
        raise NoData("probes_generic.slow_regex", regex=_shown(pattern), seconds=f"{limit:.3g}") from None
    if "error" in said:
        raise Broken("probes_generic.bad_regex", regex=_shown(pattern), why=safe_line(said["error"])[:120])
    return Search(**said)


def _shown(pattern: str) -> str:
    return safe_line(pattern)[:100]


def _look(pattern: str, pieces: Sequence[str]) -> dict[str, object]:
    try:
        compiled = re.compile(pattern, re.MULTILINE)
    except (re.error, OverflowError, RecursionError, MemoryError) as error:
        return {"error": str(error) or type(error).__name__}
    hits = [(piece, match) for piece in pieces if (match := compiled.search(piece))]
    if not hits:
        return {"matched": False}
    match = hits[0][1]
    found = (match[1] or "") if compiled.groups else match[0]
    return {"matched": True, "found": found[:LONGEST], "count": len(hits), "last": hits[-1][0][:LONGEST]}


def _main() -> None:
    import ctypes
    import resource
    import signal

    ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG: it ends with us
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    pattern, pieces = json.load(sys.stdin.buffer)
    json.dump(_look(pattern, pieces), sys.stdout)


if __name__ == "__main__":
    _main()
