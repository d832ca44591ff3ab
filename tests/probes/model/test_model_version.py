"""model.version against played engines and real files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes.inference_identity import Card
from gpuready.probes.model_version import VERSION, is_versioned
from gpuready.probes.probe import Measurement, NoData
from tests.probes.inference.engines import LLAMA, card, triton, vllm
from tests.probes.run_probe import run_probe
from tests.probes.stage import play

NAMED = (Criterion("unversioned", "==", 0, "count"),)
SERVED = (Criterion("as_expected", "==", True), Criterion("config_matches", "==", True))


def keys(measured: Measurement) -> list[str]:
    return [key for key, _ in measured.remarks]


async def test_triton_tells_versions_and_vllm_names() -> None:
    async with play(triton(("resnet", "3", "READY"))) as stage:
        measured = await run_probe(VERSION, stage.url)
    assert judge(NAMED, measured.fields, VERSION.fields) is Verdict.PASS
    assert measured.fields["served"] == "resnet:3"
    async with play(vllm()) as stage:
        measured = await run_probe(VERSION, stage.url)
        assert judge(NAMED, measured.fields, VERSION.fields) is Verdict.FAIL
        own = await run_probe(VERSION, stage.url, options={"version_pattern": r"-\d+\.\d+-"})
        assert judge(NAMED, own.fields, VERSION.fields) is Verdict.PASS
        with pytest.raises(NoData):
            await run_probe(VERSION, stage.url, options={"version_pattern": "("})


@pytest.mark.parametrize(
    ("name", "root", "versioned"),
    [
        ("chat-v2", "", True),
        ("mistralai/Mistral-7B-Instruct-v0.3", "", True),
        ("chat:3", "", True),
        ("chat", "/hub/models--x/snapshots/0e9e39f249a16976918f6564b8830bc894c89659", True),
        ("gpt-4o-2024-08-06", "", True),
        ("resnet", "/models/resnet/7", True),
        (LLAMA, LLAMA, False),
        ("qwen3-30b-a3b", "", False),
        ("devil", "", False),
        ("model-1234", "", False),
    ],
)
def test_marks_of_a_version(name: str, root: str, versioned: bool) -> None:
    assert is_versioned(Card(name, root=root)) is versioned


async def test_what_is_expected() -> None:
    async with play(triton(("resnet", "3", "READY"), ("old", "1", "UNAVAILABLE"))) as stage:
        for expect, verdict in (
            ("resnet:3", Verdict.PASS),
            ("resnet", Verdict.PASS),
            ("resnet:4", Verdict.FAIL),
            ("resnet, old", Verdict.FAIL),
            ("other", Verdict.FAIL),
        ):
            measured = await run_probe(VERSION, stage.url, options={"expect": expect})
            assert judge(SERVED[:1], measured.fields, VERSION.fields) is verdict, expect
        unset = await run_probe(VERSION, stage.url)
        assert judge(SERVED, unset.fields, VERSION.fields) is Verdict.UNKNOWN
        assert keys(unset) == ["probes_model.nothing_expected", "probes_model.no_config"]


async def test_settings_that_the_engine_tells() -> None:
    async with play(vllm(card("m-v1", "vllm", max_model_len=8192))) as stage:
        options = {"expect": "m-v1", "expect.max_model_len": "8192"}
        measured = await run_probe(VERSION, stage.url, options=options)
        assert judge(SERVED, measured.fields, VERSION.fields) is Verdict.PASS
        other = await run_probe(VERSION, stage.url, options={"expect.max_model_len": "4096"})
        assert other.fields["config_matches"] is False
        untold = await run_probe(VERSION, stage.url, options={**options, "expect.dtype": "bfloat16"})
        assert judge(SERVED, untold.fields, VERSION.fields) is Verdict.UNKNOWN
        assert keys(untold) == ["probes_model.field_untold"]


async def test_files_against_registered_sums(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    digest = hashlib.sha256(b"{}").hexdigest()
    sums = tmp_path / "SHA256SUMS"
    sums.write_text(f"{digest}  config.json\n")
    options = {"sums": str(sums)}
    async with play(vllm()) as stage:
        same = await run_probe(VERSION, stage.url, options=options)
        assert same.fields["config_matches"] is True
        (tmp_path / "config.json").write_text("{ }")
        other = await run_probe(VERSION, stage.url, options=options)
        assert other.fields["config_matches"] is False
        assert "probes_model.sums_differ" in keys(other)
        (tmp_path / "config.json").unlink()
        assert (await run_probe(VERSION, stage.url, options=options)).fields["config_matches"] is False
        for text in ("", "no sums here\n", f"{digest}  x\n" * 300):
            sums.write_text(text)
            untold = await run_probe(VERSION, stage.url, options=options)
            assert "config_matches" not in untold.fields
        sums.unlink()
        assert "config_matches" not in (await run_probe(VERSION, stage.url, options=options)).fields


async def test_nothing_served_is_unknown() -> None:
    async with play(triton(("m", "1", "UNAVAILABLE"))) as stage:
        with pytest.raises(NoData) as caught:
            await run_probe(VERSION, stage.url)
    assert caught.value.key == "probes_model.none_served"
    with pytest.raises(NoData):
        await run_probe(VERSION, "http://127.0.0.1:1")
