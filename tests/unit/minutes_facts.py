"""Minutes as two communes of Hà Nội would make them, for the tests of the minutes."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time
from typing import Any

from checklists.minutes import (
    Confirmation,
    EvidenceFile,
    Ground,
    HandedOver,
    HandoverMinutes,
    NotHandedOver,
    Party,
    Person,
)
from checklists.templates import Side
from checklists.units import UnitKey

GROUND = Ground(
    kind="Nghị quyết",
    number="1656/NQ-UBTVQH15",
    issuing_body="Ủy ban Thường vụ Quốc hội",
    issued=date(2025, 6, 16),
    title="Về việc sắp xếp các đơn vị hành chính cấp xã của thành phố Hà Nội năm 2025",
)
GIVING = Party(
    unit_key=UnitKey("old:00004"),
    unit_name="Ủy ban nhân dân phường Trúc Bạch",
    superior_name="Ủy ban nhân dân quận Ba Đình",
    representative=Person(name="Nguyễn Thị Hằng", position="Chủ tịch"),
    others=(Person(name="Đỗ Văn Ước", position="Công chức Văn phòng - Thống kê"),),
)
RECEIVING = Party(
    unit_key=UnitKey("new:00004"),
    unit_name="Ủy ban nhân dân phường Ba Đình",
    superior_name="Ủy ban nhân dân thành phố Hà Nội",
    representative=Person(name="Trần Quốc Phượng", position="Phó Chủ tịch"),
)
ITEMS = (
    HandedOver(
        step_key="backup-databases",
        title="Sao lưu toàn bộ cơ sở dữ liệu của các hệ thống thông tin và thử phục hồi",
        category="Sao lưu và bàn giao dữ liệu, hồ sơ",
        evidence="Biên bản sao lưu, nhật ký phục hồi",
        state="done",
    ),
    HandedOver(
        step_key="hand-over-accounts",
        title="Bàn giao tài khoản quản trị, tên miền và chứng thư số",
        category="Cấu hình lại hệ thống",
        evidence="Danh sách tài khoản",
        state="done",
    ),
)
FILES = (
    EvidenceFile(
        step_key="backup-databases",
        file_name="Biên bản sao lưu CSDL hộ tịch.pdf",
        size=1_234_567,
        sha256=hashlib.sha256(b"1").hexdigest(),
        dated_on=date(2025, 6, 25),
    ),
    EvidenceFile(
        step_key="hand-over-accounts",
        file_name="danh-sach-tai-khoan.xlsx",
        size=20_480,
        sha256=hashlib.sha256(b"2").hexdigest(),
    ),
)
EXCEPTIONS = (
    NotHandedOver(
        step_key="return-seal",
        title="Nộp lại con dấu cho cơ quan công an",
        state="blocked",
        reason="Cơ quan công an hẹn làm việc sau ngày bàn giao",
        expected=date(2025, 7, 8),
    ),
    NotHandedOver(step_key="close-contracts", title="Thanh lý hợp đồng thuê máy chủ", state="not_applicable"),
)


def minutes(**changed: Any) -> HandoverMinutes:
    facts: dict[str, Any] = {
        "number": "01/BB-BG",
        "place": "Hà Nội",
        "held_on": date(2025, 7, 1),
        "started": time(8, 30),
        "ended": time(11, 5),
        "venue": "trụ sở Ủy ban nhân dân phường Ba Đình",
        "subject": "Bàn giao dữ liệu, hệ thống thông tin và công việc giữa phường Trúc Bạch và phường Ba Đình",
        "ground": GROUND,
        "basis": ("Luật Tổ chức chính quyền địa phương số 72/2025/QH15",),
        "giving": GIVING,
        "receiving": RECEIVING,
        "reason": "Phường Trúc Bạch kết thúc hoạt động, phường Ba Đình tiếp nhận toàn bộ nhiệm vụ.",
        "items": ITEMS,
        "files": FILES,
        "exceptions": EXCEPTIONS,
        "commitments": ("Bên giao phối hợp xử lý vướng mắc cho đến khi hoàn thành.",),
        "copies": 4,
        "receivers": ("Như thành phần tham dự", "Ban Chỉ đạo thành phố", "Lưu: VT"),
    }
    return HandoverMinutes.model_validate(facts | changed)


def confirmation(of: HandoverMinutes, side: Side, **changed: Any) -> Confirmation:
    party = of.party(side)
    facts: dict[str, Any] = {
        "side": side,
        "actor": f"{side.value}-lead",
        "person": party.representative.name,
        "on_behalf_of": party.unit_name,
        "at": datetime(2025, 7, 1, 4, 30 if side is Side.PREDECESSOR else 45, 5, tzinfo=UTC),
        "content_hash": of.content_hash,
    }
    return Confirmation.model_validate(facts | changed)


def both(of: HandoverMinutes) -> tuple[Confirmation, Confirmation]:
    return confirmation(of, Side.PREDECESSOR), confirmation(of, Side.SUCCESSOR)


def many(count: int) -> HandoverMinutes:
    """Minutes with `count` steps and a file for each."""
    items = tuple(
        HandedOver(
            step_key=f"step-{at:03d}",
            title=f"Bàn giao sổ hộ tịch quyển số {at:03d} và dữ liệu số hóa kèm theo",
            category="Sao lưu và bàn giao dữ liệu, hồ sơ",
            evidence="Biên bản kiểm đếm",
            state="done",
        )
        for at in range(1, count + 1)
    )
    files = tuple(
        EvidenceFile(
            step_key=item.step_key,
            file_name=f"kiem-dem-{item.step_key}.pdf",
            size=10_000 + at,
            sha256=hashlib.sha256(item.step_key.encode()).hexdigest(),
            dated_on=date(2025, 6, 1 + at % 28),
        )
        for at, item in enumerate(items)
    )
    return minutes(items=items, files=files, exceptions=())
