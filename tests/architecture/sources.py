"""Our own source as data, for the tests of this folder: files, syntax trees, and the scripts as modules."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bangiao", "checklists", "db", "evidence", "flows", "notifiers", "web")
GENERATED = ROOT / "db" / "migrations" / "versions"


def modules(*folders: str) -> list[Path]:
    """Our Python files in these folders (all packages if none is named); migrations are kept as they once ran."""
    found = (file for folder in folders or PACKAGES for file in (ROOT / folder).rglob("*.py"))
    return sorted(file for file in found if GENERATED not in file.parents)


Node = TypeVar("Node", bound=ast.AST)


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def nodes(kind: type[Node], *folders: str) -> Iterator[tuple[Path, Node]]:
    for file in modules(*folders):
        for node in ast.walk(tree(file)):
            if isinstance(node, kind):
                yield file, node


def place(file: Path, node: ast.AST) -> str:
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def dotted(node: ast.AST) -> str:
    """`a.b.c` as text; "" for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that an import statement names."""
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def tracked_files() -> list[Path]:
    """What is or would be committed: everything in the work tree that .gitignore does not name."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return sorted(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def script(name: str) -> ModuleType:
    """`scripts/NAME.py` as a module, without making `scripts` importable for everyone."""
    spec = importlib.util.spec_from_file_location(f"bangiao_script_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
