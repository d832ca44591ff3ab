"""What the Kubernetes panel promises for 5,000 nodes and 50,000 pods: soon complete, small, quiet, and keys
that never wait."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from tests.bench import measure, subjects
from tests.bench.figure import Figure

NODES, PODS, CHANGES = 5000, 50_000, 200
FILLS, SECONDS, PRESSES, PAGE = 3, 30.0, 80, 500
_READY = 120.0  # seconds until a served cluster of that size stands


def panel(folder: Path) -> list[Figure]:
    kubeconfig = folder / "kubeconfig"
    with crowd(kubeconfig, changes=0):
        filled, listed = [], []
        for _ in range(FILLS):
            filled.append(_seconds("fill", kubeconfig))
            listed.append(_seconds("bare", kubeconfig))
    with crowd(kubeconfig, changes=CHANGES):
        rest, meanwhile, times = _screen(folder, kubeconfig)
    return [
        Figure("5,000 nodes, 50,000 pods: panel complete", "s", filled, 1.5, "bare paged list", listed),
        Figure("memory with the panel, all processes", "MiB", [rest.memory], 400),
        Figure("CPU at 200 changes a second, all processes", "%", [rest.cpu], 10),
        Figure("key to screen while the panel fills, p95", "ms", [measure.percentile(meanwhile, 0.95)], 50),
        Figure("key to screen at 200 changes a second, p95", "ms", [measure.percentile(times, 0.95)], 50),
    ]


@contextlib.contextmanager
def crowd(kubeconfig: Path, changes: int) -> Iterator[None]:
    """A big cluster, served by a process of its own."""
    kubeconfig.unlink(missing_ok=True)
    words = ["--nodes", NODES, "--pods", PODS, "--changes", changes, "--kubeconfig", kubeconfig]
    argv = [sys.executable, "-m", "tests.kube.apiserver", *map(str, words)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            if not server.stdout.readline().startswith("http"):
                raise RuntimeError("the cluster cannot be served")
            yield
        finally:
            server.terminate()
            server.wait(_READY)


def _seconds(what: str, kubeconfig: Path) -> float:
    """Seconds that it takes in a process of its own, as it tells them."""
    argv = [sys.executable, "-m", "tests.bench.kube", what, str(kubeconfig)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=_READY)
    if done.returncode:
        raise RuntimeError(f"{what} failed:\n{done.stderr}")
    return float(done.stdout)


def _screen(folder: Path, kubeconfig: Path) -> tuple[measure.Rest, list[float], list[float]]:
    """The real program on a terminal: keys while its panel fills, then left alone, then keys again."""
    env = subjects.environment(folder)
    add = [str(subjects.BIN / "gpuready"), "targets", "add", f"kubeconfig={kubeconfig}#test"]
    subprocess.run(add, env=env, check=True, capture_output=True)
    subject = subjects.gpuready(env)
    with measure.opened(subject) as terminal:
        terminal.wait_for(lambda text: subject.complete(text) and "Kubernetes" in text)
        meanwhile: list[float] = []
        while not _is_complete(terminal.text()):
            meanwhile += measure.key_times(terminal, 2)
            if len(meanwhile) > _READY:
                raise RuntimeError(f"the panel is never complete:\n{terminal.text()}")
        rest = measure.at_rest(terminal, SECONDS)
        for key in ("down", "right", "down"):
            terminal.send(key)
            measure.settle(terminal, 0.4)
        return rest, meanwhile, measure.key_times(terminal, PRESSES)


def _is_complete(text: str) -> bool:
    return f"/{NODES} ready" in text and "GPU pods:" in text


# ---- in a process of its own: what is timed begins when all is imported -----------------------------------


async def _fill(kubeconfig: str) -> None:
    from gpuready.kube.panel.facts import ClusterSample
    from gpuready.kube.panel.watch import Watcher
    from gpuready.live.source import Unheard
    from gpuready.probes.probe import Target

    complete = asyncio.Event()

    def hear(heard: ClusterSample | Unheard) -> None:
        if isinstance(heard, ClusterSample) and heard.is_complete:
            assert not heard.notes and len(heard.nodes) == NODES
            complete.set()

    watcher = Watcher(Target("kubernetes", "big", kubeconfig), hear)
    watcher.start()
    await complete.wait()
    await watcher.stop()


async def _bare(kubeconfig: str) -> None:
    """The same objects with the same client, page by page, parsed as JSON and nothing more."""
    from kubernetes.aio import client, config

    await config.load_kube_config(kubeconfig)  # type: ignore[no-untyped-call]
    async with client.ApiClient() as api:
        core = client.CoreV1Api(api)
        for read in (
            core.list_node_without_preload_content,
            core.list_pod_for_all_namespaces_without_preload_content,
        ):
            token, count = None, 0
            while True:
                response = await read(limit=PAGE, **({"_continue": token} if token else {}))
                page = json.loads(await response.read())
                count += len(page["items"])
                if not (token := page["metadata"].get("continue")):
                    break
            assert count in (NODES, PODS)


def _timed(what: str, kubeconfig: str) -> None:
    import_module("gpuready.kube.panel.watch")
    import_module("kubernetes.aio.client")
    begun = time.perf_counter()
    asyncio.run(_fill(kubeconfig) if what == "fill" else _bare(kubeconfig))
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    _timed(*sys.argv[1:3])
