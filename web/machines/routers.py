"""All routes for programs that are not the API."""

from __future__ import annotations

from web.machines.calendar import router as calendar
from web.machines.health import router as health
from web.machines.live_routes import router as live
from web.machines.metrics import router as metrics

ROUTERS = (health, metrics, calendar, live)
