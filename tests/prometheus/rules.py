"""Rule files for tests, and promtool's word on expressions."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path


def rule_file(
    alerts: Mapping[str, str] | None = None,
    *,
    records: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    lasting: str = "0s",
) -> str:
    """The text of a rule file with one group: alerts and recorded series by name, with their expressions."""
    rules: list[dict[str, object]] = [
        {
            "alert": name,
            "expr": expression,
            "for": lasting,
            "labels": dict(labels or {"severity": "critical"}),
            "annotations": {"summary": f"{name} on {{{{ $labels.instance }}}}"},
        }
        for name, expression in (alerts or {}).items()
    ]
    rules += [{"record": name, "expr": expression} for name, expression in (records or {}).items()]
    return json.dumps({"groups": [{"name": "tests", "rules": rules}]})  # JSON is YAML


def refused(expressions: Iterable[str]) -> dict[str, str]:
    """The expressions that promtool cannot parse, with its words; empty if it takes them all.

    One call for all of them, and one for each only where there is something to find.
    """
    every = list(dict.fromkeys(expressions))
    if not _complaint(every):
        return {}
    found = {one: _complaint([one]) for one in every}
    return {one: words for one, words in found.items() if words}


def _complaint(expressions: list[str]) -> str:
    records = {f"tests:{number}": one for number, one in enumerate(expressions)}
    with tempfile.TemporaryDirectory(prefix="gpuready-rules-") as folder:
        path = Path(folder) / "rules.yml"
        path.write_text(rule_file(records=records), encoding="utf-8")
        done = subprocess.run(["promtool", "check", "rules", str(path)], capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip()
