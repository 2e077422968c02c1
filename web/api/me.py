"""`/api/v1/me`: whose token this is, and what for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from checklists.access import Action
from checklists.people import PersonRole
from checklists.tokens import TokenScope
from web.api.common import Account, Instant
from web.api.guard import Bearer, Caller
from web.api.instants import instant

router = APIRouter(tags=["people"])

Anybody = Annotated[Caller, Depends(Bearer(Action.OWN_ACCOUNT, TokenScope.READ))]


class TokenShown(BaseModel):
    """The token that was sent."""

    id: str = Field(description="Its public part.", examples=["9bdfe7684991"])
    name: str = Field(description="Which program uses it.", examples=["Phần mềm hồ sơ"])
    scopes: list[TokenScope]
    expires: Instant


class Me(BaseModel):
    """As whom a program acts."""

    account: Account
    name: str = Field(examples=["Nguyễn Thị Lan"])
    language: str = Field(examples=["vi"])
    roles: list[PersonRole] = Field(description="Held anywhere today.")
    token: TokenShown


@router.get("/me", operation_id="getMe", summary="Whose token this is", response_model=Me)
async def me(caller: Anybody) -> Me:
    """The person as whom the program acts, their roles, and the token's scopes."""
    token = caller.token
    shown = TokenShown(id=token.id, name=token.name, scopes=sorted(token.scopes), expires=instant(token.expires_at))
    roles = sorted(caller.anywhere)
    person = caller.person
    return Me(account=person.account, name=person.name, language=person.language, roles=roles, token=shown)
