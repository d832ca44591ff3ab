"""Whether an alert was true: what operators said, kept in the session.

A judgement is a setting of the session with the key ``alert.ID``: one field for each alert, so that undo,
merge, rivals and the audit hold for it as for every other setting, in older versions too, and two operators
who judge different alerts never overwrite each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gpuready.probes.probe import Ask, Exchange, NoData
from gpuready.session.event import EventKind
from gpuready.session.state import SESSION
from gpuready.text.fault import Fault
from gpuready.text.safe import safe_line

if TYPE_CHECKING:
    from gpuready.prometheus.alerts.ledger import Episode
    from gpuready.session.event import Event
    from gpuready.session.state import State
    from gpuready.session.store import Session

PREFIX = "alert."


def judgements_of(settings: Mapping[str, str]) -> dict[str, bool]:
    """By the id of an episode, whether it was a true alert.  What cannot be read is no judgement."""
    found = {}
    for key, value in settings.items():
        if not key.startswith(PREFIX):
            continue
        try:
            raw = json.loads(value)
        except ValueError:
            continue
        if isinstance(raw, dict) and isinstance(raw.get("true"), bool):
            found[key.removeprefix(PREFIX)] = raw["true"]
    return found


async def judge_alert(session: Session, episode: Episode, verdict: bool | None) -> Event | None:
    """Keep whether the alert was true; None takes the judgement back.  Name and start are kept with it:
    the session outlasts what Prometheus remembers.  No event when it was judged so already."""
    if not episode.whole:
        raise Fault("prometheus_alerts.no_start", name=safe_line(episode.name))
    if judgements_of(session.state.settings).get(episode.id) is verdict:
        return None
    value = None
    if verdict is not None:
        said = {"true": verdict, "name": safe_line(episode.name)[:200], "since": int(episode.start)}
        value = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return await session.append(EventKind.SETTING, SESSION, {"key": f"{PREFIX}{episode.id}", "value": value})


def session_of(ask: Ask) -> str:
    """The file of the session that the question was asked in; empty where there is none."""
    return next((each.address for each in ask.site if each.kind == "session"), "")


async def state_of(ask: Ask) -> State | None:
    """The session's state, read without writing; None where there is no session,
    `NoData` where it cannot be read."""
    path = session_of(ask)
    if not path:
        return None
    from gpuready.session.store import Session

    try:
        session = await Session.open(Path(path), actor="", create=False, read_only=True, patience=5.0)
    except Fault as fault:
        raise NoData("engine.session_unread", why=str(fault)) from None
    async with session:
        return session.state


def reading(ask: Ask) -> str:
    """The step by which judgements are read, as it is shown; empty where there is no session."""
    path = session_of(ask)
    return f"read {path} (judgements of alerts, in read-only mode)" if path else ""


def shown(ask: Ask, judged: Mapping[str, bool]) -> tuple[Exchange, ...]:
    """The same as evidence."""
    if not session_of(ask):
        return ()
    true = sum(judged.values())
    return (Exchange(reading(ask), f"{true} true, {len(judged) - true} false"),)
