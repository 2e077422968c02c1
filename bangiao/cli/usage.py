"""Sentences for commands that were typed wrongly; the framework's own are English only."""

from __future__ import annotations

from cyclopts import (
    App,
    CoercionError,
    CycloptsError,
    Group,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
)
from cyclopts.argument import Argument

from bangiao.i18n import _


def usage_sentence(error: CycloptsError) -> str:
    """What is wrong with the command line, and where help is."""
    command = " ".join(("bangiao", *(error.command_chain or ())))
    return f"{_complaint(error)} {_('See: {command} --help').format(command=command)}"


def _complaint(error: CycloptsError) -> str:
    match error:
        case MissingArgumentError() if error.argument:
            return _("{name} is missing.").format(name=_name(error.argument))
        case UnknownCommandError() if error.unused_tokens:
            return _('There is no command "{word}".').format(word=error.unused_tokens[0])
        case UnknownOptionError():
            return _('There is no option "{word}" here.').format(word=error.token.keyword or error.token.value)
        case CoercionError() if error.argument and error.token:
            return _('"{value}" does not fit {name}.').format(value=error.token.value, name=_name(error.argument))
    return str(error)


def _name(argument: Argument) -> str:
    """The long option, or the argument's name in capitals as the help shows it."""
    name = next(iter(argument.names), "")
    return name if argument.field_info.is_keyword_only else name.lstrip("-").upper()


def noun(name: str, words: str) -> App:
    """The commands about one thing, with help in the person's language."""
    return App(
        name=name,
        help=words,
        version_flags=[],
        group_commands=Group(_("Commands"), sort_key=0),
        group_arguments=Group(_("Arguments"), sort_key=1),
        group_parameters=Group(_("Options"), sort_key=2),
    )
