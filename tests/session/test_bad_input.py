"""Files that are no session, or cannot be used: each is told in one sentence, and left as it was."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import string
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpuready.session import door
from gpuready.session.audit import verify
from gpuready.session.event import EventKind
from gpuready.session.schema import APPLICATION_ID, MIGRATIONS
from gpuready.session.store import Session
from gpuready.text.fault import Fault
from gpuready.text.messages.session import MESSAGES
from gpuready.text.say import language, set_language
from tests.session.disk import remount, small_disk
from tests.session.paper import CHECK, PASS, names

NAME = "site.gpuready"
NOISE = random.Random(7).randbytes(8000)
Spoil = Callable[[Path], object]


@pytest.fixture
def restore_language() -> Iterator[None]:
    before = language()
    yield
    set_language(before)


async def _write(path: Path, notes: int = 40) -> None:
    async with await Session.open(path, actor="ana") as session:
        for number in range(notes):
            await session.append(EventKind.NOTE, CHECK, {"text": f"{number} " + "x" * 500})


def _sqlite(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def _overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def _foreign(path: Path) -> None:
    path.unlink()
    _sqlite(path, "CREATE TABLE t (x)", "PRAGMA application_id = 42", "INSERT INTO t VALUES (1)")


def _anonymous(path: Path) -> None:
    path.unlink()
    _sqlite(path, "CREATE TABLE t (x)")


def _gutted(path: Path) -> None:
    path.unlink()
    _sqlite(
        path, f"PRAGMA application_id = {APPLICATION_ID}", "CREATE TABLE t (x)", "PRAGMA user_version = 1"
    )


def _as_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _as_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def _cut(size: int) -> Spoil:
    return lambda path: os.truncate(path, size)


SPOILT: dict[str, tuple[str, Spoil]] = {
    "text": ("not_sqlite", lambda path: path.write_text("13.1 all green\n" * 50)),
    "a short text": ("not_sqlite", lambda path: path.write_text("{}")),
    "zeros": ("not_sqlite", lambda path: path.write_bytes(bytes(8192))),
    "another program's": ("not_ours", _foreign),
    "nobody's": ("not_ours", _anonymous),
    "ours by name only": ("corrupt", _gutted),
    "newer": ("newer", lambda path: _sqlite(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")),
    "half": ("corrupt", lambda path: os.truncate(path, path.stat().st_size // 2)),
    "one page": ("corrupt", _cut(4096)),
    "cut in its header": ("corrupt", _cut(60)),
    "cut in its first word": ("corrupt", _cut(8)),
    "noise in its pages": ("corrupt", lambda path: _overwrite(path, 4096 + 8, NOISE)),
    "noise in its tables": ("corrupt", lambda path: _overwrite(path, 100, NOISE[:3000])),
    "a folder": ("is_directory", _as_directory),
    "a pipe": ("not_file", _as_pipe),
    "a link to itself": ("unreadable", _as_loop),
}


def _snapshot(folder: Path) -> dict[str, object]:
    def contents(path: Path) -> object:
        stat = path.lstat()
        return (stat.st_mode, stat.st_size, stat.st_mtime_ns, path.read_bytes() if path.is_file() else None)

    return {path.name: contents(path) for path in folder.iterdir()}


@pytest.mark.parametrize("read_only", [False, True], ids=["write", "read"])
@pytest.mark.parametrize("kind", SPOILT)
async def test_a_spoilt_file_is_told_and_left_as_it_was(
    tmp_path: Path, kind: str, read_only: bool, restore_language: None
) -> None:
    key, spoil = SPOILT[kind]
    path = tmp_path / NAME
    await _write(path)
    spoil(path)
    before = _snapshot(tmp_path)
    with pytest.raises(Fault) as caught:
        await Session.open(path, actor="ana", read_only=read_only)
    assert caught.value.key == f"session.{key}"
    for lang in ("en", "zh"):
        set_language(lang)
        sentence = str(caught.value)
        assert sentence.startswith(str(path))
        assert "\n" not in sentence
    assert _snapshot(tmp_path) == before


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("good") / NAME
    asyncio.run(_write(path, 12))
    return path


@given(
    places=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=40)), min_size=1, max_size=4),
    read_only=st.booleans(),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_bytes_are_altered_it_is_a_fault_or_a_session(
    good: Path, tmp_path: Path, places: list[tuple[float, bytes]], read_only: bool
) -> None:
    data = bytearray(good.read_bytes())
    for where, noise in places:
        at = int(where * (len(data) - len(noise)))
        data[at : at + len(noise)] = noise
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    path = folder / NAME
    path.write_bytes(data)
    before = _snapshot(folder)

    async def use() -> None:
        async with await Session.open(path, actor="ana", read_only=read_only) as session:
            for subject in session.state.subjects():
                session.state.check(subject)
            await session.documents()
            verify(await session.events())

    try:
        asyncio.run(use())
    except Fault as fault:
        assert str(fault).startswith(str(path))
    assert _snapshot(folder) == before


async def test_what_is_missing_is_told_and_not_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").touch()
    for name, key, create, read_only in [
        ("none", "missing", False, False),
        ("none", "missing", True, True),
        ("empty", "empty", False, False),
        ("empty", "empty", True, True),
        ("no/such/folder", "no_folder", True, False),
        ("no/such/folder", "missing", True, True),
        ("file/below", "no_folder", True, False),
        ("nul\0byte", "unreadable", True, False),
        ("x" * 300, "unreadable", True, False),
    ]:
        before = _snapshot(tmp_path)
        with pytest.raises(Fault) as caught:
            await Session.open(tmp_path / name, actor="ana", create=create, read_only=read_only)
        assert caught.value.key == f"session.{key}", name
        assert _snapshot(tmp_path) == before


async def test_an_empty_file_becomes_a_session(tmp_path: Path) -> None:
    (tmp_path / NAME).touch()
    await _write(tmp_path / NAME, 1)


async def test_a_file_without_write_permission_is_only_read(tmp_path: Path) -> None:
    path = tmp_path / NAME
    await _write(path)
    path.chmod(0o444)
    before = _snapshot(tmp_path)
    with pytest.raises(Fault) as caught:
        await Session.open(path, actor="ana")  # root could, and is refused all the same
    assert caught.value.key == "session.read_only"
    assert _snapshot(tmp_path) == before
    async with await Session.open(path, actor="ana", read_only=True) as session:
        assert len(session.state) == 40
        for deed in (
            session.append(EventKind.MARKED, CHECK, PASS),
            session.undo(),
            session.attach(b"x", "x"),
            session.absorb([]),
        ):
            with pytest.raises(Fault) as caught:
                await deed
            assert caught.value.key == "session.opened_to_read"
    assert path.read_bytes() == before[NAME][3]  # type: ignore[index]


async def test_to_read_leaves_a_good_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / NAME
    await _write(path)
    before = _snapshot(tmp_path)
    async with await Session.open(path, actor="ana", read_only=True) as session:
        assert session.read_only
    assert _snapshot(tmp_path) == before


async def test_a_reader_sees_what_a_writer_adds(tmp_path: Path) -> None:
    path = tmp_path / NAME
    await _write(path, 1)
    async with await Session.open(path, actor="bo", read_only=True) as reader:
        async with await Session.open(path, actor="ana") as writer:
            await writer.append(EventKind.MARKED, CHECK, PASS)
        assert await reader.poll() == {CHECK}
        assert reader.state.check(CHECK).mark is not None


@pytest.mark.parametrize("read_only", [False, True], ids=["write", "read"])
async def test_what_a_killed_program_had_half_written_is_taken_back(
    tmp_path: Path, read_only: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "journal_for", lambda real: "delete")
    path = tmp_path / NAME
    await _write(path)
    whole = path.read_bytes()
    code = (
        "import sqlite3, os, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('PRAGMA cache_size = 1'); c.execute('BEGIN');"
        "[c.execute('INSERT INTO meta VALUES (?, ?)', (str(n), 'x' * 3000)) for n in range(100)];"
        "c.execute(\"UPDATE meta SET value = 'y'\"); os.kill(os.getpid(), 9)"
    )
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, str(path)], check=False)
    assert (tmp_path / (NAME + "-journal")).stat().st_size > 0
    assert path.read_bytes() != whole
    async with await Session.open(path, actor="ana", read_only=read_only) as session:
        assert len(session.state) == 40
    assert path.read_bytes() == whole
    assert names(tmp_path) == [NAME]


@pytest.mark.parametrize("logged", [False, True], ids=["closed", "killed"])
async def test_a_session_on_a_read_only_disk_is_read_to_its_last_mark(tmp_path: Path, logged: bool) -> None:
    await _write(tmp_path / NAME, 3)
    with small_disk(tmp_path / "disk", 2048) as disk:
        path = disk / NAME
        shutil.copyfile(tmp_path / NAME, path)
        if logged:
            code = (
                "import sqlite3, os, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
                "c.execute(\"INSERT INTO meta VALUES ('x', 'y')\"); os.kill(os.getpid(), 9)"
            )
            command = [sys.executable, "-c", code, str(path)]
            killed = await asyncio.to_thread(subprocess.run, command, check=False)
            assert killed.returncode == -signal.SIGKILL
            (disk / (NAME + "-shm")).unlink()
            assert (disk / (NAME + "-wal")).stat().st_size > 0
        remount(disk, "ro")
        before = _snapshot(disk)
        with pytest.raises(Fault) as caught:
            await Session.open(path, actor="ana")
        assert caught.value.key in ("session.read_only", "session.folder_read_only")
        async with await Session.open(path, actor="ana", read_only=True) as session:
            assert len(session.state) == 3
            extra = await session._read("SELECT value FROM meta WHERE key = 'x'")
            assert [list(row) for row in extra] == ([["y"]] if logged else [])
        assert _snapshot(disk) == before


async def test_a_full_disk_acknowledges_nothing_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 512) as disk:
        path = disk / NAME
        async with await Session.open(path, actor="ana") as session:
            told = []
            with pytest.raises(Fault) as caught:
                for number in range(1000):
                    note = {"text": f"{number} " + "x" * 5000}
                    told.append((await session.append(EventKind.NOTE, CHECK, note)).id)
            assert caught.value.key == "session.full"
            assert 5 < len(told) < 1000
            assert [event.id for event in session.state.history(CHECK)] == told
            with pytest.raises(Fault):
                await session.attach(os.urandom(500_000), "big")
            remount(disk, "size=4096k")  # room is made
            told.append((await session.append(EventKind.MARKED, CHECK, PASS)).id)
        async with await Session.open(path, actor="ana") as session:
            assert [event.id for event in await session.events()] == told


async def test_a_disk_too_full_for_a_new_session_says_so(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 16) as disk:
        (disk / "other").write_bytes(bytes(12 * 1024))
        with pytest.raises(Fault) as caught:
            await Session.open(disk / NAME, actor="ana")
        assert caught.value.key == "session.full"


async def test_a_full_database_acknowledges_nothing(tmp_path: Path) -> None:
    path = tmp_path / NAME
    async with await Session.open(path, actor="ana") as session:
        await session.append(EventKind.MARKED, CHECK, PASS)
        pages = (await session._read("PRAGMA page_count"))[0][0]
        await session._read(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(Fault) as caught:
            for _ in range(50):
                await session.append(EventKind.NOTE, CHECK, {"text": "x" * 3000})
        assert caught.value.key == "session.full"
        known = session.state.events()
    async with await Session.open(path, actor="ana") as session:
        assert await session.events() == known


def test_every_sentence_is_said_in_both_languages_with_the_same_fields() -> None:
    for name, (english, chinese) in MESSAGES.items():
        fields = [
            {field for _, field, _, _ in string.Formatter().parse(text) if field}
            for text in (english, chinese)
        ]
        assert fields[0] == fields[1], name
        assert english != chinese, name
