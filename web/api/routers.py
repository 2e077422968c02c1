"""The parts of the API, each resource with its own router, and what describes them."""

from __future__ import annotations

from fastapi import APIRouter

from web.api import acts, decisions, escalations, events, evidence, me, packages, people, steps, units
from web.api.documentation import documentation_of

PREFIX = "/api/v1"

resources = APIRouter(prefix=PREFIX)
for part in (decisions, units, steps, acts, evidence, escalations, packages, people, me, events):
    resources.include_router(part.router)

description = APIRouter(prefix=PREFIX)
description.include_router(documentation_of(resources))

ROUTERS = (description, resources)
