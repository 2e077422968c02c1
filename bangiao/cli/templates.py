"""`bangiao templates`: the duties as they are planned with, the check of files that change them, and publishing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from bangiao.cli.decision_changes import add_to_templates
from bangiao.cli.output import AsJson, By, number, out, print_json, table
from bangiao.cli.usage import noun
from bangiao.clock import clock_of
from bangiao.documents import Limits
from bangiao.i18n import _
from bangiao.installation import make_ready
from bangiao.publishing import publish_file
from bangiao.settings import load_settings
from bangiao.template_files import lint_files
from bangiao.template_words import rule_words, side_words, step_rows, text_in_force
from bangiao.wiring import wire
from bangiao.words import word
from checklists.deadlines import local_date
from checklists.errors import BadInput
from checklists.templates import ChecklistTemplate, StepTemplate
from db.session import begin_read

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
        row = (one.template, text_in_force(one.title), one.version, number(duties), number(len(one.steps)))
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
    shown = table(_("Step"), _("What"), _("For"), _("Deadline"), _("Verified"), title=text_in_force(template.title))
    shown.columns[0].no_wrap = True
    shown.columns[0].min_width = max(len(step.key) for step in template.steps)
    for step in template.steps:
        meant_for = f"{side_words(step)}: {', '.join(word(level) for level in step.levels)}"
        verified = _("yes") if step.verify else ""
        shown.add_row(step.key, text_in_force(step.title), meant_for, rule_words(step.deadline), verified)
    out.print(shown)
    out.print(f"{template.template} {template.version} · {template.content_hash}", style="dim", markup=False)


def _print_step(step: StepTemplate) -> None:
    out.print(f"{step.key} · {text_in_force(step.title)}", style="bold", markup=False)
    shown = table("", "")
    shown.show_header = False
    for label, words in step_rows(step):
        if words:
            shown.add_row(label, words)
    out.print(shown, markup=False)


@app.command(help=_("Publish a linted template; decisions drafted from now on are planned with it."))
def publish(
    file: Annotated[Path, Parameter(help=_("The catalogue (YAML)."))], *, by: By = None, as_json: AsJson = False
) -> None:
    wiring = wire()
    make_ready(wiring)
    done = publish_file(wiring, file, by=by or wiring.settings.actor)
    template = done.template
    if as_json:
        print_json({**_summary(template), "changed": done.changed, "current_again": done.again})
        return
    words = (
        _("Published {name} {version} ({hash}).")
        if done.fresh
        else _("{name} {version} ({hash}) is published already.")
    )
    if done.again:
        words = _("{name} {version} ({hash}) was published before and is current again.")
    out.print(words.format(name=template.template, version=template.version, hash=template.content_hash[:12]))
