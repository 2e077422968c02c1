"""Orders that came with a key of their sender: carried out once, however often they come.

The key is noted in the transaction that carries the order out, so there is no moment in which one stands without the
other. A refused order leaves no key behind: it may be sent again when the reason is gone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select, update

from checklists.errors import BadInput, HandoverError
from db.bulk import into_if_new
from db.models import table_of
from db.sign_in_models import CarriedOutRow
from db.statements import Statement

_DONE = table_of(CarriedOutRow)

KEPT = timedelta(days=90)
"""A phone that was offline for longer sends its orders with keys that are not known any more."""


class CarriedOutBefore(HandoverError):
    """This was carried out already, at {when}. Nothing was done a second time."""


class KeyOfAnother(BadInput):
    """The key {key} was used for something else. A key stands for one order: make up a new one for another."""


_KNOWN = Statement(
    lambda _: select(_DONE.c.order_hash, _DONE.c.at).where(
        _DONE.c.account == bindparam("of_account", type_=_DONE.c.account.type),
        _DONE.c.key == bindparam("of_key", type_=_DONE.c.key.type),
    )
)
_NOTE = Statement(lambda dialect: into_if_new(_DONE, dialect), ("account", "key", "order_hash", "at"))


def carry_out_once(connection: Connection, account: str, key: str, order_hash: str, now: datetime) -> None:
    """Note the key. Raises CarriedOutBefore where it is noted for the same order, KeyOfAnother for another.

    On PostgreSQL, where the same key is being noted by another transaction, its end is waited for."""
    if _NOTE.run(connection, {"account": account, "key": key, "order_hash": order_hash, "at": now}).count:
        return
    held = _KNOWN.run(connection, {"of_account": account, "of_key": key}).rows[0]
    if held.order_hash != order_hash:
        raise KeyOfAnother(key=key)
    raise CarriedOutBefore(when=held.at)


def was_carried_out(connection: Connection, account: str, key: str, order_hash: str) -> bool:
    """Whether this order was, so that no rule needs to be asked again. Raises KeyOfAnother."""
    same = (_DONE.c.account == account, _DONE.c.key == key)
    held = connection.scalars(select(_DONE.c.order_hash).where(*same)).one_or_none()
    if held not in {None, order_hash}:
        raise KeyOfAnother(key=key)
    return held is not None


def keep_answer(connection: Connection, account: str, key: str, answer: str) -> None:
    """What the sender is told, in the transaction that carries the order out."""
    same = (_DONE.c.account == account, _DONE.c.key == key)
    connection.execute(update(_DONE).where(*same).values(answer=answer))


def kept_answer(connection: Connection, account: str, key: str) -> str:
    """What the sender of this order was told the first time; "" if that was not kept."""
    same = (_DONE.c.account == account, _DONE.c.key == key)
    return connection.scalars(select(_DONE.c.answer).where(*same)).one_or_none() or ""


def forget_old(connection: Connection, now: datetime) -> None:
    connection.execute(delete(_DONE).where(_DONE.c.at < now - KEPT))
