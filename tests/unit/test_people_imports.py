"""Tables of persons, roles and absences: what they would do, and why they are refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from small_register import SmallRegister

from bangiao.table_files import read_table_files
from checklists.errors import Refused
from checklists.imports.people import PeoplePreview, preview_people
from checklists.imports.rows import Action
from checklists.people import EVERYWHERE, Assignment, Person, PersonRole, Substitution
from checklists.people_rules import Entry, PeopleOnRecord
from checklists.units import UnitKey

TODAY = date(2025, 6, 17)
PERSONS = "account,name,email,phone,language\nan,Nguyễn Văn An,an@example.vn,0912 345 678,vi\nhoa,Lê Thị Hoa,,,\n"
ROLES = "person,role,unit,since,until\nan,unit_lead,new:00004,2025-06-01,\nhoa,administrator,*,2025-06-01,2026-06-01\n"
ABSENCES = "absent,substitute,since,until,reason\nan,hoa,2025-06-17,2025-06-20,nghỉ phép\n"
AN = Person("an", "Nguyễn Văn An", "an@example.vn", "0912 345 678")
HOA = Person("hoa", "Lê Thị Hoa")
AN_LEADS = Assignment("an", PersonRole.UNIT_LEAD, UnitKey("new:00004"), date(2025, 6, 1))


def preview(folder: Path, *texts: str, held: Iterable[Entry] = ()) -> PeoplePreview:
    files = [folder / f"table{number}.csv" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    return preview_people(read_table_files(files), PeopleOnRecord(held), SmallRegister(), TODAY)


def sentences(folder: Path, *texts: str, held: Iterable[Entry] = ()) -> list[str]:
    return [
        " ".join(str(one).split()).removeprefix(f"{folder}/") for one in preview(folder, *texts, held=held).mistakes
    ]


def test_persons_roles_and_absences_are_told_apart_whatever_the_order_of_the_files(tmp_path: Path) -> None:
    seen = preview(tmp_path, ABSENCES, ROLES, PERSONS).accepted()
    assert seen.changed() == [
        AN,
        HOA,
        AN_LEADS,
        Assignment("hoa", PersonRole.ADMINISTRATOR, EVERYWHERE, date(2025, 6, 1), date(2026, 6, 1)),
        Substitution("an", "hoa", TODAY, date(2025, 6, 20), "nghỉ phép"),
    ]
    assert [row.place.line for row in seen.rows] == [2, 3, 2, 3, 2]
    assert [str(row.differences[0].render(str)) for row in seen.rows][2:] == [
        "unit lead in new:00004 Phường Ba Đình from 01/06/2025",
        "administrator in the whole country from 01/06/2025 until 01/06/2026",
        "hoa stands in from 17/06/2025 until 20/06/2025",
    ]


def test_what_is_on_record_is_the_same_and_what_the_file_leaves_empty_stays(tmp_path: Path) -> None:
    ended = Assignment(*AN_LEADS.key, until=date(2025, 6, 10))
    away = Substitution("an", "hoa", TODAY, date(2025, 6, 20), "ốm")
    held = [AN, Person("hoa", "Lê Thị Hoa", "hoa@example.vn", language="en"), ended, away]
    absences = "absent,substitute,since,until\nan,hoa,2025-06-17,2025-06-20\n"
    seen = preview(tmp_path, PERSONS, ROLES.replace("hoa,adm", "an,adm"), absences, held=held).accepted()
    actions = [row.action for row in seen.rows]
    assert actions == [Action.SAME, Action.SAME, Action.SAME, Action.ADD, Action.SAME]
    assert len(seen.changed()) == 1


def test_a_correction_says_what_it_changes(tmp_path: Path) -> None:
    seen = preview(tmp_path, PERSONS.replace("Nguyễn Văn An", "Nguyễn Văn Ân"), held=[AN, HOA]).accepted()
    assert [row.action for row in seen.rows] == [Action.CHANGE, Action.SAME]
    assert seen.rows[0].differences[0].render(str) == "name: Nguyễn Văn An → Nguyễn Văn Ân"


def test_every_mistake_of_every_table_is_said_with_its_line_and_column(tmp_path: Path) -> None:
    wrong = "account,role,unit,since,until\nah,unit_lead,new:00004,2025-06-01,\nan,chief,old:4,01/06/2025,\n"
    found = sentences(tmp_path, PERSONS.replace("an@example.vn", "an@"), wrong)
    assert found == [
        'table0.csv, line 2: email: The text "an@" is no e-mail address. Write it like an.nguyen@example.vn, or leave '
        "it empty.",
        "table1.csv, line 2: account: ah is not on record. Nobody has an account like it. Correct the account, or add "
        "the person first (bangiao user add, or a row in a table of persons).",
        'table1.csv, line 3: role: "chief" is not one of the words committee, unit_lead, verifier, auditor, '
        "administrator. Write one of them.",
        *found[3:],
    ]
    assert "line 3: unit:" in found[4]
    assert "Write 2025-06-01" in found[3]
    with pytest.raises(Refused, match="5 mistakes; nothing was written"):
        preview(tmp_path, PERSONS.replace("an@example.vn", "an@"), wrong).accepted()


def test_a_wrong_person_is_not_also_said_to_be_unknown_in_every_role(tmp_path: Path) -> None:
    loose = unicodedata.normalize("NFD", "Nguyễn Văn An")
    (only,) = sentences(tmp_path, PERSONS.replace("Nguyễn Văn An", loose), ROLES, ABSENCES)
    assert only.startswith("table0.csv, line 2: name:")


def test_a_row_that_stands_twice_is_refused_also_over_two_files(tmp_path: Path) -> None:
    (only,) = sentences(tmp_path, PERSONS, "account,name\nhoa,Hoa\n")
    assert only.startswith("table1.csv, line 2: account: Hoa stands already in line 3 of")


def test_roles_of_one_import_may_not_overlap_each_other(tmp_path: Path) -> None:
    (only,) = sentences(tmp_path, PERSONS, ROLES + "an,unit_lead,new:00004,2025-07-01,\n")
    assert "line 4: since: an holds the role unit lead in new:00004 already, from 01/06/2025" in only


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "tên,chức vụ\nAn,trưởng\n",
            "Persons need account, name; roles need account, role, unit, since; absences need",
        ),
        ("account,name,chức vụ\nan,An,trưởng\n", 'the column "chức vụ" is not known in a table of persons'),
        ("account,name\n,An\n", "line 2: account:"),
    ],
)
def test_headings_and_empty_cells_are_named(tmp_path: Path, text: str, complaint: str) -> None:
    assert any(complaint in one for one in sentences(tmp_path, text))


def test_a_telephone_number_that_a_spreadsheet_made_a_number_is_refused_in_its_row(tmp_path: Path) -> None:
    """Its leading zero is gone, so it is asked for as text."""
    file = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("người")
        for row, cells in enumerate(
            [["account", "name", "phone"], ["an", "An", "0912345678"], ["hoa", "Hoa", 912345678]]
        ):
            sheet.write_row(row, 0, cells)
    seen = preview_people(read_table_files([file]), PeopleOnRecord(), SmallRegister(), TODAY)
    (only,) = seen.mistakes
    assert "sheet người, row 3: phone: " in str(only)
