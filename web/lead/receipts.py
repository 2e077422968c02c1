"""Receipts: every order has a code that its sender and the record know it by, the same however often it is sent."""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection

from bangiao.i18n import _
from checklists.deadlines import VIETNAM
from db.step_surroundings import receipt_of

_ID = re.compile(r"[0-9a-f]{32}")


def order_id(account: str, once: str) -> str:
    """Follows from the sender's key: sending it again gives the same."""
    return sha256(f"{account}\0{once}".encode()).hexdigest()[:32]


def code(named: str | None) -> str:
    """As people read it out on the telephone; "" for what was not ordered on a page."""
    return f"BG-{named[:4].upper()}-{named[4:8].upper()}" if named and _ID.fullmatch(named) else ""


def receipt(connection: Connection, step: int, named: str) -> str:
    """The words for what is on record under this id; "" if nothing is."""
    if not _ID.fullmatch(named):
        return ""
    found = receipt_of(connection, step, named)
    if found is None:
        return ""
    words = _("Recorded at {time} – code {code}").format(time=_when(found.at), code=code(named))
    made = written_at(found.made_at)
    return f"{words} · {_('written on the device at {time}').format(time=_when(made))}" if made else words


def written_at(text: str) -> datetime | None:
    """A device's instant with its zone; None for anything else."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _when(instant: datetime) -> str:
    return f"{instant.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
