"""What a person sees when a command cannot do its work: one sentence per mistake, and the right exit code."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from cyclopts import App, CycloptsError

from bangiao.cli.usage import outage_sentence, usage_sentence
from bangiao.i18n import _, render
from checklists.errors import BadInput, HandoverError, Refused
from checklists.places import quoted

FINE, FAILED, BAD_USE, FOUND_WANTING = 0, 1, 2, 3


class FoundWanting(HandoverError):
    """Checked and found wanting."""


def reported(build_app: Callable[[], App], arguments: Sequence[str]) -> int:
    """Run the command and give its exit code; what went wrong is said on stderr (with --json: on stdout, as JSON).

    Anything that is neither a rule, a mistake of use, nor an outage is our own mistake, and keeps its traceback.
    """
    try:
        _must_be_text(arguments)
        result = build_app()(list(arguments))
    except BrokenPipeError:
        _leave_the_pipe()
        return FAILED
    except (Exception, KeyboardInterrupt) as error:
        for kind, code, sentences in _REPORTS:
            if isinstance(error, kind) and (said := sentences(error)) is not None:
                _say(said, arguments)
                return code
        raise
    return result if isinstance(result, int) else FINE


class NotText(BadInput):
    """What was typed is not text in UTF-8: “{argument}”. Set the terminal to UTF-8 and type it again."""


def _must_be_text(arguments: Sequence[str]) -> None:
    """Python hands over bytes that are no UTF-8 as halves of characters, which no database and no output takes."""
    for argument in arguments:
        if any("\ud800" <= char <= "\udfff" for char in argument):
            raise NotText(argument=quoted(argument))


def _outage(error: Any) -> list[str] | None:
    sentence = outage_sentence(error)
    return [sentence] if sentence else None


Told = Callable[[Any], "list[str] | None"]

_REPORTS: tuple[tuple[type[BaseException], int, Told], ...] = (
    (CycloptsError, BAD_USE, lambda error: [usage_sentence(error)]),
    (Refused, BAD_USE, lambda error: [*(render(one.message) for one in error.mistakes), render(error.message)]),
    (BadInput, BAD_USE, lambda error: [render(error.message)]),
    (FoundWanting, FOUND_WANTING, lambda _error: []),
    (HandoverError, FAILED, lambda error: [render(error.message)]),
    (KeyboardInterrupt, FAILED, lambda _error: [_("Stopped.")]),
    (Exception, FAILED, _outage),
)
"""What is said of each kind of error, the first that fits, with its exit code."""


def _say(sentences: list[str], arguments: Sequence[str]) -> None:
    if "--json" in arguments and sentences:
        print(json.dumps({"errors": sentences}, ensure_ascii=False, indent=2))
    for sentence in sentences:
        print(_visible(sentence), file=sys.stderr)


def _visible(sentence: str) -> str:
    """A refusal quotes what was typed; no such text gives orders to the terminal or turns the writing round."""
    return "".join(
        f"\\u{ord(char):04x}" if char != "\n" and unicodedata.category(char) in {"Cc", "Cf"} else char
        for char in sentence
    )


def _leave_the_pipe() -> None:
    """The reader (a pager, `head`) has gone: stop quietly, also when Python flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
