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


def isolated(setup: str, probe: str, address: str, **options: str) -> dict[str, Any]:
    """The probe's fields, remarks and fault in a new network namespace after the shell command `setup`."""
    inner = f"{setup}; exec {sys.executable} -m {__name__} {probe} '{address}' '{json.dumps(options)}'"
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", inner], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


async def _main(name: str, address: str, options: str) -> None:
    probe = next(each for each in PROBES if each.name == name)
    try:
        measured = await run_probe(probe, address, options=json.loads(options))
    except Outcome as fault:
        print(
            json.dumps(
                {"fault": fault.key, "verdict": fault.verdict, "said": both(fault.key, **fault.fields)}
            )
        )
    else:
        print(json.dumps({"fields": dict(measured.fields), "remarks": [key for key, _ in measured.remarks]}))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:4]))
