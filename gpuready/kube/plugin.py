"""Credentials from an exec plugin of a kubeconfig: run without a terminal, bounded, killed when it hangs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gpuready.probes.probe import Broken, NoData
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

LIMIT = 15.0
"""Seconds that a plugin may take: less than a request, so that what is said is about the plugin."""
_SIZE = 2**20  # bytes of what it prints
_INFO = "KUBERNETES_EXEC_INFO"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a plugin gave: a bearer token, or a client certificate with its key (both PEM), and until when."""

    token: str = ""
    certificate: str = ""
    key: str = ""
    expires: datetime | None = None


async def run_plugin(
    spec: Mapping[str, Any], cluster: Mapping[str, Any], base: str, limit: float = LIMIT
) -> Credential:
    """Run the plugin that `spec` (a user's ``exec``) names.

    `base` is the kubeconfig's folder, from which a command with a slash in it starts.  `NoData` when it
    is missing, fails, hangs or wants a terminal; `Broken` when it prints no ExecCredential.
    """
    command = str(spec.get("command") or "")
    if spec.get("interactiveMode") == "Always":
        raise NoData("kube.plugin_interactive", command=command)
    if "/" in command:
        command = str(Path(base) / command)
    try:
        process = await asyncio.create_subprocess_exec(
            command,
            *(str(each) for each in spec.get("args") or ()),
            env=_environment(spec, cluster),
            stdin=asyncio.subprocess.DEVNULL,  # the terminal is the screen's
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        hint = safe_line(str(spec.get("installHint") or ""))[:300]
        raise NoData(
            "kube.plugin_missing", command=command, error=getattr(error, "strerror", None) or "?", hint=hint
        ) from None
    try:
        async with asyncio.timeout(limit):
            out, err = await asyncio.gather(_bounded(process.stdout), _bounded(process.stderr))
            code = await process.wait()
    except TimeoutError:
        raise NoData("kube.plugin_slow", command=command, seconds=f"{limit:g}") from None
    finally:
        await _end(process)
    if code:
        said = safe_line(redact(err.decode(errors="replace").strip()))[-300:]
        raise NoData("kube.plugin_failed", command=command, code=code, said=said or "-")
    return _credential(out, spec, command)


def _environment(spec: Mapping[str, Any], cluster: Mapping[str, Any]) -> dict[str, str]:
    info: dict[str, Any] = {"interactive": False}
    if spec.get("provideClusterInfo"):
        names = ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data",
                 "proxy-url")  # fmt: skip
        info["cluster"] = {name: cluster[name] for name in names if name in cluster}
    given = {
        str(each["name"]): str(each.get("value") or "") for each in spec.get("env") or () if each.get("name")
    }
    told = {"apiVersion": spec.get("apiVersion"), "kind": "ExecCredential", "spec": info}
    return {**os.environ, **given, _INFO: json.dumps(told)}


async def _bounded(stream: asyncio.StreamReader | None) -> bytes:
    """All that the stream gives, of which the first MiB is kept."""
    kept = bytearray()
    while stream and (chunk := await stream.read(65536)):
        kept += chunk[: _SIZE - len(kept)]
    return bytes(kept)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave nothing running: the plugin and what it started."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _credential(out: bytes, spec: Mapping[str, Any], command: str) -> Credential:
    try:
        answer = json.loads(out)
        status = answer["status"]
        token, certificate = status.get("token") or "", status.get("clientCertificateData") or ""
        key, until = status.get("clientKeyData") or "", status.get("expirationTimestamp")
        if answer["kind"] != "ExecCredential" or answer["apiVersion"] != spec.get("apiVersion"):
            raise ValueError("another kind or apiVersion")
        if not token and not (certificate and key):
            raise ValueError("no token and no certificate")
        expires = datetime.fromisoformat(str(until).replace("Z", "+00:00")) if until else None
        if expires and expires.tzinfo is None:
            expires = expires.replace(tzinfo=UTC)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # Never what it printed: that may be a token in another form.
        raise Broken("kube.plugin_answer", command=command, error=type(error).__name__) from None
    return Credential(str(token).strip(), str(certificate), str(key), expires)
