"""A package for outsiders verifies like any other, and what was left out is nowhere in it, not in any form."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from databases import OfficeMaker
from exports import UNIT, content, digest, exported, holds, office_with_file, rows, unpacked
from offices import appoint, do, lead_of, step_of
from sqlalchemy import select

from bangiao.package_errors import MayNotExport, NothingToLeaveOut, NotOurPackage
from bangiao.package_orders import Exported
from bangiao.package_redaction import RedactionOrder, redact
from bangiao.wiring import Wiring
from checklists.events import PACKAGE_REDACTED
from checklists.people import Person, PersonRole
from checklists.steps import Act
from db.models import EventRow
from db.packages import package_of
from db.people import write_person
from db.session import begin_read, begin_write
from evidence.package import verify
from evidence.package.canonical import canonical
from evidence.package.errors import DamagedPackage, NoSuchField, NoSuchFileInside, NotAPackage
from evidence.package.redaction import PERSONAL

sys.path.append(str(Path(__file__).parents[1] / "unit"))
from pdf_text import pages

MOSTLY_EMBEDDED = True

NAME = "Nguyễn Thị Ước Nguyện"
REASON = "Người phụ trách Trần Văn Kín nghỉ ốm dài ngày"
BASIS = "Nghị định 13/2023/NĐ-CP, Điều 11"


@pytest.fixture
def office_maker() -> OfficeMaker:
    return with_a_reason


def with_a_reason(wiring: Wiring) -> Path:
    file = office_with_file(wiring)
    lead = lead_of(wiring, UNIT)
    with begin_write(wiring.engine) as connection:
        write_person(connection, Person(lead, NAME), wiring.now())
    do(
        wiring,
        step_of(wiring, f"{UNIT}/NET-01/truoc"),
        Act.BLOCK,
        lead,
        reason=REASON,
        unblocker=f"Phòng Nội vụ, {NAME}",
        expected_on=wiring.today(),
    )
    return file


@pytest.fixture
def whole(office: Path, wiring: Wiring, tmp_path: Path) -> Exported:
    return exported(wiring, tmp_path / "whole.zip")


def outside(
    wiring: Wiring, whole: Exported, target: Path, *fields: str, files: tuple[str, ...] = (), reader: str | None = None
) -> Exported:
    order = RedactionOrder(whole.target, target, frozenset(fields), frozenset(files), BASIS, "van-thu", reader)
    return redact(wiring, order)


def everything(target: Path) -> str:
    """Every byte of a package as text: what is in archives and documents as well."""
    texts: list[str] = []
    for path, inside in content(target).items():
        texts.append(inside.decode("utf-8", "replace"))
        if path.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(inside)) as archive:
                texts += [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
        if path.endswith(".pdf"):
            texts.append(" ".join(" ".join(pages(inside)).split()))
    return "\n".join(texts)


def accepted(wiring: Wiring, target: Path, folder: Path) -> bool:
    told = subprocess.run([sys.executable, verify.__file__, str(target), "--json"], capture_output=True, text=True)
    return json.loads(told.stdout)["findings"] == [] and holds(wiring, target, folder)


def test_a_name_and_a_reason_left_out_are_nowhere_in_the_package_and_it_verifies(
    wiring: Wiring, whole: Exported, tmp_path: Path
) -> None:
    assert NAME in everything(whole.target)
    assert REASON in everything(whole.target)
    made = outside(wiring, whole, tmp_path / "outside.zip", "people.name", "steps.reason", "events.payload.reason")
    text = everything(made.target)
    assert NAME not in text
    assert REASON not in text
    assert accepted(wiring, made.target, tmp_path / "made")
    assert accepted(wiring, whole.target, tmp_path / "whole")
    told = {one["what"]: (one["number"], one["basis"]) for one in made.document["left_out"]}
    assert told["steps.reason"] == (1, BASIS)
    assert told["people.name"][0] >= 1
    lid = content(made.target)["bag-info.txt"].decode()
    assert f"Redaction-Of: {whole.package} sha256:{whole.tagmanifest_sha256}" in lid


def test_for_outsiders_no_person_is_left(wiring: Wiring, whole: Exported, tmp_path: Path) -> None:
    made = outside(wiring, whole, tmp_path / "outside", *PERSONAL)
    text = everything(made.target)
    accounts = [one["account"] for one in rows(whole.target, "people") if one["account"] != "bangiao"]
    assert len(accounts) > 2
    for one in (NAME, REASON, *accounts):
        assert one not in text
    assert rows(made.target, "people") == []
    assert accepted(wiring, made.target, tmp_path)
    assert len(rows(made.target, "steps")) == len(rows(whole.target, "steps"))


def test_a_file_left_out_leaves_a_stub_with_the_basis_and_its_digest_is_nowhere(
    wiring: Wiring, office: Path, whole: Exported, tmp_path: Path
) -> None:
    file = digest(office)
    made = outside(wiring, whole, tmp_path / "outside.zip", files=(file,))
    assert file not in everything(made.target)
    assert "Biên bản đối soát dữ liệu" not in everything(made.target)
    [stub] = [path for path in content(made.target) if path.endswith(".left-out.json")]
    told = json.loads(content(made.target)[stub])
    assert (told["basis"], told["by"]) == (BASIS, "van-thu")
    [row] = [one for one in rows(made.target, "evidence") if one["kind"] == "file"]
    assert f"data/{row['path']}" == stub
    assert accepted(wiring, made.target, tmp_path)


def test_a_commitment_can_be_opened_by_whoever_is_told_salt_and_value(
    wiring: Wiring, whole: Exported, tmp_path: Path
) -> None:
    made = outside(wiring, whole, tmp_path / "outside.zip", "steps.reason")
    [row] = [one for one in rows(made.target, "steps") if isinstance(one["reason"], dict)]
    with begin_read(wiring.engine) as connection:
        known = package_of(connection, whole.package)
    assert known is not None
    place = f"steps#{row['id']}#reason"
    salt = hmac.new(known.seed, place.encode(), hashlib.sha256).hexdigest()
    assert row["reason"]["left_out"] == hashlib.sha256(canonical([salt, place, REASON])).hexdigest()


def test_leaving_out_is_an_event_and_names_no_value(wiring: Wiring, whole: Exported, tmp_path: Path) -> None:
    made = outside(wiring, whole, tmp_path / "outside.zip", "people.name")
    with begin_read(wiring.engine) as connection:
        row = connection.execute(select(EventRow.payload).where(EventRow.type == PACKAGE_REDACTED)).one()
        known = package_of(connection, made.package)
    assert known is not None
    assert (known.state, known.redaction_of) == ("done", whole.package)
    assert NAME not in row.payload
    assert json.loads(row.payload)["redaction_of"] == whole.package


def test_what_does_not_verify_or_is_not_ours_is_refused(wiring: Wiring, whole: Exported, tmp_path: Path) -> None:
    spoilt = unpacked(whole.target, tmp_path / "spoilt")
    (spoilt / "data" / "steps.jsonl").write_bytes(b"")
    none = tmp_path / "none.zip"
    none.write_bytes(b"no package")
    made = outside(wiring, whole, tmp_path / "outside.zip", "people.name")
    for package, refusal in ((spoilt, DamagedPackage), (none, NotAPackage), (made.target, NotOurPackage)):
        order = RedactionOrder(package, tmp_path / "x.zip", frozenset({"people.name"}), frozenset(), BASIS, "an")
        with pytest.raises(refusal):
            redact(wiring, order)
    assert not (tmp_path / "x.zip").exists()


def test_a_wrong_field_file_or_person_is_refused_with_a_sentence(
    wiring: Wiring, whole: Exported, tmp_path: Path
) -> None:
    target = tmp_path / "x.zip"
    appoint(wiring, "ngoai", PersonRole.AUDITOR, "new:26743")
    with pytest.raises(NoSuchField, match=r"steps\.state"):
        outside(wiring, whole, target, "steps.state")
    with pytest.raises(NoSuchFileInside):
        outside(wiring, whole, target, files=("0" * 64,))
    with pytest.raises(NothingToLeaveOut):
        outside(wiring, whole, target)
    with pytest.raises(MayNotExport):
        outside(wiring, whole, target, "people.name", reader="ngoai")
    assert not target.exists()
