"""What `bangiao subscription` shows: a row, one in full, the same as JSON; no secret, of an address the host."""

from __future__ import annotations

from typing import Any

from bangiao.cli.output import heading, moment, number, out
from bangiao.i18n import _, render
from bangiao.settings import Settings
from bangiao.subscriptions import host_of
from checklists.errors import HandoverError
from checklists.subscriptions import STATE_WORDS
from db.subscriptions import Subscription


def row_of(one: Subscription, settings: Settings, lag: int) -> tuple[str, ...]:
    state = render(STATE_WORDS[one.state])
    return one.name, _host(one, settings), state, number(one.sent), number(lag), one.last_words or "–"


def show_one(one: Subscription, settings: Settings, lag: int) -> None:
    heading(one.name)
    for words, value in (
        (_("To"), _host(one, settings)),
        (_("State"), render(STATE_WORDS[one.state])),
        (_("Events"), ", ".join(one.types) or _("all")),
        (_("Decision"), one.decision or _("all")),
        (_("Province"), one.province or _("all")),
        (_("Source"), one.source),
        (_("Sent"), number(one.sent)),
        (_("Last sent"), moment(one.sent_at) if one.sent_at else "–"),
        (_("Next entry of the audit log"), number(one.cursor)),
        (_("Still to pass"), number(lag)),
    ):
        out.print(f"  {words}: {value}")
    if one.failing_since:
        words = _("  Since {since} its receiver does not take entry {place} ({tries} tries): {words}")
        told = words.format(since=moment(one.failing_since), place=one.cursor, tries=one.tries, words=one.last_words)
        out.print(told, style="bold red")


def document(one: Subscription, settings: Settings, lag: int | None = None) -> dict[str, Any]:
    known = ("name", "state", "source", "types", "decision", "province", "cursor", "sent", "sent_at", "tries")
    later = ("failing_since", "next_try_at", "last_words", "recorded_by", "recorded_at")
    said: dict[str, Any] = {name: getattr(one, name) for name in (*known, *later)}
    return said | {"state": one.state.value, "host": _host(one, settings), "still_to_pass": lag}


def _host(one: Subscription, settings: Settings) -> str:
    try:
        return host_of(one, settings)
    except HandoverError as error:
        return str(error)
