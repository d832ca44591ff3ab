"""One short-lived container, as ``docker run --rm --pull=never --network none --gpus ...`` would have it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp

from gpuready.probes.engine_api import Answer, Call, Engine, engine_of, frames, pick
from gpuready.probes.leftover import gone, mark
from gpuready.probes.probe import Ask, Broken, NoData, Outcome
from gpuready.text.safe import safe_line

LABEL = "gpuready"
OWNER = "gpuready.owner"
OUTPUT_LIMIT = 256 * 1024  # bytes of what the container says; more is read and dropped
STALE = 3600.0  # seconds after which a container of another machine's run is a leftover for certain
_REMOVAL = 5.0  # seconds
_REFERENCE = re.compile(r"[a-zA-Z0-9][\w./:@-]{0,300}")

LEFTOVERS = Call(
    "GET", "/containers/json", {"all": "1", "filters": json.dumps({"label": [f"{LABEL}=probe"]})}
)


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: the image, the program with its arguments, and the devices that it is given."""

    purpose: str  # a part of the container's name
    image: str
    argv: tuple[str, ...]
    devices: Mapping[str, object]

    @property
    def name(self) -> str:
        return f"gpuready-{self.purpose}-{mark()}"

    @property
    def look(self) -> Call:
        return Call("GET", f"/images/{quote(self.image, safe='/:@')}/json")

    @property
    def create(self) -> Call:
        body = {
            "Image": self.image,
            "Entrypoint": [self.argv[0]],  # any image with CUDA will do, whatever it starts by itself
            "Cmd": list(self.argv[1:]),
            "Labels": {LABEL: "probe", OWNER: mark()},
            "HostConfig": {
                "AutoRemove": True,
                "NetworkMode": "none",
                "LogConfig": {"Type": "none", "Config": {}},
                "DeviceRequests": [self.devices],
            },
        }
        return Call("POST", "/containers/create", {"name": self.name}, body)

    @property
    def attach(self) -> Call:
        return Call("POST", f"/containers/{self.name}/attach", {"stream": "1", "stdout": "1", "stderr": "1"})

    @property
    def wait(self) -> Call:
        return Call("POST", f"/containers/{self.name}/wait", {"condition": "next-exit"})

    @property
    def start(self) -> Call:
        return Call("POST", f"/containers/{self.name}/start")

    @property
    def remove(self) -> Call:
        return Call("DELETE", f"/containers/{self.name}", {"force": "1", "v": "1"})

    @property
    def calls(self) -> tuple[Call, ...]:
        return self.look, self.create, self.attach, self.wait, self.start, self.remove


@dataclass(frozen=True, slots=True)
class Ran:
    """How it ended: `code` as ``docker run`` would exit with (125, 126 or 127 when the engine refused to
    start it, and then `refused` holds the engine's words), what it said, how long it took in seconds, and
    the image's id."""

    code: int
    out: str
    refused: str
    seconds: float
    image: str


async def run_once(ask: Ask, engine: Engine, order: Order, limit: float) -> Ran:
    """Run it and remove it, for at most `limit` seconds.

    `NoData` when the image is not there (nothing is ever pulled), the container does not end in time or the
    engine dies; whatever happens, cancellation included, the container is gone afterwards.
    """
    image = await _image(engine, order)
    began = time.monotonic()
    # The engine finishes what we asked of it even when we no longer listen: so does this task, and the
    # removal waits for it.
    creating = asyncio.create_task(engine.send(order.create))
    try:
        made = await asyncio.shield(creating)
        if made.status != 201:
            engine.note(order.create, f"HTTP {made.status} {made.message}")
            if _is_about_gpus(made.message):  # Docker 25 and newer check CDI names here
                return Ran(125, "", made.message, time.monotonic() - began, image)
            fault = NoData("probes_container.not_created", image=order.image, message=made.message)
            raise fault.showing(*engine.evidence)
        code, out, refused = await _started(engine, order, limit)
        return Ran(code, out, refused, time.monotonic() - began, image)
    finally:
        await _gone(ask, order, creating)


async def _image(engine: Engine, order: Order) -> str:
    if not _REFERENCE.fullmatch(order.image):
        raise NoData("probes_container.bad_image", image=safe_line(order.image[:100]))
    answer = await engine.send(order.look)
    if answer.status == 404:
        engine.note(order.look, f"HTTP 404 {answer.message}")
        raise NoData("probes_container.no_image", image=order.image).showing(*engine.evidence)
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if answer.status != 200 or not isinstance(found, dict):
        raise engine.odd(order.look, found)
    engine.note(order.look, pick(found, "Id", "RepoTags", "RepoDigests", "Architecture"))
    return str(found.get("Id", ""))


async def _started(engine: Engine, order: Order, limit: float) -> tuple[int, str, str]:
    """Exit code, output, and the engine's refusal.  Output and end are listened for before the start: a
    container that is removed when it ends can tell neither afterwards."""
    async with engine.open(order.attach) as stream, engine.open(order.wait) as end:
        for call, response in ((order.attach, stream), (order.wait, end)):
            if response.status in (101, 200):
                continue
            answer = Answer(response.status, await response.content.read(4096))
            engine.note(call, f"HTTP {answer.status} {answer.message}")
            if _is_about_gpus(answer.message):  # Podman prepares the container here already
                return exit_code(answer.message), "", answer.message
            fault = NoData(
                "probes_container.refused", call=call.path, status=answer.status, message=answer.message
            )
            raise fault.showing(*engine.evidence)
        started = await engine.send(order.start)
        if started.status not in (204, 304):
            engine.note(order.start, f"HTTP {started.status} {started.message}")
            return exit_code(started.message), "", started.message
        try:
            async with asyncio.timeout(limit):
                out, said = await asyncio.gather(_drained(stream), end.read())
        except TimeoutError:
            what = " ".join(order.argv)
            fault = NoData("probes_container.hung", image=order.image, what=what, seconds=f"{limit:g}")
            raise fault.showing(*engine.evidence) from None
    try:
        code = int(json.loads(said)["StatusCode"])
    except (ValueError, KeyError, TypeError):
        raise Broken(
            "probes_container.no_json",
            socket=engine.socket,
            call=order.wait.path,
            found=safe_line(said[:80].decode(errors="replace")),
        ) from None
    text = frames(out, tty=False)
    engine.note(order.start, f"{text}\n[exit {code}]")
    return code, text, ""


async def _drained(stream: aiohttp.ClientResponse) -> bytes:
    held = bytearray()
    async for chunk in stream.content.iter_chunked(65536):
        held += chunk[: max(0, OUTPUT_LIMIT - len(held))]
    return bytes(held)


def exit_code(refusal: str) -> int:
    """What ``docker run`` exits with when the engine refuses to start a container with these words."""
    words = refusal.lower()
    if any(
        w in words for w in ("executable file not found", "no such file or directory", "system cannot find")
    ):
        return 127
    return 126 if "permission denied" in words else 125


def _is_about_gpus(message: str) -> bool:
    return re.search(r"(?i)gpu|nvidia|nvml|cuda|\bcdi\b|device driver", message) is not None


def blames_gpus(ran: Ran) -> bool:
    """Whether the engine refused the container because of the GPUs that it was to get."""
    return bool(ran.refused) and ran.code == 125 and _is_about_gpus(ran.refused)


async def _gone(ask: Ask, order: Order, creating: asyncio.Task[Answer]) -> None:
    """Remove the container, shielded from a second Ctrl-C; what cannot be removed now (a dead engine) bears
    our label and is found by the next run."""
    removing = asyncio.create_task(_removed(ask, order, creating))
    with contextlib.suppress(Outcome):
        await asyncio.shield(removing)


async def _removed(ask: Ask, order: Order, creating: asyncio.Task[Answer]) -> None:
    await asyncio.wait({creating}, timeout=2.0)
    if not creating.done():
        creating.cancel()
    with contextlib.suppress(Outcome, asyncio.CancelledError):
        if (await creating).status != 201:
            return
    async with engine_of(ask, _REMOVAL) as engine:
        await remove(engine, order.remove)


async def remove(engine: Engine, call: Call) -> None:
    """Remove a container and wait until it is gone: the engine may already be at it."""
    while (await engine.send(call)).status == 409:  # noqa: ASYNC110 - another process is waited for
        await asyncio.sleep(0.05)


async def sweep(engine: Engine) -> list[str]:
    """Remove the containers of runs that were killed: those with our label whose process has ended or, where
    that cannot be known, which are older than `STALE`.  Returns their names."""
    swept = []
    for row in await engine.rows(LEFTOVERS):
        labels, created = row.get("Labels"), row.get("Created")
        owner = str(labels.get(OWNER, "")) if isinstance(labels, dict) else ""
        old = isinstance(created, int) and time.time() - created > STALE
        if not isinstance(row.get("Id"), str) or not (gone(owner) or old):
            continue
        await remove(
            engine, Call("DELETE", f"/containers/{quote(row['Id'], safe='')}", {"force": "1", "v": "1"})
        )
        swept.append(str(row["Id"])[:12])
    if swept:
        engine.note(LEFTOVERS, f"removed leftovers of killed runs: {', '.join(swept)}")
    return swept


def steps(orders: Sequence[Order]) -> tuple[Call, ...]:
    """Every call of `sweep` and `run_once`, in order."""
    return LEFTOVERS, *(call for order in orders for call in order.calls)
