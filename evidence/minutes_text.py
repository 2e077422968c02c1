"""Every word of the minutes in the order of the form: facts → here → `minutes_pdf` or `minutes_docx`, which lay out.

So the PDF that is kept and the DOCX that an office edits say the same. The words are Vietnamese without a catalogue:
the form of decree 30/2020/NĐ-CP exists in no other language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, time
from typing import Any

from checklists.deadlines import VIETNAM
from checklists.minutes import Confirmation, HandoverMinutes, Party, Person, confirmed_by, is_final
from checklists.steps import StepState
from checklists.templates import Side
from evidence.font_coverage import visible

STATES = {
    StepState.WAITING: "Chờ bước trước",
    StepState.READY: "Chưa thực hiện",
    StepState.IN_PROGRESS: "Đang thực hiện",
    StepState.SUBMITTED: "Chờ xác nhận",
    StepState.DONE: "Đã hoàn thành",
    StepState.BLOCKED: "Vướng mắc",
    StepState.NOT_APPLICABLE: "Không áp dụng",
    StepState.CANCELLED: "Đã hủy",
}
_COUNTED = ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười")
_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")
_KINDS_OF_BODIES = ("ỦY BAN NHÂN DÂN", "HỘI ĐỒNG NHÂN DÂN")
_LETTERHEAD_LETTERS = 26
_NO_REASON = "Chưa nêu lý do"
_LAST_MONTH_WITH_ZERO = 2


@dataclass(frozen=True, slots=True)
class Table:
    """`widths` are shares of the line; `aligned` has one of l, c, r for each column. A cell may have several lines."""

    columns: tuple[str, ...]
    widths: tuple[int, ...]
    aligned: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines and, if it lists something, its table."""

    heading: str
    lines: tuple[str, ...] = ()
    table: Table | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """One side's place in the signature block."""

    heading: str
    position: str
    name: str
    confirmation: str


@dataclass(frozen=True, slots=True)
class MinutesText:
    """The document as words. `annex` follows the signatures on a page of its own."""

    draft: bool
    superior: str
    unit: str
    number: str
    place_and_date: str
    subject: str
    basis: tuple[str, ...]
    opening: str
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    signatures: tuple[Signature, ...]
    content_hash: str
    receivers: tuple[str, ...]
    annex: Section | None

    def as_json_value(self) -> dict[str, Any]:
        """Plain values, every text with only characters that can be seen."""
        shown: dict[str, Any] = _shown(asdict(self))
        return shown


def minutes_text(minutes: HandoverMinutes, confirmations: Iterable[Confirmation]) -> MinutesText:
    """The words of `minutes`; a confirmation of other content than this is left out."""
    given = tuple(confirmations)
    confirmed = confirmed_by(minutes, given)
    return MinutesText(
        draft=not is_final(minutes, given),
        superior=_letterhead(minutes.giving.superior_name or ""),
        unit=_letterhead(minutes.giving.unit_name),
        number=f"Số: {minutes.number}",
        place_and_date=f"{minutes.place}, {_long_date(minutes.held_on)}",
        subject=minutes.subject,
        basis=tuple(_ended(_grounds(minutes))),
        opening=_opening(minutes),
        sections=tuple(_sections(minutes)),
        closing=tuple(_closing(minutes)),
        signatures=tuple(_signature(minutes, side, confirmed) for side in (Side.PREDECESSOR, Side.SUCCESSOR)),
        content_hash=f"Mã băm nội dung hai bên xác nhận (SHA-256): {minutes.content_hash}",
        receivers=tuple(_ended(f"- {receiver}" for receiver in minutes.receivers)),
        annex=_annex(minutes) if minutes.files else None,
    )


def _letterhead(name: str) -> str:
    """The name of a body in capitals; a long one breaks between what it is and where."""
    capitals = name.upper()
    kind = next((kind for kind in _KINDS_OF_BODIES if capitals.startswith(kind + " ")), "")
    if not kind or len(capitals) <= _LETTERHEAD_LETTERS:
        return capitals
    return f"{kind}\n{capitals[len(kind) + 1 :]}"


def _grounds(minutes: HandoverMinutes) -> Iterator[str]:
    ground = minutes.ground
    title = ground.title
    about = f" v{title[1:]}" if title.lower().startswith("về ") else f", “{title}”"
    issued = f"{ground.kind} số {ground.number} {_long_date(ground.issued)} của {ground.issuing_body}"
    yield f"Căn cứ {issued}{about}"
    for line in minutes.basis:
        yield line if line.lower().startswith("căn cứ") else f"Căn cứ {line}"


def _ended(lines: Iterable[str]) -> Iterator[str]:
    """A list as official documents end it: semicolons, and a full stop after the last."""
    stripped = [line.rstrip(" ;.") for line in lines]
    for at, line in enumerate(stripped, start=1):
        yield line + ("." if at == len(stripped) else ";")


def _opening(minutes: HandoverMinutes) -> str:
    began = f"vào hồi {_clock(minutes.started)} {_long_date(minutes.held_on)}" if minutes.started else ""
    at = minutes.venue or minutes.place
    return f"Hôm nay, {began or _long_date(minutes.held_on)}, tại {at}, chúng tôi gồm:"


def _sections(minutes: HandoverMinutes) -> Iterator[Section]:
    sections = [
        Section("BÊN GIAO", tuple(_party_lines(minutes.giving))),
        Section("BÊN NHẬN", tuple(_party_lines(minutes.receiving))),
        Section("BÊN CHỨNG KIẾN", tuple(map(_present, minutes.witnesses))),
        Section("LÝ DO BÀN GIAO", (minutes.reason,)),
        _items(minutes),
        _exceptions(minutes),
        Section("CAM KẾT, GHI CHÚ", tuple(f"- {line}" for line in minutes.commitments) or ("Không có.",)),
    ]
    written = [section for section in sections if section.lines or section.table]
    for numeral, section in zip(_NUMERALS, written, strict=False):
        yield replace(section, heading=f"{numeral}. {section.heading}")


def _party_lines(party: Party) -> Iterator[str]:
    yield f"Đơn vị: {party.unit_name} (mã đơn vị: {party.unit_key})"
    yield f"Người đại diện: {party.representative.name} - Chức vụ: {party.representative.position}"
    if party.others:
        yield "Cùng tham dự:"
        yield from map(_present, party.others)


def _present(person: Person) -> str:
    return f"- {person.name} - Chức vụ: {person.position}"


def _items(minutes: HandoverMinutes) -> Section:
    heading = "NỘI DUNG BÀN GIAO"
    if not minutes.items:
        return Section(heading, ("Không có nội dung nào được bàn giao theo biên bản này.",))
    counts = minutes.file_counts
    rows = tuple(
        (
            str(at),
            f"{item.title}\n({item.step_key})",
            item.category,
            item.evidence or "-",
            _number(counts.get(item.step_key, 0)),
            STATES[item.state],
        )
        for at, item in enumerate(minutes.items, start=1)
    )
    columns = ("STT", "Nội dung", "Nhóm công việc", "Minh chứng", "Số tệp", "Tình trạng")
    total = f"Tổng cộng: {_number(len(minutes.items))} nội dung, {_number(len(minutes.files))} tệp minh chứng"
    note = f"{total} (danh mục tại Phụ lục)." if minutes.files else f"{total}."
    return Section(heading, table=Table(columns, (7, 35, 18, 18, 8, 14), "clllcl", rows), note=note)


def _exceptions(minutes: HandoverMinutes) -> Section:
    heading = "NỘI DUNG CHƯA BÀN GIAO, VƯỚNG MẮC, KHÔNG ÁP DỤNG"
    if not minutes.exceptions:
        return Section(heading, ("Không có.",))
    rows = tuple(
        (
            str(at),
            f"{step.title}\n({step.step_key})",
            STATES[step.state],
            step.reason or _NO_REASON,
            _day(step.expected),
        )
        for at, step in enumerate(minutes.exceptions, start=1)
    )
    columns = ("STT", "Nội dung", "Tình trạng", "Lý do", "Dự kiến hoàn thành")
    return Section(heading, table=Table(columns, (7, 33, 14, 31, 15), "clllc", rows))


def _closing(minutes: HandoverMinutes) -> Iterator[str]:
    if minutes.ended:
        yield f"Việc bàn giao kết thúc vào hồi {_clock(minutes.ended)} cùng ngày."
    copies = f"{minutes.copies:02d}"
    if minutes.copies <= len(_COUNTED):
        copies += f" ({_COUNTED[minutes.copies - 1]})"
    yield (
        f"Biên bản này được lập thành {copies} bản có giá trị như nhau. Hai bên đã đọc, thống nhất toàn bộ nội dung "
        "và cùng xác nhận dưới đây."
    )


def _signature(minutes: HandoverMinutes, side: Side, confirmed: Mapping[Side, Confirmation]) -> Signature:
    party = minutes.party(side)
    heading = "ĐẠI DIỆN BÊN GIAO" if side is Side.PREDECESSOR else "ĐẠI DIỆN BÊN NHẬN"
    said = _confirmation(confirmed.get(side))
    return Signature(heading, party.representative.position.upper(), party.representative.name, said)


def _confirmation(given: Confirmation | None) -> str:
    if given is None:
        return "Chưa xác nhận trên hệ thống"
    at = given.at.astimezone(VIETNAM)
    return (
        f"Đã xác nhận trên hệ thống\nlúc {at:%H:%M:%S} ngày {at:%d/%m/%Y}\n"
        f"Người xác nhận: {given.person}\nThay mặt: {given.on_behalf_of}"
    )


def _annex(minutes: HandoverMinutes) -> Section:
    places = _places(minutes)
    rows = tuple(
        (str(at), f"{file.file_name}\n{file.sha256}", places[file.step_key], _day(file.dated_on), _number(file.size))
        for at, file in enumerate(minutes.files, start=1)
    )
    columns = ("STT", "Tên tệp và mã băm SHA-256", "Thuộc mục", "Ngày tài liệu", "Dung lượng (byte)")
    total = sum(file.size for file in minutes.files)
    return Section(
        "PHỤ LỤC: DANH MỤC TỆP MINH CHỨNG",
        (f"(Kèm theo Biên bản số {minutes.number} {_long_date(minutes.held_on)})",),
        Table(columns, (6, 57, 9, 13, 15), "clccr", rows),
        f"Tổng cộng: {_number(len(minutes.files))} tệp, {_number(total)} byte.",
    )


def _places(minutes: HandoverMinutes) -> dict[str, str]:
    """Step key → where the body lists it ("V.3"); the sections shift by one where there are witnesses."""
    first = 4 if minutes.witnesses else 3
    exceptions = {step.step_key: f"{_NUMERALS[first + 1]}.{at}" for at, step in enumerate(minutes.exceptions, start=1)}
    return exceptions | {item.step_key: f"{_NUMERALS[first]}.{at}" for at, item in enumerate(minutes.items, start=1)}


def _long_date(day: date) -> str:
    """As official documents write it: a zero only before days below 10 and before January and February."""
    month = f"{day.month:02d}" if day.month <= _LAST_MONTH_WITH_ZERO else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def _clock(at: time) -> str:
    return f"{at:%H giờ %M phút}"


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "-"


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return "\n".join(map(visible, value.split("\n")))
    if isinstance(value, dict):
        return {name: _shown(part) for name, part in value.items()}
    return [_shown(part) for part in value] if isinstance(value, tuple | list) else value
