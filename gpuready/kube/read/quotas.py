"""ResourceQuotas as far as they speak of GPUs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from gpuready.kube.look import Obj
from gpuready.kube.read.gpus import DRIVERS, claim_names, is_gpu_resource, requested
from gpuready.kube.read.naming import namespace_of
from gpuready.kube.read.quantity import pieces

_CLASS = ".deviceclass.resource.k8s.io/devices"


def is_gpu_key(key: str) -> bool:
    """Whether a key of a quota bounds GPUs: ``requests.nvidia.com/gpu``, MIG instances, or the devices of a
    DRA DeviceClass that is named after a GPU driver."""
    if key.endswith(_CLASS):
        name = key.removesuffix(_CLASS)
        return any(name == driver or name.endswith(f".{driver}") for driver in DRIVERS)
    return key.startswith("requests.") and is_gpu_resource(key.removeprefix("requests."))


def is_partial(quota: Obj) -> bool:
    """Whether the quota holds for some pods only, such as those of one priority class."""
    spec = quota.get("spec") or {}
    return bool(spec.get("scopes") or spec.get("scopeSelector"))


def is_bound(quota: Obj) -> bool:
    """Whether the quota bounds anything: one without a limit is let through by the API server."""
    return bool((quota.get("spec") or {}).get("hard"))


def unbounded(keys: Iterable[str], pods: Iterable[Obj]) -> tuple[str, ...]:
    """The GPU resources that the pods ask for, and ResourceClaims where they have some, that none of the
    quota's keys bounds."""
    bounded = set(keys)
    asked = {f"requests.{name}" for pod in pods for name in requested(pod)}
    asked |= {_CLASS for pod in pods if claim_names(pod)}
    by_class = {_CLASS for key in bounded if key.endswith(_CLASS)}
    return tuple(sorted(each.removeprefix("requests.").lstrip(".") for each in asked - bounded - by_class))


def gpu_use(quotas: Iterable[Obj]) -> Mapping[str, tuple[tuple[str, int, int], ...]]:
    """By namespace: (key, used, hard) of each key that bounds the GPUs of all its pods."""
    found: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for quota in quotas:
        if is_partial(quota):
            continue
        status = quota.get("status") or {}
        hard = {**((quota.get("spec") or {}).get("hard") or {}), **(status.get("hard") or {})}
        used = status.get("used") or {}
        found[namespace_of(quota)] += [
            (key, pieces(used.get(key, 0)), pieces(most)) for key, most in hard.items() if is_gpu_key(key)
        ]
    return {namespace: tuple(keys) for namespace, keys in found.items() if keys}
