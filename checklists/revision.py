"""What a change of an opened decision does to its steps: the desired ones against those on record.

footing → desired → **revision** → rows (`db.revision_rows`), difference for people (`revision_difference`).

Settled steps are never touched: they keep due date, needs and state, so a met deadline stays met. Open steps that the
changed decision does not have are cancelled; a step that it has again after it was cancelled is opened once more, as
the next time of its series, and the cancelled one stays on record. The second and later times of a duty that comes back
follow it: kept, or cancelled with it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import date

from checklists.revision_numbers import FreeNumbers
from checklists.revision_result import ChangedChecklist, Revision
from checklists.revision_steps import (
    DesiredChecklist,
    DesiredStep,
    Slot,
    Standing,
    StandingChecklist,
    StandingStep,
)
from checklists.steps import OPEN, SETTLED, Claim, StepState

_OPEN, _SETTLED = frozenset(one.value for one in OPEN), frozenset(one.value for one in SETTLED)
_HELD_BY_A_NEED = frozenset({StepState.READY.value, StepState.IN_PROGRESS.value, StepState.SUBMITTED.value})
_WORKED = frozenset({StepState.IN_PROGRESS.value, StepState.SUBMITTED.value, StepState.BLOCKED.value})
_WAITING, _READY, _CANCELLED = StepState.WAITING.value, StepState.READY.value, StepState.CANCELLED.value
_NONE: frozenset[int] = frozenset()


def revise(
    desired: Sequence[DesiredChecklist],
    standing: Standing,
    *,
    today: date,
    new_numbers: Callable[[int], int],
    had: Callable[[], Container[Slot]],
    planned: Callable[[], Container[int]],
) -> Revision:
    """Compare them. `new_numbers` gives the first number of a block for so many new checklists; `had` the slots of the
    decision as it is: only a step that it did not have comes back after it was cancelled; `planned` the numbers of its
    deadlines: of a step that came more than once, the time that has one of them is the one that was planned."""
    made = _Reviser(standing, today, had, planned)
    fresh = sum((one.unit, one.template.template) not in standing.checklists for one in desired)
    made.match(desired, new_numbers(fresh) if fresh else 0)
    made.fall_away()
    made.settle_needs()
    made.count()
    return made.revision


class _Reviser:
    """The steps of `revise`, in the order they are called."""

    def __init__(
        self,
        standing: Standing,
        today: date,
        had: Callable[[], Container[Slot]],
        planned: Callable[[], Container[int]],
    ) -> None:
        self.revision = Revision()
        self._standing = standing
        self._today = today
        self._had = had
        self._planned = planned
        self._at: dict[Slot, int] = {}
        self._wanted: list[tuple[StandingStep, Slot, DesiredStep]] = []
        self._all: dict[int, StandingStep] = {
            step.id: step
            for checklist in standing.checklists.values()
            for series in checklist.series.values()
            for step in series
        }
        for one in standing.checklists.values():
            self.revision.where[one.id] = ChangedChecklist(one.id, one, None)

    def match(self, desired: Sequence[DesiredChecklist], first_new: int) -> None:
        """Find each desired step on record, or add it."""
        for one in desired:
            slug = one.template.template
            known = self._standing.checklists.get((one.unit, slug))
            if known is None:
                changed = ChangedChecklist(first_new, None, one)
                self.revision.agreed.append(f"checklist + {one.unit} {slug} {one.template.content_hash}")
                first_new += 1
            else:
                changed = ChangedChecklist(known.id, known, one)
                self._says(known, one)
            self.revision.where[changed.id] = changed
            self._match_steps(changed, one, known.series if known else {})

    def _says(self, known: StandingChecklist, one: DesiredChecklist) -> None:
        was = (known.template, known.role, known.left_out)
        becomes = (one.template.content_hash, one.role.value, one.left_out)
        if was != becomes:
            self.revision.agreed.append(f"checklist {known.unit} {known.slug} {becomes}")

    def _match_steps(
        self,
        changed: ChangedChecklist,
        one: DesiredChecklist,
        series: dict[tuple[str, str], list[StandingStep]],
    ) -> None:
        numbers = FreeNumbers(changed.id, series)
        for step in one.steps:
            slot = (one.unit, changed.slug, step.key, step.counterpart)
            times = series.get((step.key, step.counterpart), [])
            current = self._current(step, times)
            if current is None or self._comes_back(slot, step, times):
                current = self._add(slot, step, changed.id, numbers, times)
            else:
                self._keep(slot, step, current)
            self._at[slot] = current.id
            if step.needs or current.id in self._standing.needs:
                self._wanted.append((current, slot, step))

    def _current(self, step: DesiredStep, times: list[StandingStep]) -> StandingStep | None:
        """The time that was planned, also where somebody cancelled it: those that followed it count from their own
        dates. Where the plan was another one when it was settled, the first time of the duty."""
        if len(times) < 2:  # it came once, or never
            return times[0] if times else None
        as_planned = [time for time in times if time.deadline in self._planned()]
        if as_planned or step.template.recurrence:
            return as_planned[-1] if as_planned else times[0]
        return next((time for time in times if time.state != _CANCELLED), times[0])

    def _comes_back(self, slot: Slot, step: DesiredStep, times: list[StandingStep]) -> bool:
        """Whether the step was cancelled by an earlier change (not by somebody), and is wanted again."""
        last = times[-1].state == _CANCELLED
        over = last if step.template.recurrence else last and all(time.state == _CANCELLED for time in times)
        return over and slot not in self._had()

    def _add(
        self, slot: Slot, step: DesiredStep, checklist: int, numbers: FreeNumbers, times: list[StandingStep]
    ) -> StandingStep:
        due, occurrence = step.due_on, times[-1].occurrence + 1 if times else 1
        late = due is not None and due < self._today
        number = numbers.take(step, occurrence, times)
        added = StandingStep(
            number, checklist, step.key, step.counterpart, occurrence, _READY, due, step.deadline, 0, late, 1
        )
        self.revision.added.append(added)
        self.revision.agreed.append(f"step + {slot} {step.deadline}")
        return added

    def _keep(self, slot: Slot, step: DesiredStep, current: StandingStep) -> None:
        if current.deadline == step.deadline:
            return
        self.revision.agreed.append(f"step {slot} {current.deadline} → {step.deadline}")
        if current.state in _SETTLED:
            if current.due_on != step.due_on and current.state != _CANCELLED:
                self._known(current)
                self.revision.kept.append((current.id, step.deadline))
            return
        moved = current.due_on != step.due_on
        late = current.overdue_at_birth and step.due_on is not None and step.due_on < self._today
        self._change(current, due_on=step.due_on, deadline=step.deadline, overdue_at_birth=late)
        (self.revision.moved if moved else self.revision.reworded).append(current.id)

    def fall_away(self) -> None:
        """Cancel what is open and not desired."""
        for checklist in self._standing.checklists.values():
            for (key, counterpart), times in checklist.series.items():
                slot = (checklist.unit, checklist.slug, key, counterpart)
                if slot not in self._at:
                    self._fall_away(slot, times)

    def _fall_away(self, slot: Slot, times: list[StandingStep]) -> None:
        self.revision.agreed.append(f"step - {slot}")
        for step in times:
            if step.state in _OPEN:
                self._change(step, state=_CANCELLED)
                self.revision.cancelled.append(step.id)
                if self._is_worked(step):
                    self.revision.worked.add(step.id)
            elif step.state != _CANCELLED:
                self._known(step)
                self.revision.kept.append((step.id, None))

    def settle_needs(self) -> None:
        """Give every open step the needs it should have."""
        for step, slot, desired in self._wanted:
            held = self._standing.needs.get(step.id, _NONE)
            named = {self._at[need]: need for need in desired.needs if need in self._at}
            if named.keys() == held:
                continue
            more, fewer = sorted(named.keys() - held), sorted(held - named.keys())
            said = sorted(named[one] for one in more)
            self.revision.agreed.append(f"needs {slot} + {said} - {fewer}")
            if step.state in _SETTLED:
                continue
            self.revision.needs_added += [(step.id, one) for one in more]
            self.revision.needs_removed += [(step.id, one) for one in fewer]

    def count(self) -> None:
        """Count the open needs again wherever they may have changed, and say which steps wait and which are free."""
        needs = self._needs_after()
        settled = {step.id for step in self._all.values() if self._state(step) in _SETTLED}
        added = {step.id for step in self.revision.added}
        for number in sorted(self._counted_anew(needs) - added):
            count = sum(one not in settled for one in needs.get(number, _NONE))
            self._counted(self._all[number], count)
        self.revision.added = [
            step._replace(open_needs=count, state=_WAITING if count else _READY)
            for step in self.revision.added
            for count in [sum(one not in settled for one in needs.get(step.id, _NONE))]
        ]
        self._count_steps()

    def _needs_after(self) -> dict[int, set[int]]:
        changed = {step for step, _ in (*self.revision.needs_added, *self.revision.needs_removed)}
        after = dict(self._standing.needs)
        after.update((step, set(after.get(step, _NONE))) for step in changed)
        for step, need in self.revision.needs_removed:
            after[step].discard(need)
        for step, need in self.revision.needs_added:
            after[step].add(need)
        return after

    def _counted_anew(self, needs: dict[int, set[int]]) -> set[int]:
        gone = set(self.revision.cancelled)
        of_gone = {step for step, needed in needs.items() if not needed.isdisjoint(gone)} if gone else set()
        return of_gone | {step for step, _ in (*self.revision.needs_added, *self.revision.needs_removed)}

    def _counted(self, step: StandingStep, count: int) -> None:
        state = self._state(step)
        if state == _WAITING and not count:
            self._change(step, open_needs=0, state=_READY)
            self.revision.unlocked.append(step.id)
        elif count and state in _HELD_BY_A_NEED and not self._claims_not_applicable(step):
            self._change(step, open_needs=count, state=_WAITING)
            self.revision.waiting_again.append(step.id)
            if self._is_worked(step):
                self.revision.worked.add(step.id)
        elif count != step.open_needs:
            self._change(step, open_needs=count)

    def _claims_not_applicable(self, step: StandingStep) -> bool:
        said = self._standing.work.get(step.id)
        return said is not None and said.claim == Claim.NOT_APPLICABLE.value

    def _is_worked(self, step: StandingStep) -> bool:
        said = self._standing.work.get(step.id)
        return step.state in _WORKED or (said is not None and said.worked)

    def _count_steps(self) -> None:
        counting = {
            (step.checklist, step.key, step.counterpart) for step in self._in_the_end() if step.state != _CANCELLED
        }
        for checklist, _, _ in counting:
            self.revision.where[checklist].steps += 1

    def _in_the_end(self) -> Iterator[StandingStep]:
        after = self.revision.after
        yield from (after.get(step.id, step) for step in self._all.values())
        yield from self.revision.added

    def _state(self, step: StandingStep) -> str:
        after = self.revision.after.get(step.id)
        return after.state if after else step.state

    def _known(self, step: StandingStep) -> None:
        self.revision.before[step.id] = step

    def _change(self, step: StandingStep, **values: object) -> None:
        """The step's version grows once for the whole change, and not at all for one that is settled already."""
        self._known(step)
        version = step.version if step.state in _SETTLED else step.version + 1
        known = self.revision.after.get(step.id, step)
        self.revision.after[step.id] = known._replace(version=version, **values)  # type: ignore[arg-type]
