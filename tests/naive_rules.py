"""The rules of work on steps, read once more and written down plainly: what a test expects, told without the product.

A `Book` holds what it believes of every step and person. `broken` names every rule that an order breaks, whichever the
product says first; `done` does what follows from an order that breaks none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from whole_record import evidence_hash

SETTLED = ("done", "not_applicable", "cancelled")
WORKS = ("start", "attach", "withdraw", "complete", "not_applicable")
BRINGS_EVIDENCE = ("attach", "complete", "not_applicable")
NEEDS_A_REASON = ("return", "block", "not_applicable", "reopen", "cancel")

ROLES = {
    "start": ("unit_lead",),
    "attach": ("unit_lead",),
    "withdraw": ("unit_lead",),
    "complete": ("unit_lead",),
    "not_applicable": ("unit_lead",),
    "verify": ("unit_lead", "verifier", "committee"),
    "return": ("unit_lead", "verifier", "committee"),
    "reopen": ("unit_lead", "verifier", "committee"),
    "block": ("unit_lead", "committee"),
    "unblock": ("unit_lead", "committee"),
    "cancel": ("committee",),
}

POSSIBLE = {
    "start": ("ready",),
    "attach": ("waiting", "ready", "in_progress", "submitted", "blocked", "done"),
    "withdraw": ("waiting", "ready", "in_progress", "submitted", "blocked", "done"),
    "complete": ("ready", "in_progress"),
    "verify": ("submitted",),
    "return": ("submitted",),
    "block": ("waiting", "ready", "in_progress"),
    "unblock": ("blocked",),
    "not_applicable": ("waiting", "ready", "in_progress", "blocked"),
    "reopen": ("done", "not_applicable"),
    "cancel": ("waiting", "ready", "in_progress", "submitted", "blocked"),
}


@dataclass
class Line:
    """What the book says of one step."""

    id: int
    key: str
    occurrence: int
    counterpart: str
    holder: str
    verified: bool
    required: bool
    answers: str
    needs: tuple[int, ...]
    state: str
    again_every: int | None = None
    due_on: date | None = None
    version: int = 1
    claim: str | None = None
    evidence: set[str] = field(default_factory=set)
    doers: set[str] = field(default_factory=set)
    standing: bool = False

    @property
    def hash(self) -> str:
        return evidence_hash(self.evidence)


@dataclass(frozen=True)
class Held:
    """A role of somebody; `reach`: the units it reaches, written out."""

    person: str
    role: str
    reach: frozenset[str]
    since: date
    until: date | None = None


@dataclass(frozen=True)
class Ordered:
    """An order as the test gives it. `evidence`: digests that come with it; `digests`: those withdrawn."""

    step: int
    act: str
    by: str
    name_of: str | None = None
    version: int | None = None
    reason: str = ""
    unblocker: str = ""
    expected_on: date | None = None
    seen: str = ""
    digests: frozenset[str] = frozenset()
    evidence: frozenset[str] = frozenset()


@dataclass
class Book:
    """Steps by number, roles, absences (absent, substitute, first and last day), and who is disabled from when on."""

    lines: dict[int, Line]
    roles: list[Held]
    today: date
    absences: list[tuple[str, str, date, date]] = field(default_factory=list)
    disabled: dict[str, date] = field(default_factory=dict)

    def open_needs(self, line: Line) -> int:
        return sum(self.lines[one].state not in SETTLED for one in line.needs)

    def active(self, person: str) -> bool:
        return person not in self.disabled or self.today < self.disabled[person]

    def roles_of(self, person: str, unit: str) -> set[str]:
        return {
            one.role
            for one in self.roles
            if one.person == person
            and unit in one.reach
            and one.since <= self.today <= (one.until or self.today)
            and self.active(person)
        }

    def stands_in(self, order: Ordered) -> bool:
        return any(
            (absent, substitute) == (order.name_of, order.by) and since <= self.today <= until
            for absent, substitute, since, until in self.absences
            if self.active(absent) and self.active(substitute)
        )

    def broken(self, order: Ordered) -> set[str]:
        """The names of all rules that the order breaks."""
        line = self.lines.get(order.step)
        if line is None:
            return {"NoStepFor"}
        if order.name_of is not None and not self.stands_in(order):
            return {"NoSubstitution"}
        roles = self.roles_of(order.name_of or order.by, line.holder)
        if not roles:
            return {"NoStepFor"}
        found = set()
        if not roles & set(ROLES[order.act]):
            found.add("NotYours")
        if order.version not in (None, line.version):
            found.add("ChangedMeanwhile")
        if line.state not in POSSIBLE[order.act]:
            found.add("StillNeeds" if (order.act, line.state) == ("complete", "waiting") else "NotNow")
        return found | self._unsaid(order, line) | self._unproved(order, line) | self._unchecked(order, line)

    def _unsaid(self, order: Ordered, line: Line) -> set[str]:
        found = set()
        voids = order.act in ("attach", "withdraw") and line.state == "done" and line.verified
        if (order.act in NEEDS_A_REASON or voids) and not order.reason.strip():
            found.add("ReasonMissing")
        if order.act == "block" and (not order.unblocker.strip() or order.expected_on is None):
            found.add("UnblockerMissing")
        if order.act == "block" and order.expected_on is not None and order.expected_on < self.today:
            found.add("PromiseInThePast")
        return found

    def _unproved(self, order: Ordered, line: Line) -> set[str]:
        found = set()
        if order.evidence and order.act not in BRINGS_EVIDENCE:
            found.add("NoEvidenceTaken")
        if order.act == "complete" and line.required and not line.evidence | order.evidence:
            found.add("EvidenceMissing")
        if order.act == "attach" and not order.evidence - line.evidence:
            found.add("NothingNew")
        if order.act == "withdraw":
            if not order.digests:
                found.add("NothingWithdrawn")
            if order.digests - line.evidence:
                found.add("UnknownEvidence")
            proved = line.state == "done" or (line.state, line.claim) == ("submitted", "done")
            if proved and line.required and not line.evidence - order.digests:
                found.add("OnlyEvidence")
        return found

    def _unchecked(self, order: Ordered, line: Line) -> set[str]:
        found = set()
        if order.act in ("verify", "return") and {order.by, order.name_of} & line.doers:
            found.add("OwnWork")
        saw = len(order.seen) >= 8 and line.hash.startswith(order.seen.lower())
        if order.act == "verify" and line.claim == "done" and not saw:
            found.add("EvidenceChanged")
        return found

    def done(self, order: Ordered) -> None:
        """What follows from an order that breaks no rule."""
        line = self.lines[order.step]
        before, claimed = line.state, line.claim
        line.evidence = (line.evidence | order.evidence) - (order.digests if order.act == "withdraw" else set())
        if order.act in WORKS:
            line.doers |= {order.by, order.name_of or order.by}
        line.state = self._after(order.act, line)
        line.version += 1
        if line.state != "submitted":
            line.claim = None
        elif before != "submitted":
            line.claim = "not_applicable" if order.act == "not_applicable" else "done"
        if line.state in SETTLED and before not in SETTLED:
            line.standing = claimed is not None and line.state != "cancelled"
            self._told_settled(line)
            if line.state != "cancelled":
                self._comes_again(line)
        if before in SETTLED and line.state not in SETTLED:
            line.standing = False
            self._told_open_again(line)

    def _after(self, act: str, line: Line) -> str:
        to_do = "waiting" if self.open_needs(line) else "in_progress"
        proved_again = "submitted" if line.state == "done" and line.verified else line.state
        return {
            "start": "in_progress",
            "attach": "in_progress" if line.state == "ready" else proved_again,
            "withdraw": proved_again,
            "complete": "submitted" if line.verified else "done",
            "verify": line.claim or "",
            "return": to_do,
            "unblock": to_do,
            "reopen": to_do,
            "block": "blocked",
            "not_applicable": "submitted",
            "cancel": "cancelled",
        }[act]

    def _needing(self, line: Line) -> list[Line]:
        return [one for one in self.lines.values() if line.id in one.needs]

    def _told_settled(self, line: Line) -> None:
        for one in self._needing(line):
            one.version += 1
            if one.state == "waiting" and not self.open_needs(one):
                one.state = "ready"

    def _told_open_again(self, line: Line) -> None:
        for one in self._needing(line):
            one.version += 1
            away = one.state == "submitted" and one.claim == "not_applicable"
            if one.state in ("ready", "in_progress", "submitted", "done") and not away:
                was_done = one.state == "done"
                one.state, one.claim, one.standing = "waiting", None, False
                if was_done:
                    self._told_open_again(one)

    def _comes_again(self, line: Line) -> None:
        if line.again_every and line.id + 1 not in self.lines:
            self._open_after(line)

    def _open_after(self, line: Line) -> Line:
        due = line.due_on + timedelta(line.again_every) if line.due_on and line.again_every else None
        new = Line(
            **{**vars(line), "id": line.id + 1, "occurrence": line.occurrence + 1, "due_on": due, "state": "ready"}
        )
        new.version, new.claim, new.evidence, new.doers, new.standing = 1, None, set(), set(), False
        self.lines[new.id] = new
        return new

    def night_round(self) -> int:
        """Duties whose period has ended come back; gives how many steps are new."""
        opened = 0
        for line in [one for one in self.lines.values() if one.again_every and one.id + 1 not in self.lines]:
            latest = line
            while latest.due_on and latest.due_on < self.today and latest.state not in ("waiting", "cancelled"):
                latest, opened = self._open_after(latest), opened + 1
        return opened

    def moved(self, to: dict[str, dict[str, str]]) -> int:
        """Open steps of units that ended go on: by counterpart, else ("") as a whole."""
        moved = 0
        for line in self.lines.values():
            if line.state not in SETTLED and line.holder in to:
                line.holder = to[line.holder].get(line.counterpart, to[line.holder][""])
                moved += 1
        return moved

    def unanswered(self) -> set[tuple[str, str]]:
        """(unit, role) of open steps for which nobody holds the role that answers for them."""
        people = {one.person for one in self.roles}
        return {
            (line.holder, line.answers)
            for line in self.lines.values()
            if line.state not in SETTLED
            and not any(line.answers in self.roles_of(person, line.holder) for person in people)
        }
