"""From a target to an open client: contexts, plugins, certificates, proxies, and what goes wrong there."""

from __future__ import annotations

import asyncio
import base64
import json
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from gpuready.checklist.verdict import Verdict
from gpuready.engine.causes import is_common
from gpuready.engine.discover import Where, discover
from gpuready.engine.plan import step
from gpuready.engine.targets import checked, parse_target
from gpuready.kube import access, kubeconfig
from gpuready.kube.access import connected, contexts
from gpuready.kube.check import check
from gpuready.kube.kubeconfig import Place, place_of, without_proxy
from gpuready.kube.look import Look
from gpuready.kube.plugin import run_plugin
from gpuready.kube.request import Question, request
from gpuready.probes.probe import Broken, NoData, Target
from gpuready.probes.seen import Seen
from tests.kube import objects
from tests.kube.apiserver import Api
from tests.kube.asking import look, outcome, target
from tests.kube.serving.certificates import make


def _edit(cluster: Api, **changes: object) -> None:
    """Change the first user of the kubeconfig."""
    config = json.loads(cluster.kubeconfig.read_text())
    config["users"][0]["user"] = changes
    cluster.kubeconfig.write_text(json.dumps(config))


async def test_contexts_are_named_in_their_order(cluster: Api) -> None:
    cluster.write_kubeconfig(cluster.kubeconfig, extra_contexts=["b", "a"])
    assert contexts(str(cluster.kubeconfig)) == ("test", "b", "a")


@pytest.mark.parametrize("context", ["", "test", "b"])
async def test_a_context_is_chosen(cluster: Api, context: str) -> None:
    cluster.write_kubeconfig(cluster.kubeconfig, extra_contexts=["b"])
    async with look(cluster, "nodes", context=context) as seen:
        assert await seen.list("nodes") == ()


async def test_a_context_deleted_in_mid_run_is_said(cluster: Api) -> None:
    cluster.write_kubeconfig(cluster.kubeconfig, context="gone", extra_contexts=["other"])
    async with look(cluster, "nodes", context="gone") as seen:
        await seen.list("nodes")
        config = json.loads(cluster.kubeconfig.read_text())
        config["contexts"] = [each for each in config["contexts"] if each["name"] != "gone"]
        cluster.kubeconfig.write_text(json.dumps(config))
        found = await outcome(cluster, "pods", context="gone")
    assert (found.key, found.verdict) == ("kube.no_context", Verdict.UNKNOWN)
    assert "gone" in str(found) and "other" in str(found)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (None, "kube.no_file"),
        ("users: [", "kube.bad_kubeconfig"),
        ("just words", "kube.bad_kubeconfig"),
        ("contexts: {a: b}", "kube.bad_kubeconfig"),
        ("contexts: [{name: x}]", "kube.no_current_context"),
        ("{contexts: [{name: x, context: {cluster: c}}], current-context: x}", "kube.no_cluster"),
        (
            "{contexts: [{name: x, context: {cluster: c, user: u}}], current-context: x,"
            " clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]}",
            "kube.no_user",
        ),
        (
            "{contexts: [{name: x, context: {cluster: c}}], current-context: x,"
            " clusters: [{name: c, cluster: {server: 'nonsense'}}]}",
            "kube.bad_server",
        ),
        (
            "{contexts: [{name: x, context: {cluster: c}}], current-context: x,"
            " clusters: [{name: c, cluster: {server: 'https://h:1', certificate-authority-data: AAAA}}]}",
            "kube.bad_certificate",
        ),
        (
            "{contexts: [{name: x, context: {cluster: c}}], current-context: x,"
            " clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1', proxy-url: 'socks5://p:1'}}]}",
            "kube.proxy_kind",
        ),
    ],
)
async def test_what_is_wrong_with_a_kubeconfig_is_said(tmp_path: Path, text: str | None, key: str) -> None:
    path = tmp_path / "config"
    if text is not None:
        path.write_text(text)
    with pytest.raises(NoData) as raised:
        async with connected(Target("kubernetes", "x", str(path))) as connection:
            await connection.ready()
    assert raised.value.key == key
    assert str(path) in str(raised.value) or "x" in str(raised.value)


async def test_a_broken_kubeconfig_does_not_tell_its_token(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("users: [{name: u, user: {token: hunter2hunter2: x}}]")
    with pytest.raises(NoData) as raised:
        contexts(str(path))
    assert "hunter2" not in str(raised.value)


async def test_several_kubeconfigs_are_one_and_the_first_counts(cluster: Api, tmp_path: Path) -> None:
    second = cluster.write_kubeconfig(tmp_path / "second", context="two")
    path = f"{cluster.kubeconfig}:{tmp_path / 'missing'}:{second}"
    place = place_of(Target("kubernetes"), {"KUBECONFIG": path})
    described = kubeconfig.describe(place)
    assert described.context == "test"
    assert kubeconfig.describe(Place(place.files, "two")).context == "two"


def test_without_any_description_it_says_what_to_add(tmp_path: Path) -> None:
    with pytest.raises(NoData) as raised:
        place_of(Target("kubernetes"), {"HOME": str(tmp_path)})
    assert raised.value.key == "kube.no_kubeconfig"


async def test_a_pod_uses_its_service_account(
    cluster_tls: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cluster_tls.ca is not None
    (tmp_path / "ca.crt").write_bytes(cluster_tls.ca.read_bytes())
    (tmp_path / "token").write_text("first\n")
    cluster_tls.token("first", "system:serviceaccount:x:y")
    host, _, port = cluster_tls.url.removeprefix("https://").partition(":")
    monkeypatch.setattr(kubeconfig, "SERVICE_ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    pod = Target("kubernetes", "pod", "in-cluster")
    async with connected(pod) as connection:
        first = await connection.ready()
        assert first.until is not None and first.context == "in-cluster"
        # The kubelet has put a new token there, and the old one has ended.
        cluster_tls.expire("first")
        cluster_tls.token("second", "system:serviceaccount:x:y")
        (tmp_path / "token").write_text("second")
        assert (await request(connection, Question("/api/v1/nodes"))).status == 200
    assert place_of(Target("kubernetes"), {"HOME": "/nowhere", "KUBERNETES_SERVICE_HOST": host}) == Place(())


async def test_outside_a_pod_in_cluster_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(NoData) as raised:
        async with connected(Target("kubernetes", "pod", "in-cluster")) as connection:
            await connection.ready()
    assert raised.value.key == "kube.not_in_cluster"


async def test_an_authority_of_its_own_is_trusted(cluster_tls: Api) -> None:
    async with look(cluster_tls, "nodes") as seen:
        assert await seen.list("nodes") == ()


async def test_a_certificate_that_nobody_vouches_for_is_unknown(cluster_tls: Api) -> None:
    config = json.loads(cluster_tls.kubeconfig.read_text())
    del config["clusters"][0]["cluster"]["certificate-authority"]
    cluster_tls.kubeconfig.write_text(json.dumps(config))
    found = await outcome(cluster_tls, "nodes")
    assert (found.key, found.verdict) == ("kube.untrusted", Verdict.UNKNOWN)


async def test_a_plain_server_under_https_is_said(cluster: Api) -> None:
    config = json.loads(cluster.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = cluster.url.replace("http:", "https:")
    cluster.kubeconfig.write_text(json.dumps(config))
    found = await outcome(cluster, "nodes")
    assert (found.key, found.verdict) == ("kube.no_tls", Verdict.UNKNOWN)


async def test_nobody_there_is_said_at_once(tmp_path: Path, cluster: Api) -> None:
    config = json.loads(cluster.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:1"
    cluster.kubeconfig.write_text(json.dumps(config))
    found = await outcome(cluster, "nodes")
    assert (found.key, found.verdict) == ("kube.unreachable", Verdict.UNKNOWN)
    assert "(Connection refused)" in str(found)


async def test_a_dead_proxy_is_named(cluster_tls: Api) -> None:
    cluster_tls.write_kubeconfig(cluster_tls.kubeconfig, proxy_url="http://127.0.0.1:1")
    found = await outcome(cluster_tls, "nodes")
    assert (found.key, found.verdict) == ("kube.no_proxy", Verdict.UNKNOWN)


def test_no_proxy_may_name_networks_as_kubectl_has_it() -> None:
    environ = {"NO_PROXY": "localhost,10.0.0.0/8, fd00::/8"}
    assert without_proxy("https://10.1.2.3:6443", environ)
    assert without_proxy("https://[fd00::1]:6443", environ)
    assert not without_proxy("https://11.1.2.3:6443", environ)
    assert not without_proxy("https://api.example:6443", environ)


async def test_a_token_is_renewed_by_its_plugin_when_it_is_refused(cluster: Api, tmp_path: Path) -> None:
    plugin = cluster.exec_plugin(tmp_path / "plugin", "one")
    cluster.token("one", "admin")
    cluster.write_kubeconfig(cluster.kubeconfig, exec_command=plugin.argv)
    cluster.put(objects.node("n1"))
    async with look(cluster, "nodes", "pods", "services", "events", "configmaps") as seen:
        assert len(await seen.list("nodes")) == 1
        cluster.expire("one")
        cluster.token("two", "admin")
        plugin.give("two")
        # Many are refused at the same time: the plugin runs once for all of them.
        await asyncio.gather(
            seen.list("pods"), seen.list("services"), seen.list("events"), seen.list("configmaps")
        )
    assert plugin.calls == 2


async def test_a_token_is_renewed_before_it_ends(cluster: Api, tmp_path: Path) -> None:
    plugin = cluster.exec_plugin(tmp_path / "plugin", "one")
    soon = datetime.now(UTC) + timedelta(seconds=5)  # closer than what is kept as a margin
    plugin.give("one", soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    cluster.token("one", "admin")
    cluster.token("two", "admin")
    cluster.write_kubeconfig(cluster.kubeconfig, exec_command=plugin.argv)
    async with connected(target(cluster)) as connection:
        first = await connection.ready()
        plugin.give("two", "2099-01-01T00:00:00Z")
        assert first is await connection.ready()  # not before every request, whatever the plugin says
        async with asyncio.timeout(5):
            while not first.is_over():  # noqa: ASYNC110 - the clock tells nobody
                await asyncio.sleep(0.05)
        again = await connection.ready()
        assert again is not first and again is await connection.ready()
    assert plugin.calls == 2


async def test_a_plugin_that_fails_gives_no_anonymous_answer(cluster: Api, tmp_path: Path) -> None:
    plugin = cluster.exec_plugin(tmp_path / "plugin", "one")
    plugin.fail("run: login --token=hunter2hunter2")
    cluster.write_kubeconfig(cluster.kubeconfig, exec_command=plugin.argv)
    found = await outcome(cluster, "nodes")
    assert (found.key, found.verdict) == ("kube.plugin_failed", Verdict.UNKNOWN)
    assert "run: login" in str(found) and "hunter2" not in str(found)
    assert not cluster.requests


def _script(folder: Path, text: str) -> str:
    path = folder / "plugin"
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


_API = "client.authentication.k8s.io/v1"


async def test_a_plugin_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    told = tmp_path / "child"
    command = _script(
        tmp_path,
        "import pathlib,subprocess,time\nchild = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(told)!r}).write_text(str(child.pid))\ntime.sleep(60)",
    )
    began = monotonic()
    with pytest.raises(NoData) as raised:
        await run_plugin({"command": command, "apiVersion": _API}, {}, "", limit=1.5)
    assert raised.value.key == "kube.plugin_slow" and monotonic() - began < 5
    child = Path("/proc") / told.read_text() / "stat"
    async with asyncio.timeout(5):
        while child.exists() and ") Z " not in child.read_text():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)


async def test_a_plugin_gets_no_terminal_and_is_told_the_cluster(tmp_path: Path) -> None:
    command = _script(
        tmp_path,
        "import json,os,sys\n"
        "info=json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
        "assert sys.stdin.read()=='' and info['spec']['interactive'] is False\n"
        "token=info['spec']['cluster']['server'].replace('/','')+os.environ['EXTRA']+sys.argv[1]\n"
        "print(json.dumps({'kind':'ExecCredential','apiVersion':info['apiVersion'],'status':{'token':token}}))",
    )
    spec = {
        "command": f"./{Path(command).name}",
        "args": ["arg"],
        "apiVersion": _API,
        "env": [{"name": "EXTRA", "value": "-x-"}],
        "provideClusterInfo": True,
    }
    found = await run_plugin(spec, {"server": "https://h"}, str(tmp_path))
    assert found.token == "https:h-x-arg"


@pytest.mark.parametrize(
    "printed",
    ["words", "{}", '{"kind":"ExecCredential","apiVersion":"v0","status":{"token":"secret-words"}}'],
)
async def test_what_is_no_credential_is_an_error_and_not_shown(tmp_path: Path, printed: str) -> None:
    command = _script(tmp_path, f"print({printed!r})")
    with pytest.raises(Broken) as raised:
        await run_plugin({"command": command, "apiVersion": _API}, {}, "")
    assert "secret-words" not in str(raised.value)


async def test_a_plugin_that_is_missing_or_wants_a_terminal_is_named() -> None:
    spec = {"command": "no-such-plugin", "apiVersion": _API, "installHint": "see https://example.org"}
    with pytest.raises(NoData, match="cannot be started") as raised:
        await run_plugin(spec, {}, "")
    assert "no-such-plugin" in str(raised.value) and "example.org" in str(raised.value)
    with pytest.raises(NoData, match="wants a terminal"):
        await run_plugin({"command": "x", "interactiveMode": "Always"}, {}, "")


@pytest.mark.parametrize(
    ("user", "key"),
    [
        ({"token": "two\nlines"}, "kube.bad_token"),
        ({"auth-provider": {"name": "azure"}}, "kube.auth_provider"),
        ({"auth-provider": {"name": "oidc", "config": {}}}, "kube.auth_failed"),
        ({"as": "x", "as-groups": ["a", "b"]}, "kube.impersonation"),
        ({"tokenFile": "/no/such/token"}, "kube.file_rights"),
        ({"client-certificate-data": "AAAA", "client-key-data": "AAAA"}, "kube.bad_certificate"),
    ],
)
async def test_credentials_that_cannot_be_used_are_unknown(
    cluster: Api, user: dict[str, object], key: str
) -> None:
    _edit(cluster, **user)
    found = await outcome(cluster, "nodes")
    assert (found.key, found.verdict) == (key, Verdict.UNKNOWN)


async def test_another_user_is_played_as_kubectl_does(cluster: Api) -> None:
    _edit(cluster, **{"token": "admin-token", "as": "someone", "as-groups": ["g"]})
    async with connected(target(cluster)) as connection:
        client = (await connection.ready()).client
    assert client.default_headers["Impersonate-User"] == "someone"
    assert client.default_headers["Impersonate-Group"] == "g"


async def test_a_certificate_of_the_users_own_is_shown_to_the_server(
    cluster_tls: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "pki")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    pair = {
        f"client-{part}-data": base64.b64encode((tmp_path / "pki" / name).read_bytes()).decode()
        for part, name in (("certificate", "server.crt"), ("key", "server.key"))
    }
    _edit(cluster_tls, token="admin-token", **pair)
    async with look(cluster_tls, "nodes") as seen:
        assert await seen.list("nodes") == ()
    assert _files(tmp_path / "tmp") == set()  # the key is in memory now


def _files(folder: Path) -> set[Path]:
    return set(folder.iterdir())


async def test_a_key_lies_on_the_disk_no_longer_than_it_is_read(
    cluster: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = _files(tmp_path)
    _edit(cluster, **{"client-certificate-data": "AAAA", "client-key-data": "AAAA"})
    await outcome(cluster, "nodes")
    assert _files(tmp_path) == before


async def test_one_client_serves_all_and_closes_when_idle(
    cluster: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "IDLE", 0.05)
    async with connected(target(cluster)) as one, connected(target(cluster)) as two:
        assert one is two
        await one.ready()
    async with asyncio.timeout(5):
        while one.is_open:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    async with connected(target(cluster)) as three:
        assert three is not one


def test_the_pods_own_account_is_a_target_by_one_word() -> None:
    found = parse_target("kubernetes=in-cluster")
    assert (found.kind, found.name, found.address) == ("kubernetes", "in-cluster", "in-cluster")
    assert checked(found) == found


async def test_the_pods_own_account_is_found(tmp_path: Path) -> None:
    token = tmp_path / "var/run/secrets/kubernetes.io/serviceaccount/token"
    token.parent.mkdir(parents=True)
    token.write_text("x")
    environ = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
    found = await discover(Where(root=tmp_path, environ=environ, mounts=tmp_path / "none", ports={}))
    assert [each.target.address for each in found if each.target and each.target.kind == "kubernetes"] == [
        "in-cluster"
    ]


@pytest.mark.parametrize(
    ("key", "common"),
    [
        ("kube.unreachable", True),
        ("kube.no_context", True),
        ("kube.unauthorized", True),
        ("kube.forbidden", False),
    ],
)
def test_what_holds_for_a_whole_cluster_is_tried_once(key: str, common: bool) -> None:
    async def judge(look: Look) -> Seen:
        raise AssertionError

    probe = check("test.causes", judge, reads=["nodes"], fields={})
    asked = step(probe, Target("kubernetes", "c", "/k#c"), {}, ())
    assert is_common(NoData(key), asked) is common


async def test_a_certificate_that_nobody_verifies_is_said_beside_the_finding(cluster_tls: Api) -> None:
    config = json.loads(cluster_tls.kubeconfig.read_text())
    entry = config["clusters"][0]["cluster"]
    entry.pop("certificate-authority-data", None)
    entry.pop("certificate-authority", None)
    entry["insecure-skip-tls-verify"] = True
    cluster_tls.kubeconfig.write_text(json.dumps(config))

    async def judge(seen: Look) -> Seen:
        return Seen({"nodes": len(await seen.list("nodes"))})

    probe = check("loose", judge, reads=("nodes",), fields={"nodes": "count"})
    measured = await probe.measure(step(probe, target(cluster_tls), {}, ()).ask)
    assert [key for key, _ in measured.remarks] == ["kube.insecure"]
