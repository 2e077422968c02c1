"""What `bangiao review-deadlines` and `bangiao simulate` print: letter by letter who is told of what, when, and how.

levels of steps → notices gathered as they will leave (person and moment) → a line each. What would reach nobody is
counted by itself; with `--each-step` every level of every step has a line of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bangiao.channels import ways_to
from bangiao.cli.channel import kind_word
from bangiao.cli.output import moment, number, out, table
from bangiao.deliveries import Addresses, addresses_now
from bangiao.i18n import _, render
from bangiao.reviews import Telling
from bangiao.wiring import Wiring
from checklists.escalation.ladder import Audience, audience_words
from checklists.escalation.preferences import Preference
from db.session import begin_read

_STEPS_NAMED = 2


@dataclass(slots=True)
class Letter:
    """What leaves for one person at one moment: its steps, each once, and to whom its levels speak."""

    leaves: datetime
    account: str
    steps: dict[int, str] = field(default_factory=dict)
    audiences: dict[Audience, None] = field(default_factory=dict)
    in_place_of: dict[str, None] = field(default_factory=dict)


class Channels:
    """By which channel each person is told first, as it stands now; each is looked up once."""

    def __init__(self, wiring: Wiring) -> None:
        with begin_read(wiring.engine) as connection:
            self._now: Addresses = addresses_now(connection, wiring.now())
        self._kinds = {one.id: one.kind for one in self._now.channels}
        self._known: dict[str, str | None] = {}

    def first(self, account: str) -> str | None:
        """The channel's name; None where there is none that works."""
        if account not in self._known:
            wishes = self._now.preferences.get(account) or Preference()
            way = next(ways_to(wishes, self._now.channels), None)
            self._known[account] = way.channel if way else None
        return self._known[account]

    def said(self, account: str) -> str:
        """The same for people."""
        first = self.first(account)
        return f"{first} ({kind_word(self._kinds[first])})" if first else "–"


def letters(tellings: Sequence[Telling]) -> list[Letter]:
    """As they will leave, in order of time."""
    found: dict[tuple[datetime, str], Letter] = {}
    for one in tellings:
        for who, leaves in one.to:
            letter = found.setdefault((leaves, who.account), Letter(leaves, who.account))
            letter.steps[one.step.id] = one.step.name
            letter.audiences[one.plan.planned.to] = None
            if who.on_behalf_of:
                letter.in_place_of[who.on_behalf_of] = None
    return sorted(found.values(), key=lambda one: (one.leaves, one.account))


def letters_table(tellings: Sequence[Telling], most: int, channels: Channels) -> None:
    """A line for each letter, and what would be said to nobody."""
    gathered = letters(tellings)
    if gathered:
        shown = table(_("Leaves"), _("To"), _("By"), _("As"), _("Steps"), _("About"), numbers=(4,))
        for one in gathered[:most]:
            audiences = "\n".join(render(audience_words(each)) for each in one.audiences)
            count = number(len(one.steps))
            shown.add_row(moment(one.leaves), _person(one), channels.said(one.account), audiences, count, _about(one))
        out.print(shown)
    if len(gathered) > most:
        out.print(_("… and {count} more").format(count=number(len(gathered) - most)))
    _nobody(tellings)


def _person(one: Letter) -> str:
    if not one.in_place_of:
        return one.account
    return _("{account} in place of {absent}").format(account=one.account, absent=", ".join(one.in_place_of))


def _about(one: Letter) -> str:
    names = list(one.steps.values())
    rest = len(names) - _STEPS_NAMED
    more = [_("… and {count} more").format(count=number(rest))] if rest > 0 else []
    return "\n".join([*names[:_STEPS_NAMED], *more])


def _nobody(tellings: Sequence[Telling]) -> None:
    silent = [one for one in tellings if not one.to]
    if not silent:
        return
    audiences = Counter(one.plan.planned.to for one in silent)
    named = ", ".join(f"{render(audience_words(one))} {number(count)}" for one, count in audiences.most_common())
    words = _("{levels} levels of {steps} steps would be said to nobody ({audiences}).")
    counts = {"levels": number(len(silent)), "steps": number(len({one.step.id for one in silent}))}
    out.print(words.format(**counts, audiences=named), style="yellow")
    out.print(_("Who is missing: bangiao review-deadlines --reachability"))


def steps_table(tellings: Sequence[Telling], most: int) -> None:
    """A line for each level of each step."""
    if not tellings:
        return
    shown = table(_("When"), _("Step"), _("Level"), _("Told"), _("Why"))
    for one in tellings[:most]:
        planned = one.plan.planned
        shown.add_row(moment(planned.at), one.step.name, planned.level, _told(one), render(one.plan.why))
    out.print(shown)
    if len(tellings) > most:
        out.print(_("… and {count} more").format(count=number(len(tellings) - most)))


def _told(one: Telling) -> str:
    who = ", ".join(recipient.account for recipient, _leaves in one.to) or _("nobody")
    return f"{render(audience_words(one.plan.planned.to))}: {who}"


def period(found: Sequence[Telling], since: str, until: str) -> str:
    """What a simulation comes to, in one sentence."""
    counts = {
        "letters": number(len(letters(found))),
        "notices": number(sum(len(one.to) for one in found)),
        "steps": number(len({one.step.id for one in found if one.to})),
    }
    words = _("{notices} notices about {steps} steps from {since} to {until}, in {letters} messages at most.")
    return words.format(**counts, since=since, until=until)
