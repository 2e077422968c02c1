"""Checklist templates: the duties of the guidance as data.

One YAML catalogue in `checklists/catalogues/` is one template; each of its steps carries out one duty of the guidance
(`duty`, e.g. DAT-05), or one act of it (`key` DAT-05/giao and DAT-05/nhan: hand over, receive). A published template
never changes; it is named by the SHA-256 of its content.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from checklists.step_numbers import MOST_STEPS
from checklists.units import Level

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
DutyId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}-[0-9]{2}$")]
StepKey = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}-[0-9]{2}(/[a-z][a-z0-9-]{0,19})?$")]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Period = Annotated[str, StringConstraints(pattern=r"^P([0-9]+D|[0-9]+W|[0-9]+M|[0-9]+Y)$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Frozen):
    """The same words in both languages."""

    vi: Words
    en: Words


class Side(StrEnum):
    """Who a step is for: those who hand over, those who take over, both of them, or the ministries."""

    PREDECESSOR = "predecessor"
    SUCCESSOR = "successor"
    BOTH = "both"
    CENTRAL = "central"


class Anchor(StrEnum):
    """What a deadline counts from. `step` is another step's completion, `event` something reported later."""

    ISSUED = "issued"
    EFFECTIVE = "effective"
    OPERATIONAL = "operational"
    UNIT_CEASED = "unit_ceased"
    FIXED = "fixed"
    STEP = "step"
    EVENT = "event"
    NONE = "none"


class DeadlineRule(_Frozen):
    """Anchor + offset, and how the days are counted (Civil Code 2015, art. 147–148: the first day is not counted, a
    term that ends on a day off ends with the next working day). A `published` date wins over the computed one."""

    anchor: Anchor
    offset: int = 0
    unit: Literal["calendar", "working"] = "calendar"
    first_day: Literal["exclude", "include"] = "exclude"
    roll: Literal["none", "next_working_day"] = "next_working_day"
    fixed: date | None = None
    published: date | None = None
    event: Slug | None = None
    step: StepKey | None = None

    @model_validator(mode="after")
    def _names_its_anchor(self) -> DeadlineRule:
        for anchor, name in ((Anchor.FIXED, "fixed"), (Anchor.EVENT, "event"), (Anchor.STEP, "step")):
            if (getattr(self, name) is not None) != (self.anchor is anchor):
                raise ValueError(f"anchor '{anchor}' and the field '{name}' go together")
        return self


class Recurrence(_Frozen):
    """A duty that comes back: a new occurrence every period, more often in the last days before `until`."""

    every: Period
    until: Anchor | None = None
    closing_days: int | None = Field(default=None, ge=1)
    closing_every: Period | None = None


class Responsible(_Frozen):
    """Who answers for the step: the role that is asked, and the office in words."""

    role: Literal["unit_lead", "committee", "administrator"]
    office: Text


class Evidence(_Frozen):
    """What proves the step."""

    what: Text
    required: bool = True


class Need(_Frozen):
    """A step that must be done first: in the same unit, or in every predecessor/successor of it (of one level)."""

    step: StepKey
    of: Literal["unit", "predecessors", "successors"] = "unit"
    level: Level | None = None


class Condition(_Frozen):
    """When the step applies, as an expression over the facts, and the reason shown where it does not."""

    when: Words
    otherwise: Text


class StepTemplate(_Frozen):
    """One step. `per: successor` makes one step for each unit handed over to (a split unit names who gets what)."""

    key: StepKey
    duty: DutyId
    category: Slug
    title: Text
    side: Side
    levels: tuple[Level, ...] = Field(min_length=1)
    responsible: Responsible
    basis: Words
    source: Words
    deadline: DeadlineRule
    evidence: Evidence
    verify: bool
    recurrence: Recurrence | None = None
    condition: Condition | None = None
    per: Literal["successor"] | None = None
    needs: tuple[Need, ...] = ()
    note: Text | None = None


class ChecklistTemplate(_Frozen):
    """One catalogue: the steps of one checklist, in the order people see them."""

    template: Slug
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}\.[0-9]+$")]
    title: Text
    steps: tuple[StepTemplate, ...] = Field(min_length=1, max_length=MOST_STEPS)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON: the identity of a published version."""
        content = self.model_dump(mode="json")
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
