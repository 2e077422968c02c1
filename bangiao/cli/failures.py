"""What a person sees when a command cannot do its work: one sentence per mistake, and the right exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence

from cyclopts import App, CycloptsError

from bangiao.cli.usage import usage_sentence
from bangiao.i18n import render
from checklists.errors import BadInput, HandoverError, Refused

FINE, FAILED, BAD_USE, FOUND_WANTING = 0, 1, 2, 3


class FoundWanting(HandoverError):
    """Checked and found wanting."""


def reported(build_app: Callable[[], App], arguments: Sequence[str]) -> int:
    """Run the command and give its exit code; what went wrong is said on stderr (with --json: on stdout, as JSON)."""
    try:
        result = build_app()(list(arguments))
    except CycloptsError as error:
        _say([usage_sentence(error)], arguments)
        return BAD_USE
    except Refused as error:
        _say([render(one.message) for one in error.mistakes] + [render(error.message)], arguments)
        return BAD_USE
    except BadInput as error:
        _say([render(error.message)], arguments)
        return BAD_USE
    except FoundWanting:
        return FOUND_WANTING
    except HandoverError as error:
        _say([render(error.message)], arguments)
        return FAILED
    except BrokenPipeError:
        _leave_the_pipe()
        return FAILED
    return result if isinstance(result, int) else FINE


def _say(sentences: list[str], arguments: Sequence[str]) -> None:
    if "--json" in arguments:
        print(json.dumps({"errors": sentences}, ensure_ascii=False, indent=2))
    for sentence in sentences:
        print(sentence, file=sys.stderr)


def _leave_the_pipe() -> None:
    """The reader (a pager, `head`) has gone: stop quietly, also when Python flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
