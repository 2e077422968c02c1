"""Who is asking, and may they? Every route depends on an `Allow`; a test walks the route table and fails without one.

cookie → session → roles over what a route is about (`db.access`) → the table of `checklists.access` → yes, 403 or 404.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bangiao.second_factor import demanded_and_missing
from bangiao.sign_in import note_sight, session_of
from bangiao.wiring import Wiring
from checklists.access import About, Action, Answer, authorize
from checklists.people import Person, PersonRole
from checklists.step_rules import Actor
from db.access import roles_about
from db.session import begin_read
from db.sign_in import Session
from web.body_limit import brings_files
from web.often import Often

FORM_TOKEN = "token"  # noqa: S105 - the field's name
MOST_FILES, MOST_FIELDS = 20, 200
"""In one form. Who is signed in and may do this at all is known before the form is read."""
_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_WITHOUT_FACTOR = ("/account/second-factor", "/account/password", "/sign-out")
"""For somebody who must set up a second factor first."""
_HALF = 16
"""Bytes of a form's token that are chance, and as many that are proof."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who is signed in. `roles`: what they are over the very thing the route is about; `anywhere`: all they
    are. `form_token` belongs into every form."""

    session: Session
    person: Person
    roles: frozenset[PersonRole]
    anywhere: frozenset[PersonRole]
    form_token: str
    without_factor: bool = False
    """A role of theirs demands a second factor, and they have none yet."""

    @property
    def account(self) -> str:
        return self.person.account

    def actor(self, on_behalf_of: str | None = None) -> Actor:
        return Actor(self.account, on_behalf_of or None)


class SignInFirst(Exception):
    """Nobody is signed in, and somebody must be."""


class SecondFactorFirst(Exception):
    """A role of theirs demands a second factor: until it is set up, nothing else is shown."""


class FormTooOld(Exception):
    """The form's token is not this session's."""


class TooManyUploads(Exception):
    """So many forms with files that something is wrong; `wait`: seconds until the next is read."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


MOST_UPLOADS, WITHIN = 120, timedelta(minutes=5)
"""Of one account. A day's photos that waited offline come one after another, and fit."""


SMALL = 32 * 1024
"""A form in which no file was chosen has fewer bytes; a photo has more."""


def wait_to_upload(request: Request, account: str) -> int:
    """Count a request that brings files, before anything of it is read. Gives 0, or seconds to wait."""
    state, length = request.app.state, request.headers.get("content-length", "")
    if request.method not in _WRITING or not brings_files(request.url.path):
        return 0
    if length.isdecimal() and int(length) <= SMALL:
        return 0
    if not hasattr(state, "uploads"):
        state.uploads = Often(MOST_UPLOADS, WITHIN)
    wait: int = state.uploads.wait(account, state.wiring.now())
    return wait


class Allow:
    """A route's dependency: `action` on what the path parameter `parameter` names (`about`)."""

    def __init__(self, action: Action, about: About = About.NOTHING, parameter: str = "") -> None:
        self.action, self.about, self.parameter = action, about, parameter or about.value

    async def __call__(self, request: Request) -> Signed | None:
        if self.action is Action.ENTER:
            return None
        wiring: Wiring = request.app.state.wiring
        token = request.cookies.get(request.app.state.cookie, "")
        signed = await run_in_threadpool(self._signed, wiring, token, request.path_params.get(self.parameter))
        answer = authorize(signed.roles if signed else None, self.action)
        if signed is None:
            raise SignInFirst()
        request.state.signed = signed
        if answer is Answer.NOT_THERE:
            raise HTTPException(404)
        if answer is Answer.NO:
            raise HTTPException(403)
        if signed.without_factor and not request.url.path.startswith(_WITHOUT_FACTOR):
            raise SecondFactorFirst()
        if request.method in _WRITING:
            if wait := wait_to_upload(request, signed.account):
                raise TooManyUploads(wait)
            await _check_form(request, token)
        return signed

    def _signed(self, wiring: Wiring, token: str, named: Any) -> Signed | None:
        """All that is asked about somebody is asked in one view of the database."""
        if not token:
            return None
        with begin_read(wiring.engine) as connection:
            found = session_of(connection, token, wiring.now(), wiring.today())
            if found is None:
                return None
            session, person = found
            roles, anywhere = self._roles(connection, wiring, person.account, named)
            missing = demanded_and_missing(connection, wiring.settings, session, anywhere)
        note_sight(wiring, session)
        return Signed(session, person, roles, anywhere, form_token(token), missing)

    def _roles(
        self, connection: Connection, wiring: Wiring, account: str, named: Any
    ) -> tuple[frozenset[PersonRole], frozenset[PersonRole]]:
        anywhere = roles_about(connection, account, About.NOTHING, None, wiring.today())
        if self.about is About.NOTHING:
            return anywhere, anywhere
        return roles_about(connection, account, self.about, named, wiring.today()), anywhere


def form_token(token: str) -> str:
    """What a form of this session carries; whoever has not the session's token cannot work it out.

    It looks different each time, as answers are compressed: how long they are must not tell what it is, letter by
    letter (the attack known as BREACH)."""
    mask = secrets.token_bytes(_HALF)
    return (mask + _xor(mask, _proof(token))).hex()


def is_form_token(given: str, token: str) -> bool:
    """Whether `form_token` of this session has given it, whenever."""
    try:
        said = bytes.fromhex(given)
    except ValueError:
        return False
    return len(said) == 2 * _HALF and hmac.compare_digest(_xor(said[:_HALF], said[_HALF:]), _proof(token))


def _proof(token: str) -> bytes:
    return hmac.new(token.encode(), b"form", sha256).digest()[:_HALF]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


async def _check_form(request: Request, token: str) -> None:
    """Its token first; then that what was typed is text (U+0000 is none, and PostgreSQL keeps none)."""
    given = request.headers.get("x-form-token")
    if given is None:
        form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
        given = str(form.get(FORM_TOKEN, ""))
    if not is_form_token(given, token):
        raise FormTooOld()
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    if any("\0" in value for _name, value in form.multi_items() if isinstance(value, str)):
        raise RequestValidationError([])


Route = Callable[..., Any]
