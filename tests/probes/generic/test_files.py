"""Files and logs: there, missing, hidden, endless, and what stands in them."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes import generic_read
from gpuready.probes.generic_file import FILE
from gpuready.probes.generic_log import LOG
from gpuready.probes.probe import Broken, NoData
from tests.probes.run_probe import both, run_probe


async def test_a_file_with_all_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "limits.conf"
    path.write_text("# limits\nvm.swappiness = 10\nnofile = 65536\n")
    path.chmod(0o640)
    os.utime(path, (time.time() - 3600, time.time() - 3600))
    measured = await run_probe(FILE, path=str(path), regex=r"^nofile = (\d+)$", sha256=True)
    fields = measured.fields
    assert (fields["exists"], fields["kind"], fields["mode"]) == (True, "file", "0640")
    assert fields["size"] == path.stat().st_size
    assert 3599 < float(fields["age"]) < 3700
    assert fields["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (fields["matched"], fields["value"], fields["text"]) == (True, 65536, "65536")
    assert judge([Criterion("age", "<", 1, "d")], fields, FILE.fields) is Verdict.PASS
    assert judge([Criterion("age", "<", 30, "min")], fields, FILE.fields) is Verdict.FAIL


async def test_a_missing_one_is_measured_as_missing(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "none", tmp_path / "link", tmp_path / "file" / "below"):
        measured = await run_probe(FILE, path=str(path), regex="x")
        assert measured.fields == {"exists": False}
        assert judge([Criterion("matched", "==", False)], measured.fields, FILE.fields) is Verdict.UNKNOWN


async def test_folders_sockets_pipes_and_devices(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "sock"))
        for path, kind in (
            (tmp_path, "directory"),
            (tmp_path / "pipe", "pipe"),
            (tmp_path / "sock", "socket"),
            (Path("/dev/zero"), "device"),
        ):
            assert (await run_probe(FILE, path=str(path))).fields["kind"] == kind
            for inside in ({"regex": "x"}, {"sha256": True}):
                with pytest.raises(NoData) as caught:
                    await run_probe(FILE, path=str(path), limit=2, **inside)
                assert caught.value.key == "probes_generic.no_file"


async def test_json_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "daemon.json"
    path.write_text('{"default-runtime": "nvidia"}')
    measured = await run_probe(FILE, path=str(path), json='"default-runtime"')
    assert measured.fields["value"] == "nvidia"
    path.write_text("{")
    with pytest.raises(Broken) as caught:
        await run_probe(FILE, path=str(path), json="a")
    assert caught.value.key == "probes_generic.no_json"


async def test_files_of_the_kernel_have_no_size_and_are_read() -> None:
    measured = await run_probe(FILE, path="/proc/sys/vm/swappiness", regex=r"^\d+$")
    assert measured.fields["matched"] is True
    assert isinstance(measured.fields["value"], int)


_AS_NOBODY = """
import asyncio, concurrent.futures.thread, os, sys
from gpuready.probes.generic_file import FILE
from tests.probes.run_probe import run_probe
os.setegid(65534)
os.seteuid(65534)
try:
    print(asyncio.run(run_probe(FILE, path=sys.argv[1], regex=sys.argv[2])).fields)
except Exception as fault:
    print(type(fault).__name__, fault.args[0])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(("path", "regex"), [("{}/closed/hidden", ""), ("{}/own", "x")])
def test_trap_what_may_not_be_looked_at_is_not_missing(tmp_path: Path, path: str, regex: str) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    (tmp_path / "own").write_text("x")
    (tmp_path / "own").chmod(0o600)
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(folder.stat().st_mode | 0o055)
    argv = [sys.executable, "-c", _AS_NOBODY, path.format(tmp_path), regex]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "NoData probes_generic.unread"


async def test_a_file_from_the_future_has_no_age(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("")
    os.utime(path, (time.time() + 3600, time.time() + 3600))
    measured = await run_probe(FILE, path=str(path))
    assert "age" not in measured.fields
    assert "probes_generic.from_the_future" in dict(measured.remarks)


async def test_trap_only_the_head_was_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "long"
    path.write_text("x" * 5 * 2**20 + "needle")
    measured = await run_probe(FILE, path=str(path), regex="needle")
    assert "matched" not in measured.fields
    assert "probes_generic.head_only" in dict(measured.remarks)
    with pytest.raises(NoData):
        await run_probe(FILE, path=str(path), json="a")


async def test_no_path_is_an_error() -> None:
    for probe in (FILE, LOG):
        with pytest.raises(Broken) as caught:
            await run_probe(probe, regex="x")
        assert caught.value.key == "probes_generic.no_path"
        both(caught.value.key)


async def test_lines_of_a_log_that_match(tmp_path: Path) -> None:
    path = tmp_path / "kern.log"
    path.write_text("".join(f"line {n}: {'Xid 79' if n % 100 == 0 else 'fine'}\n" for n in range(1, 1001)))
    measured = await run_probe(LOG, path=str(path), regex=r"Xid \d+")
    assert (measured.fields["matches"], measured.fields["lines"]) == (10, 1000)
    assert measured.fields["last"] == "line 1000: Xid 79"
    end = await run_probe(LOG, path=str(path), regex="Xid", lines=50)
    assert (end.fields["matches"], end.fields["lines"]) == (1, 50)
    none = await run_probe(LOG, path=str(path), regex="NVRM")
    assert none.fields["matches"] == 0
    assert judge([Criterion("matches", "==", 0, "count")], none.fields, LOG.fields) is Verdict.PASS
    assert judge([Criterion("matches", "==", 0, "count")], measured.fields, LOG.fields) is Verdict.FAIL


async def test_trap_an_empty_or_missing_log_is_no_pass(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    (tmp_path / "blank").write_text("\n\n")
    os.mkfifo(tmp_path / "pipe")
    for name, key in (
        ("empty", "empty_log"),
        ("blank", "empty_log"),
        ("missing", "unread"),
        ("pipe", "no_file"),
    ):
        with pytest.raises(NoData) as caught:
            await run_probe(LOG, path=str(tmp_path / name), regex="Xid", limit=2)
        assert caught.value.key == f"probes_generic.{key}"
        both(caught.value.key, **caught.value.fields)


async def test_a_log_shorter_than_asked_for_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\ntwo")
    measured = await run_probe(LOG, path=str(path), regex="two$")
    assert (measured.fields["matches"], measured.fields["lines"]) == (1, 2)
    assert dict(measured.remarks)["probes_generic.fewer_lines"] == {"lines": 2, "count": 1000}


async def test_a_great_log_is_read_from_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generic_read, "TAIL", 1000)
    path = tmp_path / "log"
    path.write_text("".join(f"{n:06d} early\n" for n in range(10_000)) + "last\n")
    measured = await run_probe(LOG, path=str(path), regex=r"^\d{6} early$", lines=10_000)
    assert int(measured.fields["lines"]) < 100
    assert measured.fields["matches"] == int(measured.fields["lines"]) - 1


async def test_secrets_of_a_log_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("login failed: password=hunter22\n")
    measured = await run_probe(LOG, path=str(path), regex="failed")
    assert "hunter22" not in str(measured)


async def test_what_is_no_regex_or_no_number_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("x\n")
    cases: dict[str, dict[str, Any]] = {
        "bad_regex": {"regex": "("},
        "no_regex": {"regex": ""},
        "bad_lines": {"regex": "x", "lines": "many"},
    }
    for key, params in cases.items():
        with pytest.raises(Broken) as caught:
            await run_probe(LOG, path=str(path), **params)
        assert caught.value.key == f"probes_generic.{key}"
        both(caught.value.key, **caught.value.fields)
