"""Whether the audit log is kept up: events get their places, heads are signed in time, and the key is there.

Cheap on purpose; hashing everything anew is `bangiao audit verify`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from bangiao.audit_keys import signer_of
from bangiao.formats import moment, number
from bangiao.health.checks import JUST_NOW, Area, Check, Finding, Look, Verdict
from checklists.errors import HandoverError
from checklists.messages import Message
from db.audit_checkpoints import newest_checkpoint
from db.audit_log import log_size, waiting_since
from db.audit_reading import missing_guards

_START = Message("Start the worker (bangiao up), or sign by hand: bangiao audit checkpoint")


def kept_up(look: Look) -> Verdict:
    """An installation that has never sequenced anything runs no worker yet: that is no finding."""
    with look.record() as connection:
        size = log_size(connection)
        if not size:
            return Verdict(Message("Nothing has a place in it yet; the worker gives it, or: bangiao audit checkpoint"))
        findings = [*_late(look, connection), *_unsigned(look, connection, size), *_unguarded(connection)]
        if newest_checkpoint(connection):
            findings += _key(look)
    return Verdict(Message("{size} entries, signed in time.", {"size": number(size)}), findings)


def _late(look: Look, connection: Connection) -> Iterator[Finding]:
    count, oldest = waiting_since(connection)
    if oldest is not None and look.wiring.now() - oldest > JUST_NOW:
        words = Message("{count} events wait for their place in the audit log, the oldest since {since}.")
        told = {"count": number(count), "since": moment(oldest)}
        yield Finding(Message(words.msgid, told), _START, "audit_waiting")


def _unsigned(look: Look, connection: Connection, size: int) -> Iterator[Finding]:
    newest = newest_checkpoint(connection)
    if newest is None:
        yield Finding(Message("The audit log was never signed."), _START, "checkpoint")
    elif newest.size < size and look.wiring.now() - newest.made_at > 2 * look.wiring.settings.checkpoint_period:
        words = Message("The audit log was signed last at {made}; {count} entries came since.")
        told = {"made": moment(newest.made_at), "count": number(size - newest.size)}
        yield Finding(Message(words.msgid, told), _START, "checkpoint")


def _unguarded(connection: Connection) -> Iterator[Finding]:
    for name in missing_guards(connection):
        words = Message("The trigger {name}, which keeps the audit log, is gone.")
        todo = Message("Find out who took it away, and verify the log: bangiao audit verify")
        yield Finding(Message(words.msgid, {"name": name}), todo, name)


def _key(look: Look) -> Iterator[Finding]:
    try:
        signer_of(look.wiring.settings)
    except HandoverError as error:
        todo = Message("Until then nothing is signed; what comes meanwhile could vanish unseen.")
        yield Finding(error.message, todo, "audit.key")


CHECKS = (Check("audit-log", Area.RECORD, Message("Audit log"), kept_up, grave=False),)
