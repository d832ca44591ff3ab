"""Whether every workload namespace refuses privileged pods: Pod Security Admission or a policy engine."""

from __future__ import annotations

from gpuready.kube.check import check
from gpuready.kube.look import Look
from gpuready.kube.read.admission import GATEKEEPER, KYVERNO, KYVERNO_CEL, Rule, rules
from gpuready.kube.read.control_plane import server_flags
from gpuready.kube.read.namespaces import workloads
from gpuready.kube.read.naming import labels_of, listed, name_of
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_ENFORCE = "pod-security.kubernetes.io/enforce"
_MILDER = ("pod-security.kubernetes.io/audit", "pod-security.kubernetes.io/warn")
_OPENSHIFT = "securitycontextconstraints.security.openshift.io"
_RETIRED = "podsecuritypolicies.policy"
_VAP = "validatingadmissionpolicies.admissionregistration.k8s.io"
_BINDINGS = "validatingadmissionpolicybindings.admissionregistration.k8s.io"


async def _labels(look: Look) -> Seen:
    """Workload namespaces in which nothing that can be read refuses a privileged pod."""
    namespaces = {name_of(each): labels_of(each) for each in await look.list("namespaces")}
    pods = await look.list("pods")
    wanted = [each for each in workloads(pods) if each in namespaces]
    if not wanted:
        raise NoData("kube_pod_security.no_workloads")
    engines = await _engines(look)
    by_label = {each for each in wanted if namespaces[each].get(_ENFORCE) in ("baseline", "restricted")}
    by_engine = {
        each
        for each in wanted
        if each not in by_label and any(r.covers(each, namespaces[each]) for r in engines)
    }
    everywhere = await look.has(_OPENSHIFT)
    left = [each for each in wanted if each not in by_label | by_engine and not everywhere]
    open_by_label = [each for each in left if namespaces[each].get(_ENFORCE) == "privileged"]
    remarks: list[Remark] = []
    if by_engine:
        names = {r.name for r in engines if any(r.covers(each, namespaces[each]) for each in by_engine)}
        remarks.append(
            ("kube_pod_security.by_engine", {"policies": listed(names), "names": listed(by_engine)})
        )
    if everywhere:
        remarks.append(("kube_pod_security.by_openshift", {}))
    if left:
        remarks.append(("kube_pod_security.unprotected", {"names": listed(left)}))
    if mild := [each for each in left if any(namespaces[each].get(key) for key in _MILDER)]:
        remarks.append(("kube_pod_security.only_warned", {"names": listed(mild)}))
    within = {}
    if len(left) > len(open_by_label) and (hidden := await _hidden_default(look)):
        remarks.append((f"kube_pod_security.{hidden}", {}))
        within["unprotected"] = (float(len(open_by_label)), float(len(left)))
    fields = {
        "unprotected": len(left),
        "namespaces": len(wanted),
        "by_label": len(by_label),
        "by_policy": len(by_engine),
    }
    return Seen(fields, tuple(remarks), within)


async def _engines(look: Look) -> tuple[Rule, ...]:
    """The rules of policy engines that refuse privileged pods."""
    return rules(
        kyverno=await look.list(KYVERNO),
        kyverno_cel=await look.list(KYVERNO_CEL),
        gatekeeper=await look.list(GATEKEEPER),
        admission=await look.list(_VAP),
        bindings=await look.list(_BINDINGS),
    )


async def _hidden_default(look: Look) -> str:
    """Why namespaces without a label may be protected all the same, by what the API hides; else empty."""
    if any("admission-control-config-file" in flags for flags in server_flags(await look.list("pods"))):
        return "default_in_file"
    return "retired_policies" if await look.list(_RETIRED) else ""


CHECKS: tuple[Probe, ...] = (
    check(
        "pod_security.labels",
        _labels,
        reads=(
            "namespaces",
            "pods",
            KYVERNO,
            KYVERNO_CEL,
            GATEKEEPER,
            _VAP,
            _BINDINGS,
            _OPENSHIFT,
            _RETIRED,
        ),
        fields={"unprotected": "count", "namespaces": "count", "by_label": "count", "by_policy": "count"},
    ),
)
