"""Everything about one's own account, in one router."""

from __future__ import annotations

from fastapi import APIRouter

from web.account import entrance, password, second_factor, sessions, tokens, wishes

router = APIRouter()
for part in (entrance, sessions, password, second_factor, wishes, tokens):
    router.include_router(part.router)
