"""Between the password and the code, and the codes for the day the telephone is lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from db.models import table_of
from db.sign_in_models import CodeAwaitedRow, RecoveryCodeRow

_AWAITED, _RECOVERY = table_of(CodeAwaitedRow), table_of(RecoveryCodeRow)


@dataclass(frozen=True, slots=True)
class CodeAwaited:
    """Whose code is awaited, and whether the password was right."""

    token_hash: str
    account: str
    password_right: bool
    try_id: str
    expires_at: datetime


def await_code(connection: Connection, one: CodeAwaited, now: datetime) -> None:
    connection.execute(delete(_AWAITED).where(_AWAITED.c.expires_at < now))
    connection.execute(insert(_AWAITED).values({name: getattr(one, name) for name in CodeAwaited.__slots__}))


def code_awaited(connection: Connection, token_hash: str, now: datetime) -> CodeAwaited | None:
    query = select(*_AWAITED.c).where(_AWAITED.c.token_hash == token_hash, _AWAITED.c.expires_at > now)
    row = connection.execute(query).one_or_none()
    return CodeAwaited(**row._mapping) if row else None


def await_no_more(connection: Connection, token_hash: str) -> bool:
    """False when somebody else was first."""
    return connection.execute(delete(_AWAITED).where(_AWAITED.c.token_hash == token_hash)).rowcount == 1


def write_recovery_codes(connection: Connection, account: str, hashes: Iterable[str]) -> None:
    """These in the place of those before."""
    connection.execute(delete(_RECOVERY).where(_RECOVERY.c.account == account))
    for one in hashes:
        connection.execute(insert(_RECOVERY).values(account=account, code_hash=one, used_at=None))


def use_recovery_code(connection: Connection, account: str, code_hash: str, now: datetime) -> bool:
    """Use it up; False when it was used, or is none."""
    good = (_RECOVERY.c.account == account, _RECOVERY.c.code_hash == code_hash, _RECOVERY.c.used_at.is_(None))
    return connection.execute(update(_RECOVERY).where(*good).values(used_at=now)).rowcount == 1


def recovery_codes_left(connection: Connection, account: str) -> int:
    query = select(func.count()).select_from(_RECOVERY).where(_RECOVERY.c.account == account)
    return int(connection.scalar(query.where(_RECOVERY.c.used_at.is_(None))) or 0)
