"""A decision given field by field: the same plan as from a file, mistakes beside their fields, taken along as YAML."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from browsing import Browser, words
from builders import own_decision
from web_office import WebOffice

from bangiao.wiring import Wiring
from checklists.decisions import MergerDecision
from web.committee.decision_fields import MOST_ROWS

SignedIn = Callable[[str], Browser]
COMMITTEE = "chu-tich"
NEW = "02/QĐ-TN"
GIVEN: MergerDecision = own_decision(NEW, predecessors=("old:00004",))


def filled(**changes: str) -> dict[str, str]:
    """The fields as a person fills them in."""
    said = {
        "number": NEW,
        "kind": GIVEN.kind,
        "title_vi": GIVEN.title.vi,
        "title_en": GIVEN.title.en,
        "issuing_body": GIVEN.issuing_body,
        "province": GIVEN.province or "",
        "central": ", ".join(GIVEN.central),
        "source": GIVEN.source,
    }
    for name in ("issued", "effective", "operational"):
        day = getattr(GIVEN, name)
        said |= {f"{name}-d": str(day.day), f"{name}-m": str(day.month), f"{name}-y": str(day.year)}
    for number, row in enumerate(GIVEN.successions):
        said |= {
            f"from-{number}": row.predecessor,
            f"to-{number}": row.successor,
            f"relation-{number}": row.relation.value,
            f"basis-{number}": row.basis,
        }
    return said | changes


def hidden(page: str, name: str) -> str:
    return unescape(re.findall(rf'name="{name}" value="([^"]*)"', page)[0])


def mistake(page: str, place: str) -> str:
    found = re.search(rf'id="{place}-mistake"><span[^>]*>[^<]*</span> ([^<]*)</p>', page)
    return unescape(found[1]) if found else ""


def test_it_has_the_plan_that_the_file_has_and_can_be_drafted(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(COMMITTEE)
    from_file = browser.post("/decisions/new", files={"file": ("qd.json", GIVEN.canonical_json().encode())})
    from_form = browser.post("/decisions/form", filled())
    assert from_form.status_code == 200, words(from_form)
    assert hidden(from_form.text, "plan_hash") == hidden(from_file.text, "plan_hash")
    fields = {name: hidden(from_form.text, name) for name in ("content", "plan_hash")}
    assert browser.follow(browser.post("/decisions/draft", fields)).status_code == 200


def test_names_without_diacritics_become_keys_and_unclear_ones_are_asked_about(
    office: WebOffice, signed_in: SignedIn
) -> None:
    browser = signed_in(COMMITTEE)
    named = browser.post("/decisions/form", filled(**{"from-0": "phuong truc bach", "to-0": "Ba Đình"}))
    assert named.status_code == 200, words(named)
    assert '"old:00004"' in hidden(named.text, "content")
    unclear = browser.post("/decisions/form", filled(**{"from-0": "an"}))
    assert unclear.status_code == 422
    assert "old:" in mistake(unclear.text, "from-0")
    assert 'value="an"' in unclear.text
    unknown = browser.post("/decisions/form", filled(**{"to-0": "Không Có Đâu"}))
    assert "Không Có Đâu" in mistake(unknown.text, "to-0")


def test_units_are_offered_only_within_ones_reach(office: WebOffice, signed_in: SignedIn) -> None:
    page = signed_in(COMMITTEE).post("/decisions/form", {"do": "add", "province": "new:01"}).text
    assert '<option value="old:00004 Phường Trúc Bạch' in page
    other = signed_in(COMMITTEE).post("/decisions/form", {"do": "add", "province": "new:79"}).text
    assert re.findall(r'<option value="(?:old|new):\d+ ', other) == []
    foreign = signed_in(COMMITTEE).post("/decisions/form", filled(province="new:79", **{"from-0": "phuong ben nghe"}))
    assert "Bến Nghé" not in foreign.text


def test_each_mistake_stands_beside_its_field_and_what_was_typed_stays(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(COMMITTEE)
    answer = browser.post("/decisions/form", filled(number="", title_en="", **{"issued-m": "13", "issued-d": "7"}))
    assert answer.status_code == 422
    assert mistake(answer.text, "issued")
    again = browser.post("/decisions/form", filled(number="", title_en="", **{"operational-y": "2024"}))
    assert mistake(again.text, "number")
    assert mistake(again.text, "title_en")
    assert f'value="{GIVEN.kind}"' in again.text
    late = browser.post("/decisions/form", filled(**{"operational-y": "2024"}))
    assert mistake(late.text, "operational")
    gone = browser.post("/decisions/form", filled(**{"from-0": "old:99999"}))
    assert "old:99999" in mistake(gone.text, "from-0"), words(gone)
    first = {name.replace("-0", "-1"): value for name, value in filled().items() if name.endswith("-0")}
    twice = browser.post("/decisions/form", filled(**first))
    assert twice.status_code == 422
    assert mistake(twice.text, "from-1") or mistake(twice.text, "from-0"), words(twice)
    assert "successions[" not in words(twice)
    assert "successions[" not in words(gone)


def test_rows_are_added_and_taken_away_without_a_script(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(COMMITTEE)
    page = browser.post("/decisions/form", filled(do="add"))
    count = len(GIVEN.successions)
    assert page.status_code == 200
    assert f'name="from-{count}" type="text" value=""' in page.text
    assert f'name="from-0" type="text" value="{GIVEN.successions[0].predecessor}"' in page.text
    fewer = browser.post("/decisions/form", filled(do="remove-0", **{f"from-{count}": "old:00006", f"to-{count}": ""}))
    assert 'value="old:00006"' in fewer.text
    assert f'name="from-{count}"' not in fewer.text
    many = {f"from-{number}": "old:00004" for number in range(MOST_ROWS)}
    full = browser.post("/decisions/form", {"do": "add"} | many)
    assert full.status_code == 422
    assert str(MOST_ROWS) in words(full)


def test_what_is_written_is_taken_along_as_yaml_and_read_back(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(COMMITTEE)
    file = browser.post("/decisions/form", filled(do="yaml"))
    assert file.headers["content-disposition"] == 'attachment; filename="decision.yaml"'
    seen = browser.post("/decisions/new", files={"file": ("decision.yaml", file.content)})
    assert seen.status_code == 200, words(seen)
    assert hidden(seen.text, "content") == GIVEN.canonical_json()
    unfinished = browser.post("/decisions/form", {"do": "yaml", "number": "3: [x] # ba"})
    assert unfinished.text.startswith("number: '3: [x] # ba'\n")


def test_a_plan_that_was_seen_goes_back_into_the_form(office: WebOffice, signed_in: SignedIn) -> None:
    browser = signed_in(COMMITTEE)
    page = browser.post("/decisions/form", {"do": "edit", "content": GIVEN.canonical_json()}).text
    for name, value in filled().items():
        if value and not name.startswith(("province", "relation", "basis", "source")):
            assert f'name="{name}"' in page, name
    assert f'value="{GIVEN.successions[0].predecessor}"' in page
    for spoilt in ("", "[]", "{", '{"title": 3}'):
        assert browser.post("/decisions/form", {"do": "edit", "content": spoilt}).status_code == 200


def test_nothing_is_written_by_looking(office: WebOffice, wiring: Wiring, signed_in: SignedIn) -> None:
    browser = signed_in(COMMITTEE)
    browser.post("/decisions/form", filled())
    assert browser.get(f"/decisions/{NEW}").status_code == 404
