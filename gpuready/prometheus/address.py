"""Where a call to the API of a target goes."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from gpuready.probes.http_auth import url_of
from gpuready.probes.probe import NoData, Target


def api_url(target: Target, path: str, params: Mapping[str, str] | None = None) -> str:
    """The URL of a call below ``/api/v1``, as it is shown; for a target with ``via`` the path at the API
    server of the cluster."""
    query = f"?{urlencode(params)}" if params else ""
    if "via" in target.options:
        return f"{proxy_path(target.address)}/api/v1/{path}{query}"
    return url_of(target, f"/api/v1/{path}") + query


def proxy_path(address: str) -> str:
    """The path of the service proxy for a service's address inside the cluster, as in
    ``http://prometheus.monitoring.svc:9090/prefix``.  `NoData` when it names no service and namespace."""
    parts = urlsplit(address if "://" in address else f"http://{address}")
    service, _, rest = (parts.hostname or "").partition(".")
    namespace = rest.partition(".")[0]
    if not service or not namespace:
        raise NoData("prometheus.no_service", address=address)
    scheme = "https:" if parts.scheme == "https" else ""
    port = f":{parts.port}" if parts.port else ""
    return f"/api/v1/namespaces/{namespace}/services/{scheme}{service}{port}/proxy{parts.path.rstrip('/')}"
