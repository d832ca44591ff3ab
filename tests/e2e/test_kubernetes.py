"""The Kubernetes panel and its checks: the program in a terminal, a served API, and what befalls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import Desk, assert_left_as_it_was, clipboard, turn_to
from tests.kube import objects
from tests.kube.apiserver import Api
from tests.terminal import Terminal

ITEM = "13.2.4.2"
"""An item whose checks are reads of Kubernetes, but for one."""


@contextmanager
def served(file: Path) -> Iterator[subprocess.Popen[str]]:
    """An API of 40 nodes and 400 pods in a process of its own, which the test may stop; its kubeconfig in
    that file."""
    words = ["--nodes", "40", "--pods", "400", "--kubeconfig", str(file)]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.kube.apiserver", *words], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("http")
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    file = tmp_path_factory.mktemp("kube") / "kubeconfig"
    with served(file):
        yield file


def seated(desk: Desk, config: Path, columns: int = 120, rows: int = 40) -> Terminal:
    """The program, with the cursor in its Kubernetes panel, which shows the cluster."""
    added = desk.run("targets", "add", f"kubeconfig={config}#test")
    assert added.returncode == 0, added.stderr
    terminal = desk.open(columns=columns, rows=rows, scenario="")
    terminal.wait_for("13.1.1.1")
    turn_to(terminal, "Kubernetes", "waiting for 1 GPU: 8")
    return terminal


@pytest.mark.parametrize(("columns", "rows"), [(120, 40), (80, 24)])
def test_the_panel_stands_beside_the_others_or_alone(
    desk: Desk, config: Path, columns: int, rows: int
) -> None:
    terminal = seated(desk, config, columns, rows)
    screen = terminal.wait_for("40/40 ready")
    assert "168/280 free" in screen and "H100-80GB-HBM3" in screen
    assert ("13.1.1.1" in screen) == (columns >= 100)  # at 80 columns one pane has the screen for itself
    terminal.send("z")
    terminal.wait_for(lambda text: ("0/8 free" in text or "0×4 8×6" in text) and "13.1.1.1" not in text)
    terminal.send("1", "z")
    terminal.wait_for("13.1.1.1")


def test_from_a_group_to_a_node_its_checks_and_its_command(desk: Desk, config: Path) -> None:
    terminal = seated(desk, config)
    terminal.send("z", "=")
    terminal.wait_for("Words that nodes")
    terminal.send("node-00001", "enter")
    screen = terminal.wait_for(lambda text: "[node-00001]" in text and "node-00002" not in text)
    assert "nodes with room: 21" in screen  # a filter hides nodes, not the room on them
    terminal.send("g", "enter")
    terminal.wait_for("that read the nodes")
    terminal.send("q")
    terminal.wait_for(lambda text: "that read the nodes" not in text)
    terminal.send("y")
    terminal.wait_for("OSC 52")
    assert clipboard(terminal) == "kubectl --context test describe node node-00001"
    terminal.send("W")
    terminal.wait_for("nodes by name")


def test_an_item_is_measured_in_the_cluster(desk: Desk, config: Path) -> None:
    terminal = seated(desk, config)
    terminal.send("2", "/")
    terminal.wait_for("esc leaves")
    terminal.send(ITEM, "enter")
    terminal.wait_for(lambda text: f"{ITEM} " in text and "13.2.4.1 " not in text)
    terminal.send("j", "r")
    terminal.wait_for(lambda text: "✓ a3" in text and "✗ s2" in text, timeout=60)
    terminal.send("j", "j", "enter", "z")
    screen = terminal.wait_for(lambda text: f"{ITEM}.s2" in text and "measured by ana" in text)
    assert "Kubernetes API v1.34.2" in screen and "cpu_pods_on_gpu_nodes" in screen


def test_checks_and_plan_of_the_whole_chapter_without_the_screen(desk: Desk, config: Path) -> None:
    target = f"kubeconfig={config}#test"
    done = desk.run("check", "13.2", "--target", target, "--format", "json")
    assert done.returncode == 1, done.stderr
    results = {each["ref"]: each for each in json.loads(done.stdout)["results"]}
    # All at once, and none of them waits in vain for what another one holds.
    assert not any("did not answer" in each["reason"] for each in results.values())
    assert not any(each["verdict"] in ("error", "blocked") for each in results.values())
    ready = results["13.2.1.1.a2"]
    assert (ready["verdict"], ready["value"], ready["source"]) == ("pass", 0, "Kubernetes API v1.34.2")
    assert results["13.2.1.3.s1"]["verdict"] == "fail" and "team-00" in results["13.2.1.3.s1"]["reason"]
    passing = desk.run("check", "13.2.4.2.a3", "--target", target)
    assert passing.returncode == 0, passing.stdout
    planned = desk.run("plan", "13.2.4.2.a3", "--target", target)
    assert planned.returncode == 0
    assert "GET /api/v1/nodes?limit=500" in planned.stdout and "read-only" in planned.stdout


def test_without_rights_nothing_is_known_and_the_rule_to_grant_is_named(desk: Desk, tmp_path: Path) -> None:
    with Api(folder=tmp_path / "kube") as api:
        api.put(objects.node("gpu-1"))
        api.allow([])
        words = ("check", "13.2.1", "--target", f"kubeconfig={api.kubeconfig}#test", "--format", "json")
        done = desk.run(*words)
        assert done.returncode == 0, done.stdout
        read = [each for each in json.loads(done.stdout)["results"] if str(each["method"]).startswith("kube")]
        assert len(read) > 10
        assert {each["verdict"] for each in read} == {"unknown"}, {e["ref"]: e["verdict"] for e in read}
        assert "gpuready targets kubernetes --rbac" in done.stdout
        assert desk.run(*words, "--strict").returncode == 3
        terminal_of_none = desk.run("targets", "add", f"kubeconfig={api.kubeconfig}#test")
        assert terminal_of_none.returncode == 0
        terminal = desk.open(scenario="")
        terminal.wait_for("13.1.1.1")
        turn_to(terminal, "Kubernetes", "Kubernetes")
        terminal.send("z")
        terminal.wait_for(lambda text: "may not list" in text or "--rbac" in text)


def test_keys_go_on_while_it_hangs_or_is_dead_and_who_leaves_need_not_wait(
    desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "kubeconfig"
    with served(file) as api:
        terminal = seated(desk, file)
        os.kill(api.pid, signal.SIGSTOP)
        terminal.send("1", "j", "right", "down", "space")
        terminal.wait_for("13.1.1.1.s1 passes on your word")
        os.kill(api.pid, signal.SIGCONT)
        api.kill()
        terminal.wait_for("cannot be reached", timeout=60)
        assert "280 free" in terminal.text()  # what was known stays
        begun = time.monotonic()
        terminal.send("q")
        assert terminal.wait() == 0
        assert time.monotonic() - begun < 5  # a second on a machine at rest
        assert_left_as_it_was(terminal)
