"""Tries to sign in, counted before they are made, and the browsers that have a count of their own.

A try is taken in the same transaction that counts the others: a thousand guesses at once are ten guesses. What turns
out right is given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, func, insert, select, update

from db.models import table_of
from db.sign_in_models import FailedTryRow, KnownDeviceRow

_TRY, _DEVICE = table_of(FailedTryRow), table_of(KnownDeviceRow)


def take_try(
    connection: Connection, try_id: str, counts: Sequence[tuple[str, int]], now: datetime, since: datetime
) -> bool:
    """Take a try from each of these counts (whose it is, and how many there are since then); False, and none taken,
    where one of them is used up."""
    whose = [(_hashed(whom), most) for whom, most in counts]
    if connection.dialect.name == "postgresql":  # on SQLite there is one writer anyway
        for whom, _most in whose:
            connection.execute(select(func.pg_advisory_xact_lock(int(whom[:15], 16))))
    connection.execute(delete(_TRY).where(_TRY.c.at < since))
    if any(_taken(connection, whom, since) >= most for whom, most in whose):
        return False
    for place, (whom, _most) in enumerate(whose):
        connection.execute(insert(_TRY).values(id=f"{try_id}:{place}", whom=whom, at=now))
    return True


def give_back_try(connection: Connection, try_id: str) -> None:
    """It was none: the password was right."""
    connection.execute(delete(_TRY).where(_TRY.c.id.in_([f"{try_id}:0", f"{try_id}:1"])))


def _taken(connection: Connection, whom: str, since: datetime) -> int:
    query = select(func.count()).select_from(_TRY).where(_TRY.c.whom == whom, _TRY.c.at > since)
    return int(connection.scalar(query) or 0)


def _hashed(text: str) -> str:
    """A name typed into the wrong field, or an address, is nobody's business."""
    return sha256(text.encode()).hexdigest()


def is_known_device(connection: Connection, token_hash: str, account: str) -> bool:
    query = select(_DEVICE.c.account).where(_DEVICE.c.token_hash == token_hash, _DEVICE.c.account == account)
    return connection.scalar(query) is not None


def remember_device(connection: Connection, before: str, token_hash: str, account: str, now: datetime) -> None:
    """This browser under its new token, for this account and for those it was known for before; the old token is worth
    nothing any more, wherever it came from."""
    connection.execute(update(_DEVICE).where(_DEVICE.c.token_hash == before).values(token_hash=token_hash))
    mine = (_DEVICE.c.token_hash == token_hash, _DEVICE.c.account == account)
    if not connection.execute(update(_DEVICE).where(*mine).values(seen_at=now)).rowcount:
        connection.execute(insert(_DEVICE).values(token_hash=token_hash, account=account, seen_at=now))


def forget_devices(connection: Connection, account: str, keep: str = "") -> None:
    """All browsers of an account but one."""
    connection.execute(delete(_DEVICE).where(_DEVICE.c.account == account, _DEVICE.c.token_hash != keep))


def forget_old_devices(connection: Connection, before: datetime) -> None:
    connection.execute(delete(_DEVICE).where(_DEVICE.c.seen_at < before))
