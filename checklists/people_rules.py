"""What must be true of a person, a role and an absence before they go on record.

Each function yields every broken rule with the field it is about; a command says the first, an import all of them with
their lines. Units are the register's business (`checklists.unit_mentions`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date
from difflib import get_close_matches

from checklists import people_errors as errors
from checklists.errors import BadInput
from checklists.messages import Message
from checklists.people import Assignment, Person, Substitution, role_words
from checklists.places import quoted
from checklists.text_rules import text_mistakes

Entry = Person | Assignment | Substitution
Mistakes = Iterator[tuple[str, BadInput]]

LANGUAGES = ("vi", "en")
_ACCOUNT = re.compile(r"[a-z0-9._-]{2,40}")
_EMAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
_PHONE = re.compile(r"\+?[0-9(][0-9 .()-]*")
_LONGEST = 200
_PHONE_DIGITS = range(8, 16)
_OPEN = Message("further notice")


class PeopleOnRecord:
    """Persons, roles and absences that are on record, or will be with the rows read so far."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.persons: dict[str, Person] = {}
        self._roles: dict[str, dict[object, Assignment]] = {}
        self._absences: dict[str, dict[object, Substitution]] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Put it beside the others, in place of the one with the same key."""
        match entry:
            case Person():
                self.persons[entry.account] = entry
            case Assignment():
                self._roles.setdefault(entry.person, {})[entry.key] = entry
            case Substitution():
                for account in (entry.absent, entry.substitute):
                    self._absences.setdefault(account, {})[entry.key] = entry

    def held(self, entry: Entry) -> Entry | None:
        """What stands under the same key."""
        match entry:
            case Person():
                return self.persons.get(entry.account)
            case Assignment():
                return self._roles.get(entry.person, {}).get(entry.key)
            case Substitution():
                return self._absences.get(entry.absent, {}).get(entry.key)

    def roles(self, account: str) -> list[Assignment]:
        return sorted(self._roles.get(account, {}).values(), key=lambda one: (one.since, one.role, one.unit))

    def absences(self, account: str) -> list[Substitution]:
        """Those in which this person is absent, or stands in."""
        return sorted(self._absences.get(account, {}).values(), key=lambda one: (one.since, one.absent))


def mistakes_in(entry: Entry, record: PeopleOnRecord, today: date) -> Mistakes:
    """Every rule this entry breaks, with the field it is about."""
    match entry:
        case Person():
            yield from _of_person(entry, record)
        case Assignment():
            yield from _of_assignment(entry, record, today)
        case Substitution():
            yield from _of_substitution(entry, record, today)


def _of_person(one: Person, record: PeopleOnRecord) -> Mistakes:
    held = record.persons.get(one.account)
    if held is None and not _ACCOUNT.fullmatch(one.account):
        yield "account", errors.BadAccount(account=quoted(one.account))
    if held and held.disabled_on and held != one:
        yield "account", errors.AccountRetired(account=held.account, name=held.name, day=held.disabled_on)
    if not one.name.strip() or len(one.name) > _LONGEST:
        yield "name", errors.NameMissing(account=one.account, limit=_LONGEST)
    for mistake in text_mistakes(one.name, "name"):
        yield "name", mistake
    if one.email and not (one.email.isascii() and len(one.email) <= _LONGEST and _EMAIL.fullmatch(one.email)):
        yield "email", errors.BadEmail(email=quoted(one.email))
    if one.phone and not _is_phone(one.phone):
        yield "phone", errors.BadPhone(phone=quoted(one.phone))
    if one.language not in LANGUAGES:
        yield "language", errors.BadLanguage(language=quoted(one.language), known=LANGUAGES)


def own_mailbox(one: Person, record: PeopleOnRecord) -> None:
    """Raises MailboxTaken where somebody else who may act has this e-mail address. Two accounts of one person would be
    two persons to every rule that asks for a second one."""
    held = record.persons.get(one.account)
    if not one.email or (held and held.email == one.email):
        return
    for other in record.persons.values():
        same = other.email.casefold() == one.email.casefold() and other.account != one.account
        if same and other.disabled_on is None:
            raise errors.MailboxTaken(email=one.email, other=other.account, name=other.name)


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and sum(char.isdigit() for char in text) in _PHONE_DIGITS


def _of_assignment(one: Assignment, record: PeopleOnRecord, today: date) -> Mistakes:
    held = record.held(one)
    if held is None or not _ends_earlier(one, held):
        yield from _not_there("person", one.person, record)
    if one.until is not None and one.until < one.since:
        yield "until", errors.EndsBeforeItBegins(since=one.since, until=one.until)
    elif held is None and one.until is not None and one.until < today:
        yield "until", errors.RoleOver(until=one.until)
    for other in record.roles(one.person):
        if (other.role, other.unit) == (one.role, one.unit) and other.key != one.key and _overlap(one, other):
            words = {"person": one.person, "role": role_words(one.role), "unit": one.unit}
            yield "since", errors.RoleHeld(**words, since=other.since, until=other.until or _OPEN)


def _ends_earlier(one: Assignment, held: Entry) -> bool:
    return isinstance(held, Assignment) and one.until is not None and one.until < (held.until or date.max)


def _of_substitution(one: Substitution, record: PeopleOnRecord, today: date) -> Mistakes:
    held = record.held(one)
    if one.absent == one.substitute:
        yield "substitute", errors.OwnSubstitute(person=one.absent)
        return
    if held is None:
        yield from _not_there("absent", one.absent, record)
        yield from _not_there("substitute", one.substitute, record)
    if one.until < one.since:
        yield "until", errors.AbsenceBackwards(since=one.since, until=one.until)
        return
    if held is None and one.until < today:
        yield "until", errors.AbsenceOver(until=one.until)
    for mistake in text_mistakes(one.reason, "reason"):
        yield "reason", mistake
    if one.absent in record.persons and not any(_overlap(one, role) for role in record.roles(one.absent)):
        yield "absent", errors.NoRoleToStandIn(absent=one.absent, since=one.since, until=one.until)
    yield from _in_each_others_way(one, record)


def _in_each_others_way(one: Substitution, record: PeopleOnRecord) -> Mistakes:
    """A substitute must be there: not absent in these days, and neither may the absent person be a substitute then."""
    for other in {other.key: other for who in (one.substitute, one.absent) for other in record.absences(who)}.values():
        if other.key == one.key or not _overlap(one, other):
            continue
        days = {"since": other.since, "until": other.until}
        if other.absent == one.substitute:
            yield "substitute", errors.SubstituteAbsent(substitute=one.substitute, other=other.substitute, **days)
        elif other.substitute == one.absent:
            yield "absent", errors.StandsInMeanwhile(absent=one.absent, other=other.absent, **days)
        elif (other.absent, other.substitute) == (one.absent, one.substitute):
            yield "since", errors.AbsenceHeld(substitute=one.substitute, absent=one.absent, **days)


def _overlap(one: Assignment | Substitution, other: Assignment | Substitution) -> bool:
    return one.since <= (other.until or date.max) and other.since <= (one.until or date.max)


def _not_there(field: str, account: str, record: PeopleOnRecord) -> Mistakes:
    person = record.persons.get(account)
    if person is None:
        yield field, unknown_person(account, record)
    elif person.disabled_on is not None:
        yield field, errors.PersonDisabled(account=account, name=person.name, day=person.disabled_on)


def unknown_person(account: str, record: PeopleOnRecord) -> errors.UnknownPerson:
    """The mistake, with the account that was probably meant."""
    near = get_close_matches(account, record.persons, n=1)
    hint = Message("Is {found} meant?", {"found": near[0]}) if near else Message("Nobody has an account like it.")
    return errors.UnknownPerson(account=quoted(account), hint=hint)


def composed(entry: Entry) -> Entry:
    """The entry with its texts in Unicode form NFC and without blanks around them, as people type them."""
    texts = {one.name: getattr(entry, one.name) for one in fields(entry)}
    kept = {name: unicodedata.normalize("NFC", value).strip() for name, value in texts.items() if type(value) is str}
    return type(entry)(**{**texts, **kept})
