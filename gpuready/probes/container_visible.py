"""What a running container still sees of its GPUs."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gpuready.checklist.model import Scalar
from gpuready.probes.container_gpus import SOURCE, first_line, host_command, host_gpus, listed
from gpuready.probes.engine_api import Call, Engine, container, engine_of, frames, inspect, part, plan
from gpuready.probes.probe import Ask, Measurement, NoData, Probe


def _exec(name: str) -> Call:
    body = {"AttachStdout": True, "AttachStderr": True, "Cmd": ["nvidia-smi", "-L"]}
    return Call("POST", f"/containers/{quote(name, safe='')}/exec", None, body)


def _exec_start(ident: str) -> Call:
    return Call("POST", f"/exec/{ident}/start", None, {"Detach": False, "Tty": False})


def _exec_look(ident: str) -> Call:
    return Call("GET", f"/exec/{ident}/json")


def _visible_steps(ask: Ask) -> Sequence[str]:
    name = ask.target.address
    calls = (inspect(name), _exec(name), _exec_start("ID"), _exec_look("ID"))
    return f"$ {shlex.join(host_command())}", *plan(ask, calls)


async def _visible(ask: Ask) -> Measurement:
    name = ask.target.address
    async with engine_of(ask, ask.limit * 0.8) as engine:
        found = await container(engine, name)
        if part(found, "State", "Running") is not True:
            raise NoData("probes_container.not_started", name=name, state=part(found, "State", "Status"))
        code, out = await _executed(ask, engine, name)
        if code in (126, 127):
            raise NoData(
                "probes_container.no_smi",
                image=part(found, "Config", "Image"),
                code=code,
                message=first_line(out),
            ).showing(*engine.evidence)
        seen = listed(code, out, engine)
        evidence = list(engine.evidence)
    fields: dict[str, Scalar] = {
        "visible": len(seen),
        "blind": not seen,
        "exit_code": code,
        "said": first_line(out),
    }
    with contextlib.suppress(NoData):  # what the container sees counts without the host's own list
        host, exchange = await host_gpus(ask)
        evidence.append(exchange)
        fields["host"] = len(host)
    remarks = (("probes_container.blind", {"name": name, "said": first_line(out)}),) if not seen else ()
    return Measurement(fields, SOURCE, tuple(evidence), remarks)


async def _executed(ask: Ask, engine: Engine, name: str) -> tuple[int, str]:
    """Exit code and output of nvidia-smi -L inside the running container."""
    made = await engine.send(_exec(name))
    if made.status != 201:
        raise NoData(
            "probes_container.refused", call=_exec(name).path, status=made.status, message=made.message
        )
    ident = re.search(rb'"Id":\s*"([0-9a-f]+)"', made.body)
    if ident is None:
        raise engine.odd(_exec(name), made.body[:80].decode(errors="replace"))
    start, look = _exec_start(ident[1].decode()), _exec_look(ident[1].decode())
    try:
        answer = await engine.send(start)
        if answer.status != 200:
            raise NoData(
                "probes_container.refused", call=start.path, status=answer.status, message=answer.message
            )
        code = part(await engine.table(look), "ExitCode")
    except BaseException:
        await _end_exec(ask, look)  # the engine has no call that would end it
        raise
    out = frames(answer.body, tty=False)
    engine.note(_exec(name), f"{out}\n[exit {code}]")
    if not isinstance(code, int):
        raise engine.odd(look, code)
    return code, out


async def _end_exec(ask: Ask, look: Call) -> None:
    """Kill an nvidia-smi that we left hanging in a container, if it is still that and we may."""
    with contextlib.suppress(Exception):
        async with engine_of(ask, 1.0) as engine:
            found: dict[str, Any] = await engine.table(look)
        pid = found.get("Pid")
        if found.get("Running") is True and isinstance(pid, int) and pid > 1:
            _kill_smi(pid)


def _kill_smi(pid: int) -> None:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    if any(Path(word.decode()).name == "nvidia-smi" for word in words):
        os.kill(pid, signal.SIGKILL)


VISIBLE = Probe(
    name="container.visible",
    measure=_visible,
    steps=_visible_steps,
    fields={"visible": "count", "host": "count", "blind": "", "exit_code": "", "said": ""},
    on="container",
    limit=20.0,
    privilege="the docker group",
)
"""Whether a running container still sees its GPUs: nvidia-smi -L executed in it.  ``blind`` is yes after
"Failed to initialize NVML: Unknown Error", as containers get it from a systemctl daemon-reload."""
