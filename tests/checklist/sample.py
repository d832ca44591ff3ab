"""A small checklist that is right, from which the tests make wrong ones."""

from __future__ import annotations

import tomllib
from typing import Any

SAMPLE = """\
schema = 1
id = "own"
ref = "9"
en = "Own"
zh = "自有"
scope.en = "One rack"
scope.zh = "一个机柜"

[[phase]]
ref = "9.1"
en = "Phase"
zh = "阶段"

[[phase.item]]
ref = "9.1.1"
en = "Item"
zh = "条目"
decides = "steps"

[[phase.item.check]]
ref = "9.1.1.s1"
en = "Step"
zh = "步骤"
why.en = "why"
why.zh = "原因"
how.en = "how"
how.zh = "方法"
fix.en = "fix"
fix.zh = "处理"
review_days = 31
[[phase.item.check.method]]
probe = "gpu.devices"
on = "node"
with = { count = 20 }
want = { field = "missing", op = "==", value = 0, unit = "count" }
[[phase.item.check.method]]
attest.en = "Attach it"
attest.zh = "附上"

[[phase.item]]
ref = "9.1.2"
en = "Second"
zh = "第二"
needs = ["9.1.1"]
decides = "acceptance"

[[phase.item.check]]
ref = "9.1.2.a1"
en = "Latency"
zh = "延迟"
why.en = "why"
why.zh = "原因"
how.en = "how"
how.zh = "方法"
fix.en = "fix"
fix.zh = "处理"
modern.en = "Ask for less"
modern.zh = "要求更低"
[[phase.item.check.method]]
value = { unit = "ms", en = "Enter it", zh = "录入" }
want = [{ field = "value", op = "<", value = 1, unit = "ms" }]

[[phase.item]]
ref = "9.1.3"
en = "Third"
zh = "第三"
decides = "steps"

[[phase.item.check]]
ref = "9.1.3.s1"
en = "Step"
zh = "步骤"
why = { en = "why", zh = "原因" }
how = { en = "how", zh = "方法" }
fix = { en = "fix", zh = "处理" }
[[phase.item.check.method]]
value = { unit = "version" }
want = { field = "value", op = ">=", value = "1.2", unit = "version" }
"""


def altered(old: str, new: str) -> str:
    """The sample with one place changed; that place must be there."""
    assert old in SAMPLE, old
    return SAMPLE.replace(old, new, 1)


def document(text: str = SAMPLE) -> dict[str, Any]:
    return tomllib.loads(text)


# name of the mistake: (what is changed, into what, the ref it is told of, a word of the sentence)
BROKEN: dict[str, tuple[str, str, str, str]] = {
    "no schema": ("schema = 1\n", "", "-", "schema"),
    "other schema": ("schema = 1", "schema = 2", "-", "schema"),
    "no id": ('id = "own"\n', "", "9", "id is missing"),
    "no ref": ('ref = "9"\n', "", "-", "ref is missing"),
    "no title": ('zh = "自有"\n', "", "9", "zh is missing"),
    "no scope": ('scope.en = "One rack"\nscope.zh = "一个机柜"\n', "", "9", "scope.en"),
    "phase without ref": ('ref = "9.1"\n', "", "-", "ref is missing"),
    "phase without title": ('en = "Phase"\n', "", "9.1", "en is missing"),
    "item ref with blanks": ('ref = "9.1.1"', 'ref = "9.1 .1"', "9.1 .1", "letters, digits"),
    "item ref twice": ('ref = "9.1.2"\n', 'ref = "9.1.1"\n', "9.1.1", "twice"),
    "check ref twice": ('ref = "9.1.3.s1"', 'ref = "9.1.1.s1"', "9.1.1.s1", "twice"),
    "blank title": ('en = "Step"', 'en = "  "', "9.1.1.s1", "en is missing"),
    "no why": ('why.en = "why"\nwhy.zh = "原因"\n', "", "9.1.1.s1", "why.en"),
    "half a why": ('why.zh = "原因"\n', "", "9.1.1.s1", "why.zh"),
    "why is a text": ('why.en = "why"\nwhy.zh = "原因"', 'why = "x"', "9.1.1.s1", "why must be a table"),
    "half a modern": ('modern.zh = "要求更低"\n', "", "9.1.2.a1", "modern.zh"),
    "review of no days": ("review_days = 31", "review_days = 0", "9.1.1.s1", "review_days"),
    "review is yes": ("review_days = 31", "review_days = true", "9.1.1.s1", "review_days"),
    "decides unknown": ('"acceptance"', '"luck"', "9.1.2", "luck"),
    "nothing decides": ('decides = "steps"\n', "", "9.1.1", "no check decides"),
    "no method": (
        '[[phase.item.check.method]]\nvalue = { unit = "version" }\n'
        'want = { field = "value", op = ">=", value = "1.2", unit = "version" }\n',
        "",
        "9.1.3.s1",
        "[[method]]",
    ),
    "nothing by hand": (
        '[[phase.item.check.method]]\nattest.en = "Attach it"\nattest.zh = "附上"\n',
        "",
        "9.1.1.s1",
        "value or attest",
    ),
    "two kinds": ('probe = "gpu.devices"', 'probe = "gpu.devices"\nkube = "x"', "9.1.1.s1", "exactly one"),
    "no kind": ('probe = "gpu.devices"\n', "", "9.1.1.s1", "exactly one"),
    "probe is empty": ('probe = "gpu.devices"', 'probe = ""', "9.1.1.s1", "probe is missing"),
    "unknown key": ('on = "node"', 'where = "node"', "9.1.1.s1", "where"),
    "unknown target": ('on = "node"', 'on = "moon"', "9.1.1.s1", "moon"),
    "unknown unit of a value": ('unit = "ms", en', 'unit = "sec", en', "9.1.2.a1", "'sec'"),
    "unknown unit of a figure": ('value = 0, unit = "count"', 'value = 0, unit = "n"', "9.1.1.s1", "'n'"),
    "want without op": ('op = "==", ', "", "9.1.1.s1", "field, op and value"),
    "unknown op": ('op = "=="', 'op = "~"', "9.1.1.s1", "'~'"),
    "between of one": ('op = "==", value = 0', 'op = "between", value = [1]', "9.1.1.s1", "low <= high"),
    "in nothing": ('op = "==", value = 0', 'op = "in", value = []', "9.1.1.s1", "at least one"),
    "less than a text": ('op = "==", value = 0', 'op = "<", value = "x"', "9.1.1.s1", "numbers"),
    "less than yes": ('op = "==", value = 0', 'op = "<", value = true', "9.1.1.s1", "numbers"),
    "ask in one language": (
        'unit = "ms", en = "Enter it", zh = "录入"',
        'unit = "ms", en = "E"',
        "9.1.2.a1",
        "zh",
    ),
    "by hand is a text": (
        'attest.en = "Attach it"\nattest.zh = "附上"',
        'attest = "x"',
        "9.1.1.s1",
        "attest must be a table",
    ),
}

# Mistakes that take more than one place to see, so that a JSON Schema cannot.
BEYOND_SCHEMA: dict[str, tuple[str, str, str, str]] = {
    "item ref twice": BROKEN["item ref twice"],
    "check ref twice": BROKEN["check ref twice"],
    "unknown need": ('needs = ["9.1.1"]', 'needs = ["9.9"]', "9.1.2", "9.9"),
    "between upside down": (
        'op = "==", value = 0',
        'op = "between", value = [2, 1]',
        "9.1.1.s1",
        "low <= high",
    ),
    "no pattern": ('op = "==", value = 0', 'op = "matches", value = "("', "9.1.1.s1", "regular expression"),
    "unlike units": ('value = 1, unit = "ms"', 'value = 1, unit = "GB"', "9.1.2.a1", "'GB'"),
}
