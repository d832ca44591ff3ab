"""Which kinds the server knows: those built into kube-apiserver, and those that tests install."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: `versions` in the order they are served, the first one being how it is written down."""

    group: str
    kind: str
    plural: str
    versions: tuple[str, ...]
    namespaced: bool
    short: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ("status",)
    verbs: tuple[str, ...] = ALL_VERBS
    custom: bool = False

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def resource(self) -> str:
        """As errors name it: ``pods``, ``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources


def api_version(group: str, version: str) -> str:
    return f"{group}/{version}" if group else version


# group, versions, then "kind plural scope[ short...][ /subresource...]": N is namespaced, C is not.
_BUILT_IN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("", "v1", (
        "Binding bindings N", "ComponentStatus componentstatuses C cs", "ConfigMap configmaps N cm",
        "Endpoints endpoints N ep", "Event events N ev", "LimitRange limitranges N limits",
        "Namespace namespaces C ns /status /finalize", "Node nodes C no /status /proxy",
        "PersistentVolumeClaim persistentvolumeclaims N pvc /status",
        "PersistentVolume persistentvolumes C pv /status",
        "Pod pods N po /status /log /eviction /binding /exec /portforward /proxy /attach",
        "PodTemplate podtemplates N", "ReplicationController replicationcontrollers N rc /status /scale",
        "ResourceQuota resourcequotas N quota /status", "Secret secrets N",
        "ServiceAccount serviceaccounts N sa /token", "Service services N svc /status /proxy",
    )),
    ("admissionregistration.k8s.io", "v1", (
        "MutatingWebhookConfiguration mutatingwebhookconfigurations C",
        "ValidatingWebhookConfiguration validatingwebhookconfigurations C",
        "ValidatingAdmissionPolicy validatingadmissionpolicies C /status",
        "ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings C",
    )),
    ("apiextensions.k8s.io", "v1", (
        "CustomResourceDefinition customresourcedefinitions C crd crds /status",
    )),
    ("apiregistration.k8s.io", "v1", ("APIService apiservices C /status",)),
    ("apps", "v1", (
        "ControllerRevision controllerrevisions N", "DaemonSet daemonsets N ds /status",
        "Deployment deployments N deploy /status /scale", "ReplicaSet replicasets N rs /status /scale",
        "StatefulSet statefulsets N sts /status /scale",
    )),
    ("authentication.k8s.io", "v1", ("TokenReview tokenreviews C", "SelfSubjectReview selfsubjectreviews C")),
    ("authorization.k8s.io", "v1", (
        "SelfSubjectAccessReview selfsubjectaccessreviews C",
        "SelfSubjectRulesReview selfsubjectrulesreviews C",
    )),
    ("autoscaling", "v2 v1", ("HorizontalPodAutoscaler horizontalpodautoscalers N hpa /status",)),
    ("batch", "v1", ("CronJob cronjobs N cj /status", "Job jobs N /status")),
    ("certificates.k8s.io", "v1", (
        "CertificateSigningRequest certificatesigningrequests C csr /status /approval",
    )),
    ("coordination.k8s.io", "v1", ("Lease leases N",)),
    ("discovery.k8s.io", "v1", ("EndpointSlice endpointslices N",)),
    ("events.k8s.io", "v1", ("Event events N ev",)),
    ("flowcontrol.apiserver.k8s.io", "v1", (
        "FlowSchema flowschemas C /status",
        "PriorityLevelConfiguration prioritylevelconfigurations C /status",
    )),
    ("networking.k8s.io", "v1", (
        "Ingress ingresses N ing /status", "IngressClass ingressclasses C", "IPAddress ipaddresses C ip",
        "NetworkPolicy networkpolicies N netpol", "ServiceCIDR servicecidrs C /status",
    )),
    ("node.k8s.io", "v1", ("RuntimeClass runtimeclasses C",)),
    ("policy", "v1", ("PodDisruptionBudget poddisruptionbudgets N pdb /status",)),
    ("rbac.authorization.k8s.io", "v1", (
        "ClusterRoleBinding clusterrolebindings C", "ClusterRole clusterroles C",
        "RoleBinding rolebindings N", "Role roles N",
    )),
    ("resource.k8s.io", "v1", (
        "DeviceClass deviceclasses C", "ResourceClaim resourceclaims N /status",
        "ResourceClaimTemplate resourceclaimtemplates N", "ResourceSlice resourceslices C",
    )),
    ("scheduling.k8s.io", "v1", ("PriorityClass priorityclasses C pc",)),
    ("storage.k8s.io", "v1", (
        "CSIDriver csidrivers C", "CSINode csinodes C", "CSIStorageCapacity csistoragecapacities N",
        "StorageClass storageclasses C sc", "VolumeAttachment volumeattachments C /status",
        "VolumeAttributesClass volumeattributesclasses C vac",
    )),
)  # fmt: skip
CREATE_ONLY = frozenset({
    "bindings", "tokenreviews", "selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews",
})  # fmt: skip


def built_in() -> Iterator[Kind]:
    for group, versions, lines in _BUILT_IN:
        for line in lines:
            kind, plural, scope, *rest = line.split()
            yield Kind(
                group=group,
                kind=kind,
                plural=plural,
                versions=tuple(versions.split()),
                namespaced=scope == "N",
                short=tuple(word for word in rest if not word.startswith("/")),
                subresources=tuple(word[1:] for word in rest if word.startswith("/")),
                verbs=("create",) if plural in CREATE_ONLY else ALL_VERBS,
            )


def from_crd(crd: dict[str, object]) -> Kind:
    """The kind that a CustomResourceDefinition declares, with the versions it serves."""
    spec = crd["spec"]
    assert isinstance(spec, dict)
    names = spec["names"]
    served = [version for version in spec["versions"] if version.get("served", True)]
    subresources = [name for version in served for name in version.get("subresources", {})]
    return Kind(
        group=spec["group"],
        kind=names["kind"],
        plural=names["plural"],
        versions=by_priority(version["name"] for version in served),
        namespaced=spec["scope"] == "Namespaced",
        short=tuple(names.get("shortNames", ())),
        subresources=tuple(dict.fromkeys(subresources)),
        custom=True,
    )


_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")


def by_priority(versions: Iterable[str]) -> tuple[str, ...]:
    """The order in which a custom group's versions are preferred: GA, beta, alpha; higher first."""

    def key(version: str) -> tuple[int, int, int, str]:
        found = _VERSION.fullmatch(version)
        if not found:
            return (3, 0, 0, version)
        stage = {None: 0, "beta": 1, "alpha": 2}[found[2]]
        return (stage, -int(found[1]), -int(found[3] or 0), version)

    return tuple(sorted(dict.fromkeys(versions), key=key))


class Kinds:
    """What is served now.  `hidden` groups are not; for `stale` ones nobody answers."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], Kind] = {}
        self._plurals: dict[tuple[str, str], Kind] = {}
        self.hidden: set[str] = set()
        self.stale: set[str] = set()
        for kind in built_in():
            self.add(kind)

    def __iter__(self) -> Iterator[Kind]:
        return (kind for kind in list(self._kinds.values()) if kind.group not in self.hidden)

    def add(self, kind: Kind) -> None:
        self._kinds[kind.group, kind.kind] = kind
        self._plurals[kind.group, kind.plural] = kind
        self.hidden.discard(kind.group)

    def drop(self, kind: Kind) -> None:
        self._kinds.pop((kind.group, kind.kind), None)
        self._plurals.pop((kind.group, kind.plural), None)

    def serve(self, group: str, kind: str, versions: tuple[str, ...]) -> None:
        """Serve a known kind in those versions only."""
        self.add(replace(self._kinds[group, kind], versions=versions))

    def of(self, version: str, kind: str) -> Kind:
        """The kind of an object with that apiVersion; KeyError with advice when nothing serves it."""
        group, _, bare = version.rpartition("/")
        found = self._kinds.get((group, kind))
        if found is None or bare not in found.versions or group in self.hidden:
            raise KeyError(f"no {kind} in {version}: install its CustomResourceDefinition first")
        return found

    def served(self, group: str, version: str, plural: str) -> Kind | None:
        found = self._plurals.get((group, plural))
        if found is None or version not in found.versions or group in self.hidden | self.stale:
            return None
        return found

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Each group's versions, the preferred one first."""
        versions: dict[str, list[str]] = {}
        custom: set[str] = set()
        for kind in self:
            versions.setdefault(kind.group, []).extend(kind.versions)
            if kind.custom:
                custom.add(kind.group)
        return {
            group: by_priority(names) if group in custom else tuple(dict.fromkeys(names))
            for group, names in versions.items()
        }
