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
    UnusedCliTokensError,
)
from cyclopts.argument import Argument

from bangiao.i18n import _

_OUTAGES = {"OperationalError", "InterfaceError", "DatabaseError", "NoSuchModuleError", "ArgumentError"}


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
            words = _('"{value}" does not fit {name}.').format(value=error.token.value, name=_name(error.argument))
            return f"{words} {_forms(error.argument)}".strip()
        case UnusedCliTokensError() if error.unused_tokens:
            return _('"{word}" is one word too many.').format(word=error.unused_tokens[0])
    return str(error)


def _forms(argument: Argument) -> str:
    """What would fit: the choices, or the form of a date."""
    if choices := argument.get_choices():
        return _("Choose: {choices}.").format(choices=", ".join(choices))
    return _("Write a date as 2025-07-01.") if "date" in str(argument.hint) else ""


def outage_sentence(error: Exception) -> str | None:
    """What to say when a file or the database cannot be reached; None for anything else, which is our mistake."""
    if isinstance(error, OSError):
        return _("{file} cannot be used: {why}").format(file=error.filename or "-", why=error.strerror or error)
    if type(error).__module__.startswith("sqlalchemy") and type(error).__name__ in _OUTAGES:
        why = str(getattr(error, "orig", error)).strip().splitlines()
        words = _("The database cannot be reached: {why}. Check BANGIAO_DATABASE_URL and BANGIAO_DATA_DIR.")
        return words.format(why=why[0] if why else type(error).__name__)
    return None


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
