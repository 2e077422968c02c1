"""The demonstration's ladder, told: each stop of the simulated clock, and the letters as their readers see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from rich.box import ROUNDED
from rich.panel import Panel
from rich.text import Text

from bangiao.cli.output import command_line, day, heading, moment, number, out, table
from bangiao.demo_ladder import LATE, Climb, Stop, Story, Told, ladder_climbed
from bangiao.demo_letters import Letter
from bangiao.i18n import _, language_in_force
from bangiao.outcome_words import outcome_word
from bangiao.settings import Settings
from checklists.decisions import MergerDecision
from checklists.escalation.ladder import DEFAULT_LADDER
from notifiers.message_layout import COLUMNS

_MOST_LINES = 18
_WIDTH = COLUMNS + 4


def ladder_page(settings: Settings, decision: MergerDecision) -> dict[str, Any]:
    """Play it and tell it; gives its facts, for --json."""
    with ladder_climbed(settings, decision) as climb:
        _introduced(climb)
        letters = _Letters()
        stops = []
        for stop in climb.stops():
            stops.append(stop)
            _stop(climb, stop, letters)
        told, counted = climb.told(), climb.counted()
        _closing(climb, told, counted)
        return _document(climb, stops, told, counted)


def _introduced(climb: Climb) -> None:
    units, name = climb.office.units, climb.office.name
    out.print()
    heading(_("Nothing is late in silence"))
    words = _("A few units in a place of their own: {wards} become {successor}; the step {step} will be late.")
    wards = ", ".join(map(name, units.wards))
    out.print(words.format(wards=wards, successor=name(units.successor), step=f"{LATE}, {name(climb.late_unit)}"))
    out.print(
        _(
            "From here on the clock is simulated: it jumps from day to day. Review, queue and sender are the real "
            "ones; the letters go by SMTP to a mail server on this machine, and this is what it received."
        )
    )


def _stop(climb: Climb, stop: Stop, letters: _Letters) -> None:
    out.print()
    clock = _("simulated clock {when}").format(when=moment(stop.at))
    out.print(Text.assemble(("▶ ", "cyan"), (clock, "bold cyan"), "  ", _WORDS[stop.story](climb, stop)))
    for place, letter in enumerate(stop.letters):
        letters.show(letter, framed=place == 0)


class _Letters:
    """Letters as their readers see them: the first in full, later ones without what an earlier one said already."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def show(self, letter: Letter, *, framed: bool) -> None:
        if not framed:
            line = _("also: a letter to {to}: {subject}").format(to=letter.to, subject=letter.subject)
            out.print(Text(f"  ✉ {line}", style="dim"))
            return
        body = self._new(letter)
        head = Text()
        for name, value in ((_("From:"), letter.sender), (_("To:"), letter.to), (_("Subject:"), letter.subject)):
            head.append(f"{name} ", style="dim")
            head.append(f"{value}\n", style="bold" if value == letter.subject else "")
        width = min(_WIDTH, out.width)
        out.print(Panel(head.append(f"\n{body}"), box=ROUNDED, width=width, title="✉", border_style="cyan"))

    def _new(self, letter: Letter) -> str:
        first, blocks = not self._seen, _blocks(letter.text)[1:]  # the subject stands above already
        fresh = [[part for part in block if first or part not in self._seen] for block in blocks]
        self._seen.update(part for block in blocks for part in block)
        if first:
            return _joined(fresh)
        shown = _so_many(fresh)
        left = _lines(fresh) - _lines(shown)
        words = _("… and {count} more lines").format(count=number(left)) if left else _("… the rest as above")
        return f"{_joined(shown)}\n\n{words}"


def _blocks(text: str) -> list[list[str]]:
    """What stands between empty lines, each fact and each item of a list by itself; a list that a sentence introduces
    is one with it."""
    found: list[list[str]] = []
    for block in text.split("\n\n"):
        if found and found[-1][-1].endswith(":") and block.startswith("- "):
            found[-1] = [f"{found[-1][-1]}\n{block}"]
        else:
            found.append(list(_parts(block)))
    return found


def _parts(block: str) -> Iterator[str]:
    if not block.startswith("- ") and ": " not in block.partition("\n")[0] and "\n- " not in block:
        yield block
        return
    part: list[str] = []
    for line in block.splitlines():
        if part and not line.startswith(" "):
            yield "\n".join(part)
            part = []
        part.append(line)
    yield "\n".join(part)


def _so_many(blocks: list[list[str]]) -> list[list[str]]:
    """As much of it, from the first line on, as a terminal shows with ease."""
    room, shown = _MOST_LINES, []
    for block in blocks:
        kept = [part for part, end in zip(block, accumulate(map(_height, block)), strict=True) if end <= room]
        shown.append(kept)
        room = room - _lines([kept]) if len(kept) == len(block) else 0
    return shown


def _height(part: str) -> int:
    return part.count("\n") + 1


def _lines(blocks: list[list[str]]) -> int:
    return sum(_height(part) for block in blocks for part in block)


def _joined(blocks: list[list[str]]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _closing(climb: Climb, told: list[Told], counted: Mapping[str, int]) -> None:
    out.print()
    shown = table(_("Level"), _("Told"), _("Left"), _("What came of it"))
    for one in told:
        level = DEFAULT_LADDER.level(one.level)
        title = getattr(level.title, language_in_force()) if level else one.level
        said = f"{outcome_word(one.outcome)} ({one.words})"
        shown.add_row(title, climb.office.person(one.recipient), moment(one.began_at), said)
    out.print(_("Every attempt to tell somebody of this step is on record:"))
    out.print(shown)
    words = _("In all: {notices} notices, told in {letters} letters; cancelled before leaving: {cancelled}.")
    out.print(words.format(**{name: number(count) for name, count in counted.items()}))
    settings = climb.office.wiring.settings
    out.print(_("The letters are kept in {folder}. See the record with:").format(folder=climb.folder))
    command_line("env", f"BANGIAO_DATA_DIR={settings.data_dir}", "bangiao", "notify", "list")


def _prepared(_climb: Climb, stop: Stop) -> str:
    words = _("{count} other steps are done in good time, with evidence; two are not.")
    return words.format(count=number(stop.facts["done"]))


def _soon(climb: Climb, _stop: Stop) -> str:
    return _("Three working days before {due}: the leads are reminded.").format(due=day(climb.due_on))


def _today(_climb: Climb, _stop: Stop) -> str:
    return _("The due date: the leads are reminded once more.")


def _above(climb: Climb, stop: Stop) -> str:
    words = _(
        "One working day late: the unit above hears of it. {other} completes its step after the review and before the "
        "letter leaves: what was planned about it ({cancelled}) is not sent."
    )
    return words.format(other=climb.office.name(climb.other_unit), cancelled=number(stop.cancelled))


def _promised(climb: Climb, stop: Stop) -> str:
    words = _("{lead} answers: “I have it, expected by {until}: {words}.” The climb rests until that day is past.")
    lead = climb.office.lead(climb.late_unit)
    return words.format(lead=lead, until=day(stop.facts["until"]), words=stop.facts["words"])


def _rests(climb: Climb, stop: Stop) -> str:
    words = _(
        "Three working days late, but promised: nobody above hears of it. {lead} has {count} other steps coming due, "
        "and gets one letter about them all."
    )
    return words.format(lead=climb.office.lead(climb.office.units.successor), count=number(stop.planned))


def _province(_climb: Climb, _stop: Stop) -> str:
    return _("The promised day is past and the step still open: the climb goes on with the province.")


def _moved(climb: Climb, _stop: Stop) -> str:
    words = _("{ward} exists no longer. Its open step goes to {successor}, and the ladder with it.")
    return words.format(
        ward=climb.office.name(climb.late_unit), successor=climb.office.name(climb.office.units.successor)
    )


def _committee(_climb: Climb, _stop: Stop) -> str:
    return _("The last level: the steering committee, urgently.")


def _over(climb: Climb, _stop: Stop) -> str:
    words = _("{lead} has completed the step. The last level would have spoken again today: no letter leaves.")
    return words.format(lead=climb.office.lead(climb.late_unit))


_WORDS: Mapping[Story, Callable[[Climb, Stop], str]] = {
    Story.PREPARED: _prepared,
    Story.SOON: _soon,
    Story.TODAY: _today,
    Story.ABOVE: _above,
    Story.PROMISED: _promised,
    Story.RESTS: _rests,
    Story.PROVINCE: _province,
    Story.MOVED: _moved,
    Story.COMMITTEE: _committee,
    Story.OVER: _over,
}


def _document(climb: Climb, stops: list[Stop], told: list[Told], counted: Mapping[str, int]) -> dict[str, Any]:
    return {
        "place": climb.office.wiring.settings.data_dir,
        "step": climb.reference,
        "due_on": climb.due_on,
        "stops": [
            {
                "at": one.at,
                "story": one.story.value,
                "notices": one.planned,
                "cancelled": one.cancelled,
                "letters": [
                    {"to": each.to, "subject": each.subject, "urgent": each.urgent, "file": each.file}
                    for each in one.letters
                ],
            }
            for one in stops
        ],
        "attempts": [one._asdict() for one in told],
        **counted,
    }
