"""What a program is told of an act: read from the record, so that it is the same whenever it is asked for again."""

from __future__ import annotations

from pydantic import BaseModel, Field

from bangiao.wiring import Wiring
from checklists.steps import StepState
from db.order_events import events_of_order
from db.session import begin_read
from web.api.common import Account, Instant
from web.api.instants import instant
from web.lead.receipts import code


class Followed(BaseModel):
    """An event of the order."""

    id: str
    type: str = Field(examples=["step.submitted"])
    step: int | None


class Receipt(BaseModel):
    """That an order was carried out."""

    order: str = Field(description="The same id stands on every event of it.")
    code: str = Field(description="As people read it out on the telephone.", examples=["BG-1A2B-3C4D"])
    step: int
    at: Instant
    actor: Account
    on_behalf_of: str | None
    state: StepState = Field(description="The state in which the act left the step.")
    version: int
    events: list[Followed] = Field(description="The act itself first, then what followed from it.")


def receipt_of(wiring: Wiring, step: int, order: str) -> Receipt:
    """Of an order that was carried out."""
    with begin_read(wiring.engine) as connection:
        events = events_of_order(connection, step, order)
    first, after = events[0], events[0].payload["after"]
    return Receipt(
        order=order,
        code=code(order),
        step=step,
        at=instant(first.at),
        actor=first.actor,
        on_behalf_of=first.on_behalf_of,
        state=StepState(after["state"]),
        version=after["version"],
        events=[Followed(id=one.id, type=one.type, step=one.step) for one in events],
    )
