"""Everything about one's own account, in one router."""

from __future__ import annotations

from fastapi import APIRouter

from web.account import entrance, invitation, office, own_office, password, second_factor, sessions, tokens, wishes

router = APIRouter()
for part in (entrance, office, invitation, sessions, password, second_factor, own_office, wishes, tokens):
    router.include_router(part.router)
