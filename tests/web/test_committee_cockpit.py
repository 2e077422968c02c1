"""The cockpit and its tables: what they count is what a naive recount counts, and nobody sees another province."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import sleep

from browsing import Browser, words
from clocks import SetClock
from offices import finish_with_needs
from sqlalchemy import select
from web_office import ELSEWHERE, PROVINCE, WebOffice

from bangiao.wiring import Wiring
from checklists.names import search_key
from checklists.people import PersonRole
from checklists.steps import OPEN, SETTLED
from db.models import ChecklistRow, StepRow, UnitRow
from db.session import begin_read
from web.committee.board import read_board
from web.committee.recent import Recent

SignedIn = Callable[[str], Browser]


def counted(wiring: Wiring) -> dict[str, int]:
    """Every step looked at one by one."""
    with begin_read(wiring.engine) as connection:
        steps = connection.execute(select(StepRow.state, StepRow.due_on).where(StepRow.state != "cancelled")).all()
    today = wiring.today()
    return {
        "steps": len(steps),
        "settled": sum(one.state in SETTLED for one in steps),
        "overdue": sum(one.state in OPEN and one.due_on is not None and one.due_on < today for one in steps),
        "untouched": sum(one.state == "ready" for one in steps),
        "submitted": sum(one.state == "submitted" for one in steps),
    }


def number_on(page: str, name: str) -> int:
    """The big number that leads to this state's list."""
    found = re.search(rf'state={name}"><strong[^>]*>([\d.]+)</strong>', page)
    assert found, name
    return int(found[1].replace(".", ""))


def test_the_numbers_of_the_cockpit_are_those_of_a_recount(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn, clock: SetClock
) -> None:
    finish_with_needs(wiring, office.step)
    clock.now = datetime(2025, 7, 10, 1, tzinfo=UTC)
    page = signed_in(office.people[PersonRole.COMMITTEE]).get("/cockpit").text
    expected = counted(wiring)
    assert expected["overdue"]
    assert expected["settled"]
    for name in ("overdue", "untouched", "submitted"):
        assert number_on(page, name) == expected[name]
    assert f"{expected['settled']}/{expected['steps']}" in page


def test_every_unit_of_the_table_has_the_numbers_of_its_own_steps(office: WebOffice, wiring: Wiring) -> None:
    placed = {one.unit.key: one for one in read_board(wiring).placed}
    with begin_read(wiring.engine) as connection:
        query = select(ChecklistRow.unit, StepRow.state).join(StepRow, StepRow.checklist_id == ChecklistRow.id)
        rows = connection.execute(query.where(StepRow.state != "cancelled")).all()
    assert {key: one.sums.steps for key, one in placed.items()} == {
        unit: sum(row.unit == unit for row in rows) for unit in {row.unit for row in rows}
    }
    assert placed[office.unit].province == PROVINCE


def test_the_committee_of_another_province_sees_nothing_of_this_one(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(office.foreigners[PersonRole.COMMITTEE])
    for path in ("/cockpit", "/cockpit/units", f"/cockpit/units?province={PROVINCE}", "/cockpit/matrix"):
        page = browser.get(path)
        assert page.status_code == 200
        assert f'"/units/{office.unit}"' not in page.text
        assert office.decision not in page.text
        assert f'value="{PROVINCE}"' not in page.text


def test_the_map_shows_all_provinces_and_both_archipelagos_and_leads_only_to_what_is_seen(
    office: WebOffice, signed_in: SignedIn
) -> None:
    page = signed_in(office.people[PersonRole.COMMITTEE]).get("/cockpit").text
    assert len(re.findall(r'<g class="tile', page)) == 36
    assert "Hoàng Sa" in page
    assert "Trường Sa" in page
    assert f'href="/cockpit/units?province={PROVINCE}"><title>' in page
    assert f"province={ELSEWHERE}" not in page


def test_a_unit_is_found_without_its_diacritics_and_chips_take_filters_away_one_by_one(
    office: WebOffice, wiring: Wiring, signed_in: SignedIn
) -> None:
    with begin_read(wiring.engine) as connection:
        name = connection.scalars(select(UnitRow.name).where(UnitRow.key == office.unit)).one()
    bare = search_key(name)
    assert bare != name
    page = signed_in(office.people[PersonRole.COMMITTEE]).get(
        "/cockpit/units", params={"q": bare, "state": "untouched", "level": "commune"}
    )
    assert name in words(page)
    assert len(re.findall(r'class="chip"', page.text)) == 3
    assert re.search(r'href="/cockpit/units\?q=[^"]*&amp;level=commune"', page.text)
    nothing = signed_in(office.people[PersonRole.COMMITTEE]).get("/cockpit/units?q=khong-co-don-vi-nay")
    assert f'"/units/{office.unit}"' not in nothing.text


def test_a_filter_that_nothing_offers_narrows_nothing_and_is_not_repeated(
    office: WebOffice, signed_in: SignedIn
) -> None:
    page = signed_in(office.people[PersonRole.COMMITTEE]).get('/cockpit/units?state="><script>&level=x&page=1')
    assert page.status_code == 200
    assert "<script>" not in page.text.split("<main")[1]
    assert f'"/units/{office.unit}"' in page.text


def test_a_cheap_answer_is_asked_anew_and_a_dear_one_is_kept_with_its_moment() -> None:
    made: list[int] = []
    moment = datetime(2025, 7, 1, tzinfo=UTC)
    recent = Recent(lambda: moment + timedelta(seconds=len(made)))

    def cheap() -> int:
        made.append(1)
        return len(made)

    assert [recent.answer("cheap", cheap).value, recent.answer("cheap", cheap).value] == [1, 2]

    def dear() -> int:
        sleep(0.1)
        return cheap()

    first = recent.answer("dear", dear)
    assert recent.answer("dear", dear) is first
    assert first.at == moment + timedelta(seconds=2)
    recent.forget()
    assert recent.answer("dear", dear).value == 4
