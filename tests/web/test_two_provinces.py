"""Whoever is something here and something else there is not both in both places."""

from __future__ import annotations

from offices import appoint
from web_office import ELSEWHERE, FOREIGNERS, LEAD, WebOffice

from bangiao.wiring import Wiring
from checklists.access import About
from checklists.people import PersonRole
from db.access import roles_about
from db.session import begin_read


def test_whoever_leads_a_unit_here_and_steers_elsewhere_does_not_steer_here(office: WebOffice, wiring: Wiring) -> None:
    appoint(wiring, LEAD, PersonRole.COMMITTEE, ELSEWHERE)
    with begin_read(wiring.engine) as connection:

        def over_it(account: str) -> frozenset[PersonRole]:
            return roles_about(connection, account, About.DECISION, office.decision, wiring.today())

        assert over_it(LEAD) == {PersonRole.UNIT_LEAD}
        assert over_it(office.people[PersonRole.COMMITTEE]) == {PersonRole.COMMITTEE}
        assert {over_it(account) for account in FOREIGNERS.values()} == {frozenset()}
