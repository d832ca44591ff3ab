"""logs.format and logs.rotation: files of every writer, and the logs of a real Docker Engine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.logs_format import FORMAT, bare, tally
from gpuready.probes.logs_rotation import ROTATION, Log, covered, level_of, log_of, max_use, rules_in
from gpuready.probes.probe import Measurement, NoData
from tests.probes.container.engines import Docker, dockerd
from tests.probes.run_probe import run_probe

JSON = (Criterion("unparsed", "==", 0, "count"),)
BOUNDED = (Criterion("unbounded", "==", 0, "count"),)
GOOD = '{"time": "2026-11-24T08:00:00Z", "level": "info", "message": "ready"}'


def keys(measured: Measurement) -> list[str]:
    return [key for key, _ in measured.remarks]


@pytest.fixture(scope="module")
def docker() -> Iterator[Docker]:
    with dockerd(toolkit=False) as engine:
        yield engine


@pytest.fixture(autouse=True)
def no_engine_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


# --- lines --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "lacks"),
    [
        (GOOD, ""),
        ('{"ts": 1732435200.1, "lvl": "warn", "msg": "slow"}', ""),
        ('{"@timestamp": "x", "log.level": "error", "message": "m"}', ""),
        ('{"@timestamp": "x", "log": {"level": "error"}, "message": "m"}', ""),
        ('{"timestamp": "x", "severity": "INFO", "event": "started"}', ""),
        ("INFO 11-24 08:00:00 engine.py:42] Started", "not_json"),
        ('["a", "list"]', "not_json"),
        ('"text"', "not_json"),
        ('{"time": "x", "level": "info"', "not_json"),
        ('{"level": "info", "message": "m"}', "without_time"),
        ('{"time": "x", "message": "m"}', "without_level"),
        ('{"time": "x", "level": "info", "text": ""}', "without_message"),
        ('{"time": null, "level": "info", "msg": "m"}', "without_time"),
        ("[" * 100_000, "not_json"),
    ],
)
def test_what_a_line_has(line: str, lacks: str) -> None:
    seen = tally([line])
    assert seen.unparsed == (1 if lacks else 0)
    for name in ("not_json", "without_time", "without_level", "without_message"):
        assert getattr(seen, name) == (1 if name == lacks else 0), name


def test_trap_an_engines_own_json_is_not_the_programs() -> None:
    """Docker's json-file is JSON line by line, whatever the program wrote; Kubernetes wraps lines too."""
    wrapped = json.dumps({"log": "plain text\n", "stream": "stdout", "time": "2026-11-24T08:00:00Z"})
    assert bare(wrapped) == "plain text"
    assert tally([wrapped]).not_json == 1
    assert tally([json.dumps({"log": f"{GOOD}\n", "stream": "stdout", "time": "t"})]).unparsed == 0
    assert tally([f"2026-11-24T08:00:00.1Z stderr F {GOOD}"]).unparsed == 0
    assert tally(["2026-11-24T08:00:00.1Z stderr F plain"]).not_json == 1


async def test_files(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text(f"plain, but long ago\n{GOOD}\n\n{GOOD}\n")
    options = {"file": str(log)}
    recent = await run_probe(FORMAT, options=options, lines=2)
    assert judge(JSON, recent.fields, FORMAT.fields) is Verdict.PASS
    whole = await run_probe(FORMAT, options=options)
    assert judge(JSON, whole.fields, FORMAT.fields) is Verdict.FAIL
    assert (whole.fields["lines"], whole.fields["not_json"], whole.fields["levels"]) == (3, 1, "info 2")
    assert keys(whole) == ["probes_logs.fewer_lines", "probes_logs.unparsed"]
    assert (await run_probe(FORMAT, str(log))).fields == whole.fields


async def test_secrets_in_lines_are_not_shown(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text("login with password=hunter22 and Authorization: Bearer abcdefgh12345678\n\x1b[31mred\n")
    measured = await run_probe(FORMAT, str(log))
    assert "hunter22" not in str(measured) and "abcdefgh12345678" not in str(measured)
    assert "\x1b" not in str(measured.evidence[0].answered)


async def test_files_that_are_none(tmp_path: Path) -> None:
    empty = tmp_path / "empty.log"
    empty.write_text("\n\n")
    os.mkfifo(tmp_path / "pipe")
    for path in (empty, tmp_path, tmp_path / "gone", tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(NoData):
            await run_probe(FORMAT, options={"file": str(path)})


async def test_a_large_file_is_read_from_its_end(tmp_path: Path) -> None:
    log = tmp_path / "large.log"
    with log.open("w") as file:
        file.write("plain text of long ago\n" * 600_000)
        file.write(f"{GOOD}\n" * 300)
    measured = await run_probe(FORMAT, str(log))
    assert judge(JSON, measured.fields, FORMAT.fields) is Verdict.PASS
    assert measured.fields["lines"] == 200


# --- containers ---------------------------------------------------------------------------------------


async def test_the_logs_of_containers(docker: Docker) -> None:
    engine = {"engine": f"unix://{docker.socket}"}
    docker.run("good", "/bin/echo", GOOD)
    docker.run("plain", "/bin/sh", "-c", f"echo '{GOOD}'; echo 'Traceback (most recent call last):' >&2")
    docker.run("tty", "/bin/echo", GOOD, options=("-t",))
    docker.run("quiet", "/bin/true")
    docker.cli("wait", "good", "plain", "tty", "quiet")
    for name, verdict in (("good", Verdict.PASS), ("tty", Verdict.PASS), ("plain", Verdict.FAIL)):
        measured = await run_probe(FORMAT, name, options=engine)
        assert judge(JSON, measured.fields, FORMAT.fields) is verdict, name
    with pytest.raises(NoData) as caught:
        await run_probe(FORMAT, "quiet", options=engine)
    assert caught.value.key == "probes_logs.no_lines"
    with pytest.raises(NoData):
        await run_probe(FORMAT, "nobody", options=engine)


async def test_bounds_of_containers(docker: Docker, tmp_path: Path) -> None:
    engine = {"engine": f"unix://{docker.socket}"}
    docker.cli("rm", "-f", *docker.cli("ps", "-aq").split(), "none", fails=True)
    docker.run("bound", "/bin/true", options=("--log-opt", "max-size=10m", "--log-opt", "max-file=3"))
    docker.run("local", "/bin/true", options=("--log-driver", "local", "-e", "VLLM_LOGGING_LEVEL=INFO"))
    for name in ("bound", "local"):
        measured = await run_probe(ROTATION, name, options=engine, root=str(tmp_path))
        assert judge(BOUNDED, measured.fields, ROTATION.fields) is Verdict.PASS
    assert (measured.fields["level_set"], measured.fields["level"]) == (True, "VLLM_LOGGING_LEVEL=INFO")
    docker.run("open", "/bin/true", options=("-e", "API_TOKEN=hunter22"))
    measured = await run_probe(ROTATION, "open", options=engine, root=str(tmp_path))
    assert judge(BOUNDED, measured.fields, ROTATION.fields) is Verdict.FAIL
    assert measured.fields["level_set"] is False
    assert "hunter22" not in str(measured), "environments are not kept"
    every = await run_probe(ROTATION, options=engine, root=str(tmp_path))
    assert (every.fields["checked"], every.fields["unbounded"]) == (3, 1)
    assert every.fields["unbounded_names"] == "open"


async def test_trap_daemon_json_does_not_bound_older_containers(docker: Docker, tmp_path: Path) -> None:
    """The settings of today say max-size; the container was made before: what inspect says counts."""
    (tmp_path / "etc/docker").mkdir(parents=True)
    (tmp_path / "etc/docker/daemon.json").write_text('{"log-opts": {"max-size": "10m"}}')
    docker.run("older", "/bin/true")
    options = {"engine": f"unix://{docker.socket}"}
    measured = await run_probe(ROTATION, "older", options=options, root=str(tmp_path))
    assert judge(BOUNDED, measured.fields, ROTATION.fields) is Verdict.FAIL


async def test_without_an_engine(tmp_path: Path) -> None:
    with pytest.raises(NoData):
        await run_probe(ROTATION, "c", root=str(tmp_path))
    with pytest.raises(NoData):
        await run_probe(FORMAT, "c")


async def test_files_under_logrotate(tmp_path: Path) -> None:
    (tmp_path / "etc/logrotate.d").mkdir(parents=True)
    (tmp_path / "etc/logrotate.conf").write_text("# weekly\nrotate 4\ninclude /etc/logrotate.d\n")
    (tmp_path / "etc/logrotate.d/vllm").write_text("/var/log/vllm/*.log {\n  daily\n  rotate 7\n}\n")
    (tmp_path / "etc/logrotate.d/never").write_text("/var/log/never.log {\n  rotate 7\n}\n")
    (tmp_path / "etc/systemd").mkdir()
    (tmp_path / "etc/systemd/journald.conf").write_text("[Journal]\n#SystemMaxUse=1G\nSystemMaxUse=2G\n")
    options = {"files": "/var/log/vllm/a.log"}
    measured = await run_probe(ROTATION, options=options, root=str(tmp_path))
    assert judge(BOUNDED, measured.fields, ROTATION.fields) is Verdict.PASS
    assert measured.fields["journald_max_use"] == 2 * 2**30
    options = {"files": "/var/log/vllm/a.log, /var/log/never.log, /srv/x.log"}
    measured = await run_probe(ROTATION, options=options, root=str(tmp_path))
    assert measured.fields["unbounded_names"] == "/srv/x.log, /var/log/never.log"


def test_drivers() -> None:
    def log(driver: str, **config: str) -> Log:
        settings = {name.replace("_", "-"): value for name, value in config.items()}
        return log_of({"HostConfig": {"LogConfig": {"Type": driver, "Config": settings}}}, "c")

    assert log("json-file", max_size="50m").bounded is True
    assert log("json-file", max_file="5").bounded is False, "files without a size are one endless file"
    assert log("json-file", max_size="-1").bounded is False
    assert log("json-file", max_size="0").bounded is False
    assert log("k8s-file").bounded is False
    assert log("local").bounded is True
    assert log("journald").bounded is True
    assert log("some/plugin:1").bounded is None
    assert log_of({}, "c").bounded is None


def test_levels() -> None:
    assert level_of({"Config": {"Env": ["PATH=/x", "NCCL_DEBUG=WARN"]}}) == "NCCL_DEBUG=WARN"
    assert level_of({"Config": {"Env": None, "Cmd": ["serve", "--log-level", "info"]}}) == "--log-level=info"
    assert level_of({"Config": {"Env": ["CATALOG_LEVELS=1", "LOG_LEVEL="]}, "Args": []}) is None


def test_rules_of_logrotate() -> None:
    text = """
weekly
/var/log/a.log /var/log/b.log
"/var/log/with space.log" {
    postrotate
        kill -HUP { whatever }
    endscript
    missingok
}
/srv/*.log { size 10M }
"""
    rules = rules_in(text)
    assert covered("/var/log/a.log", rules) and covered("/srv/x.log", rules)
    assert not covered("/var/log/c.log", rules)
    assert not covered("/srv/x.log", rules_in("/srv/*.log { rotate 3 }"))
    assert max_use("SystemMaxUse=500M") == 500 * 2**20
    assert max_use("#SystemMaxUse=1G") is None
