"""Who is a program acting for, and may they? Every route of the API depends on a `Bearer`.

Authorization header → token → its person's roles over what a route is about → the same table as the pages', narrowed
by the token's scopes. Cookies are never looked at, so no other site can make a browser send anything here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from bangiao.tokens import holder_of
from bangiao.wiring import Wiring
from checklists.access import About, Action, Answer, authorize
from checklists.people import Person, PersonRole
from checklists.step_rules import Actor
from checklists.tokens import TokenScope
from db.session import begin_read
from db.tokens import Token
from web.api.problem_kinds import BAD_TOKEN, NO_TOKEN, NOT_ALLOWED, NOT_FOUND, SCOPE_MISSING, TOO_MANY
from web.api.problems import Problem
from web.guard import Allow, wait_to_upload
from web.often import Often

REALM = 'Bearer realm="bangiao"'

MOST_BAD, WITHIN = 30, timedelta(minutes=5)
"""Tokens that are not good, from one place. Good ones are not held back by them: nobody guesses 192 random bits, and
others may sit behind the same address."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A program with a good token. `roles`: what its person is over the very thing the route is about; `anywhere`: all
    they are."""

    token: Token
    person: Person
    roles: frozenset[PersonRole]
    anywhere: frozenset[PersonRole]

    @property
    def account(self) -> str:
        return self.person.account

    def actor(self, on_behalf_of: str | None = None) -> Actor:
        return Actor(self.account, on_behalf_of or None)


class Bearer(Allow):
    """A route's dependency: `action` on what the path parameter names (`about`), with a token of that scope."""

    def __init__(self, action: Action, scope: TokenScope, about: About = About.NOTHING, parameter: str = "") -> None:
        super().__init__(action, about, parameter)
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        return await self.admit(request, given_token(request))

    async def admit(self, request: Request, given: str) -> Caller:
        """Whoever has this token, if it is good, for this, and they may. Raises Problem."""
        if not given:
            raise Problem(NO_TOKEN, headers={"WWW-Authenticate": REALM})
        caller = await run_in_threadpool(self._caller, request, given)
        if caller is None:
            raise _not_good(request)
        if self.scope not in caller.token.scopes:
            challenge = f'{REALM}, error="insufficient_scope", scope="{self.scope}"'
            raise Problem(SCOPE_MISSING, values={"scope": self.scope.value}, headers={"WWW-Authenticate": challenge})
        answer = authorize(caller.roles, self.action)
        if answer is not Answer.YES:
            raise Problem(NOT_FOUND if answer is Answer.NOT_THERE else NOT_ALLOWED)
        if wait := wait_to_upload(request, caller.account):
            raise Problem(TOO_MANY, headers={"Retry-After": str(wait)})
        request.state.caller = caller
        return caller

    def _caller(self, request: Request, given: str) -> Caller | None:
        wiring: Wiring = request.app.state.wiring
        found = holder_of(wiring, given)
        if found is None:
            return None
        token, person = found
        named = request.path_params.get(self.parameter)
        with begin_read(wiring.engine) as connection:
            roles, anywhere = self._roles(connection, wiring, person.account, named)
        return Caller(token, person, roles, anywhere)


def given_token(request: Request) -> str:
    """What stands in the header, "" without one. Another scheme than Bearer counts as none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def _not_good(request: Request) -> Problem:
    state = request.app.state
    if not hasattr(state, "bad_tokens"):
        state.bad_tokens = Often(MOST_BAD, WITHIN)
    place = request.client.host if request.client else ""
    wait = state.bad_tokens.wait(place, state.wiring.now())
    if wait:
        return Problem(TOO_MANY, headers={"Retry-After": str(wait)})
    return Problem(BAD_TOKEN, headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'})
