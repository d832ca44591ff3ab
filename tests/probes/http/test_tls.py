"""TLS endpoints of nginx and openssl: what they offer, refuse and prove."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpuready.checklist.model import Criterion, Scalar
from gpuready.checklist.verdict import Verdict, judge
from gpuready.probes import tls_endpoint, tls_handshake
from gpuready.probes.probe import Broken, Measurement, NoData, Target
from gpuready.probes.tls_certificate import certificate
from gpuready.probes.tls_endpoint import ENDPOINT
from gpuready.probes.tls_expiry import EXPIRY
from tests.probes.daemons import free_port
from tests.probes.http.pki import Pki
from tests.probes.http.web import demanding_tls, nginx, tls_server
from tests.probes.run_probe import both, run_probe
from tests.probes.stage import mute, play, tcp

MODERN = (
    Criterion("tls13", "==", True),
    Criterion("old_accepted", "==", False),
    Criterion("chain_valid", "==", True),
)
HTTPS_WORKS = (
    Criterion("chain_valid", "==", True),
    Criterion("name_matches", "==", True),
    Criterion("http_status", "between", (200, 399)),
    Criterion("http_redirects", "==", True),
)
PAIRS = ("good", "expired", "other_name", "expired_other_name", "chained", "unchained", "self_signed")


@pytest.fixture
def web(pki: Pki, tmp_path: Path) -> Iterator[dict[str, int]]:
    names = (*PAIRS, "old", "both", "only12", "broken", "plain", "redirect")
    ports = {name: free_port() for name in names}
    every, good = "ssl_ciphers 'ALL:@SECLEVEL=0';", pki.good
    blocks = [tls_server(ports[name], getattr(pki, name)) for name in PAIRS]
    blocks += [
        tls_server(ports["old"], good, every, protocols="TLSv1.1"),
        tls_server(ports["both"], good, every, protocols="TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"),
        tls_server(ports["only12"], good, protocols="TLSv1.2"),
        tls_server(ports["broken"], good).replace("return 200 'ok'", "return 503"),
        f"server {{ listen 127.0.0.1:{ports['plain']}; location / {{ return 200 'in the clear'; }} }}",
        f"server {{ listen 127.0.0.1:{ports['redirect']}; return 301 https://$host$request_uri; }}",
    ]
    with nginx(tmp_path, "".join(blocks), *ports.values()):
        yield ports


async def _asked(
    web: dict[str, int], name: str, pki: Pki, *, http: str = "redirect", **more: str
) -> Measurement:
    address = f"https://localhost:{web[name]}/models?x=1"
    return await run_probe(ENDPOINT, address, options={"ca": str(pki.ca)} | more, http_port=web[http])


def _verdict(criteria: tuple[Criterion, ...], measured: Measurement) -> Verdict:
    return judge(criteria, measured.fields, ENDPOINT.fields)


async def test_a_modern_endpoint_passes(web: dict[str, int], pki: Pki) -> None:
    measured = await _asked(web, "good", pki)
    assert 29 < float(measured.fields["left"]) < 30
    assert {name: value for name, value in measured.fields.items() if name != "left"} == {
        "tls10": False,
        "tls11": False,
        "tls12": True,
        "tls13": True,
        "old_accepted": False,
        "version": "TLSv1.3",
        "cipher": "TLS_AES_256_GCM_SHA384",
        "certificates": 1,
        "chain_valid": True,
        "name_matches": True,
        "http_status": 200,
        "http_redirects": True,
    }
    assert _verdict(MODERN, measured) is Verdict.PASS
    assert _verdict(HTTPS_WORKS, measured) is Verdict.PASS
    assert len([each for each in measured.evidence if "alone" in each.asked]) == 4


async def test_one_stuck_at_tls_1_1_fails(web: dict[str, int], pki: Pki) -> None:
    measured = await _asked(web, "old", pki)
    assert (measured.fields["tls11"], measured.fields["tls13"]) == (True, False)
    assert (measured.fields["version"], measured.fields["old_accepted"]) == ("TLSv1.1", True)
    assert measured.fields["chain_valid"] is True  # the chain is sound: only the version is old
    assert _verdict(MODERN, measured) is Verdict.FAIL
    assert "http_status" not in measured.fields


async def test_an_old_version_beside_the_new_ones_fails(web: dict[str, int], pki: Pki) -> None:
    measured = await _asked(web, "both", pki)
    assert (measured.fields["tls10"], measured.fields["tls13"]) == (True, True)
    assert measured.fields["version"] == "TLSv1.3"
    assert _verdict(MODERN, measured) is Verdict.FAIL


async def test_tls_1_2_alone_is_not_1_3(web: dict[str, int], pki: Pki) -> None:
    measured = await _asked(web, "only12", pki)
    assert measured.fields["tls13"] is False and measured.fields["old_accepted"] is False


async def test_trap_an_old_version_that_cannot_be_offered_is_not_refused(
    web: dict[str, int], pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An OpenSSL that refuses on its own side looks like a server that refuses."""
    monkeypatch.setattr(tls_endpoint, "can_offer", lambda version: version != "TLSv1")
    measured = await _asked(web, "good", pki)
    assert "old_accepted" not in measured.fields and "tls10" not in measured.fields
    assert measured.fields["tls11"] is False
    assert _verdict(MODERN, measured) is Verdict.UNKNOWN
    assert ("probes_tls.cannot_offer", {"version": "TLSv1"}) in measured.remarks
    # The newer of the two being accepted is enough to know.
    assert (await _asked(web, "old", pki)).fields["old_accepted"] is True


async def test_trap_our_own_refusal_is_not_the_servers(
    web: dict[str, int], pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the usual security level OpenSSL 3 offers TLS 1.1 and then breaks off itself."""
    real = tls_handshake.context_for

    def usual_level(*versions: str, target: Target | None = None) -> ssl.SSLContext:
        context = real(*versions, target=target)
        context.set_ciphers("DEFAULT:@SECLEVEL=2")
        return context

    monkeypatch.setattr(tls_endpoint, "context_for", usual_level)
    measured = await _asked(web, "both", pki)
    assert measured.fields["tls13"] is True
    assert "tls11" not in measured.fields and "old_accepted" not in measured.fields
    assert "probes_tls.undecided" in dict(measured.remarks)
    assert _verdict(MODERN, measured) is Verdict.UNKNOWN


def test_what_can_be_offered_is_read_from_the_greeting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tls_handshake.can_offer("TLSv1") and tls_handshake.can_offer("TLSv1.1")
    newer = tls_handshake.context_for("TLSv1.2")
    monkeypatch.setattr(tls_handshake, "context_for", lambda *_, **__: newer)
    assert not tls_handshake.can_offer("TLSv1.1")


@pytest.mark.parametrize(
    ("name", "chain", "matches", "error"),
    [
        ("good", True, True, ""),
        ("chained", True, True, ""),
        ("unchained", False, True, "unable to get local issuer certificate"),
        ("expired", False, True, "certificate has expired"),
        ("other_name", True, False, ""),
        ("expired_other_name", False, False, "certificate has expired"),
        ("self_signed", False, True, "self-signed certificate"),
    ],
)
async def test_chain_and_name_are_told_apart(
    web: dict[str, int], pki: Pki, name: str, chain: bool, matches: bool, error: str
) -> None:
    fields = (await _asked(web, name, pki)).fields
    assert (fields["chain_valid"], fields["name_matches"]) == (chain, matches)
    assert fields.get("chain_error", "") == error
    assert ("http_status" in fields) is (chain and matches)


async def test_insecure_does_not_make_a_chain_valid(web: dict[str, int], pki: Pki) -> None:
    measured = await _asked(web, "self_signed", pki, insecure="true")
    assert measured.fields["chain_valid"] is False
    assert measured.fields["http_status"] == 200
    assert "probes_http.insecure" in dict(measured.remarks)


async def test_without_the_authority_nothing_is_trusted(web: dict[str, int]) -> None:
    measured = await run_probe(ENDPOINT, f"https://localhost:{web['good']}", http_port=web["redirect"])
    assert measured.fields["chain_valid"] is False


async def test_without_any_authority_the_chain_is_not_known(web: dict[str, int], pki: Pki) -> None:
    measured = await _asked(web, "good", pki, ca="/nowhere.pem")
    assert "chain_valid" not in measured.fields
    assert "probes_http.bad_ca" in dict(measured.remarks)


async def test_what_plain_http_does(web: dict[str, int], pki: Pki) -> None:
    measured = await _asked(web, "good", pki, http="plain")
    assert measured.fields["http_redirects"] is False
    assert _verdict(HTTPS_WORKS, measured) is Verdict.FAIL

    measured = await run_probe(
        ENDPOINT, f"https://localhost:{web['good']}", options={"ca": str(pki.ca)}, http_port=free_port()
    )
    assert "http_redirects" not in measured.fields  # nothing listens: nothing can be redirected
    assert "probes_tls.no_plain_http" in dict(measured.remarks)
    assert _verdict(HTTPS_WORKS, measured) is Verdict.UNKNOWN


async def test_a_failing_service_behind_good_tls(web: dict[str, int], pki: Pki) -> None:
    measured = await _asked(web, "broken", pki)
    assert measured.fields["http_status"] == 503
    assert _verdict(HTTPS_WORKS, measured) is Verdict.FAIL
    assert _verdict(MODERN, measured) is Verdict.PASS


async def test_an_endpoint_in_the_clear_fails(web: dict[str, int]) -> None:
    measured = await run_probe(ENDPOINT, f"http://localhost:{web['plain']}/")
    assert measured.fields["tls13"] is False
    assert _verdict(MODERN, measured) is Verdict.FAIL
    assert measured.remarks[0][0] == "probes_tls.not_tls"


async def test_refusals_for_want_of_a_client_certificate_say_nothing_of_versions(
    pki: Pki, tmp_path: Path
) -> None:
    port = free_port()
    with demanding_tls(
        tmp_path, port, pki.good, pki.ca, "-cipher", "ALL:@SECLEVEL=0", "-min_protocol", "TLSv1"
    ):
        address, ca = f"https://localhost:{port}/", {"ca": str(pki.ca)}
        measured = await run_probe(ENDPOINT, address, options=ca)
        assert "old_accepted" not in measured.fields
        ours = {"client_cert": str(pki.client.cert), "client_key": str(pki.client.key)}
        measured = await run_probe(ENDPOINT, address, options=ca | ours)
        assert measured.fields["old_accepted"] is True


async def test_nobody_there_is_unknown() -> None:
    for probe in (ENDPOINT, EXPIRY):
        with pytest.raises(NoData) as caught:
            await run_probe(probe, f"localhost:{free_port()}")
        assert caught.value.key == "probes_http.refused"


async def test_a_half_open_peer_is_unknown() -> None:
    async with tcp(mute) as port:
        for probe in (ENDPOINT, EXPIRY):
            with pytest.raises(NoData) as caught:
                await run_probe(probe, f"127.0.0.1:{port}", limit=2)
            assert caught.value.key == "probes_http.slow_tls"
            both(caught.value.key, **caught.value.fields)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("good", 29, 30), ("expired", -2, 0), ("chained", 89, 90), ("self_signed", 29, 30)],
)
async def test_the_days_left(web: dict[str, int], name: str, low: float, high: float) -> None:
    fields = (await run_probe(EXPIRY, f"https://localhost:{web[name]}")).fields
    assert low <= float(fields["left"]) <= high
    wanted = (Criterion("left", ">", 7, "d"),)
    assert judge(wanted, fields, EXPIRY.fields) is (Verdict.PASS if low > 7 else Verdict.FAIL)


async def test_an_intermediate_that_expires_first_is_told(web: dict[str, int]) -> None:
    measured = await run_probe(EXPIRY, f"https://localhost:{web['chained']}")
    assert measured.fields["certificates"] == 2
    assert 19 <= float(measured.fields["chain_left"]) <= 20
    assert "probes_tls.chain_first" in dict(measured.remarks)


async def test_a_self_signed_certificate_is_remarked(web: dict[str, int]) -> None:
    measured = await run_probe(EXPIRY, f"https://localhost:{web['self_signed']}")
    assert "probes_tls.self_signed" in dict(measured.remarks)
    assert measured.fields["subject"] == "self"


async def test_the_expiry_of_an_old_server_is_read_too(web: dict[str, int]) -> None:
    assert float((await run_probe(EXPIRY, f"localhost:{web['old']}")).fields["left"]) > 7


async def test_no_tls_is_no_expiry() -> None:
    async with play({}) as stage:
        with pytest.raises(Broken) as caught:
            await run_probe(EXPIRY, stage.url)
    assert caught.value.key == "probes_http.no_tls"


def test_certificates_are_decoded_like_openssl_does(pki: Pki) -> None:
    for pair in (pki.good, pki.expired, pki.self_signed):
        der = ssl.PEM_cert_to_DER_cert(pair.cert.read_text())
        ours = certificate(der)
        told: dict[str, Scalar] = ssl._ssl._test_decode_cert(str(pair.cert))  # type: ignore[attr-defined]
        assert ours.not_after.timestamp() == ssl.cert_time_to_seconds(str(told["notAfter"]))
        assert ours.not_before.timestamp() == ssl.cert_time_to_seconds(str(told["notBefore"]))


@pytest.mark.parametrize(
    "junk", [b"", b"\x30", b"\x30\x82\xff\xff", b"\x30\x03\x30\x01\x00", b"hello", b"\x30\x80"]
)
def test_what_is_no_certificate(junk: bytes) -> None:
    with pytest.raises(ValueError):
        certificate(junk)
