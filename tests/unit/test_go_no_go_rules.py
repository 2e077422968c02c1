"""How votes become an outcome: the rule, counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checklists.go_no_go import Choice, Count, FrozenReadiness, Readiness, Vote, counted

AT = datetime(2025, 6, 26, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "outcome"),
    [
        (Count(3, go=2), Choice.GO),
        (Count(3, go=1), Choice.NO_GO),
        (Count(4, go=2), Choice.NO_GO),
        (Count(4, go=2, no_go=2), Choice.NO_GO),
        (Count(4, go=2, no_go=1), Choice.GO),
        (Count(5, go=2, conditions=1, no_go=2), Choice.CONDITIONS),
        (Count(5, conditions=3), Choice.CONDITIONS),
        (Count(5, no_go=3, go=2), Choice.NO_GO),
        (Count(1, go=1), Choice.GO),
        (Count(0), Choice.NO_GO),
    ],
)
def test_more_than_half_have_to_vote_and_more_than_half_of_them_for_it(count: Count, outcome: Choice) -> None:
    assert count.outcome is outcome


def test_the_last_vote_of_each_person_counts_and_only_of_those_who_may_vote() -> None:
    said = (("an", Choice.GO), ("binh", Choice.NO_GO), ("an", Choice.NO_GO), ("gone", Choice.GO), ("binh", Choice.GO))
    votes = [Vote(number, by, choice, "vì", AT) for number, (by, choice) in enumerate(said, start=1)]
    assert counted(votes, {"an", "binh", "chi"}) == Count(3, go=1, conditions=0, no_go=1)


def test_frozen_figures_have_one_spelling_and_are_read_back() -> None:
    streams = {"data-backup": Readiness(units=2, ready=1, steps=10, settled=7)}
    figures = FrozenReadiness(AT, Readiness(units=2, ready=1, steps=10, settled=7, overdue=1), streams)
    assert figures.to_json().startswith('{"at":"2025-06-26T01:00:00+00:00","streams":{"data-backup":{"blocked":0,')
    again = FrozenReadiness(AT, Readiness(units=2, ready=1, steps=10, settled=7, overdue=1), dict(streams))
    assert again.hash == figures.hash
    assert FrozenReadiness(AT, Readiness(units=2, steps=10), streams).hash != figures.hash
