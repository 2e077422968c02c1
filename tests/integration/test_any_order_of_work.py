"""Everything people can do to steps, in any order, by anybody, on both databases: the product against a naive reading
of its rules (`naive_rules`), and the whole record looked at after every act (`consistency`).

What the rules refuse is refused with a sentence and leaves every row as it was; what they allow has exactly the
consequences that the book says, for the step and for all that need it.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from builders import DRAFTER, REGISTRAR
from clocks import START, SetClock
from consistency import assert_consistent
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from naive_rules import BRINGS_EVIDENCE, NEEDS_A_REASON, POSSIBLE, ROLES, SETTLED, Line, Ordered
from offices import note
from trial_office import (
    ACTORS,
    DIVIDED,
    LEADS,
    MOVES,
    NUMBER,
    PROVINCE,
    STAND_IN,
    UNITS,
    TrialOffice,
    decision,
    trial_office,
)
from whole_record import Record

from bangiao import revisions
from bangiao.cli.step_orders import Asked, carry_out
from bangiao.i18n import both_languages
from bangiao.occurrences import open_due_occurrences
from bangiao.people import disable, put_on_record
from bangiao.step_work import act_on_step
from bangiao.succession import NotInForce, NotYetDissolved, move_work
from bangiao.wiring import Wiring
from checklists.change_desk import ChangeKind, Proposal
from checklists.change_errors import SamePersonCommits
from checklists.desk import Acted, Order
from checklists.errors import HandoverError
from checklists.people import Substitution
from checklists.step_rules import Actor, Request
from checklists.steps import Act
from db.session import begin_read
from db.unassigned import unassigned

PIECES = {one.digest: one for one in map(note, ("một", "hai", "ba"))}
OPERATIONAL = date(2025, 7, 1)
LATER = (OPERATIONAL, date(2025, 7, 15), date(2025, 8, 1))
NO_STEP = 999

ACTS = sorted(ROLES)
LIKELY = ("start", "attach", "complete", "complete", "complete", "verify", "verify", "verify", "return", "reopen")

some_evidence = st.frozensets(st.sampled_from(sorted(PIECES)), max_size=2)
somebody = st.sampled_from(ACTORS)
reasons = st.sampled_from(("", "  ", "thiếu một tệp"))


@st.composite
def any_order(draw: Any, step: int, line: Line | None) -> Ordered:
    """Whatever anybody could ask for, sensible or not."""
    act = draw(st.sampled_from(ACTS))
    version, seen = (line.version, line.hash) if line else (1, "")
    brings = act in BRINGS_EVIDENCE or draw(st.integers(0, 4)) == 0
    return Ordered(
        step,
        act,
        draw(somebody),
        draw(st.sampled_from((None, None, None, *LEADS.values(), "verifier"))),
        draw(st.sampled_from((None, version, version - 1, version + 1))),
        draw(reasons),
        draw(st.sampled_from(("", "VNPT"))),
        draw(st.sampled_from((None, date(2025, 6, 1), date(2025, 12, 31)))),
        draw(st.sampled_from((seen, seen[:8], seen[:7], "", "0" * 64))),
        draw(some_evidence) if act == "withdraw" else frozenset(),
        (draw(some_evidence) or frozenset([min(PIECES)])) if brings else frozenset(),
    )


def right_order(line: Line, act: str, today: date, piece: str) -> Ordered:
    """What somebody in the right place would ask for, with everything said that has to be said."""
    lead = LEADS.get(line.holder, "lead-city")
    return Ordered(
        line.id,
        act,
        "committee" if act in ("cancel", "reopen") else "verifier" if act in ("verify", "return") else lead,
        reason="thiếu phụ lục" if act in (*NEEDS_A_REASON, "attach", "withdraw") else "",
        unblocker="VNPT",
        expected_on=today + timedelta(5),
        seen=line.hash,
        digests=frozenset(line.evidence and {max(line.evidence)}) if act == "withdraw" else frozenset(),
        evidence=frozenset([piece]) if act in ("attach", "complete") else frozenset(),
    )


def flaws(order: Ordered, line: Line) -> list[dict[str, Any]]:
    """One thing changed: what must now be refused, mostly."""
    lead = LEADS.get(line.holder, "lead-city")
    people = [{"by": one} for one in ("auditor", "lead-elsewhere", "lead-before", "lead-to-come", STAND_IN, lead)]
    named: list[dict[str, Any]] = [
        {"by": STAND_IN, "name_of": lead},
        {"by": "verifier", "name_of": lead},
        {"by": lead, "name_of": lead},
    ]
    own: list[dict[str, Any]] = [
        change for one in sorted(line.doers) for change in ({"by": one}, {"by": STAND_IN, "name_of": one})
    ]
    said: dict[str, list[dict[str, Any]]] = {
        "verify": [{"seen": line.hash[:7]}, {"seen": "f" * 64}, {"seen": ""}, *own],
        "return": [{"reason": " "}, *own],
        "block": [{"expected_on": date(2025, 6, 1)}, {"expected_on": None}, {"unblocker": ""}, {"reason": ""}],
        "complete": [{"evidence": frozenset()}, {"evidence": frozenset(PIECES)}],
        "withdraw": [{"digests": frozenset(line.evidence)}, {"digests": frozenset(PIECES)}, {"reason": ""}],
    }
    versions: list[dict[str, Any]] = [{"version": line.version + change} for change in (-1, 0, 1)]
    versions.append({"evidence": frozenset(PIECES)})
    wrong = said.get(order.act, [{"reason": ""}])
    return [*wrong, *wrong, *versions, *people, *named]


class WorkInAnyOrder(RuleBasedStateMachine):
    """The product beside the book. `office` is set where the machine is run."""

    office: TrialOffice
    clock: SetClock

    @initialize(delivered=st.integers(0, 9), data=st.data())
    def begin(self, delivered: int, data: st.DataObject) -> None:
        """Some steps are delivered already, so that there is something to verify, to open again and to move."""
        self.clock.now = START
        self.office.begin_again()
        self.wiring = self.office.wiring
        self.book = self.office.book()
        self.record = assert_consistent(self.wiring)
        self.orders, self.operational, self.revoked = 0, OPERATIONAL, False
        for _ in range(delivered):
            self.a_step_is_delivered(data)
        self.deliver(data, ("complete",))

    # what people do

    @rule(data=st.data())
    def somebody_does_anything(self, data: st.DataObject) -> None:
        step = data.draw(st.sampled_from((*sorted(self.book.lines), NO_STEP)))
        self.give(data.draw(any_order(step, self.book.lines.get(step))))

    @rule(data=st.data())
    def somebody_does_what_comes_next(self, data: st.DataObject) -> None:
        self.give(self.sensible(data, LIKELY))

    @rule(data=st.data())
    def somebody_does_what_is_possible(self, data: st.DataObject) -> None:
        self.give(self.sensible(data, ACTS))

    @rule(data=st.data())
    def somebody_does_it_nearly_right(self, data: st.DataObject) -> None:
        order = self.sensible(data, (*LIKELY, *ACTS))
        self.give(replace(order, **data.draw(st.sampled_from(flaws(order, self.book.lines[order.step])))))

    @rule(data=st.data())
    def somebody_looks_at_what_was_submitted(self, data: st.DataObject) -> None:
        """Mostly somebody who may not, or who looked at something else."""
        able = [one for one in self.lines() if one.state == "submitted"]
        if not able:
            self.deliver(data, ("complete",))
            return
        line = data.draw(st.sampled_from(able))
        order = right_order(line, data.draw(st.sampled_from(("verify", "return"))), self.book.today, min(PIECES))
        doers = sorted(line.doers)
        wrong: tuple[dict[str, Any], ...] = (
            *({"by": one} for one in doers),
            *({"by": STAND_IN, "name_of": one} for one in (*doers, "verifier") if one != STAND_IN),
            *({"seen": one} for one in (line.hash[:7], line.hash[:8], "f" * 64, "", line.hash.upper())),
        )
        self.give(replace(order, **data.draw(st.sampled_from(wrong))))

    @rule(data=st.data())
    def a_step_is_delivered(self, data: st.DataObject) -> None:
        self.deliver(data, ("complete", "verify"))

    def deliver(self, data: st.DataObject, acts: tuple[str, ...]) -> None:
        able = [one for one in self.lines() if one.state in ("ready", "in_progress") and not one.again_every]
        if not able:
            return
        line = data.draw(st.sampled_from(able))
        for act in acts:
            if line.state in POSSIBLE[act]:
                order = right_order(line, act, self.book.today, min(PIECES))
                in_the_name = line.holder == DIVIDED and act == "complete" and data.draw(st.booleans())
                self.give(replace(order, by=STAND_IN, name_of=order.by) if in_the_name else order)

    @rule(data=st.data())
    def something_delivered_is_opened_again(self, data: st.DataObject) -> None:
        able = [one for one in self.lines() if one.state == "done" and any(one.id in two.needs for two in self.lines())]
        if not able:
            return
        line = data.draw(st.sampled_from(able))
        act = data.draw(st.sampled_from(["reopen", "attach", "withdraw"]))
        self.give(right_order(line, act, self.book.today, data.draw(st.sampled_from(sorted(PIECES)))))

    @rule(data=st.data(), act=st.sampled_from(ACTS), by=st.sampled_from(("lead-city", "committee", "verifier")))
    def somebody_does_it_to_many(self, data: st.DataObject, act: str, by: str) -> None:
        steps = data.draw(st.lists(st.sampled_from(sorted(self.book.lines)), min_size=2, max_size=4, unique=True))
        line = self.book.lines[steps[0]]
        order = replace(right_order(line, act, self.book.today, min(PIECES)), by=by, digests=frozenset())
        asked = Asked(self.request(order), Actor(by), None)
        results = carry_out(self.wiring, asked, steps, [PIECES[one] for one in sorted(order.evidence)])
        for step, result in zip(steps, results, strict=True):
            self.came_out(replace(order, step=step), result.acted, result.refusal)
        self.look()

    # what happens around them

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        happenings = (
            self.days_pass,
            self.somebody_leaves,
            self.somebody_is_on_leave,
            self.somebody_is_on_leave,
            self.the_night_round_is_made,
            self.the_old_communes_end,
            self.somebody_asks_for_whom_nobody_answers,
        )
        data.draw(st.sampled_from(happenings))(data)

    def days_pass(self, data: st.DataObject) -> None:
        self.clock.advance(days=data.draw(st.integers(1, 4)))
        self.book.today = self.wiring.today()

    def somebody_leaves(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(("lead-old-00007", "lead-new-00025", "verifier", "committee", "lead-city")))
        with self.wiring.unit_of_work() as uow:
            changed = disable(uow, who, "chuyển công tác", "quan-tri", self.book.today).changed
        assert changed == (who not in self.book.disabled)
        self.book.disabled.setdefault(who, self.book.today)
        self.look()

    def somebody_is_on_leave(self, data: st.DataObject) -> None:
        absent = data.draw(st.sampled_from(("lead-old-00007", "lead-new-00008", "verifier")))
        days = data.draw(st.integers(0, 3))
        entry = Substitution(absent, STAND_IN, self.book.today, self.book.today + timedelta(days), "nghỉ phép")
        try:
            with self.wiring.unit_of_work() as uow:
                put_on_record(uow, entry, "quan-tri", self.book.today)
        except HandoverError as refusal:  # known rules of their own: tests/integration/test_people.py
            self.is_a_sentence(refusal)
            self.look(changed=False)
            return
        known = [one for one in self.book.absences if (one[0], one[2]) != (absent, self.book.today)]
        self.book.absences = [*known, (absent, STAND_IN, entry.since, entry.until)]
        self.look()

    def the_night_round_is_made(self, _data: st.DataObject) -> None:
        assert open_due_occurrences(self.wiring).opened == self.book.night_round()
        self.look()

    def the_old_communes_end(self, _data: st.DataObject) -> None:
        """Their open work moves on, once; before that day it does not."""
        if self.revoked or self.book.today < self.operational:
            with pytest.raises(NotInForce if self.revoked else NotYetDissolved) as refusal:
                move_work(self.wiring, NUMBER)
            self.is_a_sentence(refusal.value)
            self.look(changed=False)
        if self.revoked:
            return
        if self.book.today < self.operational:
            self.clock.now = START + (self.operational - START.date())
            self.book.today = self.wiring.today()
        expected = self.book.moved(MOVES)
        assert move_work(self.wiring, NUMBER).division.moved == expected
        self.look()
        assert move_work(self.wiring, NUMBER).division.moved == 0
        self.look(changed=False)

    @rule(data=st.data())
    def the_decision_changes(self, data: st.DataObject) -> None:
        """Its day of operation moves, or it is revoked; what is settled stays as it is."""
        if self.revoked:
            return
        later = data.draw(st.sampled_from((*LATER, None)))
        proposal = Proposal(ChangeKind.AMEND, decision(operational=later)) if later else Proposal(ChangeKind.REVOKE)
        drafted = revisions.draft(self.wiring, revisions.Wanted(NUMBER, proposal), reason="đổi ngày", by=DRAFTER)
        assert drafted.changed == (later != self.operational or self.has_days_of_another_text()), drafted.worked
        self.look(changed=drafted.changed)
        if not drafted.change:
            return
        with pytest.raises(SamePersonCommits) as refusal:
            revisions.commit_drafted(self.wiring, NUMBER, drafted.change.hash, by=DRAFTER)
        self.is_a_sentence(refusal.value)
        self.look(changed=False)
        revisions.commit_drafted(self.wiring, NUMBER, drafted.change.hash, by=REGISTRAR)
        self.look()
        self.operational, self.revoked = later or self.operational, later is None
        for line in self.book.lines.values():
            if line.state not in SETTLED:
                if later is None:
                    line.state, line.claim = "cancelled", None
                elif later > self.book.today:  # its unit ends later: what had moved lies with it again
                    line.holder = self.record.checklists[self.record.steps[line.id].checklist_id].unit
            line.version = max(line.version, self.record.steps[line.id].version)
        assert self.revoked or not self.has_days_of_another_text()

    def has_days_of_another_text(self) -> bool:
        """Whether a step is open that was settled when the day moved: it keeps the day it was done under until the next
        change, which may say the same as the decision says already."""
        of_the_day = (one for one in self.book.lines.values() if one.again_every is None and one.state not in SETTLED)
        return any(self.record.steps[one.id].due_on != self.operational for one in of_the_day)

    def somebody_asks_for_whom_nobody_answers(self, _data: st.DataObject) -> None:
        with begin_read(self.wiring.engine) as connection:
            found = {(one.unit, one.role.value) for one in unassigned(connection, self.book.today)}
        assert found == self.book.unanswered()
        assert {one.holder for one in self.book.lines.values()} <= {*UNITS, PROVINCE}

    # how it is compared

    def lines(self) -> list[Line]:
        """The steps to choose from: of a duty that comes back for ever, two times will do."""
        return [self.book.lines[one] for one in sorted(self.book.lines) if self.book.lines[one].occurrence < 3]

    def sensible(self, data: st.DataObject, acts: tuple[str, ...] | list[str]) -> Ordered:
        able = {act: [one for one in self.lines() if one.state in POSSIBLE[act]] for act in acts}
        act = data.draw(st.sampled_from([one for one in acts if able[one]] or ["start"]))
        line = data.draw(st.sampled_from(able.get(act) or self.lines()))
        return right_order(line, act, self.book.today, data.draw(st.sampled_from(sorted(PIECES))))

    def request(self, order: Ordered) -> Request:
        return Request(
            Act(order.act),
            order.reason,
            order.unblocker,
            order.expected_on,
            seen=order.seen,
            digests=order.digests,
        )

    def give(self, order: Ordered) -> None:
        self.orders += 1
        evidence = tuple(PIECES[one] for one in sorted(order.evidence))
        actor = Actor(order.by, order.name_of)
        asked = Order(order.step, self.request(order), actor, order.version, evidence, f"lenh-{self.orders}")
        acted = refusal = None
        try:
            acted = act_on_step(self.wiring, asked)
        except HandoverError as error:
            refusal = error
        self.came_out(order, acted, refusal)
        self.look(changed=acted is not None)

    def came_out(self, order: Ordered, acted: Acted | None, refusal: HandoverError | None) -> None:
        """As the book says; the book goes on from there."""
        broken = self.book.broken(order)
        if refusal:
            assert type(refusal).__name__ in broken, (order, broken)
            self.is_a_sentence(refusal)
            return
        assert not broken, order
        assert acted
        before = deepcopy(self.book.lines)
        self.book.done(order)
        after = self.book.lines
        others = [one for one in before if one != order.step]
        assert {one.step.id for one in acted.unlocked} == {
            one for one in others if (before[one].state, after[one].state) == ("waiting", "ready")
        }
        assert {one.held.step.id for one in acted.waiting_again} == {
            one for one in others if before[one].state != "waiting" and after[one].state == "waiting"
        }
        assert {acted.opened.step.id if acted.opened else None} - {None} == after.keys() - before.keys()

    def is_a_sentence(self, refusal: HandoverError) -> None:
        for translate in both_languages().values():
            said = refusal.message.render(translate)
            assert said.strip()
            assert "{" not in said

    def look(self, *, changed: bool = True) -> None:
        """Read everything and find nothing wrong; what was refused left no trace."""
        self.clock.advance(microseconds=1)  # no two commands fall on one instant
        now = assert_consistent(self.wiring)
        if not changed:
            assert now == self.record
        self.record = now

    @invariant()
    def the_record_says_what_the_book_says(self) -> None:
        if not hasattr(self, "record"):
            return
        record, holders = self.record, {row.step_id: row.unit for row in self.record["step_holder"]}
        assert {one: _found(record, holders, one) for one in record.steps} == {
            line.id: (
                line.state,
                line.version,
                self.book.open_needs(line),
                line.claim,
                line.evidence,
                line.standing,
                line.holder,
                line.due_on or record.steps[line.id].due_on,
            )
            for line in self.book.lines.values()
        }
        acts = [row for row in record["event"] if row.step_id and row.actor != "bangiao"]
        assert all(row.request for row in acts)


def _found(record: Record, holders: dict[int, str], step: int) -> tuple[Any, ...]:
    row = record.steps[step]
    return (
        row.state,
        row.version,
        row.open_needs,
        record.claim(step),
        record.evidence[step],
        bool(record.standing[step]),
        holders.get(step, record.checklists[row.checklist_id].unit),
        row.due_on,
    )


FIND = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without looking for the shortest way to a mistake, which may take minutes: `make soak` does that."""


def run(wiring: Wiring, clock: SetClock, examples: int, steps: int, phases: tuple[Phase, ...] = FIND) -> None:
    office = trial_office(wiring)
    machine = type("WorkInAnyOrder", (WorkInAnyOrder,), {"office": office, "clock": clock})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=phases,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_whatever_people_do_in_whatever_order_the_record_holds(wiring: Wiring, clock: SetClock) -> None:
    run(wiring, clock, examples=8, steps=40)


@pytest.mark.slow
def test_whatever_people_do_for_long_the_record_holds(wiring: Wiring, clock: SetClock) -> None:
    run(wiring, clock, examples=400, steps=80, phases=(*FIND, Phase.shrink))
