"""A second factor: codes from an app on the telephone (TOTP, RFC 6238), and codes on paper for the day it is lost.

The secret stands sealed in the record, as channels' secrets do. A code counts for its half minute and the ones beside
it, and once.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import Connection

from bangiao.channels import sealing_keys
from bangiao.settings import Settings
from checklists.sign_in import RECOVERY_CODES
from db.channels import channels_on_record
from db.sign_in import Credential, Session, any_totp, credential, use_totp
from db.sign_in_codes import use_recovery_code
from notifiers.secrets import Keys, seal, unseal

_DIGITS, _STEP, _SECRET = 6, 30, 20
_RECOVERY_BYTES = 10
"""16 letters: nobody guesses them, online or from their hashes."""


def secret_for(session_token: str, once: str) -> bytes:
    """A new secret that a page shows and its form names by `once` alone: it follows from the session's token, so that
    nothing has to be kept for somebody who goes away, and nobody can choose a secret themselves."""
    return hmac.new(session_token.encode(), f"second factor:{once}".encode(), sha256).digest()[:_SECRET]


def as_text(secret: bytes) -> str:
    """As people type it into an app, in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def otpauth(secret: bytes, account: str) -> str:
    """The address that an app on the same telephone opens."""
    query = urlencode({"secret": base64.b32encode(secret).decode(), "issuer": "bangiao"})
    return f"otpauth://totp/{quote(f'bangiao:{account}')}?{query}"


def step_of_code(secret: bytes, code: str, now: datetime) -> int | None:
    """The time step whose code this is: now, or the one before or after."""
    totp, given = _totp(secret), "".join(code.split()).encode()
    current = int(now.timestamp()) // _STEP
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(totp.generate(step * _STEP), given):
            return step
    return None


def code_at(secret: bytes, moment: datetime) -> str:
    """What the app shows then."""
    return _totp(secret).generate(int(moment.timestamp())).decode()


def keys_for_sealing(connection: Connection, settings: Settings) -> Keys:
    """The installation's; made here where nothing is sealed with any yet."""
    first = not channels_on_record(connection) and not any_totp(connection)
    return sealing_keys(settings, first_use=first)


def sealed_secret(connection: Connection, settings: Settings, account: str, secret: bytes) -> str:
    keys = keys_for_sealing(connection, settings)
    return seal(base64.b32encode(secret).decode(), keys, f"totp:{account}")


def accepts(connection: Connection, settings: Settings, known: Credential, code: str, now: datetime) -> bool:
    """Whether this code is right, and use it up: of the app, or one of those on paper."""
    secret = unseal(known.totp, sealing_keys(settings), f"totp:{known.account}").reveal()
    step = step_of_code(base64.b32decode(secret), code, now)
    if step is not None:
        return use_totp(connection, known.account, step)
    return use_recovery_code(connection, known.account, recovery_hash(known.account, code), now)


def demanded_and_missing(connection: Connection, settings: Settings, session: Session, roles: Collection[str]) -> bool:
    """Whether a role of whoever this session is demands a second factor, and they have none. Somebody who entered with
    a code or with the office's own account has shown one."""
    if not settings.second_factor_for.intersection(roles) or session.by in {"code", "oidc"}:
        return False
    known = credential(connection, session.account)
    return not (known and known.totp)


def recovery_codes() -> list[str]:
    """New ones, to be shown once."""
    made = (base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES))
    return ["-".join(one[place : place + 4] for place in range(0, len(one), 4)) for one in made]


def recovery_hashes(account: str, codes: Sequence[str]) -> list[str]:
    return [recovery_hash(account, one) for one in codes]


def recovery_hash(account: str, code: str) -> str:
    plain = "".join(one for one in code.lower() if one.isalnum())
    return sha256(f"{account}:{plain}".encode()).hexdigest()


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), _STEP)  # noqa: S303 - what every app on a telephone speaks (RFC 6238)
