"""The HTTP side: who asks, may they, what do they get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.kube.serving import discovery
from tests.kube.serving.access import Access, Attributes, User, review_access, review_rules
from tests.kube.serving.answers import (
    Refusal,
    bad_request,
    invalid,
    no_such_path,
    not_acceptable,
    not_allowed,
    not_found,
)
from tests.kube.serving.faults import Fault, play
from tests.kube.serving.kinds import CREATE_ONLY, Kind, Kinds, api_version
from tests.kube.serving.logs import LogKey, read_log
from tests.kube.serving.proxying import Route, forward
from tests.kube.serving.reading import Pages, read_list, read_one, selection
from tests.kube.serving.replies import (
    HEALTH,
    acceptable,
    bytes_reply,
    decoded,
    entry_reply,
    json_reply,
    refusal_reply,
    version_document,
)
from tests.kube.serving.store import Object, Store
from tests.kube.serving.target import Target, parse, watching
from tests.kube.serving.watching import Watches
from tests.kube.serving.writing import Writer


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: `path` without the query."""

    method: str
    path: str
    query: dict[str, str]
    user: str
    accept: str = ""

    @property
    def line(self) -> str:
        query = "&".join(f"{key}={value}" for key, value in self.query.items())
        return f"{self.method} {self.path}" + (f"?{query}" if query else "")


@dataclass(slots=True)
class State:
    """All that a test can set, and what came in."""

    kinds: Kinds
    access: Access = field(default_factory=Access)
    pages: Pages = field(default_factory=Pages)
    faults: list[Fault] = field(default_factory=list)
    texts: dict[str, tuple[int, str]] = field(default_factory=dict)
    logs: dict[LogKey, str] = field(default_factory=dict)
    routes: dict[Route, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    version: str = "v1.34.2"
    keep_requests: bool = True


class Server:
    """Answers requests; lives in one event loop."""

    def __init__(
        self, store: Store, state: State, watches: Watches, created: Callable[[Kind, Object], None]
    ) -> None:
        self.store = store
        self.state = state
        self.watches = watches
        self.writer = Writer(store, state.kinds, created)
        self._session: aiohttp.ClientSession | None = None

    def app(self) -> web.Application:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/{rest:.*}", self.handle)
        app.cleanup_ctx.append(self._client)
        return app

    async def _client(self, app: web.Application) -> Any:
        async with aiohttp.ClientSession(auto_decompress=True) as self._session:
            yield

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request, faults included; every refusal becomes the answer that a kube-apiserver gives."""
        try:
            user: User | None = self.state.access.who(request.headers.get("Authorization"))
        except Refusal:
            user = None
        if self.state.keep_requests:
            logged = Request(
                request.method,
                request.path,
                dict(request.query),
                user.name if user else "",
                request.headers.get("Accept", ""),
            )
            self.state.requests.append(logged)
        try:
            fault = next((f for f in self.state.faults if f.meets(request.method, request.path_qs)), None)
            if fault is None:
                return await self._answer(request)
            fault.hits += 1
            return await play(fault, request, self._answered)
        except Refusal as refusal:
            return refusal_reply(refusal)
        except (ConnectionResetError, aiohttp.ClientConnectionError):
            return web.Response()  # the client is gone

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except Refusal as refusal:
            return refusal_reply(refusal)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        user = self.state.access.who(request.headers.get("Authorization"))
        target = parse(request.path)
        if target is None:
            wanted = Attributes(verb=request.method.lower().replace("head", "get"), path=request.path)
            self.state.access.check(user, wanted)
            return self._bare(request)
        self.state.access.check(user, target.attributes(request.method, request.query))
        if target.group in self.state.kinds.stale:
            raise Refusal(503, "ServiceUnavailable", "", text="service unavailable\n")
        kind = self.state.kinds.served(target.group, target.version, target.plural)
        if kind is None or (target.namespace and not kind.namespaced):
            raise no_such_path()
        if target.subresource and target.subresource not in kind.subresources:
            raise no_such_path()
        if request.method in ("GET", "HEAD"):
            return await self._read(request, kind, target)
        if target.subresource == "proxy":
            return await self._proxy(request, target)
        return await self._write(request, user, kind, target)

    # reading

    def _bare(self, request: web.Request) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD"):
            raise not_allowed(request.method.lower())
        path = request.path.rstrip("/") or "/"
        if path == "/version":
            return json_reply(version_document(self.state.version))
        if path in self.state.texts or path in HEALTH:
            return self._text(request, path)
        kinds = self.state.kinds
        form = discovery.aggregated_version(request.headers.get("Accept", ""))
        if path in ("/api", "/apis") and form:
            document = discovery.aggregated(kinds, form, core=path == "/api")
            return json_reply(document, discovery.aggregated_type(form))
        match path.split("/")[1:]:
            case ["api"]:
                return json_reply(discovery.core_versions(request.host))
            case ["apis"]:
                return json_reply(discovery.group_list(kinds))
            case ["api", version]:
                return json_reply(discovery.resource_list(kinds, "", version))
            case ["apis", group]:
                return json_reply(discovery.group(kinds, group))
            case ["apis", group, version]:
                return json_reply(discovery.resource_list(kinds, group, version))
        raise no_such_path()

    def _text(self, request: web.Request, path: str) -> web.StreamResponse:
        status, text = self.state.texts.get(path, (200, ""))
        if path in HEALTH and path not in self.state.texts:
            lines = "".join(f"[+]{check} ok\n" for check in HEALTH[path])
            text = f"{lines}{path[1:]} check passed\n" if "verbose" in request.query else "ok"
        return web.Response(status=status, text=text, content_type="text/plain")

    async def _read(self, request: web.Request, kind: Kind, target: Target) -> web.StreamResponse:
        query = request.query
        if kind.plural in CREATE_ONLY:
            raise not_allowed("get")
        if target.subresource == "proxy":
            return await self._proxy(request, target)
        if target.subresource == "log":
            pod = self.store.find(kind, target.namespace, target.name)
            if pod is None:
                raise not_found(kind, target.name)
            body = read_log(self.state.logs, pod.object(), query)
            return web.Response(body=body, content_type="text/plain")
        if target.subresource not in ("", "status"):
            raise not_allowed("get")
        if not acceptable(request.headers.get("Accept", "")):
            raise not_acceptable()
        if watching(query):
            return await self.watches.serve(request, self.store, kind, target, query)
        if target.name:
            return bytes_reply(request, read_one(self.store, kind, target))
        return bytes_reply(request, read_list(self.store, self.state.pages, kind, target, query))

    async def _proxy(self, request: web.Request, target: Target) -> web.StreamResponse:
        assert self._session is not None
        return await forward(request, target, self.state.routes, self._session)

    # writing

    async def _write(
        self, request: web.Request, user: User, kind: Kind, target: Target
    ) -> web.StreamResponse:
        body = await decoded(request)
        dry = request.query.get("dryRun") == "All"
        if target.subresource not in ("", "status") and request.method != "POST":
            raise not_allowed(request.method.lower())
        writer = self.writer
        match request.method:
            case "POST":
                if target.subresource:
                    return self._post_sub(kind, target, body)
                if target.name or (kind.namespaced and not target.namespace):
                    raise not_allowed("create")
                if kind.plural in CREATE_ONLY:
                    return json_reply(self._review(kind, target, user, body), status=201)
                return entry_reply(writer.create(kind, target, body, dry=dry), kind, target, 201)
            case "PUT" if target.name:
                return entry_reply(writer.update(kind, target, body, dry=dry), kind, target)
            case "PATCH" if target.name:
                how = request.headers.get("Content-Type", "")
                return entry_reply(writer.patch(kind, target, body, how, dry=dry), kind, target)
            case "DELETE":
                options = dict(body) if isinstance(body, dict) else {}
                if policy := request.query.get("propagationPolicy"):
                    options["propagationPolicy"] = policy
                if target.name:
                    return json_reply(writer.delete(kind, target, options, dry=dry))
                return self._delete_many(request, kind, target)
        raise not_allowed(request.method.lower())

    def _post_sub(self, kind: Kind, target: Target, body: Any) -> web.StreamResponse:
        entry = self.store.find(kind, target.namespace, target.name)
        if entry is None:
            raise not_found(kind, target.name)
        if target.subresource == "eviction":
            self.writer.remove(kind, entry)
        elif target.subresource == "binding":
            obj = entry.object()
            obj["spec"]["nodeName"] = body["target"]["name"]
            self.store.save(kind, target.namespace, target.name, obj)
        else:
            raise not_allowed("create")
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
        return json_reply(status, status=201)

    def _review(self, kind: Kind, target: Target, user: User, body: Any) -> Object:
        spec = (body or {}).get("spec") or {}
        head = {"kind": kind.kind, "apiVersion": api_version(kind.group, target.version)}
        meta = {"metadata": {"creationTimestamp": None}}
        if kind.kind == "SelfSubjectRulesReview":
            if not spec.get("namespace"):
                raise bad_request("no namespace on request")
            return {
                **head,
                **meta,
                "spec": {},
                "status": review_rules(self.state.access, user, spec["namespace"]),
            }
        if kind.kind == "SelfSubjectAccessReview":
            if not spec.get("resourceAttributes") and not spec.get("nonResourceAttributes"):
                message = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
                raise invalid(kind, "", "spec.resourceAttributes", message)
            return {**head, **meta, "spec": spec, "status": review_access(self.state.access, user, spec)}
        if kind.kind == "SelfSubjectReview":
            info = {"username": user.name, "groups": list(user.groups)}
            return {**head, **meta, "status": {"userInfo": info}}
        raise not_allowed("create")

    def _delete_many(self, request: web.Request, kind: Kind, target: Target) -> web.StreamResponse:
        chosen = selection(kind, target, request.query)
        taken = [entry for entry in self.store.all(kind) if chosen.takes(entry)]
        for entry in taken:
            self.writer.remove(kind, entry)
        return json_reply(
            {
                "kind": f"{kind.kind}List",
                "apiVersion": api_version(kind.group, target.version),
                "metadata": {"resourceVersion": str(self.store.version)},
                "items": [entry.object() for entry in taken],
            }
        )
