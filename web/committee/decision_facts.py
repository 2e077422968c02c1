"""What the pages of decisions show: the list, one in full with its plan and changes, a plan before it is drafted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.exceptions import HTTPException

from bangiao.formats import day, number
from bangiao.i18n import _
from bangiao.preview import DecisionPreview
from bangiao.revisions import changes_of
from bangiao.wiring import Wiring
from bangiao.words import word
from checklists.access import ROLES, Action
from checklists.change_desk import ChangeState, HeldChange
from checklists.messages import Message
from checklists.participants import Participant
from checklists.plan_summary import PlanSummary
from checklists.ports import DRAFTED
from checklists.revision_difference import Difference, counted_words
from db.decisions import SqlDecisions
from db.decisions_seen import decisions_naming, names_of
from db.go_no_go import SqlGoNoGo
from db.queries import DecisionLine, decision_lines
from db.session import begin_read
from web.committee.board import reach
from web.committee.decision_scope import demand_seen, may_steer
from web.guard import Signed

_SHOWN = 8


def decisions_seen(wiring: Wiring, signed: Signed) -> list[DecisionLine]:
    """Those that concern the reader."""
    with begin_read(wiring.engine) as connection:
        keys = reach(connection, signed.account, wiring.today())
        numbers = {one.number for one in decisions_naming(connection, keys)}
        return [line for line in decision_lines(connection) if line.number in numbers]


def progress_facts(wiring: Wiring, signed: Signed, named: str) -> dict[str, Any]:
    """How far the opening of one decision is."""
    with begin_read(wiring.engine) as connection:
        demand_seen(connection, wiring, signed, named)
        lines = decision_lines(connection, named)
    if not lines:
        raise HTTPException(404)
    line = lines[0]
    planned = sum(line.plan["checklists"].values())
    return {"line": line, "planned": planned, "running": line.state == "registered"}


def decision_facts(wiring: Wiring, signed: Signed, named: str) -> dict[str, Any]:
    """Everything on the page of a decision; also when something that was asked for is refused."""
    facts = progress_facts(wiring, signed, named)
    line: DecisionLine = facts["line"]
    changes = [] if line.state == DRAFTED else changes_of(wiring, named)
    with begin_read(wiring.engine) as connection:
        held = SqlDecisions(connection, wiring.now(), wiring.settings.chunk_units).find(named)
        names = names_of(connection, _people(line, changes))
        question = SqlGoNoGo(connection, wiring.now()).any_open(line.number)
    steers = may_steer(wiring, signed, named)
    four_eyes = wiring.settings.four_eyes
    return facts | {
        "decision": held.decision if held else None,
        "summary": PlanSummary.from_json(line.plan),
        "names": names,
        "changes": changes,
        "waiting": any(one.state is ChangeState.DRAFTED for one in changes),
        "shown": {one.id: shown_difference(one.difference) for one in changes if one.state is ChangeState.DRAFTED},
        "kinds": kind_words(),
        "states": change_state_words(),
        "may_steer": steers,
        "may_register": steers and not (four_eyes and line.drafted_by == signed.account),
        "four_eyes": four_eyes,
        "may_read_votes": bool(signed.roles & ROLES[Action.READ_RECORD]),
        "question_open": question,
        "refusals": [],
        "typed": "",
        "said": "",
    }


def _people(line: DecisionLine, changes: list[HeldChange]) -> frozenset[str]:
    accounts = {line.drafted_by, line.registered_by}
    accounts |= {account for one in changes for account in (one.drafted_by, one.committed_by)}
    return frozenset(account for account in accounts if account)


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """A drafted change as its page shows it: dates as people write them."""

    difference: Difference
    counts: list[tuple[Message, int]]
    days: list[tuple[str, str, str]]
    moved: list[tuple[str, str, str, str, int, int]]


def shown_difference(difference: Difference) -> ShownDifference:
    names = {"issued": _("Issued"), "effective": _("In legal effect from"), "operational": _("Operates from")}
    days = [(names[name], _day(old), _day(new)) for name, old, new in difference.days]
    rows = sorted(difference.moved, key=lambda row: -row[4])
    moved = [(slug, key, _day(old), _day(new), count, kept) for slug, key, old, new, count, kept in rows]
    return ShownDifference(difference, counted_words(difference), days, moved)


def _day(text: str) -> str:
    return day(date.fromisoformat(text)) if text else "–"


def kind_words() -> dict[str, str]:
    """Kinds of changes as people call them."""
    return {
        "amend": _("Amendment"),
        "revoke": _("Revocation"),
        "template": _("Another version of a template"),
        "calendar": _("Another working calendar"),
    }


def change_state_words() -> dict[str, str]:
    return {
        "drafted": _("waits for a second person"),
        "committed": _("carried out"),
        "withdrawn": _("taken back"),
    }


def questions(seen: DecisionPreview, today: date) -> list[str]:
    """What is odd about a plan, each as a sentence."""
    summary = seen.summary
    asked = [
        _("{needs} needs between steps; one step waits for at most {widest} others.").format(
            needs=number(summary.needs), widest=summary.widest_need
        ),
        _("Overdue at birth, if opened today ({today}): {count} steps.").format(
            today=day(today), count=number(seen.overdue_at_birth)
        ),
    ]
    if seen.widest_split and len(seen.widest_split.successors) > 1:
        asked.append(_wide(_("Widest split: {name} ({key}) hands over to {count} units."), seen.widest_split, True))
    if seen.widest_merger and len(seen.widest_merger.predecessors) > 1:
        asked.append(_wide(_("Widest merger: {name} ({key}) takes over from {count} units."), seen.widest_merger))
    for words, keys in (
        (_("Units of the area that hand over to nobody: {names}"), seen.left_over.without_successor),
        (_("Units of the area that nobody hands over to: {names}"), seen.left_over.without_predecessor),
    ):
        asked.append(words.format(names=_some(keys)))
    others = ", ".join(f"{other} ({count})" for other, count in seen.overlaps.items()) or _("none")
    asked.append(_("Other decisions that name the same units: {names}").format(names=others))
    return asked + _nobody_to_ask(seen)


def _wide(words: str, one: Participant, onward: bool = False) -> str:
    count = len(one.successors if onward else one.predecessors)
    return words.format(name=one.unit.name, key=one.unit.key, count=count)


def _nobody_to_ask(seen: DecisionPreview) -> list[str]:
    found: dict[str, list[int]] = {}
    for (_unit, role), steps in sorted(seen.nobody_to_ask.items()):
        counts = found.setdefault(role.value, [0, 0])
        counts[0] += 1
        counts[1] += steps
    words = _("Nobody to ask as {role}: {units} of {all} units, {steps} steps")
    every = number(seen.summary.total_units)
    return [
        words.format(role=word(role), units=number(units), all=every, steps=number(steps))
        for role, (units, steps) in found.items()
    ] or [_("Somebody can be asked for every step.")]


def _some(keys: tuple[str, ...] | None) -> str:
    if keys is None:
        return _("not looked for: the decision names no province")
    if not keys:
        return _("none")
    more = _(" and {count} more").format(count=number(len(keys) - _SHOWN)) if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + more
