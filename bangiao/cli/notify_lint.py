"""`bangiao notify lint`: the office's own message templates, checked before anybody is written to with them.

A folder like `notifiers/templates/` → `notifiers.message_lint` → every mistake with its file and line, or how many
templates are sound. Nothing is sent, and no database is asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bangiao.cli.output import AsJson, number, out, print_json
from bangiao.i18n import _
from bangiao.settings import load_settings
from checklists.errors import BadInput, HandoverError, Refused
from checklists.places import AtLine
from notifiers.message_lint import TemplateProblem, lint_templates


class NoTemplatesFolder(BadInput):
    """There is no folder of message templates to check. Name one, or set BANGIAO_MESSAGES_DIR."""


class NotAFolder(BadInput):
    """{folder} is not a folder. Name the folder that holds the message templates, one folder in it for each message."""


class NothingToCheck(BadInput):
    """{folder} holds no template, so that all messages are the product's own. Copy one from the product and change
    it."""


class TemplateWrong(HandoverError):
    """{problem}"""


def lint(
    folder: Annotated[
        Path | None, Parameter(help=_("The folder; otherwise the one that the setting BANGIAO_MESSAGES_DIR names."))
    ] = None,
    /,
    *,
    as_json: AsJson = False,
) -> None:
    place = folder or load_settings().messages_dir
    if place is None:
        raise NoTemplatesFolder
    if not place.is_dir():
        raise NotAFolder(folder=str(place))
    files = sorted(one for one in place.rglob("*") if one.is_file())
    if not files:
        raise NothingToCheck(folder=str(place))
    if problems := lint_templates(place):
        raise Refused(str(place), [_placed(one) for one in problems])
    if as_json:
        print_json({"folder": str(place), "templates": [one.relative_to(place).as_posix() for one in files]})
        return
    for one in files:
        out.print(f"{one}: ok", markup=False, soft_wrap=True)
    words = _("{count} templates are sound: every message was written with them in both languages.")
    out.print(words.format(count=number(len(files))))


def _placed(one: TemplateProblem) -> AtLine:
    return AtLine(TemplateWrong(problem=one.problem), str(one.file), line=one.line)
