"""What `bangiao notify list` and `notify show` print. Addresses are masked, on pages and in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bangiao.cli.output import day, heading, moment, number, out, table
from bangiao.i18n import _, render
from bangiao.outcome_words import outcome_word
from bangiao.step_references import reference
from checklists.escalation.attempts import DeliveryState, delivery_words
from db.delivery_lists import DeliveryEntry, ToldLine, TriedLine, WaitingNotices
from notifiers.masking import masked_address

_ID = 12
_TOLD_SHOWN = 20


def state_word(state: str) -> str:
    return render(delivery_words(DeliveryState(state)))


def list_page(found: Sequence[DeliveryEntry], count: int, *, dead: bool) -> None:
    if not found:
        out.print(_("There is no dead letter.") if dead else _("There is no message."))
        return
    shown = table(_("Message"), _("To"), _("By"), _("Notices"), _("State"), _("Last words"), numbers=(3,))
    for one in found:
        by = f"{one.channel or '–'}\n{_address(one)}"
        state = f"{state_word(one.state)}\n{moment(one.ended_at or one.next_try_at)}"
        shown.add_row(one.id[:_ID], one.recipient, by, number(one.notices), state, one.words or "")
    out.print(shown)
    out.print(_("{shown} of {all} messages").format(shown=number(len(found)), all=number(count)))
    if dead:
        out.print(_("Send one again with: bangiao notify resend MESSAGE"))


def waiting_line(waiting: WaitingNotices, now: datetime) -> None:
    """Notices that are in no message yet, and what they wait for."""
    if not waiting.notices or waiting.leaves_at is None:
        return
    if not waiting.channels:
        words = _(
            "{count} notices wait, and nobody is told: no channel is enabled. Set one up: bangiao channel add NAME "
            "--kind email"
        )
    elif waiting.leaves_at > now:
        words = _("{count} notices wait for their time; the first may leave at {when}.")
    else:
        words = _(
            "{count} notices wait for the sender since {when}. Where it does not run: bangiao up, or bangiao sender"
        )
    style = "" if waiting.channels and waiting.leaves_at > now else "bold yellow"
    out.print(words.format(count=number(waiting.notices), when=moment(waiting.leaves_at)), style=style)


def _address(one: DeliveryEntry) -> str:
    return masked_address(one.address) if one.address else "–"


def entry_document(one: DeliveryEntry) -> dict[str, Any]:
    return {**one._asdict(), "address": _address(one)}


def show_page(one: DeliveryEntry, tries: Sequence[TriedLine], told: Sequence[ToldLine]) -> None:
    heading(one.id, f" ({state_word(one.state)})")
    out.print(
        _("To {recipient} by {by}, {address}").format(
            recipient=one.recipient, by=one.channel or "–", address=_address(one)
        )
    )
    if one.replaces:
        out.print(_("It goes on for the message {id}, which was refused.").format(id=one.replaces[:_ID]))
    if one.ended_at is None:
        out.print(_("Next try: {when}").format(when=moment(one.next_try_at)))
    steps = table(_("Step"), _("Due"), _("Level"), _("State"))
    for line in told[:_TOLD_SHOWN]:
        steps.add_row(_step(line), day(line.due_on), line.level, state_word(line.state))
    out.print(steps)
    if len(told) > _TOLD_SHOWN:
        out.print(_("… and {count} more").format(count=len(told) - _TOLD_SHOWN))
    shown = table(_("Try"), _("Began"), _("Ended"), _("What came of it"), _("Words"), numbers=(0,))
    for tried in tries:
        ended = moment(tried.ended_at)
        shown.add_row(str(tried.attempt), moment(tried.began_at), ended, outcome_word(tried.outcome), tried.words)
    out.print(shown if tries else _("Not tried yet."))


def show_document(one: DeliveryEntry, tries: Sequence[TriedLine], told: Sequence[ToldLine]) -> dict[str, Any]:
    notices = [{"reference": _step(line), **line._asdict()} for line in told]
    return {**entry_document(one), "tells": notices, "tries": [tried._asdict() for tried in tries]}


def _step(line: ToldLine) -> str:
    return reference(line.unit, line.key, line.counterpart, line.occurrence)
