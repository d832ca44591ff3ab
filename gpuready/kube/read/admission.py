"""Rules of policy engines that refuse privileged pods: of which engine, and for which namespaces.

A rule is taken for one about privileged pods where it is a Pod Security rule, or speaks of ``privileged``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from gpuready.kube.look import Obj
from gpuready.kube.read.naming import name_of
from gpuready.kube.read.selectors import matches

KYVERNO = "clusterpolicies.kyverno.io"
KYVERNO_CEL = "validatingpolicies.policies.kyverno.io"
GATEKEEPER = "k8spspprivilegedcontainer.constraints.gatekeeper.sh"

_CONTROL = "Privileged Containers"
_NAME = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that refuses privileged pods.  `only` and `never` are patterns of namespaces (no `only`: all);
    `chosen` are selectors of namespaces, each of which must fit, `spared` some of which none may."""

    name: str
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    chosen: tuple[Mapping[str, Any], ...] = ()
    spared: tuple[Mapping[str, Any], ...] = ()

    def covers(self, namespace: str, labels: Mapping[str, Any]) -> bool:
        """Whether the rule holds for all pods of the namespace."""
        known = {_NAME: namespace, **labels}
        return (
            (not self.only or any(fnmatchcase(namespace, each) for each in self.only))
            and not any(fnmatchcase(namespace, each) for each in self.never)
            and all(matches(each, known) for each in self.chosen)
            and not any(matches(each, known) for each in self.spared)
        )


def rules(
    *,
    kyverno: Iterable[Obj],
    kyverno_cel: Iterable[Obj],
    gatekeeper: Iterable[Obj],
    admission: Iterable[Obj],
    bindings: Iterable[Obj],
) -> tuple[Rule, ...]:
    """The rules among all these objects that are enforced and not narrowed to some pods."""
    return (
        *(rule for each in kyverno for rule in _kyverno(each)),
        *(rule for each in kyverno_cel for rule in _kyverno_cel(each)),
        *(rule for each in gatekeeper for rule in _gatekeeper(each)),
        *_admission(admission, bindings),
    )


def _kyverno(policy: Obj) -> Iterator[Rule]:
    spec = policy.get("spec") or {}
    if spec.get("admission") is False:
        return  # it only reports on what is there
    for rule in spec.get("rules") or ():
        validate = rule.get("validate") or {}
        action = validate.get("failureAction") or spec.get("validationFailureAction") or "Audit"
        narrowed = rule.get("preconditions") or rule.get("celPreconditions")
        if str(action).lower() != "enforce" or narrowed or not _refuses(validate):
            continue
        overrides = [
            each
            for each in (
                *(validate.get("failureActionOverrides") or ()),
                *(spec.get("validationFailureActionOverrides") or ()),
            )
            if str(each.get("action")).lower() != "enforce"
        ]
        blocks = _blocks(rule.get("match") or {})
        if len(blocks) != 1 or not _all_pods(blocks[0]):
            continue
        aside = (*_blocks(rule.get("exclude") or {}), *overrides)
        yield Rule(
            f"Kyverno {name_of(policy)}",
            tuple(map(str, blocks[0].get("namespaces") or ())),
            tuple(str(each) for block in aside for each in block.get("namespaces") or ()),
            _chosen(blocks[0]),
            tuple(selector for block in aside for selector in _chosen(block)),
        )


def _refuses(validate: Mapping[str, Any]) -> bool:
    """Whether a Kyverno rule refuses privileged containers: by a Pod Security level without an exception for
    them, or in its own words."""
    level = validate.get("podSecurity") or {}
    if level.get("level") in ("baseline", "restricted"):
        return not any(each.get("controlName") == _CONTROL for each in level.get("exclude") or ())
    return _speaks({key: part for key, part in validate.items() if key != "message"})


def _blocks(clause: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The ``resources`` of a match or exclude clause, in any of its three forms."""
    several = (*(clause.get("any") or ()), *(clause.get("all") or ()))
    return [each.get("resources") or {} for each in (*several, clause) if each.get("resources")]


def _all_pods(block: Mapping[str, Any]) -> bool:
    kinds = {str(each).rpartition("/")[2] for each in block.get("kinds") or ()}
    narrowed = any(block.get(key) for key in ("selector", "name", "names", "annotations"))
    return bool(kinds & {"Pod", "*"}) and not narrowed


def _kyverno_cel(policy: Obj) -> Iterator[Rule]:
    spec = policy.get("spec") or {}
    where = spec.get("matchConstraints") or {}
    if (
        "Deny" in (spec.get("validationActions") or ())
        and _speaks(spec.get("validations"))
        and _takes_pods(where)
        and not where.get("objectSelector")
        and not spec.get("matchConditions")
    ):
        yield Rule(f"Kyverno {name_of(policy)}", chosen=_chosen(where))


def _gatekeeper(constraint: Obj) -> Iterator[Rule]:
    spec = constraint.get("spec") or {}
    match = spec.get("match") or {}
    kinds = {str(kind) for each in match.get("kinds") or () for kind in each.get("kinds") or ()}
    takes_pods = not kinds or bool(kinds & {"Pod", "*"})
    narrowed = match.get("labelSelector") or match.get("name")
    if spec.get("enforcementAction", "deny") == "deny" and takes_pods and not narrowed:
        yield Rule(
            f"Gatekeeper {name_of(constraint)}",
            tuple(map(str, match.get("namespaces") or ())),
            tuple(map(str, match.get("excludedNamespaces") or ())),
            _chosen(match),
        )


def _admission(policies: Iterable[Obj], bindings: Iterable[Obj]) -> Iterator[Rule]:
    about = {name_of(each): each.get("spec") or {} for each in policies}
    for binding in bindings:
        spec = binding.get("spec") or {}
        policy = about.get(str(spec.get("policyName"))) or {}
        where, bound = policy.get("matchConstraints") or {}, spec.get("matchResources") or {}
        if (
            "Deny" in (spec.get("validationActions") or ())
            and _speaks(policy.get("validations"))
            and _takes_pods(where)
            and not (where.get("objectSelector") or bound.get("objectSelector"))
            and not policy.get("matchConditions")
        ):
            yield Rule(str(spec.get("policyName")), chosen=(*_chosen(where), *_chosen(bound)))


def _takes_pods(where: Mapping[str, Any]) -> bool:
    return any("pods" in (each.get("resources") or ()) for each in where.get("resourceRules") or ())


def _chosen(where: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return (where["namespaceSelector"],) if where.get("namespaceSelector") else ()


def _speaks(part: Any) -> bool:
    """Whether it names the field; what it tells people in its messages is no rule."""
    if isinstance(part, list | tuple):
        part = [{key: value for key, value in each.items() if key != "message"} for each in part]
    return "privileged" in json.dumps(part, default=str)
