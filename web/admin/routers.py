"""The administrator's pages for `web.app`; the fixed addresses before those with a person in them."""

from __future__ import annotations

from web.admin import calendar, channels, health, imports, installation, ladder, people, people_access, templates

ROUTERS = (
    installation.router,
    health.router,
    ladder.router,
    channels.router,
    imports.router,
    people.router,
    people_access.router,
    calendar.router,
    templates.router,
)
