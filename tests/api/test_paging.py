"""Lists in pages: whole, in one order, nothing twice; also while others write, and whatever a cursor says."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from offices import appoint, step_of
from programs import Program, problem
from sqlalchemy import func, select
from web_office import PEOPLE, WebOffice

from bangiao.wiring import Wiring
from checklists.people import PersonRole
from db.models import StepRow, UnitRow
from db.session import begin_read

LISTS = ["/decisions", "/units", "/steps", "/people", "/packages", "/escalations"]


def ids(rows: list[Any]) -> list[Any]:
    return [one.get("id", one.get("key", one.get("number", one.get("account")))) for one in rows]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_the_same_in_small_pages_and_in_large_ones(office: WebOffice, committee: Program, path: str) -> None:
    narrowed = {"q": "ba"} if path == "/units" else {}
    whole = list(committee.all(path, limit=200, **narrowed))
    assert len(ids(whole)) == len(set(ids(whole)))
    assert list(committee.all(path, limit=7, **narrowed)) == whole
    assert whole or path == "/escalations"


def test_all_steps_within_reach_are_told_and_no_others(
    office: WebOffice, wiring: Wiring, committee: Program, lead: Program, programs: Callable[[str], Program]
) -> None:
    with begin_read(wiring.engine) as connection:
        every = set(connection.scalars(select(StepRow.id)))
    assert set(ids(list(committee.all("/steps", limit=200)))) == every
    theirs = list(lead.all("/steps", limit=200))
    assert {one["unit"]["key"] for one in theirs} == {office.unit}
    assert set(ids(theirs)) == set(ids(list(committee.all("/steps", unit=office.unit, limit=200))))
    assert list(programs(office.foreigners[PersonRole.COMMITTEE]).all("/steps")) == []
    assert problem(programs(office.nobody).request("GET", "/steps")) == (404, "not-found")


def test_steps_change_while_they_are_read_and_each_is_told_once(
    office: WebOffice, wiring: Wiring, committee: Program, lead: Program
) -> None:
    expected = ids(list(committee.all("/steps", limit=200)))
    seen, cursor = [], ""
    changing = iter(ids(list(lead.all("/steps", state="ready", limit=200))))
    while cursor is not None:
        page = committee.get("/steps", limit=9, **({"cursor": cursor} if cursor else {}))
        seen += ids(page["items"])
        cursor = page["next"]
        if (step := next(changing, None)) is not None:
            assert lead.write(f"/steps/{step}/acts/start", {}).status_code == 200
    assert seen == expected


def test_history_goes_on_where_it_ended_although_more_has_happened(
    office: WebOffice, wiring: Wiring, lead: Program
) -> None:
    step = step_of(wiring, f"{office.unit}/DAT-02")
    for turn in range(4):
        assert lead.write(f"/steps/{step}/acts/attach", {"notes": [f"Lần {turn}"]}).status_code == 200
    whole = ids(list(lead.all(f"/steps/{step}/history")))
    first = lead.get(f"/steps/{step}/history", limit=2)
    assert lead.write(f"/steps/{step}/acts/attach", {"notes": ["Thêm"]}).status_code == 200
    rest = lead.get(f"/steps/{step}/history", cursor=first["next"], limit=2)
    told = ids(first["items"]) + ids(rest["items"])
    assert told == whole[:4]


def test_filters_narrow_as_those_of_the_pages_do(
    office: WebOffice, wiring: Wiring, committee: Program, lead: Program
) -> None:
    def told(**filters: Any) -> list[Any]:
        return list(committee.all("/steps", limit=200, **filters))

    step = step_of(wiring, f"{office.unit}/DAT-02")
    assert lead.write(f"/steps/{step}/acts/complete", {"notes": ["Xong"]}).status_code == 200
    every = told()
    assert {one["state"] for one in told(state="ready")} == {"ready"}
    assert ids(told(state="untouched")) == ids(told(state="ready"))
    assert step in ids(told(state="settled"))
    assert set(ids(told(state="open"))) | set(ids(told(state="settled"))) == set(ids(every))
    assert {one["stream"] for one in told(stream="data-backup")} == {"data-backup"}
    assert {one["unit"]["key"] for one in told(unit=office.unit)} == {office.unit}
    assert ids(told(province="new:01")) == ids(every)
    assert told(province="new:79") == told(decision="99/KHÔNG") == told(unit="new:99999") == []
    assert {one["key"] for one in told(key="DAT-03")} == {"DAT-03"}
    dated = told(due_from="2025-06-18", due_until="2025-06-30")
    assert dated
    assert all("2025-06-18" <= one["due_on"] <= "2025-06-30" for one in dated)
    with begin_read(wiring.engine) as connection:
        (name,) = connection.scalars(select(UnitRow.name).where(UnitRow.key == office.unit))
    assert office.unit in {one["unit"]["key"] for one in told(q=name.upper())}


def test_units_are_found_without_diacritics_and_counted(office: WebOffice, wiring: Wiring, committee: Program) -> None:
    assert "new:00070" in ids(list(committee.all("/units", q="phuong hoan kiem")))
    assert {one["level"] for one in committee.all("/units", level="province")} == {"province"}
    at_work = ids(list(committee.all("/units", at_work="true", limit=200)))
    assert office.unit in at_work
    one = committee.get(f"/units/{office.unit}")
    with begin_read(wiring.engine) as connection:
        steps = connection.scalars(select(func.count()).select_from(StepRow)).one()
    counts = [committee.get(f"/units/{key}")["counts"] for key in at_work]
    assert sum(sum(each.values()) - each["overdue"] for each in counts) == steps
    assert sum(one["steps"] for one in one["checklists"]) == sum(one["counts"].values()) - one["counts"]["overdue"]


def test_people_are_those_of_the_units_within_reach_without_their_addresses(
    office: WebOffice, wiring: Wiring, committee: Program, lead: Program
) -> None:
    appoint(wiring, "o-xa", PersonRole.UNIT_LEAD, "new:27007")
    told = {one["account"]: one for one in committee.all("/people", limit=2)}
    assert set(PEOPLE.values()) <= set(told)
    assert not set(office.foreigners.values()) & set(told)
    assert "o-xa" not in told
    assert set(told["lan"]) == {"account", "name", "disabled_on", "roles"}
    assert [(one["role"], one["unit"]) for one in told["lan"]["roles"]] == [("unit_lead", office.unit)]
    assert problem(lead.request("GET", "/people")) == (403, "not-allowed")


def cursor_of(*said: Any) -> str:
    return urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


@pytest.mark.parametrize("path", [*LISTS, "history"])
def test_a_cursor_that_was_never_given_is_refused(office: WebOffice, committee: Program, path: str) -> None:
    path = f"/steps/{office.step}/history" if path == "history" else path
    page = committee.request("GET", path, params={"limit": 1})
    given = page.json()["next"] or ""
    made_up = ["x", "%00", cursor_of(), cursor_of("x", 1), cursor_of(["a"]), cursor_of(None), "A" * 499]
    if given:  # the right list, and a place of another kind
        filters = json.loads(urlsafe_b64decode(given + "=="))[0]
        made_up += [cursor_of(filters, *rest) for rest in ([], [None], [[]], [{}], [1.5], [True, 1], ["a", "b", "c"])]
    for cursor in made_up:
        answer = committee.request("GET", path, params={"cursor": cursor})
        assert (cursor, problem(answer)) == (cursor, (422, "invalid"))


def test_a_cursor_counts_only_for_its_own_list(office: WebOffice, committee: Program) -> None:
    given = committee.get("/steps", limit=1, state="ready")["next"]
    assert committee.get("/steps", limit=5, state="ready", cursor=given)["items"]
    for path, filters in (("/steps", {}), ("/steps", {"state": "open"}), ("/units", {"q": "ba"})):
        answer = committee.request("GET", path, params=filters | {"cursor": given})
        assert (problem(answer), answer.json()["rule"]) == ((422, "invalid"), "bad-cursor")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", ""])
def test_a_page_has_a_size_within_limits(office: WebOffice, committee: Program, limit: str) -> None:
    assert problem(committee.request("GET", "/steps", params={"limit": limit})) == (422, "invalid")
