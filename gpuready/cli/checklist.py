"""``gpuready checklist``: what there is to do, and whether a checklist of one's own is well formed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gpuready import places
from gpuready.checklist.figure import figure_text
from gpuready.checklist.load import SHIPPED, load, load_all
from gpuready.checklist.model import Check, Checklist, Item
from gpuready.cli.options import Group, format_option
from gpuready.cli.printing import out, out_exact, out_json
from gpuready.report.plainlist import SCHEMA, jsonable
from gpuready.text.fault import Fault
from gpuready.text.say import language, say

LIST_SCHEMA = "gpuready.checklists/1"
LINT_SCHEMA = "gpuready.lint/1"


@click.group("checklist", cls=Group, help=say("cli.checklist_help"), short_help=say("cli.checklist_short"))
def checklist_command() -> None:
    """Holds the others."""


@checklist_command.command("list", help=say("cli.checklist_list_help"))
@format_option()
def list_command(form: str) -> None:
    checklists = load_all()
    if form == "json":
        rows = [_counted(each) for each in checklists]
        out_json({"schema": LIST_SCHEMA, "checklists": rows})
        return
    for each in checklists:
        row = _counted(each)
        counts = say("cli.counts", phases=row["phases"], items=row["items"], checks=row["checks"])
        out(
            f"{each.id:<16} {each.ref:<6} {each.words.to(language())} ({each.scope.to(language())}): {counts}"
        )


@checklist_command.command("show", help=say("cli.checklist_show_help"))
@click.argument("what", metavar=say("cli.id_or_ref"), required=False)
@format_option()
def show_command(what: str | None, form: str) -> None:
    chosen = _choose(load_all(), what)
    if form == "json":
        from gpuready.engine.registry import install

        install()  # "available" is told by what is installed
        out_json({"schema": SCHEMA, "checklists": [jsonable(each, ref) for each, ref in chosen]})
        return
    for checklist, ref in chosen:
        out("\n".join(_lines(checklist, ref)))


@checklist_command.command("lint", help=say("cli.checklist_lint_help"))
@click.argument("files", metavar=say("cli.files"), nargs=-1, type=click.Path(path_type=Path))
@format_option()
def lint_command(files: tuple[Path, ...], form: str) -> int:
    problems: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    taken: dict[str, Path] = {}
    for path in files or _all_files():
        try:
            checklist = load(path)
            if checklist.id in taken:
                raise Fault("checklist.same_id", path=path, id=checklist.id, other=taken[checklist.id])
            taken[checklist.id] = path
        except Fault as fault:
            if fault.key == "checklist.unreadable":
                raise  # nothing was looked at: a slip of the caller, not of the file's author
            problems.append(_problem(fault, path))
            continue
        problems += _unfit(checklist, path)
        notes += [
            {"path": str(path), "ref": check.ref, "en": check.modern.en, "zh": check.modern.zh}
            for check in checklist.checks()
            if check.modern
        ]
    if form == "json":
        out_json({"schema": LINT_SCHEMA, "ok": not problems, "problems": problems, "notes": notes})
        return bool(problems)
    for problem in problems:
        out(problem["text"])
    for note in notes:
        out(say("cli.lint_note", ref=note["ref"], text=note[language()]))
    out(say("cli.lint_end", problems=len(problems), notes=len(notes)))
    return bool(problems)


def _unfit(checklist: Checklist, path: Path) -> list[dict[str, Any]]:
    """What the checklist asks of probes that do not declare it.  The shipped ones may name probes that are
    still to come; in an operator's own an unknown name is a slip."""
    from gpuready.engine.registry import installed, problems_of

    is_shipped = path.parent == places.shipped("checklists")
    return [
        _problem(Fault("checklist.broken", path=path, line=1, ref=each.where, what=str(each)), path)
        for each in problems_of(checklist, installed())
        if not (is_shipped and each.key == "engine.unknown_probe")
    ]


@checklist_command.command("schema", help=say("cli.checklist_schema_help"))
def schema_command() -> None:
    path = places.shipped("checklists") / "checklist.schema.json"
    out_exact(path.read_text(encoding="utf-8"))


def _counted(checklist: Checklist) -> dict[str, Any]:
    return {
        "id": checklist.id,
        "ref": checklist.ref,
        "en": checklist.words.en,
        "zh": checklist.words.zh,
        "scope": {"en": checklist.scope.en, "zh": checklist.scope.zh},
        "phases": len(checklist.phases),
        "items": sum(1 for _ in checklist.items()),
        "checks": sum(1 for _ in checklist.checks()),
    }


def _choose(checklists: tuple[Checklist, ...], what: str | None) -> list[tuple[Checklist, str | None]]:
    """The checklists that are meant, each with the ref below which it is shown (None: all of it)."""
    if what is None:
        return [(each, None) for each in checklists]
    for each in checklists:
        if what in (each.id, each.ref):
            return [(each, None)]
        refs = {p.ref for p in each.phases} | {i.ref for i in each.items()} | {c.ref for c in each.checks()}
        if what in refs:
            return [(each, what)]
    raise Fault("cli.unknown_checklist", what=what, known=", ".join(each.id for each in checklists))


def _lines(checklist: Checklist, ref: str | None) -> list[str]:
    lines = [] if ref else [f"{checklist.ref} {checklist.words.to(language())}"]
    for phase in checklist.phases:
        whole = ref in (None, phase.ref)
        items = [i for i in phase.items if whole or ref == i.ref or any(c.ref == ref for c in i.checks)]
        if not items:
            continue
        if whole:
            lines.append(f"  {phase.ref} {phase.words.to(language())}")
        for item in items:
            lines += _item(item, None if whole or ref == item.ref else ref)
    return lines


def _item(item: Item, ref: str | None) -> list[str]:
    needs = say("cli.needs", refs=", ".join(item.needs)) if item.needs else ""
    lines = [f"    {item.ref} {item.words.to(language())}{needs}"]
    for check in item.checks:
        if ref is None:
            lines.append(f"      {check.ref} {check.words.to(language())}")
        elif check.ref == ref:
            lines += _check(check)
    return lines


def _check(check: Check) -> list[str]:
    lang = language()
    lines = [f"      {check.ref} {check.words.to(lang)}"]
    facts = [(name, getattr(check, name)) for name in ("why", "how", "fix", "modern")]
    if figures := "; ".join(figure_text(each) for each in check.criteria):
        lines.append(f"        {say('cli.figure')}: {figures}")
    lines += [f"        {say(f'cli.{name}')}: {words.to(lang)}" for name, words in facts if words]
    for number, method in enumerate(check.methods, 1):
        what = f"{method.kind} {method.name}".strip() + (f" @ {method.on}" if method.on else "")
        ask = f": {method.ask.to(lang)}" if method.ask else ""
        lines.append(f"        {say('cli.method')} {number}: {what}{ask}")
    return lines


def _problem(fault: Fault, path: Path) -> dict[str, Any]:
    fields = fault.fields
    return {
        "path": str(fields.get("path", path)),
        "line": fields.get("line"),
        "ref": fields.get("ref"),
        "text": str(fault),
    }


def _all_files() -> list[Path]:
    shipped = places.shipped("checklists")
    return [shipped / f"{name}.toml" for name in SHIPPED] + sorted(places.own_checklists().glob("*.toml"))
