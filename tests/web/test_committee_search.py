"""Searching without diacritics: units, steps by their titles, decisions; never beyond one's reach."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from browsing import Browser, words
from sqlalchemy import select
from web_office import WebOffice

from bangiao.step_titles import steps_called
from bangiao.wiring import Wiring
from checklists.people import PersonRole
from db import steps_chosen as chosen
from db.models import ChecklistRow, StepRow
from db.session import begin_read

SignedIn = Callable[[str], Browser]
COMMITTEE = "chu-tich"
DAYS = (date(2025, 6, 17), date(2025, 6, 20))


def called(wiring: Wiring, text: str) -> set[str]:
    with begin_read(wiring.engine) as connection:
        return {key for steps in steps_called(connection, text).values() for key in steps}


@pytest.mark.parametrize("text", ["con dau", "CON DAU", "con dấu", "  con   dau "])
def test_a_title_is_found_with_and_without_diacritics(office: WebOffice, wiring: Wiring, text: str) -> None:
    keys = called(wiring, text)
    assert keys
    assert keys == called(wiring, "con dấu")
    assert called(wiring, "không có bước nào tên thế này") == set()
    assert called(wiring, "  ") == set()


def test_the_table_has_exactly_the_steps_of_that_title(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    keys = called(wiring, "con dau")
    query = select(StepRow.id).join(ChecklistRow).where(StepRow.key.in_(sorted(keys)), StepRow.state != "cancelled")
    with begin_read(wiring.engine) as connection:
        expected = set(connection.scalars(query.where(StepRow.state.in_(["waiting", "ready", "in_progress"]))))
    assert expected
    page = signed_in(COMMITTEE).get("/cockpit/steps?state=open&step=con+dau")
    assert {int(one) for one in re.findall(r'<th scope="row"><a href="/steps/(\d+)"', page.text)} == expected
    assert f'<p role="status">{len(expected)} ' in page.text
    none = signed_in(COMMITTEE).get("/cockpit/steps?state=open&step=kh%C3%B4ng+c%C3%B3+g%C3%AC")
    assert re.findall(r'<th scope="row">', none.text) == []


def test_few_titles_and_many_are_found_the_same(
    office: WebOffice, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begin_read(wiring.engine) as connection:
        found = {version: set(steps) for version, steps in steps_called(connection, "ban giao").items()}
        for state in ("open", "overdue", "soon", "untouched"):
            choice = chosen.Choice(state, titled=found)
            answers = []
            for few in (0, 10_000):
                monkeypatch.setattr(chosen, "_FEW_KEYS", few)
                steps = chosen.steps_chosen(connection, choice, DAYS, (40, 3))
                answers.append(({one.id for one in steps}, chosen.how_many_titled(connection, choice, DAYS, 30)))
            assert answers[0] == answers[1], state


def test_acts_on_all_that_match_go_by_the_title_too(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(COMMITTEE)
    page = browser.get("/cockpit/bulk?state=open&step=con+dau&act=remind").text
    count = re.findall(r'name="count" value="(\d+)"', page)
    assert 'name="step" value="con dau"' in page
    everything = re.findall(r'name="count" value="(\d+)"', browser.get("/cockpit/bulk?state=open&act=remind").text)
    assert 0 < int(count[0]) < int(everything[0])


def test_one_field_finds_units_titles_and_decisions(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(COMMITTEE)
    assert f'href="/units/{office.unit}"' in browser.get(f"/search?q={office.unit}").text
    assert f'href="/decisions/{office.decision}"' in browser.get("/search?q=01/qd-tn").text
    titles = re.findall(r'href="(/cockpit/steps\?state=open&amp;step=[^"]+)"', browser.get("/search?q=con+dau").text)
    assert titles
    led = browser.get(titles[0].replace("&amp;", "&"))
    assert re.findall(r'<th scope="row"><a href="/steps/', led.text)
    assert browser.get("/search?q=%25").status_code == 200
    assert "/units/" not in browser.get("/search?q=%25").text


def test_nothing_beyond_ones_reach_is_found(office: WebOffice, signed_in: SignedIn) -> None:
    for role in (PersonRole.COMMITTEE, PersonRole.AUDITOR, PersonRole.UNIT_LEAD):
        foreign = signed_in(office.foreigners[role])
        for text in (office.unit, "01/QĐ-TN", "phuong"):
            page = foreign.get(f"/search?q={text}")
            assert page.status_code == 200, words(page)
            assert f"/units/{office.unit}" not in page.text
            assert f"/decisions/{office.decision}" not in page.text
        assert "/steps/" not in foreign.get("/cockpit/steps?state=open&step=con+dau").text.split("<main")[1]
