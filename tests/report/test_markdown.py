"""The Markdown: it reads like the chapter, and nothing that people wrote becomes markup."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gpuready.checklist.verdict import Status, Verdict
from gpuready.report.markdown import escape, markdown, title
from gpuready.session import deeds
from gpuready.session.query import parse_query
from gpuready.text.safe import safe, safe_line
from gpuready.text.say import set_language
from tests.report.makers import FIRST, LATENCY, NOW, SECOND, STEP, VERSION, begin, board_of

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TODAY = NOW.date()
HOSTILE = [
    "# heading", "- [x] ticked", "1. one", "***", "---", "===", "> quote", "<script>alert(1)</script>",
    "[link](javascript:alert(1))", "![img](http://x/y.png)", "`code`", "~~~", "```", "|a|b|\n|-|-|", "&lt;",
    "a_b_ __c__", "*em*", "\\", "\\*", "    indented", "\ttab", "<!-- x", "[a]: http://b",
    "line\n\n# two", "+ plus",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _english() -> None:
    set_language("en")


def flat(tokens: list[Token]) -> list[Token]:
    return [each for token in tokens for each in (token, *(token.children or []))]


def texts(tokens: list[Token]) -> str:
    return "".join(
        "\n" if t.type in ("hardbreak", "softbreak") else t.content
        for t in flat(tokens)
        if t.type in ("text", "text_special", "hardbreak", "softbreak")
    )


@given(st.text(max_size=60) | st.sampled_from(HOSTILE))
@settings(deadline=None)
def test_escaped_text_shows_as_itself(text: str) -> None:
    line = escape(text)
    tokens = READER.parse(line)
    kinds = {token.type for token in flat(tokens)}
    assert kinds <= {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}
    # A reader takes several blanks for one; the words and all signs are as they were.
    assert texts(tokens).split() == safe_line(text).split()


@given(st.text(max_size=40))
@settings(deadline=None)
def test_a_title_keeps_code_and_nothing_else(text: str) -> None:
    kinds = {token.type for token in flat(READER.parse(f"- **1** {title(text)}"))}
    assert not kinds & {
        "link_open",
        "image",
        "html_inline",
        "html_block",
        "heading_open",
        "em_open",
        "s_open",
    }


def test_code_in_titles_stays() -> None:
    assert title("`nvidia-smi -L` shows * all_gpus") == "`nvidia-smi -L` shows \\* all_gpus"


async def page(tmp_path: Path, query: str | None = None) -> str:
    async with await begin(tmp_path / "a.gpuready") as session:
        if not session.state.check(STEP.ref).mark:
            sha = await session.attach(b"x", "smi.txt")
            await deeds.settle(session, STEP, Verdict.PASS, text="8 of 8", evidence=[sha])
            await deeds.enter(session, LATENCY, "1,500 us")
            await deeds.enter(session, VERSION, "1.0")
            await deeds.waive(session, VERSION, "old box", "chief", "+30d", TODAY)
            await deeds.own(session, SECOND, "ana")
            await deeds.due(session, SECOND, "2026-11-01", TODAY)
            await deeds.override(session, FIRST, Status.FAILED, "seen smoke")
            await deeds.note(session, SECOND.ref, "第一行\n第二行\n\n末行")
            for text in HOSTILE:
                await deeds.note(session, LATENCY.ref, text)
        board = board_of(session.state)
        parsed = parse_query(query, "ana", TODAY) if query else None
        files = {each.sha256: each.name for each in await session.all_evidence()}
        return markdown(board, "Site #1", "ana", parsed, files)


async def test_it_reads_like_the_chapter(tmp_path: Path) -> None:
    text = await page(tmp_path)
    assert text.startswith("# Site \\#1\n\nAs of 2026-11-24 09:00 UTC, by ana")
    for line in (
        "## 9 Own",
        "One rack · 1 of 3 items done · 2 failed · 1 overdue",
        "### 9.1 Phase",
        "- [ ] **9.1.1** Item — **failed** · its steps decide",
        "  - `s1` Step — pass",
        "    - figure: missing = 0",
        "    - 8 of 8",
        "- [ ] **9.1.2** Second — **failed** · owner ana · due 2026-11-01 (overdue) · needs 9.1.1 first",
        "  - `a1` Latency — **fail**",
        "    - 1,500 us; figure: \\< 1 ms",
        "- [x] **9.1.3** Third — done · its steps decide",
        "  - `s1` Step — waived",
        "    - 1.0; figure: ≥ 1.2",
    ):
        assert line in text.splitlines(), line
    assert re.search(r"evidence: smi.txt \(sha256 [0-9a-f]{64}\)", text)
    assert re.search(
        r"set to failed by ana, .*: seen smoke. The checks say: done \*\*They disagree.\*\*", text
    )
    assert "approved by chief: old box" in text
    assert "    第一行\\\n    第二行\n\n    末行" in text


async def test_notes_stay_inside_their_entry(tmp_path: Path) -> None:
    tokens = READER.parse(await page(tmp_path))
    kinds = [token.type for token in flat(tokens)]
    assert "html_block" not in kinds and "html_inline" not in kinds
    assert (
        "image" not in kinds
        and "link_open" not in kinds
        and "fence" not in kinds
        and "table_open" not in kinds
    )
    assert "code_block" not in kinds and "ordered_list_open" not in kinds and "hr" not in kinds
    assert [t.tag for t in tokens if t.type == "heading_open"] == ["h1", "h2", "h3"]
    shown = texts(tokens)
    for text in HOSTILE:
        for line in safe(text).split("\n"):
            assert " ".join(line.split()) in " ".join(shown.split())


async def test_in_chinese(tmp_path: Path) -> None:
    set_language("zh")
    text = await page(tmp_path)
    assert "## 9 自有" in text and "— **失败**" in text and "负责人 ana" in text and "(overdue)" not in text


async def test_the_filter(tmp_path: Path) -> None:
    await page(tmp_path)
    text = await page(tmp_path, "status:fail latency")
    assert "9.1.2" in text and "`a1`" in text and "**9.1.3**" not in text
    assert await page(tmp_path, "nowhere") == (
        "# Site \\#1\n\nAs of 2026-11-24 09:00 UTC, by ana, gpuready 0.1.0.\n\nOnly what matches: nowhere\n"
    )


async def test_a_stale_check_and_an_ended_waiver(tmp_path: Path) -> None:
    await page(tmp_path)
    async with await begin(tmp_path / "a.gpuready") as session:
        later = session.state.check(STEP.ref).mark
        assert later
        text = markdown(board_of(session.state, later.at + timedelta(days=40)), "", "ana")
    assert "`s1` Step — stale" in text
    assert "waiver ended on" in text
