"""The log kept up to date: what waits is sequenced, and the tree's head is signed every so many entries and every hour.

The worker's loop calls `LogKeeper.keep` every second; `audit checkpoint` and exports call `make_checkpoint`. A new head
is signed only if the tree still continues the newest one that was: this key never signs a rewritten log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bangiao.audit_keys import signer_of
from bangiao.audit_stamps import stamp_newest
from bangiao.settings import Settings
from bangiao.wiring import Wiring
from checklists.audit.checkpoint import Checkpoint
from checklists.errors import HandoverError
from db.audit_checkpoints import StoredCheckpoint, checkpoint_of, keep_checkpoint, newest_checkpoint
from db.audit_log import log_size, sequence_all, tree
from db.session import begin_read
from evidence.signing.notes import sign

BY_COUNT, BY_TIME, ASKED, EXPORT = "entries", "period", "asked", "export"
"""Why a checkpoint was made."""

log = logging.getLogger("bangiao.audit")


class NothingLogged(HandoverError):
    """Nothing is on record yet, so there is nothing to sign."""


class LogRewritten(HandoverError):
    """The audit log no longer continues its newest checkpoint ({size} entries, made on {made}): it was changed or cut,
    and nothing is signed any more. Find the first bad entry with: bangiao audit verify"""


def sequence_now(wiring: Wiring) -> int:
    """Give everything that waits its place in the log; says how many got one."""
    return sequence_all(wiring.engine)


def make_checkpoint(wiring: Wiring, why: str = ASKED) -> StoredCheckpoint:
    """Sequence what waits and sign the log as it is now; where it has not grown since the newest checkpoint, that one.
    Raises NothingLogged, LogRewritten, and what is wrong with the key."""
    sequence_now(wiring)
    with begin_read(wiring.engine) as connection:
        size, newest = log_size(connection), newest_checkpoint(connection)
        if newest is not None:
            _continues(tree(connection, newest.size).root() if newest.size <= size else b"", newest)
        if newest is not None and newest.size == size:
            return newest
        if size == 0:
            raise NothingLogged
        root = tree(connection, size).root()
    signer = signer_of(wiring.settings, first_use=newest is None)
    signed = sign(Checkpoint(signer.verifier_key.name, size, root), signer)
    made = StoredCheckpoint(size, root, signed.text(), wiring.now(), why)
    if not keep_checkpoint(wiring.engine, made):  # somebody else was faster; theirs holds
        with begin_read(wiring.engine) as connection:
            return checkpoint_of(connection, size) or made
    log.info("Checkpoint of %d entries signed as %s", size, signer.verifier_key.name)
    return made


def _continues(root: bytes, newest: StoredCheckpoint) -> None:
    if root != newest.root:
        raise LogRewritten(size=newest.size, made=newest.made_at)


def checkpoint_due(wiring: Wiring) -> str | None:
    """Why a checkpoint is to be made now; None where it is not."""
    settings, now = wiring.settings, wiring.now()
    with begin_read(wiring.engine) as connection:
        size, newest = log_size(connection), newest_checkpoint(connection)
    signed, made_at = (newest.size, newest.made_at) if newest else (0, None)
    if size - signed >= settings.checkpoint_entries:
        return BY_COUNT
    return BY_TIME if size > signed and _old_enough(made_at, now, settings) else None


def _old_enough(made_at: datetime | None, now: datetime, settings: Settings) -> bool:
    return made_at is None or now - made_at >= settings.checkpoint_period or made_at > now


@dataclass
class LogKeeper:
    """What the loop keeps between two rounds: it asks whether a checkpoint is due only when something came in, or once
    in a while, so that an idle round is one query."""

    wiring: Wiring
    _said: dict[str, str] = field(default_factory=dict, init=False)
    _rounds: int = field(default=0, init=False)

    def keep(self) -> None:
        """One round. What is wrong with key or log is said once, not every second; the doctor says it, too."""
        fresh = sequence_now(self.wiring)
        self._rounds += 1
        if not fresh and self._rounds % _LOOK_EVERY != 1:
            return
        with self._said_once("No checkpoint"):
            if why := checkpoint_due(self.wiring):
                make_checkpoint(self.wiring, why)

    def stamp(self) -> None:
        """Have the newest checkpoint stamped, where an authority is set; by itself, since that may take its time."""
        with self._said_once("No time stamp"):
            stamp_newest(self.wiring)

    @contextmanager
    def _said_once(self, what: str) -> Iterator[None]:
        try:
            yield
        except HandoverError as error:
            if self._said.get(what) != str(error):
                self._said[what] = str(error)
                log.error("%s: %s", what, error)
        else:
            self._said.pop(what, None)


_LOOK_EVERY = 15
