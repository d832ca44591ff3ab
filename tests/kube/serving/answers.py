"""The Status objects with which a kube-apiserver refuses, word for word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.kube.serving.kinds import Kind

_EXPIRED_PAGE = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new "
    "list without the continue parameter, or use the continue token in this response to retrieve the "
    "remainder of the results. Continuing with the provided token results in an inconsistent list - objects "
    "that were created, modified, or deleted between the time the first chunk was returned and now may show "
    "up in the list."
)


class Refusal(Exception):
    """An answer that is no success: a Status object, or a bare text where the real server sends one."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        *,
        text: str = "",
        headers: Mapping[str, str] | None = None,
        meta: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or text)
        self.code = code
        self.text = text
        self.headers = dict(headers or {})
        self.status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": dict(meta or {}),
            "status": "Failure",
            "message": message,
            "reason": reason,
            **({"details": dict(details)} if details else {}),
            "code": code,
        }


def details(kind: Kind, name: str = "") -> dict[str, str]:
    found = {"name": name, "group": kind.group, "kind": kind.plural}
    return {key: value for key, value in found.items() if value}


def no_such_path() -> Refusal:
    return Refusal(404, "NotFound", "", text="404 page not found\n")


def not_found(kind: Kind, name: str) -> Refusal:
    return Refusal(404, "NotFound", f'{kind.resource} "{name}" not found', details(kind, name))


def already_exists(kind: Kind, name: str) -> Refusal:
    return Refusal(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', details(kind, name))


def conflict(kind: Kind, name: str, why: str) -> Refusal:
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return Refusal(409, "Conflict", message, details(kind, name))


def modified(kind: Kind, name: str) -> Refusal:
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(kind, name, why)


def invalid(kind: Kind, name: str, field: str, message: str, reason: str = "FieldValueInvalid") -> Refusal:
    qualified = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    said = {"name": name, "group": kind.group, "kind": kind.kind}
    causes = [{"reason": reason, "message": message, "field": field}]
    return Refusal(
        422,
        "Invalid",
        f'{qualified} "{name}" is invalid: {field}: {message}',
        {**{key: value for key, value in said.items() if value}, "causes": causes},
    )


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)


def unauthorized() -> Refusal:
    return Refusal(401, "Unauthorized", "Unauthorized")


def not_allowed(verb: str) -> Refusal:
    message = "the server does not allow this method on the requested resource"
    return Refusal(405, "MethodNotAllowed", message, {"verb": verb})


def not_acceptable() -> Refusal:
    message = (
        "only the following media types are accepted: application/json, application/yaml, "
        "application/vnd.kubernetes.protobuf"
    )
    return Refusal(406, "NotAcceptable", message)


def too_old(asked: int, oldest: int) -> Refusal:
    return Refusal(410, "Expired", f"too old resource version: {asked} ({oldest})")


def page_expired(token: str) -> Refusal:
    return Refusal(410, "Expired", _EXPIRED_PAGE, meta={"continue": token})


def too_new(asked: int, current: int) -> Refusal:
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    return Refusal(
        504,
        "Timeout",
        f"Timeout: Too large resource version: {asked}, current: {current}",
        {"causes": causes, "retryAfterSeconds": 1},
    )


def unavailable(message: str) -> Refusal:
    return Refusal(503, "ServiceUnavailable", message)


def busy(retry_after: int | None) -> Refusal:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    text = "Too many requests, please try again later.\n"
    return Refusal(429, "TooManyRequests", "", text=text, headers=headers)


def internal(message: str) -> Refusal:
    causes = {"causes": [{"message": message}]}
    return Refusal(500, "InternalError", f"Internal error occurred: {message}", causes)
