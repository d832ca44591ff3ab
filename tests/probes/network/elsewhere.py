"""Probes in a network of their own: `python -m tests.probes.network.elsewhere` inside `unshare -n`."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any

from gpuready.probes.network import PROBES
from gpuready.probes.probe import Outcome
from tests.probes.run_probe import both, run_probe

Question = tuple[str, str, dict[str, str]]  # probe, address, options


def isolated(setup: str, *questions: Question) -> list[dict[str, Any]]:
    """What the probes say, asked at the same time in a new network namespace after the shell commands
    `setup`: each its fields and remarks, or its fault."""
    inner = f"set -e; {setup}; exec {sys.executable} -m {__name__} '{json.dumps(questions)}'"
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", inner], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


async def _ask(name: str, address: str, options: dict[str, str]) -> dict[str, Any]:
    probe = next(each for each in PROBES if each.name == name)
    try:
        measured = await run_probe(probe, address, options=options)
    except Outcome as fault:
        return {"fault": fault.key, "verdict": fault.verdict, "said": both(fault.key, **fault.fields)}
    return {"fields": dict(measured.fields), "remarks": [key for key, _ in measured.remarks]}


async def _main(questions: list[Question]) -> None:
    print(json.dumps(await asyncio.gather(*(_ask(*question) for question in questions))))


if __name__ == "__main__":
    asyncio.run(_main(json.loads(sys.argv[1])))
