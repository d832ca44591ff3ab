"""What the engine remembers of a container's past (its last 256 events, all containers together)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from gpuready.probes.engine_api import Call, Engine, part

KINDS = ("start", "die", "oom", "kill", "health_status")


@dataclass(frozen=True, slots=True)
class Event:
    """`action` as the engine writes it (``die``, ``health_status: healthy``); `at` in seconds since 1970;
    `exit_code` of a die, `signal` of a kill; empty elsewhere."""

    at: float
    action: str
    exit_code: str = ""
    signal: str = ""


def past_events(container: str, until: str = "NOW") -> Call:
    """The call that reads them.  `until` is the time at which it is made: without it the engine would go on
    to tell what happens next."""
    filters = json.dumps({"type": ["container"], "container": [container], "event": list(KINDS)})
    return Call("GET", "/events", {"since": "0", "until": until, "filters": filters})


async def events(engine: Engine, container: str) -> list[Event]:
    """The container's remembered events, oldest first; empty also where the engine does not tell them."""
    call = past_events(container, f"{datetime.now(UTC).timestamp():.6f}")
    answer = await engine.send(call)
    found = list(_read(answer.body.decode(errors="replace"))) if answer.status == 200 else []
    shown = [
        f"{datetime.fromtimestamp(e.at, UTC).isoformat()} {e.action} {e.exit_code or e.signal}" for e in found
    ]
    engine.note(call, "\n".join(shown) or f"HTTP {answer.status}, none")
    return sorted(found, key=lambda event: event.at)


def _read(text: str) -> Iterator[Event]:
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        nano = part(found, "timeNano")
        action = part(found, "Action") or part(found, "status")
        if isinstance(nano, int) and isinstance(action, str):
            code, sign = (part(found, "Actor", "Attributes", name) for name in ("exitCode", "signal"))
            yield Event(nano / 1e9, action, str(code or ""), str(sign or ""))


def moment(value: object) -> float | None:
    """Seconds since 1970 of a time as the engine writes it; None for its "never" (the year 1)."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at.timestamp() if at.year > 1 and at.tzinfo else None
