from __future__ import annotations

import time

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.container_causes import CAUSES, recognise, root
from gpuready.probes.container_events import Event
from gpuready.probes.container_image import IMAGE, missing_libraries
from gpuready.probes.container_logs import LOGS
from gpuready.probes.container_start import START, first_healthy
from gpuready.probes.container_state import HEALTH, LIMITS
from gpuready.probes.probe import Measurement, NoData, Probe
from tests.probes.container.conftest import site
from tests.probes.container.engines import Docker
from tests.probes.daemons import wait_for
from tests.probes.run_probe import both, run_probe

HEALTHY = ["--health-cmd", "test -e /tmp/up", "--health-interval", "300ms"]


def verdict(probe: Probe, measured: Measurement, *want: Criterion) -> Verdict:
    return judge(want, measured.fields, probe.fields)


CHECKED = (Criterion("check_defined", "==", True), Criterion("last_exit", "!=", 137))


async def test_graceful_stop_passes(docker: Docker) -> None:
    docker.run("good", "sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.1; done", options=HEALTHY)
    docker.cli("stop", "-t", "5", "good")
    measured = await run_probe(HEALTH, "good", site=site(docker))
    assert measured.fields["last_exit"] == 0
    assert measured.fields["interval"] == pytest.approx(0.3)
    assert verdict(HEALTH, measured, *CHECKED) is Verdict.PASS


async def test_killed_after_the_timeout_fails(docker: Docker) -> None:
    docker.run("deaf", "sleep", "60", options=HEALTHY)  # PID 1 without a handler ignores SIGTERM
    docker.cli("stop", "-t", "0", "deaf")
    measured = await run_probe(HEALTH, "deaf", site=site(docker))
    assert measured.fields["last_exit"] == 137
    assert verdict(HEALTH, measured, *CHECKED) is Verdict.FAIL
    assert [key for key, _ in measured.remarks] == ["probes_container.killed_exit"]


async def test_trap_running_container_never_stopped_is_unknown(docker: Docker) -> None:
    """Its exit code reads 0, which is no exit."""
    docker.run("fresh", "sleep", "60", options=HEALTHY)
    assert docker.state("fresh")["ExitCode"] == 0
    measured = await run_probe(HEALTH, "fresh", site=site(docker))
    assert "last_exit" not in measured.fields
    assert verdict(HEALTH, measured, *CHECKED) is Verdict.UNKNOWN


async def test_last_exit_is_remembered_after_a_restart(docker: Docker) -> None:
    docker.run("again", "sleep", "60", options=HEALTHY)
    docker.cli("stop", "-t", "0", "again")
    docker.cli("start", "again")
    measured = await run_probe(HEALTH, "again", site=site(docker))
    assert measured.fields["last_exit"] == 137


async def test_no_health_check(docker: Docker) -> None:
    docker.run("none", "sleep", "60")
    docker.run("off", "sleep", "60", options=["--no-healthcheck"])
    for name in ("none", "off"):
        measured = await run_probe(HEALTH, name, site=site(docker))
        assert measured.fields["check_defined"] is False
        assert verdict(HEALTH, measured, *CHECKED) is Verdict.FAIL


LIMITED = (Criterion("memory_limited", "==", True), Criterion("cpu_limited", "==", True))


async def test_limits(docker: Docker) -> None:
    docker.run("held", "sleep", "60", options=["--memory", "64m", "--cpus", "0.5", "--shm-size", "32m"])
    measured = await run_probe(LIMITS, "held", site=site(docker))
    assert measured.fields["memory_limit"] == 64 * 2**20
    assert measured.fields["cpus"] == 0.5
    assert measured.fields["shm"] == 32 * 2**20
    assert measured.fields["oom_killed"] is False
    assert verdict(LIMITS, measured, *LIMITED) is Verdict.PASS


async def test_no_limits(docker: Docker) -> None:
    docker.run("free", "sleep", "60")
    measured = await run_probe(LIMITS, "free", site=site(docker))
    assert verdict(LIMITS, measured, *LIMITED) is Verdict.FAIL
    assert "memory_limit" not in measured.fields


async def test_a_set_of_all_processors_is_no_limit(docker: Docker) -> None:
    count = int(docker.cli("info", "--format", "{{.NCPU}}"))
    docker.run("all", "sleep", "60", options=["--cpuset-cpus", f"0-{count - 1}" if count > 1 else "0"])
    docker.run("one", "sleep", "60", options=["--cpuset-cpus", "0"])
    assert (await run_probe(LIMITS, "all", site=site(docker))).fields["cpu_limited"] is False
    if count > 1:
        assert (await run_probe(LIMITS, "one", site=site(docker))).fields["cpus"] == 1.0


async def test_killed_for_want_of_memory(docker: Docker) -> None:
    docker.cli(
        "run",
        "--name",
        "eats",
        "--network",
        "none",
        "--memory",
        "16m",
        "--memory-swap",
        "16m",
        "bb:1",
        "sh",
        "-c",
        # It stays a moment: the engine hears of the kill beside the exit, not before it.
        "dd if=/dev/zero of=/dev/null bs=200M count=1; sleep 1; exit 1",
        fails=True,
    )
    measured = await run_probe(LIMITS, "eats", site=site(docker))
    assert measured.fields["oom_killed"] is True
    assert verdict(LIMITS, measured, Criterion("oom_killed", "==", False)) is Verdict.FAIL


async def test_a_container_that_never_started_has_no_end(docker: Docker) -> None:
    docker.cli("create", "--name", "born", "--network", "none", "bb:1", "sleep", "1")
    measured = await run_probe(LIMITS, "born", site=site(docker))
    assert "oom_killed" not in measured.fields
    assert "last_exit" not in (await run_probe(HEALTH, "born", site=site(docker))).fields
    assert "missing_libraries" not in (await run_probe(IMAGE, "born", site=site(docker))).fields
    with pytest.raises(NoData):
        await run_probe(START, "born", site=site(docker))


STARTED = Criterion("healthy_after", "<", 30, "s")


def _healthy(docker: Docker, name: str) -> bool:
    health = docker.state(name).get("Health")
    return isinstance(health, dict) and health["Status"] == "healthy"


async def test_time_to_healthy(docker: Docker) -> None:
    docker.run("quick", "sh", "-c", "sleep 1; touch /tmp/up; sleep 60", options=HEALTHY)
    wait_for(lambda: _healthy(docker, "quick"), "health")
    measured = await run_probe(START, "quick", site=site(docker))
    assert 1.0 <= float(measured.fields["healthy_after"]) < 5
    assert 0 < float(measured.fields["started_after"]) < 5
    assert verdict(START, measured, STARTED) is Verdict.PASS
    # A restart counts anew, and its creation no longer tells anything.
    docker.cli("restart", "-t", "0", "quick")
    wait_for(lambda: _healthy(docker, "quick"), "health")
    measured = await run_probe(START, "quick", site=site(docker))
    assert float(measured.fields["healthy_after"]) < 5
    assert "started_after" not in measured.fields


async def test_not_healthy_yet_is_unknown(docker: Docker) -> None:
    docker.run("slow", "sleep", "60", options=HEALTHY)
    measured = await run_probe(START, "slow", site=site(docker))
    assert verdict(START, measured, STARTED) is Verdict.UNKNOWN
    assert [key for key, _ in measured.remarks] == ["probes_container.not_healthy_yet"]


async def test_start_without_a_health_check_is_unknown(docker: Docker) -> None:
    docker.run("blind", "sleep", "60")
    measured = await run_probe(START, "blind", site=site(docker))
    assert "healthy_after" not in measured.fields
    assert measured.fields["health"] == "none"
    assert [key for key, _ in measured.remarks] == ["probes_container.no_health_check"]


def test_a_later_recovery_is_not_taken_for_the_first_health() -> None:
    """The engine keeps 5 checks and 256 events: what may have been before them is not known."""

    def check(at: int, code: int) -> dict[str, object]:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        return {"Start": stamp, "End": stamp, "ExitCode": code}

    def container(*checks: dict[str, object]) -> dict[str, object]:
        return {"State": {"Health": {"Log": list(checks)}}}

    begin = 1_700_000_000
    few = container(check(begin + 10, 1), check(begin + 20, 0))
    full = container(*(check(begin + 3600 + n, n > 2) for n in range(5)))
    assert first_healthy(few, [], begin) == begin + 20
    assert first_healthy(full, [], begin) is None
    recovery = [Event(begin + 3600.0, "health_status: healthy")]
    assert first_healthy(full, recovery, begin) is None
    whole = [Event(begin + 0.1, "start"), Event(begin + 42.0, "health_status: healthy"), *recovery]
    assert first_healthy(full, whole, begin) == begin + 42


async def test_size_and_layers(docker: Docker) -> None:
    docker.run("sized", "sleep", "60")
    measured = await run_probe(IMAGE, "sized", site=site(docker))
    size = int(docker.cli("image", "inspect", "--format", "{{.Size}}", "bb:1"))
    assert measured.fields["size"] == size == measured.fields["largest_layer"]
    assert measured.fields["layers"] == 1
    assert measured.fields["architecture_matches"] is True
    assert verdict(IMAGE, measured, Criterion("size", "<", 2, "GB")) is Verdict.PASS
    assert verdict(IMAGE, measured, Criterion("size", "<", 1, "MB")) is Verdict.FAIL
    assert verdict(IMAGE, measured, Criterion("missing_libraries", "==", 0, "count")) is Verdict.PASS


async def test_missing_library(docker: Docker) -> None:
    said = "python3: error while loading shared libraries: libcuda.so.1: cannot open shared object file"
    docker.cli(
        "run",
        "--name",
        "lacks",
        "--network",
        "none",
        "bb:1",
        "sh",
        "-c",
        f"echo '{said}' >&2; exit 127",
        fails=True,
    )
    measured = await run_probe(IMAGE, "lacks", site=site(docker))
    assert measured.fields["missing_libraries"] == 1
    assert measured.fields["libraries"] == "libcuda.so.1"


async def test_a_container_that_ended_without_a_word_proves_nothing(docker: Docker) -> None:
    docker.cli("run", "--name", "mute", "--network", "none", "bb:1", "false", fails=True)
    measured = await run_probe(IMAGE, "mute", site=site(docker))
    assert "missing_libraries" not in measured.fields
    with pytest.raises(NoData) as caught:
        await run_probe(LOGS, "mute", site=site(docker))
    assert caught.value.key == "probes_container.empty_log"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (
            "x: error while loading shared libraries: libcuda.so.1: cannot open shared object file",
            ["libcuda.so.1"],
        ),
        ("ImportError: libcudart.so.12: cannot open shared object file: No such file", ["libcudart.so.12"]),
        ("W Could not load dynamic library 'libcudnn.so.8'; dlerror: libcudnn.so.8: x", ["libcudnn.so.8"]),
        ("loaded libcuda.so.1", []),
    ],
)
def test_names_of_missing_libraries(line: str, names: list[str]) -> None:
    assert missing_libraries([line]) == names


CLEAN = Criterion("errors", "==", 0, "count")


async def test_log_without_errors(docker: Docker) -> None:
    docker.cli("run", "--name", "calm", "--network", "none", "bb:1", "echo", "INFO: 0 errors, error_rate=0.0")
    measured = await run_probe(LOGS, "calm", site=site(docker))
    assert measured.fields == {"lines": 1, "errors": 0}
    assert verdict(LOGS, measured, CLEAN) is Verdict.PASS


async def test_first_error_is_found_not_the_last(docker: Docker) -> None:
    script = """echo INFO; echo 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB' >&2
    for n in 1 2 3; do echo "ERROR rank $n: connection closed" >&2; done"""
    docker.cli("run", "--name", "oom", "--network", "none", "bb:1", "sh", "-c", script)
    measured = await run_probe(LOGS, "oom", site=site(docker), lines=500)
    assert measured.fields["errors"] == 4
    assert measured.fields["cause"] == "cuda_oom"
    assert "Tried to allocate" in str(measured.fields["first_error"])
    assert "gpu_memory_utilization" in both(measured.remarks[0][0], **measured.remarks[0][1])


async def test_only_the_last_lines_are_read(docker: Docker) -> None:
    docker.cli(
        "run",
        "--name",
        "long",
        "--network",
        "none",
        "bb:1",
        "sh",
        "-c",
        "echo ERROR old; for n in 1 2 3 4 5; do echo INFO $n; done",
    )
    measured = await run_probe(LOGS, "long", site=site(docker), lines=3)
    assert measured.fields == {"lines": 3, "errors": 0}


async def test_log_of_a_terminal_is_not_framed(docker: Docker) -> None:
    docker.cli("run", "-t", "--name", "tty", "--network", "none", "bb:1", "echo", "ERROR something")
    measured = await run_probe(LOGS, "tty", site=site(docker))
    assert measured.fields["errors"] == 1
    assert measured.fields["first_error"] == "ERROR something"


async def test_error_of_the_engine_counts(docker: Docker) -> None:
    docker.cli("run", "--name", "typo", "--network", "none", "bb:1", "/no/vllm", fails=True)
    measured = await run_probe(LOGS, "typo", site=site(docker))
    assert measured.fields["lines"] == 0
    assert measured.fields["cause"] == "no_program"


async def test_log_driver_that_cannot_be_read(docker: Docker) -> None:
    docker.run("sent", "sleep", "60", options=["--log-driver", "none"])
    with pytest.raises(NoData) as caught:
        await run_probe(LOGS, "sent", site=site(docker))
    assert caught.value.key == "probes_container.no_log"


@pytest.mark.parametrize("probe", [HEALTH, LIMITS, START, IMAGE, LOGS])
async def test_no_such_container(docker: Docker, probe: Probe) -> None:
    for name in ("nobody", "../info", "a?b", "-"):
        with pytest.raises(NoData) as caught:
            await run_probe(probe, name, site=site(docker))
        assert caught.value.key in ("probes_container.no_container", "probes_container.refused")


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("CUDA error: CUDA driver version is insufficient for CUDA runtime version", "driver_old"),
        ("Failed to initialize NVML: Driver/library version mismatch", "driver_mismatch"),
        ("Failed to initialize NVML: Unknown Error", "nvml_lost"),
        ('could not select device driver "" with capabilities: [[gpu]]', "no_gpu"),
        ("RuntimeError: NCCL error in: ../ProcessGroupNCCL.cpp:1970, unhandled system error", "nccl"),
        (
            "[Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use",
            "port_in_use",
        ),
        ("exec /usr/bin/python3: exec format error", "exec_format"),
        ("OSError: [Errno 28] No space left on device: '/root/.cache'", "disk_full"),
        ("OSError: [Errno 28] No space left on device: '/dev/shm/nccl-x'", "shm"),
        ("ERROR: Unexpected bus error encountered in worker. insufficient shared memory (shm)", "shm"),
        ("manifest for nvidia/cuda:11.8-base not found: manifest unknown", "image_pull"),
        ("NVRM: Xid (PCI:0000:65:00): 79, GPU has fallen off the bus.", "nvml_lost"),
        ('{"time":"t","level":"error","message":"boom"}', "other"),
        ("Traceback (most recent call last):", "other"),
        ('INFO:     127.0.0.1:5555 - "GET /health HTTP/1.1" 200 OK', ""),
        ("errors=0 failed=0 level=info", ""),
    ],
)
def test_causes(line: str, cause: str) -> None:
    assert [found.cause for found in recognise([line])] == ([cause] if cause else [])


def test_every_cause_has_its_advice_in_both_languages() -> None:
    for cause in CAUSES:
        assert both(f"probes_container.cause_{cause}", line=1, said="x")
    assert root([]) is None
