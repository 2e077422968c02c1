"""What a package wants of the audit log: a signed head over everything that happened, its public key, a time stamp."""

from __future__ import annotations

from bangiao.audit_keys import verifier_keys
from bangiao.audit_log import EXPORT, make_checkpoint
from bangiao.audit_stamps import NoTimeStamp, time_stamp
from bangiao.settings import Settings
from bangiao.wiring import Wiring
from checklists.messages import Message


def log_brought_up_to_date(wiring: Wiring) -> int:
    """Sequence what waits and sign a head; gives its size. Raises what `make_checkpoint` raises."""
    return make_checkpoint(wiring, EXPORT).size


def log_verifier_key(settings: Settings) -> str:
    """The keys by which the heads are checked, one a line, the newest last, as C2SP signed notes write them."""
    return "".join(f"{one}\n" for one in verifier_keys(settings))


def stamped(settings: Settings, signature: bytes) -> tuple[bytes | None, Message | None]:
    """A time stamp over a package's signature; or why there is none, where there is an authority. A package is good
    without it, and it can be added later."""
    if not settings.tsa_url:
        return None, None
    try:
        return time_stamp(settings, signature), None
    except NoTimeStamp as error:
        return None, error.message
