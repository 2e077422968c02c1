"""The register is what its script builds from the pinned package, byte for byte; anything else is refused or shown."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "build_register.py"
DATA = ROOT / "bangiao" / "data"

needs_package = pytest.mark.skipif(
    find_spec("vietnamadminunits") is None, reason="the development package vietnamadminunits is not installed"
)


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("register", "decisions"):
        shutil.copytree(DATA / folder, tmp_path / folder)
    return tmp_path


def bytes_of(data: Path) -> dict[str, bytes]:
    return {str(file.relative_to(data)): file.read_bytes() for file in sorted(data.rglob("*")) if file.is_file()}


@needs_package
def test_the_committed_register_is_byte_for_byte_what_the_script_builds() -> None:
    result = run("--check")
    assert (result.returncode, result.stdout) == (0, "36 files are as built.\n")
    assert "14,149 units, 14,280 successions, 35 decisions" in result.stderr


@needs_package
def test_a_rebuild_from_the_tables_alone_restores_every_file_whatever_the_hash_seed(copy: Path) -> None:
    before = bytes_of(copy)
    shutil.rmtree(copy / "decisions")
    (copy / "register" / "units.csv").unlink()
    assert run("--data", copy, PYTHONHASHSEED="7").returncode == 0
    assert bytes_of(copy) == before


@needs_package
def test_check_shows_what_was_changed_by_hand_and_writes_nothing(copy: Path) -> None:
    file = copy / "decisions" / "1656-NQ-UBTVQH15.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("old:00004, new:00004", "old:00004, new:00008"), "utf-8")
    (copy / "decisions" / "9999-NQ-UBTVQH15.yaml").write_text("number: 9999\n", "utf-8")
    before = bytes_of(copy)
    result = run("--check", "--data", copy)
    assert result.returncode == 1
    assert "decisions/1656-NQ-UBTVQH15.yaml: different" in result.stdout
    assert "  -- [old:00004, new:00008," in result.stdout
    assert "  +- [old:00004, new:00004," in result.stdout
    assert "decisions/9999-NQ-UBTVQH15.yaml: not built by this script" in result.stdout
    assert bytes_of(copy) == before


@needs_package
@pytest.mark.parametrize(
    ("table", "line", "sentence"),
    [
        ("corrections.csv", "reject,00001,00004,,,a pair that is not there", "has no effect on the package's pairs"),
        ("official_notes.csv", "00001,99999,part_area,nowhere", "notes on successions that do not exist"),
        (
            "name_corrections.csv",
            "old,00001,Phường Khác,Phường Mới,a name that is not there",
            "which the package has not",
        ),
    ],
)
def test_a_table_that_speaks_of_what_is_not_there_is_refused(copy: Path, table: str, line: str, sentence: str) -> None:
    with (copy / "register" / table).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    before = bytes_of(copy)
    result = run("--data", copy)
    assert result.returncode == 2
    assert sentence in result.stderr
    assert bytes_of(copy) == before


@needs_package
def test_a_commune_count_other_than_the_published_one_is_refused(copy: Path) -> None:
    file = copy / "register" / "decisions.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("126,75,51,0", "126,74,52,0"), "utf-8")
    result = run("--data", copy)
    assert result.returncode == 2
    assert "1656/NQ-UBTVQH15 has 74 xã, the register 75" in result.stderr


def package_copy(folder: Path, number: str) -> Path:
    """A package of the same name at the front of the path, with a file that is not the pinned one."""
    data = folder / "vietnamadminunits" / "data"
    data.mkdir(parents=True)
    (data.parent / "__init__.py").write_text("raise RuntimeError('its code must not run')\n")
    for name in ("dataset.db", "converter_2025.json"):
        (data / name).write_bytes(b"something else")
    information = folder / f"vietnamadminunits-{number}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vietnamadminunits\nVersion: {number}\n")
    return folder


def test_another_version_of_the_package_is_refused_with_what_to_do(tmp_path: Path) -> None:
    result = run("--check", PYTHONPATH=str(package_copy(tmp_path, "1.0.5")))
    assert result.returncode == 2
    assert "vietnamadminunits 1.0.5 is installed" in result.stderr
    assert "install vietnamadminunits==1.0.4" in result.stderr


def test_other_bytes_under_the_same_version_are_refused_and_its_code_is_never_run(tmp_path: Path) -> None:
    result = run("--check", PYTHONPATH=str(package_copy(tmp_path, "1.0.4")))
    assert result.returncode == 2
    assert "dataset.db has SHA-256 " in result.stderr
    assert "its code must not run" not in result.stderr


def test_help_says_what_it_reads_and_what_the_exit_codes_mean() -> None:
    result = run("--help")
    assert result.returncode == 0
    assert "vietnamadminunits 1.0.4" in result.stdout
    assert "--check" in result.stdout
    assert "Exit codes" in result.stdout
