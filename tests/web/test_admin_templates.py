"""Templates on the administrator's pages: versions, texts, differences; a draft is checked, compared, published."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from browsing import Browser, words
from offices import appoint
from sqlalchemy import select
from web_office import PEOPLE, WebOffice

from bangiao.template_files import read_shipped_templates, read_template, shipped_path
from bangiao.template_text import as_text
from bangiao.wiring import Wiring
from checklists.people import EVERYWHERE, PersonRole
from checklists.template_difference import template_difference
from db.models import ChecklistRow, EventRow, TemplateRow
from db.session import begin_read
from db.templates import current_hashes

MOSTLY_EMBEDDED = True

ADMIN, WHOLE = PEOPLE[PersonRole.ADMINISTRATOR], "quan-tri-chung"
SLUG = "data-backup"
SHIPPED = next(one for one in read_shipped_templates() if one.template == SLUG)
TEXT = shipped_path(SLUG).read_text(encoding="utf-8")
TITLE, OTHER = "Sao lưu, dự phòng dữ liệu định kỳ", "Sao lưu dữ liệu hằng ngày & kiểm tra"
NEW = TEXT.replace('version: "2025.1"', 'version: "2025.2"').replace(TITLE, OTHER)
SignedIn = Callable[[str], Browser]


@pytest.fixture
def browser(office: WebOffice, signed_in: SignedIn, wiring: Wiring) -> Browser:
    """Of somebody who administers the whole country."""
    appoint(wiring, WHOLE, PersonRole.ADMINISTRATOR, EVERYWHERE)
    return signed_in(WHOLE)


def checked(browser: Browser, text: str) -> httpx.Response:
    return browser.post("/admin/templates/draft", {"text": text})


def confirmed(browser: Browser, preview: httpx.Response) -> httpx.Response:
    """The button under the preview, with what stands in its form."""
    current = re.search(r'name="current" value="([^"]*)"', preview.text)
    text = re.search(r'<textarea name="text" hidden[^>]*>(.*?)</textarea>', preview.text, re.DOTALL)
    assert current
    assert text
    return browser.post("/admin/templates/publish", {"current": current[1], "text": html.unescape(text[1])})


def versions(wiring: Wiring) -> set[tuple[str, str]]:
    with begin_read(wiring.engine) as connection:
        rows = connection.execute(select(TemplateRow.version, TemplateRow.published_by).where(TemplateRow.slug == SLUG))
        return {(row.version, row.published_by) for row in rows}


def published(wiring: Wiring) -> list[str]:
    with begin_read(wiring.engine) as connection:
        query = select(EventRow.actor).where(EventRow.type == "template.published", EventRow.subject == SLUG)
        return list(connection.scalars(query))


def held(wiring: Wiring) -> set[str]:
    """The versions of all open checklists, by hash."""
    with begin_read(wiring.engine) as connection:
        return set(connection.scalars(select(ChecklistRow.template_hash)))


def test_a_new_version_is_checked_compared_and_published_and_touches_nothing_open(
    office: WebOffice, browser: Browser, wiring: Wiring
) -> None:
    before = held(wiring)
    preview = checked(browser, NEW)
    assert preview.status_code == 200
    shown = html.unescape(words(preview))
    for said in ("DAT-02", TITLE, OTHER, office.decision, "2025.1", "2025.2"):
        assert said in shown
    assert versions(wiring) == {("2025.1", "bangiao")}
    page = browser.follow(confirmed(browser, preview))
    assert 'role="status"' in page.text
    assert versions(wiring) == {("2025.1", "bangiao"), ("2025.2", WHOLE)}
    assert published(wiring) == [WHOLE]
    assert held(wiring) == before
    with begin_read(wiring.engine) as connection:
        current = next(one for one in wiring.planning(connection).templates if one.template == SLUG)
    assert (current.version, current.steps[0].title.vi) == ("2025.2", OTHER)
    difference = browser.get(f"/admin/templates/{SLUG}/difference?old=2025.1&new=2025.2")
    assert TITLE in words(difference)
    assert OTHER in html.unescape(words(difference))


def test_a_draft_begins_with_the_text_of_a_version_under_the_next_number(browser: Browser) -> None:
    form = browser.get(f"/admin/templates/draft?template={SLUG}&version=2025.1")
    text = re.search(r'<textarea id="text" name="text"[^>]*>(.*?)</textarea>', form.text, re.DOTALL)
    assert text
    assert "version: " in html.unescape(text[1])
    assert checked(browser, html.unescape(text[1])).status_code == 200
    assert "DAT-03" in browser.get(f"/admin/templates/{SLUG}/text").text


@pytest.mark.parametrize("slug", [one.template for one in read_shipped_templates()])
def test_the_text_of_a_version_reads_back_to_the_same_version(slug: str, tmp_path: Path) -> None:
    template = next(one for one in read_shipped_templates() if one.template == slug)
    file = tmp_path / "mau.yaml"
    file.write_text(as_text(template), encoding="utf-8")
    assert read_template(file).content_hash == template.content_hash
    assert template_difference(template, read_template(file)).nothing


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (TEXT.replace("steps:", "stepz:", 1), "stepz"),
        (NEW.replace("anchor: issued", "anchor: sometime", 1), "sometime"),
        (NEW.replace("- key: DAT-03", "- key: DAT-02", 1), "DAT-02"),
        ("a: [", ""),
        ("", ""),
        ("<script>alert(1)</script>", ""),
    ],
    ids=["field", "anchor", "twice", "unreadable", "empty", "script"],
)
def test_every_mistake_is_said_and_the_text_stays(browser: Browser, wiring: Wiring, wrong: str, said: str) -> None:
    answer = checked(browser, wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert said in words(answer)
    assert "bangiao-" not in words(answer)
    assert "<script>alert" not in answer.text
    kept = re.search(r'<textarea id="text"[^>]*>(.*?)</textarea>', answer.text, re.DOTALL)
    assert kept
    assert html.unescape(kept[1]).strip() == wrong.strip()
    assert browser.post("/admin/templates/publish", {"text": wrong, "current": ""}).status_code == 422
    assert versions(wiring) == {("2025.1", "bangiao")}


def test_a_mistake_names_its_line(browser: Browser) -> None:
    wrong = NEW.replace("anchor: issued", "anchor: sometime", 1)
    line = 1 + wrong[: wrong.index("sometime")].count("\n")
    assert re.search(rf"\b{line}\b", words(checked(browser, wrong)))


def test_a_file_is_checked_as_well(browser: Browser) -> None:
    files = {"files": ("data-backup.yaml", io.BytesIO(NEW.encode()), "text/plain")}
    assert browser.post("/admin/templates/draft", files=files).status_code == 200
    bad = {"files": ("mau.yaml", io.BytesIO(NEW.encode("utf-16")), "text/plain")}
    assert browser.post("/admin/templates/draft", files=bad).status_code == 422


def test_what_was_compared_with_is_still_current_or_it_is_refused(browser: Browser, wiring: Wiring) -> None:
    preview = checked(browser, NEW)
    third = NEW.replace("2025.2", "2025.3").replace(OTHER, "Tên khác nữa")
    browser.follow(confirmed(browser, checked(browser, third)))
    answer = confirmed(browser, preview)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert {version for version, _ in versions(wiring)} == {"2025.1", "2025.3"}
    browser.follow(confirmed(browser, answer))
    with begin_read(wiring.engine) as connection:
        assert current_hashes(connection)[SLUG] != SHIPPED.content_hash


def test_a_number_that_is_taken_is_not_offered_for_publishing(browser: Browser, wiring: Wiring) -> None:
    taken = TEXT.replace(TITLE, OTHER)
    preview = checked(browser, taken)
    assert "/admin/templates/publish" not in preview.text
    assert browser.post("/admin/templates/publish", {"text": taken, "current": SHIPPED.content_hash}).status_code == 409
    assert "/admin/templates/publish" not in checked(browser, TEXT).text
    assert versions(wiring) == {("2025.1", "bangiao")}


def test_publishing_takes_an_administrator_of_the_whole_country(
    office: WebOffice, browser: Browser, signed_in: SignedIn, wiring: Wiring
) -> None:
    partly = signed_in(ADMIN)
    preview = checked(partly, NEW)
    assert preview.status_code == 200
    assert "/admin/templates/publish" not in preview.text
    assert office.decision not in words(preview)
    answer = partly.post("/admin/templates/publish", {"text": NEW, "current": SHIPPED.content_hash})
    assert answer.status_code == 409
    assert published(wiring) == []


def test_a_version_that_is_not_there_is_not_there(browser: Browser) -> None:
    for address in (
        "/admin/templates/khong-co",
        f"/admin/templates/{SLUG}?version=1999.1",
        f"/admin/templates/{SLUG}/text?version=1999.1",
        f"/admin/templates/{SLUG}/difference?old=1999.1",
        "/admin/templates/draft?template=khong-co",
    ):
        assert browser.get(address).status_code == 404, address
