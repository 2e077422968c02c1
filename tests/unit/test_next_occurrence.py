"""The next time of a duty that comes back: its date, and the sentence that says why in both languages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from builders import step, template
from hypothesis import given
from hypothesis import strategies as st

from bangiao.i18n import both_languages
from checklists.next_occurrence import DutyFacts, Latest, missed_occurrences, next_occurrence
from checklists.recurring import occurrences
from checklists.step_numbers import MOST_OCCURRENCES, checklist_of, number_range, step_place
from checklists.templates import Anchor, Recurrence

day = date.fromisoformat
ANCHORS = {
    Anchor.ISSUED: day("2025-06-16"),
    Anchor.EFFECTIVE: day("2025-06-16"),
    Anchor.OPERATIONAL: day("2025-07-01"),
    Anchor.UNIT_CEASED: day("2025-06-30"),
}
FIRST = day("2025-06-23")


def duty(hands_over: bool = False, **recurrence: Any) -> DutyFacts:
    (made,) = template(step("XX-01", recurrence=recurrence or None)).steps
    return DutyFacts(made, ANCHORS, "vn-1", hands_over)


def due_after(latest: Latest, facts: DutyFacts, today: date = FIRST) -> str | None:
    found = next_occurrence(latest, facts, today)
    return found.deadline.due_on.isoformat() if found and found.deadline.due_on else None


def sentences(latest: Latest, facts: DutyFacts, today: date = FIRST) -> tuple[str, str]:
    found = next_occurrence(latest, facts, today)
    assert found
    spoken = both_languages()
    return found.deadline.explanation.render(spoken["vi"]), found.deadline.explanation.render(spoken["en"])


def test_a_weekly_duty_comes_back_a_week_after_the_time_that_was_settled() -> None:
    weekly = duty(every="P7D")
    assert due_after(Latest(1, FIRST, FIRST), weekly) == "2025-06-30"
    assert due_after(Latest(3, day("2025-07-07"), FIRST), weekly) == "2025-07-14"


def test_what_was_settled_five_weeks_late_is_followed_by_the_week_after_it_which_is_past() -> None:
    assert due_after(Latest(1, FIRST, FIRST), duty(every="P7D"), today=FIRST + timedelta(weeks=5)) == "2025-06-30"


def test_five_weeks_without_a_word_are_five_weeks_that_are_each_owed_and_the_running_one() -> None:
    found = list(missed_occurrences(Latest(1, FIRST, FIRST), duty(every="P7D"), FIRST + timedelta(weeks=5, days=1)))
    assert [(one.occurrence, one.deadline.due_on) for one in found] == [
        (place, FIRST + timedelta(weeks=place - 1)) for place in range(2, 8)
    ]


def test_nothing_is_missed_on_the_last_day_of_the_period() -> None:
    assert list(missed_occurrences(Latest(1, FIRST, FIRST), duty(every="P7D"), FIRST)) == []


def test_a_duty_ends_with_the_anchor_it_names() -> None:
    facts = duty(every="P7D", until="operational")
    assert due_after(Latest(1, FIRST, FIRST), facts) == "2025-06-30"
    assert due_after(Latest(2, day("2025-06-30"), FIRST), facts) is None
    assert [one.occurrence for one in missed_occurrences(Latest(1, FIRST, FIRST), facts, day("2026-01-01"))] == [2]


def test_a_duty_without_an_end_ends_with_the_unit_that_hands_over_and_with_no_other() -> None:
    last = Latest(2, day("2025-06-30"), FIRST)
    assert due_after(last, duty(every="P7D", hands_over=True)) is None
    assert due_after(last, duty(every="P7D")) == "2025-07-07"


def test_a_step_that_does_not_come_back_has_no_next_time() -> None:
    assert next_occurrence(Latest(1, FIRST, FIRST), duty(), FIRST) is None


def test_a_month_is_counted_from_the_first_date_so_the_31st_comes_back() -> None:
    first = day("2025-01-31")
    assert due_after(Latest(2, day("2025-02-28"), first), duty(every="P1M")) == "2025-03-31"


def test_a_duty_without_a_date_counts_from_the_day_it_was_completed_and_then_from_there() -> None:
    yearly = duty(every="P1Y")
    assert due_after(Latest(1, None, None), yearly, today=day("2025-08-20")) == "2026-08-20"
    assert due_after(Latest(2, day("2026-08-20"), day("2026-08-20")), yearly, today=day("2026-09-01")) == "2027-08-20"
    assert list(missed_occurrences(Latest(1, None, None), yearly, day("2030-01-01"))) == []


def test_dates_before_it_could_be_worked_on_are_not_owed_one_by_one() -> None:
    held_up = Latest(1, day("2025-07-02"), day("2025-07-02"), free_on=day("2025-07-20"))
    found = list(missed_occurrences(held_up, duty(every="P1D"), day("2025-07-23")))
    assert [one.deadline.due_on for one in found] == [day(f"2025-07-{one}") for one in (21, 22, 23)]
    assert [one.occurrence for one in found] == [2, 3, 4]


def test_having_been_free_before_its_date_changes_nothing() -> None:
    early = Latest(1, FIRST, FIRST, free_on=day("2025-06-17"))
    assert due_after(early, duty(every="P7D")) == "2025-06-30"
    assert sentences(early, duty(every="P7D")) == sentences(Latest(1, FIRST, FIRST), duty(every="P7D"))


def test_a_duty_has_as_many_times_as_it_has_numbers_and_then_no_more() -> None:
    daily = duty(every="P1D")
    before_last = Latest(MOST_OCCURRENCES - 1, FIRST, FIRST)
    following = next_occurrence(before_last, daily, FIRST)
    assert following
    assert following.occurrence == MOST_OCCURRENCES
    assert next_occurrence(Latest(MOST_OCCURRENCES, FIRST, FIRST), daily, FIRST) is None
    number = (7 << 20) + step_place(3) + MOST_OCCURRENCES - 1
    assert checklist_of(number) == 7
    assert number < (7 << 20) + step_place(4) < number_range(7)[1]


@pytest.mark.parametrize(
    ("recurrence", "vi", "en"),
    [
        ({"every": "P1D"}, "hằng ngày kể từ ngày 23/06/2025", "every day from 23/06/2025"),
        ({"every": "P7D"}, "7 ngày một lần kể từ ngày 23/06/2025", "every 7 days from 23/06/2025"),
        ({"every": "P1W"}, "hằng tuần kể từ ngày 23/06/2025", "every week from 23/06/2025"),
        ({"every": "P2W"}, "2 tuần một lần kể từ ngày 23/06/2025", "every 2 weeks from 23/06/2025"),
        ({"every": "P1M"}, "hằng tháng kể từ ngày 23/06/2025", "every month from 23/06/2025"),
        ({"every": "P3M"}, "3 tháng một lần kể từ ngày 23/06/2025", "every 3 months from 23/06/2025"),
        ({"every": "P1Y"}, "hằng năm kể từ ngày 23/06/2025", "every year from 23/06/2025"),
        ({"every": "P2Y"}, "2 năm một lần kể từ ngày 23/06/2025", "every 2 years from 23/06/2025"),
        (
            {"every": "P7D", "until": "operational", "closing_days": 7, "closing_every": "P1D"},
            "hằng ngày trong 7 ngày cuối, đến hết ngày 01/07/2025",
            "every day in the last 7 days up to 01/07/2025",
        ),
    ],
)
def test_the_sentence_says_which_time_it_is_and_how_often_it_comes(
    recurrence: dict[str, Any], vi: str, en: str
) -> None:
    latest, facts = Latest(1, FIRST, FIRST), duty(**recurrence)
    due = day(due_after(latest, facts) or "").strftime("%d/%m/%Y")
    assert sentences(latest, facts) == (f"Hạn {due}: lần 2, {vi}.", f"Due {due}: time 2, {en}.")


def test_the_sentence_of_a_duty_without_date_names_the_day_of_completion() -> None:
    assert sentences(Latest(1, None, None), duty(every="P1Y"), day("2025-08-20")) == (
        "Hạn 20/08/2026: lần 2, hằng năm, tính từ ngày hoàn thành lần trước (20/08/2025).",
        "Due 20/08/2026: time 2, every year, counted from the day the time before was completed (20/08/2025).",
    )


def test_the_sentence_says_which_dates_were_left_out() -> None:
    held_up = Latest(1, FIRST, FIRST, free_on=day("2025-06-25"))
    vi, en = sentences(held_up, duty(every="P1D"))
    assert vi.endswith("kể từ ngày 23/06/2025, không kể các kỳ đến hết ngày 25/06/2025 là ngày bắt đầu thực hiện được.")
    assert en.endswith("from 23/06/2025, without the dates up to 25/06/2025, from when it could be worked on.")


def test_two_duties_with_the_same_dates_and_other_sentences_have_deadlines_of_their_own() -> None:
    weekly, by_week = (next_occurrence(Latest(1, FIRST, FIRST), duty(every=every), FIRST) for every in ("P7D", "P1W"))
    again = next_occurrence(Latest(1, FIRST, FIRST), duty(every="P7D"), FIRST)
    assert weekly
    assert by_week
    assert again
    assert weekly.deadline_number == again.deadline_number != by_week.deadline_number


@given(
    every=st.sampled_from(["P1D", "P3D", "P7D", "P2W", "P1M"]),
    settled=st.integers(0, 60),
    looks=st.lists(st.integers(1, 40), max_size=6),
)
def test_however_acts_and_rounds_follow_each_other_the_dates_are_those_of_the_series(
    every: str, settled: int, looks: list[int]
) -> None:
    """Settling gives one, a round gives what is missing: together every date once, in order."""
    facts, latest, today = duty(every=every), Latest(1, FIRST, FIRST), FIRST
    dates = [FIRST]
    for place, ahead in enumerate(looks):
        today += timedelta(days=ahead)
        found = list(missed_occurrences(latest, facts, today))
        if settled >> place & 1 and not found:
            found = [one for one in [next_occurrence(latest, facts, today)] if one]
        for one in found:
            assert one.deadline.due_on
            dates.append(one.deadline.due_on)
            latest = Latest(one.occurrence, one.deadline.due_on, FIRST)
    series = occurrences(FIRST, Recurrence(every=every), ANCHORS, dates[-1])
    assert dates == list(series)
    assert dates[-1] >= today or not looks
