"""What the decision commands print."""

from __future__ import annotations

from datetime import date
from typing import Any

from bangiao.cli.output import command_line, day, heading, number, out, table
from bangiao.i18n import _, language_in_force
from bangiao.preview import DecisionPreview
from bangiao.words import word
from checklists.handlers import Outcome
from checklists.people import PersonRole
from checklists.plan_summary import PlanSummary
from checklists.units import UnitKey

_SHOWN = 8


def preview_page(seen: DecisionPreview, today: date) -> None:
    decision = seen.decision
    heading(f"{decision.kind} {decision.number}", f"  {getattr(decision.title, language_in_force())}")
    out.print(
        _("Issued {issued} · legal effect {effective} · operates from {operational} · {body}").format(
            issued=day(decision.issued),
            effective=day(decision.effective),
            operational=day(decision.operational),
            body=decision.issuing_body,
        )
    )
    out.print(_units_table(seen.summary), _kinds_table(seen.summary))
    for line in _remarks(seen, today):
        out.print(f" • {line}")
    out.print()
    out.print(_("Plan hash (calendar {calendar}):").format(calendar=seen.summary.calendar_version))
    command_line(seen.summary.hash)
    out.print(_("Nothing has been written. Next: bangiao decision draft FILE"), style="dim")


def _units_table(summary: PlanSummary) -> Any:
    shown = table(_("Level"), _("Role"), _("Units"), numbers=(2,), title=_("Units concerned"))
    for (level, role), count in sorted(summary.units.items()):
        shown.add_row(word(level), word(role), number(count))
    shown.add_row(_("together"), "", number(summary.total_units), style="bold")
    return shown


def _kinds_table(summary: PlanSummary) -> Any:
    shown = table(_("Checklist"), _("Checklists"), _("Steps"), numbers=(1, 2), title=_("What would be opened"))
    for slug, count in summary.checklists.items():
        shown.add_row(word(slug), number(count), number(summary.steps[slug]))
    shown.add_row(_("together"), number(summary.total_checklists), number(summary.total_steps), style="bold")
    return shown


def _remarks(seen: DecisionPreview, today: date) -> list[str]:
    summary = seen.summary
    remarks = [
        _("Due dates from {first} to {last}; {count} steps have no date of their own.").format(
            first=day(summary.earliest()), last=day(summary.latest()), count=number(summary.due[None])
        ),
        _("{needs} needs between steps; one step waits for at most {widest} others.").format(
            needs=number(summary.needs), widest=summary.widest_need
        ),
        _("Overdue at birth, if opened today ({today}): {count} steps.").format(
            today=day(today), count=number(seen.overdue_at_birth)
        ),
    ]
    for text, one, others in (
        (_("Widest split: {name} ({key}) hands over to {count} units."), seen.widest_split, "successors"),
        (_("Widest merger: {name} ({key}) takes over from {count} units."), seen.widest_merger, "predecessors"),
    ):
        if one is not None and len(getattr(one, others)) > 1:
            count = len(getattr(one, others))
            remarks.append(text.format(name=one.unit.name, key=one.unit.key, count=count))
    return remarks + _questions(seen)


def _questions(seen: DecisionPreview) -> list[str]:
    questions = []
    for text, keys in (
        (_("Units of the area that hand over to nobody: {names}"), seen.left_over.without_successor),
        (_("Units of the area that nobody hands over to: {names}"), seen.left_over.without_predecessor),
    ):
        questions.append(text.format(names=_some(keys)))
    overlaps = ", ".join(f"{other} ({count})" for other, count in seen.overlaps.items()) or _("none")
    questions.append(_("Other decisions that name the same units: {names}").format(names=overlaps))
    return questions + _nobody_to_ask(seen)


def _nobody_to_ask(seen: DecisionPreview) -> list[str]:
    """Which role is missing in how many units, and how many steps wait for it."""
    words = _("Nobody to ask as {role}: {units} of {all} units, {steps} steps")
    all_units = number(seen.summary.total_units)
    return [
        words.format(role=word(role), units=number(units), all=all_units, steps=number(steps))
        for role, (units, steps) in _missing(seen).items()
    ] or [_("Somebody can be asked for every step.")]


def _missing(seen: DecisionPreview) -> dict[PersonRole, tuple[int, int]]:
    """Units and steps by the role that nobody holds there."""
    found: dict[PersonRole, tuple[int, int]] = {}
    for (_unit, role), steps in sorted(seen.nobody_to_ask.items()):
        units, so_far = found.get(role, (0, 0))
        found[role] = units + 1, so_far + steps
    return found


def _some(keys: tuple[UnitKey, ...] | None) -> str:
    if keys is None:
        return _("not looked for: the decision names no province")
    if not keys:
        return _("none")
    more = _(" and {count} more").format(count=number(len(keys) - _SHOWN)) if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + more


def plan_page(summary: PlanSummary) -> None:
    """A stored plan, for the second person: whom it concerns, what it opens, from when to when."""
    out.print(_units_table(summary), _kinds_table(summary))
    words = _("Due dates from {first} to {last}; {count} steps have no date of their own.")
    first, last = day(summary.earliest()), day(summary.latest())
    out.print(words.format(first=first, last=last, count=number(summary.due[None])))


def preview_document(seen: DecisionPreview) -> dict[str, Any]:
    """The preview as one JSON document; the digests of single units are left to the draft."""
    missing = _missing(seen)
    plan = {name: value for name, value in seen.summary.as_json().items() if name != "digests"}
    return {
        "number": seen.decision.number,
        "plan_hash": seen.summary.hash,
        "plan": plan,
        "overdue_at_birth": seen.overdue_at_birth,
        "without_successor": seen.left_over.without_successor,
        "without_predecessor": seen.left_over.without_predecessor,
        "overlaps": seen.overlaps,
        "without_lead": missing.get(PersonRole.UNIT_LEAD, (0, 0))[0],
        "nobody_to_ask": [{"role": role, "units": units, "steps": steps} for role, (units, steps) in missing.items()],
    }


def drafted_page(outcome: Outcome) -> None:
    summary = outcome.summary
    if outcome.changed:
        out.print(_("Drafted {number}: {checklists} checklists, {steps} steps.").format(**_counts(summary)))
    elif outcome.registered:
        out.print(_("{number} is registered already, with this plan; nothing changed.").format(**_counts(summary)))
    else:
        out.print(_("{number} was drafted with this plan already; nothing changed.").format(**_counts(summary)))
    if outcome.registered:
        return
    if outcome.changed and outcome.replaced:
        out.print(_("It replaces the draft of {person}.").format(person=outcome.replaced.drafted_by))
    out.print(_("A second person registers it with:"))
    command_line("bangiao", "decision", "register", summary.number, "--plan-hash", summary.hash)


def registered_page(outcome: Outcome) -> None:
    if not outcome.changed:
        out.print(
            _("{number} is registered already, with this plan; nothing changed.").format(**_counts(outcome.summary))
        )
        return
    out.print(
        _("Registered {number}: {checklists} checklists with {steps} steps for {units} units.").format(
            **_counts(outcome.summary)
        )
    )
    out.print(_("The checklists are opened by the worker (bangiao up); if it is not running, they follow when it is."))
    out.print(
        _("See how far it is: bangiao status --decision {number}").format(number=outcome.summary.number), style="dim"
    )


def _counts(summary: PlanSummary) -> dict[str, str]:
    return {
        "number": summary.number,
        "units": number(summary.total_units),
        "checklists": number(summary.total_checklists),
        "steps": number(summary.total_steps),
    }
