"""Kubeconfig files, and an exec plugin whose tokens a test hands out."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PLUGIN = """\
import json, pathlib, sys
here = pathlib.Path(__file__).parent
with open(here / "calls", "a") as calls:
    calls.write("call\\n")
credential = json.loads((here / "credential.json").read_text())
if "fail" in credential:
    sys.exit(credential["fail"])
print(json.dumps(credential))
"""


def write(
    path: Path,
    server: str,
    *,
    ca: Path | None,
    token: str | None,
    context: str,
    namespace: str | None,
    exec_command: Sequence[str] | None,
    extra_contexts: Sequence[str],
    proxy_url: str | None,
    insecure: bool,
) -> Path:
    """Write a kubeconfig (as JSON, which is YAML); a CA goes in as a path."""
    cluster: dict[str, Any] = {"server": server}
    if insecure:
        cluster["insecure-skip-tls-verify"] = True
    elif ca is not None:
        cluster["certificate-authority"] = str(ca)
    if proxy_url:
        cluster["proxy-url"] = proxy_url
    user: dict[str, Any] = {}
    if exec_command:
        user["exec"] = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": exec_command[0],
            "args": list(exec_command[1:]),
            "interactiveMode": "Never",
        }
    elif token:
        user["token"] = token
    inside = {"cluster": "test", "user": "test", **({"namespace": namespace} if namespace else {})}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": user}],
        "contexts": [{"name": name, "context": inside} for name in (context, *extra_contexts)],
        "current-context": context,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2))
    path.chmod(0o600)
    return path


@dataclass(frozen=True, slots=True)
class ExecPlugin:
    """A credential plugin: `argv` is what a kubeconfig runs, `calls` how often it was run."""

    folder: Path

    @property
    def argv(self) -> list[str]:
        return [sys.executable, str(self.folder / "plugin.py")]

    @property
    def calls(self) -> int:
        calls = self.folder / "calls"
        return len(calls.read_text().splitlines()) if calls.exists() else 0

    def give(self, token: str, expires: str | None = None) -> None:
        """The token of the next calls; `expires` as 2030-01-01T00:00:00Z."""
        status = {"token": token, **({"expirationTimestamp": expires} if expires else {})}
        credential = {
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": status,
        }
        (self.folder / "credential.json").write_text(json.dumps(credential))

    def fail(self, message: str) -> None:
        """The next calls say so on stderr and exit with 1."""
        (self.folder / "credential.json").write_text(json.dumps({"fail": message}))


def exec_plugin(folder: Path, token: str) -> ExecPlugin:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plugin.py").write_text(_PLUGIN)
    plugin = ExecPlugin(folder)
    plugin.give(token)
    return plugin
