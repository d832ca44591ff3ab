"""The document of results in the formats of other programs: JUnit, TAP, Prometheus."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from gpuready.checklist.verdict import Verdict
from gpuready.text.safe import safe_line
from gpuready.text.say import language

_GOOD = ("pass", "warn")
_SPARED = ("n/a", "waived")
_FACTS = ("verdict", "value", "unit", "figure", "target", "source", "reason")


def junit(document: Mapping[str, Any]) -> str:
    """JUnit XML: one suite for each item, one case for each check.

    A fail is a failure, a broken probe an error; what could not be determined is skipped, with the reason.
    """
    by_item: dict[str, list[Mapping[str, Any]]] = {}
    for each in document["results"]:
        by_item.setdefault(each["ref"].rpartition(".")[0], []).append(each)
    root = ElementTree.Element("testsuites", {"name": "gpuready"} | _tally(document["results"]))
    for item, results in by_item.items():
        attributes = {"name": item, "timestamp": document["at"]} | _tally(results)
        suite = ElementTree.SubElement(root, "testsuite", attributes)
        for each in results:
            took = sum(target["took"] for target in each["targets"])
            case = ElementTree.SubElement(
                suite,
                "testcase",
                {"classname": f"gpuready.{item}", "name": _xml(_title(each)), "time": f"{took:.3f}"},
            )
            tag = {"fail": "failure", "error": "error"}.get(each["verdict"], "skipped")
            said = _xml(f"{each['verdict']}: {each['reason']}")
            if each["verdict"] not in _GOOD:
                found = ElementTree.SubElement(case, tag, {"message": said})
                if tag != "skipped":
                    found.set("type", each["verdict"])
                    found.text = _xml(_detail(each))
            else:
                ElementTree.SubElement(case, "system-out").text = said
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def tap(document: Mapping[str, Any]) -> str:
    """TAP version 14.  What could not be determined is "not ok" and marked as still to do: it fails no
    suite, and counts for no pass."""
    results = document["results"]
    lines = ["TAP version 14", f"1..{len(results)}"]
    for number, each in enumerate(results, 1):
        verdict, reason = each["verdict"], _tap(f"{each['verdict']}: {each['reason']}")
        ok = "ok" if verdict in (*_GOOD, *_SPARED) else "not ok"
        directive = ""
        if verdict in _SPARED:
            directive = f" # SKIP {reason}"
        elif verdict not in (*_GOOD, "fail"):
            directive = f" # TODO {reason}"
        lines.append(f"{ok} {number} - {_tap(_title(each))}{directive}")
        # A YAML block; JSON is YAML.
        facts = {key: each[key] for key in _FACTS}
        lines += ["  ---", *(f"  {key}: {json.dumps(value)}" for key, value in facts.items()), "  ..."]
    return "\n".join(lines) + "\n"


def prometheus(document: Mapping[str, Any]) -> str:
    """Prometheus text format, for node_exporter's textfile collector.

    ``gpuready_target_passed`` has no sample where it is not known whether a target passes.
    """
    results = document["results"]
    out: list[str] = []

    def family(name: str, what: str, samples: Iterable[tuple[dict[str, str], float]]) -> None:
        rows = [f"{name}{_labels(labels)} {_number(value)}" for labels, value in samples]
        if rows:
            out.extend([f"# HELP {name} {what}", f"# TYPE {name} gauge", *rows])

    targets = [
        ({"ref": each["ref"], "target": target["target"], "on": target["on"]}, target)
        for each in results
        for target in each["targets"]
    ]
    run = {"selector": document["selector"]}
    at = datetime.fromisoformat(document["at"]).timestamp()
    family("gpuready_run_timestamp_seconds", "When the checks were run.", [(run, at)])
    family("gpuready_run_complete", "Whether the run came to its end.", [(run, float(document["complete"]))])
    counts = [({**run, "verdict": str(v)}, float(document["counts"].get(v, 0))) for v in Verdict]
    family("gpuready_run_checks", "Checks of the run by verdict.", counts)
    verdicts = [({"ref": each["ref"], "verdict": each["verdict"]}, 1.0) for each in results]
    family("gpuready_check_verdict", "What the check comes to, as the label verdict; always 1.", verdicts)
    passed = [
        (labels, float(target["verdict"] in _GOOD))
        for labels, target in targets
        if target["verdict"] in (*_GOOD, "fail")
    ]
    family("gpuready_target_passed", "Whether the target passes (1) or fails (0) the check.", passed)
    times = [(labels, datetime.fromisoformat(target["at"]).timestamp()) for labels, target in targets]
    family("gpuready_target_timestamp_seconds", "When the target was asked.", times)
    values = [
        ({**labels, "field": name, "unit": target["units"].get(name, "")}, float(value))
        for labels, target in targets
        for name, value in target["fields"].items()
        if isinstance(value, int | float)
    ]
    family("gpuready_target_value", "A field that was measured, in the unit of the label.", values)
    return "\n".join(out) + "\n"


FORMATS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "junit": junit,
    "tap": tap,
    "prometheus": prometheus,
}


def _tally(results: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    verdicts = [each["verdict"] for each in results]
    failures, errors = verdicts.count("fail"), verdicts.count("error")
    good = sum(verdict in _GOOD for verdict in verdicts)
    return {
        "tests": str(len(verdicts)),
        "failures": str(failures),
        "errors": str(errors),
        "skipped": str(len(verdicts) - failures - errors - good),
    }


def _title(each: Mapping[str, Any]) -> str:
    return f"{each['ref']} {each[language()]}"


def _detail(each: Mapping[str, Any]) -> str:
    lines = [each["reason"], *(f"{t['target']}: {t['verdict']}: {t['reason']}" for t in each["targets"])]
    return "\n".join(lines)


def _xml(text: str) -> str:
    """Only what XML 1.0 can hold."""
    return re.sub("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def _tap(text: str) -> str:
    return safe_line(text).replace("\\", "\\\\").replace("#", "\\#")


def _labels(labels: Mapping[str, str]) -> str:
    pairs = (f'{name}="{_label(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _label(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return f"{value:.15g}"
