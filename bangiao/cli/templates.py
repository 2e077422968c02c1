"""`bangiao templates`: the duties as they are planned with, the check of files that change them, and publishing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from cyclopts import Parameter

from bangiao.cli.decision_changes import add_to_templates
from bangiao.cli.output import AsJson, By, day, number, out, print_json, table
from bangiao.cli.usage import noun
from bangiao.clock import clock_of
from bangiao.documents import Limits
from bangiao.i18n import _, language_in_force
from bangiao.installation import make_ready
from bangiao.settings import load_settings
from bangiao.template_files import fit_to_publish, lint_files
from bangiao.wiring import wire
from bangiao.words import word
from checklists.deadlines import local_date
from checklists.errors import BadInput
from checklists.events import TEMPLATE_PUBLISHED, Event
from checklists.templates import Anchor, ChecklistTemplate, DeadlineRule, Need, StepTemplate, Text
from db.session import begin_read
from db.templates import make_current, publish_template

app = noun("templates", _("The duties as templates: list, show, lint, publish."))
add_to_templates(app)


class UnknownTemplate(BadInput):
    """There is no template '{name}'. The templates are: {known}."""


class UnknownStep(BadInput):
    """Template {template} has no step '{step}'. See: bangiao templates show {template}"""


@app.command(name="list", help=_("The templates with their versions, sizes and content hashes."))
def list_templates(*, as_json: AsJson = False) -> None:
    templates = _current()
    if as_json:
        print_json([_summary(one) for one in templates])
        return
    shown = table(_("Template"), _("Title"), _("Version"), _("Duties"), _("Steps"), _("Content hash"), numbers=(3, 4))
    for one in templates:
        duties = len({step.duty for step in one.steps})
        row = (one.template, _text(one.title), one.version, number(duties), number(len(one.steps)))
        shown.add_row(*row, one.content_hash[:12])
    shown.columns[0].no_wrap = shown.columns[-1].no_wrap = True
    shown.columns[0].min_width = max(len(one.template) for one in templates)
    out.print(shown)


@app.command(help=_("The steps of one template, or one step in full."))
def show(
    name: Annotated[str, Parameter(help=_("The template, for example data-backup."))],
    /,
    *,
    step: Annotated[str | None, Parameter(help=_("The key of one step, for example DAT-05/giao."))] = None,
    as_json: AsJson = False,
) -> None:
    template = _template(name)
    if step is None:
        if as_json:
            print_json(template.model_dump(mode="json") | {"content_hash": template.content_hash})
        else:
            _print_template(template)
        return
    found = next((one for one in template.steps if one.key == step), None)
    if found is None:
        raise UnknownStep(template=name, step=step)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_step(found)


@app.command(help=_("Check template files; every mistake is said with its file and line."))
def lint(
    files: Annotated[list[Path], Parameter(help=_("The files to check, together with the shipped templates."))],
    /,
    *,
    as_json: AsJson = False,
) -> None:
    settings = load_settings()
    today = local_date(clock_of(settings.clock)())
    templates = lint_files(files, Limits.of(settings), day=today)
    if as_json:
        print_json([{"file": file, **_summary(one)} for file, one in zip(files, templates, strict=True)])
        return
    for file, one in zip(files, templates, strict=True):
        out.print(f"{file}: ok {one.template} {one.version} {one.content_hash}", markup=False, soft_wrap=True)


def _current() -> Sequence[ChecklistTemplate]:
    """The newest published version of each template: what decisions are planned with today."""
    wiring = wire()
    make_ready(wiring)
    with begin_read(wiring.engine) as connection:
        return wiring.planning(connection).templates


def _template(name: str) -> ChecklistTemplate:
    templates = {one.template: one for one in _current()}
    if name not in templates:
        raise UnknownTemplate(name=name, known=", ".join(templates))
    return templates[name]


def _summary(one: ChecklistTemplate) -> dict[str, Any]:
    return {
        "template": one.template,
        "version": one.version,
        "title": one.title.model_dump(),
        "duties": len({step.duty for step in one.steps}),
        "steps": len(one.steps),
        "content_hash": one.content_hash,
    }


def _print_template(template: ChecklistTemplate) -> None:
    shown = table(_("Step"), _("What"), _("For"), _("Deadline"), _("Verified"), title=_text(template.title))
    shown.columns[0].no_wrap = True
    shown.columns[0].min_width = max(len(step.key) for step in template.steps)
    for step in template.steps:
        meant_for = f"{_side(step)}: {', '.join(word(level) for level in step.levels)}"
        verified = _("yes") if step.verify else ""
        shown.add_row(step.key, _text(step.title), meant_for, _deadline(step.deadline), verified)
    out.print(shown)
    out.print(f"{template.template} {template.version} · {template.content_hash}", style="dim", markup=False)


def _print_step(step: StepTemplate) -> None:
    out.print(f"{step.key} · {_text(step.title)}", style="bold", markup=False)
    shown = table("", "")
    shown.show_header = False
    for label, words in _rows(step):
        if words:
            shown.add_row(label, words)
    out.print(shown, markup=False)


def _rows(step: StepTemplate) -> list[tuple[str, str]]:
    again, condition = step.recurrence, step.condition
    return [
        (_("Side"), _side(step)),
        (_("Levels"), ", ".join(word(level) for level in step.levels)),
        (_("Responsible"), f"{_text(step.responsible.office)} ({word(step.responsible.role)})"),
        (_("Deadline"), _deadline(step.deadline)),
        (_("Comes back"), _("every {period}").format(period=again.every) if again else ""),
        (_("Evidence"), _text(step.evidence.what) + ("" if step.evidence.required else _(" (not demanded)"))),
        (_("Second person verifies"), _("yes") if step.verify else _("no")),
        (_("Applies when"), condition.when if condition else _("always")),
        (_("Otherwise"), _text(condition.otherwise) if condition else ""),
        (_("Needs first"), "; ".join(_need(need) for need in step.needs)),
        (_("Basis"), step.basis),
        (_("Source"), step.source),
        (_("Note"), _text(step.note) if step.note else ""),
    ]


def _text(text: Text) -> str:
    return text.en if language_in_force() == "en" else text.vi


def _side(step: StepTemplate) -> str:
    side = _("both sides") if step.side == "both" else word(step.side)
    return _("{side}, one step per receiver").format(side=side) if step.per else side


def _need(need: Need) -> str:
    if need.of == "unit":
        return need.step
    level = f" ({word(need.level)})" if need.level else ""
    words = _("{step} of every predecessor") if need.of == "predecessors" else _("{step} of every successor")
    return words.format(step=need.step) + level


def _deadline(rule: DeadlineRule) -> str:
    if rule.published:
        return day(rule.published)
    if rule.anchor is Anchor.NONE:
        return _("none")
    if rule.fixed:
        start = day(rule.fixed)
    else:
        start = {
            Anchor.ISSUED: _("issue"),
            Anchor.EFFECTIVE: _("legal effect"),
            Anchor.OPERATIONAL: _("start of operation"),
            Anchor.UNIT_CEASED: _("last day of the old unit"),
        }.get(rule.anchor) or str(rule.event or rule.step)
    if not rule.offset:
        return start
    unit = _("working days") if rule.unit == "working" else _("days")
    return f"{start} {'+' if rule.offset > 0 else '−'} {abs(rule.offset)} {unit}"


@app.command(help=_("Publish a linted template; decisions drafted from now on are planned with it."))
def publish(
    file: Annotated[Path, Parameter(help=_("The catalogue (YAML)."))], *, by: By = None, as_json: AsJson = False
) -> None:
    wiring = wire()
    make_ready(wiring)
    who = by or wiring.settings.actor
    with wiring.unit_of_work() as uow:
        published = wiring.planning(uow.connection).templates
        template = fit_to_publish(file, published, Limits.of(wiring.settings), day=wiring.today())
        fresh = publish_template(uow.connection, template, uow.now, who)
        again = not fresh and make_current(uow.connection, template, uow.now, who)
        if fresh or again:
            uow.record([_published(template, uow.now, who, again=again)])
    if as_json:
        print_json({**_summary(template), "changed": fresh or again, "current_again": again})
        return
    words = _("Published {name} {version} ({hash}).") if fresh else _("{name} {version} ({hash}) is published already.")
    if again:
        words = _("{name} {version} ({hash}) was published before and is current again.")
    out.print(words.format(name=template.template, version=template.version, hash=template.content_hash[:12]))


def _published(template: ChecklistTemplate, now: datetime, who: str, *, again: bool) -> Event:
    payload = {"template": template.template, "version": template.version, "hash": template.content_hash}
    event_id = f"{TEMPLATE_PUBLISHED}:{template.content_hash}" + (f":{uuid4().hex}" if again else "")
    return Event(event_id, TEMPLATE_PUBLISHED, now, who, template.template, payload)
