"""The packages have plain names (docs/decisions/0001): these guards keep them ours."""

from __future__ import annotations

import importlib.util
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from sources import PACKAGES, ROOT, modules, project


@pytest.mark.parametrize("name", PACKAGES)
def test_no_installed_distribution_brings_a_package_of_our_name(name: str) -> None:
    assert set(packages_distributions().get(name, ["bangiao"])) == {"bangiao"}


@pytest.mark.parametrize("name", PACKAGES)
def test_our_name_imports_our_folder(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert Path(str(spec.origin)) == ROOT / name / "__init__.py"


def test_the_wheel_the_layers_and_the_type_checker_name_the_same_packages() -> None:
    tool = project()["tool"]
    assert sorted(tool["hatch"]["build"]["targets"]["wheel"]["packages"]) == sorted(PACKAGES)
    assert sorted(tool["importlinter"]["root_packages"]) == sorted(PACKAGES)
    assert sorted(tool["mypy"]["packages"]) == sorted(PACKAGES)


def test_every_top_level_package_is_one_of_ours() -> None:
    found = {file.parent.name for file in ROOT.glob("*/__init__.py")}
    assert found - {"tests", "benchmarks"} == set(PACKAGES)


def test_no_flow_file_hides_another_module() -> None:
    """`flows/x.py:flow` is loaded with `flows/` first on the path: a `flows/db.py` would be imported as `db`."""
    taken = set(sys.stdlib_module_names) | set(packages_distributions()) | set(PACKAGES)
    assert sorted({file.stem for file in modules("flows")} & taken) == []
