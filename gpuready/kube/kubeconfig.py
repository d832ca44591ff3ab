"""Where access to a cluster is described: a kubeconfig's context, or the service account of this pod."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gpuready.places import at_home
from gpuready.probes.probe import NoData, Target
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

IN_CLUSTER = "in-cluster"
"""The address that means the service account of the pod in which gpuready runs."""
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

_SIZE = 8 * 2**20  # bytes of one kubeconfig
_SHOWN = 8  # names of contexts in a sentence


@dataclass(frozen=True, slots=True)
class Place:
    """The files that are merged, the first one's entries counting as kubectl has it, and the context (empty:
    the current one).  No files: the pod's service account."""

    files: tuple[str, ...]
    context: str = ""

    def __str__(self) -> str:
        return os.pathsep.join(self.files) or IN_CLUSTER

    def state(self) -> tuple[object, ...]:
        """What changes when a file is written: its time and size."""
        return tuple(_state(Path(each)) for each in self.files)


@dataclass(frozen=True, slots=True)
class Described:
    """A context's cluster and user as the files have them, each with the folder that its relative paths
    start from."""

    context: str
    cluster: Mapping[str, Any]
    user: Mapping[str, Any]
    cluster_base: str = ""
    user_base: str = ""


def place_of(target: Target, environ: Mapping[str, str] = os.environ) -> Place:
    """Where the target's access is described: ``FILE#CONTEXT``, ``in-cluster``, or for an empty address what
    kubectl would take: KUBECONFIG, ~/.kube/config, the pod's service account.

    `NoData` when there is none of them.
    """
    path, _, context = target.address.partition("#")
    if path == IN_CLUSTER:
        return Place(())
    if path:
        return Place((str(at_home(path)),), context)
    named = tuple(filter(None, environ.get("KUBECONFIG", "").split(os.pathsep)))
    if named:
        return Place(named, context)
    usual = Path(environ.get("HOME") or "~").expanduser() / ".kube" / "config"
    if usual.is_file():
        return Place((str(usual),), context)
    if environ.get("KUBERNETES_SERVICE_HOST") and (SERVICE_ACCOUNT / "token").is_file():
        return Place(())
    raise NoData("kube.no_kubeconfig")


def contexts(path: str) -> tuple[str, ...]:
    """The names of the contexts in a kubeconfig, in its order; `NoData` when it cannot be read."""
    return tuple(_names(_merged((path,)).get("contexts")))


def choices(addresses: Iterable[str], environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """All contexts that could be asked, as addresses of targets: of the files that `addresses` name, and of
    those that kubectl would take (reads files; what cannot be read is left out)."""
    files = [each.partition("#")[0] for each in addresses]
    with contextlib.suppress(NoData):
        files += place_of(Target("kubernetes"), environ).files or (IN_CLUSTER,)
    found: list[str] = []
    for each in dict.fromkeys(files):
        if each == IN_CLUSTER:
            found.append(each)
            continue
        with contextlib.suppress(NoData):
            found += [f"{at_home(each).absolute()}#{name}" for name in contexts(each)]
    return tuple(dict.fromkeys(found))


def describe(place: Place) -> Described:
    """The context's cluster and user (reads files; `NoData` that says what is wrong with them)."""
    if not place.files:
        return _of_pod()
    merged = _merged(place.files)
    context = place.context or str(merged.get("current-context") or "")
    if not context:
        raise NoData("kube.no_current_context", file=str(place), known=_shown(_names(merged.get("contexts"))))
    found = _named(merged, "contexts", context)
    if found is None:
        known = _shown(_names(merged.get("contexts")))
        raise NoData("kube.no_context", context=_word(context), file=str(place), known=known)
    link = found.get("context") or {}
    cluster = _named(merged, "clusters", str(link.get("cluster") or ""))
    if cluster is None or not (cluster.get("cluster") or {}).get("server"):
        raise NoData("kube.no_cluster", context=_word(context), file=str(place))
    user: Mapping[str, Any] = {}
    if wanted := str(link.get("user") or ""):
        found_user = _named(merged, "users", wanted)
        if found_user is None:
            raise NoData("kube.no_user", context=_word(context), user=_word(wanted), file=str(place))
        user = found_user
    return Described(
        context,
        cluster["cluster"],
        user.get("user") or {},
        str(cluster.get(_BASE, "")),
        str(user.get(_BASE, "")),
    )


def without_proxy(host: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether NO_PROXY names the network of that address.  kubectl reads networks there (10.0.0.0/8), the
    client's HTTP library reads names and single addresses only."""
    import ipaddress

    try:
        address = ipaddress.ip_address(urlsplit(host).hostname or "")
    except ValueError:
        return False
    for each in (environ.get("NO_PROXY") or environ.get("no_proxy") or "").split(","):
        try:
            if "/" in each and address in ipaddress.ip_network(each.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False


_BASE = "\0base"  # under which an entry keeps its file's folder: no key of a kubeconfig can be that


def _merged(files: Iterable[str]) -> dict[str, Any]:
    """Several kubeconfigs as one: of two entries with one name the first counts, as with kubectl."""
    merged: dict[str, Any] = {"clusters": [], "contexts": [], "users": []}
    missing = []
    read = 0
    for name in files:
        path = at_home(name)
        if not path.exists():
            missing.append(str(path))  # kubectl passes over those too, as long as one is there
            continue
        read += 1
        config = _parsed(path)
        for kind in ("clusters", "contexts", "users"):
            known = {each["name"] for each in merged[kind]}
            for entry in config.get(kind) or []:
                if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
                    raise NoData("kube.bad_kubeconfig", file=str(path), error=f"{kind}: name?")
                if entry["name"] not in known:
                    merged[kind].append(entry | {_BASE: str(path.parent)})
        merged.setdefault("current-context", config.get("current-context"))
    if not read:
        raise NoData("kube.no_file", file=", ".join(missing) or "-")
    return merged


def _parsed(path: Path) -> dict[str, Any]:
    import yaml

    try:
        if not path.is_file():
            raise NoData("kube.no_file", file=str(path))
        with path.open(encoding="utf-8") as file:
            text = file.read(_SIZE)
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        config = yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders
    except OSError as error:
        raise NoData("kube.file_rights", file=str(path), error=error.strerror or "?") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        # Only the place: the lines around it may hold a token.
        mark = getattr(error, "problem_mark", None)
        at = f"line {mark.line + 1}" if mark else type(error).__name__
        raise NoData("kube.bad_kubeconfig", file=str(path), error=at) from None
    if not isinstance(config, dict):
        raise NoData("kube.bad_kubeconfig", file=str(path), error=f"kind: {type(config).__name__}")
    for kind in ("clusters", "contexts", "users"):
        if not isinstance(config.get(kind) or [], list):
            raise NoData("kube.bad_kubeconfig", file=str(path), error=kind)
    return config


def _of_pod() -> Described:
    environ = os.environ
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "443")
    token = SERVICE_ACCOUNT / "token"
    if not host or not token.is_file():
        raise NoData("kube.not_in_cluster", file=str(token))
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    cluster = {"server": server, "certificate-authority": str(SERVICE_ACCOUNT / "ca.crt")}
    return Described(IN_CLUSTER, cluster, {"tokenFile": str(token)})


def _named(config: Mapping[str, Any], kind: str, name: str) -> dict[str, Any] | None:
    return next((each for each in config[kind] if each["name"] == name), None)


def _names(entries: Iterable[Mapping[str, Any]] | None) -> list[str]:
    return [safe_line(str(each["name"])) for each in entries or []]


def _shown(names: list[str]) -> str:
    more = f" + {len(names) - _SHOWN}" if len(names) > _SHOWN else ""
    return (", ".join(_word(each) for each in names[:_SHOWN]) or "-") + more


def _word(text: str) -> str:
    return safe_line(redact(text))[:100]


def _state(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (0, 0)
    return stat.st_mtime_ns, stat.st_size
