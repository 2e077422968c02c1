"""What may be asked for of a package on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from cyclopts import Parameter

from bangiao.i18n import _
from checklists.errors import BadInput
from checklists.package.scope import Scope
from evidence.package.redaction import PERSONAL


class NoSuchLanguage(BadInput):
    """Packages are written in Vietnamese or English, not in “{language}”. Give --language vi or --language en."""


@Parameter(name="*")
@dataclass(frozen=True)
class Asked:
    """All of them narrow together; none at all is the whole record."""

    decision: Annotated[str | None, Parameter(help=_("Only this decision, by its number."))] = None
    province: Annotated[str | None, Parameter(help=_("Only this province, with all below it (new:01)."))] = None
    unit: Annotated[str | None, Parameter(help=_("Only this unit (GENERATION:CODE)."))] = None
    person: Annotated[
        str | None, Parameter(help=_("Only what this account did, was done in its name, or was sent to it."))
    ] = None
    since: Annotated[date | None, Parameter(help=_("From this day on, in Viet Nam."))] = None
    until: Annotated[date | None, Parameter(help=_("Up to the end of this day."))] = None
    state: Annotated[
        tuple[str, ...],
        Parameter(
            name="--state", negative=(), show_default=False, help=_("Only steps in this state; may be repeated.")
        ),
    ] = ()
    overdue: Annotated[bool, Parameter(negative=(), show_default=False, help=_("Only overdue steps."))] = False

    def scope(self) -> Scope:
        return Scope(
            decision=self.decision,
            province=self.province,
            unit=self.unit,
            person=self.person,
            since=self.since,
            until=self.until,
            states=tuple(sorted(set(self.state))),
            overdue=self.overdue,
        )


EVERYTHING = Asked()


@Parameter(name="*")
@dataclass(frozen=True)
class Less:
    """What is left out for readers outside."""

    for_outsiders: Annotated[
        bool, Parameter(negative=(), show_default=False, help=_("Leave out whatever tells of persons."))
    ] = False
    leave_out: Annotated[
        tuple[str, ...],
        Parameter(
            name="--leave-out",
            negative=(),
            show_default=False,
            help=_("A field, for example people.name, steps.reason, events.payload.reason; may be repeated."),
        ),
    ] = ()
    leave_out_file: Annotated[
        tuple[str, ...],
        Parameter(
            name="--leave-out-file",
            negative=(),
            show_default=False,
            help=_("The SHA-256 of an evidence file; may be repeated."),
        ),
    ] = ()

    def fields(self) -> frozenset[str]:
        return frozenset({*self.leave_out, *(PERSONAL if self.for_outsiders else ())})

    def files(self) -> frozenset[str]:
        return frozenset(one.lower() for one in self.leave_out_file)


NOTHING_LESS = Less()


def known_language(language: str) -> str:
    """Raises NoSuchLanguage."""
    if language not in {"vi", "en"}:
        raise NoSuchLanguage(language=language)
    return language
