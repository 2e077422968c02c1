"""What the pages about people show: the list, and one person with roles, absences and ways in."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from bangiao.delivery_orders import KINDS
from bangiao.identities import identity_now
from bangiao.invitation_letters import Way, ways_to_invite
from bangiao.invitations import invitation_now
from bangiao.own_account import has_password, has_second_factor
from bangiao.wiring import Wiring
from checklists.people import Person
from db.administered import administers, people_administered, roles_listed
from db.people import people_on_record
from db.session import begin_read
from web.admin.people_words import choices_of_roles, role_line
from web.rendering import both

_ROWS = 50


def people_listed(wiring: Wiring, account: str, text: str, after: str) -> dict[str, Any]:
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        found = people_administered(connection, account, today, text, after, _ROWS + 1)
        shown = found[:_ROWS]
        roles = roles_listed(connection, [one.account for one in shown], today)
    held: dict[str, list[str]] = {}
    for one in roles:
        held.setdefault(one.person, []).append(role_line(one))
    further = urlencode({"q": text, "after": shown[-1].account}) if len(found) > _ROWS else ""
    return {"people": [(one, held.get(one.account, [])) for one in shown], "further": further, "after": after}


def person_facts(wiring: Wiring, by: str, account: str) -> dict[str, Any]:
    today = wiring.today()
    with begin_read(wiring.engine) as connection:
        record = people_on_record(connection)
        roles = [
            {
                "words": role_line(one),
                "role": one,
                "over": one.until is not None and one.until < today,
                "mine": administers(connection, by, one.unit, today),
            }
            for one in roles_listed(connection, [account], date.min)
        ]
    names = {one.account: one.name for one in record.persons.values()}
    absences = [(one, names.get(one.absent, ""), names.get(one.substitute, "")) for one in record.absences(account)]
    one = record.persons[account]
    shown = {"person": one, "roles": roles, "absences": absences, "role_choices": choices_of_roles()}
    return shown | _ways_in(wiring, one)


def _ways_in(wiring: Wiring, who: Person) -> dict[str, Any]:
    """How they come in, and how they can be invited. A link in a message needs the pages' address, which only the
    settings know."""
    with begin_read(wiring.engine) as connection:
        ways = ways_to_invite(connection, who) if wiring.settings.link_base else []
    return {
        "has_password": has_password(wiring, who.account),
        "factor": has_second_factor(wiring, who.account)[0],
        "passwords": wiring.settings.passwords,
        "offered": bool(wiring.settings.oidc_issuer),
        "linked": identity_now(wiring, who.account),
        "invitation": invitation_now(wiring, who.account),
        "ways": [(one.channel, _words(one)) for one in ways],
        "once": uuid4().hex,
    }


def _words(one: Way) -> str:
    return f"{both(KINDS[one.kind])}: {one.masked}"
