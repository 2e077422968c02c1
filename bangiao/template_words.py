"""What a template says of a step, in the language in force: for the command line and for pages."""

from __future__ import annotations

import json
from typing import Any

from bangiao.formats import day
from bangiao.i18n import _, language_in_force
from bangiao.words import word
from checklists.templates import Anchor, DeadlineRule, Need, StepTemplate, Text


def step_rows(step: StepTemplate) -> list[tuple[str, str]]:
    """Everything that a template says of a step but its key and title: label and words (none, where it is silent)."""
    again, condition = step.recurrence, step.condition
    return [
        (_("Side"), side_words(step)),
        (_("Levels"), ", ".join(word(level) for level in step.levels)),
        (_("Responsible"), f"{text_in_force(step.responsible.office)} ({word(step.responsible.role)})"),
        (_("Deadline"), rule_words(step.deadline)),
        (_("Comes back"), _("every {period}").format(period=again.every) if again else ""),
        (_("Evidence"), text_in_force(step.evidence.what) + ("" if step.evidence.required else _(" (not demanded)"))),
        (_("Second person verifies"), _("yes") if step.verify else _("no")),
        (_("Applies when"), condition.when if condition else _("always")),
        (_("Otherwise"), text_in_force(condition.otherwise) if condition else ""),
        (_("Needs first"), "; ".join(_need(need) for need in step.needs)),
        (_("Basis"), step.basis),
        (_("Source"), step.source),
        (_("Note"), text_in_force(step.note) if step.note else ""),
    ]


def text_in_force(text: Text) -> str:
    """Of both languages the one in force."""
    return text.en if language_in_force() == "en" else text.vi


def side_words(step: StepTemplate) -> str:
    """Who the step is for."""
    side = _("both sides") if step.side == "both" else word(step.side)
    return _("{side}, one step per receiver").format(side=side) if step.per else side


def _need(need: Need) -> str:
    if need.of == "unit":
        return need.step
    level = f" ({word(need.level)})" if need.level else ""
    words = _("{step} of every predecessor") if need.of == "predecessors" else _("{step} of every successor")
    return words.format(step=need.step) + level


def rule_words(rule: DeadlineRule) -> str:
    """When it is due, as a rule."""
    if rule.published:
        return day(rule.published)
    if rule.anchor is Anchor.NONE:
        return _("none")
    if rule.fixed:
        start = day(rule.fixed)
    else:
        start = {
            Anchor.ISSUED: _("issue"),
            Anchor.EFFECTIVE: _("legal effect"),
            Anchor.OPERATIONAL: _("start of operation"),
            Anchor.UNIT_CEASED: _("last day of the old unit"),
        }.get(rule.anchor) or str(rule.event or rule.step)
    if not rule.offset:
        return start
    unit = _("working days") if rule.unit == "working" else _("days")
    return f"{start} {'+' if rule.offset > 0 else '−'} {abs(rule.offset)} {unit}"


def step_changes(old: StepTemplate, new: StepTemplate) -> list[tuple[str, str, str]]:
    """What is said otherwise: label, before, after. What has no words of its own, or differs in the other language
    only, stands as it is written."""
    before, after = ([(_("Title"), text_in_force(one.title)), *step_rows(one)] for one in (old, new))
    changed = [(label, was, then) for (label, was), (_label, then) in zip(before, after, strict=True) if was != then]
    told = {label for label, _was, _then in changed}
    for name, label in _labels().items():
        was, then = (one.model_dump(mode="json", exclude_defaults=True).get(name) for one in (old, new))
        if was != then and label not in told:
            changed.append((label, _written(was), _written(then)))
    return changed


def _labels() -> dict[str, str]:
    """Field of a step → the label under which it is told."""
    return {
        "title": _("Title"),
        "duty": _("Duty"),
        "category": _("Category"),
        "side": _("Side"),
        "per": _("Side"),
        "levels": _("Levels"),
        "responsible": _("Responsible"),
        "deadline": _("Deadline"),
        "recurrence": _("Comes back"),
        "evidence": _("Evidence"),
        "verify": _("Second person verifies"),
        "condition": _("Applies when"),
        "needs": _("Needs first"),
        "basis": _("Basis"),
        "source": _("Source"),
        "note": _("Note"),
    }


def _written(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
