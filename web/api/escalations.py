"""`/api/v1/escalations`: what climbed and who answered; and the answer itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from bangiao.acknowledging import acknowledge_on
from bangiao.step_work import in_transaction
from bangiao.wiring import Wiring
from checklists.access import About, Action
from checklists.escalation.ladder import Audience
from checklists.step_rules import Actor
from checklists.steps import StepState
from checklists.tokens import TokenScope
from db.escalations_seen import Answer, ClimbedStep, climbed_steps, last_answers
from db.paged_units import units_read_by
from db.session import begin_read
from db.steps import SqlSteps
from web.api.bodies import Day, Name, Sent, Text, body_of, read_json
from web.api.common import Account, Instant, StepPath, UnitName, Words
from web.api.guard import Bearer, Caller
from web.api.instants import instant
from web.api.once import Key, Once, answered, order_of
from web.api.paging import BadCursor, Page, Paged, Window
from web.api.step_in_full import title_of
from web.api.step_shapes import WordShown

router = APIRouter(tags=["escalations"])

Recorded = Annotated[Caller, Depends(Bearer(Action.READ_RECORD, TokenScope.READ))]
Working = Annotated[Caller, Depends(Bearer(Action.WORK_ON_STEPS, TokenScope.WORK, About.STEP))]


class AnswerShown(BaseModel):
    """The last word on it."""

    by: str = Field(description="The person's name.")
    expected_on: date
    words: str
    given_at: Instant


class EscalationShown(BaseModel):
    """An open step of which a level has spoken."""

    step: int
    key: str = Field(examples=["DAT-03"])
    title: Words
    unit: UnitName
    state: StepState
    due_on: date
    audience: Audience = Field(description="Who heard of it last.")
    at: Instant = Field(description="When.")
    recipients: int
    answer: AnswerShown | None


class AcknowledgementSent(Sent):
    """I have it in hand."""

    expected_on: Day = Field(description="By when it is expected to be done.", examples=["2025-07-03"])
    words: Text = Field(description="What is being done, in a few words.", examples=["Đang chờ máy chủ mới"])
    on_behalf_of: Name = Field("", description="In a substitution: the absent person's account.")


class AcknowledgementShown(WordShown):
    """What is on record of it."""

    step: int
    by: Account


@router.get(
    "/escalations", operation_id="listEscalations", summary="What climbed", response_model=Page[EscalationShown]
)
async def escalations(
    request: Request,
    caller: Recorded,
    window: Paged,
    show: Annotated[
        Literal["unanswered", "all"],
        Query(description="unanswered: only those that nobody has in hand until a day to come."),
    ] = "unanswered",
) -> Page[EscalationShown]:
    """The latest first; what climbs later comes before the first page."""
    return await run_in_threadpool(_escalations, request.app.state.wiring, caller.account, window, show)


@router.post(
    "/steps/{step}/acknowledgements",
    operation_id="acknowledgeStep",
    summary="Say that a step is in hand",
    status_code=201,
    response_model=AcknowledgementShown,
    openapi_extra=body_of(AcknowledgementSent),
)
async def acknowledge(request: Request, step: StepPath, caller: Working, key: Key) -> Response:
    """The climb rests until that day is past."""
    sent = await read_json(request, AcknowledgementSent)
    once = order_of(caller.account, key, "acknowledgeStep", step, sent.model_dump())
    actor = caller.actor(sent.on_behalf_of)
    return await answered(request, once, lambda wiring, once: _acknowledged(wiring, once, (step, actor, sent)), 201)


def _acknowledged(wiring: Wiring, once: Once, said: tuple[int, Actor, AcknowledgementSent]) -> dict[str, Any]:
    step, actor, sent = said

    def work(desk: SqlSteps) -> dict[str, Any]:
        once.note(desk.connection, wiring)
        given = acknowledge_on(wiring, desk.connection, (step, actor, sent.expected_on, sent.words)).acknowledgement
        shown = AcknowledgementShown(
            step=step,
            by=given.by,
            on_behalf_of=given.on_behalf_of,
            expected_on=given.expected_on,
            words=given.words,
            given_at=instant(given.given_at),
        )
        return once.keep(desk.connection, shown.model_dump(mode="json"))

    return in_transaction(wiring, work)


def _escalations(wiring: Wiring, account: str, window: Window, show: str) -> Page[EscalationShown]:
    today = wiring.today()
    before = _place(window.at(str, int))
    with begin_read(wiring.engine) as connection:
        reach = units_read_by(connection, account, today)
        rows = climbed_steps(
            connection, reach, today, unanswered=show == "unanswered", window=(window.reads, 0), before=before
        )
        answers = last_answers(connection, [one.id for one in rows])

        def shown(one: ClimbedStep) -> EscalationShown:
            return EscalationShown(
                step=one.id,
                key=one.key,
                title=title_of(connection, wiring, one.template_hash, one.key),
                unit=UnitName(key=one.unit, name=one.unit_name),
                state=StepState(one.state),
                due_on=one.due_on,
                audience=Audience(one.audience),
                at=instant(one.at),
                recipients=one.recipients,
                answer=_answer(answers.get(one.id)),
            )

        return window.page(rows, lambda one: (one.at.isoformat(), one.id), shown)


def _answer(one: Answer | None) -> AnswerShown | None:
    return AnswerShown(**one._asdict() | {"given_at": instant(one.given_at)}) if one else None


def _place(place: tuple[Any, ...] | None) -> tuple[datetime, int] | None:
    if place is None:
        return None
    try:
        at = datetime.fromisoformat(place[0])
    except ValueError as error:
        raise BadCursor() from error
    if at.tzinfo is None or abs(place[1]) > _LARGEST:
        raise BadCursor()
    return at, place[1]


_LARGEST = 2**62
