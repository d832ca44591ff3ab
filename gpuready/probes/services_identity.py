"""An identity provider by OpenID Connect."""

from __future__ import annotations

from collections.abc import Sequence

from gpuready.checklist.model import Scalar
from gpuready.probes.deadline import Deadline
from gpuready.probes.http_auth import url_of
from gpuready.probes.http_client import fetch, step
from gpuready.probes.probe import Ask, Broken, Measurement, NoData, Probe, Remark, Target
from gpuready.text.safe import safe_line

_WELL_KNOWN = "/.well-known/openid-configuration"


async def _oidc(ask: Ask) -> Measurement:
    """The issuer must be the address to the letter, as clients compare it so (a slash at the end counts);
    `keys` are those that can sign."""
    time, address = Deadline(ask), ask.target.address.strip().removesuffix(_WELL_KNOWN)
    reply = await fetch(_configuration(ask), limit=time.left, target=ask.target)
    table = reply.must().table()
    issuer, where = table.get("issuer"), table.get("jwks_uri")
    if not isinstance(issuer, str) or not isinstance(where, str):
        raise Broken("probes_services.no_oidc", address=safe_line(address)).showing(reply.exchange)
    fields: dict[str, Scalar] = {"issuer_matches": issuer == address, "issuer": safe_line(issuer)}
    fields["https"] = all(url.startswith("https://") for url in (issuer, where))
    remarks: list[Remark] = list(reply.remarks)
    if issuer != address:
        remarks.append(
            ("probes_services.other_issuer", {"found": safe_line(issuer), "want": safe_line(address)})
        )
    methods = table.get("code_challenge_methods_supported")
    if isinstance(methods, list):
        fields["pkce"] = "S256" in methods
    # The keys may be on another host: our credentials are for the issuer alone.
    options = {
        name: ask.target.options[name] for name in ("ca", "insecure", "proxy") if name in ask.target.options
    }
    keys = await fetch(where, limit=time.left, target=Target("identity", "", where, options))
    found = keys.must().table().get("keys")
    if not isinstance(found, list):
        raise Broken("probes_services.no_oidc", address=safe_line(where)).showing(keys.exchange)
    signing = [
        key for key in found if isinstance(key, dict) and key.get("kty") and key.get("use", "sig") == "sig"
    ]
    fields["keys"] = len(signing)
    fields["algorithms"] = safe_line(
        ", ".join(sorted({str(key.get("alg") or key["kty"]) for key in signing}))
    )
    return Measurement(fields, _WELL_KNOWN, (reply.exchange, keys.exchange), tuple(remarks))


def _configuration(ask: Ask) -> str:
    address = ask.target.address.strip().removesuffix(_WELL_KNOWN)
    return url_of(Target(address=address.rstrip("/"), options=ask.target.options), _WELL_KNOWN)


def _oidc_steps(ask: Ask) -> Sequence[str]:
    try:
        return step(_configuration(ask)), "GET the jwks_uri that it names"
    except NoData as fault:
        return (str(fault),)


OIDC = Probe(
    name="identity.oidc",
    measure=_oidc,
    steps=_oidc_steps,
    fields={
        "issuer_matches": "",
        "keys": "count",
        "issuer": "",
        "https": "",
        "pkce": "",
        "algorithms": "",
    },
    on="identity",
    limit=15,
)
