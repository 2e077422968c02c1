"""How each person wants to be told: what they chose, or e-mail in office hours where they chose nothing.

`channels`: a JSON list of [kind or name of a channel, address or ""], in order; `windows`: a JSON object of windows by
kind of day or weekday, each [opens, closes], with "quiet" for the quiet hours.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, time
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select

from checklists.escalation.preferences import Channel, Preference, QuietHours, SendWindow
from db.bulk import in_parts
from db.models import table_of
from db.notice_models import ChannelRow, PreferenceRow
from db.statements import Statement
from db.work_models import PersonRow

_QUIET = "quiet"
_USUAL = Preference()
_USUAL_CHANNELS = (("email", ""), ("sms", ""))

_PERSON = table_of(PersonRow)
_DAY: ColumnElement[date] = bindparam("day", type_=_PERSON.c.disabled_on.type)
_PEOPLE = Statement(
    lambda _: select(_PERSON.c.account, _PERSON.c.email, _PERSON.c.phone, _PERSON.c.language).where(
        or_(_PERSON.c.disabled_on.is_(None), _PERSON.c.disabled_on > _DAY)
    )
)


class Preferences(Mapping[str, Preference]):
    """Account → preference, of everybody who may act one day: each is made when it is asked for."""

    def __init__(self, people: Mapping[str, Any], chosen: Mapping[str, Any], enabled: Mapping[str, str]) -> None:
        self._people = people
        self._chosen = chosen
        self._enabled = enabled
        self._made: dict[str, Preference] = {}

    def __getitem__(self, account: str) -> Preference:
        if account not in self._made:
            self._made[account] = _preference(self._people[account], self._chosen.get(account), self._enabled)
        return self._made[account]

    def __iter__(self) -> Iterator[str]:
        return iter(self._people)

    def __len__(self) -> int:
        return len(self._people)

    def hours(self, account: str) -> Preference:
        """Their windows and quiet hours alone; of those who chose none, one and the same for all."""
        return self[account] if account in self._chosen and account in self._people else _USUAL

    def reached(self) -> frozenset[str]:
        """Accounts with a working channel."""
        chosen = {one for one in self._people.keys() & self._chosen.keys() if self[one].working_channels()}
        usual = [kind for kind, _ in _USUAL_CHANNELS if kind in self._enabled]
        others = self._people.keys() - self._chosen.keys() if usual else ()
        return frozenset(chosen.union(one for one in others if self._has_usual(one, usual)))

    def _has_usual(self, account: str, usual: Sequence[str]) -> bool:
        return any(_on_record(self._people[account], self._enabled[kind]) for kind in usual)


def preferences(connection: Connection, day: date) -> Preferences:
    """Of everybody who may act that day."""
    rows = connection.execute(select(ChannelRow.id, ChannelRow.kind).where(ChannelRow.enabled)).all()
    enabled = {row.id: row.kind for row in rows} | {row.kind: row.kind for row in rows}
    chosen = {row.account: row for row in connection.execute(select(table_of(PreferenceRow)))}
    people = _PEOPLE.run(connection, {"day": day}).rows
    return Preferences({row.account: row for row in people}, chosen, enabled)


def quiet_hours(connection: Connection, accounts: Collection[str]) -> dict[str, QuietHours]:
    """Of these people; who has none is not there."""
    found: dict[str, QuietHours] = {}
    for part in in_parts(sorted(accounts)):
        rows = connection.execute(
            select(PreferenceRow.account, PreferenceRow.windows).where(PreferenceRow.account.in_(part))
        )
        for account, windows in rows:
            if quiet := json.loads(windows).get(_QUIET):
                found[account] = _quiet(quiet)
    return found


def _quiet(said: list[str]) -> QuietHours:
    return QuietHours(*map(time.fromisoformat, said))


def _preference(person: Any, chosen: Any, enabled: Mapping[str, str]) -> Preference:
    """`enabled`: kinds of channels, and names of channels, with their kind."""
    listed = json.loads(chosen.channels) if chosen else _USUAL_CHANNELS
    channels = tuple(
        Channel(wish, address.strip() or _on_record(person, enabled.get(wish, wish)), wish in enabled)
        for wish, address in listed
    )
    windows: dict[str, Any] = json.loads(chosen.windows) if chosen else {}
    quiet = windows.pop(_QUIET, None)
    own = {"windows": {name: _windows(said) for name, said in windows.items()}} if windows else {}
    hours = _quiet(quiet) if quiet else None
    return Preference(channels, quiet=hours, language=person.language, **own)


def _on_record(person: Any, kind: str) -> str:
    """Their address where they gave none: what the record of people knows, or the account by which a webhook's receiver
    knows them."""
    known = {"email": person.email, "sms": person.phone, "custom": person.phone}
    return str(known.get(kind, person.account)).strip()


def _windows(said: list[list[str]]) -> tuple[SendWindow, ...]:
    return tuple(SendWindow(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in said)
