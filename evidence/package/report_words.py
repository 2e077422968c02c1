"""The words of a package's readable part in both languages, side by side; `report_rows.Sources` asks for one of them.

They stand here and not in the catalogue because a package is written in the language that was asked for, whichever is
in force, and because who reads the code of the report should see its sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from evidence.package.report_phrases import PHRASES

Words = Callable[[str], str]

STATES = ("waiting", "ready", "in_progress", "submitted", "done", "blocked", "not_applicable", "cancelled")
OPEN = frozenset(("waiting", "ready", "in_progress", "submitted", "blocked"))
MISSING = (
    "event_not_in_log",
    "file_damaged",
    "file_absent",
    "evidence_wanted",
    "step_overdue",
    "step_open",
    "unit_without_events",
    "minutes_unconfirmed",
    "notice_undelivered",
)
"""Kinds of what is missing, the gravest first."""

_WORDS = {
    "left_out": ("[đã lược bỏ]", "[left out]"),
    "yes": ("có", "yes"),
    "none": ("Không có.", "None."),
    "waiting": ("Chờ bước trước", "Waiting for other steps"),
    "ready": ("Chưa thực hiện", "Ready"),
    "in_progress": ("Đang thực hiện", "In progress"),
    "submitted": ("Chờ xác nhận", "Submitted for verification"),
    "done": ("Đã hoàn thành", "Done"),
    "blocked": ("Vướng mắc", "Blocked"),
    "not_applicable": ("Không áp dụng", "Not applicable"),
    "cancelled": ("Đã hủy", "Cancelled"),
    "amend": ("Điều chỉnh", "Amendment"),
    "revoke": ("Bãi bỏ", "Revocation"),
    "template": ("Áp dụng phiên bản mẫu", "Template version applied"),
    "calendar": ("Áp dụng lịch làm việc", "Working calendar applied"),
    "drafted": ("Dự thảo", "Drafted"),
    "draft": ("Dự thảo", "Draft"),
    "committed": ("Đã ban hành thay đổi", "Committed"),
    "withdrawn": ("Đã rút", "Withdrawn"),
    "registered": ("Đã ghi nhận", "Registered"),
    "opened": ("Đã mở danh mục công việc", "Checklists opened"),
    "revoked": ("Đã bãi bỏ", "Revoked"),
    "final": ("Hai bên đã xác nhận", "Confirmed by both sides"),
    "predecessor": ("Bên giao", "Hands over"),
    "successor": ("Bên nhận", "Takes over"),
    "file": ("Tệp", "File"),
    "note": ("Ghi chú", "Note"),
    "link": ("Liên kết", "Link"),
    "pending": ("Chờ gửi", "Pending"),
    "sending": ("Đang gửi", "Being sent"),
    "sent": ("Đã gửi", "Sent"),
    "failed": ("Chưa gửi được, sẽ thử lại", "Failed, to be tried again"),
    "dead": ("Không gửi được", "Undeliverable"),
    "unknown": ("Không rõ đã tới hay chưa", "Unknown whether it arrived"),
    "failed_for_now": ("Chưa được, sẽ thử lại", "Failed for now"),
    "failed_for_good": ("Bị từ chối hẳn", "Refused for good"),
    "refused_by_us": ("Hệ thống từ chối gửi", "Refused by our own rules"),
    "reminder": ("Nhắc việc", "Reminder"),
    "ministry": ("Bộ, ngành", "Ministry"),
    "province": ("Cấp tỉnh", "Province"),
    "district": ("Cấp huyện", "District"),
    "commune": ("Cấp xã", "Commune"),
    "event_not_in_log": ("Sự kiện chưa vào sổ kiểm chứng", "Events not in the audit log yet"),
    "file_damaged": ("Tệp minh chứng bị hỏng", "Evidence files damaged"),
    "file_absent": ("Tệp minh chứng không còn trong kho", "Evidence files absent"),
    "evidence_wanted": ("Đã báo hoàn thành nhưng thiếu minh chứng", "Reported done without the promised evidence"),
    "step_overdue": ("Bước quá hạn", "Steps overdue"),
    "step_open": ("Bước chưa hoàn thành, chưa quá hạn", "Steps still open, not overdue"),
    "unit_without_events": ("Đơn vị không có sự kiện nào", "Units without any event"),
    "minutes_unconfirmed": ("Biên bản chưa đủ hai bên xác nhận", "Minutes not confirmed by both sides"),
    "notice_undelivered": ("Thông báo không tới người nhận", "Notices not delivered"),
    "sheet_scope": ("Phạm vi", "Scope"),
    "sheet_steps": ("Bước công việc", "Steps"),
    "sheet_evidence": ("Minh chứng", "Evidence"),
    "sheet_events": ("Sự kiện", "Events"),
    "sheet_notices": ("Thông báo", "Notices"),
    "sheet_missing": ("Còn thiếu", "Missing"),
    "sheet_units": ("Đơn vị", "Units"),
    "step": ("Mã bước", "Step number"),
    "decision": ("Quyết định", "Decision"),
    "unit": ("Đơn vị", "Unit"),
    "unit_key": ("Mã đơn vị", "Unit key"),
    "holder": ("Đơn vị đang giữ việc", "Held by"),
    "key": ("Ký hiệu bước", "Step key"),
    "title": ("Nội dung công việc", "Step"),
    "counterpart": ("Đơn vị đối ứng", "Counterpart"),
    "occurrence": ("Lần", "Occurrence"),
    "category": ("Nhóm công việc", "Category"),
    "basis": ("Căn cứ", "Legal basis"),
    "state": ("Trạng thái", "State"),
    "due_on": ("Hạn", "Due"),
    "due_on_first": ("Hạn ban đầu", "First due date"),
    "explanation": ("Cách tính hạn", "How the due date came about"),
    "overdue_at_birth": ("Quá hạn từ khi mở", "Overdue at birth"),
    "finished_on": ("Ngày hoàn thành", "Finished on"),
    "late": ("Trễ (ngày làm việc)", "Late (working days)"),
    "overdue": ("Quá hạn đến ngày lập gói (ngày làm việc)", "Overdue so far (working days)"),
    "doers": ("Người thực hiện", "Done by"),
    "verified_by": ("Người xác nhận", "Verified by"),
    "verified_on": ("Ngày xác nhận", "Verified on"),
    "evidence_count": ("Số minh chứng", "Pieces of evidence"),
    "evidence_wanted_": ("Minh chứng phải có", "Evidence wanted"),
    "reason": ("Lý do", "Reason"),
    "kind": ("Loại", "Kind"),
    "name": ("Tên", "Name"),
    "text": ("Nội dung", "Text"),
    "size": ("Dung lượng (byte)", "Size (bytes)"),
    "media_type": ("Kiểu tệp", "Media type"),
    "dated_on": ("Ngày tài liệu", "Dated"),
    "added_by": ("Người đính kèm", "Attached by"),
    "on_behalf_of": ("Thay mặt", "On behalf of"),
    "added_at": ("Lúc đính kèm", "Attached at"),
    "withdrawn_by": ("Người rút", "Withdrawn by"),
    "withdrawn_at": ("Lúc rút", "Withdrawn at"),
    "path": ("Tệp trong gói (dưới data/)", "File in the package (below data/)"),
    "index": ("Số thứ tự trong sổ", "Index in the log"),
    "at": ("Thời điểm", "At"),
    "actor": ("Người thực hiện", "By"),
    "event_type": ("Loại sự kiện", "Event type"),
    "sentence": ("Diễn biến", "What happened"),
    "changes": ("Thay đổi", "What changed"),
    "proofs": ("Minh chứng liên quan", "Evidence concerned"),
    "notice": ("Mã thông báo", "Notice"),
    "level": ("Bậc", "Level"),
    "recipient": ("Người nhận", "Recipient"),
    "in_place_of": ("Nhận thay", "In place of"),
    "created_at": ("Lúc lập", "Created at"),
    "channel": ("Kênh", "Channel"),
    "address": ("Địa chỉ (đã che)", "Address (masked)"),
    "delivery_state": ("Trạng thái gửi", "State of the delivery"),
    "attempt": ("Lần gửi", "Attempt"),
    "began_at": ("Bắt đầu", "Began"),
    "ended_at": ("Kết thúc", "Ended"),
    "outcome": ("Kết quả", "Outcome"),
    "words": ("Máy chủ trả lời / mô tả", "Words"),
    "what_is_missing": ("Điều còn thiếu", "What is missing"),
    "parent": ("Đơn vị cấp trên", "Belongs to"),
    "unit_level": ("Cấp", "Level"),
    "unit_kind": ("Loại đơn vị", "Kind"),
    "valid_from": ("Từ ngày", "Valid from"),
    "valid_to": ("Đến ngày", "Valid to"),
    "total": ("Tổng số bước", "Steps"),
    "count_done": ("Đã xong", "Done"),
    "count_open": ("Chưa xong", "Open"),
    "count_late": ("Xong trễ hạn", "Done late"),
    "count_overdue": ("Đang quá hạn", "Overdue"),
    "rows_short": ("Dòng", "Rows"),
    "row": ("Dòng trong sheet Bước công việc", "Rows in the sheet Steps"),
    "package": ("Gói minh chứng", "Package"),
    "filters": ("Nội dung yêu cầu", "What was asked for"),
    "filter": ("Bộ lọc", "Filter"),
    "exported_by": ("Người lập gói", "Exported by"),
    "purpose": ("Mục đích", "Purpose"),
    "as_of": ("Số liệu tính đến", "As of"),
    "checkpoint": ("Điểm kiểm chứng", "Checkpoint"),
    "product": ("Phần mềm", "Program"),
    "format": ("Định dạng", "Format"),
    "supersedes": ("Thay cho gói", "Supersedes"),
    "supersedes_hash": ("SHA-256 của bản kê gói cũ", "SHA-256 of its tag manifest"),
    "rows_of": ("Số dòng", "Rows"),
    "files": ("Số tệp", "Files"),
    "number": ("Số lượng", "Number"),
    "why": ("Vì sao", "Why"),
    "what": ("Nội dung", "What"),
    "left_out_heading": ("Những gì đã lược bỏ hoặc lọc đi", "What was left out or filtered away"),
    "nothing_left_out": ("Không lược bỏ, không lọc đi nội dung nào.", "Nothing was left out or filtered away."),
    "all_rows": (
        "Toàn bộ dữ liệu của phạm vi, không giới hạn số dòng; sheet đầy thì sang sheet kế tiếp cùng tên.",
        "Every row of the scope; where a sheet is full, the next one of the same name continues it.",
    ),
    "everything": ("Toàn bộ hồ sơ, không lọc", "The whole record, without filters"),
    "shortened": (" … [còn {0} ký tự, xem tệp CSV]", " … [{0} more characters, see the CSV file]"),
    "added": ("thêm", "added"),
    "changed": ("đổi", "changed"),
    "gone": ("bớt", "gone"),
}


def words_in(language: str) -> Words:
    """What a word of `_WORDS` is called in `language`; a code that is not listed stands for itself."""
    place = ("vi", "en").index(language)
    words = {name: both[place] for name, both in {**_WORDS, **PHRASES}.items()}
    return lambda name: words.get(name, name)


def number_text(count: int, language: str) -> str:
    """Thousands parted by a point in Vietnamese, by a comma in English."""
    return f"{count:,}".replace(",", "." if language == "vi" else ",")


def day_text(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "–"


def instant_text(at: datetime | None) -> str:
    return f"{at:%H:%M:%S %d/%m/%Y}" if at else "–"
