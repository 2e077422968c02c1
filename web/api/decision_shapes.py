"""Decisions and plans as documents."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from checklists.plan_summary import PlanSummary
from checklists.units import Relation
from web.api.bodies import Day, Sent, Text
from web.api.common import Account, Instant, Words

PlanHash = Annotated[str, Field(description="SHA-256 over every planned row.", pattern="^[0-9a-f]{64}$")]
Number = Annotated[str, Field(description="The decision's number.", examples=["1656/NQ-UBTVQH15"])]


class SuccessionSent(Sent):
    """Who goes into whom."""

    from_: str = Field(alias="from", examples=["old:00634"])
    to: str = Field(examples=["new:00634"])
    relation: Relation
    basis: str = Field(examples=["part of the area"])


class TitleSent(Sent):
    """In both languages."""

    vi: Text
    en: Text


class DecisionSent(Sent):
    """A merger decision, as in a decision file."""

    number: Text = Field(examples=["02/NQ-HĐND"])
    kind: Text = Field(examples=["Nghị quyết"])
    title: TitleSent
    issuing_body: Text = Field(examples=["Hội đồng nhân dân"])
    issued: Day
    effective: Day
    operational: Day
    province: str | None = Field(None, description="Every successor must lie in it.", examples=["new:01"])
    central: list[str] = Field([], description="Ministries concerned.", examples=[["central:BKHCN"]])
    source: Text = Field(description="Where the facts come from.")
    successions: list[SuccessionSent] = Field([], description="The rows of the decision.")


class RegisterSent(Sent):
    """Agreement to exactly one plan."""

    plan_hash: PlanHash


class PlanShown(BaseModel):
    """What a decision would create, or has created."""

    hash: PlanHash
    units: dict[str, int] = Field(description="By level.")
    checklists: dict[str, int] = Field(description="By template.")
    steps: dict[str, int] = Field(description="By template.")


class PreviewShown(BaseModel):
    """A plan and what is odd about it. Nothing was written."""

    number: Number
    plan: PlanShown
    overdue_at_birth: int = Field(description="Steps that would be overdue if it were opened today.")
    overlaps: dict[str, int] = Field(description="Other decisions that name the same units, with how many.")
    nobody_to_ask: int = Field(description="Steps for which nobody holds the role that answers for them.")


class DecisionShown(BaseModel):
    """A decision in a list."""

    number: Number
    state: Literal["drafted", "registered", "opened", "revoked"]
    plan_hash: PlanHash
    drafted_by: Account
    drafted_at: Instant
    registered_by: str | None
    registered_at: str | None
    opened_at: str | None
    checklists: int = Field(description="Planned.")
    steps: int = Field(description="Planned.")


class DecisionInFull(DecisionShown):
    """A decision with what it says."""

    kind: str
    title: Words
    issuing_body: str
    issued: date
    effective: date
    operational: date
    province: str | None
    central: list[str]
    source: str
    successions: list[list[str]] = Field(description="Rows [from, to, relation, basis].")
    plan: PlanShown


class ProgressShown(BaseModel):
    """How far the opening of a decision is, and its steps by state."""

    number: Number
    state: Literal["drafted", "registered", "opened", "revoked"]
    checklists: int
    checklists_planned: int
    steps: int
    steps_planned: int
    by_state: dict[str, int] = Field(description="Its steps within reach, by state.")


class DraftShown(BaseModel):
    """What drafting, or registering, has put on record."""

    number: Number
    state: Literal["drafted", "registered"]
    plan: PlanShown
    changed: bool = Field(description="false: it stood so already.")


def plan_shown(plan: PlanSummary) -> PlanShown:
    """A plan's summary, by what people count."""
    units: dict[str, int] = {}
    for (level, _role), count in sorted(plan.units.items()):
        units[level] = units.get(level, 0) + count
    return PlanShown(hash=plan.hash, units=units, checklists=dict(plan.checklists), steps=dict(plan.steps))
