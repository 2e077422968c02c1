"""What came of a try to send, as people say it."""

from __future__ import annotations

from bangiao.i18n import _


def outcome_word(outcome: str) -> str:
    """What came of a try."""
    words = {
        "sent": lambda: _("accepted"),
        "failed_for_now": lambda: _("not now"),
        "failed_for_good": lambda: _("refused for good"),
        "refused_by_us": lambda: _("not sent by us"),
        "sending": lambda: _("being sent"),
        "unknown": lambda: _("not known: the sender stopped"),
    }
    return words[outcome]() if outcome in words else outcome
