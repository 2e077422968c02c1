"""Tokens of programs: shown once, good for what they say and as long as they say, and never for more than their person
may.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from browsing import Browser, Pages, words
from clocks import SetClock
from programs import Program, problem, program, token_for
from route_table import OWN, routes_of
from sqlalchemy import select
from web_office import LEAD, PEOPLE, WebOffice

from bangiao import tokens
from bangiao.people import disable
from bangiao.sign_in import set_password
from bangiao.tokens import Wished
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from checklists.people_errors import UnknownPerson
from checklists.tokens import (
    MOST_DAYS,
    MOST_TOKENS,
    ScopesMissing,
    TokenNameMissing,
    TokenScope,
    TokenTooLong,
    TooManyTokens,
    UnknownScope,
    UnknownToken,
)
from db.machine_models import ApiTokenRow
from db.models import EventRow, table_of
from db.session import begin_read
from web.api.guard import MOST_BAD, WITHIN, Bearer

MOSTLY_EMBEDDED = True

GOOD = "bốn từ dễ nhớ ghép lại"


def test_the_secret_is_shown_once_and_stands_nowhere(office: WebOffice, wiring: Wiring) -> None:
    made = tokens.create_token(wiring, LEAD, Wished(" Phần mềm\thồ sơ ", ["read"]))
    assert re.fullmatch(rf"bgt_{made.token.id}_[0-9a-f]{{48}}", made.secret)
    assert made.token.name == "Phần mềm hồ sơ"
    assert made.secret not in repr(made)
    secret = made.secret.rpartition("_")[2]
    with begin_read(wiring.engine) as connection:
        kept = [str(row) for table in (ApiTokenRow, EventRow) for row in connection.execute(select(table_of(table)))]
    assert kept
    assert not [row for row in kept if secret in row]
    held = tokens.holder_of(wiring, made.secret)
    assert held
    assert (held[0].id, held[1].account) == (made.token.id, LEAD)


def test_making_and_revoking_are_on_record_without_the_secret(office: WebOffice, wiring: Wiring) -> None:
    made = tokens.create_token(wiring, LEAD, Wished("A", ["read", "work"]), by="quan-tri")
    tokens.revoke_token(wiring, made.token.id, by="quan-tri")
    query = select(EventRow.type, EventRow.actor, EventRow.subject, EventRow.payload)
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(query.where(EventRow.type.startswith("token."))).all()
    assert sorted(row[:3] for row in rows) == [
        ("token.created", "quan-tri", LEAD),
        ("token.revoked", "quan-tri", LEAD),
    ]
    said = next(json.loads(row.payload) for row in rows if row.type == "token.created")
    assert (said["token"], said["scopes"]) == (made.token.id, ["read", "work"])


@pytest.mark.parametrize(
    ("wished", "refusal"),
    [
        (Wished("A", []), ScopesMissing),
        (Wished("A", ["read", "everything"]), UnknownScope),
        (Wished(" \n", ["read"]), TokenNameMissing),
        (Wished("x" * 101, ["read"]), TokenNameMissing),
        (Wished("A", ["read"], 0), TokenTooLong),
        (Wished("A", ["read"], MOST_DAYS + 1), TokenTooLong),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(
    office: WebOffice, wiring: Wiring, wished: Wished, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        tokens.create_token(wiring, LEAD, wished)
    assert tokens.tokens_now(wiring, LEAD) == []


def test_nobody_has_a_thousand_tokens_and_nobody_unknown_has_one(office: WebOffice, wiring: Wiring) -> None:
    for _ in range(MOST_TOKENS):
        token_for(wiring, LEAD)
    with pytest.raises(TooManyTokens):
        token_for(wiring, LEAD)
    with pytest.raises(UnknownPerson):
        token_for(wiring, "khong-ai")


def test_a_token_ends_when_its_day_comes_when_it_is_revoked_and_when_its_person_is_disabled(
    office: WebOffice, wiring: Wiring, pages: Pages, clock: SetClock
) -> None:
    one, other, third = (program(pages, LEAD) for _ in range(3))
    assert one.get("/me")["account"] == LEAD
    tokens.revoke_token(wiring, one.token.split("_")[1], LEAD)
    assert problem(one.request("GET", "/me")) == (401, "token-invalid")
    with pytest.raises(UnknownToken):
        tokens.revoke_token(wiring, one.token.split("_")[1])
    with pytest.raises(UnknownToken):
        tokens.revoke_token(wiring, other.token.split("_")[1], "kiem-tra")
    with wiring.unit_of_work() as uow:
        disable(uow, LEAD, "Nghỉ hưu", "quan-tri", wiring.today())
    assert problem(other.request("GET", "/me")) == (401, "token-invalid")
    verifier = program(pages, PEOPLE[PersonRole.VERIFIER])
    assert verifier.get("/me")["roles"] == ["verifier"]
    clock.now += timedelta(days=366)
    assert problem(verifier.request("GET", "/me")) == (401, "token-invalid")
    assert problem(third.request("GET", "/me")) == (401, "token-invalid")


def test_a_token_without_the_scope_is_refused_by_every_operation_and_told_which_one(
    office: WebOffice, pages: Pages
) -> None:
    routes = [one for one in routes_of(pages.app) if isinstance(one.allow, Bearer)]
    assert len(routes) > 20
    for scope in TokenScope:
        others = tuple(one.value for one in TokenScope if one is not scope)
        without = program(pages, PEOPLE[PersonRole.COMMITTEE], others)
        for route in (one for one in routes if isinstance(one.allow, Bearer) and one.allow.scope is scope):
            address = route.address(office, OWN[route.about](office) if route.about in OWN else "")
            answer = without.browser.request(
                route.method, address, headers={"authorization": f"Bearer {without.token}"}
            )
            assert (str(route), *problem(answer)) == (str(route), 403, "scope-missing")
            assert f'scope="{scope}"' in answer.headers["www-authenticate"]


def test_a_cookie_does_not_count_and_a_token_does_not_open_pages(office: WebOffice, pages: Pages) -> None:
    browser = pages.signed_in(PEOPLE[PersonRole.COMMITTEE])
    assert problem(browser.request("GET", "/api/v1/me")) == (401, "token-missing")
    token = token_for(pages.wiring, LEAD)
    answer = pages.browser().request("GET", "/account", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 303


@pytest.mark.parametrize("given", ["", "Basic abc", "Bearer", "bearer ", "Token x"])
def test_without_a_token_it_is_said_that_one_is_needed(pages: Pages, given: str) -> None:
    answer = pages.browser().request("GET", "/api/v1/me", headers={"authorization": given} if given else {})
    assert problem(answer) == (401, "token-missing")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_whoever_guesses_tokens_has_to_wait_and_good_ones_from_there_still_work(
    office: WebOffice, pages: Pages, clock: SetClock
) -> None:
    good, guesser = program(pages, LEAD), program(pages, "")
    id_ = good.token.split("_")[1]
    guesser.token = f"bgt_{id_}_{'0' * 48}"
    assert {problem(guesser.request("GET", "/me")) for _ in range(MOST_BAD)} == {(401, "token-invalid")}
    answer = guesser.request("GET", "/me")
    assert problem(answer) == (429, "too-many-tries")
    assert 0 < int(answer.headers["retry-after"]) <= WITHIN.total_seconds()
    assert good.get("/me")["account"] == LEAD
    clock.now += WITHIN
    assert problem(guesser.request("GET", "/me")) == (401, "token-invalid")


def test_the_last_use_is_noted_to_the_minute(office: WebOffice, wiring: Wiring, lead: Program, clock: SetClock) -> None:
    assert [one.used_at for one in tokens.tokens_now(wiring, LEAD)] == [None]
    lead.get("/me")
    (first,) = tokens.tokens_now(wiring, LEAD)
    clock.now += timedelta(seconds=30)
    lead.get("/me")
    assert tokens.tokens_now(wiring, LEAD) == [first]
    clock.now += timedelta(seconds=45)
    lead.get("/me")
    (later,) = tokens.tokens_now(wiring, LEAD)
    assert later.used_at
    assert first.used_at
    assert later.used_at > first.used_at


@pytest.fixture
def me(office: WebOffice, wiring: Wiring, pages: Pages) -> Browser:
    """The lead, signed in with a password."""
    set_password(wiring, LEAD, GOOD, "quan-tri")
    browser = pages.browser()
    assert browser.post("/sign-in", {"name": LEAD, "password": GOOD}).status_code == 303
    return browser


FORM = {"name": "Phần mềm hồ sơ", "scope": ["read", "work"], "days": "90"}


def test_on_the_page_a_token_is_made_with_the_password_shown_once_and_revoked(
    me: Browser, pages: Pages, wiring: Wiring
) -> None:
    assert me.post("/account/tokens", FORM | {"password": "không phải"}).status_code == 422
    assert tokens.tokens_now(wiring, LEAD) == []
    made = me.post("/account/tokens", FORM | {"password": GOOD})
    found = re.search(r"bgt_[0-9a-f]{12}_[0-9a-f]{48}", made.text)
    assert made.status_code == 200
    assert found
    theirs = program(pages, "")
    theirs.token = found[0]
    assert theirs.get("/me")["token"]["scopes"] == ["read", "work"]
    page = me.get("/account/tokens")
    assert "Phần mềm hồ sơ" in words(page)
    assert found[0] not in page.text
    which = re.search(r'name="which" value="([0-9a-f]{12})"', page.text)
    assert which
    assert me.post("/account/tokens/revoke", {"which": which[1]}).status_code == 303
    assert problem(theirs.request("GET", "/me")) == (401, "token-invalid")


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scope": []}, {"days": "x"}, {"scope": "everything"}])
def test_a_form_with_a_mistake_comes_back_with_what_was_filled_in(me: Browser, wrong: dict[str, object]) -> None:
    answer = me.post("/account/tokens", FORM | {"password": GOOD} | wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert ("Phần mềm hồ sơ" in answer.text) == ("name" not in wrong)


def test_nobody_revokes_the_token_of_another(
    office: WebOffice, pages: Pages, wiring: Wiring, signed_in: Callable[[str], Browser]
) -> None:
    theirs = program(pages, LEAD)
    stranger = signed_in(PEOPLE[PersonRole.COMMITTEE])
    assert stranger.post("/account/tokens/revoke", {"which": theirs.token.split("_")[1]}).status_code == 422
    assert theirs.get("/me")["account"] == LEAD
