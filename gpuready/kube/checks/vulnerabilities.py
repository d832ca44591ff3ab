"""What trivy-operator found in the images that run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from gpuready.kube.check import check
from gpuready.kube.look import Look, Obj
from gpuready.kube.read.conditions import age
from gpuready.kube.read.gpus import is_over
from gpuready.kube.read.naming import listed
from gpuready.kube.read.quantity import pieces
from gpuready.probes.probe import NoData, Probe, Remark
from gpuready.probes.seen import Seen

_REPORTS = "vulnerabilityreports.aquasecurity.github.io"
_DOCKER = re.compile(r"^(?:(?:index|registry-1)?\.?docker\.io/)?(?:library/)?")

Image = tuple[str, str]
"""Repository with its registry, and tag or, where the image is named by one, digest."""

ByName = Mapping[str, set[str]]
"""The tags of each repository."""


async def _vulnerabilities(look: Look) -> Seen:
    """Critical and high findings in running images; images without a fresh report leave it open."""
    days = float(str(look.ask.params["days"]))
    if not await look.has(_REPORTS):
        raise NoData("kube_vulnerabilities.not_installed")
    reports = await look.list(_REPORTS)
    if not reports:
        raise NoData("kube_vulnerabilities.no_reports")
    running = _running(await look.list("pods"))
    found: dict[str, tuple[int, int]] = {}
    fresh: set[Image] = set()
    stale = 0
    for each in reports:
        report = each.get("report") or {}
        names = _reported(report)
        image = next((each for each in names if _is_among(each, running)), names[0])
        if running and not _is_among(image, running):
            continue  # of an old ReplicaSet: its image does not run any more
        summary = report.get("summary") or {}
        ones = pieces(summary.get("criticalCount", 0)), pieces(summary.get("highCount", 0))
        found[_said(image)] = max(found.get(_said(image), (0, 0)), ones)
        seen = age(report.get("updateTimestamp"), look.now)
        if seen is None or seen > days * 86400:
            stale += 1
        else:
            fresh.update(names)
    known = _by_name(fresh)
    missing = [
        _said((name, tag))
        for name, tags in running.items()
        for tag in tags
        if not _is_among((name, tag), known)
    ]
    worst = {name: ones for name, ones in found.items() if any(ones)}
    critical, high = (sum(ones[at] for ones in found.values()) for at in (0, 1))
    remarks: list[Remark] = []
    if worst:
        order = sorted(worst, key=lambda name: (tuple(-many for many in worst[name]), name))
        said = ", ".join(f"{name} ({worst[name][0]}/{worst[name][1]})" for name in order[:8])
        remarks.append(("kube_vulnerabilities.worst", {"names": said, "images": len(worst)}))
    if stale:
        remarks.append(("kube_vulnerabilities.stale", {"many": stale, "days": f"{days:g}"}))
    if missing:
        remarks.append(("kube_vulnerabilities.missing", {"names": listed(missing)}))
    fields = {
        "critical": critical,
        "high": high,
        "reports": len(reports),
        "images": sum(map(len, running.values())),
        "images_without": len(missing),
    }
    if not missing:
        return Seen(fields, tuple(remarks))
    within = {"critical": (float(critical), float("inf")), "high": (float(high), float("inf"))}
    return Seen(fields, tuple(remarks), within)


def _running(pods: Iterable[Obj]) -> ByName:
    return _by_name(
        _image(str(each.get("image") or ""))
        for pod in pods
        if not is_over(pod)
        for key in ("containers", "initContainers")  # sidecars that run all the time are among the latter
        for each in (pod.get("spec") or {}).get(key) or ()
    )


def _by_name(images: Iterable[Image]) -> ByName:
    found: dict[str, set[str]] = {}
    for name, tag in images:
        found.setdefault(name, set()).add(tag)
    return found


def _reported(report: Mapping[str, Any]) -> list[Image]:
    """The image of the report, by tag and by digest as far as told."""
    artifact = report.get("artifact") or {}
    server = str((report.get("registry") or {}).get("server") or "")
    name = _DOCKER.sub("", f"{server}/{artifact.get('repository') or '?'}")
    digest = str(artifact.get("digest") or "").rpartition("@")[2]
    return [(name, each) for each in (str(artifact.get("tag") or ""), digest) if each] or [(name, "")]


def _image(text: str) -> Image:
    name, _, digest = text.partition("@")
    head, slash, tail = name.rpartition("/")
    last, _, tag = tail.partition(":")
    return _DOCKER.sub("", f"{head}{slash}{last}"), digest or tag or "latest"


def _is_among(image: Image, others: ByName) -> bool:
    """Whether the image is one of the others; a report that tells neither tag nor digest is of any."""
    tags = others.get(image[0], ())
    return bool(tags) and (image[1] in tags or not image[1])


def _said(image: Image) -> str:
    return ("@" if ":" in image[1] else ":").join(part for part in image if part)


CHECKS: tuple[Probe, ...] = (
    check(
        "security.vulnerabilities",
        _vulnerabilities,
        reads=(_REPORTS, "pods"),
        fields={
            "critical": "count",
            "high": "count",
            "reports": "count",
            "images": "count",
            "images_without": "count",
        },
        params={"days": 7},
    ),
)
