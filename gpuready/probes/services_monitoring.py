"""Grafana, and the monitoring of a site as a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import Reply, fetch, step
from gpuready.probes.probe import Ask, Broken, Exchange, Measurement, NoData, Outcome, Probe, Remark, Target
from gpuready.probes.services_prometheus import api, readiness, vector
from gpuready.probes.together import together
from gpuready.text.safe import safe_line

PAGE = 1000
"""Dashboards of one answer, Grafana's own limit is 5000."""

PAGES = 5


_NODES = "node_uname_info"


async def grafana(target: Target, time: Deadline) -> tuple[Mapping[str, Any], Reply]:
    """What ``/api/health`` says; Grafana answers it without a login, with 503 when its database fails."""
    reply = await fetch(url_of(target, "/api/health"), limit=time.left, target=target)
    table = reply.must(200, 503).table()
    if "database" not in table:
        raise Broken("probes_services.no_grafana", address=safe_line(target.address)).showing(reply.exchange)
    return table, reply


async def _health(ask: Ask) -> Measurement:
    table, reply = await grafana(ask.target, Deadline(ask))
    fields: dict[str, Scalar] = {"database": safe_line(str(table["database"]))}
    fields["healthy"] = reply.ok and table["database"] == "ok"
    if table.get("version"):
        fields["version"] = safe_line(str(table["version"]))
    return Measurement(fields, "/api/health", (reply.exchange,), reply.remarks)


async def _dashboards(ask: Ask) -> Measurement:
    """`dashboards` counts those that the token may see; `found` how many of `names` are part of a
    dashboard's title, tag or folder.  Whether a panel shows data is not looked at."""
    time = Deadline(ask)
    rows: list[Mapping[str, Any]] = []
    evidence: list[Exchange] = []
    reply = await fetch(_search(ask, 1), limit=time.left, target=ask.target)
    for page in range(1, PAGES + 1):
        if page > 1:
            reply = await fetch(_search(ask, page), limit=time.left, target=ask.target)
        found = reply.must().json()
        if not isinstance(found, list) or not all(isinstance(row, dict) and "title" in row for row in found):
            fault = Broken("probes_services.no_grafana", address=safe_line(ask.target.address))
            raise fault.showing(reply.exchange)
        evidence.append(reply.exchange)
        rows += found
        if len(found) < PAGE:
            break
    texts = [
        " ".join((str(r["title"]), str(r.get("folderTitle", "")), *map(str, r.get("tags", [])))) for r in rows
    ]
    fields: dict[str, Scalar] = {
        "dashboards": len(rows),
        "titles": safe_line(", ".join(str(row["title"]) for row in rows[:12])),
    }
    remarks: list[Remark] = list(reply.remarks)
    names = _names(ask)
    if names:
        missing = [name for name in names if not any(name.lower() in text.lower() for text in texts)]
        fields |= {"found": len(names) - len(missing), "missing": len(missing)}
        if missing:
            remarks.append(("probes_services.dashboards_missing", {"names": safe_line(", ".join(missing))}))
    remarks.append(("probes_services.panels_unseen", {}))
    return Measurement(fields, "/api/search", tuple(evidence[:2]), tuple(remarks))


def _names(ask: Ask) -> list[str]:
    given = ask.params.get("names", ())
    return [str(name) for name in given if str(name).strip()] if isinstance(given, list | tuple) else []


def _search(ask: Ask, page: int) -> str:
    query = {"type": "dash-db", "limit": str(PAGE), "page": str(page)}
    return f"{url_of(ask.target, '/api/search')}?{urlencode(query)}"


def wanted_nodes(ask: Ask) -> dict[str, set[str]] | None:
    """The machines that ought to be watched, each with the names by which it may be known: option ``nodes``
    (with commas), else the session's targets of kind node and peer; None when neither names any."""
    given = [name.strip() for name in ask.target.options.get("nodes", "").split(",") if name.strip()]
    known = {t.name or t.address: {t.name, t.address} for t in ask.site if t.kind in ("node", "peer")}
    found = {name: {name} for name in given} or known
    return {name: {short(each) for each in names if each} for name, names in found.items()} or None


def short(name: str) -> str:
    """The name as it is compared: without port and, unless it is an address, without domain."""
    host = re.sub(r":\d+$", "", name.strip().lower()).strip("[]")
    return host if re.fullmatch(r"[\d.]+|.*:.*", host) else host.partition(".")[0]


async def _stack(ask: Ask) -> Measurement:
    """Machines are compared by name with ``node_uname_info``, which only an exporter that was scraped
    within the last minutes has; a machine that is named nowhere cannot be missed."""
    time = Deadline(ask)
    state = await readiness(ask.target, time)
    fields: dict[str, Scalar] = {"prometheus_ready": state.ready}
    evidence, remarks = list(state.evidence), list(state.remarks)
    if state.version:
        fields["prometheus"] = state.version
    dashboards = [target for target in ask.site if target.kind == "grafana"]
    if not dashboards:
        remarks.append(("probes_services.no_grafana_named", {}))
    else:
        told = await together(*(_grafana_ok(target, time) for target in dashboards))
        evidence += [exchange for _, exchange, _ in told if exchange]
        silent = [fault for _, _, fault in told if fault]
        remarks += [(fault.key, fault.fields) for fault in silent[:1]]
        if any(ok is False for ok, _, _ in told) or not silent:
            fields["grafana_ok"] = all(ok for ok, _, _ in told)
    if state.ready:
        rows, reply = await vector(ask.target, _NODES, time)
        evidence.append(reply.exchange)
        there = {short(str(row["metric"].get(name, ""))) for row in rows for name in ("nodename", "instance")}
        fields["exporters"] = len({row["metric"].get("instance") for row in rows})
        wanted = wanted_nodes(ask)
        if wanted is None:
            remarks.append(("probes_services.no_nodes_named", {}))
        else:
            missing = [name for name, names in wanted.items() if not names & there]
            fields["nodes"] = len(wanted)
            said = {"names": safe_line(", ".join(missing[:10]))}
            if len(missing) == len(wanted) <= int(fields["exporters"]):
                # Enough exporters, and none of these names: they go by others there (addresses, say).
                remarks.append(("probes_services.names_differ", said))
            else:
                fields["nodes_without_exporter"] = len(missing)
                remarks += [("probes_services.nodes_missing", said)] if missing else []
    return Measurement(fields, "Prometheus and Grafana", tuple(evidence), tuple(remarks))


async def _grafana_ok(target: Target, time: Deadline) -> tuple[bool | None, Exchange | None, Outcome | None]:
    try:
        table, reply = await grafana(target, time)
    except Outcome as fault:
        return None, None, fault
    return reply.ok and table["database"] == "ok", reply.exchange, None


def _health_steps(ask: Ask) -> Sequence[str]:
    try:
        return (step(url_of(ask.target, "/api/health")),)
    except NoData as fault:
        return (str(fault),)


def _dashboards_steps(ask: Ask) -> Sequence[str]:
    try:
        return (step(_search(ask, 1)),)
    except NoData as fault:
        return (str(fault),)


def _stack_steps(ask: Ask) -> Sequence[str]:
    try:
        urls = [url_of(ask.target, "/-/ready"), api(ask.target, "status/buildinfo")]
        urls += [url_of(target, "/api/health") for target in ask.site if target.kind == "grafana"]
        return tuple(step(url) for url in (*urls, api(ask.target, "query", query=_NODES)))
    except NoData as fault:
        return (str(fault),)


GRAFANA = Probe(
    name="grafana.health",
    measure=_health,
    steps=_health_steps,
    fields={"healthy": "", "database": "", "version": "version"},
    on="grafana",
    limit=10,
)

DASHBOARDS = Probe(
    name="grafana.dashboards",
    measure=_dashboards,
    steps=_dashboards_steps,
    fields={"dashboards": "count", "found": "count", "missing": "count", "titles": ""},
    params={"names": ()},
    on="grafana",
    limit=20,
)

STACK = Probe(
    name="monitoring.stack",
    measure=_stack,
    steps=_stack_steps,
    fields={
        "prometheus_ready": "",
        "grafana_ok": "",
        "nodes_without_exporter": "count",
        "nodes": "count",
        "exporters": "count",
        "prometheus": "version",
    },
    on="prometheus",
    limit=20,
)
