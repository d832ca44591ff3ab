"""Causes that several checks share: what cannot be reached for one need not be tried again for the next.

Only what surely holds for the whole target counts.  A wrong guess here would cost a measurement, so a probe
that can answer without the system in question belongs to no group.
"""

from __future__ import annotations

from collections.abc import Hashable
from urllib.parse import urlsplit

from gpuready.engine.plan import Step
from gpuready.engine.targets import LOCAL, label
from gpuready.probes.probe import Outcome, Target
from gpuready.text.say import say

SLOW = 2.0
"""Seconds from which on an outcome costs enough that its repetition is a cause too."""

_HTTP = frozenset(
    f"probes_http.{name}"
    for name in ("refused", "unreachable", "no_name", "slow_name", "slow_connect", "slow_tls", "tls_refused",
                 "no_tls", "no_http")
)  # fmt: skip
_REDIS = frozenset(f"probes_redis.{name}" for name in ("no_connection", "no_tls", "no_redis", "silent"))
_ENGINE = frozenset(
    f"probes_container.{name}"
    for name in ("no_engine", "remote_engine", "no_socket", "no_rights", "not_running", "unreachable",
                 "silent", "died")
)  # fmt: skip
_KUBE = frozenset(
    f"kube.{name}"
    for name in ("auth_failed", "auth_provider", "bad_certificate", "bad_kubeconfig", "bad_server",
                 "bad_token", "file_rights", "impersonation", "no_cluster", "no_context",
                 "no_current_context", "no_file", "no_kubeconfig", "no_name", "no_proxy", "no_tls", "no_user",
                 "not_in_cluster", "plugin_answer", "plugin_failed", "plugin_interactive", "plugin_missing",
                 "plugin_slow", "proxy_kind", "unauthorized", "unreachable", "untrusted")
)  # fmt: skip
_NVML = frozenset({"probes_gpu.hung"})  # the others are said at once, and the PCI bus may tell more

_WITHOUT_ENGINE = frozenset({"container.engine", "container.toolkit"})  # they read files and tools too
_WITHOUT_NVML = frozenset({"gpu.oom", "gpu.xid"})  # they read the kernel log


def group(step: Step) -> Hashable | None:
    """What two steps have in common when one cause can keep both from running; None for a step that stands
    alone."""
    name, target = step.probe.name, step.target
    area = name.partition(".")[0]
    if area == "container":
        return None if name in _WITHOUT_ENGINE else "engine"
    if area == "gpu":
        return None if name in _WITHOUT_NVML else "nvml"
    if target.kind in LOCAL:
        return None
    return target.kind, target.name, target.address


def is_common(outcome: Outcome, step: Step) -> bool:
    """Whether what this outcome says holds for all steps of its group."""
    key = outcome.key
    match group(step):
        case None:
            return False
        case "engine":
            return key in _ENGINE
        case "nvml":
            return key in _NVML
    return key in _REDIS | _KUBE or (key in _HTTP and _is_about(outcome, step.target))


def waits_for(step: Step) -> str:
    """What the steps of that group wait for, as people call it."""
    match group(step):
        case "engine":
            return say("engine.the_engine")
        case "nvml":
            return "NVML"
    return label(step.target)


def _is_about(outcome: Outcome, target: Target) -> bool:
    """Whether it was the target itself that did not answer, not another service that the probe asked too."""
    address = target.address if "://" in target.address else f"//{target.address}"
    try:
        parts = urlsplit(address)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return False
    found = outcome.fields.get("port")
    return outcome.fields.get("host") == parts.hostname and (port is None or not found or found == port)
