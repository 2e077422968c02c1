"""Names of notices and digests: equal for the same notice whoever works it out, and however often.

levels + recipients → **ids** → rows. A second review, another worker or a sender after a crash arrive at the same id,
and the recipient's system can tell the copy by it.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime


def notice_id(step_id: int, level: str, due_on: date, repeat: int, recipient: str, channel: str) -> str:
    """32 hex digits for one level of one due date of one step, to one recipient by one kind of channel."""
    return _hashed("notice", str(step_id), level, due_on.isoformat(), str(repeat), recipient, channel)


def digest_key(person: str, window_start: datetime) -> str:
    """32 hex digits for all that one person is told in the window which starts then."""
    return _hashed("digest", person, window_start.astimezone(UTC).isoformat())


def _hashed(*parts: str) -> str:
    """Each part with its length before it, so that no two lists of parts read alike."""
    said = "".join([f"{len(part)}:{part}" for part in parts])
    return hashlib.sha256(said.encode()).hexdigest()[:32]
