"""A session as one text, in the format asked for."""

from __future__ import annotations

from typing import Literal

from gpuready.report.gather import gather
from gpuready.session.board import Board
from gpuready.session.query import Query
from gpuready.session.store import Session

Form = Literal["json", "toml", "md"]
FORMS: tuple[Form, ...] = ("json", "toml", "md")


async def export_text(session: Session, board: Board, form: Form, by: str, query: Query | None = None) -> str:
    """JSON and TOML hold everything and can be imported again; Markdown is to be read, and only it can be
    narrowed by a query.  `by` is who exports."""
    if form == "md":
        from gpuready.report.markdown import markdown

        names = {each.sha256: each.name for each in await session.all_evidence()}
        return markdown(board, session.state.name, by, query, names)
    from gpuready.report.document import to_document
    from gpuready.report.format import json_text, toml_text

    document = to_document(await gather(session), board, by)
    return json_text(document) if form == "json" else toml_text(document)
