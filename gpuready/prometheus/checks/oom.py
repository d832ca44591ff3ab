"""Out of memory: what the kernel killed, and what may have failed on a GPU."""

from __future__ import annotations

import math

from gpuready.probes.probe import NoData, Remark
from gpuready.probes.seen import Seen
from gpuready.prometheus.check import check
from gpuready.prometheus.look import Look
from gpuready.prometheus.read.counting import Counted, events, present, texts
from gpuready.prometheus.read.raw import NAMES, listed
from gpuready.text.say import say

ENGINES = (
    Counted("Triton", "nv_inference_request_failure", 'reason!~"REJECTED|CANCELED",'),
    Counted("vLLM", "vllm:request_success_total", 'finished_reason="error",'),
    Counted("TensorRT-LLM", "trtllm_request_error_total"),
)
"""Failures that an engine counts; of what, its log alone says."""
ALIVE = {
    "nv_inference_request_failure": "nv_inference_request_success",
    "vllm:request_success_total": "vllm:request_success_total",
    "trtllm_request_error_total": "trtllm_request_success_total",
}
"""By the counter of failures: the one of successes, which shows that the engine is scraped at all."""
XID = (Counted("nvidia_gpu_exporter: Xid 31", "nvidia_smi_xid_errors_total", 'xid="31",'),)
XID_WINDOW = 'sum(max_over_time(DCGM_EXP_XID_ERRORS_COUNT{xid="31",$sel}[$window]))'
_LASTS = ("DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_DEV_XID_ERROR")  # the second is its name in DCGM 4.6
_LAST = f'max by (UUID) ({{__name__=~"{"|".join(_LASTS)}",$sel}})'
# The newest code stays for ever: only where it changed, or was not there before, something happened.
XID_LAST = (
    f"count((({_LAST} == 31) and changes(({_LAST})[$window:2m]) > 0) "
    f"or (({_LAST} == 31) unless {_LAST.replace('})', '} offset $window)')} == 31))"
)
NODES = "count(group by (exported_node, node) (kube_node_info{$sel}))"
COUNTING = "count(group by (node, nodename, instance) (node_vmstat_oom_kill{$sel}))"
RESTARTS = (
    "sum(changes(process_start_time_seconds{$sel}[$window]) "
    'and on (job, instance) {__name__=~"vllm:num_requests_running|nv_inference_count",$sel})'
)
"""An engine that ran out of memory ends, and its counters with it."""


async def _oom(look: Look) -> Seen:
    """Kills are certain.  What engines failed at may be OOM or not, so it only widens the bounds: with such
    events, or where nothing tells of the GPUs or of the host, no kill is no proof."""
    remarks: list[Remark] = []
    nodes, covered = await _killed(look, "node_oom_kills")
    containers, _ = await _killed(look, "pods_oom_killed")
    suspects, is_engine_known = await _suspects(look)
    if nodes is None and containers is None and not is_engine_known:
        wanted = "node_vmstat_oom_kill, kube_pod_container_status_last_terminated_reason"
        raise NoData("prometheus.no_metric", signal=say("prometheus_gpu.oom"), wanted=wanted)
    # the kernel's count has the containers that were killed at their limit too: they are no further events
    certain = max(sum((nodes or {}).values()), sum((containers or {}).values()))
    for key, killed in (("oom_host", nodes), ("oom_containers", containers)):
        if where := [name for name, count in (killed or {}).items() if count]:
            remarks.append((f"prometheus_gpu.{key}", {"count": f"{certain:g}", "names": listed(where)}))
    doubt = sum(suspects.values())
    if doubt:
        remarks.append(("prometheus_gpu.oom_suspects", {"count": f"{doubt:g}", "names": listed(suspects)}))
    most = certain + doubt
    if nodes is not None and (blind := await _blind(look)):
        most = math.inf
        remarks.append(("prometheus_gpu.oom_nodes_blind", {"count": blind}))
    if nodes is None:
        most = math.inf
        remarks.append(("prometheus_gpu.oom_host_blind", {}))
    if not is_engine_known:
        most = math.inf
        remarks.append(("prometheus_gpu.oom_gpu_blind", {}))
    fields = {"value": certain, "suspects": doubt}
    return Seen(fields, (*remarks, *covered), {"value": (certain, most)})


async def _killed(look: Look, signal: str) -> tuple[dict[str, float] | None, tuple[Remark, ...]]:
    """OOM kills by node or namespace; None where nothing counts them, or not through half of the window."""
    try:
        reading = await look.read(signal)
        return await look.things(signal), reading.remarks
    except NoData:
        return None, ()


async def _blind(look: Look) -> int:
    """How many nodes of Kubernetes have no such counter now; by their number, since names differ."""
    nodes = (await look.query(NODES)).value or 0.0
    return max(0, round(nodes - ((await look.query(COUNTING)).value or 0.0)))


async def _suspects(look: Look) -> tuple[dict[str, float], bool]:
    """Events that may be GPU OOM, by what counted them, and whether an engine tells of its failures."""
    names = await look.names()
    found: dict[str, float] = {}
    is_engine_known = False
    for counter in await present(look, (*ENGINES, *XID)):
        found[counter.exporter] = (await events(look, counter))[1]
        if counter in ENGINES:
            is_engine_known |= await _is_watched(look, ALIVE[counter.metric])
    if "DCGM_EXP_XID_ERRORS_COUNT" in names:
        found["DCGM: Xid 31"] = (await look.query(XID_WINDOW)).value or 0.0
    elif not names.isdisjoint(_LASTS):
        found["DCGM: Xid 31"] = (await look.query(XID_LAST)).value or 0.0
    if "process_start_time_seconds" in names:
        found[say("prometheus_gpu.engine_restarts")] = (await look.query(RESTARTS)).value or 0.0
    return {name: count for name, count in found.items() if count}, is_engine_known


async def _is_watched(look: Look, metric: str) -> bool:
    """Whether there are samples through half of the window at least."""
    try:
        await look.covered(metric, metric, look.window)
    except NoData:
        return False
    return True


CHECKS = (
    check(
        "oom_events",
        _oom,
        asks=("node_oom_kills", "pods_oom_killed"),
        queries=(*texts((*ENGINES, *XID)), XID_WINDOW, XID_LAST, RESTARTS, NODES, COUNTING),
        calls=(NAMES,),
        fields={"value": "count", "suspects": "count"},
        params={"window": "24h"},
    ),
)
