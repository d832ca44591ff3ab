"""The image of a container: its size layer by layer, and the libraries that it turned out to lack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from gpuready.checklist.model import Scalar
from gpuready.probes.container_events import moment
from gpuready.probes.engine_api import (
    INFO,
    Call,
    Engine,
    container,
    engine_of,
    inspect,
    log_lines,
    log_tail,
    part,
    pick,
    plan,
)
from gpuready.probes.probe import Ask, Measurement, NoData, Probe, Remark
from gpuready.text.safe import safe_line

SOURCE = "Docker Engine API"
LOG_LINES = 500
SHOWN_LAYERS = 10
_MISSING = re.compile(
    r"error while loading shared libraries: ([\w.+-]+?):"
    r"|([\w.+-]+\.so[\w.]*): cannot open shared object file"
    r"|Could not load (?:dynamic )?library '?([\w.+-]+\.so[\w.]*)'?"
)
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}


def _look(image: str) -> Call:
    return Call("GET", f"/images/{quote(image, safe=':')}/json")


def _history(image: str) -> Call:
    return Call("GET", f"/images/{quote(image, safe=':')}/history")


def _steps(ask: Ask) -> Sequence[str]:
    name = ask.target.address
    calls = (inspect(name), _look("IMAGE-ID"), _history("IMAGE-ID"), INFO, log_tail(name, LOG_LINES))
    return plan(ask, calls)


async def _image(ask: Ask) -> Measurement:
    name = ask.target.address
    async with engine_of(ask) as engine:
        found = await container(engine, name)
        engine.note(
            inspect(name),
            pick(found, "Image", "Config.Image", "State.Status", "State.StartedAt", "State.Error"),
        )
        ident = part(found, "Image")
        if not isinstance(ident, str) or not ident:
            raise engine.odd(inspect(name), ident)
        image = await engine.table(_look(ident), missing="probes_container.image_gone")
        engine.note(
            _look(ident),
            pick(image, "Id", "RepoTags", "RepoDigests", "Size", "Created", "Os", "Architecture"),
        )
        layers = await engine.rows(_history(ident), missing="probes_container.image_gone")
        engine.note(_history(ident), _shown(layers))
        info = await engine.table(INFO)
        engine.note(INFO, pick(info, "Architecture", "Driver"))
        libraries, remark = await _libraries(engine, name, found)
    fields: dict[str, Scalar] = {
        "name": str(part(found, "Config", "Image") or ""),
        "digest": _digest(image, ident),
    }
    sizes = [size for layer in layers if isinstance(size := layer.get("Size"), int)]
    if sizes:
        fields |= {"largest_layer": max(sizes), "layers": sum(size > 0 for size in sizes)}
    size = part(image, "Size")
    # containerd's image store may tell the compressed size; what the layers unpack to is then the larger.
    known = [n for n in (size, sum(sizes)) if isinstance(n, int) and n > 0]
    if known:
        fields["size"] = max(known)
    ours, machine = part(image, "Architecture"), str(part(info, "Architecture") or "")
    if ours and machine:
        fields["architecture_matches"] = ours == _MACHINES.get(machine, machine)
    if libraries is not None:
        fields |= {"missing_libraries": len(libraries), "libraries": ", ".join(libraries)}
    return Measurement(fields, SOURCE, tuple(engine.evidence), (remark,))


def _shown(layers: Sequence[Mapping[str, Any]]) -> str:
    """The largest layers with what made them; build arguments in it may hold secrets, `note` redacts."""
    rows = [
        (size, str(row.get("CreatedBy", ""))) for row in layers if isinstance(size := row.get("Size"), int)
    ]
    rows.sort(reverse=True)
    return "\n".join(f"{size} B  {safe_line(by)[:200]}" for size, by in rows[:SHOWN_LAYERS])


def _digest(image: Mapping[str, Any], ident: str) -> str:
    digests = part(image, "RepoDigests")
    return str(digests[0]) if isinstance(digests, list) and digests else ident


async def _libraries(engine: Engine, name: str, found: Mapping[str, Any]) -> tuple[list[str] | None, Remark]:
    """The libraries that the loader named as missing since the container's log begins, and a remark that
    says how this is known; None where it cannot be: never started, or nothing said and not running."""
    if moment(part(found, "State", "StartedAt")) is None and not part(found, "State", "Error"):
        return None, ("probes_container.never_started", {"name": name})
    try:
        lines = await log_lines(engine, name, LOG_LINES, tty=part(found, "Config", "Tty") is True)
    except NoData as outcome:
        return None, (outcome.key, outcome.fields)
    lines.append(str(part(found, "State", "Error") or ""))
    missing = missing_libraries(lines)
    engine.note(
        log_tail(name, LOG_LINES),
        "\n".join(line for line in lines if missing_libraries([line]))
        or f"{len(lines) - 1} lines, none of them names a missing library",
    )
    if not missing and not any(lines) and part(found, "State", "Running") is not True:
        return None, ("probes_container.empty_log", {"name": name})
    return missing, ("probes_container.libraries_from_log", {"lines": len(lines) - 1})


def missing_libraries(lines: Iterable[str]) -> list[str]:
    """The shared libraries that the dynamic loader, or a program by its dlopen, could not find."""
    found = (next(filter(None, match)) for line in lines for match in _MISSING.findall(line))
    return sorted(set(found))


IMAGE = Probe(
    name="container.image",
    measure=_image,
    steps=_steps,
    fields={
        "size": "B",
        "largest_layer": "B",
        "layers": "count",
        "missing_libraries": "count",
        "libraries": "",
        "architecture_matches": "",
        "name": "",
        "digest": "",
    },
    on="container",
    limit=15.0,
    privilege="the docker group",
)
"""The unpacked size of the container's image, its largest layer, and the libraries that the loader named as
missing in the last 500 lines of the container's log.  ``missing_libraries`` is left out for a container that
was never started, and for one that ended without a word: it may have failed before its first line."""
