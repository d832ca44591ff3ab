"""What the Kubernetes panel draws: fragmentation at a glance, every section at every size, and no claim
about what is not known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gpuready.kube.panel.facts import ClusterSample, Gpus, PodFact
from gpuready.text.say import LANGUAGES, Language, set_language
from gpuready.tui.draw.cluster import cluster_lines
from gpuready.tui.draw.clusterparts import node_lines, thing_lines
from gpuready.tui.draw.gpumap import ORDERS, Look, gpu_signs
from gpuready.tui.draw.line import Line
from gpuready.tui.driver import to_ascii
from tests.tui.cluster_facts import GPU, L40S, down, many, node, sample, waiting

EVIL = "\x1b[2J\u202eevil\x07"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


def drawn(
    of: ClusterSample, width: int = 80, height: int = 30, look: Look | None = None, chosen: str = ""
) -> str:
    return text_of(cluster_lines(of, look or Look(), width, height, chosen).lines)


def text_of(lines: list[Line]) -> str:
    return "\n".join(line.text.rstrip() for line in lines)


def row(text: str, part: str) -> str:
    found = [line for line in text.split("\n") if part in line]
    assert len(found) == 1, f"{part!r} is on {len(found)} lines of\n{text}"
    return found[0]


def test_each_gpu_of_few_nodes_has_its_sign() -> None:
    text = drawn(
        sample(
            node("a", 5), node("b", 6, healthy=7), node("c", 2, nominated=4), node("d", 3, unschedulable=True)
        )
    )
    assert row(text, "■■■■■□□□ 3/8 free").startswith(" a ")
    assert "■■■■■■□✗ 1/8 free" in row(text, " b ")
    assert "■■◇◇◇◇□□ 6/8 free" in row(text, " c ")
    assert "■■■----- 0/8 free" in row(text, " d ") and "cordoned" in row(text, " d ")
    assert "4/4 ready" in drawn(sample(*many(4)), width=60)


def test_signs_are_told_apart_without_colour_and_in_ascii() -> None:
    spans = gpu_signs((Gpus(GPU, 8, 7, 3, 2),))
    text = "".join(span.text for span in spans)
    assert text == "■■■◇◇□□✗" and to_ascii(text) == "###%%..x"


def test_many_nodes_are_grouped_by_product_and_free_gpus() -> None:
    rows = [line for line in drawn(sample(*many()), height=60).split("\n") if " free" in line and "×" in line]
    assert [line.split()[0] for line in rows] == [
        "H100-80GB-HBM3", "■■■■■■□□", "■■■■■■■□", "■■■■■■■■", "L40S", "■■■■■■□□", "■■■■■■■□", "■■■■■■■■",
    ] or len(rows) == 8  # fmt: skip
    assert all("×75" in line and "█" in line for line in rows)


def test_where_there_is_no_room_each_product_is_one_row() -> None:
    text = drawn(sample(*many()), width=80, height=10)
    assert "0×75 1×75 2×75 3×75" in " ".join(row(text, "H100-80GB-HBM3").split())
    assert "0×75 1×75 2×75 3×75" in " ".join(row(text, "L40S").split())
    opened = drawn(sample(*many()), height=10, look=Look(opened=frozenset({f"product:{L40S}"})))
    assert opened.count("×75 ") >= 8 and "■■■■■□□□ 3/8 free" in opened


def test_free_gpus_that_fit_nothing_are_called_scattered() -> None:
    text = drawn(sample(*many(), pending=(waiting(), waiting("b"), waiting("c", 2))))
    assert "waiting for 8 GPU: 2  fits nowhere: free 900, at most 3 on a node" in text
    assert "waiting for 2 GPU: 1  nodes with room: 300" in text
    few = drawn(sample(node("a", 7), pending=(waiting(),)))
    assert "fits nowhere: free 1 in all" in few


def test_a_node_that_takes_no_pods_has_no_room() -> None:
    text = drawn(sample(down("a", 0), node("b", 0, unschedulable=True), pending=(waiting(),)))
    assert "fits nowhere: free 0 in all" in text and "0/16 free" in text


def test_nothing_is_said_to_be_free_while_pods_are_not_read() -> None:
    of = sample(node("a", None), pending=(), read=frozenset({"nodes", "devices", "engines", "events"}))
    text = drawn(of)
    assert "????????" in text and "GPUs ?/8 free" in text and "□" not in text and "pods: asking" in text
    assert "pending" not in text.split("\n")[0]


def test_what_may_not_be_read_is_said_with_the_part_it_concerns() -> None:
    note = (
        "kube.forbidden",
        {"verb": "list", "resource": "pods", "group": "", "plural": "pods", "verbs": '"list"'},
    )
    of = sample(node("a", None), notes={"pods": note})
    assert "pods: " in drawn(of)
    assert '"list"' in text_of(thing_lines(of, "note:pods", 70))


def test_each_section_is_one_line_at_least_and_shares_the_room() -> None:
    of = sample(*many(4), down("x"), pending=tuple(waiting(f"p{n}") for n in range(9)))
    small, large = drawn(of, height=9), drawn(of, height=40)
    for part in ("nodes not ready or under pressure: 1", "GPU pods: 9 pending, 1 failing",
                 "engines: 3, short of replicas: 1", "warnings: 2"):  # fmt: skip
        assert part in small and part in large
    assert "▸ engines" in small and "1/3  chat/llama" in small and "chat/mixtral" not in small
    assert "2/2  chat/mixtral" in large and large.count("train/p") == 9
    assert "KubeletNotReady  2 h" in large and "Unschedulable 12 min" in large


def test_an_opened_section_shows_all_of_it() -> None:
    of = sample(*many(4), pending=tuple(waiting(f"p{n}") for n in range(50)))
    assert drawn(of, height=20).count("train/p") < 15
    assert drawn(of, height=20, look=Look(opened=frozenset({"pods"}))).count("train/p") == 50


def test_a_filter_hides_nodes_but_not_the_room_that_they_have() -> None:
    of = sample(node("full", 8), node("empty", 0), pending=(waiting(gpus=4),))
    found = drawn(of, look=Look(words=("full",)))
    assert "empty" not in found and "nodes with room: 1" in found


def test_orders_and_filter() -> None:
    of = sample(node("b", 0), node("a", 8), down("c"), node("plain", total=0))
    names = {
        order: [
            line.split()[0] for line in drawn(of, look=Look(order=order)).split("\n") if "/8 free" in line
        ]
        for order in ORDERS
    }
    assert names == {"free": ["b", "a", "c"], "name": ["a", "b", "c"], "state": ["c", "a", "b"]}
    found = drawn(of, look=Look(words=("plain",)))
    assert "plain" in found and "no GPU" in found and "engines" not in found and "[plain]" in found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(24, 5), (59, 8), (80, 21), (120, 36), (200, 60)])
def test_every_size_in_both_languages(size: tuple[int, int], language: Language) -> None:
    set_language(language)
    nodes = (*many(40), down("x"), node("s", 40, 80), node("n", total=0))
    pods = (waiting(), PodFact("dra", "p", "pending", claims=1, reason="Unschedulable"))
    of = sample(*nodes, pending=pods, idle_pending=3)
    for order in ORDERS:
        for chosen in ("", "open:pods"):
            lines = cluster_lines(of, Look(order=order), *size, chosen).lines
            assert all(line.width == size[0] for line in lines), [line.text for line in lines]
            assert len(lines) >= min(size[1], 5)
    for line in node_lines(nodes[0], of, [], [], size[0]):
        assert line.width <= size[0]


def test_figures_where_gpus_are_many_or_of_several_kinds() -> None:
    mig = node("m", gpus=(Gpus("nvidia.com/mig-1g.10gb", 7, 7, 3), Gpus("nvidia.com/mig-3g.40gb", 2, 2, 0)))
    text = drawn(sample(mig, node("shared", 41, 80)))
    assert "1g.10gb 3/7  3g.40gb 0/2" in text and "6/9 free" in text and "GPU 41/80" in text


def test_a_cluster_without_gpus_says_what_to_look_at() -> None:
    assert "device plugin" in drawn(sample(node("a", total=0)))


def test_one_node_in_full() -> None:
    fact = node(
        "a", 6, healthy=7, taints=("nvidia.com/gpu=present:NoSchedule",), zone="z1", version="v1.34.2"
    )
    text = text_of(node_lines(fact, sample(fact), [], [], 100))
    assert "capacity 8 allocatable 7 requested 6 free 1" in text
    assert "chat/llama-2" in text and "CrashLoopBackOff" in text and "Rebooted" in text and "z1" in text


def test_names_that_would_command_the_terminal_are_harmless() -> None:
    of = sample(node(EVIL, 3, product=EVIL), context=EVIL, pending=(waiting(EVIL),))
    lines = [*cluster_lines(of, Look(), 80, 20, "").lines, *node_lines(of.nodes[0], of, [], [], 80)]
    assert not any("\x1b" in line.text or "\u202e" in line.text for line in lines)
