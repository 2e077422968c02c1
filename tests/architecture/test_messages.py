"""Every sentence a person may read is in the Vietnamese catalogue, whole and in step with the code."""

from __future__ import annotations

import ast
import gettext
import io
import string
import unicodedata
from collections.abc import Iterator
from functools import cache

from jinja2.ext import babel_extract
from sources import ROOT, dotted, nodes, place, script

compile_messages = script("compile_messages")


@cache
def sentences() -> dict[str, str]:
    """English sentence → where the code says it."""
    return dict([*_spoken(), *_errors(), *_on_pages()])


def _on_pages() -> Iterator[tuple[str, str]]:
    """`_("…")` in the templates of the pages."""
    for file in sorted((ROOT / "web" / "templates").rglob("*.html")):
        with file.open("rb") as opened:
            for line, _function, text, _comments in babel_extract(opened, ("_",), (), {"silent": "false"}):
                yield str(text), f"{file.relative_to(ROOT)}:{line}"


def _spoken() -> Iterator[tuple[str, str]]:
    """Literals in `_("…")`, in `Message("…")`, and given for a parameter that is called `msgid`."""
    places_of_msgid = dict([("_", 0), ("Message", 0), *_takers()])
    for file, call in nodes(ast.Call):
        position = places_of_msgid.get(_last(call.func))
        if position is not None:
            named = [keyword.value for keyword in call.keywords if keyword.arg == "msgid"]
            for text in _literals([*call.args[position : position + 1], *named]):
                yield text, place(file, call)


def _takers() -> Iterator[tuple[str, int]]:
    """Functions with a parameter called `msgid`, and its place in a call."""
    for _, function in nodes(ast.FunctionDef):
        names = [argument.arg for argument in function.args.args if argument.arg not in {"self", "cls"}]
        if "msgid" in names:
            yield function.name, names.index("msgid")


def _literals(expressions: list[ast.expr]) -> Iterator[str]:
    for expression in expressions:
        if isinstance(expression, ast.IfExp):
            yield from _literals([expression.body, expression.orelse])
        elif isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            yield expression.value


def _errors() -> Iterator[tuple[str, str]]:
    """Docstrings of HandoverError and of every class below it: each is the sentence of one broken rule."""
    classes = [(file, node) for file, node in nodes(ast.ClassDef)]
    known = {"HandoverError"}
    while more := {node.name for _, node in classes if known & {_last(base) for base in node.bases}} - known:
        known |= more
    for file, node in classes:
        if node.name in known:
            yield " ".join((ast.get_docstring(node, clean=False) or "").split()), place(file, node)


def _last(node: ast.expr) -> str:
    return dotted(node).rpartition(".")[2]


@cache
def vietnamese() -> dict[str, str]:
    words: dict[str, str] = compile_messages.merged()
    return words


def places(sentence: str) -> set[str]:
    """The `{named}` places of a sentence, without conversions and formats."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_every_sentence_is_translated() -> None:
    missing = [f"{where}: {english!r}" for english, where in sentences().items() if not vietnamese().get(english)]
    assert not missing, f"{len(missing)} sentences without Vietnamese:\n" + "\n".join(sorted(missing))


def test_no_error_is_without_its_sentence() -> None:
    assert [where for english, where in _errors() if not english] == []


def test_no_sentence_is_put_together_before_it_is_translated() -> None:
    """An f-string or a `+` inside `_()` can never be found in a catalogue."""
    built = [
        place(file, call)
        for file, call in nodes(ast.Call)
        if dotted(call.func).rpartition(".")[2] in {"_", "Message"}
        and call.args
        and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert built == []


def test_no_translation_is_left_over() -> None:
    assert sorted(set(vietnamese()) - set(sentences())) == []


def test_a_translation_has_the_places_of_its_sentence() -> None:
    differing = {english: text for english, text in vietnamese().items() if text and places(english) != places(text)}
    assert differing == {}


def test_translations_are_nfc() -> None:
    assert [text for text in vietnamese().values() if not unicodedata.is_normalized("NFC", text)] == []


def test_the_compiled_catalogue_is_in_step() -> None:
    assert compile_messages.COMPILED.read_bytes() == compile_messages.compiled(vietnamese())


def test_the_compiled_catalogue_is_read_by_gettext() -> None:
    catalogue = gettext.GNUTranslations(io.BytesIO(compile_messages.compiled({"Due {day}": "Hạn {day}"})))
    assert catalogue.gettext("Due {day}") == "Hạn {day}"
    assert catalogue.info()["language"] == "vi"
