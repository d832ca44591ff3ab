from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes import registry
from gpuready.probes.probe import Broken, Measurement, NoData
from gpuready.probes.registry import HEALTH
from tests.probes.daemons import daemon, free_port, listens
from tests.probes.run_probe import both, run_probe
from tests.probes.stage import HTML, mute, play, tcp

WANT = (Criterion("reachable", "==", True), Criterion("tls_valid", "==", True))


def verdict(measured: Measurement) -> Verdict:
    return judge(WANT, measured.fields, HEALTH.fields)


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def certificate(
    folder: Path, *, names: str = "DNS:localhost,IP:127.0.0.1", days: int = 2
) -> tuple[Path, Path, Path]:
    """An authority of our own, and a server's certificate and key from it."""
    ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(
        folder,
        "req",
        "-x509",
        *ec,
        "-days",
        "3",
        "-subj",
        "/CN=our CA",
        "-keyout",
        "ca.key",
        "-out",
        "ca.crt",
    )
    _openssl(folder, "req", *ec, "-subj", "/CN=registry", "-keyout", "s.key", "-out", "s.csr")
    (folder / "ext").write_text(f"subjectAltName={names}")
    start = (
        ["-not_before", "20240101000000Z", "-not_after", "20240102000000Z"]
        if days < 0
        else ["-days", str(days)]
    )
    done = subprocess.run(
        [
            "openssl",
            "x509",
            "-req",
            "-in",
            "s.csr",
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            "ext",
            "-out",
            "s.crt",
            *start,
        ],
        cwd=folder,
        capture_output=True,
    )
    if done.returncode:  # before OpenSSL 3.4, x509 can only count days from now, also backwards
        _openssl(
            folder,
            "x509",
            "-req",
            "-in",
            "s.csr",
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            "ext",
            "-out",
            "s.crt",
            "-days",
            str(days),
        )
    return folder / "ca.crt", folder / "s.crt", folder / "s.key"


@contextmanager
def serving(folder: Path, *, tls: tuple[Path, Path] | None = None, login: bool = False) -> Iterator[int]:
    """Debian's docker-registry; gives its port."""
    port = free_port()
    lines = ["version: 0.1", "storage:", "  inmemory:", "http:", f"  addr: 127.0.0.1:{port}"]
    if tls:
        lines += ["  tls:", f"    certificate: {tls[0]}", f"    key: {tls[1]}"]
    if login:
        lines += ["auth:", "  silly:", "    realm: https://auth.example/token", "    service: ours"]
    (folder / "config.yml").write_text("\n".join(lines) + "\n")
    with daemon(["docker-registry", "serve", str(folder / "config.yml")], folder, lambda: listens(port)):
        yield port


@pytest.fixture(autouse=True)
def no_certs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(registry, "CERTS", tmp_path / "certs.d")


async def test_trusted_registry_passes(tmp_path: Path) -> None:
    ca, cert, key = certificate(tmp_path)
    with serving(tmp_path, tls=(cert, key)) as port:
        measured = await run_probe(HEALTH, f"localhost:{port}", options={"ca": str(ca)})
    assert verdict(measured) is Verdict.PASS
    assert measured.fields["status"] == 200
    assert 1 < float(measured.fields["left"]) <= 2


async def test_401_with_a_challenge_is_reachable(tmp_path: Path) -> None:
    ca, cert, key = certificate(tmp_path)
    with serving(tmp_path, tls=(cert, key), login=True) as port:
        measured = await run_probe(HEALTH, f"https://localhost:{port}", options={"ca": str(ca)})
    assert measured.fields["status"] == 401
    assert measured.fields["asks_for_login"] is True
    assert verdict(measured) is Verdict.PASS


async def test_authority_of_the_engine_is_trusted(tmp_path: Path) -> None:
    ca, cert, key = certificate(tmp_path)
    with serving(tmp_path, tls=(cert, key)) as port:
        folder = tmp_path / "certs.d" / f"localhost:{port}"
        folder.mkdir(parents=True)
        (folder / "ca.crt").write_bytes(ca.read_bytes())
        measured = await run_probe(HEALTH, f"localhost:{port}")
    assert verdict(measured) is Verdict.PASS


@pytest.mark.parametrize(
    ("names", "days", "with_ca", "why"),
    [
        ("DNS:localhost", 2, False, "unable to get local issuer"),
        ("DNS:elsewhere.example", 2, True, "mismatch"),
        ("DNS:localhost", -1, True, "expired"),
    ],
)
async def test_bad_certificates_fail_and_it_is_reachable_all_the_same(
    tmp_path: Path, names: str, days: int, with_ca: bool, why: str
) -> None:
    ca, cert, key = certificate(tmp_path, names=names, days=days)
    with serving(tmp_path, tls=(cert, key)) as port:
        options = {"ca": str(ca)} if with_ca else {}
        measured = await run_probe(HEALTH, f"localhost:{port}", options=options)
    assert measured.fields["reachable"] is True
    assert measured.fields["tls_valid"] is False
    assert verdict(measured) is Verdict.FAIL
    assert why in both(measured.remarks[0][0], **measured.remarks[0][1])


async def test_credentials_are_not_sent_to_an_untrusted_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_TOKEN", "s3cret-s3cret")
    _, cert, key = certificate(tmp_path)
    with serving(tmp_path, tls=(cert, key)) as port:
        measured = await run_probe(HEALTH, f"localhost:{port}", options={"token_env": "REGISTRY_TOKEN"})
    assert all("Authorization" not in e.asked for e in measured.evidence)


async def test_insecure_leaves_tls_unknown(tmp_path: Path) -> None:
    _, cert, key = certificate(tmp_path)
    with serving(tmp_path, tls=(cert, key)) as port:
        measured = await run_probe(HEALTH, f"localhost:{port}", options={"insecure": "true"})
    assert verdict(measured) is Verdict.UNKNOWN
    assert measured.remarks[0][0] == "probes_http.insecure"


async def test_plain_http_fails(tmp_path: Path) -> None:
    with serving(tmp_path) as port:
        measured = await run_probe(HEALTH, f"http://127.0.0.1:{port}")
        assert measured.fields["reachable"] is True
        assert verdict(measured) is Verdict.FAIL
        # Without a scheme https is meant, as engines mean it.
        with pytest.raises(Broken) as caught:
            await run_probe(HEALTH, f"127.0.0.1:{port}")
        assert caught.value.key == "probes_http.no_tls"


async def test_unreachable_is_unknown() -> None:
    with pytest.raises(NoData) as caught:
        await run_probe(HEALTH, f"127.0.0.1:{free_port()}")
    assert caught.value.key == "probes_http.refused"


async def test_half_open_is_unknown() -> None:
    async with tcp(mute) as port:
        with pytest.raises(NoData):
            await run_probe(HEALTH, f"http://127.0.0.1:{port}", limit=1.0)


HARBOR = {"status": "healthy", "components": [{"name": "core", "status": "healthy"}]}
LOGIN: tuple[int, object] = (401, {"errors": []})


async def test_harbor(tmp_path: Path) -> None:
    async with play({"/v2/": {}, "/api/v2.0/health": HARBOR}) as stage:
        measured = await run_probe(HEALTH, stage.url)
    assert measured.fields["harbor"] is True
    assert measured.fields["healthy"] is True
    ill = {
        "status": "unhealthy",
        "components": [{"name": "jobservice", "status": "unhealthy"}, {"name": "core"}],
    }
    async with play({"/v2/": {}, "/api/v2.0/health": ill}) as stage:
        measured = await run_probe(HEALTH, stage.url)
    assert measured.fields["healthy"] is False
    assert measured.fields["components"] == "jobservice, core"


@pytest.mark.parametrize("health", [HTML, "{", {"status": "ok"}, [1], 500])
async def test_what_is_not_harbor(health: object) -> None:
    async with play({"/v2/": {}, "/api/v2.0/health": health}) as stage:
        measured = await run_probe(HEALTH, stage.url)
    assert "harbor" not in measured.fields


@pytest.mark.parametrize(
    ("answer", "kind", "key"),
    [
        (HTML, Broken, "probes_http.no_json"),
        (LOGIN, Broken, "probes_container.registry_odd"),
        (404, NoData, "probes_container.registry_none"),
        (403, NoData, "probes_container.registry_none"),
    ],
)
async def test_what_is_no_registry(answer: object, kind: type[Exception], key: str) -> None:
    async with play({"/v2/": answer}) as stage:
        with pytest.raises(kind) as caught:
            await run_probe(HEALTH, stage.url)
    assert getattr(caught.value, "key", "") == key


async def test_a_gateway_without_its_registry_fails() -> None:
    async with play({"/v2/": 503}) as stage:
        measured = await run_probe(HEALTH, stage.url)
    assert measured.fields["reachable"] is False
    assert verdict(measured) is Verdict.FAIL
