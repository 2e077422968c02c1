"""What `bangiao user list` and `user show` print."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from cyclopts import Parameter
from sqlalchemy import Connection

from bangiao.cli.output import AsJson, day, heading, number, out, print_json, table
from bangiao.cli.status import UnknownUnit
from bangiao.i18n import _, render
from bangiao.installation import make_ready
from bangiao.wiring import wire
from checklists.names import search_key
from checklists.people import EVERYWHERE, Assignment, Person, PersonRole, role_words
from checklists.people_rules import PeopleOnRecord, unknown_person
from checklists.units import UnitKey
from db.people import Asked, people_on_record, who_may
from db.reach import levels_in_reach
from db.register import SqlRegister
from db.session import begin_read

_ROLES_SHOWN = 3
_LEVELS = {
    "ministry": lambda: _("ministries {count}"),
    "province": lambda: _("provinces {count}"),
    "district": lambda: _("districts {count}"),
    "commune": lambda: _("communes {count}"),
}


def list_(
    *,
    search: Annotated[str, Parameter(help=_("Part of the name or the account."))] = "",
    unit: Annotated[str | None, Parameter(help=_("Who can be asked in this unit (GENERATION:CODE)."))] = None,
    limit: Annotated[int, Parameter(help=_("How many to show; 0 for all."))] = 50,
    as_json: AsJson = False,
) -> None:
    wiring = wire()
    make_ready(wiring)
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        if unit is not None:
            _asked_page(connection, UnitKey(unit), today, as_json)
            return
        record = people_on_record(connection)
        found = [
            one for one in record.persons.values() if search_key(search) in search_key(f"{one.name} {one.account}")
        ]
        if as_json:
            print_json([_document(one, record) for one in found])
        elif not record.persons:
            out.print(_("Nobody is on record yet. Add people with: bangiao user add ACCOUNT --name NAME"))
        else:
            shown = found[: limit or None]
            out.print(_persons(shown, record, SqlRegister(connection, today), today))
            out.print(_("{shown} of {all} people").format(shown=number(len(shown)), all=number(len(found))))


def _persons(chosen: list[Person], record: PeopleOnRecord, register: SqlRegister, today: date) -> Any:
    shown = table(_("Account"), _("Name"), _("Roles"), _("Remark"))
    for one in chosen:
        held = [role for role in record.roles(one.account) if role.until is None or role.until >= today]
        roles = [_role_in_unit(role, register) for role in held[:_ROLES_SHOWN]]
        if len(held) > _ROLES_SHOWN:
            roles.append(_("and {count} more").format(count=number(len(held) - _ROLES_SHOWN)))
        shown.add_row(one.account, one.name, "\n".join(roles) or "–", _remark(one, record, today))
    return shown


def _role_in_unit(one: Assignment, register: SqlRegister) -> str:
    unit = register.unit(one.unit)
    where = _("the whole country") if one.unit == EVERYWHERE else unit.name if unit else one.unit
    return _("{role}, {unit}").format(role=role_word(one.role), unit=where)


def _remark(one: Person, record: PeopleOnRecord, today: date) -> str:
    if one.disabled_on is not None:
        return _("disabled since {day}").format(day=day(one.disabled_on))
    away = [held for held in record.absences(one.account) if held.absent == one.account and held.until >= today]
    words = _("absent {since} – {until}: {substitute}")
    return "\n".join(
        words.format(since=day(held.since), until=day(held.until), substitute=held.substitute) for held in away
    )


def _asked_page(connection: Connection, unit: UnitKey, today: date, as_json: bool) -> None:
    known = SqlRegister(connection, today).unit(unit)
    if known is None:
        raise UnknownUnit(key=unit)
    asked = who_may(connection, unit, list(PersonRole), today)
    if as_json:
        print_json({"unit": unit, "name": known.name, "on": today, "asked": [_asked(one) for one in asked]})
        return
    heading(known.name, f" ({unit})")
    if not asked:
        out.print(_("Nobody can be asked here. Assign with: bangiao user assign ACCOUNT --role unit_lead --unit KEY"))
        return
    shown = table(_("Role"), _("Name"), _("Account"), _("Role held in"), _("Remark"))
    for one in asked:
        where = "" if one.unit == unit else unit_words(connection, one.unit, today)
        shown.add_row(role_word(one.role), one.person.name, one.person.account, where, _why_asked(one))
    out.print(shown)


def _asked(one: Asked) -> dict[str, Any]:
    who = {name: getattr(one.person, name) for name in ("account", "name", "email", "phone", "language")}
    stands_in_for = one.stands_in_for.account if one.stands_in_for else None
    return {**who, "role": one.role, "unit": one.unit, "stands_in_for": stands_in_for, "absent_until": one.absent_until}


def _why_asked(one: Asked) -> str:
    if one.stands_in_for:
        return _("stands in for {name}").format(name=one.stands_in_for.name)
    return _("absent until {day}").format(day=day(one.absent_until)) if one.absent_until else ""


def show(account: Annotated[str, Parameter(help=_("The person's account."))], /, *, as_json: AsJson = False) -> None:
    wiring = wire()
    make_ready(wiring)
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        record = people_on_record(connection)
        one = record.persons.get(account)
        if one is None:
            raise unknown_person(account, record)
        scope = {held.unit: levels_in_reach(connection, held.unit) for held in record.roles(account)}
        if as_json:
            print_json({**_document(one, record), "scope": {unit: _by_level(found) for unit, found in scope.items()}})
            return
        _person_page(one, record, scope, connection, today)


def _by_level(found: dict[tuple[str, str], int]) -> dict[str, int]:
    return {f"{level}:{generation}": count for (level, generation), count in found.items()}


def _person_page(
    one: Person, record: PeopleOnRecord, scope: dict[UnitKey, Any], connection: Connection, today: date
) -> None:
    heading(one.name, f" ({one.account})")
    out.print(" · ".join(text for text in (one.email, one.phone, _language(one.language)) if text))
    if one.disabled_on:
        words = _("Disabled since {day}: nothing counts any more that this person holds.")
        out.print(words.format(day=day(one.disabled_on)), style="yellow")
    roles = table(_("Role"), _("Unit"), _("From"), _("Until"), _("Reaches"), title=_("Roles"))
    for held in record.roles(one.account):
        over = held.until is not None and held.until < today
        reaches = _("ended") if over else _reaches(scope[held.unit])
        where = unit_words(connection, held.unit, today)
        roles.add_row(
            role_word(held.role), where, day(held.since), day(held.until), reaches, style="dim" if over else ""
        )
    out.print(
        roles if roles.rows else _("No role yet. Assign with: bangiao user assign ACCOUNT --role ROLE --unit KEY")
    )
    if held_absences := record.absences(one.account):
        absences = table(_("Absent"), _("Stands in"), _("From"), _("Until"), _("Reason"), title=_("Absences"))
        for away in held_absences:
            style = "dim" if away.until < today else ""
            absences.add_row(away.absent, away.substitute, day(away.since), day(away.until), away.reason, style=style)
        out.print(absences)


def _reaches(found: dict[tuple[str, str], int]) -> str:
    """How many units a role covers, generation by generation of the register."""
    if sum(found.values()) == 1:
        return _("this unit only")
    lines = []
    for generation in dict.fromkeys(generation for _level, generation in sorted(found)):
        counts = {level: found.get((level, generation), 0) for level in _LEVELS}
        parts = [_LEVELS[level]().format(count=number(count)) for level, count in counts.items() if count]
        lines.append(f"{generation}: {', '.join(parts)}")
    return "\n".join(lines)


def _language(code: str) -> str:
    return {"vi": _("reads Vietnamese"), "en": _("reads English")}.get(code, code)


def role_word(role: PersonRole) -> str:
    return render(role_words(role))


def unit_words(connection: Connection, key: UnitKey, today: date) -> str:
    """A unit by name and key; the whole country by its words."""
    if key == EVERYWHERE:
        return _("the whole country")
    unit = SqlRegister(connection, today).unit(key)
    return f"{unit.name} ({key})" if unit else key


def _document(one: Person, record: PeopleOnRecord) -> dict[str, Any]:
    return {
        **asdict(one),
        "roles": [asdict(held) for held in record.roles(one.account)],
        "absences": [asdict(held) for held in record.absences(one.account)],
    }
