"""What programs are told when something cannot be done: RFC 9457, with a name that stays and a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse, Response

from bangiao.i18n import language_in_force, render
from checklists.messages import Message
from web.api.problem_kinds import Kind

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A failure of that kind. `words` says more exactly what is wrong, `values` go into them; `more` are further
    members of the document."""

    def __init__(
        self,
        kind: Kind,
        words: Message | str | None = None,
        values: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(kind.name)
        self.kind = kind
        self.words = words or Message(kind.words.msgid, values or {})
        self.headers = dict(headers or {})
        self.more = dict(more or {})


def told(problem: Problem) -> Response:
    """The document, in the reader's language."""
    document = {
        "type": problem.kind.uri,
        "title": render(problem.kind.title),
        "status": problem.kind.status,
        "detail": problem.words if isinstance(problem.words, str) else render(problem.words),
    }
    headers = {"Content-Language": language_in_force(), "Vary": "Accept-Language"} | problem.headers
    return JSONResponse(document | problem.more, problem.kind.status, headers, MEDIA_TYPE)
