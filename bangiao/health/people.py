"""Whoever is asked can act: somebody for every open step, nobody disabled, a substitute during each absence."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from bangiao.health.checks import Area, Check, Finding, Look, Verdict
from bangiao.succession import move_work
from checklists.messages import Message
from checklists.people import role_words
from db.findings import MOST
from db.findings_people import Absence, absences, idle_roles
from db.succession_of_work import decisions_in_force
from db.unassigned import unassigned


def somebody(look: Look) -> Verdict:
    """The steps of `bangiao status --unassigned`."""
    with look.record() as connection:
        lines = unassigned(connection, look.wiring.today())
    found = []
    for one in lines[:MOST]:
        told = {"unit": one.unit, "name": one.name, "role": role_words(one.role), "steps": one.steps}
        what = Message("Nobody is {role} in {unit} {name}: {steps} open steps.", told)
        todo = Message(
            "Appoint somebody: bangiao user assign ACCOUNT --role {key} --unit UNIT", {"key": one.role.value}
        )
        found.append(Finding(what, todo, one.unit))
    return Verdict(Message("Somebody can be asked for every open step."), found, len(lines))


def able(look: Look) -> Verdict:
    """Roles in force belong to people who may act."""
    with look.record() as connection:
        idle = idle_roles(connection, look.wiring.today())
    end = Message("End them: bangiao user assign {account} --role ROLE --unit UNIT --until DAY")
    add = Message("Put the person on record: bangiao user add {account}")
    disabled = Message("{account} is disabled since {day} and still holds roles: {roles}.")
    unknown = Message("{account} is not on record and holds roles: {roles}.")
    found = []
    for one in idle:
        told = {"account": one.account, "day": one.disabled_on, "roles": one.roles}
        what, todo = (disabled, end) if one.disabled_on else (unknown, add)
        found.append(Finding(Message(what.msgid, told), Message(todo.msgid, told), one.account))
    return Verdict(Message("Everybody who holds a role may act."), found)


def stood_in_for(look: Look) -> Verdict:
    """Behind everybody absent there is somebody who is there and may act."""
    with look.record() as connection:
        now = absences(connection, look.wiring.today())
    away = {one.absent for one in now}
    covered = {one.absent for one in now if one.able and one.substitute not in away}
    left = {one.absent: one for one in now if one.absent not in covered}
    return Verdict(Message("Somebody stands in for everybody absent."), [_alone(one) for one in left.values()])


def _alone(one: Absence) -> Finding:
    told = {"absent": one.absent, "substitute": one.substitute, "until": one.until}
    what = Message("{absent} is absent until {until}, and {substitute}, who stands in, is absent or disabled.", told)
    todo = Message("Name somebody else: bangiao user substitute {absent} ACCOUNT --until DAY", told)
    return Finding(what, todo, one.absent)


def moved(look: Look) -> Verdict:
    """From the day after a decision's operational date on, its dissolved units owe nothing."""
    yesterday = look.wiring.today() - timedelta(days=1)
    with look.record() as connection:
        due = [one.number for one in decisions_in_force(connection, yesterday) if one.opened]
    found: list[Finding] = []
    with look.progress(Message("Work of dissolved units"), len(due)) as advance:
        for number in due:
            found += _unmoved(look, number)
            advance()
    return Verdict(Message("No dissolved unit owes an open step."), found)


def _unmoved(look: Look, number: str) -> list[Finding]:
    division = move_work(look.wiring, number, dry_run=True).division
    told = {"number": number, "moving": division.moved, "units": division.givers, "staying": division.stayed}
    found = []
    if division.moved:
        what = Message("{moving} open steps of {units} units that decision {number} dissolved have not moved.", told)
        found.append(Finding(what, Message("Move them: bangiao decision move-work {number}", told), number))
    if division.stayed:
        what = Message("{staying} open steps of dissolved units cannot move by decision {number}.", told)
        todo = Message("See why: bangiao decision move-work {number} --dry-run", told)
        found.append(Finding(what, todo, number))
    return found


_check = partial(Check, area=Area.PEOPLE, grave=False)

CHECKS = (
    _check("somebody-to-ask", title=Message("Somebody to ask"), look=somebody),
    _check("idle-roles", title=Message("Roles of the disabled"), look=able),
    _check("absences", title=Message("Absences"), look=stood_in_for),
    _check("moved-work", title=Message("Dissolved units"), look=moved),
)
