"""A Kubernetes API served on loopback for the tests and the bench.

    def test_x(cluster: Api) -> None:            # fixture: empty, running; cluster.kubeconfig is a Path
        cluster.put(objects.node("gpu-1"))       # also from async tests: synchronous, thread-safe

Empty means what a kube-apiserver makes by itself: four namespaces, the kubernetes service, two priority
classes, cluster-admin and the local APIServices.  `python -m tests.kube.apiserver --help` serves a big one.
"""

from __future__ import annotations

import builtins
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType

from tests.kube.serving import bare_cluster, certificates, kubeconfigs
from tests.kube.serving.access import User
from tests.kube.serving.controls import Controls
from tests.kube.serving.faults import Fault
from tests.kube.serving.kinds import Kind, Kinds
from tests.kube.serving.kubeconfigs import ExecPlugin
from tests.kube.serving.patching import merged
from tests.kube.serving.running import Running
from tests.kube.serving.server import Request, State
from tests.kube.serving.store import Entry, Object

ADMIN_TOKEN = "admin-token"

__all__ = ["ADMIN_TOKEN", "Api", "ExecPlugin", "Fault", "Object", "Request"]


class Api(Controls):
    """One running API server, in a thread of the test's own process.

    `url` is its address, `ca` its authority's certificate when it speaks TLS, `kubeconfig` a ready file with
    the context "test" and the user "admin", who may do everything.  `hook_errors` are what on_create's hooks
    raised.  `real` says whether this is a real kube-apiserver (see tests.kube.real).
    """

    real = False

    def __init__(self, *, tls: bool = False, port: int = 0, folder: Path | None = None) -> None:
        self._own_folder = folder is None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="gpuready-kube-"))
        self._state = State(Kinds())
        self._hooks: dict[str, tuple[Callable[[Object], None], float]] = {}
        self.hook_errors: list[Exception] = []
        self._state.access.token(ADMIN_TOKEN, User("admin", ("system:masters", "system:authenticated")))
        self._running = Running(self._state, self._created)
        self.ca: Path | None = None
        context = None
        if tls:
            self.ca, context = certificates.make(self._folder / "pki")
        self._running.start(port, context)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._running.port}"
        self.kubeconfig = self.write_kubeconfig(self._folder / "kubeconfig")
        self._fill()

    def __enter__(self) -> Api:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._running.stop()
        if self._own_folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    # objects

    def put(self, obj: Object) -> Object:
        """Create or replace an object, status included; returns it with uid, resourceVersion, ...

        A namespaced kind without a namespace goes to "default"; a missing namespace is made.  A
        creationTimestamp is kept.  KeyError for a kind that is not served: install its CRD first.
        """
        kind = self._kind(obj)
        return self._typed(kind, obj["apiVersion"], self._running.server.writer.put(kind, obj))

    def put_all(self, objs: Iterable[Object]) -> None:
        """Many at once; faster than `put` each."""
        writer = self._running.server.writer
        for obj in objs:
            writer.put(self._kind(obj), obj)

    def patch(self, obj: Object, change: Object) -> Object:
        """Merge-patch the stored object that `obj` names; None removes a key."""
        kind = self._kind(obj)
        with self._running.store.lock:
            entry = self._find(obj)
            if entry is None:
                raise KeyError(f"{kind.kind} {obj['metadata']['name']} is not there")
            new = merged(entry.object(), change, by_key=False)
            saved = self._running.store.save(kind, entry.namespace, entry.name, new)
        return self._typed(kind, obj["apiVersion"], saved)

    def get(self, obj: Object) -> Object | None:
        """The stored object that `obj` names, or None."""
        entry = self._find(obj)
        return None if entry is None else self._typed(self._kind(obj), obj["apiVersion"], entry)

    def list(self, api_version: str, kind: str) -> builtins.list[Object]:
        """All stored objects of a kind: ``api.list("v1", "Pod")``."""
        found = self._state.kinds.of(api_version, kind)
        return [self._typed(found, api_version, entry) for entry in self._running.store.all(found)]

    def names(self, api_version: str, kind: str) -> builtins.list[tuple[str, str]]:
        """(namespace, name) of all stored objects of a kind, without decoding them."""
        found = self._state.kinds.of(api_version, kind)
        return [(entry.namespace, entry.name) for entry in self._running.store.all(found)]

    def remove(self, obj: Object) -> None:
        """Delete it, finalizers or not, and what it owns; an absent one is no error."""
        kind, entry = self._kind(obj), self._find(obj)
        if entry is not None:
            if entry.object()["metadata"].get("finalizers"):
                self.patch(obj, {"metadata": {"finalizers": None}})
                entry = self._find(obj) or entry
            self._running.server.writer.remove(kind, entry)

    def clear(self) -> None:
        """Back to the empty cluster: objects, custom kinds, rules, faults, texts, hooks, requests."""
        with self._running.store.lock:
            for kind in builtins.list(self._state.kinds):
                for entry in self._running.store.all(kind):
                    self._running.store.drop(kind, entry.namespace, entry.name)
                if kind.custom:
                    self._state.kinds.drop(kind)
        fresh = Kinds()
        self._state.kinds.hidden, self._state.kinds.stale = set(), set()
        for kind in fresh:
            self._state.kinds.add(kind)
        for held in (
            self._state.faults,
            self._state.texts,
            self._state.logs,
            self._state.routes,
            self._hooks,
        ):
            held.clear()
        self._state.requests.clear()
        self.allow_everything()
        self._fill()

    def install(self, crd: Object) -> None:
        """Serve what a CRD declares: ``api.install(objects.crd("nvidia.com", "ClusterPolicy", ...))``"""
        self.put(crd)

    def on_create(self, kind: str, hook: Callable[[Object], None], *, after: float = 0.0) -> None:
        """Play the kubelet or a controller: `hook(obj)` runs after each POST of the kind ("Pod", "Job"), that
        many seconds later; it may call put, patch, remove and set_logs."""
        self._hooks[kind] = (hook, after)

    def set_logs(
        self, namespace: str, pod: str, text: str, *, container: str = "main", previous: bool = False
    ) -> None:
        """What pods/log answers for that container (objects.pod names its container "main")."""
        self._state.logs[namespace, pod, container, previous] = text

    # kubeconfigs

    def write_kubeconfig(
        self,
        path: Path,
        *,
        token: str | None = ADMIN_TOKEN,
        context: str = "test",
        namespace: str | None = None,
        exec_command: Sequence[str] | None = None,
        extra_contexts: Sequence[str] = (),
        proxy_url: str | None = None,
        insecure: bool = False,
    ) -> Path:
        """Write a kubeconfig for this server; `exec_command` is an exec plugin's argv in place of the token,
        `extra_contexts` are more contexts with the same cluster and user.  Returns the path."""
        return kubeconfigs.write(
            path,
            self.url,
            ca=self.ca,
            token=token,
            context=context,
            namespace=namespace,
            exec_command=exec_command,
            extra_contexts=extra_contexts,
            proxy_url=proxy_url,
            insecure=insecure,
        )

    def exec_plugin(self, folder: Path, token: str = ADMIN_TOKEN) -> ExecPlugin:
        """An exec plugin that hands out `token` until told otherwise: .argv, .give, .fail, .calls."""
        return kubeconfigs.exec_plugin(folder, token)

    # inside

    def _fill(self) -> None:
        self.put_all(bare_cluster.objects(self._state.kinds))

    def _kind(self, obj: Object) -> Kind:
        return self._state.kinds.of(obj["apiVersion"], obj["kind"])

    def _find(self, obj: Object) -> Entry | None:
        kind, meta = self._kind(obj), obj["metadata"]
        namespace = (meta.get("namespace") or "default") if kind.namespaced else ""
        return self._running.store.find(kind, namespace, meta["name"])

    @staticmethod
    def _typed(kind: Kind, version: str, entry: Entry) -> Object:
        return {"kind": kind.kind, "apiVersion": version, **entry.object()}

    def _created(self, kind: Kind, obj: Object) -> None:
        found = self._hooks.get(kind.kind)
        if found is None:
            return
        hook, after = found

        def play() -> None:
            try:
                hook(obj)
            except Exception as error:
                self.hook_errors.append(error)

        self._running.later(after, play)


if __name__ == "__main__":
    from tests.kube.crowd import main

    main()
