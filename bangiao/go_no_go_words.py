"""What is said of votes on go or no go, on the command line and on pages alike."""

from __future__ import annotations

from bangiao.formats import number
from bangiao.i18n import _, render
from checklists.go_no_go import Count, choice_words
from checklists.go_no_go_handlers import GoNoGoResult


def count_sentence(count: Count) -> str:
    """How many voted for what, and what follows from it by the rule."""
    said = _("{voted} of {all} have voted: {go} go, {conditions} go with conditions, {no_go} no go.").format(
        voted=number(count.voted),
        all=number(count.may_vote),
        go=number(count.go),
        conditions=number(count.conditions),
        no_go=number(count.no_go),
    )
    if not count.enough:
        more = _("At least {needed} have to vote; without them it is no go.").format(needed=number(count.needed))
        return f"{said} {more}"
    return f"{said} " + _("By these votes it is: {outcome}.").format(outcome=render(choice_words(count.outcome)))


def result_words(result: GoNoGoResult) -> str:
    """What an order did."""
    return {
        GoNoGoResult.OPENED: _("The question is open. Every member of the committee can vote now."),
        GoNoGoResult.OPEN_ALREADY: _("You have asked exactly this already; it waits for votes."),
        GoNoGoResult.VOTED: _("Your vote is on record."),
        GoNoGoResult.VOTED_ANEW: _("Your new vote takes the place of the earlier one; both are on record."),
        GoNoGoResult.VOTED_SO_BEFORE: _("You have voted exactly so already; nothing changed."),
        GoNoGoResult.CLOSED: _("The question is closed."),
        GoNoGoResult.CLOSED_BEFORE: _("The question was closed already; nothing changed."),
    }[result]
