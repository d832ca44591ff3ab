"""What is kept as evidence holds no secret, and hides nothing else."""

from __future__ import annotations

import pytest

from gpuready.text.redact import redact


@pytest.mark.parametrize(
    "text", ["automountServiceAccountToken: false", '"hostPassword": null', "token: true, next: 1"]
)
def test_yes_no_and_nothing_are_no_secrets(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", ["token: falsehood", "PASSWORD=trueblue", '"apiKey": "null-but-long"'])
def test_what_only_begins_so_is_hidden(text: str) -> None:
    assert redact(text).endswith("***")
