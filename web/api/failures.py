"""Whatever goes wrong under /api becomes a problem document: the framework's failures, our refusals, our mistakes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from bangiao.i18n import _
from checklists.errors import BadInput, HandoverError, Refused
from checklists.places import FieldPath, InFile
from db.carried_out import KeyOfAnother
from web.api.problem_kinds import (
    BAD_REQUEST,
    BROKEN,
    INVALID,
    KEY_MISSING,
    KEY_OF_ANOTHER,
    NOT_ALLOWED,
    NOT_FOUND,
    REFUSED,
    TOO_LARGE,
    WRONG_MEDIA,
    WRONG_METHOD,
    Kind,
)
from web.api.problems import Problem, told
from web.refusals import page_sentence, sentences

_BY_STATUS: dict[int, Kind] = {
    kind.status: kind for kind in (BAD_REQUEST, NOT_ALLOWED, NOT_FOUND, WRONG_METHOD, TOO_LARGE, WRONG_MEDIA)
}
KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 100
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def of_api(request: Request) -> bool:
    """Whether a program asks."""
    return request.url.path.startswith("/api/")


def problem_of(error: Exception) -> Problem:
    """The failure as a problem."""
    match error:
        case Problem():
            return error
        case HTTPException():
            return Problem(_BY_STATUS.get(error.status_code, BAD_REQUEST))
        case RequestValidationError():
            return _invalid(error.errors())
        case KeyOfAnother():
            return Problem(KEY_OF_ANOTHER, values=error.values)
        case HandoverError():
            return _refused(error)
    return Problem(BROKEN)


async def told_to_program(request: Request, error: Exception) -> Response:
    """For the application's handlers."""
    problem = problem_of(error)
    if problem.kind is WRONG_METHOD:
        problem.headers["Allow"] = ", ".join(_methods(request))
    return told(problem)


def _methods(request: Request) -> list[str]:
    """What the address takes: several routes may stand there, and the framework names the first one's only. A
    decision's number may be anything, so that its route is everywhere below: the most exact one is meant."""
    routes = iter_route_contexts(request.app.routes)
    here = [one for one in routes if compile_path(str(one.path))[0].fullmatch(request.url.path)]
    longest = max((_said(one.path) for one in here), default=0)
    return sorted({method for one in here if _said(one.path) == longest for method in one.methods or ()})


def _said(path: object) -> int:
    """How much of an address a route names itself."""
    return len(re.sub(r"{.*?}", "", str(path)))


def _invalid(mistakes: Sequence[Any]) -> Problem:
    if any(one["loc"] == ("header", KEY_HEADER) for one in mistakes):
        return Problem(KEY_MISSING, values={"most": LONGEST_KEY})
    return Problem(INVALID, more={"errors": [shape_mistake(one["loc"], one["type"]) for one in mistakes]})


def shape_mistake(place: Sequence[str | int], kind: str) -> dict[str, Any]:
    """A value of another kind than the documentation says. `place`: as pydantic names it, `kind` its type of error."""
    where, *path = place or ("body",)
    said = {"in": str(where), "detail": _("This value is missing.") if kind == "missing" else _shape_words()}
    return said | {"pointer" if where == "body" else "name": _pointer(path) if where == "body" else str(path[-1])}


def _shape_words() -> str:
    return _("This value is not of the kind that the documentation of the operation asks for.")


def _pointer(path: Sequence[str | int]) -> str:
    """RFC 6901."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _refused(error: HandoverError) -> Problem:
    """A rule of ours: `rule` is its name, so that programs can tell one from another."""
    kind = INVALID if isinstance(error, BadInput) else REFUSED
    if isinstance(error, Refused):
        mistakes = [_mistake(one) for one in error.mistakes]
        return Problem(kind, more={"rule": rule_name(error), "errors": mistakes})
    return Problem(kind, " ".join(sentences(error)), more={"rule": rule_name(error)})


def rule_name(error: HandoverError) -> str:
    """`StillNeeds` → `still-needs`."""
    return _CAPITAL.sub("-", type(error).__name__).lower()


def _mistake(placed: HandoverError) -> dict[str, Any]:
    mistake = placed.mistake if isinstance(placed, InFile) else placed
    path = mistake.values.get("path")
    where = {"pointer": _pointer(path.parts)} if isinstance(path, FieldPath) else {}
    return {"in": "body", "rule": rule_name(mistake), "detail": page_sentence(mistake)} | where
