"""Vietnamese as people look for it and as dictionaries order it, on the pages themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from browsing import Browser
from offices import appoint
from sqlalchemy import select
from web_office import WebOffice

from bangiao.wiring import Wiring
from checklists.names import sort_key
from checklists.people import PersonRole
from db.models import ChecklistRow, UnitRow
from db.session import begin_read

MOSTLY_EMBEDDED = True

SignedIn = Callable[[str], Browser]
IN_ORDER = ("An Giang", "Cà Mau", "Cao Bằng", "Đắk Lắk", "Điện Biên", "Đồng Nai", "Đồng Tháp", "Gia Lai", "Lâm Đồng")
"""Some of the 34, as a Vietnamese dictionary has them: Đ after D's place, tones after letters."""


@pytest.fixture
def everywhere(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> Browser:
    """Somebody who reads the whole country."""
    appoint(wiring, "ca-nuoc", PersonRole.COMMITTEE, "*")
    return signed_in("ca-nuoc")


def test_provinces_stand_as_in_a_dictionary(everywhere: Browser) -> None:
    page = everywhere.get("/packages/order").text
    choice = re.search(r'<select id="f-province".*?</select>', page, re.DOTALL)
    assert choice
    names = re.findall(r'<option value="new:\d+"[^>]*>([^<]+)</option>', choice[0])
    assert len(names) == 34
    places = [next(place for place, name in enumerate(names) if one in name) for one in IN_ORDER]
    assert places == sorted(places)


def units_found(browser: Browser, asked: str) -> list[str]:
    page = browser.get("/cockpit/units", params={"q": asked})
    assert page.status_code == 200
    return re.findall(r'<th scope="row"><a href="/units/([^"]+)">', page.text)


def plain(name: str) -> str:
    """As somebody types it who has no Vietnamese keyboard."""
    letters = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    return "".join(one for one in letters if not unicodedata.combining(one))


@pytest.fixture
def names(office: WebOffice, wiring: Wiring) -> dict[str, str]:
    """The office's units by key."""
    query = select(UnitRow.key, UnitRow.name).where(UnitRow.key.in_(select(ChecklistRow.unit)))
    with begin_read(wiring.engine) as connection:
        return {row.key: row.name for row in connection.execute(query)}


WAYS: dict[str, Callable[[str], str]] = {
    "as it is written": str,
    "without marks": plain,
    "in capitals without marks": lambda name: plain(name).upper(),
    "with letters and marks apart": lambda name: unicodedata.normalize("NFD", name),
    "its beginning in small letters": lambda name: plain(name).lower()[:6],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_unit_is_found_however_its_name_is_typed(everywhere: Browser, names: dict[str, str], way: str) -> None:
    assert any("Đ" in name or "đ" in name for name in names.values()), "a name with the letter that is no D"
    for key, name in names.items():
        assert key in units_found(everywhere, WAYS[way](name)), (name, WAYS[way](name))


def test_units_of_one_standing_are_listed_as_in_a_dictionary(everywhere: Browser) -> None:
    page = everywhere.get("/cockpit/matrix").text
    named = re.findall(r'<th scope="row"><a href="/units/[^"]+">([^<]+)</a>', page)
    assert len(named) >= 5
    assert named == sorted(named, key=sort_key) != sorted(named)
