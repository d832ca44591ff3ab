"""Help in both languages, and what it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gpuready import __version__
from gpuready.cli.main import COMMANDS
from gpuready.text.messages import cli, deeds, report
from tests.cli.conftest import Inside, Program

HEAVY = (
    "textual",
    "asyncio",
    "sqlite3",
    "aiosqlite",
    "pynvml",
    "psutil",
    "kubernetes",
    "rich",
    "tomli_w",
    "httpx",
)
CHINESE = "\u4e00"


def test_help_imports_nothing_heavy(gpuready: Program) -> None:
    script = (
        "import sys\n"
        "from gpuready.cli.main import run\n"
        "code = run(['--help'])\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], code, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=gpuready.environ, check=True
    )
    assert done.stderr.strip() == "[] 0"
    assert "Usage: gpuready" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_in_both_languages(name: str, inside: Inside) -> None:
    for lang, usage in (("en", "Usage:"), ("zh", "用法：")):
        answer = inside("--lang", lang, name, "--help")
        assert answer.code == 0 and answer.out.startswith(usage), answer
        assert any(letter >= CHINESE for letter in answer.out) is (lang == "zh")
        assert "--session" in answer.out and "--lang" in answer.out


def test_the_language_comes_from_option_environment_and_settings(gpuready: Program) -> None:
    assert "用法：" in gpuready("--help", GPUREADY_LANG="zh").out
    assert "用法：" in gpuready("--help", LC_ALL="zh_CN.UTF-8").out
    assert "Usage:" in gpuready("--help", "--lang", "en", LC_ALL="zh_CN.UTF-8").out
    folder = gpuready.folder / "config" / "gpuready"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text('language = "zh"\n')
    assert "用法：" in gpuready("-h").out
    assert "Usage:" in gpuready("-h", "--lang=en").out


def test_the_version_goes_before_and_after(inside: Inside) -> None:
    for arguments in (["--version"], ["status", "--version"]):
        answer = inside(*arguments)
        assert (answer.code, answer.out) == (0, f"gpuready {__version__}\n")


def test_options_go_before_and_after(inside: Inside) -> None:
    marked = inside("mark", "13.1.1.1.s1", "--pass", "--session", inside.session)
    assert marked.code == 0 and inside.session.exists()
    before = inside("--session", inside.session, "history", "13.1.1.1.s1")
    after = inside("history", "13.1.1.1.s1", "--session", inside.session, "--lang", "zh")
    assert before.code == after.code == 0
    assert "marked" in before.out and "标记" in after.out


def test_a_group_alone_shows_its_help_and_exits_2(inside: Inside) -> None:
    answer = inside("checklist")
    assert answer.code == 2 and answer.out == ""
    assert "lint" in answer.err


@pytest.mark.parametrize("module", [cli, deeds, report])
def test_every_sentence_is_there_twice(module: object) -> None:
    import string

    for name, (en, zh) in module.MESSAGES.items():  # type: ignore[attr-defined]
        assert en.strip() and zh.strip(), name
        fields = [{f for _, f, _, _ in string.Formatter().parse(text) if f} for text in (en, zh)]
        assert fields[0] == fields[1], name
