"""The API's description for programs: OpenAPI 3.1, from the routes themselves.

What the framework cannot know is added: scopes, problem documents, the pieces of bodies that operations read by
themselves. The result is the contract; a test compares it with the one that is kept (tests/api/openapi.json).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from checklists.access import ROLES, About, Action
from checklists.tokens import SCOPE_WORDS
from web.api.guard import Bearer
from web.api.once import REPLAYED_HEADER
from web.api.problem_kinds import (
    BAD_REQUEST,
    BAD_TOKEN,
    BROKEN,
    INVALID,
    KEY_MISSING,
    KEY_OF_ANOTHER,
    KINDS,
    NO_TOKEN,
    NOT_ALLOWED,
    NOT_FOUND,
    REFUSED,
    SCOPE_MISSING,
    TOO_LARGE,
    TOO_MANY,
    WRONG_MEDIA,
    Kind,
)
from web.api.problems import MEDIA_TYPE

VERSION = "1.0.0"
Document = dict[str, Any]

_ALWAYS = (NO_TOKEN, BAD_TOKEN, SCOPE_MISSING, NOT_ALLOWED, INVALID, TOO_MANY, BROKEN)
_OF_THINGS = (NOT_FOUND,)
_OF_BODIES = (BAD_REQUEST, TOO_LARGE, WRONG_MEDIA, REFUSED)
_OF_WRITES = (KEY_MISSING, KEY_OF_ANOTHER)

_ABOUT = """\
Everything that people do on the pages, for programs: reading how the work stands, acting on steps, attaching evidence,
drafting and registering decisions, ordering evidence packages. A program acts as a person: it sees what they see and
may what they may, narrowed by its token's scopes.
"""

_TAGS = (
    ("decisions", "Who becomes whom, from when, on whose authority, and the plan that follows from it."),
    ("units", "The units within reach, and how their work stands."),
    ("steps", "What has to be done, by whom and until when; and doing it."),
    ("evidence", "What proves a step."),
    ("escalations", "What climbed because it is late, and who has it in hand."),
    ("packages", "Sealed packages of the record, for auditors."),
    ("events", "What happened elsewhere."),
    ("people", "As whom the token acts, and who holds which role."),
)


def described(resources: APIRouter) -> Document:
    """The whole document."""
    document = get_openapi(
        title="bangiao",
        version=VERSION,
        openapi_version="3.1.0",
        description=_ABOUT,
        routes=resources.routes,
        tags=[{"name": name, "description": words} for name, words in _TAGS],
        servers=[{"url": "/", "description": "This installation"}],
    )
    for operation, bearer in _guarded(document, resources):
        _complete(operation, bearer)
    _components(document)
    _hoist(document)
    return document


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """(path, method, operation), in the order of the document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _guarded(document: Document, resources: APIRouter) -> Iterator[tuple[Document, Bearer]]:
    bearers = {
        route.operation_id: each.call
        for route in iter_route_contexts(resources.routes)
        for each in route.dependant.dependencies
        if isinstance(each.call, Bearer)
    }
    for _path, _method, operation in operations(document):
        yield operation, bearers[operation["operationId"]]


def _complete(operation: Document, bearer: Bearer) -> None:
    done = next(one for status, one in operation["responses"].items() if status.startswith("2"))
    if done["description"] == _FRAMEWORKS_WORDS:
        done["description"] = operation["summary"]
    operation["security"] = [{"token": [bearer.scope.value]}]
    kinds: list[Kind] = [*_ALWAYS, *(_OF_THINGS if bearer.about is not About.NOTHING else ())]
    if "requestBody" in operation:
        kinds += _OF_BODIES
    if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ())):
        kinds += _OF_WRITES
        done["headers"] = REPLAYED_HEADER
    if operation["operationId"].startswith("download"):
        kinds.append(REFUSED)
    roles = sorted(ROLES.get(bearer.action, ()))
    who = "any role" if bearer.action is Action.OWN_ACCOUNT else ", ".join(roles)
    operation["description"] = f"{operation['description']}\n\nScope: `{bearer.scope.value}`. Roles: {who}."
    for status in sorted({kind.status for kind in kinds}):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    operation["responses"] = dict(sorted(operation["responses"].items()))


_FRAMEWORKS_WORDS = "Successful Response"


def _components(document: Document) -> None:
    components = document.setdefault("components", {})
    for name in ("HTTPValidationError", "ValidationError"):
        components.get("schemas", {}).pop(name, None)
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "bgt_<id>_<secret>",
            "description": "A token of a person (bangiao token create, or the page of one's account). Scopes: "
            + "; ".join(f"{scope.value}: {words.msgid}" for scope, words in SCOPE_WORDS.items())
            + ".",
        }
    }
    components["headers"] = {
        "Replayed": {
            "description": "true: this order was carried out before, and this is the answer of that time.",
            "schema": {"type": "string", "const": "true"},
        }
    }
    components["schemas"]["Problem"] = _problem()
    components["responses"] = {f"Problem{status}": _response(status) for status in sorted({k.status for k in KINDS})}


def _response(status: int) -> Document:
    kinds = [kind for kind in KINDS if kind.status == status]
    examples = {
        kind.name: {
            "value": {
                "type": kind.uri,
                "title": kind.title.msgid,
                "status": status,
                "detail": kind.words.msgid,
            }
        }
        for kind in kinds
    }
    response: Document = {
        "description": " / ".join(kind.title.msgid for kind in kinds),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }
    if status == NO_TOKEN.status:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}}
    if status == TOO_MANY.status:
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return response


def _problem() -> Document:
    mistake = {
        "type": "object",
        "properties": {
            "in": {"type": "string", "examples": ["body"]},
            "pointer": {"type": "string", "description": "RFC 6901, in the body.", "examples": ["/expected_on"]},
            "name": {"type": "string", "description": "Of a parameter or header."},
            "rule": {"type": "string"},
            "detail": {"type": "string"},
        },
        "required": ["in", "detail"],
    }
    return {
        "type": "object",
        "description": "RFC 9457. Sentences are in the language of Accept-Language (vi, en); types and rules stay.",
        "properties": {
            "type": {"type": "string", "enum": [kind.uri for kind in KINDS]},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "rule": {"type": "string", "description": "Which rule refuses it.", "examples": ["still-needs"]},
            "errors": {"type": "array", "items": mistake},
        },
        "required": ["type", "title", "status", "detail"],
    }


def _hoist(document: Document) -> None:
    """Bodies bring the pieces they are made of along; they belong to the components."""
    schemas = document["components"]["schemas"]
    for _path, _method, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schemas |= content["schema"].pop("$defs", {})
    document["components"]["schemas"] = dict(sorted(schemas.items()))
