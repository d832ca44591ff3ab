"""On which StorageClass a check makes its volume."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gpuready.kube.jobs.options import option
from gpuready.kube.look import Obj
from gpuready.kube.read.naming import listed, name_of
from gpuready.probes.probe import Ask, NoData

CLASSES = "storageclasses.storage.k8s.io"
UNKNOWN = "DEFAULT-STORAGE-CLASS"
"""What a plan shows where the target names no class."""
_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


def chosen(ask: Ask, classes: Iterable[Obj]) -> str:
    """The class of the target's option, or else the cluster's default one.

    `NoData` when there is none, and for one that keeps its volumes: nothing would ever remove ours.
    """
    found = {name_of(each): each for each in classes}
    wanted = option(ask, "storage_class")
    if wanted and wanted not in found:
        raise NoData("kube_jobs.no_class", name=wanted, known=listed(found))
    defaults = [each for each in found.values() if _is_default(each)]
    if not wanted and not defaults:
        raise NoData("kube_jobs.no_default_class", known=listed(found))
    # Of several defaults the newest counts, as for every claim that names none.
    one = found[wanted] if wanted else max(defaults, key=_created)
    if one.get("reclaimPolicy", "Delete") != "Delete":
        raise NoData("kube_jobs.class_keeps", name=name_of(one), policy=str(one.get("reclaimPolicy")))
    return name_of(one)


def planned(ask: Ask) -> str:
    """The class as a plan shows it."""
    return option(ask, "storage_class", "") or UNKNOWN


def _is_default(each: Obj) -> bool:
    notes: Mapping[str, Any] = (each.get("metadata") or {}).get("annotations") or {}
    return any(notes.get(key) == "true" for key in _DEFAULT)


def _created(each: Obj) -> str:
    return str((each.get("metadata") or {}).get("creationTimestamp") or "")
