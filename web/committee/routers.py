"""All routes of the committee's pages."""

from __future__ import annotations

from web.committee.bulk import router as bulk
from web.committee.decision_form import router as decision_form
from web.committee.decision_routes import router as decisions
from web.committee.escalations import router as escalations
from web.committee.go_no_go import router as go_no_go
from web.committee.routes import router as reading
from web.committee.search import router as search
from web.committee.time_lines import router as time_lines
from web.committee.verifying import router as verifying
from web.committee.views import router as views

ROUTERS = (reading, search, time_lines, bulk, verifying, go_no_go, views, decision_form, decisions, escalations)
