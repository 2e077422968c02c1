"""What a person may do to a step now, and in whose name: what the step's page offers. Writing decides
again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from bangiao.i18n import _
from bangiao.step_sheet import StepSheet
from checklists.people import MAY, PersonRole
from checklists.steps import Act
from db.people import person, substitutions_of
from db.reach import roles_over
from web.guard import Signed

_SECOND = frozenset({Act.VERIFY, Act.RETURN})


@dataclass(frozen=True, slots=True)
class Hat:
    """Somebody in whose name the reader may act; `absent` is "" for themselves."""

    absent: str
    label: str
    roles: frozenset[PersonRole]

    def people(self, account: str) -> frozenset[str]:
        return frozenset({account, self.absent} - {""})


@dataclass(frozen=True, slots=True)
class Offers:
    """`by_act`: in whose name each act may be done. `own_work`: the step waits for a second person, and the reader
    could be it had they not worked on it."""

    by_act: Mapping[Act, tuple[Hat, ...]]
    own_work: bool
    works_here: bool

    def __contains__(self, act: str) -> bool:
        return bool(self.by_act.get(Act(act)))

    def hats(self, act: str) -> tuple[Hat, ...]:
        return self.by_act.get(Act(act), ())


def hats_of(connection: Connection, signed: Signed, unit: str, today: date) -> tuple[Hat, ...]:
    """The reader as themselves, then as each absent person they stand in for, with what that makes of them there."""
    absent = [
        one.absent for one in substitutions_of(connection, signed.account, today) if one.substitute == signed.account
    ]
    own = Hat("", _("in my own name"), roles_over(connection, signed.account, unit, today))
    others = [_lent(connection, one, roles_over(connection, one, unit, today)) for one in absent]
    return tuple(hat for hat in (own, *others) if hat.roles)


def _lent(connection: Connection, absent: str, roles: frozenset[PersonRole]) -> Hat:
    known = person(connection, absent)
    name = known.name if known and known.name else absent
    return Hat(absent, _("in the name of {person}").format(person=name), roles)


def offers(sheet: StepSheet, hats: Collection[Hat], account: str) -> Offers:
    """What the rules and the reader's roles allow."""
    doers = sheet.held.step.doers
    by_role = {act: [hat for hat in hats if hat.roles & MAY[act]] for act in sheet.allowed}
    by_act = {
        act: tuple(hat for hat in able if act not in _SECOND or not hat.people(account) & doers)
        for act, able in by_role.items()
    }
    own_work = bool(by_role.get(Act.VERIFY)) and not by_act[Act.VERIFY]
    leads = any(PersonRole.UNIT_LEAD in hat.roles for hat in hats)
    return Offers({act: able for act, able in by_act.items() if able}, own_work, leads)
