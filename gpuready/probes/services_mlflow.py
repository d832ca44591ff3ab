"""MLflow's registry of models."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import fetch, step
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Probe
from gpuready.probes.services_kind import another_kind
from gpuready.text.safe import safe_line

PAGES = 10
"""Pages of the list of models that are read, of 100 each."""

_SEARCH = "/api/2.0/mlflow/registered-models/search"


async def _mlflow(ask: Ask) -> Measurement:
    if other := another_kind(ask.target, "mlflow"):
        raise other
    time = Deadline(ask)
    health = await fetch(url_of(ask.target, "/health"), limit=time.left, target=ask.target)
    evidence = [health.exchange]
    count, token, latest = 0, "", ""
    for page in range(PAGES):
        reply = await fetch(_models(ask, token), limit=time.left, target=ask.target)
        if reply.status == 404:
            raise NoData("probes_services.no_mlflow", address=safe_line(ask.target.address)).showing(
                reply.exchange
            )
        table = reply.must().table()
        rows = table.get("registered_models", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) and "name" in row for row in rows):
            raise Broken("probes_services.odd_mlflow", address=safe_line(ask.target.address)).showing(
                reply.exchange
            )
        if not page:
            evidence.append(reply.exchange)
            latest = ", ".join(str(row["name"]) for row in rows[:12])
        count += len(rows)
        token = str(table.get("next_page_token") or "")
        if not token:
            break
    # Behind some gateways /health is theirs; that the list was answered is MLflow's own.
    fields: dict[str, Scalar] = {"healthy": health.ok or health.status == 404, "registered_models": count}
    fields["names"] = safe_line(latest)
    return Measurement(fields, _SEARCH, tuple(evidence), health.remarks)


def _models(ask: Ask, token: str) -> str:
    query = {"max_results": "100"} | ({"page_token": token} if token else {})
    return f"{url_of(ask.target, _SEARCH)}?{urlencode(query)}"


def _mlflow_steps(ask: Ask) -> Sequence[str]:
    if other := another_kind(ask.target, "mlflow"):
        return (str(other),)
    try:
        return step(url_of(ask.target, "/health")), step(_models(ask, ""))
    except NoData as fault:
        return (str(fault),)


MLFLOW = Probe(
    name="mlflow.registry",
    measure=_mlflow,
    steps=_mlflow_steps,
    fields={"healthy": "", "registered_models": "count", "names": ""},
    on="service",
    limit=20,
)
