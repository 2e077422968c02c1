"""What attackers type into every field of every form, and send to every form that takes a file: nothing breaks, nothing
is believed, nothing is half written.

Which forms there are is read from the pages themselves, as each role is shown them.
"""

from __future__ import annotations

import io
import json
import unicodedata
import zipfile
from collections.abc import Iterator

import httpx
import pytest
from browsing import Browser, Pages
from form_filling import Field, Form, forms_in
from lead_forms import events, photo, send
from route_table import OWN, pages_among
from sqlalchemy import func, select
from web_office import LEAD, WebOffice

from bangiao.wiring import Wiring
from checklists.people import PersonRole
from db.models import EventRow, Row
from db.session import begin_read
from db.work_models import EvidenceRow

MOSTLY_EMBEDDED = True

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
HOSTILE = {
    "code": SCRIPT + "{{7*191}}${7*191}<%= 7*191 %>#{7*191}%(x)s{0.__class__}{name}' OR 1=1; DROP TABLE step; --",
    "other lines": "x\r\nSet-Cookie: stolen=1\r\n\r\n<h1>mine</h1>",
    "no text": "a\x00b\x1b[31m\u202e\ufeff\ud7ff\U000e0041",
    "very long": unicodedata.normalize("NFD", "Đặng Thị Ngọc Ưởng") * 4_000,
    "numbers": "99999999999999999999999999999999",
}
ENDS_THE_SESSION = ("/sign-out", "/account/sessions/end-all", "/account/password")
ROLES = (PersonRole.UNIT_LEAD, PersonRole.COMMITTEE, PersonRole.AUDITOR, PersonRole.ADMINISTRATOR)


def forms_of(pages: Pages, office: WebOffice, browser: Browser, known: set[object]) -> Iterator[Form]:
    """Every form that this person is shown, and that `known` has not seen."""
    for route in pages_among(pages.app):
        answer = browser.get(route.address(office, OWN[route.about](office) if route.about in OWN else ""))
        if answer.headers.get("content-type", "").startswith("text/html"):
            for form in forms_in(answer.text):
                if form.shape not in known and not form.action.startswith(ENDS_THE_SESSION):
                    known.add(form.shape)
                    yield form


def sent(browser: Browser, form: Form, text: str) -> httpx.Response:
    """The form with this text in whatever can be typed."""

    def typed(field: Field) -> str:
        return text

    if form.method == "get":
        text = text[:900]  # addresses have an end
        return browser.get(form.action, params=form.filled(typed))
    return browser.post(form.action, form.filled(typed) | {"token": browser.form_token})


def wrong(answer: httpx.Response, text: str) -> str:
    """What an answer to a hostile form may not be."""
    if answer.status_code >= 500:
        return f"answers {answer.status_code}"
    if "stolen" in answer.headers.get("set-cookie", "") or "\n" in answer.headers.get("location", ""):
        return "a header was written by what was typed"
    if SCRIPT[:25] in answer.text or "<img src=x" in answer.text or "<h1>mine" in answer.text:
        return "what was typed became part of the page"
    return "a template was carried out" if "1337" in answer.text and "7*191" in text else ""


def test_no_field_of_any_form_believes_what_is_typed(office: WebOffice, pages: Pages) -> None:
    known: set[object] = set()
    found = []
    for role in ROLES:
        browser = pages.signed_in(office.people[role])
        for form in list(forms_of(pages, office, browser, known)):
            for name, text in HOSTILE.items():
                if said := wrong(sent(browser, form, text), text):
                    found.append(f"{form.method} {form.action}, {name}: {said}")
        assert browser.get("/").status_code == 200
    assert len(known) >= 30
    assert not found, "\n".join(found)


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
BOMB = b"\0" * (60 << 20)
ENTITIES = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'
FILES = {
    "hình.jpg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "trang.jpg": b"<!doctype html><script>alert(1)</script>",
    "bom.docx": zipped(**{"[Content_Types].xml": TYPES, "word__document.xml": BOMB}),
    "bom.xlsx": zipped(**{"[Content_Types].xml": TYPES, "xl__workbook.xml": BOMB, "xl__sharedStrings.xml": BOMB}),
    "thực thể.xlsx": zipped(**{"[Content_Types].xml": TYPES, "xl__workbook.xml": ENTITIES}),
    "neo.yaml": b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n",
    "mã.yaml": b"!!python/object/apply:os.system ['touch hacked']\n",
    "sâu.json": b"[" * 100_000,
    "chữ.csv": b"\xff\xfe\x00\x00" + b"=cmd|' /C calc'!A0;\x00\n" * 50,
    "gói.zip": zipped(**{"goi__bagit.txt": b"BagIt-Version: 1.0\n", "goi__..__..__x": b"x"}),
    "rỗng.xlsx": b"",
}


def test_no_form_for_files_is_brought_down_by_one(office: WebOffice, pages: Pages, wiring: Wiring) -> None:
    known: set[object] = set()
    found, tried = [], 0
    for role in ROLES:
        browser = pages.signed_in(office.people[role])
        for form in [one for one in forms_of(pages, office, browser, known) if one.takes_files]:
            tried += 1
            for name, content in FILES.items():
                before = rows(wiring)
                fields = form.filled(lambda _field: "") | {"token": browser.form_token}
                files = {form.takes_files[0]: (name, content, "image/jpeg")}
                status = browser.post(form.action, fields, files=files).status_code
                if status >= 500 or (status == 422 and rows(wiring) != before):
                    found.append(f"{form.action}, {name}: {status}")
    assert tried >= 5
    assert not found, "\n".join(found)


def rows(wiring: Wiring) -> dict[str, int]:
    """How much stands in the tables that a file could fill."""
    with begin_read(wiring.engine) as connection:
        tables = [Row.metadata.tables[one] for one in ("event", "evidence", "decision", "person", "assignment")]
        return {one.name: connection.scalar(select(func.count()).select_from(one)) or 0 for one in tables}


NAMES = {
    "up the tree": "../../../../etc/cron.d/x.jpg",
    "another's tree": "..\\..\\windows\\x.jpg",
    "no text": "a\x00b\x07c.jpg",
    "other lines": "a\r\nX-Evil: 1.jpg",
    "the other way round": "ảnh\u202egpj.exe.jpg",
    "300 letters": "ả" * 296 + ".jpg",
    "only dots": "....jpg",
    "a device": "CON.jpg",
    "a script": "<script>alert(1)</script>.jpg",
    "decomposed": unicodedata.normalize("NFD", "Ảnh bàn giao.jpg"),
}


@pytest.mark.parametrize("kind", NAMES)
def test_a_hostile_name_is_put_right_or_refused(office: WebOffice, pages: Pages, wiring: Wiring, kind: str) -> None:
    lan = pages.signed_in(LEAD)
    before = events(wiring, office.step)
    answer = send(lan, office.step, "attach", {}, [(NAMES[kind], photo(77))])
    assert answer.status_code in {303, 422}
    if answer.status_code == 422:
        assert events(wiring, office.step) == before
        return
    with begin_read(wiring.engine) as connection:
        query = select(EvidenceRow.name).where(EvidenceRow.step_id == office.step)
        name = next(one for one in connection.scalars(query) if one != "ảnh.png")
    assert not set(name) & set('/\\\r\n\0\x07"\u202e')
    assert len(name.encode()) <= 255
    assert unicodedata.is_normalized("NFC", name)
    page = lan.get(f"/steps/{office.step}")
    assert "<script>alert" not in page.text
    assert wrong(page, "") == ""


def test_what_a_browser_calls_a_file_is_not_believed(office: WebOffice, pages: Pages, wiring: Wiring) -> None:
    lan = pages.signed_in(LEAD)
    fields = {"token": lan.form_token, "once": "t"}
    files = [("files", ("ảnh.jpg", photo(78), "text/html"))]
    assert lan.post(f"/steps/{office.step}/attach", fields, files=files).status_code == 303
    with begin_read(wiring.engine) as connection:
        query = select(EventRow.payload).where(EventRow.step_id == office.step, EventRow.type == "evidence.attached")
        said = [json.loads(one)["attached"][0] for one in connection.scalars(query)]
    [digest] = [one["digest"] for one in said if one["name"] == "ảnh.jpg"]
    answer = lan.get(f"/steps/{office.step}/evidence/{digest}")
    assert not answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-disposition"].startswith("attachment")
