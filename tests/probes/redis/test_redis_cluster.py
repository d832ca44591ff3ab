"""redis.cluster against three real nodes, one of which dies."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.probe import NoData
from gpuready.probes.redis_cluster import CLUSTER, parse_nodes, spread
from gpuready.probes.redis_latency import LATENCY
from gpuready.probes.redis_wire import Place
from tests.probes.daemons import wait_for
from tests.probes.redis.conftest import Redis, clustered
from tests.probes.run_probe import run_probe

UP = (Criterion("state", "==", "ok"), Criterion("slots_ok", "==", 16384, "count"))
EVEN = (Criterion("slot_spread", "<=", 10, "%"),)


async def test_a_cluster_that_stands(cluster: list[Redis]) -> None:
    measured = await run_probe(CLUSTER, cluster[0].address)
    assert judge(UP, measured.fields, CLUSTER.fields) is Verdict.PASS
    assert judge(EVEN, measured.fields, CLUSTER.fields) is Verdict.PASS
    assert measured.fields["masters"] == 3
    assert measured.fields["replicas_least"] == 0
    assert measured.fields["keys"] == 300
    assert 0 < float(measured.fields["key_spread"]) < 60
    latency = await run_probe(LATENCY, cluster[1].address, count=5)  # MOVED is an answer too
    assert latency.fields["samples"] == 10


async def test_the_password_goes_nowhere_else(cluster: list[Redis], tmp_path: Path) -> None:
    """With a password the other members are asked only when the operator allows it."""
    word = tmp_path / "word"
    word.write_text("pw")
    for node in cluster:
        node.cli("ACL", "SETUSER", "probe", "on", ">pw", "+@all")
    options = {"username": "probe", "password_file": str(word)}
    shy = await run_probe(CLUSTER, cluster[0].address, options=options)
    assert "key_spread" not in shy.fields
    assert ("probes_redis.not_followed", {}) in shy.remarks
    bold = await run_probe(CLUSTER, cluster[0].address, options=options | {"follow": "true"})
    assert bold.fields["keys"] == 300


async def test_one_alone_is_no_cluster(redis: Redis) -> None:
    measured = await run_probe(CLUSTER, redis.address)
    assert measured.fields == {"state": "disabled"}
    assert judge(UP, measured.fields, CLUSTER.fields) is Verdict.FAIL


async def test_nobody_there() -> None:
    with pytest.raises(NoData):
        await run_probe(CLUSTER, "127.0.0.1:1")


async def test_a_cluster_that_lost_a_master_fails(tmp_path: Path) -> None:
    with clustered(tmp_path) as nodes:
        nodes[2].process.kill()
        wait_for(lambda: "cluster_state:fail" in nodes[0].cli("CLUSTER", "INFO"), "the others to notice")
        measured = await run_probe(CLUSTER, nodes[0].address)
    assert judge(UP, measured.fields, CLUSTER.fields) is Verdict.FAIL
    assert measured.fields["slots_ok"] == 16384 - int(measured.fields["slots_fail"])
    assert "key_spread" not in measured.fields
    assert any(key == "probes_redis.member_silent" for key, _ in measured.remarks)


def test_lines_of_cluster_nodes() -> None:
    text = (
        "aa 10.0.0.1:6379@16379,host-1 myself,master - 0 0 1 connected 0-5460 [93-<-bb] 16000\n"
        "bb :0@0 master,noaddr - 0 0 2 disconnected\n"
        "cc [::1]:6380@16380 slave aa 0 0 1 connected\n"
    )
    one, two, three = parse_nodes(text, Place("asked", tls=True))
    assert (one.slots, one.place and one.place.host, one.place and one.place.tls) == (5462, "10.0.0.1", True)
    assert two.place is None and not two.serves
    assert three.master == "aa" and three.place and three.place.host == "::1"
    with pytest.raises(ValueError, match="nonsense"):
        parse_nodes("nonsense", Place("x"))


def test_spread() -> None:
    assert spread([5461, 5462, 5461]) == pytest.approx(0.0183, abs=0.001)
    assert spread([10]) is None
    assert spread([0, 0]) is None
