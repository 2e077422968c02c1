"""One entry with what proves it: its document, what opens it, its path to a root, and the checkpoint with that root."""

from __future__ import annotations

from typing import Any

from bangiao.wiring import Wiring
from checklists.audit.leaf import disclosures
from checklists.errors import BadInput
from db.audit_checkpoints import checkpoint_of
from db.audit_log import LoggedEvent, log_size, tree
from db.session import begin_read


class NoProofOfThatSize(BadInput):
    """Entry {index} cannot be proved in a log of {size} entries: the log has {now} now, and the size must be between
    {least} and that."""


def prove(wiring: Wiring, entry: LoggedEvent, size: int | None = None) -> dict[str, Any]:
    """Plain data; the leaf hash is SHA-256 of a zero byte and `document` in canonical JSON.

    Raises NoProofOfThatSize.
    """
    with begin_read(wiring.engine) as connection:
        now = log_size(connection)
        size = now if size is None else size
        if not entry.index < size <= now:
            raise NoProofOfThatSize(index=entry.index, size=size, now=now, least=entry.index + 1)
        found = tree(connection, size)
        signed = checkpoint_of(connection, size)
        opened = disclosures(entry.event, entry.seed, entry.erased)
        return {
            "index": entry.index,
            "size": size,
            "document": entry.document(),
            "disclosures": {name: {"salt": one.salt, "value": one.value} for name, one in opened.items()},
            "leaf_hash": entry.leaf_hash.hex(),
            "path": [one.hex() for one in found.inclusion_proof(entry.index)],
            "root": found.root().hex(),
            "checkpoint": signed.text if signed else None,
        }
