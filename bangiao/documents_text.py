"""YAML and JSON as plain data with the line of every value, built from events in one pass.

Events, not the loaders of the libraries: nesting, aliases and repeated keys are seen before anything is unfolded (a
deeply nested YAML text keeps libyaml's own composer busy for minutes), lines are known without a second pass, and it is
faster. Texts that look like days stay texts, and so do numbers with a leading zero: `00004` is a code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from bangiao import documents_errors as errors
from checklists.errors import BadInput
from checklists.places import FieldPath, quoted

MAX_DEPTH = 32
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "false": False}
_WORDS["False"] = False
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_NUMBER_START = frozenset("+-0123456789")
_JSON_TOKEN = re.compile(r'[ \t\r\n]*([{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+)')


class Unreadable(Exception):
    """A mistake on a line; the reader of the file says which file it is."""

    def __init__(self, mistake: BadInput, line: int | None) -> None:
        super().__init__(mistake, line)
        self.mistake = mistake
        self.line = line


@dataclass(slots=True)
class Lines:
    """The line on which a value begins, and those of what is inside it."""

    line: int
    inside: dict[str | int, Lines] = field(default_factory=dict)

    def of(self, parts: tuple[str | int, ...]) -> int:
        """The line of the value at this path, or of the nearest value around it."""
        here = self
        for part in parts:
            if part not in here.inside:
                break
            here = here.inside[part]
        return here.line


class _Tree:
    """Collects events into lists, dicts and values."""

    def __init__(self) -> None:
        self.root: Any = None
        self.lines = Lines(1)
        self._open: list[tuple[list[Any] | dict[str, Any], Lines]] = []
        self._parts: list[str | int] = []  # where each open holder stands in the one around it; the root nowhere
        self._key: str | None = None  # of the innermost mapping, once it has been read

    def path(self) -> FieldPath:
        """Where the next value goes."""
        return FieldPath.of(*self._parts[1:], *([self._next()] if self._open else []))

    def _next(self) -> str | int:
        holder = self._open[-1][0]
        return (self._key or "") if isinstance(holder, dict) else len(holder)

    def begin(self, holder: list[Any] | dict[str, Any], line: int) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise Unreadable(errors.TooDeep(path=self.path(), limit=MAX_DEPTH), line)
        if self.wants_key:
            raise Unreadable(errors.KeyNotText(path=self.path()), line)
        part = self._next() if self._open else ""
        lines = self.value(holder, line)
        self._open.append((holder, lines))
        self._parts.append(part)

    def end(self) -> None:
        self._open.pop()
        self._parts.pop()

    @property
    def wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0], dict) and self._key is None

    def key(self, name: str, line: int) -> None:
        self._key = name
        known = self._open[-1][1].inside.get(name)
        if known:
            raise Unreadable(errors.DuplicateKey(path=self.path(), first=known.line), line)

    def value(self, value: object, line: int) -> Lines:
        """Put a value where it belongs; gives its place in the tree of lines."""
        lines = Lines(line)
        if not self._open:
            self.root, self.lines = value, lines
            return lines
        holder, around = self._open[-1]
        around.inside[self._next()] = lines
        if isinstance(holder, dict):
            holder[self._key or ""] = value
            self._key = None
        else:
            holder.append(value)
        return lines


def read_yaml(text: str) -> tuple[Any, Lines]:
    """The one document of `text`. Raises Unreadable."""
    tree = _Tree()
    documents = 0
    try:
        for event in yaml.parse(text, Loader=_YAML):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Unreadable(errors.SecondDocument(), _line(event))
            else:
                _take(event, tree)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(errors.NotYaml(why=quoted(error.problem)), mark.line + 1 if mark else None) from error
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(errors.NotYaml(why=quoted(error)), _line_of_control_character(text)) from error
    return tree.root, tree.lines


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _take(event: Any, tree: _Tree) -> None:
    if isinstance(event, yaml.NodeEvent):
        line = _line(event)
        if event.anchor is not None:
            raise Unreadable(errors.AliasUsed(path=tree.path(), name=quoted(event.anchor)), line)
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise Unreadable(errors.TagUsed(path=tree.path(), tag=quoted(tag)), line)
        if isinstance(event, yaml.ScalarEvent):
            _take_scalar(event, line, tree)
        else:
            tree.begin([] if isinstance(event, yaml.SequenceStartEvent) else {}, line)
    elif isinstance(event, yaml.CollectionEndEvent):
        tree.end()


def _take_scalar(event: Any, line: int, tree: _Tree) -> None:
    if tree.wants_key:
        tree.key(event.value, line)
    else:
        tree.value(_plain(event.value) if event.implicit[0] else event.value, line)


def _plain(text: str) -> object:
    """What an unquoted YAML scalar means: null, true, false, a number, or text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMBER_START:
        if _WHOLE.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    return text


def _line_of_control_character(text: str) -> int | None:
    found = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]", text)
    return text.count("\n", 0, found.start()) + 1 if found else None


def read_json(text: str) -> tuple[Any, Lines]:
    """The value of `text`. Raises Unreadable."""
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(errors.NotJson(why=quoted(error.msg)), error.lineno) from error
    except ValueError as error:
        raise Unreadable(errors.NotJson(why=quoted(error)), None) from error
    except RecursionError:
        pass  # the pass below names the place
    tree = _Tree()
    for token, line in _json_tokens(text):
        _take_json(token, line, tree)
    return tree.root, tree.lines


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _json_tokens(text: str) -> Iterator[tuple[object, int]]:
    """Brackets as text, values in a tuple of one, each with its line. The text is known to be valid."""
    position, line = 0, 1
    while found := _JSON_TOKEN.match(text, position):
        line += text.count("\n", position, found.start(1))
        position = found.end()
        piece = found[1]
        if piece in "{}[]":
            yield piece, line
        elif piece not in ",:":
            yield (json.loads(piece),), line


def _take_json(piece: object, line: int, tree: _Tree) -> None:
    if piece == "{":
        tree.begin({}, line)
    elif piece == "[":
        tree.begin([], line)
    elif not isinstance(piece, tuple):
        tree.end()
    elif tree.wants_key:
        tree.key(piece[0], line)
    else:
        tree.value(piece[0], line)
