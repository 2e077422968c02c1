"""What a program sends: JSON, read after it is known who asks and that they may. And texts that can be stored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from bangiao.i18n import _
from web.api.failures import shape_mistake
from web.api.problem_kinds import BAD_REQUEST, INVALID, WRONG_MEDIA
from web.api.problems import Problem

JSON = "application/json"
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters but tab and line ends, and halves of characters: no database stores them."""

Body = TypeVar("Body", bound=BaseModel)


class Sent(BaseModel):
    """The base of what programs send: a field that we do not know is a mistake, not noise."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def storable(text: str) -> str:
    if UNSTORABLE.search(text):
        raise ValueError("characters that no database stores")
    return text


_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(pattern=_PATTERN, max_length=4000), AfterValidator(storable)]
"""Words that somebody wrote."""

Name = Annotated[str, StringConstraints(pattern=_PATTERN, max_length=200), AfterValidator(storable)]
"""A key, an account, a piece of a name."""


def _iso(value: object) -> object:
    """Only a day as 2025-07-01: what else can be read as one (seconds since 1970) was not meant so."""
    if isinstance(value, str) and not _ISO_DAY.fullmatch(value):
        raise ValueError("not a day in the form YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_iso)]


async def read_json(request: Request, kind: type[Body]) -> Body:
    """The body as what it has to be. Raises Problem."""
    demand_media(request, JSON)
    content = await request.body()
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise mistaken(error) from error


def demand_media(request: Request, wanted: str) -> None:
    """Raises Problem where something else was sent."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != wanted:
        raise Problem(WRONG_MEDIA, values={"wanted": wanted})


def mistaken(error: ValidationError) -> Problem:
    """What is wrong with the values that were sent."""
    mistakes = error.errors(include_url=False, include_context=False, include_input=False)
    if any(one["type"] == "json_invalid" for one in mistakes):
        return Problem(BAD_REQUEST, _("The body is not JSON. Nothing was changed."))
    return Problem(INVALID, more={"errors": [shape_mistake(_placed(one["loc"]), one["type"]) for one in mistakes]})


def _placed(path: Sequence[str | int]) -> tuple[str | int, ...]:
    return ("body", *path)


def body_of(kind: type[BaseModel], *examples: Any, media: str = JSON) -> dict[str, Any]:
    """For `openapi_extra`: the body in the documentation. It is read by the operation itself, after the rights."""
    schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
    content: dict[str, Any] = {"schema": schema}
    if examples:
        content["examples"] = {f"example-{place}": {"value": one} for place, one in enumerate(examples, 1)}
    return {"requestBody": {"required": True, "content": {media: content}}}
