"""Which event starts which flow, and which flow runs when: the one table. `prefect.yaml` says the same to people who
run Prefect already (a test compares the two).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectAlreadyExists
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from checklists.events import EXPORT_PACKAGE, MOVE_WORK, OPEN_CHECKLISTS

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient


@dataclass(frozen=True, slots=True)
class Deployment:
    """A flow as Prefect knows it: `flow/name`, loaded from a dotted entrypoint (docs/decisions/0001)."""

    name: str
    entrypoint: str
    description: str
    parameters: tuple[str, ...] = ()
    cron: tuple[str, ...] = field(default=())

    @property
    def full_name(self) -> str:
        return f"{self.name}/{self.name}"

    def load(self) -> Flow[..., Any]:
        return load_flow_from_entrypoint(self.entrypoint, use_placeholder_flow=False)


FLOW_OF_CONSUMER = {
    OPEN_CHECKLISTS: Deployment(
        OPEN_CHECKLISTS,
        "flows.open_checklists.open_checklists",
        "A registered decision becomes every unit's checklist.",
        parameters=("decision_id", "event_id"),
    ),
    MOVE_WORK: Deployment(
        MOVE_WORK,
        "flows.move_work.move_work",
        "What dissolved units still owe goes to those who follow them.",
        parameters=("decision_id",),
        cron=("5 0 * * *",),
    ),
    EXPORT_PACKAGE: Deployment(
        EXPORT_PACKAGE,
        "flows.export_package.export_package",
        "An evidence package that somebody ordered is made.",
        parameters=("package",),
    ),
}
"""Event → flow: an event goes to its consumers (`checklists.events.CONSUMERS`), and each of them is a deployment here.
Its parameters are what it takes from the event: its id, its decision, and any field of its payload. One that runs
by the clock as well (times in Viet Nam) does without them then."""

SCHEDULED_FLOWS: tuple[Deployment, ...] = (
    Deployment(
        "open-occurrences",
        "flows.open_occurrences.open_occurrences",
        "Duties that come back are opened again when a period has ended.",
        cron=("30 4 * * *",),
    ),
    Deployment(
        "review-deadlines",
        "flows.review_deadlines.review_deadlines",
        "Whoever a due or late step concerns is to be told.",
        cron=("*/5 * * * *",),
    ),
    Deployment(
        "verify-audit-log",
        "flows.verify_audit_log.verify_audit_log",
        "Every hash of the audit log is worked out anew and compared with what was signed.",
        cron=("15 3 * * *",),
    ),
)
"""Schedule → flow (times in Viet Nam), of those that no event starts."""

DEPLOYMENTS = (*FLOW_OF_CONSUMER.values(), *SCHEDULED_FLOWS)

ZONE = "Asia/Ho_Chi_Minh"


async def apply(client: PrefectClient, work_pool: str) -> dict[str, Deployment]:
    """Make the server know the pool and every deployment (again is harmless); gives them by Prefect's id."""
    with contextlib.suppress(ObjectAlreadyExists):
        await client.create_work_pool(WorkPoolCreate(name=work_pool, type="process"))
    return {str(await _apply(client, one, work_pool)): one for one in DEPLOYMENTS}


async def _apply(client: PrefectClient, deployment: Deployment, work_pool: str) -> Any:
    flow = deployment.load()
    return await client.create_deployment(
        await client.create_flow(flow),
        deployment.name,
        description=deployment.description,
        entrypoint=deployment.entrypoint,
        work_pool_name=work_pool,
        parameter_openapi_schema=parameter_schema(flow).model_dump_for_openapi(),
        enforce_parameter_schema=True,
        schedules=[DeploymentScheduleCreate(schedule=CronSchedule(cron=one, timezone=ZONE)) for one in deployment.cron],
    )
