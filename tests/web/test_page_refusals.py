"""A refusal on a page names what stands on the page: never an option, a command or a setting of the command line."""

from __future__ import annotations

import importlib
import re
import string

import pytest

from checklists.errors import HandoverError
from web.refusals import ON_PAGES, page_sentence

MOSTLY_EMBEDDED = True

MODULES = (
    "bangiao.acknowledging",
    "bangiao.attachments",
    "checklists.escalation.acknowledgement",
    "checklists.minutes",
    "checklists.minutes_errors",
    "checklists.people",
    "checklists.reasons",
    "checklists.step_handlers",
    "checklists.step_rules",
    "db.carried_out",
    "evidence.errors",
    "web.dates",
    "web.lead.acts",
    "web.lead.evidence_files",
)
"""Where the rules stand that an act on a step, an answer to a reminder or a yes to minutes may break."""

_OF_A_TERMINAL = re.compile(r"--\w|\bbangiao [a-z]|BANGIAO_|bangiao\.toml|\{folder\}")


def raisable() -> list[type[HandoverError]]:
    found = []
    for name in MODULES:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, type) and issubclass(value, HandoverError) and value.__module__ == name:
                found.append(value)
    return found


def sentence(error: type[HandoverError]) -> str:
    return " ".join((error.__doc__ or "").split())


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_refusal_that_speaks_of_a_terminal_has_words_of_its_own_on_pages() -> None:
    assert len(raisable()) > 50
    silent = [one.__name__ for one in raisable() if _OF_A_TERMINAL.search(sentence(one)) and one not in ON_PAGES]
    assert silent == []


@pytest.mark.parametrize("error", ON_PAGES, ids=lambda one: one.__name__)
def test_the_words_on_pages_speak_of_no_terminal_and_fill_their_places(error: type[HandoverError]) -> None:
    words = ON_PAGES[error].msgid
    assert not _OF_A_TERMINAL.search(words)
    assert places(words) <= places(sentence(error))


def test_a_refusal_without_words_of_its_own_says_its_sentence() -> None:
    class Plain(HandoverError):
        """Nothing of {what} here."""

    assert page_sentence(Plain(what="that")) == "Nothing of that here."
