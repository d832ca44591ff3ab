"""What lies in a model's folder, told by the files' own headers: formats, sizes, weights."""

from __future__ import annotations

import json
import math
import os
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gpuready.places import at_home
from gpuready.probes.probe import NoData, Target
from gpuready.text.safe import safe_line

MOST = 10_000
"""Entries of a folder that are looked at."""

DEEPEST = 6
LONGEST_HEADER = 100 * 2**20  # bytes; safetensors' own limit

_ENGINES = (".plan", ".engine", ".trt")
_PLAN_MAGIC = b"ftrt"
_WIDTH = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}


@dataclass(frozen=True, slots=True)
class Engine:
    """A TensorRT engine by its header: `whole` tells that it begins as engines do, `version` is the
    TensorRT that built it (empty when the header does not tell)."""

    path: Path
    whole: bool
    version: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """The safetensors of a folder: `parameters` counts numbers, `missing` names shards of the index that
    are not there or not whole."""

    files: int
    parameters: int
    packed: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What lies below one path: `sizes` in bytes by file, `lost` files that a config.pbtxt names and that
    are not there, as (config, name)."""

    sizes: Mapping[Path, int]
    engines: tuple[Engine, ...]
    weights: Weights | None
    configs: int
    lost: tuple[tuple[Path, str], ...]

    @property
    def onnx(self) -> list[Path]:
        return [path for path in self.sizes if path.suffix == ".onnx"]


def scan(target: Target) -> Found:
    """Look at what the target's address names; blocks.  `NoData` as of `path_of` and `files_in`."""
    paths = files_in(path_of(target))
    configs = [path for path in paths if path.name == "config.pbtxt"]
    named = [(path, name) for path in configs if (name := served_file(path))]
    names = {path.name for path in paths}
    return Found(
        sizes={path: path.stat().st_size for path in paths},
        engines=tuple(engine_of(path) for path in paths if path.suffix in _ENGINES),
        weights=weights_of(paths),
        configs=len(configs),
        lost=tuple((path, name) for path, name in named if name not in names),
    )


def path_of(target: Target) -> Path:
    """The file or folder that the target's address names; `NoData` when it is not a path, or not there."""
    address = target.address.removeprefix("file://")
    if not address or "://" in address:
        raise NoData("probes_model.no_path", address=safe_line(address))
    path = at_home(address)
    try:
        path.stat()
    except PermissionError:
        raise NoData("probes_model.no_rights", path=path) from None
    except OSError:
        raise NoData("probes_model.no_file", path=path) from None
    return path


def files_in(root: Path) -> list[Path]:
    """The regular files below the root (or it alone), links to files followed, those to folders not.
    `NoData` when there are more than `MOST` or a folder may not be read."""
    if root.is_file():
        return [root]
    return sorted(_walk(root, DEEPEST, [MOST]))


def _walk(folder: Path, deep: int, left: list[int]) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except PermissionError:
        raise NoData("probes_model.no_rights", path=folder) from None
    left[0] -= len(entries)
    if left[0] < 0:
        raise NoData("probes_model.many_files", path=folder, most=MOST)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if deep and not entry.name.startswith("."):
                yield from _walk(Path(entry.path), deep - 1, left)
        elif entry.is_file():
            yield Path(entry.path)


def engine_of(path: Path) -> Engine:
    """The engine's header: the tag ``ftrt``; in serialisation 0 the version in bytes 24 to 27 (as trtexec
    --getPlanVersionOnly reads it)."""
    with path.open("rb") as file:
        head = file.read(28)
    whole = len(head) == 28 and head.startswith(_PLAN_MAGIC)
    told = whole and head[4:8] == b"\0\0\0\0" and head[24] > 0
    return Engine(path, whole, ".".join(str(part) for part in head[24:28]) if told else "")


def weights_of(paths: list[Path]) -> Weights | None:
    """What the safetensors among the files say of themselves; None when there are none."""
    found = [path for path in paths if path.suffix == ".safetensors"]
    missing: list[str] = []
    parameters, packed = 0, False
    for path in found:
        try:
            count, low = _tensors(path)
        except (ValueError, OSError, struct.error):
            missing.append(path.name)
            continue
        parameters += count
        packed = packed or low
    for index in (path for path in paths if path.name.endswith(".safetensors.index.json")):
        there = {path.name for path in found if path.parent == index.parent}
        missing += sorted(_shards(index) - there)
    return Weights(len(found), parameters, packed, tuple(missing)) if found or missing else None


def _tensors(path: Path) -> tuple[int, bool]:
    """The numbers in one file, and whether some are packed (types of 8 bits, which may hold two or four
    quantised weights each).  ValueError when the file is not as long as its header says."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > LONGEST_HEADER:
            raise ValueError("header")
        header = json.loads(file.read(length))
    end = count = 0
    packed = False
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        end = max(end, int(tensor["data_offsets"][1]))
        count += math.prod(int(size) for size in tensor["shape"])
        packed = packed or str(tensor["dtype"]) not in _WIDTH or "qweight" in name
    if path.stat().st_size != 8 + length + end:
        raise ValueError("size")
    return count, packed


def _shards(index: Path) -> set[str]:
    try:
        return {str(name) for name in json.loads(index.read_text())["weight_map"].values()}
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        return {index.name}


_MODEL_FILE = re.compile(r'^\s*default_model_filename\s*:\s*"([^"]+)"', re.M)


def served_file(config: Path) -> str | None:
    """The file that a Triton config.pbtxt names, where it names one."""
    text = config.read_text(errors="replace")[: 2**20]
    match = _MODEL_FILE.search(text)
    return match[1] if match else None
