"""An office's own templates, read before they are used: which names they misspell, and what they forget to tell.

Folder of overrides → (**lint_templates**) → problems with file and line. It reads the templates and also renders every
message with made-up facts, all of them and the fewest.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import TemplateSyntaxError, meta, nodes

from checklists.messages import Message
from notifiers.message_samples import FULL, LEAST
from notifiers.message_values import day
from notifiers.messages import EVENTS, FAILURES, LANGUAGES, composed_from, message_values
from notifiers.rendering import message_environment

_SHARED = "shared"
_ALWAYS = frozenset({"loop", "self", "super", "caller", "varargs", "kwargs"})
_MUST_TELL: Mapping[str, tuple[str, ...]] = {
    "step": ("title", "unit", "due_on", "explanation", "basis", "link"),
    "digest": ("link",),
    "channel": ("address",),
    "alarm": ("link",),
    "invitation": ("link",),
}


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """What is wrong with one line of a template (line 1 where it is the file as a whole)."""

    file: Path
    line: int
    problem: Message = field(hash=False)


def lint_templates(folder: Path) -> tuple[TemplateProblem, ...]:
    """What is wrong with the office's templates in `folder`, by file and line; empty when nothing is."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    found = dict.fromkeys(problem for file in files for problem in _read(folder, file))
    if not found:
        found = dict.fromkeys(problem for problem in _tried(folder))
    return tuple(sorted(found, key=lambda problem: (str(problem.file), problem.line)))


def _read(folder: Path, file: Path) -> Iterator[TemplateProblem]:
    """What reading alone shows: names of files, syntax, names of values."""
    event, _, part = file.relative_to(folder).as_posix().partition("/")
    if event != _SHARED and part not in _parts(event):
        yield TemplateProblem(file, 1, Message("no message asks for this template: the names are EVENT/PART.LANGUAGE"))
        return
    environment = message_environment("vi", folder)
    try:
        tree = environment.parse(file.read_text(encoding="utf-8"), filename=str(file))
        environment.compile(tree)
    except TemplateSyntaxError as problem:
        yield TemplateProblem(file, problem.lineno, Message("not a template: {problem}", {"problem": str(problem)}))
    except UnicodeDecodeError:
        yield TemplateProblem(file, 1, Message("not text in UTF-8"))
    else:
        yield from _names(file, tree, _known(event, part))


def _parts(event: str) -> frozenset[str]:
    """The files of a message, in both languages, and the words that its own templates share."""
    kinds = (("subject", "txt"), ("text", "txt"), ("html", "html"), ("words", "txt"))
    known = {f"{kind}.{language}.{ending}" for kind, ending in kinds for language in LANGUAGES}
    return frozenset(known) if event in EVENTS else frozenset()


def _known(event: str, part: str) -> dict[str, Any]:
    """The values a template may ask for, as made up for the trial."""
    events = tuple(EVENTS) if event == _SHARED else (event,)
    known = {name: value for one in events for name, value in message_values(one, "vi", FULL).items()}
    later = {"subject": ("said", "subject"), "text": ("said",), "words": ("said",)}.get(part.partition(".")[0], ())
    return known | {name: None for name in ("subject", "said") if name not in later}


def _names(file: Path, tree: nodes.Template, known: Mapping[str, Any]) -> Iterator[TemplateProblem]:
    unknown = meta.find_undeclared_variables(tree) - known.keys() - _ALWAYS
    for name in tree.find_all(nodes.Name):
        if name.ctx == "load" and name.name in unknown:
            yield _nobody_gives(file, name.lineno, name.name)
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    for asked in tree.find_all(nodes.Getattr):
        root = asked.node.name if isinstance(asked.node, nodes.Name) else ""
        facts = known.get(root) if root not in own else None
        if isinstance(facts, SimpleNamespace) and not hasattr(facts, asked.attr):
            yield _nobody_gives(file, asked.lineno, f"{root}.{asked.attr}")


def _nobody_gives(file: Path, line: int, name: str) -> TemplateProblem:
    return TemplateProblem(file, line, Message("nobody gives a value called “{name}”", {"name": name}))


def _tried(folder: Path) -> Iterator[TemplateProblem]:
    """What rendering shows: a failure, or a fact that a message must tell and does not."""
    for event in EVENTS:
        for language in LANGUAGES:
            for facts in (FULL, LEAST):
                values = message_values(event, language, facts)
                try:
                    text = composed_from(event, language, values, folder).text
                except FAILURES as problem:
                    yield _failed(folder, event, problem)
                    continue
                if facts is FULL:
                    yield from _untold(_text_file(folder, event, language), event, language, values, text)


def _failed(folder: Path, event: str, problem: Exception) -> TemplateProblem:
    places = [frame for frame in traceback.extract_tb(problem.__traceback__) if frame.filename.startswith(str(folder))]
    file, line = (Path(places[-1].filename), places[-1].lineno or 1) if places else (folder / event, 1)
    return TemplateProblem(file, line, Message("it fails: {problem}", {"problem": str(problem)}))


def _text_file(folder: Path, event: str, language: str) -> Path:
    """The override that the words of a message come from."""
    own = folder / event / f"text.{language}.txt"
    return own if own.exists() else folder / _SHARED / f"step.{language}.txt"


def _untold(file: Path, event: str, language: str, values: Mapping[str, Any], text: str) -> Iterator[TemplateProblem]:
    told, facts = " ".join(text.split()), values[EVENTS[event]]
    for name in _MUST_TELL[EVENTS[event]]:
        value = getattr(facts, name)
        if (value if isinstance(value, str) else day(value, language)) not in told:
            fact = f"{EVENTS[event]}.{name}"
            yield TemplateProblem(file, 1, Message("the message does not tell “{fact}”", {"fact": fact}))
