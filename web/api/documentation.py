"""`/api/v1/openapi.json` for programs, `/api/v1/docs` for the people who write them: the same description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from checklists.access import Action
from web.api.openapi import Document, described, operations
from web.api.problem_kinds import KINDS
from web.guard import Allow
from web.rendering import page

_ANYBODY = [Depends(Allow(Action.ENTER))]
_SCHEMA = "#/components/schemas/"


def documentation_of(resources: APIRouter) -> APIRouter:
    """Two routes that describe these."""
    router = APIRouter(include_in_schema=False)
    document = cache(partial(described, resources))

    @router.get("/openapi.json", dependencies=_ANYBODY, name="openapi")
    async def openapi() -> Response:
        """For programs."""
        return JSONResponse(document(), headers={"Cache-Control": "no-cache"})

    @router.get("/docs", dependencies=_ANYBODY, name="api_docs")
    async def docs(request: Request) -> Response:
        """For people."""
        return page(request, "api/docs.html", **shown(document()))

    return router


def shown(document: Document) -> dict[str, Any]:
    """The description as the page has it: by resource, each operation with its fields."""
    groups: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, method, operation in operations(document):
        groups[operation["tags"][0]].append(_operation(document, path, method, operation))
    about = {tag["name"]: tag["description"] for tag in document["tags"]}
    return {"about": document["info"]["description"], "groups": groups, "tags": about, "kinds": KINDS}


def _operation(document: Document, path: str, method: str, operation: Document) -> dict[str, Any]:
    words, _, rights = operation["description"].rpartition("\n\n")
    body = [
        {"media": media, "fields": list(_fields(document, content["schema"])), "example": _example(content)}
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
    ]
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "words": words,
        "rights": rights.replace("`", ""),
        "parameters": [_parameter(document, one) for one in operation.get("parameters", ())],
        "body": body,
        "answers": [_answer(document, status, one) for status, one in operation["responses"].items()],
    }


def _parameter(document: Document, one: Document) -> dict[str, Any]:
    return {
        "name": one["name"],
        "in": one["in"],
        "required": one.get("required", False),
        "type": kind_of(document, one["schema"]),
        "words": one.get("description", ""),
    }


def _answer(document: Document, status: str, answer: Document) -> dict[str, Any]:
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    (content,) = answer["content"].values()
    fields = list(_fields(document, content["schema"])) if status.startswith("2") else []
    return {"status": status, "words": answer["description"], "fields": fields}


def _example(content: Document) -> str:
    examples = [one["value"] for one in content.get("examples", {}).values() if one["value"]]
    return json.dumps(examples[0], ensure_ascii=False, indent=2) if examples else ""


def _fields(document: Document, schema: Document, depth: int = 0, within: str = "") -> Iterator[dict[str, Any]]:
    """A line for each field; those of the things in a list under the list's name."""
    schema = _resolved(document, schema)
    required = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        whole = f"{within}{name}"
        yield {
            "name": whole,
            "type": kind_of(document, one),
            "words": _words(document, one),
            "required": name in required,
        }
        inner = _resolved(document, one.get("items", one))
        if inner.get("properties") and depth < _DEEPEST:
            yield from _fields(document, inner, depth + 1, f"{whole}{'[]' if 'items' in one else ''}.")


_DEEPEST = 2


def _resolved(document: Document, schema: Document) -> Document:
    found: Document = document["components"]["schemas"][schema["$ref"][len(_SCHEMA) :]] if "$ref" in schema else schema
    return found


def _words(document: Document, schema: Document) -> str:
    return str(schema.get("description") or _resolved(document, schema).get("description", ""))


def kind_of(document: Document, schema: Document) -> str:
    """What a value is, in a word or two."""
    name, schema = schema.get("$ref", "").removeprefix(_SCHEMA), _resolved(document, schema)
    if "anyOf" in schema:
        return " | ".join(kind_of(document, one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"“{one}”" for one in schema["enum"])
    if name:
        return str(name)
    if schema.get("type") == "array":
        return f"[{kind_of(document, schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type", "object"))
