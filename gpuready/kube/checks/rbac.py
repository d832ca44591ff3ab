"""Who may do what: admin grants left open, rights too wide, subjects, and subjects that are gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from gpuready.kube.check import check
from gpuready.kube.look import Look
from gpuready.kube.read.control_plane import METRICS, authorizers, metrics_of
from gpuready.kube.read.naming import full_name, listed, name_of, namespace_of
from gpuready.kube.read.rbac import (
    BINDINGS,
    CLUSTER_BINDINGS,
    CLUSTER_ROLES,
    EVERYBODY,
    ROLES,
    Grant,
    all_grants,
    has_wildcards,
    is_almighty,
    is_default,
    reads_secrets,
    rules_by_role,
    writes,
)
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

RulesByRole = Mapping[tuple[str, str, str], tuple[Mapping[str, Any], ...]]

_OWN_ADMINS = frozenset({"Group system:masters", "Group kubeadm:cluster-admins"})
_ADMIN = ("ClusterRole", "cluster-admin")


async def _bindings(look: Look) -> Seen:
    """Whether rights are checked at all, and admin rights that nobody in particular holds."""
    if not await look.has(CLUSTER_BINDINGS):
        return Seen({"rbac_enabled": False}, (("kube_rbac.not_served", {}),))
    found = await _granted(look)
    roles = await look.list(CLUSTER_ROLES)
    almighty = {("ClusterRole", name_of(each)) for each in roles if is_almighty(each.get("rules") or ())}
    admins = [each for each in found if each.role in almighty | {_ADMIN}]
    wide = [each for each in admins if each.subject.is_open]
    remarks: list[Remark] = []
    fields: dict[str, int | bool] = {
        "open_admin_grants": len(wide),
        "admin_subjects": len({each.subject for each in admins}),
    }
    modes = authorizers(await look.list("pods"), await metrics_of(look))
    if modes is None:
        remarks.append(("kube_rbac.modes_untold", {}))
    else:
        fields["rbac_enabled"] = bool(modes & {"RBAC", "ABAC"}) and "AlwaysAllow" not in modes
        remarks.append(("kube_rbac.modes", {"names": listed(modes)}))
    if wide:
        remarks.append(("kube_rbac.open_admin", {"names": _said(wide)}))
    if named := [each for each in admins if not each.subject.is_open]:
        remarks.append(("kube_rbac.admins", {"names": _said(named)}))
    return Seen(fields, tuple(remarks))


async def _over_wide(look: Look) -> Seen:
    """Roles with wildcards, holders of cluster-admin beyond those allowed, default accounts with rights."""
    found = await _granted(look)
    allowed = _OWN_ADMINS | {str(each) for each in _texts(look.ask.params["admins"])}
    roles = [
        each for each in (*await look.list(CLUSTER_ROLES), *await look.list(ROLES)) if not is_default(each)
    ]
    wild = [full_name(each) for each in roles if has_wildcards(each.get("rules") or ())]
    secrets = [full_name(each) for each in roles if reads_secrets(each.get("rules") or ())]
    extra = [
        each
        for each in found
        if each.role == _ADMIN and not each.namespace and not _is_allowed(each, allowed)
    ]
    default = [each for each in found if each.subject.is_default_account and not each.is_default]
    remarks: list[Remark] = []
    for key, names in (
        ("wildcards", listed(wild) if wild else ""),
        ("extra_admins", _said(extra)),
        ("default_accounts", _said(default)),
        ("secret_readers", listed(secrets) if secrets else ""),
    ):
        if names:
            remarks.append((f"kube_rbac.{key}", {"names": names}))
    fields = {
        "wildcards": len(wild),
        "cluster_admins_extra": len({each.subject for each in extra}),
        "default_accounts_bound": len({each.subject for each in default}),
        "secret_readers": len(secrets),
    }
    return Seen(fields, tuple(remarks))


async def _subjects(look: Look) -> Seen:
    """Who holds which roles, and whether somebody whom nobody knows may change anything."""
    found = await _granted(look)
    by_subject: dict[str, set[str]] = defaultdict(set)
    for each in found:
        if not each.is_default and not each.subject.name.startswith("system:"):
            where = f" in {each.namespace}" if each.namespace else ""
            by_subject[each.subject.title].add(f"{each.role[1]}{where}")
    remarks: list[Remark] = []
    if by_subject:
        said = (f"{subject}: {', '.join(sorted(roles)[:3])}" for subject, roles in by_subject.items())
        remarks.append(("kube_rbac.subjects", {"names": listed(said)}))
    rules = rules_by_role((*await look.list(CLUSTER_ROLES), *await look.list(ROLES)))
    loose = [each for each in found if each.subject.name in EVERYBODY and writes(_rules_of(each, rules))]
    fields: dict[str, int | bool] = {"subjects": len(by_subject), "open_grants": len(loose)}
    modes = authorizers(await look.list("pods"), await metrics_of(look))
    if loose or (modes is not None and "AlwaysAllow" in modes):
        fields["stranger_denied"] = False
        names = _said(loose) if loose else "AlwaysAllow"
        remarks.append(("kube_rbac.stranger_allowed", {"names": names}))
    elif modes is None:
        remarks.append(("kube_rbac.modes_untold", {}))
    elif others := modes - {"Node", "RBAC"}:
        # Whoever else decides may say yes where RBAC says nothing.
        remarks.append(("kube_rbac.others_decide", {"names": listed(others)}))
    else:
        fields["stranger_denied"] = True
    return Seen(fields, tuple(remarks))


async def _stale(look: Look) -> Seen:
    """Service accounts that bindings name and that are gone; people have to be looked up elsewhere."""
    found = [each for each in await _granted(look) if not each.is_default]
    there = {(namespace_of(each), name_of(each)) for each in await look.list("serviceaccounts")}
    if not there:
        raise NoData("kube_rbac.no_accounts")
    gone = [
        each
        for each in found
        if each.subject.kind == "ServiceAccount" and (each.subject.namespace, each.subject.name) not in there
    ]
    people = {each.subject for each in found if each.subject.kind == "User"}
    groups = {each.subject for each in found if each.subject.kind == "Group"}
    own = {each for each in people | groups if not each.name.startswith("system:")}
    remarks: list[Remark] = []
    if gone:
        remarks.append(("kube_rbac.gone", {"names": _said(gone)}))
    if own:
        remarks.append(("kube_rbac.look_up", {"names": listed(each.title for each in own)}))
    fields = {"users": len(people & own), "groups": len(groups & own)}
    if gone or not own:  # whether those people are still here was not looked up
        fields["missing_accounts"] = len({each.subject for each in gone})
    return Seen(fields, tuple(remarks))


async def _granted(look: Look) -> list[Grant]:
    if not await look.has(CLUSTER_BINDINGS):
        raise NoData("kube_rbac.not_served")
    if not (found := await all_grants(look)):
        raise NoData("kube_rbac.no_bindings")  # Kubernetes makes some itself: none was shown
    return found


def _rules_of(grant: Grant, rules: RulesByRole) -> Iterable[Mapping[str, Any]]:
    kind, name = grant.role
    return rules.get((kind, grant.namespace if kind == "Role" else "", name), ())


def _is_allowed(grant: Grant, allowed: frozenset[str] | set[str]) -> bool:
    return grant.subject.title in allowed or grant.subject.name in allowed


def _said(grants: Iterable[Grant]) -> str:
    names = {f"{each.subject.title} ({each.binding})" for each in grants}
    return listed(names) if names else ""


def _texts(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


_ALL_BINDINGS = (CLUSTER_BINDINGS, BINDINGS)

CHECKS: tuple[Probe, ...] = (
    check(
        "rbac.bindings",
        _bindings,
        reads=(*_ALL_BINDINGS, CLUSTER_ROLES, "pods", METRICS),
        fields={"rbac_enabled": "", "open_admin_grants": "count", "admin_subjects": "count"},
    ),
    check(
        "rbac.over_wide",
        _over_wide,
        reads=(*_ALL_BINDINGS, CLUSTER_ROLES, ROLES),
        fields={
            "wildcards": "count",
            "cluster_admins_extra": "count",
            "default_accounts_bound": "count",
            "secret_readers": "count",
        },
        params={"admins": []},
    ),
    check(
        "rbac.subjects",
        _subjects,
        reads=(*_ALL_BINDINGS, CLUSTER_ROLES, ROLES, "pods", METRICS),
        fields={"stranger_denied": "", "subjects": "count", "open_grants": "count"},
    ),
    check(
        "rbac.stale_subjects",
        _stale,
        reads=(*_ALL_BINDINGS, "serviceaccounts"),
        fields={"missing_accounts": "count", "users": "count", "groups": "count"},
    ),
)
