"""`POST /api/v1/events`: another system says that a decision was issued, and a draft of it is made here.

CloudEvent (`checklists.cloud_event_in`) → **here** → `draft_decision`. Never more than a draft: a person reads its plan
and registers it. The same event again (source and id) gets the same answer, and nothing is drafted twice.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, StringConstraints

from bangiao.decision_files import read_decision_file
from bangiao.documents import Limits
from bangiao.wiring import Wiring
from checklists.access import Action
from checklists.cloud_event import MEDIA_TYPE
from checklists.cloud_event_in import LONGEST, NotACloudEvent, Received, SameIdOtherContent, received
from checklists.frozen_facts import named_in
from checklists.handlers import draft_decision
from checklists.tokens import TokenScope
from db.carried_out import KeyOfAnother
from web.api.bodies import body_of
from web.api.decision_shapes import DecisionSent, Number
from web.api.guard import Bearer, Caller
from web.api.once import REPLAYED_HEADER, Once, answered, order_of
from web.api.problem_kinds import WRONG_MEDIA
from web.api.problems import Problem
from web.committee.decision_orders import as_file
from web.committee.decision_scope import demand_all

router = APIRouter(prefix="/events", tags=["events"])

_CREATED = 201
Attribute = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
Sender = Annotated[Caller, Depends(Bearer(Action.STEER, TokenScope.EVENTS))]


class EventSent(BaseModel):
    """A CloudEvent 1.0 in structured mode."""

    specversion: Literal["1.0"]
    id: Attribute = Field(description="Together with the source, the key: the same event again is answered as before.")
    source: Attribute = Field(examples=["https://van-ban.example.vn"])
    type: Literal["vn.bangiao.decision.issued.v1"]
    data: DecisionSent


class EventTaken(BaseModel):
    """The draft that came of it, now or the first time."""

    number: Number
    state: Literal["drafted", "registered"]
    changed: bool = Field(description="false: it stood so already.")
    plan_hash: str
    units: int
    checklists: int
    steps: int


@router.post(
    "",
    operation_id="receiveEvent",
    summary="A decision was issued elsewhere",
    status_code=_CREATED,
    response_model=EventTaken,
    responses={_CREATED: {"headers": REPLAYED_HEADER}},
    openapi_extra=body_of(EventSent, media=MEDIA_TYPE),
)
async def receive(request: Request, caller: Sender) -> Response:
    """It becomes a draft and no more: a person reads its plan and registers it. Binary mode (application/json,
    attributes in headers `ce-…`) says the same."""
    try:
        event = received(request.headers, await request.body())
    except NotACloudEvent as error:
        raise Problem(WRONG_MEDIA, values={"wanted": MEDIA_TYPE}) from error
    once = order_of(caller.account, event.key, "receiveEvent", event.type, event.data.decode())
    try:
        return await answered(request, once, partial(_drafted, caller=caller, event=event), _CREATED)
    except KeyOfAnother as error:
        raise SameIdOtherContent(id=event.id, source=event.source) from error


def _drafted(wiring: Wiring, once: Once, *, caller: Caller, event: Received) -> dict[str, Any]:
    """Raises Refused with all mistakes, NotAllYours, and what drafting raises."""
    with as_file("event.json", event.data) as file:
        written = read_decision_file(file, Limits.of(wiring.settings))
    demand_all(wiring, caller, written.decision.number, named_in(written.decision))
    with wiring.unit_of_work() as uow:
        once.note(uow.connection, wiring)
        planning = wiring.planning(uow.connection)
        outcome = draft_decision(written.decision, uow, planning, refused=written.refusal, by=caller.account)
        said = {
            "number": outcome.summary.number,
            "state": "registered" if outcome.registered else "drafted",
            "changed": outcome.changed,
            "plan_hash": outcome.summary.hash,
            "units": outcome.summary.total_units,
            "checklists": outcome.summary.total_checklists,
            "steps": outcome.summary.total_steps,
        }
        return once.keep(uow.connection, said)
