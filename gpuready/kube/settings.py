"""From what a kubeconfig describes to the settings of the official client, credentials included."""

from __future__ import annotations

import asyncio
import base64
import binascii
import copy
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from gpuready.kube.kubeconfig import Described, Place, describe, without_proxy
from gpuready.kube.plugin import Credential, run_plugin
from gpuready.probes.probe import NoData
from gpuready.text.redact import redact
from gpuready.text.safe import safe_line

if TYPE_CHECKING:
    from kubernetes.aio.client import ApiClient

AGAIN = timedelta(seconds=60)
"""After which a token's file is read again, as the client of the kubelet's own language does."""
_SKEW = timedelta(seconds=10)  # a token is renewed this long before it ends
_LEAST = timedelta(seconds=1)
_PROVIDERS = ("gcp", "oidc")  # of the old auth-providers, those that the client's library knows


@dataclass(frozen=True, slots=True)
class Ready:
    """An open client, ready to be asked.  `until` is when its credentials must be renewed."""

    client: ApiClient = field(repr=False)
    context: str
    server: str
    until: datetime | None = None
    insecure: bool = False

    def is_over(self) -> bool:
        return self.until is not None and datetime.now(UTC) >= self.until


async def ready(place: Place) -> Ready:
    """A client for that place: reads files, runs its exec plugin, sends nothing to the cluster yet.

    `NoData` says what is wrong with the description; `Broken` that a plugin printed no credential.
    """
    described = await asyncio.to_thread(describe, place)
    credential = await _credential(described)
    token, until = credential.token, credential.expires
    if not token and not credential.certificate:
        token, until = await asyncio.to_thread(_plain_token, described)
    if provider := described.user.get("auth-provider"):
        token = await _of_provider(described, provider)
    client = await asyncio.to_thread(_client, described, token, credential)
    server = str(described.cluster["server"])
    insecure = bool(described.cluster.get("insecure-skip-tls-verify"))
    # Not at once, whatever the plugin says: it would be run before every request.
    renewal = max(until - _SKEW, datetime.now(UTC) + _LEAST) if until else None
    return Ready(client, described.context, server, renewal, insecure)


async def _credential(described: Described) -> Credential:
    spec = described.user.get("exec")
    if not isinstance(spec, Mapping):
        return Credential()
    return await run_plugin(spec, described.cluster, described.user_base)


def _plain_token(described: Described) -> tuple[str, datetime | None]:
    """The user's token as a header has it, and when it must be read again.  The file counts before the
    token beside it, as with kubectl."""
    user = described.user
    if name := user.get("tokenFile"):
        text = _file(Path(described.user_base) / str(name)).decode(errors="replace").strip()
        return text, datetime.now(UTC) + AGAIN + _SKEW
    return str(user.get("token") or "").strip(), None


async def _of_provider(described: Described, provider: Mapping[str, Any]) -> str:
    """The token of an old auth-provider, by the client's own library."""
    from kubernetes.aio.client import Configuration
    from kubernetes.aio.config.config_exception import ConfigException
    from kubernetes.aio.config.kube_config import KubeConfigLoader

    name = str(provider.get("name") or "?")
    if name not in _PROVIDERS:
        raise NoData("kube.auth_provider", name=safe_line(name)[:60])
    one = {"name": "x", "context": {"cluster": "x", "user": "x"}}
    config = {
        "contexts": [one],
        "clusters": [{"name": "x", "cluster": {"server": "http://localhost"}}],
        "users": [{"name": "x", "user": {"auth-provider": copy.deepcopy(dict(provider))}}],
    }
    settings, loader = Configuration(), cast(Any, KubeConfigLoader)
    try:
        async with asyncio.timeout(20):
            await loader(config, active_context="x").load_and_set(settings)
    except (ConfigException, OSError, ValueError, KeyError, TypeError, TimeoutError) as error:
        told = safe_line(redact(f"{error}"))[:200] or type(error).__name__
        raise NoData("kube.auth_failed", name=name, error=told) from None
    return str(settings.api_key.get("BearerToken", "")).removeprefix("Bearer ")


def _client(described: Described, token: str, credential: Credential) -> ApiClient:
    """The official client with everything set.  Blocks: files are read and certificates parsed."""
    from kubernetes.aio.client import ApiClient, Configuration

    cluster, user = described.cluster, described.user
    host = str(cluster["server"]).rstrip("/")
    if urlsplit(host).scheme not in ("http", "https"):
        raise NoData("kube.bad_server", context=described.context, server=safe_line(redact(host))[:200])
    settings = Configuration(host=host)
    settings.verify_ssl = not cluster.get("insecure-skip-tls-verify")
    # From Python 3.13 on certificates are held to rules that kubectl does not ask for, and which those that
    # many clusters made for themselves break.
    settings.disable_strict_ssl_verification = True
    settings.tls_server_name = cluster.get("tls-server-name") or None
    _set_proxy(settings, cluster, host)
    _set_token(settings, token, user)
    with tempfile.TemporaryDirectory(prefix="gpuready-") as folder:
        try:
            settings.ca_cert_data = _pem(cluster, "certificate-authority", described.cluster_base)
            _set_certificate(settings, described, credential, Path(folder))
            client = ApiClient(configuration=settings)
        except (ssl.SSLError, ValueError, OSError) as error:
            told = safe_line(redact(str(error)))[:200]
            raise NoData("kube.bad_certificate", context=described.context, error=told) from None
    client.user_agent = "gpuready"
    for name, value in _impersonation(user).items():
        client.default_headers[name] = value
    return client


def _set_proxy(settings: Any, cluster: Mapping[str, Any], host: str) -> None:
    proxy = str(cluster.get("proxy-url") or "")
    if proxy and urlsplit(proxy).scheme not in ("http", "https"):
        raise NoData("kube.proxy_kind", proxy=safe_line(redact(proxy))[:200])
    settings.proxy = proxy or None
    if not proxy and without_proxy(host):
        settings.client_session_kwargs = {"trust_env": False}


def _set_token(settings: Any, token: str, user: Mapping[str, Any]) -> None:
    if token:
        settings.api_key["BearerToken"] = f"Bearer {_one_line(token)}"
    elif user.get("username") and user.get("password"):
        pair = f"{user['username']}:{user['password']}".encode()
        settings.api_key["BearerToken"] = "Basic " + base64.b64encode(pair).decode()


def _set_certificate(settings: Any, described: Described, credential: Credential, folder: Path) -> None:
    """The client's certificate.  The library reads it from files only: they last until it has."""
    certificate, key = credential.certificate, credential.key
    if not certificate:
        certificate = _pem(described.user, "client-certificate", described.user_base)
        key = _pem(described.user, "client-key", described.user_base)
    if not certificate:
        return
    for name, text in (("cert_file", certificate), ("key_file", key)):
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        setattr(settings, name, str(path))


def _pem(entry: Mapping[str, Any], name: str, base: str) -> str:
    """The PEM text under NAME-data, or in the file under NAME; empty without either."""
    if data := entry.get(f"{name}-data"):
        try:
            return base64.b64decode(str(data), validate=False).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{name}-data: {type(error).__name__}") from None
    return _file(Path(base) / str(entry[name])).decode(errors="replace") if entry.get(name) else ""


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(2**20)
    except OSError as error:
        raise NoData("kube.file_rights", file=str(path), error=error.strerror or "?") from None


def _one_line(token: str) -> str:
    if any(c.isspace() or not c.isprintable() for c in token):
        raise NoData("kube.bad_token")
    return token


def _impersonation(user: Mapping[str, Any]) -> dict[str, str]:
    """The headers with which kubectl would act as another user: the library would leave them out in silence,
    and the checks would see what that user must not."""
    groups = user.get("as-groups") or []
    if len(groups) > 1 or user.get("as-user-extra"):
        raise NoData("kube.impersonation")
    told = {"Impersonate-User": user.get("as"), "Impersonate-Uid": user.get("as-uid")}
    if groups:
        told["Impersonate-Group"] = groups[0]
    return {name: _one_line(str(value)) for name, value in told.items() if value}
