"""Small pieces: modules of about 100 lines, functions of about 10; this is where it stops being a matter of taste."""

from __future__ import annotations

import ast

from sources import PACKAGES, modules, nodes, place, tree

MODULE_LINES = 300
FUNCTION_LINES = 40
ALONE = {"evidence/package/verify.py": 780}
"""Handed to auditors as one file that imports nothing of ours."""
MEASURED = (*PACKAGES, "scripts", "benchmarks")


def test_no_module_is_longer_than_300_lines() -> None:
    lengths = {str(file): len(file.read_text(encoding="utf-8").splitlines()) for file in modules(*MEASURED)}
    assert {file: length for file, length in lengths.items() if length > _allowed(file)} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    functions = [*nodes(ast.FunctionDef, *MEASURED), *nodes(ast.AsyncFunctionDef, *MEASURED)]
    long = [f"{place(file, node)} {node.name}" for file, node in functions if _lines(node) > FUNCTION_LINES]
    assert long == []


def _allowed(file: str) -> int:
    return next((lines for name, lines in ALONE.items() if file.endswith(f"/{name}")), MODULE_LINES)


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_every_module_opens_by_saying_what_it_is() -> None:
    silent = [str(file) for file in modules() if tree(file).body and not ast.get_docstring(tree(file))]
    assert silent == []
