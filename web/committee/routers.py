"""All routes of the committee's pages."""

from __future__ import annotations

from web.committee.decision_routes import router as decisions
from web.committee.routes import router as reading

ROUTERS = (reading, decisions)
