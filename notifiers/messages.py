"""Messages to people: an event and its facts → subject, plain text and HTML in one language.

Planned notice → (**compose**) → channels. Templates are in `templates/<event>/`: `subject.<language>.txt`,
`text.<language>.txt` and `html.<language>.html`. The text holds all the words; HTML dresses the same pieces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from checklists.errors import HandoverError
from notifiers.message_digest import seen_digest
from notifiers.message_facts import MessageFacts
from notifiers.message_layout import as_text, pieces
from notifiers.message_values import neutral, seen, shortened
from notifiers.rendering import message_environment, render_message

LANGUAGES = ("vi", "en")
LONGEST_SUBJECT = 120

STEP_REMINDER = "step.reminder"
STEP_DUE_TODAY = "step.due_today"
STEP_OVERDUE = "step.overdue"
STEP_SUBMITTED = "step.submitted"
STEP_RETURNED = "step.returned"
STEP_UNLOCKED = "step.unlocked"
STEP_BLOCKED = "step.blocked"
DIGEST = "digest"
CHANNEL_TEST = "channel.test"
INVITATION = "invitation"
ALARM = "alarm"
ALARM_OVER = "alarm.over"

EVENTS: Mapping[str, str] = {
    STEP_REMINDER: "step",
    STEP_DUE_TODAY: "step",
    STEP_OVERDUE: "step",
    STEP_SUBMITTED: "step",
    STEP_RETURNED: "step",
    STEP_UNLOCKED: "step",
    STEP_BLOCKED: "step",
    DIGEST: "digest",
    CHANNEL_TEST: "channel",
    INVITATION: "invitation",
    ALARM: "alarm",
    ALARM_OVER: "alarm",
}
"""Each message and the facts it cannot do without, beside the recipient; `level` belongs to any `step` message."""

FAILURES = (TemplateError, ValueError, TypeError, ArithmeticError, LookupError, RecursionError, OSError)
"""What a template that somebody else wrote may raise."""


class NoSuchMessage(HandoverError):
    """There is no message “{event}” in the language “{language}”; known are {events}, in vi and en."""


class FactsMissing(HandoverError):
    """The message “{event}” cannot be written without the facts “{facts}”."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A message ready to send. `mishap`: why the office's own template was passed over in favour of ours, if it was."""

    subject: str
    text: str
    html: str
    mishap: str | None = None


def compose(event: str, language: str, facts: MessageFacts, folder: Path | None = None) -> Composed:
    """The message in `language`; templates in the office's own `folder` come before ours.

    An office's template that fails is passed over (see `Composed.mishap`): a notice is never late for want of words.
    """
    values = message_values(event, language, facts)
    if folder is None:
        return composed_from(event, language, values, None)
    try:
        return composed_from(event, language, values, folder)
    except FAILURES as problem:
        ours = composed_from(event, language, values, None)
        return Composed(ours.subject, ours.text, ours.html, f"{type(problem).__name__}: {problem}")


def message_values(event: str, language: str, facts: MessageFacts) -> dict[str, Any]:
    """The names a template of `event` may use; all of them are there, None where a fact is not known."""
    if event not in EVENTS or language not in LANGUAGES:
        raise NoSuchMessage(event=event, language=language, events=tuple(EVENTS))
    needed = EVENTS[event]
    given = getattr(facts, needed)
    if given is None:
        raise FactsMissing(event=event, facts=needed)
    values = {"event": event, "language": language, "recipient": seen(facts.recipient, language)}
    values[needed] = seen_digest(given, language) if needed == "digest" else seen(given, language)
    return values | ({"level": seen(facts.level, language)} if needed == "step" else {})


def composed_from(event: str, language: str, values: Mapping[str, Any], folder: Path | None) -> Composed:
    """The message from `values` (see `message_values`). Raises what a failing template raises."""
    environment = message_environment(language, folder)
    subject = shortened(
        neutral(render_message(environment, f"{event}/subject.{language}.txt", values)), LONGEST_SUBJECT
    )
    said = pieces(render_message(environment, f"{event}/text.{language}.txt", {**values, "subject": subject}))
    dressed = seen(said, language)
    html = render_message(environment, f"{event}/html.{language}.html", {**values, "subject": subject, "said": dressed})
    return Composed(subject, as_text(said), html)
