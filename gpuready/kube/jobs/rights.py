"""What the active checks must be allowed to do: asked first, and written as a role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpuready.kube.rights import ACCESS
from gpuready.probes.probe import Exchange, NoData

if TYPE_CHECKING:
    from gpuready.kube.access import Connection

ROLE = "gpuready-active"


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one resource of a namespace."""

    verb: str
    plural: str
    group: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.plural}{f'.{self.group}' if self.group else ''}"


JOBS = tuple(Right(verb, "jobs", "batch") for verb in ("create", "delete", "list"))
PODS = (Right("create", "pods"), Right("list", "pods"), Right("get", "pods/log"))
BASE = JOBS + PODS
"""What every active check needs."""
SERVICES = (Right("create", "services"),)
CLAIMS = (Right("create", "persistentvolumeclaims"),)
POLICIES = (Right("create", "networkpolicies", "networking.k8s.io"),)
ALL = BASE + SERVICES + CLAIMS + POLICIES


async def require(connection: Connection, namespace: str, rights: Iterable[Right]) -> list[Exchange]:
    """`NoData` with all that is missing, before anything is created; where the server does not tell, trying
    will."""
    from gpuready.kube.request import Question, request

    shown, missing = [], []
    for right in rights:
        resource, _, sub = right.plural.partition("/")
        wanted = {"namespace": namespace, "verb": right.verb, "group": right.group, "resource": resource}
        attributes = {key: value for key, value in (wanted | {"subresource": sub}).items() if value}
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = await request(connection, Question(ACCESS, method="POST", body=body))
        if answer.status not in (200, 201):
            continue
        status = answer.json().get("status") or {}
        allowed = status.get("allowed")
        shown.append(answer.shows(f"{right} in {namespace}: allowed {allowed}"))
        if allowed is False and not status.get("evaluationError"):
            missing.append(str(right))
    if missing:
        fault = NoData("kube_jobs.no_rights", namespace=namespace, missing=", ".join(missing))
        raise fault.showing(*shown)
    return shown


def active_rbac_yaml() -> str:
    """The ClusterRole of the active checks as YAML, to be bound in one namespace only."""
    verbs: dict[tuple[str, str], set[str]] = {}
    for right in ALL:
        verbs.setdefault((right.group, right.plural), set()).add(right.verb)
    lines = [
        "# What the active checks create and remove, besides what gpuready-reader lets them read.",
        "# To be bound in the namespace of the target's option namespace= only, for instance with",
        f"# kubectl -n NAMESPACE create rolebinding {ROLE} --clusterrole={ROLE} "
        "--serviceaccount=NAMESPACE:NAME",
        "apiVersion: rbac.authorization.k8s.io/v1",
        "kind: ClusterRole",
        "metadata:",
        f"  name: {ROLE}",
        "  labels:",
        "    app.kubernetes.io/name: gpuready",
        "rules:",
    ]
    for (group, plural), some in sorted(verbs.items()):
        quoted = ", ".join(f'"{verb}"' for verb in sorted(some))
        lines += [
            f'  - apiGroups: ["{group}"]',
            "    resources:",
            f'      - "{plural}"',
            f"    verbs: [{quoted}]",
        ]
    return "\n".join(lines) + "\n"
