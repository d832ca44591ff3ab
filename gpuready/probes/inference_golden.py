"""One stored request whose answer is known, sent again."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpuready.checklist.model import Scalar
from gpuready.places import at_home
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import fetch, step
from gpuready.probes.inference_identity import base
from gpuready.probes.probe import Ask, Measurement, NoData, Probe, Safety
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

LARGEST = 4 * 2**20
"""Bytes of the file."""

_TYPES = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


@dataclass(frozen=True, slots=True)
class Golden:
    """A stored request.  The file is JSON::

        {"path": "/v1/completions",
         "request": {"model": "M", "prompt": "2+2=", "max_tokens": 4, "temperature": 0, "seed": 1},
         "shape": {"choices": [1], "choices[0].text": "string"},
         "value": {"choices[0].text": " 4"},
         "tolerance": 0.001}

    The keys of `shape` and `value` are JMESPath expressions on the answer.  A shape is a type (string,
    number, integer, boolean, array, object) or the sizes of nested arrays (-1: any); `tolerance` is the
    relative difference that numbers may have.
    """

    path: str
    request: Mapping[str, Any]
    shape: Mapping[str, Any]
    value: Mapping[str, Any]
    tolerance: float


def read_golden(name: str) -> Golden:
    """The stored request; `NoData` when the file is none."""
    if not name:
        raise NoData("probes_inference.no_golden")
    path = at_home(name)
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(LARGEST))
        golden = Golden(
            str(said["path"]),
            dict(said["request"]),
            dict(said.get("shape", {})),
            dict(said.get("value", {})),
            float(said.get("tolerance", 1e-3)),
        )
    except OSError as error:
        raise NoData("probes_inference.bad_golden", path=path, why=error.strerror) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoData("probes_inference.bad_golden", path=path, why=safe_line(repr(error)[:120])) from None
    if not golden.path.startswith("/") or not (golden.shape or golden.value):
        raise NoData("probes_inference.bad_golden", path=path, why="path, shape or value missing")
    return golden


def shaped(found: object, shape: object) -> bool:
    """Whether the value is of that type, or an array of those sizes."""
    if isinstance(shape, list):
        if not shape:
            return not isinstance(found, list)
        if not isinstance(found, list) or shape[0] not in (-1, len(found)):
            return False
        return len(shape) == 1 or all(shaped(each, shape[1:]) for each in found)
    kind = _TYPES.get(str(shape))
    if kind is None:
        raise NoData("probes_inference.bad_golden", path="shape", why=safe_line(str(shape)))
    if isinstance(found, bool) and shape in ("number", "integer"):
        return False
    return isinstance(found, kind)  # type: ignore[arg-type]


def agrees(found: object, want: object, tolerance: float) -> bool:
    """Whether the values are the same, numbers within the tolerance."""
    if isinstance(want, list) and isinstance(found, list):
        return len(want) == len(found) and all(
            agrees(f, w, tolerance) for f, w in zip(found, want, strict=True)
        )
    if isinstance(want, dict) and isinstance(found, dict):
        return set(want) == set(found) and all(agrees(found[name], want[name], tolerance) for name in want)
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (found, want))
    if numbers:
        return math.isclose(float(found), float(want), rel_tol=tolerance, abs_tol=tolerance * 1e-3)  # type: ignore[arg-type]
    return type(found) is type(want) and found == want


def _steps(ask: Ask) -> Sequence[str]:
    name = ask.target.options.get("golden", "")
    try:
        golden = read_golden(name)
        request = redact(json.dumps(golden.request, ensure_ascii=False))
        return f"READ {name}", f"{step(url_of(base(ask.target), golden.path), 'POST')} {request}"
    except NoData as fault:
        return (str(fault),)


async def _golden(ask: Ask) -> Measurement:
    """A refusal of the request (400, 422) or a failure (5xx) is an answer that does not match."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    golden = await asyncio.to_thread(read_golden, ask.target.options.get("golden", ""))
    whom = base(ask.target)
    url, limit = url_of(whom, golden.path), Deadline(ask).left
    reply = await fetch(url, limit=limit, method="POST", json=golden.request, target=whom, redirects=0)
    fields: dict[str, Scalar] = {
        "status": str(reply.status),
        "answer_time": reply.phases.total * 1000,
    }
    asked = {"shape_matches": golden.shape, "value_matches": golden.value}
    if reply.status in (400, 422) or reply.status >= 500:
        fields |= {name: False for name, wanted in asked.items() if wanted}
        remark: tuple[str, Mapping[str, object]] = (
            "probes_inference.request_failed",
            {"status": reply.status},
        )
        return Measurement(fields, "the stored request", (reply.exchange,), (*reply.remarks, remark))
    said = reply.must().json()
    remarks = list(reply.remarks)
    for name, wanted in asked.items():
        wrong = []
        for expression, want in wanted.items():
            try:
                found = jmespath.search(expression, said)
            except JMESPathError as error:
                why = safe_line(str(error).splitlines()[0])
                raise NoData("probes_inference.bad_golden", path=safe_line(expression), why=why) from None
            held = shaped(found, want) if name == "shape_matches" else agrees(found, want, golden.tolerance)
            if not held:
                wrong.append(f"{expression} = {json.dumps(found, ensure_ascii=False)[:80]}")
        if wanted:
            fields[name] = not wrong
        if wrong:
            remarks.append(("probes_inference.differs", {"what": redact(safe_line("; ".join(wrong[:3])))}))
    for name, wanted in asked.items():
        if not wanted:
            remarks.append(("probes_inference.golden_lacks", {"name": name.partition("_")[0]}))
    return Measurement(fields, "the stored request", (reply.exchange,), tuple(remarks))


GOLDEN = Probe(
    name="inference.golden",
    measure=_golden,
    steps=_steps,
    fields={"shape_matches": "", "value_matches": "", "status": "", "answer_time": "ms"},
    on="engine",
    safety=Safety.LIGHT,
    limit=60,
    lane="gpu",
)
