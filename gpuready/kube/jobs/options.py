"""What a target's options say about the active checks: the namespace, the images, the storage class."""

from __future__ import annotations

import re

from gpuready.probes.probe import Ask, NoData
from gpuready.text.safe import safe_line

IMAGE = "busybox"
NAMESPACE = "default"

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_REFERENCE = re.compile(r"[a-zA-Z0-9][\w./:@-]{0,300}")
_KINDS = {"namespace": _LABEL, "storage_class": _NAME, "runtime_class": _NAME}


def option(ask: Ask, name: str, default: str = "") -> str:
    """The option's value; `NoData` for one that Kubernetes would not take."""
    value = ask.target.options.get(name, "").strip() or default
    if value and not _KINDS.get(name, _REFERENCE).fullmatch(value):
        raise NoData("kube_jobs.bad_option", option=name, found=safe_line(value)[:60])
    return value


def namespace(ask: Ask) -> str:
    """Where the check's objects are created."""
    return option(ask, "namespace", NAMESPACE)


def image(ask: Ask) -> str:
    """The image with a shell and the usual small tools."""
    return option(ask, "image", IMAGE)


def number(ask: Ask, name: str, least: int, most: int) -> int:
    """A whole-numbered parameter, held between those bounds."""
    value = ask.params.get(name)
    return min(max(int(value), least), most) if isinstance(value, int | float) else least


def size(ask: Ask) -> int:
    """Bytes of the parameter ``size`` as fio writes it (4G is 4 GiB): 1 MiB to 1 TiB."""
    text = str(ask.params.get("size"))
    found = re.fullmatch(r"(\d{1,7})([MGT])(?:i?B)?", text.strip())
    many = int(found[1]) * 1024 ** "_KMGT".index(found[2]) if found else 0
    if not 2**20 <= many <= 2**40:
        raise NoData("kube_jobs.bad_size", size=safe_line(text[:40]))
    return many
