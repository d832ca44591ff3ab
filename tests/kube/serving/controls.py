"""What a test can set about a served API besides its objects: kinds, access, texts, faults, watches."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.kube.serving.access import User
from tests.kube.serving.faults import Fault
from tests.kube.serving.kinds import Kind, by_priority
from tests.kube.serving.running import Running
from tests.kube.serving.server import Request, State
from tests.kube.serving.store import Object


class Controls:
    """The levers of a served API; see tests.kube.apiserver.Api."""

    _state: State
    _running: Running

    # kinds without a CRD

    def install_kind(
        self, group: str, kind: str, plural: str, versions: Sequence[str], *, namespaced: bool = True
    ) -> None:
        """Serve a kind that has no CRD: an aggregated API such as metrics.k8s.io or custom.metrics.k8s.io."""
        served = Kind(group, kind, plural, by_priority(versions), namespaced, subresources=(), custom=True)
        self._state.kinds.add(served)

    def uninstall(self, group: str) -> None:
        """Serve nothing of a group: an old server without "resource.k8s.io", for instance."""
        self._state.kinds.hidden.add(group)

    def serve(self, group: str, kind: str, *versions: str) -> None:
        """Serve a kind in those versions only, the preferred one first: an older or newer server."""
        self._state.kinds.serve(group, kind, versions)

    def stale(self, group: str, is_stale: bool = True) -> None:
        """The server behind an aggregated group is down: 503, and Stale in discovery."""
        (self._state.kinds.stale.add if is_stale else self._state.kinds.stale.discard)(group)

    # access

    def token(self, token: str, user: str, groups: Sequence[str] = ()) -> None:
        """A bearer token for a user, who may do everything until `allow` names rules."""
        self._state.access.token(token, User(user, (*groups, "system:authenticated")))

    def expire(self, token: str) -> None:
        """From now on the token gets 401."""
        self._state.access.expire(token)

    def allow(
        self,
        rules: Sequence[Object],
        *,
        user: str = "admin",
        namespace: str | None = None,
        defaults: bool = True,
    ) -> None:
        """What the user may do, in place of everything: RBAC rules ({"verbs", "apiGroups", "resources",
        "resourceNames"} or {"verbs", "nonResourceURLs"}); [] is nothing.

        With a namespace they hold there only (a Role).  `defaults` are what every authenticated user has on a
        real server: discovery, /version, /readyz and the self reviews.
        """
        self._state.access.allow(user, rules, namespace or "", defaults)

    def allow_everything(self, *, user: str = "admin") -> None:
        """Take back `allow`."""
        self._state.access.allow_everything(user)

    # texts and proxies

    def text(self, path: str, text: str, status: int = 200) -> None:
        """What GET path answers: "/readyz", "/livez", "/healthz", "/metrics" (verbose or not)."""
        self._state.texts[path.rstrip("/") or "/"] = (status, text)

    def version(self, git_version: str) -> None:
        """What /version says: "v1.34.2"."""
        self._state.version = git_version

    def service(self, namespace: str, name: str, port: int | str, url: str) -> None:
        """services/NAME:PORT/proxy/REST is forwarded to URL/REST; unset is 503 "no endpoints available"."""
        self._state.routes["services", namespace, name, str(port)] = url

    def node_proxy(self, name: str, url: str, port: int | str = "") -> None:
        """nodes/NAME[:PORT]/proxy/REST is forwarded to URL/REST: a kubelet."""
        self._state.routes["nodes", "", name, str(port)] = url

    def pod_proxy(self, namespace: str, name: str, port: int | str, url: str) -> None:
        """pods/NAME:PORT/proxy/REST is forwarded to URL/REST."""
        self._state.routes["pods", namespace, name, str(port)] = url

    # faults

    def fault(
        self,
        method: str,
        path: str,
        *,
        status: int | None = None,
        retry_after: int | None = None,
        slow: float | None = None,
        truncated: bool = False,
        hangs: bool = False,
        reset: bool = False,
        html: bool = False,
        body: str | None = None,
        times: int | None = None,
    ) -> Fault:
        """The next `times` requests (None: all) whose method ("*": any) and path (regex, searched in the path
        with its query) match fail so.  Returns it: .hits, .remove().

        `slow` seconds come before anything else; `truncated` cuts the true answer (or a watch's event) in
        half; `html` is a login page (200 unless a status is given); `body` is sent as JSON, whatever it is.
        """
        fault = Fault(
            method,
            re.compile(path),
            status=status,
            retry_after=retry_after,
            slow=slow,
            truncated=truncated,
            hangs=hangs,
            reset=reset,
            html=html,
            body=body,
            times=times,
        )
        self._state.faults.append(fault)
        return fault

    def clear_faults(self) -> None:
        self._state.faults.clear()

    # watches

    def compact(self, *, http: bool = False) -> None:
        """Every resourceVersion and continue token given so far is 410 Expired; open watches go on.

        A watch from such a version gets an ERROR event; with `http` the answer itself is 410.
        """
        self._running.watches.http_gone = http
        self._running.store.compact()

    def expire_pages(self) -> None:
        """Every continue token given so far is 410 Expired."""
        self._state.pages.expire()

    def watchers(self, plural: str | None = None) -> int:
        """How many watches are open now, of a resource ("pods") or of all."""
        return self._running.watches.count(plural)

    def drop_watches(self, *, gone: bool = False) -> None:
        """End every open watch as a restarting server does; `gone`: with a 410 ERROR event first."""
        self._running.call(lambda: self._running.watches.drop(gone))

    def bookmark(self) -> None:
        """Send a BOOKMARK of a new version to each watch that allows them."""
        self._running.store.tick()
        self._running.call(self._running.watches.bookmark)

    def watch_list(self, on: bool = True) -> None:
        """Whether watches may ask for sendInitialEvents (refused with 422 until then)."""
        self._running.watches.with_initial_events = on

    # requests and kubeconfigs

    @property
    def requests(self) -> list[Request]:
        """Every request so far, oldest first."""
        return list(self._state.requests)

    def requested(self, method: str, path: str) -> list[Request]:
        """The requests with that method ("*": any) whose path with its query matches (regex, searched)."""
        wanted = re.compile(path)
        return [
            request
            for request in self.requests
            if method in ("*", request.method) and wanted.search(request.line.partition(" ")[2])
        ]

    def clear_requests(self) -> None:
        self._state.requests.clear()

    def keep_requests(self, on: bool) -> None:
        """Whether requests are kept: not in a bench."""
        self._state.keep_requests = on
