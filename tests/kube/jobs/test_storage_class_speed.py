"""storage.class_speed with a real fio on a folder, and with what a fio could say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gpuready.kube.jobs.storage_class_speed import PROBE, figures
from gpuready.probes.probe import Broken, NoData, Outcome
from tests.kube.apiserver import Api
from tests.kube.jobs.asking import ask, left, measured, outcome
from tests.kube.jobs.kubelet import Kubelet
from tests.kube.jobs.test_storage_shared import storage_class

IMAGE = {"fio_image": "registry.example/tools/fio:3"}


async def test_a_real_fio_writes_and_reads(cluster: Api, pods: Kubelet) -> None:
    cluster.put(storage_class("fast"))
    found = await measured(ask(cluster, PROBE, size="16M", seconds=2, options=IMAGE), PROBE)
    read, write = found.fields["read"], found.fields["write"]
    assert isinstance(read, float) and isinstance(write, float) and read > 1e6 and write > 1e6
    assert found.fields["size"] == 16 * 2**20
    assert (found.fields["storage_class"], found.fields["node"]) == ("fast", "gpu-1")
    assert "read_p99" in found.fields and "write_p99" in found.fields
    assert left(cluster) == []


async def test_without_an_image_with_fio_nothing_is_started(cluster: Api, pods: Kubelet) -> None:
    raised = await outcome(ask(cluster, PROBE), PROBE)
    assert raised.key == "kube_jobs.no_fio_image" and "fio_image=" in str(raised)
    assert cluster.requests == []
    assert len(PROBE.steps(ask(cluster, PROBE))) == 1


def _fio(way: str, *, many: int = 2**20, rate: int = 10**9, error: int = 0) -> dict[str, Any]:
    told = {"io_bytes": many, "bw_bytes": rate}
    return {"jobs": [{"error": error, way: told}]}


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ([], Broken),
        ([{"missing": "fio"}], NoData),
        ([{"way": "write", "code": 1, "err": "No space left on device"}], NoData),
        ([{"way": "write", "code": 0}, _fio("write")], Broken),  # the read never came
        (
            [{"way": "write", "code": 0}, _fio("write", many=0), {"way": "read", "code": 0}, _fio("read")],
            Broken,
        ),
        ([{"way": "write", "code": 0}, _fio("write", error=5)], Broken),
        ([{"way": "write", "code": 0}, {"way": "read", "code": 0}], Broken),
    ],
)
def test_what_fio_says_is_not_taken_on_trust(lines: list[dict[str, Any]], kind: type[Outcome]) -> None:
    with pytest.raises(kind):
        figures(lines, "pod")


async def test_a_full_volume_is_told_in_fios_words(cluster: Api, pods: Kubelet) -> None:
    cluster.put(storage_class("fast"))
    line = json.dumps({"way": "write", "code": 1, "err": "fio: No space left on device"})
    pods.played = {"fio": lambda _: (f"{line}\n\n", 0)}
    raised = await outcome(ask(cluster, PROBE, options=IMAGE), PROBE)
    assert raised.key == "kube_jobs.fio_failed" and "No space left" in str(raised)
    assert left(cluster) == []
