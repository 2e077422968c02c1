"""How each person wants to be told: what they chose, or e-mail in office hours where they chose nothing.

`channels`: a JSON list of [kind or name of a channel, address or ""], in order; `windows`: a JSON object of windows by
kind of day or weekday, each [opens, closes], with "quiet" for the quiet hours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from sqlalchemy import Connection, select

from checklists.escalation.preferences import Channel, Preference, QuietHours, SendWindow
from db.models import table_of
from db.notice_models import ChannelRow, PreferenceRow
from db.work_models import PersonRow

_QUIET = "quiet"


def preferences(connection: Connection, day: date) -> dict[str, Preference]:
    """Account → preference, of everybody who may act that day."""
    rows = connection.execute(select(ChannelRow.id, ChannelRow.kind).where(ChannelRow.enabled)).all()
    enabled = {row.id: row.kind for row in rows} | {row.kind: row.kind for row in rows}
    chosen = {row.account: row for row in connection.execute(select(table_of(PreferenceRow)))}
    people = connection.execute(select(table_of(PersonRow)))
    return {
        row.account: _preference(row, chosen.get(row.account), enabled)
        for row in people
        if row.disabled_on is None or row.disabled_on > day
    }


def _preference(person: Any, chosen: Any, enabled: Mapping[str, str]) -> Preference:
    """`enabled`: kinds of channels, and names of channels, with their kind."""
    usual = [["email", ""], ["sms", ""]]
    listed = json.loads(chosen.channels) if chosen else usual
    channels = tuple(
        Channel(wish, address.strip() or _on_record(person, enabled.get(wish, wish)), wish in enabled)
        for wish, address in listed
    )
    windows: dict[str, Any] = json.loads(chosen.windows) if chosen else {}
    quiet = windows.pop(_QUIET, None)
    own = {"windows": {name: _windows(said) for name, said in windows.items()}} if windows else {}
    hours = QuietHours(*map(time.fromisoformat, quiet)) if quiet else None
    return Preference(channels, quiet=hours, language=person.language, **own)


def _on_record(person: Any, kind: str) -> str:
    """Their address where they gave none: what the record of people knows, or the account by which a webhook's receiver
    knows them."""
    known = {"email": person.email, "sms": person.phone, "custom": person.phone}
    return str(known.get(kind, person.account)).strip()


def _windows(said: list[list[str]]) -> tuple[SendWindow, ...]:
    return tuple(SendWindow(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in said)
