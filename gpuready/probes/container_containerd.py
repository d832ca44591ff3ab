"""containerd's own configuration, by which Kubernetes starts pods; Docker does not use it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpuready.probes.probe import Exchange, Remark
from gpuready.text.redact import redact

CONFIG = Path("/etc/containerd/config.toml")
KUBELETS = (Path("/var/lib/kubelet/config.yaml"), Path("/etc/rancher"), Path("/var/lib/k0s"))
CDI_FOLDERS = (Path("/etc/cdi"), Path("/var/run/cdi"))
_MOST_FILES = 50
_MOST_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Containerd:
    """What its files say.  `nvidia` are the names of NVIDIA runtimes, `cdi` whether CDI is switched on (None
    where neither yes nor no is written), `cri` whether it serves Kubernetes.  `readable` is false where the
    main file is missing or cannot be read, and then nothing is known."""

    readable: bool
    kubelet: bool
    cri: bool = True
    cdi: bool | None = None
    nvidia: tuple[str, ...] = ()
    cdi_specs: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    evidence: tuple[Exchange, ...] = ()

    @property
    def serves_gpus(self) -> bool | None:
        """Whether a pod can get a GPU from it; None where its file could not be read."""
        if not self.readable:
            return None
        return self.cri and (bool(self.nvidia) or (self.cdi is not False and bool(self.cdi_specs)))


def paths() -> tuple[str, ...]:
    """What `look` reads."""
    specs = (str(folder / "*.{yaml,json}") for folder in CDI_FOLDERS)
    return (f"read {CONFIG} and its imports", *(f"read {spec}" for spec in specs))


def look() -> Containerd:
    """Read containerd's configuration and the CDI specifications; short local files, so at once."""
    kubelet = any(path.exists() for path in KUBELETS)
    specs = nvidia_specs()
    found: list[tuple[Path, dict[str, Any]]] = []
    try:
        found = list(_documents(CONFIG))
    except FileNotFoundError:
        return Containerd(
            False,
            kubelet,
            cdi_specs=specs,
            remarks=(("probes_container.no_containerd_config", {"path": CONFIG}),),
        )
    except (OSError, ValueError) as failed:
        remark = ("probes_container.bad_containerd_config", {"path": CONFIG, "why": redact(str(failed))})
        return Containerd(False, kubelet, cdi_specs=specs, remarks=(remark,))
    nvidia: list[str] = []
    cri, cdi = True, None
    for _, document in found:
        cri = cri and not any("cri" in name.split(".") for name in _texts(document.get("disabled_plugins")))
        for name, options in _runtimes(document.get("plugins")):
            if "nvidia" in name or "nvidia" in _program(options):
                nvidia.append(name)
        switch = _switch(document.get("plugins"))
        cdi = cdi if switch is None else switch
    said = (
        f"disabled_plugins cri: {not cri}\nenable_cdi: {cdi}\nNVIDIA runtimes: {', '.join(nvidia) or 'none'}"
    )
    asked = "read " + " ".join(str(path) for path, _ in found)
    evidence = (Exchange(asked, redact(f"{said}\nCDI specifications: {', '.join(specs) or 'none'}")),)
    return Containerd(
        True, kubelet, cri, cdi, tuple(nvidia), specs, _remarks(cri, cdi, nvidia, specs), evidence
    )


def _remarks(cri: bool, cdi: bool | None, nvidia: list[str], specs: tuple[str, ...]) -> tuple[Remark, ...]:
    if not cri:
        return (("probes_container.cri_disabled", {"path": CONFIG}),)
    if not nvidia and (cdi is False or not specs):
        return (("probes_container.containerd_no_gpu", {"path": CONFIG}),)
    return ()


def nvidia_specs() -> tuple[str, ...]:
    """The CDI specifications on this machine that describe nvidia.com/gpu."""
    files = [p for folder in CDI_FOLDERS if folder.is_dir() for p in sorted(folder.iterdir())[:_MOST_FILES]]
    return tuple(str(p) for p in files if p.suffix in (".yaml", ".yml", ".json") and _names_nvidia(p))


def _names_nvidia(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"nvidia.com/gpu" in file.read(_MOST_BYTES)
    except OSError:
        return False


def _documents(path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    main = _toml(path)
    yield path, main
    for pattern in _texts(main.get("imports")):
        folder = Path(pattern).parent if Path(pattern).is_absolute() else path.parent / Path(pattern).parent
        for more in sorted(folder.glob(Path(pattern).name))[:_MOST_FILES]:
            yield more, _toml(more)


def _toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.loads(file.read(_MOST_BYTES).decode())


def _runtimes(plugins: object) -> Iterator[tuple[str, object]]:
    """Every ``...containerd.runtimes.NAME`` below ``plugins``, whatever the plugin is called: containerd 1
    and 2 name it differently."""
    for plugin in _tables(plugins):
        containerd = plugin.get("containerd")
        runtimes = containerd.get("runtimes") if isinstance(containerd, dict) else None
        if isinstance(runtimes, dict):
            yield from runtimes.items()


def _switch(plugins: object) -> bool | None:
    switches = [plugin["enable_cdi"] for plugin in _tables(plugins) if "enable_cdi" in plugin]
    return bool(switches[-1]) if switches else None


def _tables(found: object) -> list[dict[str, Any]]:
    return [value for value in found.values() if isinstance(value, dict)] if isinstance(found, dict) else []


def _program(options: object) -> str:
    inner = options.get("options") if isinstance(options, dict) else None
    return str(inner.get("BinaryName", "")) if isinstance(inner, dict) else ""


def _texts(found: object) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list) else []
