"""The public pages: nothing of any person in any byte, the numbers of a recount, a day late, and off by default."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from browsing import Browser, Pages, pages_on, words
from clocks import SetClock
from offices import do, finish_with_needs, note, step_of
from sqlalchemy import Text, select, update
from web_office import LEAD, PROVINCE, RECEIVING, WebOffice

from bangiao.wiring import Wiring
from checklists.deadlines import local_date
from checklists.events import STEP_COMPLETED, STEP_VERIFIED
from checklists.names import search_key
from checklists.public_figures import FEWEST, Figures, folded, together
from checklists.steps import OPEN, SETTLED, Act
from db.models import ChecklistRow, EventRow, Row, StepRow, UnitRow
from db.session import begin_read, begin_write
from db.work_models import EvidenceRow, PersonRow, StepHolderRow
from evidence.spreadsheet_safe import BOM
from web.public.snapshot import read_snapshot

LATER = datetime(2025, 7, 10, 1, tzinfo=UTC)
"""Some steps of the office are overdue by then."""

MARK = "mat-99"
"""Whatever holds this is somebody's: it must never come out."""


@pytest.fixture
def open_pages(wiring: Wiring) -> Iterator[Pages]:
    """The application of an office that has opened its public page."""
    with pages_on(replace(wiring, settings=replace(wiring.settings, public_page=True))) as running:
        yield running


@pytest.fixture
def citizen(office: WebOffice, open_pages: Pages, clock: SetClock) -> Browser:
    """Nobody is signed in; three weeks have gone by, and one step was done meanwhile."""
    clock.now = datetime(2025, 6, 18, 3, tzinfo=UTC)
    finish_with_needs(office.wiring, office.step)
    clock.now = LATER
    return open_pages.browser()


def everything(citizen: Browser) -> dict[str, httpx.Response]:
    """Every public address that can be reached by links from the first page, in both languages."""
    found: dict[str, httpx.Response] = {}
    for language in ("vi", "en"):
        citizen.http.cookies.set("language", language, domain="bangiao.test")
        waiting = ["/public", "/public?q=xa", "/public?order=name", f"/public/{PROVINCE}?q=xa"]
        while waiting:
            path = waiting.pop()
            if f"{language} {path}" not in found:
                answer = found[f"{language} {path}"] = citizen.get(path)
                waiting += [one.replace("&amp;", "&") for one in re.findall(r'href="(/public[^"#]*)', answer.text)]
    return found


def test_off_unless_the_office_says_so_and_then_not_there_at_all(office: WebOffice, browse: Browser) -> None:
    paths = ("/public", "/public/about", "/public/data.csv", "/public/data.json", f"/public/{PROVINCE}")
    for path in (*paths, f"/public/{PROVINCE}/{office.unit}"):
        answer = browse.get(path)
        assert (path, answer.status_code) == (path, 404)
        assert "public" not in answer.headers["cache-control"]
    assert "/public" not in browse.get("/sign-in").text


def test_no_byte_of_any_public_answer_tells_of_a_person(office: WebOffice, wiring: Wiring, citizen: Browser) -> None:
    marked(office)
    secrets = sorted(everything_said(wiring))
    assert sum(MARK in one for one in secrets) > 10
    answers = everything(citizen)
    assert len(answers) > 15
    for path, answer in answers.items():
        assert (path, answer.status_code) == (path, 200)
        said = answer.text + str(answer.headers)
        assert (path, [one for one in (*secrets, MARK) if one.casefold() in said.casefold()]) == (path, [])


def marked(office: WebOffice) -> None:
    """Names, reasons, comments, file names and addresses that are recognised wherever they come out."""
    wiring = office.wiring
    one, other = step_of(wiring, f"{office.unit}/DAT-02"), step_of(wiring, f"{RECEIVING}/CER-03")
    do(wiring, one, Act.ATTACH, LEAD, evidence=(note(f"ghi chú {MARK}"),))
    do(wiring, office.step, Act.REOPEN, LEAD, reason=f"mở lại vì {MARK}")
    blocked = {"reason": f"vướng vì {MARK}", "unblocker": f"Ông {MARK}", "expected_on": date(2025, 8, 1)}
    do(wiring, other, Act.BLOCK, "nhan", **blocked)
    with begin_write(wiring.engine) as connection:
        for each in ("name", "email", "phone"):
            connection.execute(update(PersonRow).values({each: PersonRow.account + f" {MARK} {each}"}))
        connection.execute(update(EvidenceRow).values(name=f"{MARK} danh sách.pdf"))


def everything_said(wiring: Wiring) -> set[str]:
    """Every text in every table that is not a word of the register, of the templates, or of the machinery."""
    free = {"name", "email", "phone", "account", "reason", "unblocker", "changed_by", "actor", "added_by", "given_by"}
    found: set[str] = set()
    with begin_read(wiring.engine) as connection:
        for table in Row.metadata.sorted_tables:
            if table.name in {"unit", "unit_change", "template", "calendar"}:
                continue
            for column in (one for one in table.c if one.name in free | {"digest", "text", "purpose", "number"}):
                if isinstance(column.type, Text) or column.type.python_type is str:
                    found |= {str(one) for one in connection.scalars(select(column).distinct()) if one}
    return {one for one in found if len(one) > len("lan")} - {"bangiao"}


def naive(wiring: Wiring, until: date) -> dict[str, Figures]:
    """Each unit counted step by step, as of the end of the day before `until`."""
    found: dict[str, list[Figures]] = {}
    with begin_read(wiring.engine) as connection:
        moved = {row[0]: row[1] for row in connection.execute(select(StepHolderRow.step_id, StepHolderRow.unit))}
        query = select(StepRow, ChecklistRow.unit).join(ChecklistRow, ChecklistRow.id == StepRow.checklist_id)
        ends: dict[int, datetime] = {}
        kinds = (STEP_COMPLETED, STEP_VERIFIED)
        for step, at in connection.execute(
            select(EventRow.step_id, EventRow.occurred_at).where(EventRow.type.in_(kinds))
        ):
            ends[step or 0] = max(at, ends.get(step or 0, at))
        for one in connection.execute(query):
            if one.state != "cancelled":
                found.setdefault(moved.get(one.id, one.unit), []).append(_of_one(one, ends.get(one.id), until))
    return {unit: together(of) for unit, of in found.items()}


def _of_one(step: Any, ended: datetime | None, until: date) -> Figures:
    done = step.state in SETTLED and (ended is None or local_date(ended) < until)
    past = step.due_on is not None and step.due_on < until
    counts = past and not step.overdue_at_birth and (step.state in OPEN or ended is not None)
    in_time = counts and done and ended is not None and local_date(ended) <= step.due_on
    return Figures(1, int(done), int(counts), int(in_time), int(past and not done))


def test_the_numbers_are_those_of_a_recount(office: WebOffice, wiring: Wiring, citizen: Browser) -> None:
    snapshot = read_snapshot(wiring)
    counted = {key: one.figures for area in snapshot.areas.values() for key, one in area.members.items()}
    assert counted == naive(wiring, wiring.today())
    assert counted[office.unit].done
    assert counted[office.unit].in_time
    assert snapshot.figures.overdue
    page = words(citizen.get(f"/public/{PROVINCE}/{office.unit}"))
    figures = counted[office.unit]
    assert f"{figures.done}/{figures.steps}" in page
    assert f"{figures.percent_in_time} %" in page


def test_what_is_done_today_is_seen_tomorrow(
    office: WebOffice, wiring: Wiring, citizen: Browser, clock: SetClock
) -> None:
    before = json.loads(citizen.get("/public/data.json").text)
    finish_with_needs(wiring, step_of(wiring, f"{RECEIVING}/CER-03"))
    today = wiring.today()
    assert read_snapshot(wiring).figures == Figures(**before["total"])
    assert json.loads(citizen.get("/public/data.json").text) == before
    clock.advance(days=1)
    citizen.get("/public")
    after = _until(citizen, today)
    assert after["total"]["done"] > before["total"]["done"]
    assert after["total"]["in_time"] == before["total"]["in_time"]


def _until(citizen: Browser, day: date) -> dict[str, Any]:
    """The figures of that day, once they are counted: until then the day before's are shown."""
    for _try in range(200):
        document: dict[str, Any] = json.loads(citizen.get("/public/data.json").text)
        if document["as_of"] == day.isoformat():
            return document
    raise AssertionError("the day's figures were never counted")


def test_a_unit_is_found_without_diacritics_and_its_province_lists_it(
    office: WebOffice, wiring: Wiring, citizen: Browser
) -> None:
    with begin_read(wiring.engine) as connection:
        name = connection.scalars(select(UnitRow.name).where(UnitRow.key == office.unit)).one()
    bare = search_key(name)
    assert bare != name
    for path in ("/public", f"/public/{PROVINCE}"):
        page = citizen.get(path, params={"q": bare})
        assert f'href="/public/{PROVINCE}/{office.unit}"' in page.text
        nothing = citizen.get(path, params={"q": "khong co dau nhu the"})
        assert f'href="/public/{PROVINCE}/{office.unit}"' not in nothing.text


def test_the_worst_come_first_unless_names_are_asked_for(office: WebOffice, wiring: Wiring, citizen: Browser) -> None:
    members = read_snapshot(wiring).areas[PROVINCE].members
    by_name = links(citizen.get(f"/public/{PROVINCE}?order=name"))
    assert by_name == sorted(members, key=lambda key: (members[key].unit.sort_key, key))
    worst = links(citizen.get(f"/public/{PROVINCE}"))
    shares = [members[key].figures.punctuality for key in worst]
    assert shares == sorted(shares)
    assert sorted(worst) == sorted(by_name)
    assert worst != by_name


def links(answer: httpx.Response) -> list[str]:
    return re.findall(rf'<th scope="row"><a href="/public/{PROVINCE}/([^"]+)"', answer.text)


def test_the_map_shows_every_province_and_both_archipelagos(citizen: Browser) -> None:
    page = citizen.get("/public").text
    assert len(re.findall(r'<g class="tile', page)) == 36
    assert "Hoàng Sa" in page
    assert "Trường Sa" in page
    assert f'<a href="/public/{PROVINCE}"' in page.split("</svg>")[0]


def test_open_data_say_the_same_in_both_forms_and_run_in_no_spreadsheet(
    office: WebOffice, wiring: Wiring, open_pages: Pages, clock: SetClock
) -> None:
    clock.now = LATER
    with begin_write(wiring.engine) as connection:
        connection.execute(update(UnitRow).where(UnitRow.key == office.unit).values(name="=HYPERLINK(1)"))
    citizen = open_pages.browser()
    table, document = citizen.get("/public/data.csv"), json.loads(citizen.get("/public/data.json").text)
    assert table.text.startswith(BOM)
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix(BOM))))
    assert len(rows) == len(document["units"]) == sum(len(one.members) for one in read_snapshot(wiring).areas.values())
    for row, unit in zip(rows, document["units"], strict=True):
        assert row["name"] == ("'" if unit["name"].startswith("=") else "") + unit["name"]
        assert {name: row[name] for name in Figures._fields} == {name: str(unit[name]) for name in Figures._fields}
        assert together(Figures(**one) for one in unit["kinds"].values()) == Figures(*map(unit.get, Figures._fields))
    assert {"vi", "en"} == set(document["use"])
    assert 'rel="license"' in table.headers["link"]
    assert table.headers["content-disposition"].startswith("attachment")
    assert table.headers["access-control-allow-origin"] == "*"


def test_an_answer_may_be_kept_and_is_known_again(citizen: Browser) -> None:
    for path in ("/public", f"/public/{PROVINCE}", "/public/data.csv", "/public/about"):
        first = citizen.get(path)
        assert first.headers["cache-control"].startswith("public")
        assert "set-cookie" not in first.headers
        again = citizen.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        plain = citizen.get(path, headers={"accept-encoding": "identity"})
        assert ("content-encoding" in plain.headers, plain.content) == (False, first.content)
        assert first.headers["content-encoding"] == "gzip"
    citizen.http.cookies.set("language", "en", domain="bangiao.test")
    english = citizen.get("/public")
    assert english.headers["etag"] != citizen.get("/public/about").headers["etag"]
    assert "Progress of the handover" in english.text
    assert "Cookie" in english.headers["vary"]


def test_whoever_is_signed_in_sees_the_page_of_everybody(
    office: WebOffice, open_pages: Pages, citizen: Browser
) -> None:
    assert open_pages.signed_in(LEAD).get("/public").content == citizen.get("/public").content


def test_what_is_not_there_is_not_found(citizen: Browser, office: WebOffice) -> None:
    for path in ("/public/new:99", f"/public/{PROVINCE}/new:99999", f"/public/new:79/{office.unit}", "/public/a/b/c"):
        assert citizen.get(path).status_code == 404


def test_on_the_first_day_there_is_nothing_to_show_yet(office: WebOffice, open_pages: Pages) -> None:
    page = open_pages.browser().get("/public")
    assert page.status_code == 200
    assert "16/06/2025" in words(page)
    assert f"/public/{PROVINCE}" not in page.text


def test_while_the_first_numbers_are_counted_a_crowd_is_asked_to_come_back(citizen: Browser) -> None:
    citizen.get("/public")
    published = citizen.app.state.published
    published._kept = None
    with published._counting:
        answer = citizen.get("/public")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "public" not in answer.headers["cache-control"]
    assert citizen.get("/public").status_code == 200


def test_kinds_of_work_that_are_few_go_together_until_they_are_not() -> None:
    def of(**steps: int) -> dict[str, int]:
        return {name: one.steps for name, one in folded({name: Figures(count) for name, count in steps.items()})}

    assert of(a=5, b=7) == {"a": 5, "b": 7}
    assert of(a=9, b=2, c=3) == {"a": 9, "": 5}
    assert of(a=9, b=2, c=6) == {"a": 9, "": 8}
    assert of(a=9, b=2) == {"": 11}
    assert of(a=1) == {"": 1}
    assert of() == {}


def test_a_share_of_few_is_not_shown_and_a_hundred_is_only_all() -> None:
    assert Figures(due=FEWEST - 1, in_time=0).percent_in_time is None
    assert Figures(due=200, in_time=199).percent_in_time == 99
    assert Figures(due=FEWEST, in_time=FEWEST).percent_in_time == 100
    assert Figures(steps=1000, done=999).percent_done == 99
