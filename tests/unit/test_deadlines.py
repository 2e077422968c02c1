"""Deadlines: the date, the sentence that explains it, the instant it ends at, and duties that come back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangiao.calendar_files import vietnam_calendar
from bangiao.i18n import render
from bangiao.template_files import read_shipped_templates
from checklists.deadlines import Deadline, compute_deadline, due_instant, local_date
from checklists.recurring import PeriodStandsStill, occurrences
from checklists.templates import Anchor, DeadlineRule, Recurrence
from checklists.terms import TermTooLong
from checklists.working_calendar import OutsideCalendar

CALENDAR = vietnam_calendar()


def day(text: str) -> date:
    return date.fromisoformat(text)


RESOLUTION_1656: Mapping[Anchor, date] = {
    Anchor.ISSUED: day("2025-06-16"),
    Anchor.EFFECTIVE: day("2025-06-16"),
    Anchor.OPERATIONAL: day("2025-07-01"),
    Anchor.UNIT_CEASED: day("2025-06-30"),
}


def deadline(anchors: Mapping[Anchor, date] = RESOLUTION_1656, **rule: Any) -> Deadline:
    return compute_deadline(DeadlineRule(**rule), anchors, CALENDAR)


def from_day(start: str, **rule: Any) -> Deadline:
    return deadline({Anchor.OPERATIONAL: day(start)}, anchor=Anchor.OPERATIONAL, **rule)


@pytest.mark.parametrize(
    ("start", "excluded", "included", "working"),
    [
        ("2025-06-12", "2025-06-27", "2025-06-26", "2025-07-03"),
        ("2025-06-16", "2025-07-01", "2025-06-30", "2025-07-07"),
        ("2025-07-01", "2025-07-16", "2025-07-15", "2025-07-22"),
    ],
)
def test_fifteen_days_three_ways(start: str, excluded: str, included: str, working: str) -> None:
    assert from_day(start, offset=15).due_on == day(excluded)
    assert from_day(start, offset=15, first_day="include").due_on == day(included)
    assert from_day(start, offset=15, unit="working").due_on == day(working)


@pytest.mark.parametrize(
    ("start", "rule", "due"),
    [
        ("2025-06-19", {"offset": 10}, "2025-06-30"),  # Sunday → Monday
        ("2025-06-19", {"offset": 10, "roll": "none"}, "2025-06-29"),
        ("2025-04-16", {"offset": 10}, "2025-04-26"),  # a make-up Saturday is worked: no roll
        ("2025-04-17", {"offset": 15}, "2025-05-05"),  # exchanged day off, then a weekend
        ("2026-02-01", {"offset": 16}, "2026-02-23"),  # Tết
        ("2026-04-16", {"offset": 10}, "2026-04-28"),  # Sunday holiday, Monday in lieu
        ("2026-04-16", {"offset": 11, "first_day": "include"}, "2026-04-28"),
        ("2025-12-22", {"offset": 10}, "2026-01-05"),  # over the year
        ("2024-02-14", {"offset": 15}, "2024-02-29"),  # leap day
        ("2024-02-29", {"offset": 365}, "2025-02-28"),
        ("2025-06-29", {"offset": 0}, "2025-06-29"),  # a named day stays
        ("2025-07-01", {"offset": -3}, "2025-06-28"),  # counted back: stays on its Saturday
        ("2025-07-01", {"offset": -3, "first_day": "include"}, "2025-06-29"),
        ("2025-07-01", {"offset": -3, "unit": "working"}, "2025-06-26"),
        ("2026-02-11", {"offset": 5, "unit": "working"}, "2026-02-25"),
    ],
)
def test_a_term_ends_where_the_rule_says(start: str, rule: dict[str, Any], due: str) -> None:
    assert from_day(start, **rule).due_on == day(due)


SENTENCES: list[tuple[dict[str, Any], str, str]] = [
    (
        {"anchor": "operational", "offset": 15},
        "Hạn 16/07/2025: 15 ngày kể từ ngày bắt đầu hoạt động 01/07/2025, không tính ngày đầu "
        "(Điều 147 Bộ luật Dân sự 2015).",
        "Due 16/07/2025: 15 days from the day operation starts (01/07/2025), the first day not counted "
        "(Civil Code 2015, art. 147).",
    ),
    (
        {"anchor": "issued", "offset": 13},
        "Hạn 30/06/2025: 13 ngày kể từ ngày ban hành quyết định 16/06/2025, không tính ngày đầu "
        "(Điều 147 Bộ luật Dân sự 2015), rơi vào Chủ nhật 29/06/2025 nên lùi đến hết ngày làm việc kế tiếp 30/06/2025 "
        "(Điều 148).",
        "Due 30/06/2025: 13 days from the day the decision was issued (16/06/2025), the first day not counted "
        "(Civil Code 2015, art. 147), ending on Sunday 29/06/2025 and so running to the end of the next working day, "
        "30/06/2025 (art. 148).",
    ),
    (
        {"anchor": "operational", "offset": 15, "published": "2025-07-15"},
        "Hạn 15/07/2025 theo ngày đã công bố trong văn bản; cách tính thông thường cho 16/07/2025.",
        "Due 15/07/2025: the date published in the text; counting would give 16/07/2025.",
    ),
    (
        {"anchor": "operational", "offset": 15, "first_day": "include", "published": "2025-07-15"},
        "Hạn 15/07/2025 theo ngày đã công bố trong văn bản, trùng với cách tính thông thường.",
        "Due 15/07/2025: the date published in the text, which counting gives as well.",
    ),
    (
        {"anchor": "none", "published": "2025-07-15"},
        "Hạn 15/07/2025 theo ngày đã công bố trong văn bản.",
        "Due 15/07/2025: the date published in the text.",
    ),
    (
        {"anchor": "operational", "offset": 15, "first_day": "include"},
        "Hạn 15/07/2025: 15 ngày kể từ ngày bắt đầu hoạt động 01/07/2025, tính cả ngày đó theo quy tắc riêng của "
        "thời hạn này.",
        "Due 15/07/2025: 15 days from the day operation starts (01/07/2025), that day counted as the first, "
        "as this rule says.",
    ),
    (
        {"anchor": "fixed", "fixed": "2025-06-25"},
        "Hạn 25/06/2025: ngày ấn định trong văn bản.",
        "Due 25/06/2025: a date fixed in the text.",
    ),
    (
        {"anchor": "fixed", "fixed": "2025-07-20"},
        "Hạn 20/07/2025: ngày ấn định trong văn bản, là ngày nghỉ (Chủ nhật) nhưng không lùi.",
        "Due 20/07/2025: a date fixed in the text, which is a day off (Sunday) and stays.",
    ),
    (
        {"anchor": "operational"},
        "Hạn 01/07/2025: đúng ngày bắt đầu hoạt động.",
        "Due 01/07/2025: this is the day operation starts.",
    ),
    (
        {"anchor": "operational", "offset": -3, "unit": "working"},
        "Hạn 26/06/2025: 3 ngày làm việc trước ngày bắt đầu hoạt động 01/07/2025.",
        "Due 26/06/2025: 3 working days before the day operation starts (01/07/2025).",
    ),
    (
        {"anchor": "unit_ceased", "offset": -1, "unit": "calendar"},
        "Hạn 29/06/2025: 1 ngày trước ngày cuối cùng của đơn vị cũ 30/06/2025, là ngày nghỉ (Chủ nhật) "
        "nhưng không lùi.",
        "Due 29/06/2025: 1 day before the last day of the old unit (30/06/2025), which is a day off (Sunday) "
        "and stays.",
    ),
    (
        {"anchor": "fixed", "fixed": "2026-02-11", "offset": 5, "unit": "working"},
        "Hạn 25/02/2026: 5 ngày làm việc kể từ ngày 11/02/2026, không tính ngày đầu (Điều 147 Bộ luật Dân sự 2015), "
        "không tính Tết Nguyên đán 16/02/2026–20/02/2026.",
        "Due 25/02/2026: 5 working days from 11/02/2026, the first day not counted (Civil Code 2015, art. 147), "
        "skipping Lunar New Year 16/02/2026–20/02/2026.",
    ),
    (
        {"anchor": "fixed", "fixed": "2025-04-24", "offset": 5, "unit": "working"},
        "Hạn 05/05/2025: 5 ngày làm việc kể từ ngày 24/04/2025, không tính ngày đầu (Điều 147 Bộ luật Dân sự 2015), "
        "không tính Ngày Chiến thắng 30/04/2025, Ngày Quốc tế Lao động 01/05/2025, ngày nghỉ hoán đổi 02/05/2025, "
        "có tính ngày làm bù 26/04/2025.",
        "Due 05/05/2025: 5 working days from 24/04/2025, the first day not counted (Civil Code 2015, art. 147), "
        "skipping Victory Day 30/04/2025, Labour Day 01/05/2025, the exchanged day off 02/05/2025, "
        "counting the make-up working day 26/04/2025.",
    ),
    (
        {"anchor": "fixed", "fixed": "2027-01-22", "offset": 15},
        "Hạn 10/02/2027: 15 ngày kể từ ngày 22/01/2027, không tính ngày đầu (Điều 147 Bộ luật Dân sự 2015), rơi vào "
        "Tết Nguyên đán 06/02/2027 nên lùi đến hết ngày làm việc kế tiếp 10/02/2027 (Điều 148), theo lịch nghỉ "
        "tạm tính năm 2027, chưa có thông báo chính thức.",
        "Due 10/02/2027: 15 days from 22/01/2027, the first day not counted (Civil Code 2015, art. 147), ending on "
        "Lunar New Year 06/02/2027 and so running to the end of the next working day, 10/02/2027 (art. 148), by the "
        "provisional days off of 2027, which are not announced yet.",
    ),
    (
        {"anchor": "fixed", "fixed": "2025-06-14", "offset": 1, "unit": "working", "first_day": "include"},
        "Hạn 16/06/2025: 1 ngày làm việc kể từ ngày 14/06/2025, tính từ ngày làm việc gần nhất theo quy tắc riêng của "
        "thời hạn này.",
        "Due 16/06/2025: 1 working day from 14/06/2025, counting from the nearest working day, as this rule says.",
    ),
    (
        {"anchor": "none"},
        "Không có hạn: văn bản không ấn định ngày.",
        "No due date: the text sets none.",
    ),
    (
        {"anchor": "event", "event": "handover-temporary", "offset": 30},
        "Chưa có hạn: tính theo 30 ngày kể từ ngày tạm bàn giao, chưa xác định.",
        "No due date yet: 30 days from the day of the temporary handover, which is not known yet.",
    ),
    (
        {"anchor": "event", "event": "seal-received"},
        "Chưa có hạn: tính theo ngày diễn ra sự kiện “seal-received”, chưa xác định.",
        "No due date yet: the day of the event “seal-received”, which is not known yet.",
    ),
    (
        {"anchor": "step", "step": "DAT-05/giao"},
        "Chưa có hạn: tính theo ngày hoàn thành bước DAT-05/giao, chưa xác định.",
        "No due date yet: the day step DAT-05/giao is completed, which is not known yet.",
    ),
]


@pytest.mark.parametrize(("rule", "vietnamese", "english"), SENTENCES, ids=[english for _, _, english in SENTENCES])
def test_a_deadline_says_why_in_one_sentence(rule: dict[str, Any], vietnamese: str, english: str) -> None:
    explanation = deadline(**rule).explanation
    assert render(explanation, "en") == english
    assert render(explanation, "vi") == vietnamese


def test_a_deadline_keeps_what_it_was_computed_from() -> None:
    rule = DeadlineRule(anchor=Anchor.OPERATIONAL, offset=15, published=day("2025-07-15"))
    found = compute_deadline(rule, RESOLUTION_1656, CALENDAR)
    assert (found.rule, found.anchor_on, found.due_on) == (rule, day("2025-07-01"), day("2025-07-15"))
    assert found.calendar_version == CALENDAR.version
    assert not found.provisional
    assert hash(found) == hash(compute_deadline(rule, RESOLUTION_1656, CALENDAR))


def test_a_step_or_event_that_happened_is_counted_from() -> None:
    known = {Anchor.EVENT: day("2025-07-02")}
    found = deadline(known, anchor="event", event="handover-temporary", offset=30)
    assert found.due_on == day("2025-08-01")
    assert "the day of the temporary handover (02/07/2025)" in render(found.explanation, "en")


def test_every_event_of_the_shipped_templates_has_words_of_its_own() -> None:
    rules = [step.deadline for template in read_shipped_templates() for step in template.steps]
    events = {rule.event: deadline({}, **rule.model_dump()) for rule in rules if rule.event}
    assert events
    assert [event for event, found in events.items() if str(event) in render(found.explanation, "vi")] == []


@pytest.mark.parametrize(
    ("rule", "provisional"),
    [
        ({"fixed": "2026-12-28", "offset": 3}, False),
        ({"fixed": "2026-12-28", "offset": 4}, True),  # New Year's Day 2027 moves it
        ({"fixed": "2026-12-28", "offset": 4, "roll": "none"}, False),
        ({"fixed": "2026-12-28", "offset": 4, "unit": "working"}, True),
        ({"fixed": "2027-01-11", "offset": -7, "unit": "working"}, True),
        ({"fixed": "2027-03-01"}, False),
    ],
)
def test_a_date_is_provisional_only_if_unannounced_days_off_can_move_it(
    rule: dict[str, Any], provisional: bool
) -> None:
    assert deadline(anchor="fixed", **rule).provisional is provisional


def test_a_date_named_beyond_the_calendar_needs_no_calendar() -> None:
    assert deadline(anchor="fixed", fixed="2031-06-01").due_on == day("2031-06-01")
    published = deadline(
        {Anchor.OPERATIONAL: day("2031-06-01")}, anchor="operational", offset=5, published="2031-06-05"
    )
    assert render(published.explanation, "en") == "Due 05/06/2031: the date published in the text."


@pytest.mark.parametrize("rule", [{"offset": 15}, {"offset": 15, "unit": "working"}])
def test_counting_in_a_year_nobody_entered_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(OutsideCalendar):
        from_day("2031-06-01", **rule)


def test_a_term_beyond_all_dates_is_refused_with_a_sentence() -> None:
    with pytest.raises(TermTooLong, match="15 days from 31/12/9999 is no date"):
        from_day("9999-12-31", offset=15)


def test_a_due_date_ends_with_its_day_in_viet_nam() -> None:
    assert due_instant(day("2025-07-15")) == datetime(2025, 7, 15, 16, 59, 59, tzinfo=UTC)


def test_the_day_changes_in_viet_nam_at_17_hours_utc() -> None:
    assert local_date(datetime(2025, 7, 15, 16, 59, 59, tzinfo=UTC)) == day("2025-07-15")
    assert local_date(datetime(2025, 7, 15, 17, 0, 0, tzinfo=UTC)) == day("2025-07-16")
    assert local_date(datetime(2025, 12, 31, 17, 0, 0, tzinfo=UTC)) == day("2026-01-01")


def test_an_instant_without_a_zone_has_no_local_date() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        local_date(datetime(2025, 7, 15, 16, 59, 59))  # noqa: DTZ001


STARTS = st.dates(date(2024, 6, 1), date(2027, 6, 1))
OFFSETS = st.integers(-90, 90)
COUNTING = st.fixed_dictionaries(
    {"unit": st.sampled_from(["calendar", "working"]), "first_day": st.sampled_from(["exclude", "include"])}
)


@given(STARTS, OFFSETS.filter(lambda offset: offset > 0), COUNTING)
def test_a_rolled_due_date_is_a_working_day(start: date, offset: int, counting: dict[str, Any]) -> None:
    due = from_day(str(start), offset=offset, **counting).due_on
    assert due is not None
    assert CALENDAR.is_working(due)


@given(STARTS, OFFSETS, COUNTING, st.sampled_from(["none", "next_working_day"]))
def test_a_longer_offset_is_never_due_earlier(start: date, offset: int, counting: dict[str, Any], roll: str) -> None:
    one, more = (from_day(str(start), offset=days, roll=roll, **counting).due_on for days in (offset, offset + 1))
    assert one is not None
    assert more is not None
    assert one <= more


@given(STARTS, OFFSETS.filter(bool))
def test_counting_the_first_day_ends_one_day_sooner(start: date, offset: int) -> None:
    plain, counted = (
        from_day(str(start), offset=offset, roll="none", first_day=first).due_on for first in ("exclude", "include")
    )
    assert plain is not None
    assert counted == plain - timedelta(days=1 if offset > 0 else -1)


@given(STARTS)
def test_the_last_second_of_a_due_date_is_still_that_date(due: date) -> None:
    ends = due_instant(due)
    assert local_date(ends) == due
    assert local_date(ends + timedelta(seconds=1)) == due + timedelta(days=1)


def dates(first: str, last: str, **recurrence: Any) -> list[str]:
    found = occurrences(day(first), Recurrence(**recurrence), RESOLUTION_1656, day(last))
    return [f"{one:%m-%d}" for one in found]


@pytest.mark.parametrize(
    ("every", "first", "last", "expected"),
    [
        ("P7D", "2025-06-20", "2025-07-11", "06-20 06-27 07-04 07-11"),
        ("P1W", "2025-06-20", "2025-07-03", "06-20 06-27"),
        ("P1M", "2025-01-31", "2025-05-01", "01-31 02-28 03-31 04-30"),
        ("P1Y", "2024-02-29", "2026-03-01", "02-29 02-28 02-28"),
        ("P7D", "2025-07-12", "2025-07-11", ""),
    ],
)
def test_a_duty_comes_back_every_period_from_its_first_due_date(
    every: str, first: str, last: str, expected: str
) -> None:
    assert dates(first, last, every=every) == expected.split()


def test_a_duty_stops_with_its_anchor_and_comes_daily_in_the_last_week() -> None:
    found = dates("2025-06-10", "2025-08-01", every="P7D", until="operational", closing_days=7, closing_every="P1D")
    assert found == ["06-10", "06-17", "06-24", "06-25", "06-26", "06-27", "06-28", "06-29", "06-30", "07-01"]


def test_asking_for_less_does_not_move_the_closing_days() -> None:
    found = dates("2025-06-10", "2025-06-26", every="P7D", until="operational", closing_days=7, closing_every="P1D")
    assert found == ["06-10", "06-17", "06-24", "06-25", "06-26"]


def test_a_duty_that_starts_in_the_closing_days_comes_at_their_pace() -> None:
    found = dates("2025-06-28", "2025-08-01", every="P7D", until="operational", closing_days=7, closing_every="P2D")
    assert found == ["06-28", "06-30"]


def test_a_duty_whose_end_is_not_known_goes_on_to_the_day_asked_for() -> None:
    recurrence = Recurrence(every="P7D", until=Anchor.EVENT, closing_days=7, closing_every="P1D")
    found = list(occurrences(day("2025-07-01"), recurrence, {}, day("2025-07-15")))
    assert found == [day("2025-07-01"), day("2025-07-08"), day("2025-07-15")]


def test_a_period_of_nothing_is_refused() -> None:
    with pytest.raises(PeriodStandsStill, match="P0D"):
        dates("2025-07-01", "2025-07-02", every="P0D")
