"""flows → bangiao → db | notifiers → checklists: import-linter holds it, and these tests hold import-linter to it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from sources import PACKAGES, ROOT


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_layers_hold() -> None:
    checked = lint_imports(ROOT)
    assert checked.returncode == 0, checked.stdout


def test_planted_imports_against_the_layers_are_found(tmp_path: Path) -> None:
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "checklists" / "rows.py").write_text("import sqlalchemy\n", encoding="utf-8")
    (tmp_path / "notifiers" / "rows.py").write_text("import db\n", encoding="utf-8")
    (tmp_path / "bangiao" / "engine.py").write_text("import prefect\n", encoding="utf-8")

    checked = lint_imports(tmp_path)

    assert checked.returncode == 1
    assert checked.stdout.count("BROKEN") == 3, checked.stdout
