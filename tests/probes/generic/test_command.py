"""Programs of the operator's own: what they say, how they end, and what they cannot do."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from gpuready.checklist.model import Criterion, Kind, Method
from gpuready.checklist.verdict import Verdict, judge
from gpuready.engine.registry import Registry, misfits, unit_of
from gpuready.probes.generic_command import COMMAND
from gpuready.probes.probe import HERE, Ask, Broken, Measurement, NoData, Safety
from tests.probes.run_probe import both, run_probe


def verdict(measured: Measurement, *want: Criterion, unit: str = "") -> Verdict:
    figures = {each.field: each.unit for each in want}
    units = {n: unit_of(n, COMMAND, {"unit": unit}, figures.get(n, "")) for n in measured.fields}
    return judge(want, measured.fields, units)


async def test_a_plain_number_is_the_value() -> None:
    measured = await run_probe(COMMAND, argv=["nproc"])
    assert measured.fields["exit_code"] == 0
    assert measured.fields["value"] == len(os.sched_getaffinity(0))
    assert verdict(measured, Criterion("value", ">=", 1, "count")) is Verdict.PASS
    assert verdict(measured, Criterion("value", ">", 10_000, "count")) is Verdict.FAIL


async def test_json_by_jmespath() -> None:
    said = json.dumps({"disks": [{"name": "a", "used": 12.5, "ok": True}, {"name": "b", "used": 80}]})
    taken = {
        "disks[0].used": 12.5,
        "max(disks[].used)": 80,
        "disks[0].ok": True,
        "disks[1].name": "b",
        "length(disks)": 2,
    }
    for path, value in taken.items():
        measured = await run_probe(COMMAND, argv=["echo", said], json=path)
        assert measured.fields["value"] == value and type(measured.fields["value"]) is type(value)


async def test_text_by_regex_with_its_unit() -> None:
    argv = ["printf", "boot: 1\\nused: 45.50 MiB of 64\\n"]
    measured = await run_probe(COMMAND, argv=argv, regex=r"^used: ([\d.]+)", unit="MiB")
    assert (measured.fields["matched"], measured.fields["text"]) == (True, "45.50")
    assert verdict(measured, Criterion("value", "<", 0.05, "GiB"), unit="MiB") is Verdict.PASS
    assert verdict(measured, Criterion("value", "<", 40, "MiB"), unit="MiB") is Verdict.FAIL
    missing = await run_probe(COMMAND, argv=argv, regex="^free: (.*)")
    assert missing.fields == {"exit_code": 0, "matched": False}


async def test_versions_stay_texts() -> None:
    measured = await run_probe(COMMAND, argv=["echo", "v1.10"], regex=r"v(\S+)", unit="version")
    assert measured.fields["value"] == "1.10"
    want = Criterion("value", ">=", "1.9", "version")
    assert verdict(measured, want, unit="version") is Verdict.PASS
    for odd in ("007", "1.10", "1e5", "0x10", "12 MiB"):
        assert (await run_probe(COMMAND, argv=["echo", odd])).fields["value"] == odd


async def test_a_failing_program_fails_by_its_exit_code() -> None:
    measured = await run_probe(COMMAND, argv=["sh", "-c", "echo 5; echo broken >&2; exit 3"])
    assert measured.fields == {"exit_code": 3, "text": "5"}
    assert verdict(measured, Criterion("exit_code", "==", 0)) is Verdict.FAIL
    assert verdict(measured, Criterion("value", "==", 5, "count")) is Verdict.UNKNOWN
    assert dict(measured.remarks)["probes_generic.failed"] == {"code": 3, "said": "broken"}


async def test_trap_a_program_that_failed_denies_nothing() -> None:
    """`dmesg` without rights prints no error of a GPU: that is no proof that there is none."""
    measured = await run_probe(COMMAND, argv=["sh", "-c", "exit 1"], regex="Xid")
    assert "matched" not in measured.fields
    assert verdict(measured, Criterion("matched", "==", False)) is Verdict.UNKNOWN


async def test_exit_codes_that_mean_an_answer(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("fine\n")
    argv = ["grep", "-c", "error", str(tmp_path / "log")]
    assert "value" not in (await run_probe(COMMAND, argv=argv)).fields
    measured = await run_probe(COMMAND, argv=argv, ok=[0, 1])
    assert (measured.fields["exit_code"], measured.fields["value"]) == (1, 0)


async def test_a_signal_is_a_negative_exit_code() -> None:
    measured = await run_probe(COMMAND, argv=["sh", "-c", "kill -9 $$"])
    assert measured.fields["exit_code"] == -9


async def test_stderr_where_programs_speak_there() -> None:
    argv = ["sh", "-c", "echo out; echo err >&2"]
    assert (await run_probe(COMMAND, argv=argv, stream="stderr")).fields["text"] == "err"
    assert (await run_probe(COMMAND, argv=argv, stream="both")).fields["text"] == "out\nerr"


async def test_there_is_no_shell(tmp_path: Path) -> None:
    argv = ["echo", f"; touch {tmp_path}/x", "$(id)", "*", "&&", ">y"]
    measured = await run_probe(COMMAND, argv=argv)
    assert measured.fields["text"] == f"; touch {tmp_path}/x $(id) * && >y"
    assert not [*os.scandir(tmp_path)]
    (step,) = COMMAND.steps(Ask(HERE, {**COMMAND.params, "argv": argv}))
    assert step == f"echo '; touch {tmp_path}/x' '$(id)' '*' '&&' '>y'"


@pytest.mark.parametrize(
    "argv", ["ls -l", [], [""], ["ls", None], ["ls", ["-l"]], ["ls\0"], {"a": 1}, [True]]
)
async def test_what_is_no_list_of_words_is_an_error(argv: object) -> None:
    with pytest.raises(Broken) as caught:
        await run_probe(COMMAND, argv=argv)
    assert caught.value.key == "probes_generic.bad_argv"
    both(caught.value.key, **caught.value.fields)


async def test_missing_tools_and_what_cannot_start(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"\x7fELF\0\0\0")
    garbage.chmod(0o755)
    for program, key in (
        ("no-such-program-here", "probes.no_tool"),
        (str(script), "probes_generic.no_start"),
        (str(garbage), "probes_generic.no_start"),
    ):
        with pytest.raises(NoData) as caught:
            await run_probe(COMMAND, argv=[program])
        assert caught.value.key == key


async def test_what_is_no_json_is_an_error() -> None:
    with pytest.raises(Broken) as caught:
        await run_probe(COMMAND, argv=["echo", "<html>"], json="a")
    assert caught.value.key == "probes_generic.no_json"
    assert caught.value.evidence
    deep = await run_probe(COMMAND, argv=["echo", '{"a": [1]}'], json="a")
    assert "value" not in deep.fields and "probes_generic.no_scalar" in dict(deep.remarks)
    nothing = await run_probe(COMMAND, argv=["echo", "{}"], json="a.b")
    assert "value" not in nothing.fields and "probes_generic.nothing_there" in dict(nothing.remarks)


@pytest.mark.parametrize(
    ("param", "key"),
    [
        ({"json": "a["}, "bad_json_path"),
        ({"json": "abs(a)"}, "bad_json_path"),
        ({"regex": "("}, "bad_regex"),
        ({"regex": "a{99999999999}"}, "bad_regex"),
        ({"stream": "stdin"}, "bad_stream"),
    ],
)
async def test_bad_expressions_are_errors(param: dict[str, Any], key: str) -> None:
    with pytest.raises(Broken) as caught:
        await run_probe(COMMAND, argv=["echo", '{"a": "x"}'], **param)
    assert caught.value.key == f"probes_generic.{key}"
    both(caught.value.key, **caught.value.fields)


async def test_trap_an_expression_without_end_holds_up_nothing() -> None:
    """In this process it could be neither stopped nor waited for."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.02)
            ticks += 1

    ticking = asyncio.create_task(tick())
    begun = time.monotonic()
    with pytest.raises(NoData) as caught:
        await run_probe(COMMAND, argv=["echo", "a" * 60], regex="(a+)+$x", limit=1.5)
    ticking.cancel()
    assert caught.value.key == "probes_generic.slow_regex"
    assert time.monotonic() - begun < 1.6
    assert ticks > 20


async def test_a_hanging_program_ends_with_its_children() -> None:
    begun = time.monotonic()
    with pytest.raises(NoData) as caught:
        await run_probe(COMMAND, argv=["sh", "-c", "sleep 987.5 & sleep 987.5"], seconds=0.3)
    assert caught.value.key == "probes.too_slow"
    assert time.monotonic() - begun < 2
    assert "sleep 987.5" not in _running()


def _running() -> str:
    return "\n".join(" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"]))


async def test_an_endless_talker_is_stopped() -> None:
    with pytest.raises(Broken) as caught:
        await run_probe(COMMAND, argv=["yes"])
    assert caught.value.key == "probes.too_much"


async def test_no_environment_and_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPERATORS_TOKEN", "quite-secret")
    measured = await run_probe(COMMAND, argv=["env"])
    assert "quite-secret" not in str(measured)
    told = await run_probe(COMMAND, argv=["echo", "password=hunter22"])
    assert "hunter22" not in str(told)
    assert "value" not in told.fields and "probes_generic.hidden" in dict(told.remarks)


def test_it_asks_first() -> None:
    assert COMMAND.safety is Safety.CHANGES
    method = Method(Kind.PROBE, "command", params={"argv": ["id"]}, want=(Criterion("exit_code", "==", 0),))
    (problem,) = misfits(method, Registry({"command": COMMAND}))
    assert problem.key == "engine.not_read"
