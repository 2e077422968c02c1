"""Commands about people: the rules are checked, the rows are written, and what changed goes on record as an event.

One entry at a time for a command (`put_on_record`), many that a preview has accepted for an import (`write_entries`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import uuid4

from checklists.errors import BadInput
from checklists.events import ASSIGNMENT_RECORDED, PERSON_DISABLED, PERSON_RECORDED, SUBSTITUTION_RECORDED, Event
from checklists.people import Assignment, Person, PersonRole, Substitution
from checklists.people_rules import Entry, PeopleOnRecord, composed, mistakes_in, unknown_person
from checklists.reasons import as_kept
from db.people import (
    disable_person,
    insert_entries,
    people_on_record,
    write_assignment,
    write_person,
    write_substitution,
)
from db.unassigned import askable
from db.unit_of_work import SqlUnitOfWork


class DisablingUnexplained(BadInput):
    """Say why {account} is disabled (--reason). The reason is kept on record."""


@dataclass(frozen=True, slots=True)
class Disabled:
    """Who was disabled, and what nobody can be asked for since: units by role. `substituted`: absent people whose
    substitute is gone."""

    person: Person
    changed: bool
    left_alone: Counter[PersonRole]
    substituted: tuple[str, ...]


def put_on_record(uow: SqlUnitOfWork, entry: Entry, by: str, today: date) -> bool:
    """Write what one command says; False when it stood so already. Raises the first rule it breaks."""
    entry, record = composed(entry), people_on_record(uow.connection)
    for _field, mistake in mistakes_in(entry, record, today):
        raise mistake
    return write_entries(uow, [entry], record, by) == 1


def write_entries(uow: SqlUnitOfWork, entries: Iterable[Entry], before: PeopleOnRecord, by: str) -> int:
    """Write entries that keep the rules, each with its event; gives how many were not so already. `before` is what this
    same transaction found on record."""
    differing = [entry for entry in entries if before.held(entry) != entry]
    insert_entries(uow.connection, (entry for entry in differing if before.held(entry) is None), by, uow.now)
    for entry in differing:
        if before.held(entry) is not None:
            _rewrite(uow, entry, by)
    stamp = uuid4().hex  # not the instant: a clock that stands still (a demonstration) gives it twice
    uow.record(_event(entry, before.held(entry), uow, by, stamp) for entry in differing)
    return len(differing)


def _rewrite(uow: SqlUnitOfWork, entry: Entry, by: str) -> None:
    match entry:
        case Person():
            write_person(uow.connection, entry, uow.now)
        case Assignment():
            write_assignment(uow.connection, entry)
        case Substitution():
            write_substitution(uow.connection, entry, by, uow.now)


def _event(entry: Entry, before: Entry | None, uow: SqlUnitOfWork, by: str, stamp: str) -> Event:
    kind, subject = {
        Person: (PERSON_RECORDED, "account"),
        Assignment: (ASSIGNMENT_RECORDED, "unit"),
        Substitution: (SUBSTITUTION_RECORDED, "absent"),
    }[type(entry)]
    payload = _plain(entry)
    if before is not None:
        was = _plain(before)
        changed = [name for name in payload if payload[name] != was[name]]
        payload = {
            **payload,
            "before": {name: was[name] for name in changed},
            "after": {name: payload[name] for name in changed},
        }
    event_id = ":".join([kind, *map(str, entry.key), stamp])
    return Event(event_id, kind, uow.now, by, getattr(entry, subject), payload, request=f"people:{stamp}")


def _plain(entry: Entry) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, date | StrEnum) else value for name, value in asdict(entry).items()}


def disable(uow: SqlUnitOfWork, account: str, reason: str, by: str, today: date) -> Disabled:
    """From today nothing counts any more that this person holds. Raises UnknownPerson, DisablingUnexplained,
    SaidHides, SaidTooLong."""
    reason = as_kept(reason)
    if not reason:
        raise DisablingUnexplained(account=account)
    record = people_on_record(uow.connection)
    person = record.persons.get(account)
    if person is None:
        raise unknown_person(account, record)
    before = askable(uow.connection, today)
    changed = disable_person(uow.connection, account, today)
    after = askable(uow.connection, today)
    if changed:
        event_id = f"{PERSON_DISABLED}:{account}:{uuid4().hex}"
        said = {"account": account, "disabled_on": str(today), "reason": reason}
        uow.record([Event(event_id, PERSON_DISABLED, uow.now, by, account, said)])
    left_alone = Counter(role for unit in before.units() for role in before.roles(unit) - after.roles(unit))
    missed = {one.absent for one in record.absences(account) if one.substitute == account and one.until >= today}
    return Disabled(person, changed, left_alone, tuple(sorted(missed)))
