"""The auditor's pages for `web.app`."""

from __future__ import annotations

from web.auditor import audit_log, check, packages, record

ROUTERS = (record.router, check.router, packages.router, audit_log.router)
