"""YAML text with the line of everything in it, so that a mistake can be said with file and line.

Plain YAML only: no anchors and aliases (they can blow a small file up), no key twice, no deep nesting, NFC text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from checklists.errors import BadInput, HandoverError, Refused
from checklists.names import is_nfc

LARGEST = 1_000_000
DEEPEST = 20
MOST_MISTAKES = 100


class AtLine(BadInput):
    """{file}:{line}: {mistake}"""


class FileMissing(BadInput):
    """This file cannot be read: {problem}. Check the path and its permissions."""


class FileTooLarge(BadInput):
    """The file has {size} bytes; the most is {most}. Split it into several files."""


class FileEmpty(BadInput):
    """The file is empty. Write at least the fields of its first level."""


class NotUtf8(BadInput):
    """The text is not UTF-8 at byte {position}. Save the file as UTF-8."""


class NotNfc(BadInput):
    """The text here is not in Unicode form NFC, so it would not compare equal to other text. Save the file as NFC."""


class NotYaml(BadInput):
    """This is not YAML: {problem}. Check indentation, quotes and colons here."""


class AliasUsed(BadInput):
    """Anchors (&) and aliases (*) are not allowed. Write the value out."""


class TooDeep(BadInput):
    """The values here are nested more than {most} deep. Write them flatter."""


class KeyTwice(BadInput):
    """The field '{field}' stands here twice. Keep one."""


class YamlSource:
    """A parsed file: `value` as plain Python, `line()` of any path in it. Refused whole with every mistake found."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self._lines = text.split("\n")
        self.refuse(list(_text_mistakes(text)))
        root = self._composed(text)
        self.refuse([(KeyTwice(field=name), line) for name, line in _keys_twice(root)])
        self._root = root
        try:
            self.value: Any = yaml.load(text, yaml.CSafeLoader)
        except (yaml.YAMLError, ValueError) as problem:  # e.g. a date like 2025-13-40
            raise self.refused([(NotYaml(problem=_problem(problem)), self._line_of_bad_value())]) from problem

    def line(self, path: Sequence[str | int]) -> int:
        """The line of the value at `path`, or of the nearest thing above it that exists (a missing field's parent)."""
        node, line = self._root, _line(self._root)
        for part in path:
            found = _child(node, part)
            if found is None:
                break
            line, node = found
        return line

    def refuse(self, mistakes: Sequence[tuple[HandoverError, int]]) -> None:
        if mistakes:
            raise self.refused(mistakes)

    def refused(self, mistakes: Sequence[tuple[HandoverError, int]]) -> Refused:
        """The refusal of this file, mistakes in the order of their lines."""
        ordered = sorted(mistakes, key=lambda one: one[1])[:MOST_MISTAKES]
        placed = [AtLine(file=self.file, line=line, mistake=mistake.message) for mistake, line in ordered]
        return Refused(file=self.file, mistakes=placed)

    def _composed(self, text: str) -> yaml.Node:
        try:
            self.refuse(list(_event_mistakes(text)))
            root = yaml.compose(text, yaml.CSafeLoader)
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            line = min(mark.line + 1, len(self._lines)) if mark else 1
            raise self.refused([(NotYaml(problem=_problem(problem)), line)]) from problem
        if root is None:
            raise self.refused([(FileEmpty(), 1)])
        return root

    def _line_of_bad_value(self) -> int:
        """Which scalar cannot be made into its value (the constructor does not say)."""
        for node in _scalars(self._root):
            try:
                yaml.CSafeLoader("").construct_object(node)
            except (yaml.YAMLError, ValueError):
                return node.start_mark.line + 1
        return 1


def read_text(path: Path) -> str:
    """The file's text; refused if it is missing, too large, or not UTF-8."""
    mistake: HandoverError
    try:
        if (size := path.stat().st_size) <= LARGEST:
            return path.read_bytes().decode("utf-8-sig")
        mistake = FileTooLarge(size=size, most=LARGEST)
    except OSError as problem:
        mistake = FileMissing(problem=problem.strerror or problem)
    except UnicodeDecodeError as problem:
        mistake = NotUtf8(position=problem.start)
    raise Refused(file=str(path), mistakes=[AtLine(file=path, line=1, mistake=mistake.message)])


def _text_mistakes(text: str) -> Iterator[tuple[HandoverError, int]]:
    if len(text) > LARGEST:
        yield FileTooLarge(size=len(text), most=LARGEST), 1
    elif not text.strip():
        yield FileEmpty(), 1
    elif not is_nfc(text):
        yield from ((NotNfc(), line) for line, words in enumerate(text.split("\n"), start=1) if not is_nfc(words))


def _event_mistakes(text: str) -> Iterator[tuple[HandoverError, int]]:
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        line = _line(event)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            yield TooDeep(most=DEEPEST), line
            return
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            yield AliasUsed(), line


def _keys_twice(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield name, _line(key)
            seen.add(name)
            yield from _keys_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _keys_twice(item)


def _child(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return _line(key), value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return _line(node.value[part]), node.value[part]
    return None


def _scalars(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for item in pair:
                yield from _scalars(item)


def _line(marked: yaml.Node | yaml.Event) -> int:
    return marked.start_mark.line + 1 if marked.start_mark else 1


def _problem(problem: Exception) -> str:
    return str(getattr(problem, "problem", None) or problem)


def step_of(value: Any, path: Sequence[str | int]) -> str:
    """The key of the step that `path` lies in, for sentences; empty where there is none."""
    if len(path) > 1 and path[0] == "steps" and isinstance(path[1], int) and isinstance(value, Mapping):
        steps = value.get("steps")
        if isinstance(steps, list) and path[1] < len(steps) and isinstance(steps[path[1]], Mapping):
            return str(steps[path[1]].get("key", ""))
    return ""
