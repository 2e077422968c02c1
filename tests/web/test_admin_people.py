"""Users on the administrator's pages: found, added, appointed and disabled where the administrator's role reaches."""

from __future__ import annotations

import io
from collections.abc import Callable

from browsing import Browser, words
from web_office import FOREIGN_UNIT, FOREIGNERS, LEAD, PEOPLE, RECEIVING, WebOffice

from bangiao.wiring import Wiring
from checklists.people import PersonRole
from db.people import people_on_record
from db.session import begin_read

ADMIN, FOREIGN_LEAD = PEOPLE[PersonRole.ADMINISTRATOR], FOREIGNERS[PersonRole.UNIT_LEAD]
SignedIn = Callable[[str], Browser]
NEW = {"account": "nguyen.an", "name": "Nguyễn Văn An", "email": "an@example.vn", "phone": "0912 345 678"}


def roles_of(wiring: Wiring, account: str) -> list[tuple[str, str]]:
    with begin_read(wiring.engine) as connection:
        return [(one.role.value, one.unit) for one in people_on_record(connection).roles(account)]


def test_people_are_found_without_diacritics_and_those_elsewhere_are_not(
    office: WebOffice, signed_in: SignedIn
) -> None:
    browser = signed_in(ADMIN)
    listed = browser.get("/admin/people").text
    assert f'/admin/people/{LEAD}"' in listed
    assert f'/admin/people/{FOREIGN_LEAD}"' not in listed
    found = browser.get("/admin/people?q=khach").text
    assert f'/admin/people/{office.nobody}"' in found
    assert f'/admin/people/{LEAD}"' not in found
    assert browser.get(f"/admin/people/{FOREIGN_LEAD}").status_code == 404


def test_somebody_is_added_appointed_by_the_name_of_the_unit_and_the_role_ended(
    office: WebOffice, signed_in: SignedIn, wiring: Wiring
) -> None:
    browser = signed_in(ADMIN)
    added = browser.post("/admin/people/new", NEW)
    assert NEW["name"] in words(browser.follow(added))
    appoint = {"role": "verifier", "unit": RECEIVING}
    browser.follow(browser.post(f"/admin/people/{NEW['account']}/appoint", appoint))
    assert roles_of(wiring, NEW["account"]) == [("verifier", RECEIVING)]
    with begin_read(wiring.engine) as connection:
        held = people_on_record(connection).roles(NEW["account"])[0]
    end = appoint | {"held": held.since.isoformat()}
    browser.follow(browser.post(f"/admin/people/{NEW['account']}/end", end))
    with begin_read(wiring.engine) as connection:
        assert people_on_record(connection).roles(NEW["account"])[0].until == wiring.today()


def test_a_mistake_gives_the_form_back_with_what_was_typed(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(ADMIN)
    refused = browser.post("/admin/people/new", NEW | {"email": "không phải"})
    assert refused.status_code == 422
    assert NEW["name"] in refused.text
    assert 'role="alert"' in refused.text
    assert browser.post("/admin/people/new", NEW | {"account": LEAD}).status_code == 422


def test_no_role_is_given_outside_the_administrators_reach(
    office: WebOffice, signed_in: SignedIn, wiring: Wiring
) -> None:
    browser, before = signed_in(ADMIN), roles_of(wiring, office.nobody)
    for unit in (FOREIGN_UNIT, "*", "new:79"):
        assert (
            browser.post(f"/admin/people/{office.nobody}/appoint", {"role": "auditor", "unit": unit}).status_code == 409
        )
    assert roles_of(wiring, office.nobody) == before


def test_whoever_holds_a_role_elsewhere_too_is_changed_by_somebody_who_administers_both(
    office: WebOffice, signed_in: SignedIn, wiring: Wiring
) -> None:
    foreign_admin = signed_in(FOREIGNERS[PersonRole.ADMINISTRATOR])
    foreign_admin.follow(
        foreign_admin.post(f"/admin/people/{office.nobody}/appoint", {"role": "auditor", "unit": "new:79"})
    )
    with_both = signed_in(ADMIN)
    assert with_both.get(f"/admin/people/{office.nobody}").status_code == 404
    foreign_admin.follow(foreign_admin.post(f"/admin/people/{office.nobody}/correct", {"name": "Khách Quý"}))
    assert foreign_admin.post(f"/admin/people/{LEAD}/disable", {"reason": "nghỉ"}).status_code == 404


def test_disabling_takes_a_reason_and_ends_what_the_person_may(
    office: WebOffice, signed_in: SignedIn, wiring: Wiring
) -> None:
    browser = signed_in(ADMIN)
    assert browser.post(f"/admin/people/{LEAD}/disable", {"reason": " "}).status_code == 422
    page = browser.follow(browser.post(f"/admin/people/{LEAD}/disable", {"reason": "nghỉ hưu"}))
    assert "/disable" not in page.text
    with begin_read(wiring.engine) as connection:
        assert people_on_record(connection).persons[LEAD].disabled_on == wiring.today()


def test_an_absence_needs_its_last_day_and_goes_on_record(
    office: WebOffice, signed_in: SignedIn, wiring: Wiring
) -> None:
    browser, until = signed_in(ADMIN), {"until-d": "30", "until-m": "12", "until-y": "2099"}
    asked = {"substitute": PEOPLE[PersonRole.VERIFIER], "reason": "đi học"}
    assert browser.post(f"/admin/people/{LEAD}/absence", asked).status_code == 422
    browser.follow(browser.post(f"/admin/people/{LEAD}/absence", asked | until))
    with begin_read(wiring.engine) as connection:
        assert [one.substitute for one in people_on_record(connection).absences(LEAD)] == [asked["substitute"]]


def test_a_table_is_looked_at_first_and_written_when_asked(
    office: WebOffice, signed_in: SignedIn, wiring: Wiring
) -> None:
    browser = signed_in(ADMIN)
    table = "account,name,email,phone,language\nle.binh,Lê Bình,,,vi\n"
    looked = sent(browser, table, "look")
    assert looked.status_code == 200
    assert "le.binh" in words(looked)
    with begin_read(wiring.engine) as connection:
        assert "le.binh" not in people_on_record(connection).persons
    assert sent(browser, table, "write").status_code == 200
    with begin_read(wiring.engine) as connection:
        assert people_on_record(connection).persons["le.binh"].name == "Lê Bình"


def test_a_table_with_one_mistake_or_a_unit_elsewhere_is_refused_whole(
    office: WebOffice, signed_in: SignedIn, wiring: Wiring
) -> None:
    browser = signed_in(ADMIN)
    heading = "account,role,unit,since,until\n"
    good = f"{office.nobody},auditor,{office.unit},2031-01-01,\n"
    for bad in (
        f"{office.nobody},auditor,{FOREIGN_UNIT},2031-01-01,\n",
        f"{office.nobody},king,{office.unit},2031-01-01,\n",
    ):
        refused = sent(browser, heading + good + bad, "write")
        assert refused.status_code == 422
        assert "bangiao-" not in words(refused)
    assert roles_of(wiring, office.nobody) == []


def sent(browser: Browser, table: str, do: str):  # type: ignore[no-untyped-def]
    """A table of people, with one of the form's two buttons."""
    return browser.post(
        "/admin/people/import", {"do": do}, files={"files": ("nguoi.csv", io.BytesIO(table.encode()), "text/csv")}
    )
