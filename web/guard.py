"""Who is asking, and may they? Every route depends on an `Allow`; a test walks the route table and fails without one.

cookie → session → roles over what a route is about (`db.access`) → the table of `checklists.access` → yes, 403 or 404.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from fastapi import Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from bangiao.sign_in import session_of
from bangiao.wiring import Wiring
from checklists.access import About, Action, Answer, authorize
from checklists.people import Person, PersonRole
from checklists.step_rules import Actor
from db.access import roles_about
from db.session import begin_read
from db.sign_in import Session

FORM_TOKEN = "token"  # noqa: S105 - the field's name
MOST_FILES, MOST_FIELDS = 20, 200
"""In one form. Who is signed in and may do this at all is known before the form is read."""
_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who is signed in. `roles`: what they are over the very thing the route is about; `anywhere`: all they
    are. `form_token` belongs into every form."""

    session: Session
    person: Person
    roles: frozenset[PersonRole]
    anywhere: frozenset[PersonRole]
    form_token: str

    @property
    def account(self) -> str:
        return self.person.account

    def actor(self, on_behalf_of: str | None = None) -> Actor:
        return Actor(self.account, on_behalf_of or None)


class SignInFirst(Exception):
    """Nobody is signed in, and somebody must be."""


class FormTooOld(Exception):
    """The form's token is not this session's."""


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
        if request.method in _WRITING:
            await _check_form(request, signed)
        return signed

    def _signed(self, wiring: Wiring, token: str, named: Any) -> Signed | None:
        found = session_of(wiring, token) if token else None
        if found is None:
            return None
        session, person = found
        with begin_read(wiring.engine) as connection:
            roles, anywhere = self._roles(connection, wiring, person.account, named)
        return Signed(session, person, roles, anywhere, form_token(token))

    def _roles(
        self, connection: Connection, wiring: Wiring, account: str, named: Any
    ) -> tuple[frozenset[PersonRole], frozenset[PersonRole]]:
        anywhere = roles_about(connection, account, About.NOTHING, None, wiring.today())
        if self.about is About.NOTHING:
            return anywhere, anywhere
        return roles_about(connection, account, self.about, named, wiring.today()), anywhere


def form_token(token: str) -> str:
    """What a form of this session carries; whoever has not the session's token cannot work it out."""
    return hmac.new(token.encode(), b"form", sha256).hexdigest()


async def _check_form(request: Request, signed: Signed) -> None:
    given = request.headers.get("x-form-token")
    if given is None:
        form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
        given = str(form.get(FORM_TOKEN, ""))
    if not hmac.compare_digest(given, signed.form_token):
        raise FormTooOld()


Route = Callable[..., Any]
