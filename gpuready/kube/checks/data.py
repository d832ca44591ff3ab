"""Data: labels that tell its class, and volumes that are encrypted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.namespaces import is_system, workloads
from gpuready.kube.read.naming import annotations_of, full_name, labels_of, listed, name_of, namespace_of
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_CLASSES = "storageclasses.storage.k8s.io"
_CLAIMS = "persistentvolumeclaims"
_DEFAULT = "storageclass.kubernetes.io/is-default-class"
# Parameters by which a driver is told to encrypt; what is written there otherwise leaves it to the account,
# the pool or the disk below.
_PARAMETERS = {"encrypted": "true", "secure": "true", "encryption": "true"}
# Clouds that encrypt every disk of these drivers with AES-256 and let nobody switch that off.
_ALWAYS = frozenset(
    {
        "pd.csi.storage.gke.io",
        "filestore.csi.storage.gke.io",
        "gcsfuse.csi.storage.gke.io",
        "kubernetes.io/gce-pd",
        "disk.csi.azure.com",
        "file.csi.azure.com",
        "blob.csi.azure.com",
        "kubernetes.io/azure-disk",
        "kubernetes.io/azure-file",
    }
)


async def _data_class(look: Look) -> Seen:
    """Workload namespaces, and claims in them, that carry no label of their data's class."""
    keys = [key.strip() for key in str(look.ask.params["label"]).split(",") if key.strip()]
    labels = {name_of(each): labels_of(each) for each in await look.list("namespaces")}
    named = [each for each in workloads(await look.list("pods")) if each in labels]
    claims = [each for each in await look.list(_CLAIMS) if not is_system(namespace_of(each))]
    if not named and not claims:
        raise NoData("kube_data.no_workloads")
    classes: dict[str, set[str]] = defaultdict(set)
    without = []
    for name in named:
        if found := _label(labels[name], keys):
            classes[found].add(name)
        else:
            without.append(name)
    bare = []
    for claim in claims:  # a claim is of its namespace's class unless it says otherwise
        if found := _label(labels_of(claim), keys) or _label(labels.get(namespace_of(claim), {}), keys):
            classes[found].add(full_name(claim))
        else:
            bare.append(full_name(claim))
    remarks: list[Remark] = []
    if classes:
        said = (f"{found} {len(members)}" for found, members in classes.items())
        remarks.append(("kube_data.classes", {"names": listed(said)}))
    if without:
        remarks.append(
            ("kube_data.namespaces_without", {"label": " / ".join(keys), "names": listed(without)})
        )
    if bare:
        remarks.append(("kube_data.claims_without", {"label": " / ".join(keys), "names": listed(bare)}))
    fields = {
        "unlabelled": len(without) + len(bare),
        "namespaces": len(named),
        "claims": len(claims),
        "classes": len(classes),
    }
    return Seen(fields, tuple(remarks))


def _label(labels: Mapping[str, object], keys: list[str]) -> str:
    return next((str(labels[key]) for key in keys if labels.get(key)), "")


async def _encryption(look: Look) -> Seen:
    """StorageClasses whose volumes are not encrypted.  Only what a class says counts as proof: where it says
    nothing, the disk below may still be, and the verdict is left open."""
    classes = {name_of(each): each for each in await look.list(_CLASSES)}
    claims = await look.list(_CLAIMS)
    used = {str((each.get("spec") or {}).get("storageClassName") or "") for each in claims}
    wanted = {name: each for name, each in classes.items() if name in used or _is_default(each)} or classes
    if not wanted:
        raise NoData("kube_data.no_classes")
    sure, plain = [], []
    open_ = [  # bound to a volume that somebody made by hand: no class tells how
        f"PersistentVolumeClaim {full_name(each)}"
        for each in claims
        if (spec := each.get("spec") or {}).get("volumeName") and spec.get("storageClassName") not in classes
    ]
    for name, each in wanted.items():
        said = f"{name} ({each.get('provisioner')})"
        match _is_encrypted(each):
            case True:
                sure.append(said)
            case False:
                plain.append(said)
            case _:
                open_.append(said)
    remarks: list[Remark] = []
    for key, names in (("encrypted", sure), ("plain", plain), ("untold", open_)):
        if names:
            remarks.append((f"kube_data.{key}", {"names": listed(names)}))
    unproven = len(plain) + len(open_)
    return Seen(
        {"unencrypted": unproven, "classes": len(wanted), "encrypted": len(sure)},
        tuple(remarks),
        {"unencrypted": (float(len(plain)), float(unproven))},
    )


def _is_encrypted(storage_class: Obj) -> bool | None:
    if str(storage_class.get("provisioner")) in _ALWAYS:
        return True
    parameters = {str(key).lower(): str(value).lower() for key, value in _parameters(storage_class).items()}
    told = [parameters[key] == yes for key, yes in _PARAMETERS.items() if key in parameters]
    return any(told) if told else None


def _parameters(storage_class: Obj) -> Mapping[str, object]:
    return storage_class.get("parameters") or {}


def _is_default(storage_class: Obj) -> bool:
    notes = annotations_of(storage_class)
    return notes.get(_DEFAULT) == "true"


CHECKS: tuple[Probe, ...] = (
    check(
        "labels.data_class",
        _data_class,
        reads=("namespaces", "pods", _CLAIMS),
        fields={"unlabelled": "count", "namespaces": "count", "claims": "count", "classes": "count"},
        params={"label": "data-classification"},
    ),
    check(
        "storage.encryption",
        _encryption,
        reads=(_CLASSES, _CLAIMS),
        fields={"unencrypted": "count", "classes": "count", "encrypted": "count"},
    ),
)
