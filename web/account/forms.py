"""The sign-in page, as several ways lead to it."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from bangiao.oidc_provider import Provider
from checklists.errors import HandoverError
from web.account.cookies import inside
from web.refusals import page_sentence
from web.rendering import page


def provider_of(request: Request) -> Provider | None:
    """The office's own sign-in, where one is set up."""
    provider: Provider | None = request.app.state.office
    return provider


def sign_in_form(
    request: Request, to: str, refused: HandoverError | None = None, status: int = 200, name: str = "", done: str = ""
) -> Response:
    """With the ways that are open here. `done`: what was just done, if anything."""
    provider = provider_of(request)
    return page(
        request,
        "account/sign_in.html",
        status,
        to=inside(to),
        name=name,
        refusal=page_sentence(refused) if refused else "",
        done=done,
        passwords=request.app.state.wiring.settings.passwords,
        office=provider.label if provider else "",
    )
