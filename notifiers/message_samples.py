"""Made-up facts for every message: what an override is tried with, and what an administrator previews."""

from __future__ import annotations

from datetime import UTC, date, datetime

from checklists.templates import Text
from notifiers.message_facts import (
    AlarmFacts,
    ChannelFacts,
    DigestFacts,
    DigestGroup,
    DigestKind,
    InvitationFacts,
    LevelFacts,
    MessageFacts,
    RecipientFacts,
    StepFacts,
    Told,
)

_NOW = datetime(2025, 7, 4, 1, 0, tzinfo=UTC)

SAMPLE_STEP = StepFacts(
    reference="old:00004/DAT-05/giao",
    title=Text(vi="Bàn giao dữ liệu cho đơn vị mới", en="Hand over data to the new unit"),
    unit="Phường Trúc Bạch",
    unit_key="old:00004",
    holder="Phường Ba Đình",
    due_on=date(2025, 7, 1),
    working_days_left=-3,
    overdue_at_birth=True,
    explanation=Text(vi="Hạn là ngày chính quyền mới hoạt động.", en="Due on the day the new unit starts to operate."),
    basis="CV 687/BKHCN-CĐSQG",
    evidence=Text(vi="Biên bản bàn giao có chữ ký hai bên", en="Handover minutes signed by both sides"),
    waits_for=(Text(vi="Kiểm kê dữ liệu", en="Take stock of the data"), Text(vi="Sao lưu", en="Back up")),
    because=Text(vi="Khóa sổ số liệu", en="Close the books"),
    by="Trần Thị Bình",
    reason="Thiếu phụ lục số 2",
    unblocker="Sở Khoa học và Công nghệ",
    expected_on=date(2025, 7, 9),
    promised_by="Lê Văn Cường",
    promised_on=date(2025, 7, 3),
    link="https://bangiao.example/steps/old:00004/DAT-05/giao",
    command="bangiao step list --unit old:00004",
)

SAMPLE_LEVEL = LevelFacts(
    title=Text(vi="Tổ công tác cấp tỉnh", en="Provincial working group"),
    told=(Told(who="Nguyễn Văn An", at=_NOW), Told(who="Phạm Thị Dung", at=date(2025, 7, 2))),
    next_title=Text(vi="Chủ tịch Ủy ban nhân dân tỉnh", en="Provincial chair"),
    next_on=date(2025, 7, 8),
)

_DIGEST = DigestFacts(
    groups=tuple(DigestGroup(kind=kind, steps=(SAMPLE_STEP,), total=1234) for kind in DigestKind),
    since=datetime(2025, 7, 3, 1, 0, tzinfo=UTC),
    until=_NOW,
    link="https://bangiao.example/desk",
    command="bangiao status --overdue",
)

SAMPLE_ALARM = AlarmFacts(
    at=_NOW,
    found=(Text(vi="12 bước quá hạn không có lần xem xét kế tiếp", en="12 overdue steps have no next review"),),
    quiet_since=datetime(2025, 7, 3, 20, 30, tzinfo=UTC),
    remedy=Text(vi="khởi động lại bộ phận gửi", en="restart the sending worker"),
    link="https://bangiao.example/state",
    command="bangiao doctor",
)

SAMPLE_CHANNEL = ChannelFacts(
    kind=Text(vi="thư điện tử", en="e-mail"), address="n***@tinh.example", at=_NOW, asked_by="Vũ"
)

SAMPLE_INVITATION = InvitationFacts(
    account="an.nguyen", by="Vũ Thị Phương", until=_NOW, link="https://bangiao.example/invitation/TRIAL"
)

FULL = MessageFacts(
    recipient=RecipientFacts(name="Nguyễn Văn An", in_place_of="Hoàng Thị Em"),
    step=SAMPLE_STEP,
    level=SAMPLE_LEVEL,
    digest=_DIGEST,
    alarm=SAMPLE_ALARM,
    channel=SAMPLE_CHANNEL,
    invitation=SAMPLE_INVITATION,
)
"""Everything that can be known."""

LEAST = MessageFacts(
    recipient=RecipientFacts(name="Nguyễn Văn An"),
    step=StepFacts(
        reference=SAMPLE_STEP.reference, title=SAMPLE_STEP.title, unit=SAMPLE_STEP.unit, unit_key=SAMPLE_STEP.unit_key
    ),
    digest=DigestFacts(groups=()),
    alarm=AlarmFacts(at=_NOW, found=()),
    channel=ChannelFacts(kind=Text(vi="thư điện tử", en="e-mail"), address="n***@tinh.example", at=_NOW),
    invitation=InvitationFacts(account="an.nguyen", by="Vũ Thị Phương", until=_NOW),
)
"""Nothing that may be missing."""
