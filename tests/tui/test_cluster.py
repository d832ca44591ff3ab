"""The Kubernetes panel on the screen: what keys do with it, another context, and a cluster that is served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from gpuready.engine.targets import add, parse_target, targets_of
from gpuready.kube.panel.facts import ClusterSample
from gpuready.kube.panel.watch import Listener
from gpuready.live.source import Unheard
from gpuready.probes.probe import Target
from gpuready.session import deeds
from gpuready.text.say import LANGUAGES, Language
from gpuready.tui.screens.watching_kubernetes import described
from gpuready.tui.widgets.cluster import ClusterPanel
from tests.kube import objects
from tests.kube.apiserver import Api
from tests.tui.cluster_facts import down, many, node, sample, waiting
from tests.tui.conftest import Seat, check, seated
from tests.tui.facts import gpus
from tests.tui.facts import node as live_node

TWO = """
apiVersion: v1
kind: Config
current-context: prod
contexts:
  - {name: prod, context: {cluster: c, user: u}}
  - {name: test, context: {cluster: c, user: u}}
clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: u, user: {}}]
"""


class Fed:
    """A watcher that says what the test says."""

    all: list[Fed]

    def __init__(self, target: Target, listener: Listener) -> None:
        self.target = target
        self.say = listener
        self.running = False
        Fed.all.append(self)

    def start(self) -> None:
        self.running = True

    async def stop(self) -> None:
        self.running = False


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Fed]]:
    Fed.all = []
    monkeypatch.setattr("gpuready.kube.panel.watch.Watcher", Fed)
    yield Fed.all


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    path.write_text(TWO)
    return path


def cluster_panel(seat: Seat) -> ClusterPanel:
    return seat.app.front.query_one(ClusterPanel)


async def watched(seat: Seat, fed: list[Fed], config: Path, heard: ClusterSample | Unheard) -> Fed:
    """The panel has the screen for itself, and shows that."""
    await add(seat.session, parse_target(f"kubernetes={config}#prod"))
    seat.app.stand_again()
    await seat.until(lambda _: bool(fed) and fed[-1].running)
    fed[-1].say(heard)
    await seat.press("shift+tab", "z")
    await seat.until(lambda text: "Kubernetes" in text.splitlines()[2])
    return fed[-1]


async def test_a_session_without_a_cluster_has_no_such_pane(
    seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert "Kubernetes" not in seat.text
    await seat.press("C")
    assert "No kubeconfig with a context" in seat.text


async def test_groups_unfold_to_nodes_and_nodes_to_their_facts(
    file: Path, fed: list[Fed], config: Path
) -> None:
    async with seated(file) as seat:
        await deeds.settle(seat.session, check("13.2.1.1.a2"), "fail", text="node-003 is not Ready")  # type: ignore[arg-type]
        seat.app.stand_again()
        await watched(seat, fed, config, sample(*many(64)))
        await seat.press("home")
        panel = cluster_panel(seat)
        assert panel.chosen.startswith("group:")
        await seat.press("enter")
        await seat.until("node-003")
        await seat.press("down")
        assert panel.chosen == "node:node-003"
        await seat.press("enter")
        await seat.until(lambda _: "capacity 8" in seat.dialog)
        await seat.until(lambda _: "whose result names this node (1) ✗ 13.2.1.1.a2" in seat.dialog)
        assert "that read the nodes" in seat.dialog
        await seat.press("escape", "up", "enter")
        await seat.gone("node-003")


async def test_the_cursor_stays_with_what_it_names(file: Path, fed: list[Fed], config: Path) -> None:
    async with seated(file) as seat:
        watcher = await watched(seat, fed, config, sample(node("b"), node("c")))
        panel = cluster_panel(seat)
        await seat.press("home", "down")
        assert panel.chosen == "node:c"
        watcher.say(sample(node("a"), node("b"), node("c")))
        assert panel.chosen == "node:c"
        row = next(line for line in panel.lines if line.ground == "cursor")
        assert row.text.startswith(" c ")
        watcher.say(sample(node("a"), node("b")))
        assert panel.chosen and panel.chosen != "node:c"
        assert [line.ground for line in panel.lines].count("cursor") == 1


async def test_order_filter_and_the_command_for_the_clipboard(
    file: Path, fed: list[Fed], config: Path
) -> None:
    async with seated(file) as seat:
        await watched(seat, fed, config, sample(*many(64), down("bad"), pending=(waiting(),)))
        await seat.press("W")
        await seat.until("nodes by name")
        await seat.press("equals_sign")
        await seat.until(lambda _: bool(seat.dialog))
        await seat.type("bad")
        await seat.press("enter")
        await seat.until("[bad]")
        assert "node-001" not in seat.text and "KubeletNotReady" in seat.text
        await seat.press("home", "y")
        assert seat.app.clipboard == "kubectl --context prod describe node bad"


async def test_a_pending_pod_is_read_in_full(file: Path, fed: list[Fed], config: Path) -> None:
    async with seated(file, columns=80, rows=24) as seat:
        await watched(seat, fed, config, sample(node("a"), pending=(waiting(),)))
        panel = cluster_panel(seat)
        await seat.press("home")
        while panel.chosen != "pod:train/big":
            await seat.press("down")
        await seat.press("enter")
        await seat.until(lambda _: "600 Insufficient nvidia.com/gpu." in seat.dialog)


async def test_a_silent_cluster_says_since_when_and_what_was_known_is_dimmed(
    file: Path, fed: list[Fed], config: Path
) -> None:
    async with seated(file) as seat:
        watcher = await watched(seat, fed, config, sample(node("a")))
        why = ("kube.unreachable", {"server": "https://api:6443", "error": "refused"})
        watcher.say(Unheard(0.0, why, 8.0))
        await seat.until("cannot be reached")
        assert "asked again within 8 s" in " ".join(seat.text.split())
        panel = cluster_panel(seat)
        assert {span.tone for line in panel.lines[4:] for span in line.spans} == {"dim"}
        watcher.say(sample(node("a")))
        await seat.gone("cannot be reached")


async def test_another_context_is_chosen_by_keyboard_and_nothing_of_the_old_one_stays(
    file: Path, fed: list[Fed], config: Path
) -> None:
    async with seated(file) as seat:
        old = await watched(seat, fed, config, sample(node("node-of-prod")))
        await seat.press("C")
        await seat.until(lambda _: "(*) prod" in seat.dialog and "( ) test" in seat.dialog)
        await seat.press("down", "ctrl+s")
        await seat.until(lambda _: len(fed) == 2 and fed[1].running)
        assert not old.running and fed[1].target.address == f"{config}#test"
        targets = targets_of(seat.session.state.settings)
        assert [(each.kind, each.name, each.address) for each in targets] == [
            ("kubernetes", "test", f"{config}#test")
        ]
        await seat.gone("node-of-prod")
        fed[1].say(sample(node("node-of-test"), context="test"))
        old.say(sample(node("node-of-prod")))  # one that was late
        await seat.until("node-of-test")
        assert "node-of-prod" not in seat.text


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Api]:
    with Api(folder=tmp_path / "kube") as api:
        yield api


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_served_cluster_from_the_first_key_to_a_change(
    file: Path, cluster: Api, size: tuple[int, int]
) -> None:
    cluster.put(objects.node("gpu-1", 8))
    cluster.put(objects.pod("one", "chat", node="gpu-1", gpus=5))
    async with seated(file, columns=size[0], rows=size[1]) as seat:
        await add(seat.session, parse_target(f"kubernetes={cluster.kubeconfig}#test"))
        seat.app.stand_again()
        await seat.press("shift+tab")
        await seat.until("■■■■■□□□", 15)
        cluster.put(objects.pod("two", "chat", node="gpu-1", gpus=3))
        await seat.until("■■■■■■■■", 15)
        await seat.press("L")
        await seat.until("节点" if size[0] > 100 else "就绪")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_picture(
    size: tuple[int, int],
    language: Language,
    file: Path,
    fed: list[Fed],
    config: Path,
    snapshot: SnapshotAssertion,
) -> None:
    nodes = (*many(64), down("node-900"), node("node-901", 3, healthy=7, unschedulable=True))
    of = sample(*nodes, pending=(waiting(), waiting("small", 2)), idle_pending=1)
    async with seated(file, columns=size[0], rows=size[1], language=language) as seat:
        await seat.hear(gpus(), live_node())
        await watched(seat, fed, config, of)
        await seat.press("home", "down")
        await seat.until(lambda _: cluster_panel(seat).chosen.startswith(("group:", "product:")))
        assert await seat.at_rest() == snapshot


async def test_a_row_is_chosen_with_the_mouse(file: Path, fed: list[Fed], config: Path) -> None:
    async with seated(file) as seat:
        await watched(seat, fed, config, sample(node("a"), node("b")))
        panel = cluster_panel(seat)
        y = next(n for n, line in enumerate(panel.lines) if line.text.startswith(" b "))
        await seat.pilot.click(panel, offset=(3, y))
        assert panel.chosen == "node:b" and panel.lines[y].ground == "cursor"


@pytest.mark.parametrize(
    "key, want",
    [
        ("node:a", "kubectl --context c describe node a"),
        ("pod:ns/p", "kubectl --context c describe pod -n ns p"),
        ("engine:Deployment/ns/e", "kubectl --context c describe deployment -n ns e"),
        ("open:pods", ""),
        ("", ""),
    ],
)
def test_commands(key: str, want: str) -> None:
    assert described(key, "c") == want
