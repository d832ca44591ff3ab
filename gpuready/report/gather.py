"""Between a session's file and its document."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from gpuready.report.document import Contents, Imported, from_document
from gpuready.report.format import parse
from gpuready.session.store import Session
from gpuready.text.fault import Fault


async def gather(session: Session) -> Contents:
    """All that the session holds, for an export or a merge."""
    events = await session.events()
    return Contents(
        id=session.id,
        state=session.state,
        events=tuple(events),
        evidence=tuple(await session.all_evidence()),
        documents=tuple(await session.all_documents()),
    )


def read_export(file: Path) -> Imported:
    """What a JSON or TOML export holds, verified; `Fault` that names the file and the place."""
    try:
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise Fault("report.unreadable", path=file, error=reason) from None
    return from_document(parse(data, file), file)


async def restore(file: Path, path: Path, actor: str) -> int:
    """Import an export into the new session file `path`; the number of its events.

    `Fault` when the export is broken or the session already holds something; a session file that was made
    for it is then taken away again.
    """
    imported = read_export(file)
    with _removed_on_failure(path):
        async with await Session.open(path, actor=actor) as session:
            if len(session.state):
                raise Fault("report.not_empty", path=path, count=len(session.state))
            return await session.absorb(imported.events, imported.evidence, imported.documents)


@contextlib.contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    """Take the file away again when what follows fails, if it was not there before."""
    is_new = not path.exists()
    try:
        yield
    except BaseException:
        if is_new:
            with contextlib.suppress(OSError):
                path.unlink()
        raise
