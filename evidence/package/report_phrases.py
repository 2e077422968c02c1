"""The sentences of report.pdf in both languages, side by side; single words are in `report_words`."""

from __future__ import annotations

PHRASES = {
    "report_title": ("BÁO CÁO GÓI MINH CHỨNG", "EVIDENCE PACKAGE: REPORT"),
    "report_subject": (
        "Công việc bàn giao khi sắp xếp đơn vị hành chính",
        "Handover work in the reorganisation of administrative units",
    ),
    "page": ("Trang {0}/{1}", "Page {0}/{1}"),
    "at_a_glance": ("Tóm tắt", "At a glance"),
    "summary_line": (
        "{total} bước công việc của {units} đơn vị: {done} đã hoàn thành, trong đó {intime} đúng hạn và {late} trễ hạn "
        "(tổng cộng trễ {late_days} ngày làm việc); {open} chưa xong, trong đó {overdue} đã quá hạn "
        "(tổng cộng {overdue_days} ngày làm việc tính đến ngày lập gói).",
        "{total} steps of {units} units: {done} done, of these {intime} in time and {late} late ({late_days} working "
        "days late in all); {open} still open, of these {overdue} overdue ({overdue_days} working days in all, up to "
        "the day of this package).",
    ),
    "no_steps": ("Phạm vi này không có bước công việc nào.", "There are no steps in this scope."),
    "count": ("Số lượng", "Number"),
    "share": ("Tỷ lệ", "Share"),
    "missing_heading": ("Những gì còn thiếu", "What is missing"),
    "missing_lead": (
        "Một hồ sơ đầy đủ sẽ có những nội dung sau; gói này không có:",
        "A complete record would have the following; this package has not:",
    ),
    "nothing_missing": (
        "Không phát hiện nội dung nào còn thiếu: mọi bước đã xong, mọi minh chứng phải có đều có, mọi đơn vị đều có "
        "sự kiện, mọi thông báo đã tới nơi.",
        "Nothing was found missing: all steps are settled, all promised evidence is there, every unit has events, "
        "every notice was delivered.",
    ),
    "missing_list": ("Danh sách những gì còn thiếu", "List of what is missing"),
    "more_rows": (
        "Bảng này in {shown} dòng trên tổng số {total}; toàn bộ có trong danh-muc.xlsx, sheet “{sheet}”.",
        "This table prints {shown} of {total} rows; all of them are in danh-muc.xlsx, sheet “{sheet}”.",
    ),
    "worst_heading": ("Các bước quá hạn lâu nhất", "Steps overdue longest"),
    "worst_days": ("Quá hạn (ngày làm việc)", "Overdue (working days)"),
    "decisions_heading": ("Quyết định và căn cứ pháp lý", "Decisions and their legal basis"),
    "issuing_body": ("Cơ quan ban hành", "Issued by"),
    "issued": ("Ngày ban hành", "Issued on"),
    "effective": ("Ngày có hiệu lực", "In effect from"),
    "operational": ("Ngày đi vào hoạt động", "In operation from"),
    "source": ("Nguồn", "Source"),
    "plan_hash": ("Mã băm phương án", "Plan hash"),
    "calendar_version": ("Lịch làm việc", "Working calendar"),
    "drafted_by": ("Lập dự thảo", "Drafted by"),
    "registered_by": ("Ghi nhận", "Registered by"),
    "opened_at": ("Mở danh mục công việc", "Checklists opened"),
    "changes_heading": ("Các lần thay đổi", "Changes"),
    "no_changes": ("Chưa có thay đổi nào.", "There were no changes."),
    "committed_by": ("Ban hành thay đổi", "Committed by"),
    "units_heading": ("Theo từng đơn vị", "Unit by unit"),
    "units_rows_note": (
        "Cột “Dòng” cho biết các bước của đơn vị nằm ở dòng nào của danh-muc.xlsx, sheet “{sheet}”; dấu “*”: các bước "
        "không liền nhau, hãy lọc theo cột “{unit}”.",
        "The column “Rows” says in which rows of danh-muc.xlsx, sheet “{sheet}”, the unit's steps stand; “*”: they "
        "are not neighbours, filter by the column “{unit}”.",
    ),
    "steps_heading": ("Từng bước công việc", "Step by step"),
    "steps_beyond": (
        "Phạm vi có {total} bước, nhiều hơn {limit} bước mà báo cáo này in chi tiết. Chi tiết của mọi bước nằm trong "
        "danh-muc.xlsx, sheet “{sheet}”, từ dòng 2 đến dòng {last}{more}, và trong buoc-cong-viec.csv; minh chứng ở "
        "sheet “{evidence}”, diễn biến ở sheet “{events}”, cùng cột “{step}”.",
        "The scope has {total} steps, more than the {limit} that this report prints in full. The details of all steps "
        "are in danh-muc.xlsx, sheet “{sheet}”, from row 2 to row {last}{more}, and in buoc-cong-viec.csv; evidence is "
        "in the sheet “{evidence}”, what happened in “{events}”, by the same column “{step}”.",
    ),
    "steps_beyond_sheets": (
        " và tiếp tục ở {0} sheet cùng tên đánh số (2), (3), …",
        ", continued in {0} more sheets of that name, numbered (2), (3), …",
    ),
    "due": ("Hạn", "Due"),
    "no_due": ("Không có hạn", "No due date"),
    "first_due": ("hạn ban đầu {0}", "first due {0}"),
    "born_overdue": ("quá hạn từ khi mở danh mục", "overdue when the checklist opened"),
    "provisional": ("hạn tạm tính", "provisional"),
    "finished": ("Hoàn thành", "Finished"),
    "not_finished": ("Chưa hoàn thành", "Not finished"),
    "in_time": ("{0}, đúng hạn", "{0}, in time"),
    "late_by": ("{0}, trễ {1} ngày làm việc", "{0}, {1} working days late"),
    "overdue_by": ("Chưa hoàn thành, quá hạn {0} ngày làm việc", "Not finished, overdue by {0} working days"),
    "state_as": ("{state} (báo là: {claim})", "{state} (submitted as: {claim})"),
    "done_by": ("Người thực hiện", "Done by"),
    "verified": ("Xác nhận", "Verified"),
    "verified_line": ("{who}, lúc {at}{behalf}", "{who}, at {at}{behalf}"),
    "behalf": (", thay mặt {0}", ", on behalf of {0}"),
    "verification_void": (" (hết hiệu lực lúc {0}: {1})", " (void since {0}: {1})"),
    "not_verified": ("Chưa có ai xác nhận", "Nobody has verified it"),
    "evidence": ("Minh chứng", "Evidence"),
    "no_evidence": ("Không có minh chứng", "No evidence"),
    "no_evidence_wanted": (
        "Không có minh chứng, trong khi mẫu yêu cầu: {0}",
        "No evidence, although the template wants: {0}",
    ),
    "evidence_withdrawn": ("đã rút lúc {0}", "withdrawn at {0}"),
    "evidence_line": ("{name} · {kind}{dated} · {who}", "{name} · {kind}{dated} · {who}"),
    "evidence_dated": (" ngày {0}", " of {0}"),
    "no_copy": ("tệp không có trong gói", "the file is not in the package"),
    "history": ("Diễn biến", "What happened"),
    "no_history": ("Chưa có sự kiện nào.", "There are no events."),
    "more_events": (
        "… còn {0} sự kiện, xem danh-muc.xlsx, sheet “{1}”",
        "… {0} more events, see danh-muc.xlsx, sheet “{1}”",
    ),
    "acknowledged": ("Nhận xử lý", "In hand"),
    "acknowledged_line": ("{who} lúc {at}, dự kiến xong {day}: {words}", "{who} at {at}, expected {day}: {words}"),
    "notices_heading": ("Thông báo và các lần gửi", "Notices and attempts to send them"),
    "notices_line": (
        "{notices} thông báo, {deliveries} thư, {attempts} lần gửi.",
        "{notices} notices, {deliveries} messages, {attempts} attempts.",
    ),
    "attempts": ("Số lần gửi", "Attempts"),
    "last_words": ("Kết quả lần cuối", "Outcome of the last"),
    "about": ("Về việc", "About"),
    "minutes_heading": ("Biên bản bàn giao", "Handover minutes"),
    "minutes_number": ("Số", "Number"),
    "giver": ("Bên giao", "Hands over"),
    "taker": ("Bên nhận", "Takes over"),
    "confirmations": ("Xác nhận", "Confirmations"),
    "content_hash": ("Mã băm nội dung", "Content hash"),
    "verify_heading": ("Cách kiểm tra gói này", "How to verify this package"),
    "verify_lines": (
        "1. Lấy dấu vân tay của chứng thư người ký bằng con đường khác (văn bản, điện thoại), không lấy từ gói này.\n"
        "2. Kiểm chữ ký: openssl cms -verify trên tagmanifest-sha256.txt, với chứng thư đó.\n"
        "3. Kiểm nội dung: sha256sum --check với tagmanifest-sha256.txt, rồi với manifest-sha256.txt.\n"
        "4. So danh sách tệp bằng find và diff: sha256sum không phát hiện tệp bị thêm vào.\n"
        "5. Kiểm sổ sự kiện bằng python3 verify.py. Câu lệnh đầy đủ: data/HOW-TO-VERIFY.vi.txt.",
        "1. Obtain the fingerprint of the signer's certificate by another way (letter, telephone), not from here.\n"
        "2. Check the signature: openssl cms -verify over tagmanifest-sha256.txt, with that certificate.\n"
        "3. Check the content: sha256sum --check with tagmanifest-sha256.txt, then with manifest-sha256.txt.\n"
        "4. Compare the list of files by find and diff: sha256sum does not notice files that were added.\n"
        "5. Check the log of events by python3 verify.py. All commands in full: data/HOW-TO-VERIFY.en.txt.",
    ),
    "for_reading": (
        "Báo cáo này để đọc. Căn cứ để kiểm tra là các tệp .jsonl cùng gói; báo cáo được lập từ chính các tệp đó.",
        "This report is for reading. What is verified are the .jsonl files of the package; it was made from them.",
    ),
}
