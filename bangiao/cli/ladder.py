"""`bangiao ladder`: who hears of a late step, and when; show what is in force, check a file before it is used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bangiao.cli.output import AsJson, number, out, print_json, table
from bangiao.cli.usage import noun
from bangiao.documents import Limits
from bangiao.i18n import _, language_in_force, render
from bangiao.ladder_files import DEFAULT, ladder_for, read_ladders, unknown_names
from bangiao.settings import load_settings
from bangiao.template_files import SHIPPED
from checklists.escalation.ladder import EscalationLadder, audience_words

app = noun("ladder", _("Who hears of a late step, and when: show, lint."))


@app.command(help=_("The ladders that decisions registered today climb, by template."))
def show(*, as_json: AsJson = False) -> None:
    settings = load_settings()
    given = read_ladders(settings.ladders, Limits.of(settings)) if settings.ladders else {}
    names = [*SHIPPED, *unknown_names(given)]
    ladders = {name: ladder_for(given, name) for name in names}
    if as_json:
        print_json({name: _document(one) for name, one in ladders.items()})
        return
    for ladder in dict.fromkeys(ladders.values()):
        _page(", ".join(name for name in names if ladders[name] == ladder), ladder)


@app.command(help=_("Check a file of ladders; every mistake is said with its file and line."))
def lint(
    file: Annotated[Path, Parameter(help=_("The file to check."))],
    /,
    *,
    as_json: AsJson = False,
) -> None:
    ladders = read_ladders(file, Limits.of(load_settings()))
    if as_json:
        print_json({name: _document(one) for name, one in ladders.items()})
        return
    for name, one in ladders.items():
        out.print(f"{file}: ok {name} {one.content_hash}", markup=False, soft_wrap=True)
    for name in unknown_names(ladders):
        words = _("{name} is no template of the product: it counts for a template of your own of that name.")
        out.print(words.format(name=name))
    if DEFAULT not in ladders:
        out.print(_("Templates that are not named climb the ladder of the product."))


def _document(ladder: EscalationLadder) -> dict[str, object]:
    return ladder.model_dump(mode="json")


def _page(names: str, ladder: EscalationLadder) -> None:
    title = f"{names} · {ladder.content_hash[:12]}"
    shown = table(
        _("Level"), _("Working days"), _("At"), _("Told"), _("Repeats"), _("Title"), title=title, numbers=(1,)
    )
    for level in ladder.levels:
        repeats = (
            _("every {count} working days").format(count=number(level.repeat_every)) if level.repeat_every else "–"
        )
        words = getattr(level.title, language_in_force())
        row = (level.key, f"{level.offset:+d}", f"{level.at:%H:%M}", render(audience_words(level.to)), repeats, words)
        shown.add_row(*row)
    out.print(shown)
    said = _("Overdue when opened: {respite} working days of respite. A promise reaches {promise} working days ahead.")
    out.print(said.format(respite=number(ladder.respite), promise=number(ladder.longest_promise)))
