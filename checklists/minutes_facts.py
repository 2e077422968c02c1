"""What the record says between two units of a decision, as the facts of minutes; and what has changed since.

steps, evidence, decision (`db.minutes`) → **facts** → `checklists.minutes` → both sides. Words that go into the
document are Vietnamese, as the document is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from checklists.decisions import UNSTORABLE, MergerDecision
from checklists.messages import Message
from checklists.minutes import EvidenceFile, HandedOver, HandoverMinutes, NotHandedOver, PartySide
from checklists.names import sort_key
from checklists.steps import OPEN, Claim, StepState, state_words
from checklists.templates import Side, StepTemplate
from checklists.units import Level, Relation, Unit, UnitKey

_LONGEST_REASON = 1000
_FROM_RECORD = ("ground", "basis", "items", "files", "exceptions")
_OTHERS = {"note": "ghi chú", "link": "liên kết"}
_DAY = r"(?P<day>[0-3]?[1-9]|[1-3]0)/(?P<month>0?[1-9]|1[0-2])/(?P<year>[12][0-9]{3})\)"
_BEGINS, _ENDS = re.compile(rf"\(từ {_DAY}"), re.compile(rf"[–-]{_DAY}")
_LABEL = re.compile(r"^\D*: ")
"""What a basis is for ("tài liệu số: TT 05/2025/TT-BNV"), where it stands before the text itself."""

_FOLLOWS = "Còn bước khác phải hoàn thành trước"


@dataclass(frozen=True, slots=True)
class Proof:
    """A piece of evidence that is attached: `kind` file, note or link."""

    kind: str
    digest: str
    name: str
    size: int
    dated_on: date


@dataclass(frozen=True, slots=True)
class StepBetween:
    """A step by which the giving side hands over to the receiving one, or the receiving side takes over."""

    id: int
    side: PartySide
    key: str
    occurrence: int
    state: StepState
    claim: Claim | None
    reason: str
    expected_on: date | None
    due_on: date | None
    holder: UnitKey
    template: StepTemplate
    category: str
    evidence: tuple[Proof, ...]

    @property
    def handed_over(self) -> bool:
        """Done, or completed by the unit and not verified yet: the minutes say which."""
        return self.state is StepState.DONE or (self.state is StepState.SUBMITTED and self.claim is Claim.DONE)

    @property
    def listed(self) -> bool:
        """To take over is what the minutes are for: such a step is no exception while it is merely open. Nor could
        it be: it waits for other predecessors too, and their work must not change these minutes."""
        merely_open = self.state in OPEN and self.state is not StepState.BLOCKED
        return self.side is Side.PREDECESSOR or not merely_open

    @property
    def name(self) -> str:
        return f"{self.key}#{self.occurrence}" if self.occurrence > 1 else self.key


@dataclass(frozen=True, slots=True)
class Between:
    """Two units of an opened decision, and all steps between them, in the order of their checklists."""

    decision_id: int
    decision: MergerDecision
    giving: Unit
    receiving: Unit
    giving_above: Unit | None
    receiving_above: Unit | None
    steps: tuple[StepBetween, ...]

    def owing(self, side: Side) -> frozenset[UnitKey]:
        """The side's unit, and who holds its steps after a succession of work."""
        unit = self.giving if side is Side.PREDECESSOR else self.receiving
        return frozenset({unit.key, *(step.holder for step in self.steps if step.side is side)})


def from_record(between: Between, held_on: date) -> dict[str, Any]:
    """The fields of minutes of that day that only the record says."""
    listed = [step for step in between.steps if step.listed]
    decision = between.decision
    return {
        "ground": {
            "kind": decision.kind,
            "number": decision.number,
            "issuing_body": decision.issuing_body,
            "issued": decision.issued,
            "title": decision.title.vi,
        },
        "basis": _basis(listed, held_on),
        "items": tuple(_item(step) for step in listed if step.handed_over),
        "files": tuple(_files(listed)),
        "exceptions": tuple(_exception(step) for step in listed if not step.handed_over),
    }


def renewed(minutes: HandoverMinutes, between: Between) -> HandoverMinutes:
    """The same minutes with what the record says now: decision, steps, evidence and the names of the units."""
    said: dict[str, Any] = {name: getattr(minutes, name) for name in HandoverMinutes.model_fields}
    said |= from_record(between, minutes.held_on)
    said["giving"] = minutes.giving.model_dump() | party_names(between.giving, between.giving_above)
    said["receiving"] = minutes.receiving.model_dump() | party_names(between.receiving, between.receiving_above)
    return HandoverMinutes.model_validate(said)


def party_names(unit: Unit, above: Unit | None) -> dict[str, Any]:
    """The side as the letterhead names it: a territorial unit hands over through its People's Committee."""
    superior = office_name(above) if above else None
    return {"unit_key": unit.key, "unit_name": office_name(unit), "superior_name": superior}


def office_name(unit: Unit) -> str:
    return unit.name if unit.level is Level.MINISTRY else f"Ủy ban nhân dân {inside(unit)}"


def inside(unit: Unit) -> str:
    """The unit's name inside a sentence: phường Trúc Bạch."""
    return unit.name if unit.level is Level.MINISTRY else unit.name[:1].lower() + unit.name[1:]


def proposed(between: Between) -> dict[str, Any]:
    """What the minutes say where people say nothing else. The place is the giving unit's own name (decree
    30/2020/NĐ-CP), in full where that is a number."""
    giving, receiving = between.giving, between.receiving
    proper = giving.name[len(giving.kind) :].strip() if giving.name.casefold().startswith(giving.kind) else ""
    whole = any(
        (row.predecessor, row.successor, row.relation) == (giving.key, receiving.key, Relation.WHOLE)
        for row in between.decision.successions
    )
    part = "toàn bộ" if whole else "một phần"
    above = between.receiving_above or between.giving_above
    return {
        "place": giving.name if not proper or proper.isdigit() else proper,
        "subject": f"Bàn giao dữ liệu, hồ sơ, tài sản và công việc giữa {inside(giving)} và {inside(receiving)}",
        "reason": f"{giving.name} kết thúc hoạt động theo {between.decision.kind} số {between.decision.number}; "
        f"{inside(receiving)} tiếp nhận {part} dữ liệu, hồ sơ, tài sản và công việc.",
        "receivers": ("Như thành phần tham dự", *([office_name(above)] if above else ()), "Lưu: VT"),
    }


def differences(was: HandoverMinutes, now: HandoverMinutes) -> Iterator[Message]:
    """What differs, step by step and file by file, then the rest."""
    before, after = _steps(was), _steps(now)
    for key in sorted(before.keys() | after.keys()):
        yield from _step_differs(key, before.get(key), after.get(key))
    held, new = set(was.files), set(now.files)
    for file in sorted(new - held, key=_file_order):
        yield Message("{file} was added ({step})", {"file": file.file_name, "step": file.step_key})
    for file in sorted(held - new, key=_file_order):
        yield Message("{file} was withdrawn ({step})", {"file": file.file_name, "step": file.step_key})
    if (was.ground, was.basis) != (now.ground, now.basis):
        yield Message("the legal basis")
    if any(_named(was, side) != _named(now, side) for side in (Side.PREDECESSOR, Side.SUCCESSOR)):
        yield Message("the name of a unit")
    if _meeting(was) != _meeting(now):
        yield Message("the particulars of the meeting")


def substance(minutes: HandoverMinutes) -> object:
    """What was handed over and what not. That somebody has begun with a step makes no new minutes."""
    begun = {StepState.READY: StepState.IN_PROGRESS}
    left = tuple((one.step_key, begun.get(one.state, one.state), one.reason) for one in minutes.exceptions)
    return minutes.items, minutes.files, left


def _basis(steps: Iterable[StepBetween], day: date) -> tuple[str, ...]:
    """Each legal text in force that day once, in alphabetical order; a step may name several."""
    named = {_LABEL.sub("", part.strip()) for step in steps for part in step.template.basis.split(";")}
    return tuple(sorted((one for one in named if one and _in_force(one, day)), key=sort_key))


def _in_force(text: str, day: date) -> bool:
    """Unless the text itself says that it begins later, or has ended: (từ 01/01/2026), (01/7/2023–31/12/2025)."""
    begins, ends = _BEGINS.search(text), _ENDS.search(text)
    return not (begins and _said_day(begins) > day) and not (ends and _said_day(ends) < day)


def _said_day(found: re.Match[str]) -> date:
    return date(int(found["year"]), int(found["month"]), int(found["day"]))


def _item(step: StepBetween) -> HandedOver:
    others = Counter(_OTHERS[proof.kind] for proof in step.evidence if proof.kind in _OTHERS)
    beside = ", ".join(f"{count} {word}" for word, count in sorted(others.items()))
    what = step.template.evidence.what.vi
    return HandedOver(
        step_key=step.name,
        title=step.template.title.vi,
        state=step.state,
        category=step.category,
        evidence=f"{what} (kèm {beside})" if beside else what,
    )


def _exception(step: StepBetween) -> NotHandedOver:
    """Of an open step also until when: the date promised, else its due date."""
    still = step.state in OPEN
    return NotHandedOver(
        step_key=step.name,
        title=step.template.title.vi,
        state=step.state,
        reason=_fitting(step.reason) or (_FOLLOWS if step.state is StepState.WAITING else None),
        expected=(step.expected_on or step.due_on) if still else None,
    )


def _fitting(reason: str) -> str | None:
    """A reason as a line of the document: in one line, with nothing unprintable, and not endless."""
    line = UNSTORABLE.sub("", " ".join(reason.split()))
    return (line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 1]}…") or None


def _files(steps: Iterable[StepBetween]) -> Iterator[EvidenceFile]:
    for step in steps:
        for proof in step.evidence:
            if proof.kind == "file":
                yield EvidenceFile(
                    step_key=step.name,
                    file_name=proof.name,
                    size=proof.size,
                    sha256=proof.digest,
                    dated_on=proof.dated_on,
                )


def _steps(minutes: HandoverMinutes) -> Mapping[str, HandedOver | NotHandedOver]:
    steps: tuple[HandedOver | NotHandedOver, ...] = (*minutes.items, *minutes.exceptions)
    return {step.step_key: step for step in steps}


def _step_differs(
    key: str, was: HandedOver | NotHandedOver | None, now: HandedOver | NotHandedOver | None
) -> Iterator[Message]:
    if was is None and now is not None:
        yield Message("{step} is listed now ({state})", {"step": key, "state": state_words(now.state)})
    elif now is None:
        yield Message("{step} is no longer listed", {"step": key})
    elif was is not None and was.state is not now.state:
        states = {"before": state_words(was.state), "after": state_words(now.state)}
        yield Message("{step}: {before} → {after}", {"step": key, **states})
    elif was != now:
        yield Message("{step}: another reason, date or wording", {"step": key})


def _file_order(file: EvidenceFile) -> tuple[str, str, str]:
    return file.step_key, file.file_name, file.sha256


def _named(minutes: HandoverMinutes, side: Side) -> tuple[object, ...]:
    party = minutes.party(side)
    return party.unit_key, party.unit_name, party.superior_name


def _meeting(minutes: HandoverMinutes) -> dict[str, Any]:
    said = {name: getattr(minutes, name) for name in HandoverMinutes.model_fields if name not in _FROM_RECORD}
    said["giving"], said["receiving"] = (
        (party.representative, party.others) for party in (minutes.giving, minutes.receiving)
    )
    return said
