"""What the rows of a package say must follow from each other: lateness from days and calendar, a verification from the
evidence it saw, what is missing from what is open. Only this software knows these rules; `verify.py` does not.

rows of one file after another → **here** → findings. Of each step some bytes are kept, so that a package of ten
thousand units fits.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from checklists.deadlines import local_date
from checklists.frozen_facts import calendar_from_json
from checklists.package.completeness import MissingKind
from checklists.package.file_names import version_file
from checklists.package.lateness import working_days_late
from checklists.package.texts import instant
from checklists.steps import OPEN, StepState
from checklists.working_calendar import WorkingCalendar
from evidence.notes import text_digest
from evidence.package.checking_findings import Report
from evidence.package.checking_shapes import is_left_out

_FINISHED = {StepState.DONE, StepState.NOT_APPLICABLE}
_STEP_MISSING = {MissingKind.STEP_OPEN, MissingKind.STEP_OVERDUE}
_HAPPENED = {"since", "until", "person"}


@dataclass
class Facts:
    """What has been read so far of one package."""

    report: Report
    scope: Mapping[str, Any]
    calendars: dict[str, WorkingCalendar] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    steps: list[int] = field(default_factory=list)
    seen: dict[str, list[tuple[str, Any, str | None]]] = field(default_factory=lambda: defaultdict(list))
    unlisted: dict[int, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)

    def document(self, kind: str, name: str, row: Mapping[str, Any]) -> None:
        """A template, calendar or ladder: its content must have the hash, or version, that names it."""
        content, told = row["content"], str(row["version" if kind == "calendars" else "hash"])
        try:
            found = self._calendar(content) if kind == "calendars" else _hash(content)
        except (KeyError, ValueError, TypeError) as error:
            self.report.say("row", name, found=error)
            return
        stem = name.rpartition("/")[2].removesuffix(".json")
        if stem != (version_file(told) if kind == "calendars" else told):
            self.report.say("hash", name, told, stem)
        if found != told and not _has_left_out(content):
            self.report.say("hash", name, told, found)
        self.keys[kind].add(told)

    def _calendar(self, content: Any) -> str:
        calendar = calendar_from_json(content)
        self.calendars[calendar.version] = calendar
        return calendar.version

    def decisions(self, place: str, row: Mapping[str, Any]) -> None:
        self.keys["decisions"].add(row["number"])
        self._refers(place, "calendars", row["calendar_version"])
        for ladder in row["ladders"].values():
            self._refers(place, "ladders", ladder)

    def checklists(self, place: str, row: Mapping[str, Any]) -> None:
        self.keys["checklists"].add(row["id"])
        self._refers(place, "decisions", row["decision"])
        self._refers(place, "templates", row["template_hash"])

    def steps_(self, place: str, row: Mapping[str, Any]) -> None:
        number = int(row["id"])
        if self.steps and number <= self.steps[-1]:
            self.report.say("order", place)
        self.steps.append(number)
        self._refers(place, "checklists", row["checklist"])
        self._refers(place, "calendars", row["deadline"]["calendar_version"])
        self._dates(place, row)
        if row["state"] in OPEN:
            self.unlisted[number] = _open_as(row, self._today())

    def _dates(self, place: str, row: Mapping[str, Any]) -> None:
        ended = _local_day(row["finished_at"])
        if row["finished_on"] != (ended.isoformat() if ended else None):
            self.report.say("dates", f"{place} finished_on", row["finished_on"], ended)
        if ended and row["state"] not in _FINISHED:
            self.report.say("dates", f"{place} state", row["state"], ended)
        late, overdue = self._lateness(row, ended)
        if row["late_working_days"] != late:
            self.report.say("dates", f"{place} late_working_days", row["late_working_days"], late)
        if row["overdue_working_days"] != overdue:
            self.report.say("dates", f"{place} overdue_working_days", row["overdue_working_days"], overdue)

    def _lateness(self, row: Mapping[str, Any], ended: date | None) -> tuple[int | None, int | None]:
        calendar = self.calendars.get(row["deadline"]["calendar_version"])
        if row["due_on"] is None or calendar is None:
            return None, None
        due, today = date.fromisoformat(row["due_on"]), self._today()
        if ended is not None:
            return working_days_late(calendar, due, ended), None
        return None, working_days_late(calendar, due, today) if row["state"] in OPEN and today > due else None

    def missing(self, place: str, row: Mapping[str, Any]) -> None:
        if row["kind"] in _STEP_MISSING and isinstance(row["step"], str):
            number = int(row["step"])
            if self.unlisted.pop(number, row["kind"]) != row["kind"]:
                self.report.say("missing", f"steps.jsonl {number}", row["kind"])
        if isinstance(row["step"], str):
            self._of_step(place, row["step"])

    def evidence(self, place: str, row: Mapping[str, Any]) -> None:
        self._of_step(place, row["step"])
        self.seen[row["step"]].append((row["added_at"], row["sha256"], row["withdrawn_at"]))
        if row["path"] is not None:
            self.named.add(row["path"])
            digest = row["path"].removeprefix("files/").partition(".")[0]
            if isinstance(row["sha256"], str) and digest != row["sha256"]:
                self.report.say("hash", place, row["sha256"], digest)
        elif row["kind"] != "file" and isinstance(row["text"], str) and isinstance(row["sha256"], str):
            self._text(place, row)

    def _text(self, place: str, row: Mapping[str, Any]) -> None:
        found = text_digest(row["kind"], row["text"])
        if found != row["sha256"]:
            self.report.say("hash", place, row["sha256"], found)

    def verifications(self, place: str, row: Mapping[str, Any]) -> None:
        self._of_step(place, row["step"])
        if _HAPPENED & self.scope["filters"].keys():
            return  # evidence from outside the period is not in the package
        then = row["given_at"]
        stood = [
            digest for added, digest, gone in self.seen[row["step"]] if added <= then and not (gone and gone <= then)
        ]
        if all(isinstance(one, str) for one in stood):
            found = hashlib.sha256("\n".join(sorted(set(stood))).encode()).hexdigest()
            if found != row["evidence_hash"]:
                self.report.say("bound", place)

    def minutes(self, place: str, row: Mapping[str, Any]) -> None:
        self._refers(place, "decisions", row["decision"])
        self.named.update(row["paths"])
        yes = {one["side"] for one in row["confirmations"] if one["hash"] == row["hash"]}
        if (row["state"] == "final") != (len(yes) == _SIDES):
            self.report.say("row", place, found="state")

    def of_steps(self, place: str, row: Mapping[str, Any]) -> None:
        """Rows about a step, or about none."""
        if row["step"] is not None:
            self._of_step(place, row["step"])

    def finish(self, files: set[str]) -> None:
        """Open steps that nothing tells of as missing; files that no row names, and the other way round."""
        for number, kind in self.unlisted.items():
            self.report.say("missing", f"steps.jsonl {number}", kind)
        for name in sorted(files - self.named):
            self.report.say("unnamed", f"data/{name}")
        for name in sorted(self.named - files):
            self.report.say("absent", f"data/{name}")

    def _today(self) -> date:
        return local_date(datetime.fromisoformat(self.scope["as_of"]))

    def _refers(self, place: str, kind: str, key: str) -> None:
        if key not in self.keys[kind]:
            self.report.say("reference", place, found=f"{kind} {key}")

    def _of_step(self, place: str, step: str) -> None:
        number = int(step)
        at = bisect_left(self.steps, number)
        if at == len(self.steps) or self.steps[at] != number:
            self.report.say("reference", place, found=f"steps {step}")


_SIDES = 2


def _open_as(row: Mapping[str, Any], today: date) -> str:
    late = row["due_on"] is not None and date.fromisoformat(row["due_on"]) < today
    return (MissingKind.STEP_OVERDUE if late else MissingKind.STEP_OPEN).value


def _local_day(at: str | None) -> date | None:
    if at is None:
        return None
    moment = datetime.fromisoformat(at)
    if instant(moment.astimezone(UTC)) != at:
        raise ValueError(at)
    return local_date(moment)


def _hash(content: Any) -> str:
    """As template versions and ladders are named."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _has_left_out(value: Any) -> bool:
    if isinstance(value, dict):
        return is_left_out(value) or any(map(_has_left_out, value.values()))
    return isinstance(value, list) and any(map(_has_left_out, value))
