"""What the commands about go/no-go print: the figures that were frozen, the votes, how it stands or ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from bangiao.cli.output import command_line, day, heading, moment, number, out, table
from bangiao.go_no_go_words import count_sentence, result_words
from bangiao.i18n import _, render
from bangiao.words import word
from checklists.go_no_go import Question, choice_words, counted
from checklists.go_no_go_handlers import GoNoGoOutcome


def outcome_page(outcome: GoNoGoOutcome, may_vote: Collection[str]) -> None:
    """What came of the order, and the question as it stands."""
    question_page(outcome.question, may_vote)
    out.print(result_words(outcome.result))
    if not outcome.question.closing:
        out.print(_("Votes are given with:"))
        question = str(outcome.question.id)
        command_line(
            "bangiao", "decision", "go-no-go", "vote", outcome.question.decision, "--question", question, "--choice"
        )


def question_page(question: Question, may_vote: Collection[str]) -> None:
    """One question in full."""
    where = question.province or _("all units")
    heading(_("Question no. {number}").format(number=question.id), f"  {question.decision}, {where}")
    asked = _("May they begin to operate on {day}? Asked by {person} at {time}.")
    out.print(
        asked.format(day=day(question.decided_for), person=question.opened_by, time=moment(question.opened_at)),
        markup=False,
    )
    _figures(question)
    for one in question.last.values():
        reason = f": {one.reason}" if one.reason else ""
        out.print(f" {one.by}, {moment(one.at)}: {render(choice_words(one.choice))}{reason}", markup=False)
    if question.closing:
        closing = question.closing
        said = _("Closed by {person} at {time}: {outcome}.").format(
            person=closing.by, time=moment(closing.at), outcome=render(choice_words(closing.outcome))
        )
        out.print(said, markup=False)
    out.print(count_sentence(question.closing.count if question.closing else counted(question.votes, may_vote)))


def _figures(question: Question) -> None:
    shown = table(_("Workstream"), _("Units ready"), _("Settled"), _("Overdue"), numbers=(1, 2, 3))
    for name, one in (*question.readiness.streams.items(), (_("together"), question.readiness.whole)):
        ready, settled = f"{number(one.ready)}/{number(one.units)}", f"{number(one.settled)}/{number(one.steps)}"
        shown.add_row(word(name), ready, settled, number(one.overdue))
    out.print(shown)


def question_document(question: Question) -> dict[str, Any]:
    """As JSON."""
    closing = question.closing
    return {
        "question": question.id,
        "decision": question.decision,
        "province": question.province or None,
        "decided_for": question.decided_for,
        "opened_by": question.opened_by,
        "opened_at": question.opened_at,
        "facts_hash": question.facts_hash,
        "readiness": {
            "at": question.readiness.at,
            "whole": asdict(question.readiness.whole),
            "streams": {name: asdict(one) for name, one in question.readiness.streams.items()},
        },
        "votes": [
            {"number": one.number, "by": one.by, "choice": one.choice.value, "reason": one.reason, "at": one.at}
            for one in question.votes
        ],
        "outcome": closing.outcome.value if closing else None,
        "counted": closing.count.to_said() if closing else None,
        "closed_by": closing.by if closing else None,
        "closed_at": closing.at if closing else None,
    }
