"""`bangiao doctor`: whether the installation is sound, what is not, and what to do about each finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Annotated, Any

from cyclopts import Parameter
from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bangiao.cli.failures import FAILED, FINE, FOUND_WANTING
from bangiao.cli.output import AsJson, By, heading, number, out, print_json, progress_bar
from bangiao.doctor import CHECKS, areas, examine, ready, sound, unchecked, unreadable
from bangiao.health.checks import Area, Examined, Finding, Health, Look
from bangiao.health.repair import Repaired, repair
from bangiao.i18n import _, render
from bangiao.settings import BadSetting
from bangiao.wiring import wire
from checklists.messages import Message

_SHOWN = 10

_MARKS = {
    Health.SOUND: ("✓", "green"),
    Health.ATTENTION: ("!", "yellow"),
    Health.WRONG: ("✗", "red"),
    Health.UNCHECKED: ("?", "red"),
    Health.SKIPPED: ("–", "dim"),
}

_AREAS = {
    Area.ENVIRONMENT: Message("What it stands on"),
    Area.RECORD: Message("The record"),
    Area.EVIDENCE: Message("Evidence"),
    Area.PEOPLE: Message("People"),
}


def doctor(
    *,
    to_repair: Annotated[
        bool,
        Parameter(
            name="--repair",
            negative=(),
            show_default=False,
            help=_("Put right what is safe to put right; what was done goes on record."),
        ),
    ] = False,
    deep: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Read every file of evidence again; takes longer."))
    ] = False,
    by: By = None,
    as_json: AsJson = False,
) -> int:
    """Whether the installation is sound: 0 if it is, 3 on findings, 1 if something could not be checked."""
    try:
        wiring = wire()
    except BadSetting as error:
        return _answer(unreadable(error), None, as_json)
    look = Look(wiring, deep, _progress)
    # nothing is repaired where the database or its schema is not sound: the checks say so
    repaired = repair(look, by or wiring.settings.actor) if to_repair and ready(look) else None
    made = sum(deep or not check.deep for check in CHECKS)
    with progress_bar(_("Checking"), made, not as_json) as advance:
        examined = list(_counted(examine(look), advance))
    return _answer(examined, repaired, as_json)


def _counted(examined: Iterable[Examined], advance: Callable[[], object]) -> Iterator[Examined]:
    for one in examined:
        advance()
        yield one


@contextmanager
def _progress(words: Message, total: int) -> Iterator[Callable[[], object]]:
    with progress_bar(render(words), total) as advance:
        yield advance


def _answer(examined: Sequence[Examined], repaired: Repaired | None, as_json: bool) -> int:
    """Print what was found, and give the exit code: what could not be checked counts before what was found."""
    if as_json:
        print_json(_document(examined, repaired))
    else:
        _page(examined, repaired)
    if unchecked(examined):
        return FAILED
    return FINE if sound(examined) else FOUND_WANTING


def _page(examined: Sequence[Examined], repaired: Repaired | None) -> None:
    if repaired is not None:
        _repairs(repaired)
    titles = max(cell_len(render(one.check.title)) for one in examined)
    for area, inside in areas(examined):
        heading(render(_AREAS[area]))
        out.print(_checks(inside, titles))
    for one in examined:
        if one.verdict and one.verdict.total:
            _findings(one, one.verdict.findings, one.verdict.total)
    out.print(_summary(examined), style="bold")


def _checks(examined: Iterable[Examined], titles: int) -> Table:
    """Mark, title and sentence of each; the titles of all areas are as wide as the widest."""
    lines = Table(box=None, show_header=False, pad_edge=False)
    lines.add_column()
    lines.add_column(min_width=titles, no_wrap=True)
    lines.add_column(overflow="fold")
    for one in examined:
        mark, style = _MARKS[one.health]
        lines.add_row(Text(mark, style), render(one.check.title), _said(one))
    return lines


def _said(one: Examined) -> str:
    if one.verdict is None:
        return shown(one.why) if one.why else ""
    if one.verdict.total:
        return _("Findings: {count}").format(count=number(one.verdict.total))
    return shown(one.verdict.fine)


def shown(message: Message) -> str:
    """The sentence, with numbers in groups of digits."""
    values = {name: number(value) if type(value) is int else value for name, value in message.values.items()}
    return render(Message(message.msgid, values))


def _findings(one: Examined, findings: Sequence[Finding], total: int) -> None:
    """What was found, the first of it; findings that need the same to be done stand together."""
    mark, style = _MARKS[one.health]
    out.print()
    heading(render(one.check.title), f"  {_('Findings: {count}').format(count=number(total))}", before=f"{mark} ")
    for todo, group in groupby(findings[:_SHOWN], lambda finding: shown(finding.todo)):
        for finding in group:
            out.print(Padding(Text(shown(finding.what), style), (0, 0, 0, 2)))
        out.print(Padding(Text(f"→ {todo}"), (0, 0, 0, 4)), soft_wrap=False)
    if total > _SHOWN:
        out.print(
            Padding(
                _("… and {count} more (see more of them with --json)").format(count=number(total - _SHOWN)),
                (0, 0, 0, 2),
            )
        )


def _summary(examined: Sequence[Examined]) -> str:
    """One line at the end."""
    counts = Counter(one.health for one in examined)
    if unchecked(examined):
        not_made = counts[Health.UNCHECKED] + counts[Health.SKIPPED]
        return _("{count} checks could not be made; the others say nothing about them.").format(count=number(not_made))
    if sound(examined):
        return _("Sound: {count} checks, no findings.").format(count=number(len(examined)))
    wrong = sum(one.verdict.total for one in examined if one.verdict)
    counted = {"checks": counts[Health.WRONG] + counts[Health.ATTENTION], "all": len(examined), "findings": wrong}
    words = _("Not sound: {checks} of {all} checks have findings, together {findings}.")
    words = words.format(**{name: number(count) for name, count in counted.items()})
    mended = any(finding.mended for one in examined if one.verdict for finding in one.verdict.findings)
    return f"{words} {_('Put right what is safe to put right with: bangiao doctor --repair')}" if mended else words


def _repairs(repaired: Repaired) -> None:
    heading(_("Repair"))
    if not repaired.anything:
        out.print(_("There was nothing that can be put right safely."))
    for words, count in (
        (_("Steps whose open needs were counted again: {count}"), len(repaired.recounted)),
        (_("Files without a row moved to quarantine: {count}"), len(repaired.quarantined)),
        (_("Files brought back from quarantine: {count}"), len(repaired.brought_back)),
        (_("Leftovers of crashed uploads removed: {count}"), repaired.leftovers),
    ):
        if count:
            out.print(f"  {words.format(count=number(count))}")
    out.print()


def _document(examined: Sequence[Examined], repaired: Repaired | None) -> dict[str, Any]:
    return {
        "sound": sound(examined),
        "checked": not unchecked(examined),
        "checks": [_check_document(one) for one in examined],
        "repaired": repaired,
    }


def _check_document(one: Examined) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "name": one.check.name,
        "area": one.check.area.value,
        "title": render(one.check.title),
        "health": one.health.value,
        "said": _said(one),
        "total": verdict.total if verdict else None,
        "findings": [_finding_document(finding) for finding in verdict.findings] if verdict else [],
    }


def _finding_document(finding: Finding) -> dict[str, Any]:
    told = {"what": shown(finding.what), "where": finding.where, "to_do": shown(finding.todo)}
    return told | {"by_repair": finding.mended}
