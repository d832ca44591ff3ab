# ruff: noqa: ASYNC110, ASYNC220, ASYNC221 - a test may block its own loop
from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.container_gpus import GPUS, SMOKE
from gpuready.probes.container_run import exit_code
from gpuready.probes.container_visible import VISIBLE
from gpuready.probes.probe import Ask, Measurement, NoData, Probe
from tests.probes.container.conftest import Tool, site
from tests.probes.container.engines import GPUS as UUIDS
from tests.probes.container.engines import Docker, dockerd
from tests.probes.daemons import wait_for
from tests.probes.run_probe import both, run_probe

SMOKE_WANT = (Criterion("exit_code", "==", 0),)
GPUS_WANT = (Criterion("missing", "==", 0, "count"), Criterion("single_visible", "==", 1, "count"))


def verdict(probe: Probe, want: tuple[Criterion, ...], measured: Measurement) -> Verdict:
    return judge(want, measured.fields, probe.fields)


async def test_smoke_passes_with_the_toolkit(docker: Docker) -> None:
    measured = await run_probe(SMOKE, site=site(docker), image="bb:1")
    assert verdict(SMOKE, SMOKE_WANT, measured) is Verdict.PASS
    assert "H100" in str(measured.fields["said"])
    assert str(measured.fields["image"]).startswith("sha256:")
    assert docker.names() == []


async def test_smoke_without_the_toolkit_fails_with_the_engines_own_words(plain: Docker) -> None:
    measured = await run_probe(SMOKE, site=site(plain), image="bb:1")
    assert measured.fields["exit_code"] == 125
    assert verdict(SMOKE, SMOKE_WANT, measured) is Verdict.FAIL
    (key, fields), *_ = measured.remarks
    assert key == "probes_container.gpu_refused"
    assert 'could not select device driver "" with capabilities: [[gpu]]' in both(key, **fields)
    assert plain.names() == []


async def test_smoke_exits_as_docker_run_does(plain: Docker, docker: Docker) -> None:
    """The engine's refusals become the exit codes of the real docker run."""
    for engine, words in (
        (plain, ["nvidia-smi"]),
        (docker, ["/no/such"]),
        (docker, ["/tmp"]),
        (docker, ["false"]),
    ):
        argv = ["docker", "-H", f"unix://{engine.socket}", "run", "--rm", "--network=none", "--gpus=all"]
        real = subprocess.run([*argv, f"--entrypoint={words[0]}", "bb:1"], capture_output=True)
        measured = await run_probe(SMOKE, site=site(engine), image="bb:1", command=words)
        assert measured.fields["exit_code"] == real.returncode, real.stderr
        assert verdict(SMOKE, SMOKE_WANT, measured) is Verdict.FAIL


async def test_smoke_when_the_driver_is_not_loaded(docker: Docker) -> None:
    (docker.tools / "refuse").touch()
    measured = await run_probe(SMOKE, site=site(docker), image="bb:1")
    assert measured.fields["exit_code"] == 125
    assert "driver not loaded" in str(measured.remarks)


async def test_absent_image_is_no_data_and_never_pulled(docker: Docker) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(SMOKE, site=site(docker))
    assert "docker pull nvidia/cuda:11.8.0-base-ubuntu22.04" in str(caught.value)
    assert "pull" not in "".join(e.asked for e in caught.value.evidence)


async def test_image_of_the_site_wins(docker: Docker) -> None:
    measured = await run_probe(SMOKE, site=site(docker, image="bb:1"))
    assert measured.fields["exit_code"] == 0


@pytest.mark.parametrize("image", ["../../info", "a b", "x?y=1", "", "-rf"])
async def test_bad_image_names(docker: Docker, image: str) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(SMOKE, site=site(docker), image=image)
    assert caught.value.key == "probes_container.bad_image"


async def test_hung_container_is_unknown_and_removed(docker: Docker) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(SMOKE, site=site(docker), image="bb:1", command=["sleep", "60"], limit=6)
    assert caught.value.key == "probes_container.hung"
    assert docker.names() == []


async def test_endless_output_is_cut(docker: Docker) -> None:
    command = ["sh", "-c", "yes | head -c 20000000"]
    measured = await run_probe(SMOKE, site=site(docker), image="bb:1", command=command)
    assert measured.fields["exit_code"] == 0
    assert len(str(measured)) < 20_000


@pytest.mark.parametrize("after", [0.0, 0.02, 0.1, 0.3, 1.0])
async def test_cancelled_run_leaves_no_container(docker: Docker, after: float) -> None:
    ask = Ask(params={"image": "bb:1", "command": ["sleep", "60"]}, limit=30, site=site(docker))
    task = asyncio.ensure_future(SMOKE.measure(ask))
    await asyncio.sleep(after)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 1.0
    assert docker.names() == []


async def test_killed_run_is_swept_by_the_next(docker: Docker) -> None:
    code = (
        "import asyncio\nfrom gpuready.probes.container_gpus import SMOKE\n"
        "from gpuready.probes.probe import *\n"
        f"site = (Target('engine', 'd', 'unix://{docker.socket}'),)\n"
        "ask = Ask(params={'image': 'bb:1', 'command': ['sleep', '60']}, limit=60, site=site)\n"
        "asyncio.run(SMOKE.measure(ask))"
    )
    child = subprocess.Popen([sys.executable, "-c", code])
    try:
        wait_for(lambda: bool(docker.cli("ps", "-q", "--filter", "label=gpuready=probe")), "the container")
        # While its owner lives, the container is nobody's leftover.
        measured = await run_probe(SMOKE, site=site(docker), image="bb:1")
        assert not measured.remarks
        assert len(docker.names()) == 1
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    measured = await run_probe(SMOKE, site=site(docker), image="bb:1")
    assert [key for key, _ in measured.remarks] == ["probes_container.swept"]
    assert docker.names() == []


async def test_others_containers_are_never_swept(docker: Docker) -> None:
    docker.run("theirs", "sleep", "60")
    docker.run(
        "foreign", "sleep", "60", options=["--label", "gpuready=probe", "--label", "gpuready.owner=x-1-2-3"]
    )
    await run_probe(SMOKE, site=site(docker), image="bb:1")
    assert docker.state("theirs")["Running"] is True
    assert docker.state("foreign")["Running"] is True  # another machine's, and young


async def test_the_container_is_what_was_shown(docker: Docker) -> None:
    ask = Ask(params={"image": "bb:1", "command": ["sleep", "60"]}, limit=30, site=site(docker))
    shown = "\n".join(SMOKE.steps(ask))
    task = asyncio.ensure_future(SMOKE.measure(ask))
    while not (names := await asyncio.to_thread(docker.names)):
        await asyncio.sleep(0.05)
    assert f"name={names[0]}" in shown
    host = docker.cli(
        "inspect", "--format", "{{.HostConfig.NetworkMode}} {{.HostConfig.AutoRemove}}", names[0]
    )
    assert host == "none true"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_engine_that_dies_in_mid_run() -> None:
    with dockerd(toolkit=True) as mortal:
        ask = Ask(params={"image": "bb:1", "command": ["sleep", "60"]}, limit=30, site=site(mortal))
        task = asyncio.ensure_future(SMOKE.measure(ask))
        while not await asyncio.to_thread(mortal.names):
            await asyncio.sleep(0.05)
        mortal.process.kill()
        with pytest.raises(NoData) as caught:
            await asyncio.wait_for(task, 10)
        assert caught.value.key in ("probes_container.died", "probes_container.not_running")
        with pytest.raises(NoData):
            await run_probe(GPUS, site=site(mortal), image="bb:1")


async def test_all_and_one(docker: Docker, tool: Tool) -> None:
    tool.smi()
    measured = await run_probe(GPUS, site=site(docker), image="bb:1")
    assert measured.fields == {"host": 2, "visible": 2, "missing": 0, "single_visible": 1}
    assert verdict(GPUS, GPUS_WANT, measured) is Verdict.PASS
    assert docker.names() == []


async def test_a_gpu_that_the_container_does_not_see(docker: Docker, tool: Tool) -> None:
    tool.smi(*UUIDS, "GPU-33333333-aaaa-bbbb-cccc-000000000002")
    measured = await run_probe(GPUS, site=site(docker), image="bb:1")
    assert measured.fields["missing"] == 1
    assert verdict(GPUS, GPUS_WANT, measured) is Verdict.FAIL
    key, fields = measured.remarks[0]
    assert "GPU-33333333" in both(key, **fields)


async def test_no_toolkit_means_that_no_gpu_is_seen(plain: Docker, tool: Tool) -> None:
    tool.smi()
    measured = await run_probe(GPUS, site=site(plain), image="bb:1")
    assert measured.fields == {"host": 2, "visible": 0, "missing": 2, "single_visible": 0}
    assert verdict(GPUS, GPUS_WANT, measured) is Verdict.FAIL


async def test_trap_no_gpu_on_the_host_is_unknown(docker: Docker, tool: Tool) -> None:
    """Nothing missing of nothing is no pass."""
    for script in ("echo 'No devices found.'", "echo 'NVIDIA-SMI has failed because' >&2; exit 9"):
        tool("nvidia-smi", script)
        with pytest.raises(NoData) as caught:
            await run_probe(GPUS, site=site(docker), image="bb:1")
        assert caught.value.key == "probes_container.no_host_gpus"


async def test_no_nvidia_smi_on_the_host(docker: Docker, tool: Tool) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(GPUS, site=site(docker), image="bb:1")
    assert caught.value.key == "probes.no_tool"


async def test_hung_nvidia_smi_on_the_host(docker: Docker, tool: Tool) -> None:
    tool("nvidia-smi", "exec sleep 60")
    with pytest.raises(NoData) as caught:
        await run_probe(GPUS, site=site(docker), image="bb:1", limit=1.5)
    assert caught.value.key == "probes.too_slow"


async def test_trap_failed_to_initialize_nvml_in_the_container(docker: Docker, tool: Tool) -> None:
    tool.smi()
    (docker.tools / "said").write_text("Failed to initialize NVML: Unknown Error")
    measured = await run_probe(GPUS, site=site(docker), image="bb:1")
    assert measured.fields["visible"] == 0
    assert verdict(GPUS, GPUS_WANT, measured) is Verdict.FAIL


async def test_an_answer_that_names_no_gpu_and_no_reason_is_unknown(docker: Docker, tool: Tool) -> None:
    tool.smi()
    (docker.tools / "said").write_text("hello")
    with pytest.raises(NoData) as caught:
        await run_probe(GPUS, site=site(docker), image="bb:1")
    assert caught.value.key == "probes_container.odd_smi"


async def test_trap_running_container_that_lost_its_gpus(docker: Docker, tool: Tool) -> None:
    tool.smi()
    docker.run("vllm", "sleep", "60", options=["--gpus", "all"])
    measured = await run_probe(VISIBLE, "vllm", site=site(docker))
    assert measured.fields["visible"] == 2
    assert measured.fields["blind"] is False
    script = "#!/bin/sh\necho Failed to initialize NVML: Unknown Error; exit 255"
    docker.cli("exec", "vllm", "sh", "-c", f"echo '{script}' > /usr/bin/nvidia-smi")
    measured = await run_probe(VISIBLE, "vllm", site=site(docker))
    assert measured.fields["visible"] == 0
    assert measured.fields["blind"] is True
    assert measured.fields["exit_code"] == 255
    assert [key for key, _ in measured.remarks] == ["probes_container.blind"]


async def test_visible_without_a_running_container_or_nvidia_smi(docker: Docker) -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(VISIBLE, "nobody", site=site(docker))
    assert caught.value.key == "probes_container.no_container"
    docker.run("cpu", "sleep", "60")
    with pytest.raises(NoData) as caught:
        await run_probe(VISIBLE, "cpu", site=site(docker))
    assert caught.value.key == "probes_container.no_smi"
    docker.cli("stop", "-t", "0", "cpu")
    with pytest.raises(NoData) as caught:
        await run_probe(VISIBLE, "cpu", site=site(docker))
    assert caught.value.key == "probes_container.not_started"


async def test_nvidia_smi_that_hangs_in_the_container_is_killed(docker: Docker) -> None:
    docker.run("stuck", "sleep", "60", options=["--gpus", "all"])
    docker.cli("exec", "stuck", "sh", "-c", "echo '#!/bin/sh\nsleep 777' > /usr/bin/nvidia-smi")
    with pytest.raises(NoData) as caught:
        await run_probe(VISIBLE, "stuck", site=site(docker), limit=1.0)
    assert caught.value.key == "probes_container.silent"

    def left() -> bool:
        return any(b"nvidia-smi" in _words(path) for path in Path("/proc").glob("[0-9]*/cmdline"))

    wait_for(lambda: not left(), "the end of nvidia-smi", 5)


def _words(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ('could not select device driver "" with capabilities: [[gpu]]', 125),
        ('exec: "x": executable file not found in $PATH: unknown', 127),
        ('exec: "/x": permission denied: unknown', 126),
    ],
)
def test_refusals_as_exit_codes(words: str, code: int) -> None:
    assert exit_code(words) == code
