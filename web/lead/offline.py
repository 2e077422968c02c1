"""What a phone needs to go on without a network: the service worker and its manifest, the page of what waits to be
sent, the page for what was never seen, and a fresh token for forms that were filled in during an earlier session.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from bangiao.i18n import _, language_in_force
from checklists.access import Action
from web.guard import Allow, Signed
from web.rendering import STATIC, page, static_address

router = APIRouter()

_ANYBODY = [Depends(Allow(Action.ENTER))]
_ICONS = (("icon-192.png", "192x192"), ("icon-512.png", "512x512"))


@router.get("/worker.js", name="worker", dependencies=_ANYBODY)
def worker() -> Response:
    """At the root, so that it may answer for all pages; asked for anew each time, so that a new one takes over."""
    script = (STATIC / "worker.js").read_bytes()
    return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/manifest.webmanifest", name="manifest", dependencies=_ANYBODY)
def manifest() -> Response:
    """So that it can be put on a home screen."""
    drawn = {"src": static_address("mark.svg"), "sizes": "any", "type": "image/svg+xml"}
    icons = [{"src": static_address(name), "sizes": size, "type": "image/png"} for name, size in _ICONS]
    return JSONResponse(
        {
            "name": f"bangiao – {_('Handover of administrative units')}",
            "short_name": "bangiao",
            "lang": language_in_force(),
            "start_url": "/work",
            "scope": "/",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#0f4c5c",
            "icons": [drawn, *icons],
        },
        media_type="application/manifest+json",
    )


@router.get("/offline", name="offline", dependencies=_ANYBODY)
async def offline(request: Request) -> Response:
    """Shown by the service worker in place of a page that this device has not seen before."""
    return page(request, "lead/offline.html")


@router.get("/outbox", name="outbox", dependencies=[Depends(Allow(Action.OWN_ACCOUNT))])
async def outbox(request: Request) -> Response:
    """What waits on this device; the script fills it in, the server knows nothing of it."""
    return page(request, "lead/outbox.html")


@router.get("/form-token", name="form_token")
async def token(signed: Annotated[Signed, Depends(Allow(Action.OWN_ACCOUNT))]) -> Response:
    """For forms that were filled in before this session began."""
    return JSONResponse({"account": signed.account, "token": signed.form_token})
