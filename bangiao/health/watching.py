"""Whether anything stands still: what the watch would find now, for the operator who asks."""

from __future__ import annotations

from bangiao import watching
from bangiao.health.checks import Area, Check, Finding, Look, Verdict
from checklists.escalation.watching import REVIEWS
from checklists.escalation.watching import Finding as Standing
from checklists.messages import Message

_ELSEWHERE = {"outbox-waiting", "outbox-refused", "openings-standing", "subscriptions-stuck"}
"""Other checks name these one by one, once they have stood for an hour."""


_BY_REVIEWS = {"reviews-overdue", "steps-unreviewed"}


def moves(look: Look) -> Verdict:
    """Parts that have never been heard of are no finding here: nothing has been started yet, and the watch says so."""
    found = watching.look(look.wiring).found
    unheard = {one.kind for one in found if one.since is None and one.kind.endswith("-silent")}
    passed_over = unheard | _ELSEWHERE | (_BY_REVIEWS if f"{REVIEWS}-silent" in unheard else set())
    fine = Message("No review of deadlines has run here yet; see: bangiao watch --once")
    fine = fine if f"{REVIEWS}-silent" in unheard else Message("Everything moves.")
    return Verdict(fine, [_finding(one) for one in found if one.kind not in passed_over])


def _finding(one: Standing) -> Finding:
    return Finding(one.what, one.todo, one.kind)


CHECKS = (Check("watch", Area.RECORD, Message("Reminders and queues"), moves, grave=False),)
