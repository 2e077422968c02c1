"""The application: what is around every request, and which folder answers which part."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from bangiao.oidc_provider import office_sign_in
from bangiao.step_writer import StepWriter
from bangiao.wiring import Wiring
from web import failures, reading_language
from web.account.routes import router as account
from web.admin.routers import ROUTERS as ADMIN
from web.api.routers import ROUTERS as API
from web.auditor.routers import ROUTERS as AUDITOR
from web.body_limit import BodyLimit
from web.committee.routers import ROUTERS as COMMITTEE
from web.compression import Compression
from web.home.routes import router as home
from web.lead import acts, evidence_files, minutes, minutes_draft, offline
from web.lead.routes import router as lead
from web.machines.live import Live
from web.machines.measured import Measured, RequestNumbers
from web.machines.routers import ROUTERS as MACHINES
from web.public.routers import ROUTERS as PUBLIC
from web.security import Security, headers_on
from web.static_files import router as static_files

ROUTERS = (
    static_files,
    account,
    home,
    lead,
    acts.router,
    evidence_files.router,
    minutes.router,
    minutes_draft.router,
    offline.router,
    *COMMITTEE,
    *AUDITOR,
    *ADMIN,
    *PUBLIC,
    *MACHINES,
    *API,
)

COOKIE, COOKIE_OVER_TLS = "bangiao", "__Host-bangiao"
"""The browser binds the second to this host and to TLS; over plain HTTP on this machine it would not be kept."""


def create_app(wiring: Wiring) -> FastAPI:
    """The pages on this wiring. Documentation pages of the framework are off; ours are in the API's folder."""
    https = wiring.settings.link_base.startswith("https://")

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        with StepWriter(wiring) as writer:
            app.state.writer = writer
            yield
        app.state.live.stop()

    app = FastAPI(title="bangiao", docs_url=None, redoc_url=None, openapi_url=None, lifespan=running)
    app.state.wiring = wiring
    app.state.cookie = COOKIE_OVER_TLS if https else COOKIE
    app.state.https = https
    app.state.headers = headers_on(https) | {"Cache-Control": "no-store"}
    app.state.request_numbers = RequestNumbers()
    app.state.live = Live(wiring)
    app.state.office = office_sign_in(wiring.settings)
    for router in ROUTERS:
        app.include_router(router)
    failures.register(app)
    app.add_middleware(Compression)
    app.add_middleware(reading_language.ReadingLanguage)
    app.add_middleware(BodyLimit, evidence_mb=wiring.settings.evidence_max_mb, file_mb=wiring.settings.max_file_mb)
    app.add_middleware(Security, https=https)
    app.add_middleware(Measured, numbers=app.state.request_numbers)
    return app
